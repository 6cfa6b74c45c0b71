import re

import keras
import numpy as np
import pytest

from kgan.architectures.sizes import check_shape, cropped, doubled_grid, first_grid


@pytest.mark.parametrize(
    ("shape", "grid", "doublings"),
    [
        ((8, 8, 1), (4, 4), 1),
        ((10, 12, 3), (5, 6), 1),
        ((28, 28, 1), (7, 7), 2),
        ((96, 64, 3), (6, 4), 4),
        ((64, 160, 4), (4, 10), 4),
        ((256, 256, 16), (4, 4), 6),
        ((1024, 1024, 3), (4, 4), 8),
    ],
)
def test_the_grid_doubles_to_the_image(shape, grid, doublings):
    assert doubled_grid(shape) == (grid, doublings)
    assert tuple(side * 2**doublings for side in grid) == shape[:2]


@pytest.mark.parametrize(
    ("shape", "instead"),
    [
        ((33, 33, 3), "(32, 32, 3) and (40, 40, 3)."),
        ((64, 100, 3), "(64, 96, 3) and (64, 112, 3)."),
        ((63, 100, 3), "(56, 96, 3) and (64, 112, 3)."),
        ((7, 64, 3), "(8, 62, 3) and (8, 64, 3)."),
        ((1025, 1025, 3), "(896, 896, 3) and (1024, 1024, 3)."),
        ((0, 8, 1), "(8, 8, 1) and (8, 10, 1)."),
    ],
)
def test_a_size_that_no_grid_doubles_to_is_refused_with_the_nearest_two(shape, instead):
    with pytest.raises(ValueError, match="Expected shape with a shorter side of 4, 5, 6 or 7 times a power") as refused:
        doubled_grid(shape)
    assert str(refused.value).endswith(f"Received: shape={shape}. The nearest two that can be made: {instead}")


def test_each_size_that_is_offered_can_be_made():
    for height in range(1, 300, 7):
        for width in (8, 31, 96, 257):
            try:
                doubled_grid((height, width, 1))
            except ValueError as refused:
                offered = re.findall(r"\((\d+), (\d+), 1\)", str(refused).rpartition("The nearest two")[2])
                assert len(offered) == 2
                for size in offered:
                    doubled_grid((*map(int, size), 1))


@pytest.mark.parametrize("shape", [(8, 8), (8.0, 8, 1), (8, 8, 0), (True, 8, 1)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match=r"Expected (shape (as \(height, width, channels\)|with)|1 channel or more)"):
        doubled_grid(shape)


@pytest.mark.parametrize("shape", [(True, 8, 1), (8, None, 1), (8.0, 8, 1), (8, 8)])
def test_what_is_no_shape_is_refused_where_images_are_cropped(shape):
    with pytest.raises(ValueError, match=r"Expected shape as \(height, width, channels\)"):
        check_shape(shape, 1, 1_024)


def test_the_first_grid_covers_the_image_when_it_is_doubled():
    for height in range(8, 140):
        for width in (8, 21, 64, 139):
            grid, doublings = first_grid((height, width, 3))
            assert 4 <= min(grid) <= 8
            for made, side in zip(grid, (height, width), strict=True):
                assert 0 <= made * 2**doublings - side < 2**doublings


def test_sizes_are_cropped_about_their_centre():
    x = keras.Input((8, 9, 1))
    model = keras.Model(x, cropped(x, (5, 9, 1)))
    rows = np.arange(8, dtype=np.float32).reshape(1, 8, 1, 1).repeat(9, axis=2)
    np.testing.assert_array_equal(model(rows)[0, :, 0, 0], [1, 2, 3, 4, 5])
    assert cropped(x, (8, 9, 1)) is x
