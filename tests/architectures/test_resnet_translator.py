"""CycleGAN's translator: its published numbers, and what sizes it takes."""

import numpy as np
import pytest

from kgan._game.free_sizes import free_size
from kgan.architectures import patchgan_discriminator, resnet_translator


def count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(("blocks", "parameters"), [(9, 11_378_179), (6, 7_837_699)])
def test_translators_have_the_published_number_of_parameters(blocks, parameters):
    assert count(resnet_translator((None, None, 3), blocks=blocks)) == parameters


def test_the_discriminator_beside_it_has_the_published_number_of_parameters():
    assert count(patchgan_discriminator((256, 256, 3), normalization="instance")) == 2_764_737


@pytest.mark.parametrize(("side", "blocks"), [(256, 9), (128, 6), (None, 6)])
def test_as_many_blocks_as_the_paper_has_at_a_size(side, blocks):
    model = resnet_translator((side, side, 3), width=1)
    assert sum("sum" in layer.name for layer in model.layers) == blocks


def test_any_side_that_four_divides_is_kept():
    model = resnet_translator((12, 20, 3), 1, width=2, blocks=1, seed=0)
    assert model.output_shape == (None, 12, 20, 1)
    free = free_size(model, shared=True)
    assert (free.scale, free.multiple) == (1, 8)
    x = np.random.RandomState(0).uniform(-1, 1, (1, 12, 20, 3)).astype(np.float32)
    np.testing.assert_allclose(free.network(x), model(x), atol=1e-6)


@pytest.mark.parametrize("shape", [(30, 32, 3), (4, 8, 3), (32, 32), (32, 32, None)])
def test_sides_that_cannot_be_halved_twice_are_refused(shape):
    with pytest.raises(ValueError, match="Expected (sides|input_shape)"):
        resnet_translator(shape)


def test_wrong_arguments_are_refused_by_name():
    for argument in ({"blocks": -1}, {"width": 0}, {"normalization": "layer"}, {"output_channels": 0}):
        with pytest.raises(ValueError, match=next(iter(argument))):
            resnet_translator((16, 16, 1), **argument)
