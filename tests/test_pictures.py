import numpy as np
import pytest
from PIL import Image

from kgan import pictures
from kgan.export.portable import sample_files


def test_a_grid_runs_row_by_row_and_leaves_the_rest_white():
    images = np.full((3, 60, 60, 1), 0, np.uint8) + np.array([50, 100, 150], np.uint8).reshape(3, 1, 1, 1)
    pixels = np.asarray(pictures.grid(images, columns=2))
    assert pixels.shape == (240, 240)
    assert [pixels[10, 10], pixels[10, 130], pixels[130, 10], pixels[130, 130]] == [50, 100, 150, 255]


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(64, 8, 8), (100, 10, 10), (10, 5, 2), (50, 10, 5), (3, 3, 1), (1, 1, 1), (7, 3, 3)]
)
def test_rows_come_out_even_where_they_can_with_nothing_left_over(count, columns, rows):
    assert pictures.layout(count, 64, 64)[:2] == (columns, rows)


@pytest.mark.parametrize(("side", "factor"), [(8, 8), (28, 3), (32, 2), (48, 2), (63, 2), (64, 1), (256, 1)])
def test_no_image_is_drawn_smaller_than_64_pixels(side, factor):
    assert pictures.layout(1, side, side + 1)[2] == factor
    assert pictures.grid(np.zeros((1, side, side, 1), np.uint8)).width >= 64


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_columns_stand_under_their_names_cut_to_fit(channels):
    images = np.zeros((4, 64, 64, channels), np.uint8)
    named = np.asarray(pictures.grid(images, 2, names=["short", "much too long for a column" * 100]))
    assert named.shape[:2] == (14 + 128, 128)
    header = named[:14].reshape(14, 128, -1)[..., 0]
    for column in (header[:, :64], header[:, 64:]):
        assert column.min() < 128
        assert (column[:, :2] == 255).all()
        assert (column[:, -1:] == 255).all()
    assert (named[14:] == 0).all()
    with pytest.raises(ValueError, match="Expected a name for each of 2 columns. Received: 1 names"):
        pictures.grid(images, 2, names=["a"])


def test_a_class_whose_letters_the_font_lacks_is_headed_by_its_number():
    names = ["Flags", "Übung", "日本", "two\nlines", "\udc80", ""]
    assert [pictures.title(number, names) for number in range(6)] == ["Flags", "Ubung", "#2", "two lines", "#4", "#5"]
    assert pictures.title(7) == "7"


def test_small_images_are_enlarged_by_whole_pixels():
    pixels = np.asarray(pictures.grid(np.random.RandomState(0).randint(0, 256, (1, 8, 8, 3)).astype(np.uint8)))
    assert pixels.shape == (64, 64, 3)
    np.testing.assert_array_equal(pixels[:8, :8], np.broadcast_to(pixels[0, 0], (8, 8, 3)))


def test_floats_are_shown_from_minus_one_to_one():
    pixels = np.asarray(pictures.grid(np.float32([-1.0, 1.0]).reshape(2, 1, 1, 1), columns=2))
    assert (pixels[0, 0], pixels[0, -1]) == (0, 255)


@pytest.mark.parametrize(("channels", "drawn"), [(2, 1), (5, 3), (16, 3)])
def test_of_more_channels_than_a_picture_has_the_first_are_drawn(channels, drawn):
    images = np.random.RandomState(0).randint(0, 256, (4, 64, 64, channels)).astype(np.uint8)
    expected = np.asarray(pictures.grid(images[..., :drawn]))
    np.testing.assert_array_equal(np.asarray(pictures.grid(images)), expected)
    floats = images[..., :] / np.float32(127.5) - 1
    np.testing.assert_array_equal(np.asarray(sample_files.grid(floats)), expected)
    beside = pictures.beside({"a": images, "b": images[..., :drawn]})
    left, right = np.split(np.asarray(beside)[14:], 2, axis=1)
    np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("shape", [(1, 8, 8, 0), (1, 8, 8), (1, 5)])
def test_what_cannot_be_drawn_is_named(shape):
    with pytest.raises(ValueError, match="channels. to draw"):
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


def test_frames_of_other_sizes_are_brought_to_that_of_the_last(tmp_path):
    for number, side in enumerate((40, 70)):
        pictures.save(Image.new("L", (side, side + 14), 100 + number), tmp_path / f"epoch-{number:04d}.png")
    pictures.film(sorted(tmp_path.glob("*.png")), tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert (film.size, film.n_frames) == ((70, 84), 2)
        assert (np.asarray(film.convert("L")) == 100).all()


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
