"""What is said when a signal comes, and which signals end training."""

import os
import signal
import threading
import time

import pytest

from kgan import callbacks
from kgan._support.signals import Answers
from tiny_games import in_order, tiny_game


def waited_for(condition):
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_ctrl_c_is_answered_while_the_main_thread_computes():
    said = []
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    answers = Answers(
        {signal.SIGINT: ["Stopping.", "At once."]}, lambda line: said.append((line, threading.get_ident()))
    )
    answers.start()
    try:
        os.kill(os.getpid(), signal.SIGINT)
        assert waited_for(lambda: len(said) == 1)
        os.kill(os.getpid(), signal.SIGINT)
        assert waited_for(lambda: len(said) == 2)
    finally:
        answers.stop()
        answers.stop()  # harmless twice
        signal.signal(signal.SIGINT, before)
    assert [line for line, _ in said] == ["Stopping.", "At once."]
    assert threading.get_ident() not in {thread for _, thread in said}


def test_where_an_event_loop_listens_already_the_handler_passes_the_signal_on():
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes)
    said = []
    answers = Answers({signal.SIGINT: ["Stopping."]}, said.append)
    try:
        answers.start()
        answers.heard(signal.SIGINT)
        assert waited_for(lambda: said == ["Stopping."])
        answers.stop()
        assert signal.set_wakeup_fd(-1) == writes  # as it was
    finally:
        signal.set_wakeup_fd(-1)
        os.close(reads)
        os.close(writes)


def test_a_signal_that_has_no_line_is_passed_over():
    said = []
    answers = Answers({signal.SIGINT: ["Stopping."]}, said.append)
    answers.start()
    os.write(answers._writes, bytes([signal.SIGCHLD]))
    answers.stop()
    assert said == []


class Sends(callbacks.FiniteGuard):
    """Sends this process a signal in its second step."""

    def __init__(self, number):
        super().__init__()
        self._number = number

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 1:
            os.kill(os.getpid(), self._number)


def test_ctrl_c_in_a_fit_is_acknowledged():
    said = []
    before = signal.getsignal(signal.SIGINT)
    stop = callbacks.StopOnInterrupt(said.append, ("Stopping after this step.", "At once."))
    tiny_game().fit(in_order(), epochs=3, verbose=0, callbacks=[stop, Sends(signal.SIGINT)])
    assert stop.interrupted
    assert said == ["Stopping after this step."]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_is_acknowledged_in_every_fit_of_the_same_callback():
    said, game = [], tiny_game()
    stop = callbacks.StopOnInterrupt(said.append, ("Stopping after this step.", "At once."))
    for _ in range(3):
        game.fit(in_order(), epochs=1, verbose=0, callbacks=[stop, Sends(signal.SIGINT)])
        assert stop.interrupted
    assert said == ["Stopping after this step."] * 3
    game.fit(in_order(), epochs=1, verbose=0, callbacks=[stop])
    assert not stop.interrupted


def test_a_fit_after_one_that_was_terminated_trains_to_its_end():
    before, game, stop = signal.getsignal(signal.SIGTERM), tiny_game(), callbacks.StopOnTerminate()
    try:
        with pytest.raises(callbacks.Terminated):
            game.fit(in_order(), epochs=1, verbose=0, callbacks=[stop, Sends(signal.SIGTERM)])
        stop.restore()
        assert game.fit(in_order(), epochs=1, verbose=0, callbacks=[stop]).epoch == [0]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_closed_terminal_ends_training_as_a_machine_that_is_taken_away_does(name):
    number, game, stop = getattr(signal, name), tiny_game(), callbacks.StopOnTerminate()
    before = signal.signal(number, signal.SIG_DFL)  # the tests may run under nohup
    try:
        with pytest.raises(callbacks.Terminated) as raised:
            game.fit(in_order(), epochs=3, verbose=0, callbacks=[stop, Sends(number)])
        stop.restore()
        assert (raised.value.code, raised.value.signal_name) == (128 + number, name)
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_in_the_background_of_a_script_ctrl_c_is_nothing():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop = callbacks.StopOnInterrupt(print)
    try:
        history = tiny_game().fit(in_order(), epochs=1, verbose=0, callbacks=[stop, Sends(signal.SIGINT)])
        assert (history.epoch, stop.interrupted) == ([0], False)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_under_nohup_a_closed_terminal_is_nothing():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        history = tiny_game().fit(
            in_order(), epochs=1, verbose=0, callbacks=[callbacks.StopOnTerminate(), Sends(signal.SIGHUP)]
        )
        assert history.epoch == [0]
    finally:
        signal.signal(signal.SIGHUP, before)
