"""Colours of 16 bits keep them where there is a reader, and what is cut to 8 is said; a transparent colour is one."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from kgan.data import load
from kgan.data.sources import deep_colours, picture_file, tiff


def png(values, transparent=None):
    """A PNG of 16 bits: grey, colour, or either with alpha, and perhaps a transparent colour."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, channels = values.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    colour = b"" if transparent is None else chunk(b"tRNS", struct.pack(f">{channels}H", *transparent))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + colour
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def rgb_tiff(values):
    """A TIFF of 16 bits and three channels."""
    height, width, _ = values.shape
    at = 8 + 2 + 9 * 12 + 4
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, at), (259, 3, 1, 1), (262, 3, 1, 2)]
    entries += [(273, 4, 1, at + 6), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, values.size * 2)]
    table = struct.pack("<H", 9) + b"".join(struct.pack("<HHII", *one) for one in entries) + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", 8) + table + struct.pack("<HHH", 16, 16, 16) + values.astype("<u2").tobytes()


VALUES = np.random.RandomState(0).randint(0, 65536, (4, 5, 3))
VALUES[0, 0] = 65535


def read(folder, content, name="a.png", **options):
    (folder / name).write_bytes(content)
    splits = load(folder, 1, validation_split=0.0, **options)
    return splits.found, next(splits.train.as_numpy_iterator())[0]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_transparent_colour_of_sixteen_bits_is_laid_over_the_background_as_it_is_said(tmp_path, channels):
    values = VALUES[..., :channels].copy()
    values[1, 2] = 5
    found, image = read(tmp_path, png(values, transparent=[5] * channels))
    assert found.converted["with transparency laid over white"] == 1
    expected = values / 65535 * 2 - 1
    expected[1, 2] = 1.0
    np.testing.assert_allclose(image, expected, atol=1e-6)
    _, kept = read(tmp_path, png(values, transparent=[5] * channels), channels=4)
    assert kept[1, 2, 3] == -1.0
    assert kept[0, 0, 3] == 1.0


def test_grey_of_sixteen_bits_with_alpha_is_grey(tmp_path):
    values = np.stack([VALUES[..., 0], np.full((4, 5), 65535)], axis=-1)
    found, image = read(tmp_path, png(values))
    assert found.channels == {"grey with alpha": 1}
    np.testing.assert_allclose(image, values[..., :1] / 65535 * 2 - 1, atol=1e-6)


def test_a_tiff_in_colour_of_sixteen_bits_is_said_to_have_eight_where_nothing_reads_more(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff, "readable", lambda: False)
    found, image = read(tmp_path, rgb_tiff(VALUES), "a.tif")
    assert found.depth == {"8 bits": 1}
    assert found.converted == {"of 16 bits cut to 8 by the reader of TIFF (pip install 'kgan[tiff]' keeps them)": 1}
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, VALUES >> 8)


def test_a_tiff_in_colour_of_sixteen_bits_keeps_them_where_something_reads_them(tmp_path):
    pytest.importorskip("tifffile")
    found, image = read(tmp_path, rgb_tiff(VALUES), "a.tif")
    assert (found.depth, found.converted.keys()) == (
        {"16 bits": 1},
        {"of 16 bits brought to [-1, 1] from 0 to 65,535"},
    )
    np.testing.assert_allclose(image, VALUES / 65535 * 2 - 1, atol=1e-6)


@pytest.mark.parametrize(("kind", "channels", "most"), [("P6", 3, 65535), ("P5", 1, 65535), ("P6", 3, 4095)])
def test_a_ppm_of_more_than_eight_bits_keeps_them(tmp_path, kind, channels, most):
    values = VALUES[..., :channels] * most // 65535
    content = f"{kind}\n5 4\n{most}\n".encode() + values.astype(">u2").tobytes()
    found, image = read(tmp_path, content, "a.ppm")
    assert found.depth == {"16 bits": 1}
    np.testing.assert_allclose(image, values / most * 2 - 1, atol=2e-5)


def test_what_other_readers_cut_is_said(tmp_path):
    text = f"P3\n5 4\n65535\n{' '.join(map(str, VALUES.ravel()))}\n".encode()
    found, image = read(tmp_path, text, "a.ppm")
    assert found.converted == {"of 16 bits cut to 8 by the reader of PPM (PNG or TIFF of 16 bits keeps them)": 1}
    assert image.dtype == np.uint8


@pytest.mark.parametrize(
    ("kind", "name", "place", "more", "bits"),
    [("JPEG2000", "a.jp2", (b"\xff\x4f\xff\x51", 42), 4, "12"), ("AVIF", "a.avif", (b"av1C", 6), 0x40, "10")],
)
def test_headers_of_formats_that_pillow_cuts_are_read(tmp_path, kind, name, place, more, bits):
    file = io.BytesIO()
    try:
        Image.fromarray((VALUES >> 8).astype(np.uint8)).resize((32, 32)).save(file, kind)
    except (OSError, KeyError):
        pytest.skip(f"a Pillow without {kind}")
    file.seek(0)
    assert picture_file.look(file, name).cut == ""
    content = bytearray(file.getvalue())
    content[content.find(place[0]) + place[1]] += more  # says more bits than there are
    file.seek(0)
    with Image.open(file) as image:
        assert deep_colours.depth_of(image, io.BytesIO(bytes(content))) == ("8 bits", f"{bits} bits")
