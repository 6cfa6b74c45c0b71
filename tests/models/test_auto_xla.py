"""`jit_compile="auto"` never hurts: it leaves XLA by itself, and loses neither a step nor a batch over it."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kgan
from games import Counter
from kgan._kernels import library
from kgan._step import compilation, watched
from kgan._step.watched import Watched
from kgan.models import auto_xla

pytestmark = pytest.mark.xla
IMAGES = np.random.default_rng(0).integers(0, 256, (48, 8, 8, 1), np.uint8)


def game(enlarge, **gan_arguments):
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(16), layers.Reshape((4, 4, 1)), enlarge])
    discriminator = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
    return kgan.GAN(generator, discriminator, seed=0, **gan_arguments)


def fitted(gan, data=IMAGES, **fit_arguments):
    """Weights, and the logs of each batch."""
    counter = Counter()
    fit_arguments.setdefault("epochs", 2)
    if data is IMAGES:
        fit_arguments |= {"batch_size": 16, "shuffle": False}
    gan.fit(data, verbose=0, callbacks=[counter], **fit_arguments)
    return gan.get_weights(), counter.batches


def lines(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "kgan"]


LACKING = {
    "ResizeNearestNeighborGrad": lambda: layers.Resizing(8, 8, interpolation="nearest", name="enlarge"),
    "ResizeBicubic": lambda: layers.UpSampling2D(2, interpolation="bicubic", name="enlarge"),
    "ScaleAndTranslate": lambda: layers.UpSampling2D(2, interpolation="lanczos3", name="enlarge"),
}


@pytest.mark.parametrize("operation", LACKING)
def test_a_layer_that_xla_lacks_is_trained_without_it_from_the_first_batch_on_with_one_line(operation, caplog):
    found = []
    for jit_compile in ("auto", False):
        gan = game(LACKING[operation]())
        gan.compile(jit_compile=jit_compile)
        found.append(fitted(gan))
        assert not gan.uses_xla
    assert lines(caplog) == [
        f"jit_compile=\"auto\" goes on without XLA: XLA lacks the operation {operation} of the layer 'enlarge'."
    ]
    (weights, batches), (expected_weights, expected_batches) = found
    assert len(batches) == 6
    assert batches == expected_batches
    for one, other in zip(weights, expected_weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_where_xla_was_asked_for_the_layer_is_named():
    gan = game(LACKING["ResizeBicubic"]())
    gan.compile(jit_compile=True)
    expected = (
        "Received: the operation ResizeBicubic of the layer 'enlarge', which it lacks. Pass compile\\(jit_compile=F"
    )
    with pytest.raises(ValueError, match=expected):
        gan.fit(IMAGES, batch_size=16, verbose=0)


@pytest.mark.parametrize("arguments", [{"discriminator_steps": 2}, {"penalties": [kgan.penalties.R1(1.0, every=3)]}])
def test_a_step_of_several_ways_goes_on_without_xla_too(arguments, caplog, monkeypatch):
    monkeypatch.setattr(library, "has_onednn", lambda: False)  # with it, such a step is left to it
    gan = game(LACKING["ResizeBicubic"]())
    gan.compile(**arguments)
    assert gan.uses_xla
    _, batches = fitted(gan)
    assert len(batches) == int(gan.steps) == 6
    assert not gan.uses_xla
    assert len(lines(caplog)) == 1


def test_predict_evaluate_and_train_on_batch_go_on_without_xla(caplog):
    for call in (
        lambda gan: gan.predict(np.zeros((3, 3), np.float32), verbose=0),
        lambda gan: gan.predict_on_batch(np.zeros((3, 3), np.float32)),
        lambda gan: gan.evaluate(IMAGES, verbose=0, return_dict=True)["generator_loss"],
        lambda gan: gan.train_on_batch(IMAGES[:16] / 127.5 - 1.0, return_dict=True)["generator_loss"],
    ):
        found = []
        for jit_compile in ("auto", False):
            gan = game(LACKING["ResizeBicubic"]())
            gan.compile(jit_compile=jit_compile)
            found.append(call(gan))
            assert not gan.uses_xla
        np.testing.assert_array_equal(*found)
    assert len(lines(caplog)) == 4


def test_compile_tries_anew_and_a_game_that_xla_compiles_stays_with_it(caplog):
    gan = game(layers.UpSampling2D(2))
    gan.compile()
    gan.leave_xla()
    assert not gan.uses_xla
    gan.compile()
    assert gan.uses_xla
    _, batches = fitted(gan, epochs=1)
    assert len(batches) == 3
    assert gan.uses_xla
    assert lines(caplog) == []


# --- what only XLA itself finds out ---


@keras.saving.register_keras_serializable("kgan_tests")
class OpenLoop(layers.Layer):
    """A loop of a length that XLA does not know, so that it cannot keep what the way back needs."""

    def call(self, x):
        return tf.while_loop(lambda i, _: i < 2, lambda i, x: (i + 1, tf.sin(x) * x), (0, x))[1]


def streamed():
    """A source that gives each batch once."""
    yield from (IMAGES[start : start + 16].astype("float32") / 127.5 - 1.0 for start in range(0, 48, 16))


def test_what_xla_cannot_compile_for_another_reason_loses_no_batch_of_a_source_that_gives_each_once(caplog):
    spec = tf.TensorSpec((None, 8, 8, 1), tf.float32)
    found = []
    for jit_compile in ("auto", False):
        gan = game(layers.UpSampling2D(2))
        discriminator = keras.Sequential([keras.Input((8, 8, 1)), OpenLoop(), layers.Flatten(), layers.Dense(1)])
        discriminator.set_weights(gan.discriminator.get_weights())
        gan = kgan.GAN(gan.generator, discriminator, seed=0)
        gan.compile(jit_compile=jit_compile)
        data = tf.data.Dataset.from_generator(streamed, output_signature=spec)
        data = data.apply(tf.data.experimental.assert_cardinality(3))
        found.append(fitted(gan, data, epochs=1))
        assert not gan.uses_xla
    assert len(lines(caplog)) == 1
    assert lines(caplog)[0].startswith('jit_compile="auto" goes on without XLA: XLA says: ')
    assert len(found[0][1]) == 3
    assert found[0][1] == found[1][1]


def test_what_was_not_xla_s_fault_is_raised_as_it_is():
    gan = game(layers.UpSampling2D(2))
    gan.compile()

    def broken():
        yield IMAGES[:16].astype("float32") / 127.5 - 1.0
        raise RuntimeError("the disk is gone")

    spec = tf.TensorSpec((None, 8, 8, 1), tf.float32)
    with pytest.raises(tf.errors.UnknownError, match="the disk is gone"):
        gan.fit(tf.data.Dataset.from_generator(broken, output_signature=spec), verbose=0)
    assert gan.uses_xla


# --- recurrent layers ---


def sequences(discriminator_layer):
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Reshape((4, 1))])
    discriminator = keras.Sequential([keras.Input((4, 1)), discriminator_layer, layers.Dense(1)])
    return kgan.GAN(generator, discriminator, seed=0)


@pytest.mark.parametrize("penalty", ["r1", kgan.penalties.R1(1.0, every=2)])
def test_auto_leaves_a_recurrent_discriminator_with_a_gradient_penalty_to_tensorflow(penalty):
    gan = sequences(layers.SimpleRNN(2))
    gan.compile(penalties=[penalty])
    assert not gan.uses_xla
    gan.compile(penalties=[penalty], jit_compile=True)
    assert gan.uses_xla


def test_auto_compiles_a_recurrent_discriminator_whose_penalty_differentiates_nothing():
    gan = sequences(layers.LSTM(2))
    gan.compile(penalties=["drift"])
    assert gan.uses_xla


@pytest.mark.parametrize(
    "layer",
    [
        layers.LSTM(2),
        layers.GRU(2),
        layers.Bidirectional(layers.LSTM(2)),
        layers.RNN(layers.StackedRNNCells([layers.GRUCell(2), layers.LSTMCell(2)])),
        keras.Sequential([keras.Input((4, 1)), layers.GRU(2)]),
    ],
)
def test_every_recurrent_layer_has_a_loop_unless_it_is_unrolled(layer):
    discriminator = keras.Sequential([keras.Input((4, 1)), layer, layers.Dense(1)])
    assert compilation.has_recurrent_loop(discriminator)
    assert not compilation.has_recurrent_loop(keras.Sequential([keras.Input((4, 1)), layers.GRU(2, unroll=True)]))


def test_a_recurrent_layer_of_images_has_a_loop():
    assert compilation.has_recurrent_loop(keras.Sequential([keras.Input((4, 8, 8, 1)), layers.ConvLSTM2D(2, 3)]))


def test_auto_compiles_recurrent_layers_without_a_loop_and_a_recurrent_generator():
    gan = sequences(layers.SimpleRNN(2, unroll=True))
    gan.compile(penalties=["r1"])
    assert gan.uses_xla
    recurrent = [keras.Input((3,)), layers.RepeatVector(4), layers.LSTM(2, return_sequences=True), layers.Dense(1)]
    discriminator = keras.Sequential([keras.Input((4, 1)), layers.Flatten(), layers.Dense(1)])
    gan = kgan.GAN(keras.Sequential(recurrent), discriminator)
    gan.compile(penalties=["r1"])
    assert gan.uses_xla


@pytest.mark.slow
def test_a_step_that_xla_compiles_anew_each_time_goes_on_without_it_after_a_few(monkeypatch, caplog):
    monkeypatch.setattr(compilation, "has_recurrent_loop", lambda model: False)  # as if nothing were known of them
    gan = sequences(layers.SimpleRNN(2))
    gan.compile(penalties=["r1"])
    assert gan.uses_xla
    gan.fit(np.zeros((32, 4, 1), np.float32), batch_size=4, verbose=0)
    assert lines(caplog) == ['jit_compile="auto" goes on without XLA: XLA compiled it anew 3 times in 5 calls.']
    assert int(gan.steps) == 8
    assert not gan.uses_xla


# --- the watch itself ---


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
    monkeypatch.setattr(watched, "_LONG", 0.0)
    monkeypatch.setattr(watched, "_SHARE", 0.0)  # each call is looked at from the third on
    model = Played(compiling(iter(shapes)))
    original = model.train_function
    model.train_function = Watched(model, "train_function", auto_xla._COMPILATIONS)
    for _ in range(watched.CALLS):
        model.train_function(None)
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


class Counted(Watched):
    """A watch that counts how often one begins, and its calls."""

    begun, calls = [], []

    def __init__(self, model, name, recompilations):
        super().__init__(model, name, recompilations)
        self.begun.append(name)

    def __call__(self, data):
        self.calls.append(self._name)
        return super().__call__(data)


@pytest.fixture
def counted(monkeypatch):
    monkeypatch.setattr(auto_xla, "Watched", Counted)
    monkeypatch.setattr(Counted, "begun", [])
    monkeypatch.setattr(Counted, "calls", [])
    monkeypatch.setattr(watched, "CALLS", 4)
    return Counted


FUNCTIONS = ["train_function", "test_function", "predict_function"]


def compiled_anew(gan):
    """Functions that compute nothing stand for those that Keras makes."""
    gan.compile()
    for name in FUNCTIONS:
        setattr(gan, name, lambda data: None)


def asked_and_called(gan):
    """As `fit`, `evaluate` and `predict` do it, with three batches."""
    for name in FUNCTIONS:
        getattr(gan, f"make_{name}")()
        for _ in range(3):
            getattr(gan, name)(None)


def test_each_function_is_watched_once_however_often_it_is_asked_for(counted):
    gan = game(layers.UpSampling2D(2))
    for times in (1, 2):  # and again after another `compile`
        compiled_anew(gan)
        for _ in range(5):
            asked_and_called(gan)
        assert sorted(counted.begun) == sorted(FUNCTIONS * times)
        assert sorted(counted.calls) == sorted(FUNCTIONS * 4 * times)
    assert gan.uses_xla


def test_a_function_that_is_made_anew_is_watched_anew(counted):
    gan = game(layers.UpSampling2D(2))
    compiled_anew(gan)
    for _ in range(2):
        asked_and_called(gan)
    gan.make_train_function(force=True)
    gan.make_train_function()
    assert sorted(counted.begun) == sorted([*FUNCTIONS, "train_function"])


def test_a_profiler_of_the_user_s_own_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(watched, "_LONG", 0.0)
    monkeypatch.setattr(watched, "_SHARE", 0.0)
    model = Played(compiling(iter(range(1, 99))))
    model.train_function = Watched(model, "train_function", 3)
    with tf.profiler.experimental.Profile(str(tmp_path)):
        for _ in range(8):
            model.train_function(None)
    assert model.left == 0


def test_the_line_is_a_warning_of_the_library_s_log():
    assert logging.getLogger("kgan").getEffectiveLevel() <= logging.WARNING


def test_settings_of_the_readme_compile_without_a_warning_of_tensorflow_s_however_often(caplog):
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator((28, 28, 1), 8, 4, num_classes=10),
        kgan.architectures.dcgan_discriminator((28, 28, 1), 4, num_classes=10),
        num_classes=10,
    )
    for _ in range(2):
        gan.compile(loss="relativistic_pairing", penalties=[kgan.penalties.R1(1.0), kgan.penalties.R2(1.0)])
    assert not [record for record in caplog.records if "retracing" in record.getMessage()]
