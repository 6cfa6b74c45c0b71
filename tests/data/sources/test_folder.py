import errno
import os
import resource
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.data import DataError, load, resizing
from kgan.data.sources import digits


@pytest.fixture
def photos(tmp_path):
    """Every mode and format in one folder, of several sizes."""
    random = np.random.RandomState(0)
    rgb = Image.fromarray(random.randint(0, 256, (40, 30, 3)).astype(np.uint8))
    rgb.save(tmp_path / "a.jpg")
    rgb.resize((64, 64)).save(tmp_path / "b.webp")
    rgb.convert("P").save(tmp_path / "c.gif")
    rgb.convert("L").save(tmp_path / "d.PNG")
    rgb.convert("RGBA").save(tmp_path / "e.png")
    rgb.convert("1").save(tmp_path / "f.bmp")
    rgb.convert("CMYK").save(tmp_path / "g.tif")
    Image.fromarray(random.randint(0, 65536, (20, 20)).astype(np.uint16)).save(tmp_path / "h.png")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_bytes(b"hidden")
    return tmp_path


def write_digits(folder, count, classes=True):
    images, labels = digits.read()
    for number in range(count):
        row = number * 7919 % 5000
        parent = folder / str(labels[row]) if classes else folder
        parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[row, ..., 0]).save(parent / f"{number}.png")


def truncate(path, size=100):
    path.write_bytes(path.read_bytes()[:size])


def test_every_mode_and_format_becomes_one_size_and_kind(photos):
    splits = load(photos, batch_size=2, image_size=16, validation_split=0.0)
    assert splits.count == 8
    assert splits.sample_shape == (16, 16, 3)
    batches = [np.array(batch) for batch in splits.train]
    assert [(batch.dtype, batch.shape) for batch in batches] == [(np.uint8, (2, 16, 16, 3))] * 4
    assert splits.skipped == {}


def test_grey_images_have_one_channel_unless_asked_otherwise(tmp_path):
    write_digits(tmp_path, 4, classes=False)
    assert load(tmp_path, 1).sample_shape == (28, 28, 1)
    assert load(tmp_path, 1, channels=3).sample_shape == (28, 28, 3)
    assert load(tmp_path, 1, channels=4).sample_shape == (28, 28, 4)


def test_what_is_transparent_is_shown_over_white():
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    np.testing.assert_array_equal(resizing.to_array(image, channels=3), 255)
    np.testing.assert_array_equal(resizing.to_array(image, channels=4)[..., 3], 0)


def test_sixteen_bits_are_scaled_not_clipped():
    image = Image.fromarray(np.array([[0, 256, 32768, 65535]], np.uint16))
    np.testing.assert_array_equal(resizing.to_array(image, channels=1)[0, :, 0], [0, 1, 128, 255])


def test_a_photo_taken_on_its_side_is_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (20, 10)).save(tmp_path / "a.jpg", exif=exif)
    with Image.open(tmp_path / "a.jpg") as image:
        assert resizing.to_array(image, channels=1).shape == (20, 10, 1)
    assert load(tmp_path, 1, validation_split=0.0).sample_shape == (20, 10, 1)


def test_shrinking_covers_every_pixel():
    # A fine chessboard is grey from afar; a resize that skips pixels makes it black or white.
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    small = resizing.to_array(Image.fromarray(board), channels=1, size=(8, 8))
    assert np.abs(small.astype(int) - 127).max() <= 8


def test_subfolders_are_the_classes(tmp_path):
    write_digits(tmp_path, 100)
    splits = load(tmp_path, batch_size=10)
    assert splits.class_names == tuple("0123456789")
    images, labels = digits.read()
    known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    for pixels, numbers in splits.train:
        assert [known[image.tobytes()] for image in pixels.numpy()] == list(numbers.numpy())


def test_many_images_outside_the_subfolders_mean_no_classes_and_a_line_says_so(tmp_path):
    write_digits(tmp_path, 10)
    write_digits(tmp_path, 5, classes=False)
    splits = load(tmp_path, 2)
    assert splits.class_names is None
    assert splits.found.count == 15
    assert "No classes: 5 pictures lie in the folder itself, beside sub-folders: 0, 1" in splits.found.lines()[1]


