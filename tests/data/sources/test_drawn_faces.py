import numpy as np
import pytest

from kgan.data import drawn_faces
from kgan.data.sources.drawn_faces import EXPRESSIONS


def test_a_seed_draws_the_same_faces_and_each_expression_as_often():
    first, again, other = (drawn_faces("ada", 10, image_size=16, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.images, again.images)
    assert (first.images != other.images).any()
    assert np.bincount(first.expressions).tolist() == [2] * len(EXPRESSIONS)
    assert first.names == [EXPRESSIONS[one] for one in first.expressions]


def test_people_differ_in_their_heads_and_not_in_what_is_behind_them():
    ada, ben = (drawn_faces(who, 5, image_size=32, seed=3) for who in ("ada", "ben"))
    outside = ~(ada.masks | ben.masks)
    near = outside.copy()  # pixels at an edge have a part of the head
    for axis in (1, 2):
        for way in (-2, -1, 1, 2):
            near &= np.roll(near, way, axis)
    np.testing.assert_array_equal(ada.images[near], ben.images[near])
    assert np.abs(ada.images.astype(float) - ben.images)[ada.masks & ben.masks].mean() > 20
    assert 0.2 < ada.masks.mean() < 0.6


def test_a_number_is_somebody_of_one_s_own():
    assert (drawn_faces(3, 2, image_size=16).images != drawn_faces(4, 2, image_size=16).images).any()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("eve", 1), "identity='eve'"),
        ((-1, 1), "identity"),
        (("ada", 0), "count"),
        (("ada", 1, 8), "image_size"),
        (("ada", 1, 16, -1), "seed"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(arguments, said):
    with pytest.raises(ValueError, match=said):
        drawn_faces(*arguments)
