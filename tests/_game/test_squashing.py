"""A sigmoid at the end of a discriminator is found wherever its graph shows it, and told from its logits elsewhere."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops
from pair_games import SHAPE, pairs

import kgan
from kgan._game import squashing


def image_network(*stack):
    return keras.Sequential([keras.Input((8, 8, 1)), *stack], name="judge")


def functional(end):
    image = keras.Input((8, 8, 1))
    return keras.Model(image, end(layers.Flatten()(image)), name="judge")


def generator():
    return keras.Sequential([keras.Input((2,)), layers.Dense(64), layers.Reshape((8, 8, 1))], name="generator")


def head(activation, units=1):
    return layers.Conv2D(units, 8, activation=activation)


SEEN = {
    "before a Flatten": ("sigmoid", lambda: image_network(head("sigmoid"), layers.Flatten())),
    "before a Reshape": ("tanh", lambda: image_network(head("tanh"), layers.Reshape((1,)))),
    "before global pooling": (
        "hard_sigmoid",
        lambda: image_network(layers.Conv2D(1, 3, activation="hard_sigmoid"), layers.GlobalAveragePooling2D()),
    ),
    "before a Dropout": (
        "softsign",
        lambda: image_network(layers.Flatten(), layers.Dense(1, "softsign"), layers.Dropout(0.5)),
    ),
    "before several": (
        "sigmoid",
        lambda: image_network(head("sigmoid"), layers.Identity(), layers.LeakyReLU(), layers.Flatten()),
    ),
    "before an Activation that keeps it": (
        "sigmoid",
        lambda: image_network(layers.Flatten(), layers.Dense(1, "sigmoid"), layers.Activation("linear")),
    ),
    "as a layer before a Flatten": (
        "softmax",
        lambda: image_network(head(None), layers.Softmax(axis=1), layers.Flatten()),
    ),
    "within a nested model": (
        "sigmoid",
        lambda: image_network(image_network(head("sigmoid")), layers.Flatten()),
    ),
    "before a nested model": (
        "sigmoid",
        lambda: image_network(head("sigmoid"), keras.Sequential([keras.Input((1, 1, 1)), layers.Flatten()])),
    ),
    "in a layer that is wrapped": (
        "sigmoid",
        lambda: image_network(layers.Flatten(), kgan.layers.SpectralNormalization(layers.Dense(1, "sigmoid"))),
    ),
    "as an operation": (
        "hard_sigmoid",
        lambda: functional(lambda x: ops.reshape(ops.hard_sigmoid(layers.Dense(1)(x)), (-1, 1))),
    ),
    "as a function in a Lambda": (
        "tanh",
        lambda: functional(lambda x: layers.Lambda(keras.activations.tanh)(layers.Dense(1)(x))),
    ),
    "in all that is averaged": (
        "sigmoid",
        lambda: functional(lambda x: layers.Average()([layers.Dense(1, "sigmoid")(x), layers.Dense(1, "tanh")(x)])),
    ),
}


@pytest.mark.parametrize(("activation", "judge"), SEEN.values(), ids=SEEN)
def test_a_bounded_activation_is_seen_through_what_keeps_its_bounds(activation, judge):
    with pytest.raises(ValueError, match=rf"Received: '\w+' ends in {activation}\. Remove"):
        kgan.GAN(generator(), judge())


def test_it_is_seen_in_each_of_several_discriminators_and_in_a_translation():
    judges = {"coarse": image_network(layers.Flatten(), layers.Dense(1)), "fine": SEEN["before a Flatten"][1]()}
    with pytest.raises(ValueError, match="ends in sigmoid"):
        kgan.AdversarialModel(generator(), judges)
    image = keras.Input((8, 8, 1))
    with pytest.raises(ValueError, match="ends in sigmoid"):
        kgan.Translation(keras.Model(image, layers.Conv2D(1, 1)(image)), SEEN["before a Flatten"][1]())


def test_classes_behind_a_softmax_are_refused_as_well():
    judge = functional(lambda x: {"logits": layers.Dense(1)(x), "classes": layers.Dense(3, "softmax")(x)})
    with pytest.raises(ValueError, match="logits of classes in 'classes'.*ends in softmax"):
        kgan.GAN(generator(), judge, num_classes=3)


ALLOWED = {
    "a Flatten": lambda: image_network(head(None), layers.Flatten()),
    "global pooling": lambda: image_network(layers.Conv2D(1, 3), layers.GlobalAveragePooling2D()),
    "a tanh before the last layer": lambda: image_network(layers.Flatten(), layers.Dense(4, "tanh"), layers.Dense(1)),
    "a mean of which one can grow": lambda: functional(
        lambda x: layers.Average()([layers.Dense(1, "sigmoid")(x), layers.Dense(1)(x)])
    ),
    "a sum": lambda: functional(lambda x: layers.Add()([layers.Dense(1, "sigmoid")(x), layers.Dense(1)(x)])),
    "a softplus": lambda: image_network(layers.Flatten(), layers.Dense(1, "softplus")),
    "a normalisation": lambda: image_network(layers.Conv2D(1, 8), layers.BatchNormalization(), layers.Flatten()),
    "a normalised weight": lambda: image_network(
        layers.Flatten(), kgan.layers.SpectralNormalization(layers.Dense(1)), layers.Lambda(lambda x: x)
    ),
    "a subclass": lambda: built(Hidden(None)),
    "a subclass behind a normalisation": lambda: built(Hidden(None, normalized=True)),
    "a subclass that begins at 0": lambda: built(Hidden(None, initializer="zeros")),
}


@keras.saving.register_keras_serializable("kgan_tests")
class Hidden(keras.Model):
    """A discriminator of a user's own: what it ends in lies in its `call`."""

    def __init__(self, activation, normalized=False, initializer="glorot_uniform", **named):
        super().__init__(**named)
        self.settings = {"activation": activation, "normalized": normalized, "initializer": initializer}
        self.flatten, self.dense = layers.Flatten(), layers.Dense(1, kernel_initializer=initializer)
        self.norm = layers.LayerNormalization() if normalized else None
        self.ends = keras.activations.get(activation)

    def call(self, x):
        x = self.flatten(x)
        return self.ends(self.dense(x if self.norm is None else self.norm(x)))

    def get_config(self):
        return {**super().get_config(), **self.settings}