@pytest.mark.parametrize("strict", [False, True])
def test_one_stray_image_beside_the_classes_is_left_out_and_named_or_refused_when_strict(tmp_path, strict):
    write_digits(tmp_path, 60)
    known = load(tmp_path, 2).class_names
    Image.new("L", (28, 28)).save(tmp_path / "stray.png")
    if strict:
        with pytest.raises(DataError, match="Received: stray.png, outside the folders of classes. Move or remove"):
            load(tmp_path, 2, strict=True)
        return
    found = load(tmp_path, 2)
    assert found.class_names == known
    assert found.count == 54
    assert "Ignored: 1 outside the folders of classes (stray.png)." in found.found.lines()


def test_another_image_takes_the_place_of_a_damaged_one_and_the_damage_is_listed(tmp_path):
    write_digits(tmp_path, 60)
    damaged = sorted(tmp_path.rglob("*.png"))[3:20:4]
    for path in damaged:
        truncate(path)
    splits = load(tmp_path, batch_size=10, validation_split=0.0)
    assert int(splits.train.cardinality()) == 6
    images, labels = digits.read()
    known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    for _ in range(2):
        for pixels, numbers in splits.train:
            assert pixels.shape == (10, 28, 28, 1)
            assert [known[image.tobytes()] for image in pixels.numpy()] == list(numbers.numpy())
    assert set(splits.skipped) == {str(path.relative_to(tmp_path)) for path in damaged}


def test_a_truncated_jpeg_is_damaged_too(tmp_path):
    write_digits(tmp_path, 9, classes=False)
    Image.fromarray(digits.read()[0][0, ..., 0]).save(tmp_path / "photo.jpg")
    truncate(tmp_path / "photo.jpg", 400)
    splits = load(tmp_path, batch_size=5, validation_split=0.0)
    assert len(list(splits.train)) == 2
    assert set(splits.skipped) == {"photo.jpg"}


def test_a_folder_whose_every_image_vanishes_stops_the_stream(tmp_path):
    write_digits(tmp_path, 6, classes=False)
    splits = load(tmp_path, batch_size=2, validation_split=0.0)
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(tf.errors.OpError, match="only damaged files"):
        list(splits.train)


def test_strict_refuses_a_damaged_file_before_training(tmp_path):
    write_digits(tmp_path, 5, classes=False)
    truncate(tmp_path / "3.png")
    with pytest.raises(DataError, match=r"readable image \(strict\). Received: .*3\.png.*Remove the file"):
        load(tmp_path, 2, strict=True)


def test_strict_stops_when_a_file_is_damaged_later(tmp_path):
    write_digits(tmp_path, 5, classes=False)
    splits = load(tmp_path, 2, strict=True, validation_split=0.0)
    truncate(tmp_path / "3.png")
    with pytest.raises(tf.errors.OpError, match="readable image"):
        list(splits.train)


def test_what_the_machine_could_not_do_is_not_taken_for_damage(tmp_path, monkeypatch):
    write_digits(tmp_path, 5, classes=False)
    splits = load(tmp_path, 2, validation_split=0.0)

    def too_many_open_files(path, **_):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Image, "open", too_many_open_files)
    with pytest.raises(tf.errors.OpError, match="Too many open files"):
        list(splits.train)
    assert splits.skipped == {}


def test_a_file_that_vanishes_is_skipped_and_named(tmp_path):
    write_digits(tmp_path, 8, classes=False)
    splits = load(tmp_path, 2, validation_split=0.0)
    (tmp_path / "5.png").unlink()
    assert len(list(splits.train)) == 4
    assert "No such file" in splits.skipped["5.png"]


