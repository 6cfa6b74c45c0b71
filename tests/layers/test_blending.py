import families
import keras
import numpy as np
import pytest

from kgan import layers


def test_what_is_drawn_lies_over_the_picture_as_far_as_the_mask_says():
    random = np.random.RandomState(0)
    picture, drawn, mask = random.randn(2, 3, 4, 2), random.randn(2, 3, 4, 2), random.uniform(size=(2, 3, 4, 1))
    found = layers.MaskedBlend()([picture, np.concatenate([drawn, mask], axis=-1)])
    np.testing.assert_allclose(found, mask * drawn + (1 - mask) * picture, atol=1e-6)


def test_without_a_mask_all_of_it_lies_over_the_picture():
    drawn = np.ones((1, 2, 2, 3), np.float32)
    np.testing.assert_array_equal(layers.MaskedBlend()([np.zeros((1, 2, 2, 3), np.float32), drawn]), drawn)


def test_it_is_saved_and_exported():
    picture = keras.Input((4, 4, 1))
    drawn = keras.layers.Conv2D(2, 1, activation="sigmoid")(picture)
    families.assert_exported(keras.Model(picture, layers.MaskedBlend()([picture, drawn])))


@pytest.mark.parametrize("shape", [(1, 2, 2, 4), (1, 2, 2, 1), (1, 3, 2, 2)])
def test_what_does_not_fit_the_picture_is_refused(shape):
    with pytest.raises(ValueError, match="Expected what was drawn to be as high and wide as the picture"):
        layers.MaskedBlend()([np.zeros((1, 2, 2, 2), np.float32), np.zeros(shape, np.float32)])
