"""The probability of adaptive augmentation, and what moves it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from games import small_dcgan
from kgan import augmentation


def controller(**arguments):
    ada = augmentation.ADA(**arguments)
    return ada, {key: keras.Variable(value, dtype="float32") for key, value in ada.remembers.items()}


def test_the_controller_steps_as_the_paper_says():
    ada, memory = controller(target=0.6, images=1000, every=4)
    signs = [1, 1, 1, -1, 1, 1, 1, 1, -1, 1, -1, -1]  # means over four: 0.5, 1, -0.5
    seen = []
    for sign in signs:
        ada.adjust(memory, tf.fill((25, 1), 0.3 * sign))
        seen.append(float(memory["probability"].numpy()))
    step = 25 * 4 / 1000
    assert seen == pytest.approx([0] * 7 + [step] * 4 + [0.0], abs=1e-6)


def test_the_controller_forgets_a_step_that_overflowed():
    ada, memory = controller(target=0.0, images=100, every=1)
    ada.adjust(memory, tf.ones((10, 1)))
    ada.adjust(memory, tf.fill((10, 1), np.float32(np.nan)))
    assert {key: float(one.numpy()) for key, one in memory.items()} == pytest.approx(
        {"probability": 0.1, "signs": 0.0, "images": 0.0, "steps": 0.0}
    )


def test_the_controller_stays_between_zero_and_its_limit():
    ada, memory = controller(images=100, every=1, limit=0.5)
    for _ in range(5):
        ada.adjust(memory, tf.ones((25, 1)))
    assert float(memory["probability"].numpy()) == 0.5


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["non_saturating", pytest.param("relativistic_pairing", marks=pytest.mark.slow)])
def test_the_probability_rises_while_the_discriminator_is_ahead_and_is_logged_and_saved(tmp_path, small_images, loss):
    gan = small_dcgan()
    ada = augmentation.ADA(images=2000, every=2, target=0.0)
    gan.compile(keras.optimizers.Adam(0.0), keras.optimizers.Adam(2e-3), loss=loss, augmentation=ada, jit_compile=False)
    history = gan.fit(small_images, batch_size=50, epochs=6, verbose=0)
    probability = history.history["augmentation_strength"]
    assert 0 <= probability[0] < probability[-1] <= 0.8
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert float(copy._plan.augmentation_strength(0)) == float(gan._plan.augmentation_strength(0)) > 0
    keras.models.load_model(tmp_path / "gan.keras", compile=False).generate(1)
