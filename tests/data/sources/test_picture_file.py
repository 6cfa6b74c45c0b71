"""What kinds of files are read, and what is said of the others."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgan.data import DataError, load
from kgan.data.sources import formats, tiff


def noise(*shape, kind=np.uint8, seed=0):
    high = 256 if kind == np.uint8 else 65536
    return np.random.RandomState(seed).randint(0, high, shape).astype(kind)


def all_of(splits):
    return [one[0] for one in splits.train.as_numpy_iterator()]


def single(folder, **options):
    splits = load(folder, 1, validation_split=0.0, **options)
    return splits, all_of(splits)[0]


# --- formats ---


@pytest.mark.parametrize("end", ["avif", "jp2", "j2k", "jfif", "jpe", "tga", "qoi", "pcx"])
def test_other_formats_are_read_beside_jpeg(tmp_path, end):
    pixels = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95)
    kind = {"jfif": "jpeg", "jpe": "jpeg", "jp2": "jpeg2000", "j2k": "jpeg2000"}.get(end, end)
    Image.fromarray(pixels).save(tmp_path / f"b.{end}", kind)
    splits = load(tmp_path, 1, validation_split=0.0)
    if end == "pcx":
        assert splits.found.ignored == {"of another kind (.pcx)": 1}
        return
    assert splits.found.count == 2
    for image in all_of(splits):
        assert np.abs(image.astype(int) - pixels).max() <= 6


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.heic", "HEIC (.heic: save them as JPEG, PNG or TIFF)"),
        ("a.CR2", "camera raw (.cr2: save them as JPEG, PNG or TIFF)"),
        ("a.psd", "Photoshop (.psd: save them as JPEG, PNG or TIFF)"),
        ("a.svg", "drawing (.svg: draw them in pixels first)"),
        ("a.mp4", "film (.mp4: save their frames as pictures)"),
        ("a.txt", "of another kind (.txt)"),
        ("README", "of another kind (without extension)"),
    ],
)
def test_what_cannot_be_read_is_counted_with_the_reason(tmp_path, name, reason):
    Image.new("L", (8, 8), 100).save(tmp_path / "b.png")
    (tmp_path / name).write_bytes(b"...")
    splits = load(tmp_path, 1, validation_split=0.0)
    assert splits.found.ignored == {reason: 1}
    assert splits.found.lines()[1] == f"Ignored: 1 {reason}."


def test_no_other_program_is_run_for_a_file_that_calls_itself_a_picture(tmp_path):
    Image.new("L", (8, 8), 100).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\nshowpage\n")
    splits = load(tmp_path, 1, validation_split=0.0)
    assert "cannot identify" in splits.skipped["b.png"]
    assert "EPS" not in formats.of_pillow()


@pytest.mark.parametrize("end", ["gif", "png", "webp", "tif"])
def test_of_animations_the_first_frame_is_taken_and_a_line_says_so(tmp_path, end):
    frames = [Image.new("L", (8, 8), shade) for shade in (40, 120, 200)]
    frames = [frame.convert("P") for frame in frames] if end == "gif" else frames
    frames[0].save(
        tmp_path / f"a.{end}", save_all=True, append_images=frames[1:], **({"lossless": True} if end == "webp" else {})
    )
    splits, image = single(tmp_path)
    assert set(np.unique(image)) == {40}
    word = "page of several" if end == "tif" else "frame of an animation or series"
    assert splits.found.converted == {f"first {word}": 1}


def test_a_photo_of_several_pictures_is_a_photo(tmp_path):
    frames = [Image.new("RGB", (8, 8), (shade,) * 3) for shade in (40, 120)]
    frames[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=frames[1:])
    splits, _ = single(tmp_path)
    assert (splits.found.formats, splits.found.converted) == ({"JPEG": 1}, {})


# --- colour, grey and transparency ---


def test_a_few_colour_pictures_among_grey_ones_keep_their_colour(tmp_path):
    for number in range(200):
        Image.new("L", (8, 8), number).save(tmp_path / f"{number:03}.png")
    Image.new("RGB", (8, 8), (255, 0, 0)).save(tmp_path / "101.png")
    splits = load(tmp_path, 1, validation_split=0.0)
    assert splits.sample_shape == (8, 8, 3)
    assert any((image[0, 0] == (255, 0, 0)).all() for image in all_of(splits))
    assert splits.found.channels == {"grey": 199, "colour": 2 - 1}
    assert splits.found.converted == {"grey made colour": 199}


@pytest.mark.parametrize(
    ("channels", "value"), [("grey", 1), ("gray", 1), (1, 1), ("colour", 3), ("color", 3), ("3", 3)]
)
def test_grey_or_colour_is_a_choice(tmp_path, channels, value):
    Image.new("RGB", (8, 8), (255, 0, 0)).save(tmp_path / "a.png")
    splits, image = single(tmp_path, channels=channels)
    assert splits.sample_shape == (8, 8, value)
    np.testing.assert_array_equal(image[0, 0], [76] if value == 1 else [255, 0, 0])
    assert splits.found.converted == ({"colour made grey": 1} if value == 1 else {})


def test_a_palette_of_greys_is_grey(tmp_path):
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 90, 90, 90])
    image.save(tmp_path / "a.png")
    splits, pixels = single(tmp_path)
    assert splits.sample_shape == (8, 8, 1)
    assert set(np.unique(pixels)) == {90}


@pytest.mark.parametrize(
    ("background", "expected"),
    [("white", 255), ("black", 0), ("#102030", (16, 32, 48)), ("#fff", 255), ("Red", (255, 0, 0))],
)
def test_what_is_transparent_is_laid_over_the_background_and_a_line_says_so(tmp_path, background, expected):
    Image.new("RGBA", (8, 8), (9, 9, 9, 0)).save(tmp_path / "a.png")
    splits, image = single(tmp_path, background=background)
    np.testing.assert_array_equal(image, np.broadcast_to(expected, (8, 8, 3)))
    assert splits.found.channels == {"colour with alpha": 1}
    assert splits.found.converted == {f"with transparency laid over {background}": 1}
    assert f"Converted: 1 with transparency laid over {background}." in splits.found.lines()


def test_a_grey_picture_over_a_coloured_background_becomes_colour(tmp_path):
    Image.new("LA", (8, 8), (9, 0)).save(tmp_path / "a.png")
    assert single(tmp_path)[0].sample_shape == (8, 8, 1)
    splits, image = single(tmp_path, background="red")
    assert splits.sample_shape == (8, 8, 3)
    np.testing.assert_array_equal(image[0, 0], [255, 0, 0])


def test_transparency_is_kept_as_a_fourth_channel(tmp_path):
    Image.new("RGBA", (8, 8), (10, 20, 30, 40)).save(tmp_path / "a.png")
    Image.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "b.png")
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([50, 60, 70])
    palette.save(tmp_path / "c.png", transparency=0)
    splits = load(tmp_path, 1, channels=4, validation_split=0.0)
    corners = sorted(tuple(map(int, image[0, 0])) for image in all_of(splits))
    assert corners == [(1, 2, 3, 255), (10, 20, 30, 40), (50, 60, 70, 0)]
    assert splits.found.converted == {"made opaque, for want of an alpha channel": 1}


def test_other_colour_spaces_are_told(tmp_path):
    Image.new("CMYK", (8, 8), (0, 0, 0, 255)).save(tmp_path / "a.jpg")
    assert single(tmp_path)[0].found.converted == {"CMYK made RGB": 1}


# --- many channels ---


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("planar", [False, True])
def test_tiffs_of_many_bands_are_read_whole(tmp_path, kind, planar):
    tifffile = pytest.importorskip("tifffile")
    values = noise(6, 7, 5, kind=np.uint16) if kind != np.uint8 else noise(6, 7, 5)
    values = values / np.float32(65535) if kind == np.float32 else values
    values[0, 0] = 1 if kind == np.float32 else 65535 if kind == np.uint16 else 255
    stored = np.moveaxis(values, -1, 0) if planar else values
    config = "separate" if planar else "contig"
    tifffile.imwrite(tmp_path / "a.tif", np.ascontiguousarray(stored), planarconfig=config, photometric="minisblack")
    splits, image = single(tmp_path)
    white = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[kind]
    expected = values if kind == np.uint8 else values / white * 2.0 - 1.0
    np.testing.assert_allclose(image, expected, atol=1e-6)
    assert splits.found.channels == {"5 channels": 1}


def test_pages_of_a_tiff_are_channels_when_asked_for(tmp_path):
    pages = noise(3, 6, 7)
    frames = [Image.fromarray(page) for page in pages]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    splits, image = single(tmp_path, channels=3)
    np.testing.assert_array_equal(image, np.moveaxis(pages, 0, -1))
    assert splits.found.converted == {}
    with pytest.raises(DataError, match="that can have channels=5. Received: a.tif with 1"):
        load(tmp_path, 1, channels=5)


def test_a_fourth_band_is_kept_when_asked_for_and_told_otherwise(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    values = noise(6, 7, 4)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unspecified"])
    splits, image = single(tmp_path)
    np.testing.assert_array_equal(image, values[..., :3])
    assert splits.found.converted == {"first 3 of 4 bands (channels=4 keeps all)": 1}
    np.testing.assert_array_equal(single(tmp_path, channels=4)[1], values)


def test_colours_of_sixteen_bits_in_a_tiff_are_not_cut_down(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    values = noise(6, 7, 3, kind=np.uint16)
    values[0, 0] = 65535
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    np.testing.assert_allclose(single(tmp_path)[1], values / 65535.0 * 2 - 1, atol=1e-6)


def test_a_tiff_that_needs_tifffile_names_the_extra(tmp_path, monkeypatch):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", noise(6, 7, 5), planarconfig="contig", photometric="minisblack")
    monkeypatch.setattr(tiff, "readable", lambda: False)
    with pytest.raises(DataError, match=r"a.tif: ValueError: a TIFF .* pip install 'kgan\[tiff\]'"):
        load(tmp_path, 1)


@pytest.mark.parametrize("channels", [1, 2, 5, 16])
def test_arrays_in_files_are_pictures_of_as_many_channels(tmp_path, channels):
    values = noise(20, 18, channels)
    np.save(tmp_path / "a.npy", values)
    np.save(tmp_path / "b.npy", values[..., 0] if channels == 1 else np.moveaxis(values, -1, 0))
    splits = load(tmp_path, 1, validation_split=0.0)
    if channels > 2:  # 1 and 2 could stand last as well, and do not here
        assert splits.found.formats == {"NPY": 2}
    for image in all_of(splits):
        np.testing.assert_array_equal(image, values)
    small = load(tmp_path, 1, image_size=(10, 9), validation_split=0.0)
    assert small.sample_shape == (10, 9, channels)


def test_pictures_of_other_channels_than_the_rest_are_named(tmp_path):
    np.save(tmp_path / "a.npy", noise(20, 18, 5))
    np.save(tmp_path / "b.npy", noise(20, 18, 3))
    with pytest.raises(DataError, match="of one number of channels. Received: a.npy with 5 and b.npy with 3"):
        load(tmp_path, 1)
    with pytest.raises(DataError, match="that can have channels=3. Received: a.npy with 5"):
        load(tmp_path, 1, channels=3)


def test_arrays_that_are_no_pictures_are_skipped_by_name(tmp_path):
    np.save(tmp_path / "a.npy", noise(20, 18, 1))
    np.save(tmp_path / "b.npy", np.zeros(5))
    np.save(tmp_path / "c.npy", np.zeros((20, 18), np.int64))
    np.save(tmp_path / "d.npy", np.array([{}]), allow_pickle=True)
    (tmp_path / "e.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:200])
    splits = load(tmp_path, 1, validation_split=0.0)
    assert all_of(splits)[0].shape == (20, 18, 1)
    assert set(splits.skipped) == {"b.npy", "c.npy", "d.npy", "e.npy"}
    assert splits.found.notes == [
        "4 of these pictures are damaged (b.npy, ...): they are counted above, and others take their places."
    ]
    assert splits.found.ignored == {}


def test_masks_of_booleans_are_black_and_white(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(8, dtype=bool))
    np.testing.assert_array_equal(single(tmp_path)[1][..., 0], np.eye(8) * 255)


# --- what was found ---


def test_what_was_found_is_told_in_a_few_lines(tmp_path):
    for name, shades in (("cat", range(3)), ("dog", range(2))):
        (tmp_path / name).mkdir()
        for shade in shades:
            Image.new("RGB", (40 + shade, 30), (shade, 200, 0)).save(tmp_path / name / f"{shade}.png")
    Image.new("L", (64, 64), 200).save(tmp_path / "dog" / "9.jpg")
    (tmp_path / "dog" / "broken.png").write_bytes(b"no")
    found = load(tmp_path, 1, image_size=32).found
    assert found.lines() == [
        "Found 7 pictures: 5 PNG, 1 JPEG; 40 x 30 to 64 x 64 pixels (width x height), most often 40 x 30; 5 colour, "
        "1 grey; 8 bits. 1 of them is held out.",
        "2 classes: cat 3, dog 4.",
        "Converted: 1 grey made colour; 5 enlarged to 32 x 32.",
        "1 of these pictures is damaged (dog/broken.png): it is counted above, and another takes its place.",
    ]
    assert found.sizes == ((30, 40), (30, 40), (64, 64))


@pytest.mark.parametrize(
    ("text", "size"), [("64", (64, 64)), ("64x96", (96, 64)), (" 64 X 96 ", (96, 64)), ("1024x1024", (1024, 1024))]
)
def test_a_size_as_text_is_width_times_height(tmp_path, text, size):
    Image.new("L", (40, 30), 200).save(tmp_path / "a.png")
    assert single(tmp_path, image_size=text)[0].sample_shape == (*size, 1)


@pytest.mark.parametrize("text", ["", "64x", "x64", "64x96x3", "-64", "0", "64x0", "6.4", "big", "1e3"])
def test_texts_that_are_no_size_are_refused(text):
    with pytest.raises(ValueError, match="Expected image_size as a number of pixels, 64, or as width x height, 64x96"):
        load("anything", image_size=text)


def test_the_network_takes_what_a_folder_of_deep_pictures_gives(tmp_path):
    import kgan

    for number in range(8):
        Image.fromarray(noise(8, 8, kind=np.uint16, seed=number)).save(tmp_path / f"{number}.png")
    splits = load(tmp_path, 4, validation_split=0.0)
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=2, width=2),
        kgan.architectures.dcgan_discriminator((8, 8, 1), width=2),
    )
    gan.compile(jit_compile=False)
    gan.fit(splits.train, epochs=1, verbose=0)
    assert gan.generate(1).dtype == np.float32
    assert splits.train.element_spec.dtype == tf.float32
