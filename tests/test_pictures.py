import numpy as np
import pytest
from PIL import Image

from kgan import pictures


def test_a_grid_runs_row_by_row_and_leaves_the_rest_black():
    images = np.full((3, 60, 60, 1), 0, np.uint8) + np.array([50, 100, 150], np.uint8).reshape(3, 1, 1, 1)
    pixels = np.asarray(pictures.grid(images, columns=2))
    assert pixels.shape == (120, 120)
    assert [pixels[10, 10], pixels[10, 70], pixels[70, 10], pixels[70, 70]] == [50, 100, 150, 0]


def test_small_images_are_enlarged_by_whole_pixels():
    pixels = np.asarray(pictures.grid(np.random.RandomState(0).randint(0, 256, (1, 8, 8, 3)).astype(np.uint8)))
    assert pixels.shape == (56, 56, 3)
    np.testing.assert_array_equal(pixels[:7, :7], np.broadcast_to(pixels[0, 0], (7, 7, 3)))


def test_floats_are_shown_from_minus_one_to_one():
    pixels = np.asarray(pictures.grid(np.float32([-1.0, 1.0]).reshape(2, 1, 1, 1), columns=2))
    assert (pixels[0, 0], pixels[0, -1]) == (0, 255)


@pytest.mark.parametrize("shape", [(1, 8, 8, 2), (1, 8, 8), (1, 5)])
def test_what_cannot_be_drawn_is_named(shape):
    with pytest.raises(ValueError, match="with 1, 3 or 4 channels to draw"):
        pictures.grid(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(("channels", "count", "expected"), [(1, 3, 3), (3, 300, 120)])
def test_a_film_has_the_frames_in_order_and_at_most_120(tmp_path, channels, count, expected):
    frames = []
    for number in range(count):
        frames.append(tmp_path / f"epoch-{number:04d}.png")
        image = np.full((1, 60, 60, channels), number % 256, np.uint8)
        image[0, :, : number % 60] = 255
        pictures.save(pictures.grid(image), frames[-1])
    pictures.film(frames, tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == expected
        film.seek(expected - 1)
        last = np.asarray(film.convert("L"))
    with Image.open(frames[-1]) as picture:
        np.testing.assert_allclose(last, np.asarray(picture.convert("L")), atol=8)


def test_a_film_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one frame"):
        pictures.film([], tmp_path / "film.gif")


def test_columns_of_different_sizes_and_channels_stand_side_by_side_under_their_names():
    small, large = np.zeros((2, 8, 8, 1), np.uint8), np.full((2, 64, 64, 3), 200, np.uint8)
    small[:, 0, 0] = 255
    picture = pictures.beside({"input": small, "truth": large})
    assert (picture.mode, picture.size) == ("RGB", (2 * 128, 14 + 2 * 128))
    drawn = np.asarray(picture)
    assert drawn[:14].min() < 128  # letters on white
    assert (drawn[14:30, :16] == 255).all()  # a pixel of the small one, sixteen times as large
    assert (drawn[14:30, 16:128] == 0).all()
    assert (drawn[14:, 128:] == 200).all()


def test_a_column_with_an_alpha_makes_all_have_one():
    picture = pictures.beside({"a": np.zeros((1, 56, 56, 1), np.uint8), "b": np.zeros((1, 56, 56, 4), np.uint8)})
    assert picture.mode == "RGBA"
    assert np.asarray(picture)[20, 20].tolist() == [0, 0, 0, 255]
    assert np.asarray(picture)[20, 200].tolist() == [0, 0, 0, 0]


def test_columns_of_different_lengths_are_named():
    with pytest.raises(ValueError, match="Expected as many images in each column. Received: 1 of a, 2 of b"):
        pictures.beside({"a": np.zeros((1, 8, 8, 1), np.uint8), "b": np.zeros((2, 8, 8, 1), np.uint8)})
