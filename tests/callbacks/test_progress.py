"""How far a fit is: the pace, the table of epochs, the bar, and the lines where there is no terminal."""

import io
import math
import re

import pytest

from kgan import callbacks
from kgan.callbacks.epoch_table import EpochTable
from kgan.callbacks.pace import Pace, clock, duration
from tiny_games import BATCHES, in_order, tiny_game

LOGS = {
    "discriminator_loss": 0.1425,
    "generator_loss": 2.5622,
    "val_kernel_distance": 2309.2291,
    "val_generated_samples": 500.0,
    "real_accuracy": math.nan,
}


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def paced(epochs, steps):
    """A pace after one epoch: the first step took 10 s, the others 1 s each, and what came after the epoch 5 s."""
    now = Clock()
    pace = Pace(epochs, now)
    pace.begin_epoch(0, steps)
    now.now += 10
    pace.end_step()
    for _ in range(steps - 1):
        now.now += 1
        pace.end_step()
    now.now += 5
    return pace, now


def test_the_first_step_which_compiles_counts_for_nothing():
    pace, _ = paced(epochs=3, steps=4)
    assert pace.seconds_of_a_step == 1.0


def test_what_is_left_is_steps_and_what_comes_after_each_epoch():
    pace, now = paced(epochs=3, steps=4)
    assert (pace.seconds_left, pace.is_whole) == (8.0, False)  # two epochs of four steps, what follows is not known
    pace.begin_epoch(1, 4)
    assert (pace.seconds_left, pace.is_whole) == (8.0 + 2 * 5.0, True)
    now.now += 1
    pace.end_step()
    assert pace.seconds_left == 7.0 + 2 * 5.0
    assert pace.share == pytest.approx((1 + 1 / 4) / 3)


def test_a_row_of_the_table_counts_what_is_left_from_its_own_end():
    pace, now = paced(epochs=3, steps=4)
    assert pace.seconds_of_later_epochs == 2 * (4.0 + 5.0)  # what came after this epoch comes after each
    for epoch, later in ((1, 9.0), (2, 0.0)):
        pace.begin_epoch(epoch, 4)
        for _ in range(4):
            now.now += 1
            pace.end_step()
        assert pace.seconds_of_later_epochs == later


def test_an_epoch_that_was_begun_before_has_fewer_steps_left():
    pace = Pace(1, Clock())
    pace.begin_epoch(0, 4, done=3)
    assert pace.share == pytest.approx(3 / 4)


def test_data_of_unknown_length_has_no_time_left_before_its_first_epoch_ends():
    unknown = Pace(2, Clock())
    unknown.begin_epoch(0, None)
    unknown.end_step()
    unknown.end_step()
    assert (unknown.seconds_left, unknown.share) == (None, None)
    unknown.begin_epoch(1, None)
    assert unknown.steps == 2


@pytest.mark.parametrize(
    ("seconds", "words", "digits"),
    [(0.4, "0 s", "0:00"), (59.6, "1 min 0 s", "1:00"), (252, "4 min 12 s", "4:12"), (7500, "2 h 5 min", "2:05:00")],
)
def test_times_are_read_at_a_glance(seconds, words, digits):
    assert (duration(seconds), clock(seconds)) == (words, digits)


def test_a_row_has_the_names_of_the_log_above_it_and_four_digits():
    rows = EpochTable().rows("3/30", LOGS, {"took": "0:17"}, 79)
    assert [row.split() for row in rows] == [
        ["val"],
        ["discriminator", "generator", "kernel", "real"],
        ["epoch", "loss", "loss", "distance", "accuracy", "took"],
        ["3/30", "0.1425", "2.5622", "2309", "-", "0:17"],
    ]
    assert len({len(row) for row in rows[2:]}) == 1  # names stand flush above figures


@pytest.mark.parametrize("columns", [40, 60, 79, 119])
def test_a_row_fits_the_terminal_and_losses_stay_to_the_last(columns):
    rows = EpochTable().rows("3/30", LOGS, {"took": "0:17"}, columns)
    assert max(map(len, rows)) <= columns
    assert rows[-1].split()[1] == "0.1425"


def test_names_of_columns_are_said_again_after_twenty_lines():
    table = EpochTable()
    heights = [len(table.rows(f"{epoch}/30", LOGS, {}, 79)) for epoch in range(1, 25)]
    assert [height > 1 for height in heights].count(True) == 2
    assert heights[0] > 1


def test_a_fit_of_another_model_shows_what_it_logs():
    assert EpochTable().rows("1/2", {"my_loss": 1.0}, {}, 79)[-1].split() == ["1/2", "1.0000"]


def fitted(stream, **how):
    progress = callbacks.Progress(stream=stream, **how)
    tiny_game().fit(in_order(), epochs=2, verbose=0, callbacks=[progress])
    return stream.getvalue()


def test_in_a_pipe_there_is_a_row_for_each_epoch_and_no_carriage_return():
    said = fitted(io.StringIO())
    assert "\r" not in said
    assert re.findall(r"^ +([12]/2) ", said, re.MULTILINE) == ["1/2", "2/2"]


def test_in_a_pipe_a_line_comes_every_so_many_seconds():
    said = fitted(io.StringIO(), every=1e-9)
    first = said.splitlines()[1]  # the one before it says that the step is compiled
    assert re.fullmatch(rf"Epoch 1/2, step 1/{BATCHES}, \d+ %.*, discriminator_loss .*, generator_loss .*\.", first)


def test_on_a_terminal_one_line_is_drawn_again_and_taken_away_at_the_end():
    said = fitted(Terminal())
    drawn = said.split("\r")
    assert any("Epoch 1/2, compiling the first step" in one and "\u2500" in one for one in drawn)
    assert drawn[-1] == ""
    assert all(len(one.rstrip("\n")) < 120 for one in said.replace("\n", "\r").split("\r"))


def test_a_terminal_of_ascii_gets_a_bar_of_ascii():
    stream = Terminal()
    stream.encoding = "ascii"
    said = fitted(stream)
    assert said.isascii()
    assert "----------" in said


def test_a_line_is_said_above_the_bar(monkeypatch):
    stream, lines = Terminal(), []
    progress = callbacks.Progress(stream=stream)
    progress.set_params({"epochs": 1, "steps": 2})
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    before = stream.getvalue()
    progress.say("A verdict.", lines.append)
    assert lines == ["A verdict."]
    wiped, bar = stream.getvalue()[len(before) :].rsplit("\r", 1)
    assert wiped.strip("\r ") == ""
    assert "Epoch 1/1" in bar


@pytest.mark.parametrize("seconds", ["0", "-1", "often", "inf"])
def test_an_environment_that_is_no_number_of_seconds_is_refused(monkeypatch, seconds):
    monkeypatch.setenv("KGAN_PROGRESS", seconds)
    with pytest.raises(ValueError, match=f"Expected KGAN_PROGRESS as a positive number of seconds. .*={seconds}"):
        callbacks.Progress()


def test_the_environment_says_how_often_a_line_comes(monkeypatch):
    monkeypatch.setenv("KGAN_PROGRESS", "7.5")
    assert callbacks.Progress().every == 7.5