def built(model):
    model(np.zeros((2, 8, 8, 1), np.float32))
    return model


def warned_of(judge):
    samples = np.random.default_rng(0).uniform(-1, 1, (6, 8, 8, 1)).astype("float32")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if squashing.may_hide(judge):
            squashing.warn_if_hidden(judge, [samples])
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("judge", ALLOWED.values(), ids=ALLOWED)
def test_what_can_grow_is_neither_refused_nor_warned_of(judge):
    judge = judge()
    kgan.GAN(generator(), judge)
    assert warned_of(judge) == []


@pytest.mark.parametrize(
    ("activation", "bounds"), [("sigmoid", r"[0, 1]"), ("tanh", r"[-1, 1]"), ("softsign", "[-1, 1]")]
)
def test_what_a_subclass_hides_is_told_from_its_logits(activation, bounds):
    (warning,) = warned_of(built(Hidden(activation)))
    assert f"lie in {bounds}, whatever its weights" in warning


def test_looking_moves_no_weight():
    judge = built(Hidden("sigmoid"))
    before = judge.get_weights()
    warned_of(judge)
    for one, other in zip(before, judge.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


FEEDS = {
    "an array": lambda gan, images: gan.fit(images, batch_size=4, verbose=0),
    "a dataset": lambda gan, images: gan.fit(tf.data.Dataset.from_tensor_slices(images).batch(4), verbose=0),
    "one batch": lambda gan, images: gan.train_on_batch(images),
}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_the_first_batch_warns_once(feed):
    gan = kgan.GAN(generator(), built(Hidden("sigmoid")), seed=0)
    gan.compile(jit_compile=False)
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), dtype=np.uint8)
    with pytest.warns(UserWarning, match=r"All logits of the discriminator .* lie in \[0, 1\].*Remove that activation"):
        feed(gan, images)
    gan.fit(images, batch_size=4, verbose=0)  # a warning would be an error


def test_what_load_gives_is_looked_at_for_a_discriminator_that_hides_its_end():
    gan = kgan.GAN(generator(), built(Hidden("tanh")), seed=0)
    gan.compile(jit_compile=False)
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), dtype=np.uint8)
    with pytest.warns(UserWarning, match=r"lie in \[-1, 1\]"):
        gan.fit(kgan.data.load(images, batch_size=4, validation_split=0.0), verbose=0)


def test_a_translation_is_warned_of_in_the_same_way():
    image = keras.Input(SHAPE)
    judge = Hidden("sigmoid")
    judge(np.zeros((2, *SHAPE), np.float32))
    model = kgan.Translation(keras.Model(image, layers.Conv2D(1, 1)(image)), judge, seed=0)
    model.compile(jit_compile=False)
    with pytest.warns(UserWarning, match=r"lie in \[0, 1\]"):
        model.fit(*pairs(8), batch_size=4, verbose=0)
