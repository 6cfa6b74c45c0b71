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


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: architectures.ctgan_generator((2,), (3,)), r"condition_shape=\(m,\) with m from 0 to n"),
        (lambda: architectures.ctgan_generator((2, 2), (1,)), r"sample_shape=\(n,\)"),
        (lambda: architectures.ctgan_generator((2,), (1,), width=0), "width >= 1"),
        (lambda: architectures.ctgan_discriminator((2,), (1,), dropout=1.0), r"dropout in \[0, 1\)"),
        (lambda: architectures.ctgan_generator((2,), (1,), width=10**9), "a smaller width"),
    ],
)
def test_what_cannot_be_built_is_refused(build, words):
    with pytest.raises(ValueError, match=words):
        build()
