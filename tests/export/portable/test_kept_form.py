"""Pictures keep grey, transparency and 16 bits where a network gives the same picture, larger."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import picture_networks
from blocked import run_blocked
from kgan.export import runners
from kgan.export.portable import apply, deep_png
from kgan.export.portable.applier import Applier, ApplyError


def pixels(height=6, width=5, channels=3, dtype=np.uint16, seed=0):
    most = np.iinfo(dtype).max + 1
    return np.random.RandomState(seed).randint(0, most, (height, width, channels)).astype(dtype)


def twice(values):
    return values.repeat(2, 0).repeat(2, 1)


def read_deep(path):
    """By TensorFlow's decoder, which is not the one that wrote or read it."""
    return tf.io.decode_png(tf.io.read_file(str(path)), dtype=tf.uint16).numpy()


@pytest.fixture
def larger(tmp_path):
    return picture_networks.doubled(tmp_path / "generator.onnx", kgan_keeps_form=True)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_of_16_bits_is_written_as_another_decoder_reads_it(tmp_path, channels):
    values = pixels(channels=channels)
    deep_png.write_deep_png(tmp_path / "deep.png", values)
    np.testing.assert_array_equal(read_deep(tmp_path / "deep.png"), values)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_a_png_of_16_bits_is_read_whole(tmp_path, channels):
    values = pixels(channels=channels)
    content = tf.io.encode_png(values).numpy()  # by another program, with filters of its own
    (tmp_path / "deep.png").write_bytes(content)
    np.testing.assert_array_equal(deep_png.deep_pixels(tmp_path / "deep.png"), values)


def test_a_picture_of_8_bits_is_left_to_pillow(tmp_path):
    Image.fromarray(pixels(dtype=np.uint8)).save(tmp_path / "in.png")
    assert deep_png.deep_pixels(tmp_path / "in.png") is None


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_colours_and_grey_with_alpha_of_16_bits_keep_them(larger, tmp_path, channels):
    values = pixels(channels=channels)
    if channels in (2, 4):
        values[..., -1] = 40_000  # of which interpolation makes the same
    deep_png.write_deep_png(tmp_path / "in.png", values)
    apply.apply_to_files(larger, tmp_path / "in.png", tmp_path / "out.png")
    np.testing.assert_allclose(read_deep(tmp_path / "out.png").astype(int), twice(values), atol=1)


def test_grey_of_16_bits_stays_grey_through_a_network_of_colours(larger, tmp_path):
    values = pixels(channels=1)
    Image.fromarray(values[..., 0]).save(tmp_path / "in.png")
    apply.apply_to_files(larger, tmp_path / "in.png", tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as drawn:
        assert drawn.mode == "I;16"
        np.testing.assert_allclose(np.asarray(drawn).astype(int), twice(values)[..., 0], atol=1)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)])
def test_pictures_of_8_bits_keep_their_mode(larger, mode, channels):
    values = pixels(channels=channels, dtype=np.uint8)
    if channels in (2, 4):
        values[..., -1] = 200
    picture = Image.fromarray(values[..., 0] if channels == 1 else values)
    drawn = apply.apply_to_picture(Applier(larger), picture)
    assert (picture.mode, drawn.mode) == (mode, mode)
    np.testing.assert_array_equal(np.asarray(drawn).reshape(12, 10, channels), twice(values))


def test_a_network_that_does_not_say_so_makes_colours_of_grey_as_before(tmp_path):
    model = picture_networks.doubled(tmp_path / "generator.onnx")
    drawn = apply.apply_to_picture(Applier(model), Image.fromarray(pixels(channels=1, dtype=np.uint8)[..., 0]))
    assert drawn.mode == "RGB"


def test_a_format_of_8_bits_gets_them_and_tiff_is_refused_for_colours_of_16(larger, tmp_path):
    deep_png.write_deep_png(tmp_path / "in.png", pixels())
    apply.apply_to_files(larger, tmp_path / "in.png", tmp_path / "out.bmp")
    with Image.open(tmp_path / "out.bmp") as drawn:
        np.testing.assert_allclose(np.asarray(drawn).astype(int), twice(pixels() >> 8), atol=1)
    with pytest.raises(ApplyError, match=r"Expected out to end in \.png, which keeps 16 bits of colours"):
        apply.apply_to_files(larger, tmp_path / "in.png", tmp_path / "out.tif")
    assert not (tmp_path / "out.tif").exists()


def test_metadata_that_is_no_truth_value_is_refused(tmp_path):
    model = picture_networks.doubled(tmp_path / "generator.onnx", kgan_keeps_form=3)
    with pytest.raises(ApplyError, match="keeps_form=3"):
        Applier(model)


def test_the_program_of_a_bundle_keeps_16_bits_without_kgan(larger, tmp_path):
    runners.named("apply.py").write(tmp_path)
    deep_png.write_deep_png(tmp_path / "in.png", pixels())
    done = run_blocked(tmp_path / "apply.py", tmp_path / "in.png", "--out", "out.png", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    np.testing.assert_allclose(read_deep(tmp_path / "out.png").astype(int), twice(pixels()), atol=1)


def test_tiles_of_an_enlarging_network_leave_no_seam(tmp_path):
    """What each tile makes of pixels that look no farther than its margin is what the whole picture makes of them."""
    model = picture_networks.doubled(tmp_path / "generator.onnx", kgan_keeps_form=True)
    image = np.random.RandomState(1).uniform(-1, 1, (70, 90, 3)).astype(np.float32)
    np.testing.assert_allclose(Applier(model).apply(image, tile=32, overlap=8), Applier(model).apply(image), atol=1e-6)
