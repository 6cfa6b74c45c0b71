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
from kgan._step import watched
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


@pytest.mark.parametrize(
    "operation",
    ["ResizeNearestNeighborGrad", "ResizeBicubic", pytest.param("ScaleAndTranslate", marks=pytest.mark.slow)],
)
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


# --- when a function is watched ---


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


# --- what is said ---


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
