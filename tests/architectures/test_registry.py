import inspect

import pytest

from kgan import architectures


def test_every_public_function_that_builds_a_network_is_found_by_its_name():
    public = {name for name in architectures.__all__ if inspect.isfunction(getattr(architectures, name))}
    public -= {"stylegan2_mapping", "stylegan2_synthesis"}  # parts
    public -= {"freeze_lower_layers", "get", "latents_encoder", "pair_discriminator", "text_conditioned"}  # helpers
    assert set(architectures.ARCHITECTURES) == public
    for name in public:
        assert architectures.get(name) is getattr(architectures, name)


def test_a_function_is_returned_as_it_is():
    assert architectures.get(architectures.dcgan_generator) is architectures.dcgan_generator


def test_an_unknown_name_is_refused_with_the_nearest_match():
    with pytest.raises(ValueError, match=r"Received: architecture='dcgan_generater'\. Did you mean 'dcgan_generator'"):
        architectures.get("dcgan_generater")


def test_what_is_neither_a_name_nor_a_function_is_refused():
    with pytest.raises(TypeError, match="Expected architecture as a name or a function"):
        architectures.get(3)
