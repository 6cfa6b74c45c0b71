"""Advice that is followed to the letter leaves the picture what it was."""

import ast
import contextlib
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from pair_games import pairs, translator

import kgan
from games import small_dcgan
from kgan.data import values

RANDOM = np.random.default_rng(0)
SHAPE = (8, 8, 8, 1)


def advised(message):
    """The formulas in an error, as functions of `x`."""
    advice = message[message.index("Received") :]
    parts = re.split(r"\b(?:with|as|or) (?=\(*x\b)", advice)[1:]
    return [eval(f"lambda x: {longest_expression(part)}") for part in parts]


def longest_expression(text):
    for end in range(len(text), 0, -1):
        with contextlib.suppress(SyntaxError):
            names = {one.id for one in ast.walk(ast.parse(text[:end], mode="eval")) if isinstance(one, ast.Name)}
            if names == {"x"} and not text[:end].endswith("."):
                return text[:end].strip().rstrip(",")
    raise AssertionError(text)


IMAGES = {
    "masks of True and False": (RANDOM.random(SHAPE) > 0.5, "uint8"),
    "masks of 0 and 1": (RANDOM.integers(0, 2, SHAPE), "uint8"),
    "int64 in 0 to 255": (RANDOM.integers(0, 256, SHAPE), "uint8"),
    "12 bits in 16": (RANDOM.integers(0, 4096, SHAPE).astype("uint16"), "uint8"),
    "all of 16 bits": (RANDOM.integers(0, 65536, SHAPE).astype("uint16"), "uint8"),
    "Hounsfield units": (RANDOM.integers(-1000, 3000, SHAPE).astype("int16"), "uint8"),
    "int32 beyond 16 bits": (RANDOM.integers(0, 10**6, SHAPE).astype("int32"), "uint8"),
    "floats in 0 to 255": (RANDOM.uniform(0, 255, SHAPE).astype("float32"), "float"),
    "floats of 16 bits": (RANDOM.uniform(0, 60000, SHAPE).astype("float32"), "float"),
    "floats beyond": (RANDOM.uniform(-3, 7, SHAPE).astype("float64"), "float"),
}


@pytest.mark.parametrize(("images", "kind"), IMAGES.values(), ids=IMAGES)
def test_advice_that_is_followed_keeps_the_picture_and_is_accepted(images, kind):
    gan = small_dcgan()
    gan.compile()
    with pytest.raises(ValueError) as error:
        gan.fit(images)
    formulas = advised(str(error.value))
    assert formulas, str(error.value)
    for formula in formulas:
        followed = formula(images)
        assert followed.dtype == np.uint8 if kind == "uint8" else followed.dtype in (np.uint8, images.dtype)
        assert np.corrcoef(followed.ravel().astype("float64"), images.ravel().astype("float64"))[0, 1] > 0.99
        values.check_values(followed, (-1.0, 1.0))  # a warning would be an error
    spread = np.ptp(formulas[0](images).astype("float64"))
    assert spread > (250 if formulas[0](images).dtype == np.uint8 else 1.8)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES["masks of True and False"][0], r"Received: bool\. Convert them with x\.astype\('uint8'\) \* 255\."),
        (IMAGES["all of 16 bits"][0], r"Received: uint16\..*\(x / 257\)\.round\(\)\.astype\('uint8'\)"),
        (IMAGES["12 bits in 16"][0], r"They reach 409\d: convert them with \(x / 409\d \* 255\)"),
        (IMAGES["floats in 0 to 255"][0], r"look like \[0, 255\].*x\.astype\('uint8'\), or x / 127\.5 - 1"),
        (np.full(SHAPE, "a"), "Received: str.*Pass numbers"),
        (np.full(SHAPE, 1j), "Received: complex128.*Pass numbers"),
    ],
)
def test_the_advice_fits_what_came(images, message):
    gan = small_dcgan()
    gan.compile()
    with pytest.raises(ValueError, match=message):
        gan.fit(images)


def test_of_a_first_batch_no_greatest_value_is_taken_for_that_of_all():
    gan = small_dcgan()
    gan.compile()
    for images in (IMAGES["12 bits in 16"][0], IMAGES["int64 in 0 to 255"][0]):
        with pytest.raises(ValueError, match=r"if they reach M: .*M = 4095 for 12"):
            gan.fit(tf.data.Dataset.from_tensor_slices(images).batch(4))


@pytest.mark.parametrize(
    ("low", "high", "value_range", "formula"),
    [
        (0.0, 255.0, (0.0, 1.0), "x / 255"),
        (-1.0, 1.0, (0.0, 1.0), "(x + 1) / 2"),
        (0.0, 1.0, (-5.0, -3.0), "x * 2 - 5"),
        (0.0, 255.0, (2.0, 3.0), "x / 255 + 2"),
    ],
)
def test_another_range_has_formulas_of_its_own(low, high, value_range, formula):
    samples = np.linspace(low, high, 8, dtype="float32").reshape(8, 1, 1, 1)
    with pytest.raises(ValueError, match=re.escape(formula)):
        values.check_values(samples, value_range)
    values.check_values(eval(formula, {"x": samples}), value_range)


MASKS = RANDOM.integers(0, 2, (16, 8, 8, 1)).astype("uint8")


@pytest.mark.parametrize(
    "give",
    [
        lambda x: x,
        lambda x: tf.data.Dataset.from_tensor_slices(x).batch(4),
        lambda x: (part for part in np.split(x, 4)),
    ],
)
def test_uint8_images_that_never_exceed_1_are_warned_of_whatever_they_come_from(give):
    gan = small_dcgan()
    gan.compile(jit_compile=False, run_eagerly=True)
    with pytest.warns(UserWarning, match=r"uint8 images never exceed 1, of 255.*\(x \* 255\)\.round"):
        gan.fit(give(MASKS), batch_size=4, steps_per_epoch=1, verbose=0)


def test_masks_of_a_translation_are_warned_of_and_those_of_0_and_255_are_not():
    model = translator()
    model.compile(jit_compile=False, run_eagerly=True)
    inputs, targets = pairs(2)
    with pytest.warns(UserWarning, match="never exceed 1"):
        model.train_on_batch((inputs > 127).astype("uint8"), targets)
    other = translator()
    other.compile(jit_compile=False, run_eagerly=True)
    other.train_on_batch((inputs > 127).astype("uint8") * 255, targets)


def test_vectors_and_labels_of_0_and_1_are_no_images():
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    gan = kgan.GAN(generator, keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), seed=0)
    gan.compile(jit_compile=False)
    gan.fit(np.ones((8, 3), "float32"), batch_size=4, verbose=0)
