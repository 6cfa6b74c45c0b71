"""The networks of domain adaptation: sizes by the paper's figure, and what cannot be built."""

import pytest

from kgan import architectures


def test_the_features_have_the_filters_of_the_paper():
    """Figure 4 (a): 32 and 48 filters of 5 x 5 pixels, each before a pooling; with padding, 7 x 7 places are left."""
    built = architectures.picture_features((28, 28, 3))
    assert built.count_params() == (25 * 3 + 1) * 32 + (25 * 32 + 1) * 48
    assert built.output_shape == (None, 7 * 7 * 48)


def test_the_heads_have_the_units_of_the_paper():
    classifier = architectures.dense_classifier((768,), 10)
    assert classifier.count_params() == 769 * 100 + 101 * 100 + 101 * 10
    assert architectures.domain_discriminator((768,)).count_params() == 769 * 100 + 101
    assert architectures.domain_discriminator((8,), layers=0).count_params() == 9


def test_a_seed_gives_the_same_weights_and_another_others():
    one, again, other = (
        architectures.picture_features((8, 8, 1), widths=(4,), seed=seed).get_weights()[0] for seed in (1, 1, 2)
    )
    assert (one == again).all()
    assert (one != other).any()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"input_shape": (8, 8)}, "height, width, channels"),
        ({"input_shape": (2, 8, 1)}, "whose sides can be halved after each"),
        ({"input_shape": (8, 8, 1), "widths": ()}, "A convolution or more|a convolution or more"),
        ({"input_shape": (8, 8, 1), "kernel_size": 4}, "an odd number"),
        ({"input_shape": (8, 8, 1), "dropout": 1.0}, r"dropout in \[0, 1\)"),
    ],
)
def test_features_that_cannot_be_built_are_refused(arguments, error):
    with pytest.raises(ValueError, match=error):
        architectures.picture_features(**arguments)


def test_heads_of_maps_and_of_one_class_are_refused():
    with pytest.raises(ValueError, match="Flatten them first"):
        architectures.domain_discriminator((4, 4, 8))
    with pytest.raises(ValueError, match="num_classes >= 2"):
        architectures.dense_classifier((8,), 1)
