import keras
import numpy as np
import pytest

from kgan.layers import ReflectionPadding2D


@pytest.mark.parametrize("padding", [1, 3])
def test_reflection_padding_is_that_of_numpy(padding):
    x = np.random.RandomState(0).normal(size=(2, 5, 7, 3)).astype(np.float32)
    sides = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    np.testing.assert_array_equal(ReflectionPadding2D(padding)(x), np.pad(x, sides, mode="reflect"))


def test_a_side_that_has_nothing_to_mirror_is_refused():
    with pytest.raises(ValueError, match="sides of more than padding=3 pixels to mirror. Received: shape"):
        ReflectionPadding2D(3)(np.zeros((1, 3, 8, 1), np.float32))
    with pytest.raises(ValueError, match="padding"):
        ReflectionPadding2D(0)


def test_reflection_padding_is_saved_with_its_argument(tmp_path):
    inputs = keras.Input((None, None, 1))
    model = keras.Model(inputs, ReflectionPadding2D(2)(inputs))
    model.save(tmp_path / "padding.keras")
    x = np.arange(16.0, dtype=np.float32).reshape(1, 4, 4, 1)
    loaded = keras.models.load_model(tmp_path / "padding.keras")
    assert loaded.output_shape == (None, None, None, 1)
    np.testing.assert_array_equal(loaded(x), model(x))
