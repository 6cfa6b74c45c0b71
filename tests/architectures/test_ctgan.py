"""CTGAN's networks: sizes by the paper's equations, and what cannot be built."""

import numpy as np
import pytest

from kgan import architectures


def test_the_generator_has_the_weights_of_the_paper():
    """256 units twice, each layer on all before it, with a normalisation of four numbers a unit."""
    z, c, numbers = 128, 30, 5
    built = architectures.ctgan_generator((numbers + c,), (c,))
    first, second, last = z + c, z + c + 256, z + c + 512
    hidden = (first + 1) * 256 + (second + 1) * 256 + 2 * 4 * 256
    assert built.count_params() == hidden + (last + 1) * (numbers + c)


def test_the_discriminator_sees_rows_beside_their_conditions():
    built = architectures.ctgan_discriminator((350,), (300,))
    assert built.count_params() == (650 + 1) * 256 + (256 + 1) * 256 + 257
    assert [one.shape for one in built.inputs] == [(None, 350), (None, 300)]


def test_numbers_are_between_minus_one_and_one_and_scores_are_not():
    built = architectures.ctgan_generator((4,), (2,), latent_dim=3, width=8, seed=0)
    rows = built([1e3 * np.ones((5, 3), np.float32), np.ones((5, 2), np.float32)]).numpy()
    assert np.abs(rows[:, :2]).max() <= 1.0
    assert np.abs(rows[:, 2:]).max() > 1.0


@pytest.mark.parametrize("condition", [0, 4])
def test_tables_of_numbers_alone_and_of_codes_alone_are_built(condition):
    built = architectures.ctgan_generator((4,), (condition,), latent_dim=3, width=8)
    assert built.output_shape == (None, 4)
    assert len(built.inputs) == (2 if condition else 1)


def test_a_seed_repeats():
    first, again, other = (architectures.ctgan_generator((4,), (2,), 3, 8, seed=seed) for seed in (0, 0, 1))
    for one, two in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert (first.get_weights()[0] != other.get_weights()[0]).any()


def test_a_row_takes_part_in_the_normalisation_of_others_by_batches_alone():
    random = np.random.default_rng(0)
    z, c = (random.normal(size=(6, size)).astype(np.float32) for size in (3, 2))
    for normalization, alike in (("layer", True), ("batch", False)):
        built = architectures.ctgan_generator((4,), (2,), 3, 8, normalization=normalization, seed=0)
        whole, some = built([z, c], training=True).numpy(), built([z[:3], c[:3]], training=True).numpy()
        assert np.allclose(whole[:3], some, atol=1e-6) == alike
    layer = architectures.ctgan_generator((4,), (2,), 3, 8, normalization="layer").get_layer("normalization_0")
    h = random.normal(3.0, 5.0, (4, 8)).astype(np.float32)
    expected = (h - h.mean(axis=1, keepdims=True)) / np.sqrt(h.var(axis=1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(layer(h), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: architectures.ctgan_generator((2,), (3,)), r"condition_shape=\(m,\) with m from 0 to n"),
        (lambda: architectures.ctgan_generator((2, 2), (1,)), r"sample_shape=\(n,\)"),
        (lambda: architectures.ctgan_generator((2,), (1,), width=0), "width >= 1"),
        (lambda: architectures.ctgan_generator((2,), (1,), normalization="instance"), "to be one of batch, layer"),
        (lambda: architectures.ctgan_discriminator((2,), (1,), dropout=1.0), r"dropout in \[0, 1\)"),
        (lambda: architectures.ctgan_generator((2,), (1,), width=10**9), "a smaller width"),
    ],
)
def test_what_cannot_be_built_is_refused(build, words):
    with pytest.raises(ValueError, match=words):
        build()