@pytest.mark.parametrize("kind", ["garbage", "nothing", "folder", "gone", "moved"])
def test_training_goes_on_when_a_file_is_spoilt_between_two_epochs(tmp_path, kind):
    write_digits(tmp_path / "digits", 40)
    splits = load(tmp_path / "digits", 10, validation_split=0.0)
    assert len(list(splits.train)) == 4
    victim = sorted((tmp_path / "digits").rglob("*.png"))[7]
    name = str(victim.relative_to(tmp_path / "digits"))
    if kind == "garbage":
        victim.write_bytes(np.random.RandomState(0).bytes(500))
    elif kind == "nothing":
        victim.write_bytes(b"")
    elif kind == "moved":
        victim.parent.rename(tmp_path / "elsewhere")
    else:
        victim.unlink()
        if kind == "folder":
            victim.mkdir()
    assert [batch.shape for batch, _ in splits.train] == [(10, 28, 28, 1)] * 4
    assert name in splits.skipped
    assert splits.skipped.keys() == {name} or kind == "moved"


def test_whatever_a_reader_raises_is_damage_of_that_file(tmp_path, monkeypatch):
    write_digits(tmp_path, 6, classes=False)
    splits = load(tmp_path, 2, validation_split=0.0)
    opened = Image.open

    def astray(path, **options):
        if Path(path).name == "3.png":
            raise KeyError("no such chunk")
        return opened(path, **options)

    monkeypatch.setattr(Image, "open", astray)
    assert len(list(splits.train)) == 3
    assert splits.skipped == {"3.png": "KeyError: 'no such chunk'"}


def test_a_lack_of_memory_is_not_taken_for_damage(tmp_path, monkeypatch):
    write_digits(tmp_path, 6, classes=False)
    splits = load(tmp_path, 2, validation_split=0.0)

    def full(path, **_):
        raise MemoryError("no room")

    monkeypatch.setattr(Image, "open", full)
    with pytest.raises(tf.errors.OpError, match="MemoryError: no room"):
        list(splits.train)
    assert splits.skipped == {}


def test_sizes_that_differ_are_named_with_the_way_out(photos):
    with pytest.raises(DataError, match=r"Received: a\.jpg of 40x30 and .* Pass image_size=64"):
        load(photos, 2)


def test_one_size_that_differs_is_found_wherever_it_is(tmp_path):
    write_digits(tmp_path, 200, classes=False)
    Image.new("L", (5, 5)).save(tmp_path / "77.png")
    with pytest.raises(DataError, match="Received: 0.png of 28x28 and 77.png of 5x5 pixels. Pass image_size"):
        load(tmp_path, 10)


def test_a_size_that_changes_while_training_stops_the_stream(tmp_path):
    write_digits(tmp_path, 20, classes=False)
    splits = load(tmp_path, 10, validation_split=0.0)
    Image.new("L", (5, 5)).save(tmp_path / "7.png")
    with pytest.raises(tf.errors.OpError, match="Pass image_size"):
        list(splits.train)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=f"Expected images .*in {tmp_path}. Received: a folder without any"):
        load(tmp_path)


def test_a_folder_of_damaged_files_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no")
    with pytest.raises(DataError, match="only damaged files"):
        load(tmp_path)


def test_channels_and_batches_out_of_range_are_named(tmp_path):
    write_digits(tmp_path, 4, classes=False)
    for channels in (0, 17, "pink", 1.5, True):
        with pytest.raises(DataError, match="Expected channels from 1 to 16, 'grey' .1., 'colour' .3. or None"):
            load(tmp_path, channels=channels)
    with pytest.raises(DataError, match="Expected batch_size from 1 to the number of training images, 4"):
        load(tmp_path, batch_size=64)


def test_ten_thousand_png_files_stream_without_filling_the_memory(tmp_path):
    noise = np.random.RandomState(0).randint(0, 256, (100, 64, 64, 3)).astype(np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png", compress_level=0)
    for number in range(100, 10_000):
        os.link(tmp_path / f"{number % 100}.png", tmp_path / f"{number}.png")
    splits = load(tmp_path, batch_size=64)
    iterator = iter(splits.train)
    next(iterator)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 64 + sum(len(batch) for batch in iterator)
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert count == 9000 // 64 * 64
    assert growth < 60, f"{growth:.0f} MiB more for 118 MiB of pixels"
