"""The watch over functions that XLA compiles: when it looks, what ends the looks, and when XLA is left."""

import pytest
import tensorflow as tf

from kgan._step import watched
from kgan._step.watched import Watched
from kgan.models import auto_xla

pytestmark = pytest.mark.xla


class Played:
    """Stands for a model whose function is given."""

    steps_per_execution, steps = 1, 0

    def __init__(self, function):
        self.train_function, self.left = function, 0

    def leave_xla(self):
        self.left += 1
        self.train_function = lambda data: "without"


def compiling(shapes):
    """A function that compiles a new shape at some of its calls, and takes long at the others too."""
    step = tf.function(lambda x: tf.reduce_sum(tf.sin(x)), jit_compile=True)
    return lambda data: step(tf.zeros((next(shapes),)))


def at_each_call(monkeypatch):
    """Lets the watch look at each call from the third on."""
    monkeypatch.setattr(watched, "_LONG", 0.0)
    monkeypatch.setattr(watched, "_SHARE", 0.0)


def called(model, times):
    """Watches the model's function, and calls it."""
    model.train_function = Watched(model, "train_function", auto_xla._COMPILATIONS)
    for _ in range(times):
        model.train_function(None)


@pytest.mark.parametrize(("shapes", "left"), [(range(1, 99), True), ([7] * 99, False)])
def test_the_profiler_tells_a_call_that_compiles_from_one_that_does_not(monkeypatch, shapes, left):
    at_each_call(monkeypatch)
    model = Played(compiling(iter(shapes)))
    called(model, 5)  # a look costs a third of a second
    assert model.left == left


@pytest.mark.parametrize(
    ("shapes", "left"),
    [
        (range(1, 99), True),  # another at each call
        ([7] * 99, False),  # one for all
        ([1, 2, 1, 2, 3, 1, 2] + [4] * 99, False),  # three shapes, and a fourth
        ([1, 2, 1, 1, 5, 1, 1, 6, 1, 1, 7, 1, 1, 8] + [1] * 99, True),  # new ones on and on
    ],
)
def test_a_function_that_compiles_on_and_on_is_left_and_one_that_settles_is_not(monkeypatch, shapes, left):
    at_each_call(monkeypatch)
    given, seen = iter(shapes), set()

    def function(data):
        """Whether the shape of this call is a new one."""
        shape = next(given)
        is_new = shape not in seen
        seen.add(shape)
        return is_new

    def looked_at(call):
        result, seconds = call()
        return (result, seconds), result

    monkeypatch.setattr(watched, "_looked_at", looked_at)
    model = Played(function)
    original = model.train_function
    called(model, watched.CALLS)
    assert model.left == left
    assert left or model.train_function is original  # it took itself away


def test_the_watch_looks_at_no_call_while_calls_are_short(monkeypatch):
    monkeypatch.setattr(watched, "_looked_at", None)
    model = Played(lambda data: None)
    model.train_function = Watched(model, "train_function", 3)
    for _ in range(watched.CALLS):
        model.train_function(None)
    assert model.left == 0


class Clock:
    """Seconds that pass in calls alone, in the place of the module `time`."""

    now = 0.0

    def perf_counter(self):
        return self.now


def looks_at(monkeypatch, seconds, compiles=lambda call: False):
    """Which calls are looked at, of which each takes its seconds."""
    clock, called, looked = Clock(), [], []

    def function(data):
        called.append(clock.now)
        clock.now += seconds[len(called) - 1]

    def looked_at(call):
        looked.append(len(called) + 1)
        clock.now += 9.0  # what the profiler takes itself is no time of the call's
        return call(), compiles(len(called))

    monkeypatch.setattr(watched, "time", clock)
    monkeypatch.setattr(watched, "_looked_at", looked_at)
    model = Played(function)
    model.train_function = Watched(model, "train_function", 99)
    for _ in seconds:
        model.train_function(None)
    assert len(called) == len(seconds)
    return looked


N = watched.CALLS


@pytest.mark.parametrize(
    ("seconds", "looked"),
    [
        ([5.0, 4.0] + [0.01] * (N - 2), [3, 4, 5]),  # another way is traced
        ([5.0] + [1.0] * (N - 1), [3, 4, 5]),  # each call is long
        ([5.0, 4.0] + [1.0] * 8 + [4.0] + [1.0] * (N - 11), [3, 4, 5, 12, 13, 14]),  # a third way, late
        ([5.0] + [0.2] * (N - 1), []),
    ],
)
def test_few_calls_that_compile_nothing_end_the_looks(monkeypatch, seconds, looked):
    assert looks_at(monkeypatch, seconds) == looked


def test_looks_go_on_while_calls_compile(monkeypatch):
    seconds = [5.0, 4.0] + [4.0] * (N - 2)
    assert looks_at(monkeypatch, seconds, lambda call: call % 3 == 0 and call <= 12) == list(range(3, 16))


def test_a_profiler_of_the_user_s_own_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(watched, "_LONG", 0.0)
    monkeypatch.setattr(watched, "_SHARE", 0.0)
    model = Played(compiling(iter(range(1, 99))))
    model.train_function = Watched(model, "train_function", 3)
    with tf.profiler.experimental.Profile(str(tmp_path)):
        for _ in range(8):
            model.train_function(None)
    assert model.left == 0
