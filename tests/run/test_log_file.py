"""`log.csv` over versions of kgan that write other figures."""

import csv

import numpy as np
import pytest

from kgan.run import log_file
from kgan.run.epoch_log import EpochLog

OLD = "epoch,generator_loss,monitor_movement,val_distance\r\n0,0.5,nan,7.25\r\n1,0.25,0.125,6.5\r\n"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(OLD.encode())
    return path


def go_on(log, first, *epochs):
    """As a run that goes on from an epoch: rows after it are forgotten, and those of its epochs are added."""
    log_file.forget_after(log, first)
    callback = EpochLog(log)
    callback.on_train_begin()
    for epoch, figures in enumerate(epochs, first):
        callback.on_epoch_end(epoch, figures)
    callback.on_train_end()
    with log.open(newline="") as file:
        names, *rows = csv.reader(file)
    assert {len(row) for row in rows} == {len(names)}
    return log_file.columns(log)


def check(found, **expected):
    assert found.keys() == {"epoch", *expected}
    assert found["epoch"].tolist() == list(range(1, len(found["epoch"]) + 1))
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def figures(loss, coverage, movement, distance):
    return {
        "val_distance": distance,
        "generator_loss": loss,
        "monitor_coverage": coverage,
        "monitor_movement": movement,
    }


def test_a_log_of_an_earlier_version_gets_the_columns_it_lacks_and_keeps_its_figures(log):
    nan = np.nan
    found = go_on(log, 2, figures(0.2, 0.9, 0.1, 6.0), figures(0.1, 0.8, nan, 5.0))
    expected = {"generator_loss": [0.5, 0.25, 0.2, 0.1], "monitor_coverage": [nan, nan, 0.9, 0.8]}
    check(found, **expected, monitor_movement=[nan, 0.125, 0.1, nan], val_distance=[7.25, 6.5, 6, 5])
    later = go_on(log, 3, figures(0.0, 0.7, 0.3, 4.0))  # from before its last row
    expected = {"generator_loss": [0.5, 0.25, 0.2, 0.0], "monitor_coverage": [nan, nan, 0.9, 0.7]}
    check(later, **expected, monitor_movement=[nan, 0.125, 0.1, 0.3], val_distance=[7.25, 6.5, 6, 4])
    assert log.read_text().splitlines()[1] == "0,0.5,nan,7.25,NA"  # to the letter
    assert [path.name for path in log.parent.iterdir()] == ["log.csv"]


def test_a_log_with_more_columns_than_there_are_figures_keeps_them(log):
    found = go_on(log, 2, {"generator_loss": 0.2, "val_distance": 6.0})
    check(found, generator_loss=[0.5, 0.25, 0.2], monitor_movement=[np.nan, 0.125, np.nan], val_distance=[7.25, 6.5, 6])
    assert log.read_bytes() == OLD.encode() + b"2,0.2,NA,6.0\r\n"


def test_a_log_whose_columns_are_other_ones_or_in_another_order_goes_on_by_their_names(log):
    log.write_text("b,epoch,a\n1.5,0,2.5\n")
    check(go_on(log, 1, {"c": 1.0, "a": 2.0}), a=[2.5, 2.0], b=[1.5, np.nan], c=[np.nan, 1.0])


def test_a_figure_that_begins_late_gets_a_column(tmp_path):
    log = tmp_path / "log.csv"
    found = go_on(log, 0, {"loss": 3.0}, {"loss": 2.0, "late": 1.0}, {"loss": 1.0})
    check(found, loss=[3, 2, 1], late=[np.nan, 1, np.nan])


def test_a_log_of_the_same_columns_is_appended_to_as_keras_does(log):
    go_on(log, 2, {"monitor_movement": 1.0, "val_distance": 6.0, "generator_loss": 0.2})
    assert log.read_bytes() == OLD.encode() + b"2,0.2,1.0,6.0\r\n"


@pytest.mark.parametrize("row", ["2,0.2,0.9,0.1,6.0\r\n", "2,0.2,0.1\r\n"])
def test_rows_of_another_length_are_refused_and_not_forgotten(log, row):
    content = (OLD + row + "3,0.1,0.1,5.0\r\n").encode()
    log.write_bytes(content)
    said = r"Expected .*log\.csv as kgan train writes it. Received: [35] entries in row 3 under .* 4 columns. Move "
    for act in (
        log_file.columns,
        lambda log: log_file.forget_after(log, 3),
        lambda log: log_file.widened(log, ["new"]),
    ):
        with pytest.raises(ValueError, match=said):
            act(log)
        assert log.read_bytes() == content


def test_a_last_row_that_was_cut_off_is_forgotten(log):
    log.write_bytes((OLD + "2,0.").encode())
    with pytest.raises(ValueError, match="2 entries in row 3"):
        log_file.columns(log)
    log_file.forget_after(log, 2)
    assert log.read_bytes() == OLD.encode()
