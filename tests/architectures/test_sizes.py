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
        ((33, 33, 3), "Choose 32 or 40 as height, 32 or 40 as width."),
        ((64, 100, 3), "Choose 96 or 112 as width."),
        ((63, 100, 3), "Choose 56 or 64 as height, 96 or 112 as width."),
        ((7, 64, 3), "Choose 8 or 10 as height."),
        ((1025, 1025, 3), "Choose 896 or 1024 as height, 896 or 1024 as width."),
        ((0, 8, 1), "Choose 8 or 10 as height."),
    ],
)
def test_a_size_that_no_grid_doubles_to_is_refused_with_the_nearest_two(shape, instead):
    with pytest.raises(ValueError, match="Expected a size that a grid of 4 to 7 pixels doubles to") as refused:
        doubled_grid(shape)
    assert str(refused.value).endswith(f"Received: shape={shape}. {instead}")


def test_each_size_that_is_offered_can_be_made():
    for height in range(1, 300, 7):
        for width in (8, 31, 96, 257):
            try:
                doubled_grid((height, width, 1))
            except ValueError as refused:
                offered = str(refused).rpartition("Choose ")[2].rstrip(".").split(", ")
                sides = {"height": [height], "width": [width]}
                sides |= {one.split()[-1]: [int(one.split()[0]), int(one.split()[2])] for one in offered}
                for a in sides["height"]:
                    for b in sides["width"]:
                        doubled_grid((a, b, 1))


@pytest.mark.parametrize("shape", [(8, 8), (8.0, 8, 1), (8, 8, 0), (True, 8, 1)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match=r"Expected (shape as \(height, width, channels\)|1 channel or more|a size)"):
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
