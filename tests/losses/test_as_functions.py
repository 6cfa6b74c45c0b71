"""Losses called as Keras calls its own, and functions as losses."""

import re

import keras
import numpy as np
import pytest
from keras import ops

from games import linear_game
from kgan import losses

REAL, GENERATED = np.float32([[2.0], [-1.0]]), np.float32([[-3.0], [1.5]])


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_an_instance_called_on_the_logits_of_both_sides_gives_what_each_player_minimises(name):
    loss = losses.get(name)
    found = loss(REAL, GENERATED)
    assert float(found.discriminator) == float(loss.discriminator_loss(REAL, GENERATED))
    assert float(found.generator) == float(loss.generator_loss(GENERATED, REAL))
    discriminator_loss, generator_loss = loss(REAL.tolist(), GENERATED.tolist())
    assert (float(discriminator_loss), float(generator_loss)) == (float(found.discriminator), float(found.generator))


def test_the_losses_of_a_batch_worked_out_by_hand():
    found = losses.Wasserstein()(REAL, GENERATED)
    assert float(found.discriminator) == pytest.approx((-3.0 + 1.5) / 2 - (2.0 - 1.0) / 2)
    assert float(found.generator) == pytest.approx(-(-3.0 + 1.5) / 2)


def test_logits_of_two_shapes_are_refused():
    with pytest.raises(ValueError, match=re.escape("of one shape. Received: (2, 1) and (2, 3)")):
        losses.Hinge()(REAL, np.zeros((2, 3), "float32"))


@keras.saving.register_keras_serializable("kgan_tests")
def least_squares_of_my_own(real_logits, generated_logits):
    of_reals, of_generated = ops.mean(ops.square(real_logits - 1.0)), ops.mean(ops.square(generated_logits))
    return (of_reals + of_generated) / 2, ops.mean(ops.square(generated_logits - 1.0)) / 2


def steps_with(loss):
    keras.utils.set_random_seed(0)
    gan = linear_game()
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), loss=loss, jit_compile=False)
    gan.fit(np.linspace(1.0, 2.0, 32, dtype="float32")[:, None], batch_size=8, shuffle=False, verbose=0)
    return gan


def test_a_game_with_a_function_is_the_game_with_the_same_loss():
    with_function, with_class = steps_with(least_squares_of_my_own), steps_with("least_squares")
    for one, other in zip(with_function.get_weights(), with_class.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_registered_function_is_saved_with_the_model(tmp_path):
    gan = steps_with(least_squares_of_my_own)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(loaded.loss, losses.OfFunction)
    assert loaded.loss.function is least_squares_of_my_own


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda real, generated: ops.mean(real - generated), "returns one EagerTensor"),
        (lambda real, generated: (ops.mean(real), ops.mean(real), ops.mean(generated)), "returns shapes"),
        (lambda real, generated: (real, generated), "returns shapes"),
        (lambda real: (real, real), "cannot be called so"),
    ],
)
def test_a_function_of_another_form_is_refused_with_the_form_of_a_game(function, what):
    with pytest.raises(TypeError, match=what) as error:
        losses.get(function)
    assert "def loss(real_logits, generated_logits): return discriminator_loss, generator_loss" in str(error.value)


def test_the_model_has_the_loss_as_its_loss():
    gan = linear_game()
    assert gan.loss is None
    gan.compile(loss="hinge")
    assert isinstance(gan.loss, losses.Hinge)
    assert gan.loss is gan.adversarial_loss
