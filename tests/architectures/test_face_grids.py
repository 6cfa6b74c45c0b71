"""The encoder and decoder of face swapping whose code is a grid: their sizes by hand, and what sizes they take."""

import numpy as np
import pytest

from kgan.architectures import face_grid_autoencoder


def test_it_has_the_parameters_of_its_layers():
    model = face_grid_autoencoder((16, 24, 3), width=4, code_size=5, blocks=2, masks=True)
    block = 2 * (9 * 8 * 8 + 8)
    encoder = (16 * 3 * 4 + 4) + (16 * 4 * 8 + 8) + block + (8 * 5 + 5)
    doublings = (9 * 8 * 4 + 4) + (9 * 4 * 4 + 4)
    decoder = (9 * 5 * 8 + 8) + 2 * block + doublings + (9 * 4 * 3 + 3) + (9 * 4 + 1)
    assert model.get_layer("encoder").count_params() == encoder
    assert model.get_layer("decoder").count_params() == decoder


def test_the_code_is_a_grid_of_a_quarter_of_the_size_and_the_mask_may_be_left_out():
    faces = np.random.RandomState(0).uniform(-1, 1, (2, 16, 24, 1)).astype(np.float32)
    model = face_grid_autoencoder((16, 24, 1), width=4, code_size=3, masks=True, seed=0)
    assert model.get_layer("encoder")(faces).shape == (2, 4, 6, 3)
    drawn = model(faces).numpy()
    assert drawn.shape == (2, 16, 24, 2)
    assert drawn[..., 1].min() > 0.0
    assert drawn[..., 1].max() < 1.0
    assert face_grid_autoencoder((16, 24, 1), width=4).output_shape == (None, 16, 24, 1)


def test_a_seed_repeats_its_weights_and_another_does_not():
    first, again, other = (face_grid_autoencoder((8, 8, 1), width=2, seed=seed).get_weights() for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.abs(first[0] - other[0]).max() > 0.0


@pytest.mark.parametrize("shape", [(4, 8, 1), (18, 20, 3), (16, 16), (None, None, 3), (0, 8, 1)])
def test_sides_that_cannot_be_halved_twice_are_refused(shape):
    with pytest.raises(ValueError, match="Expected sample_shape"):
        face_grid_autoencoder(shape)


@pytest.mark.parametrize("argument", [{"width": 0}, {"code_size": 0}, {"blocks": -1}])
def test_arguments_out_of_range_are_refused_by_name(argument):
    with pytest.raises(ValueError, match=next(iter(argument))):
        face_grid_autoencoder((16, 16, 1), **argument)
