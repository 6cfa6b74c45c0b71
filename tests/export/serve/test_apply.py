"""`POST /apply`: what the network makes of a picture, and which pictures are not even decoded."""

import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import picture_networks
from kgan.export.portable import applier, apply
from kgan.export.serve import picturing
from served import Served, assert_others_are_answered_while, held


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return picture_networks.blur(tmp_path_factory.mktemp("bundle") / "generator.onnx", multiple=4)


@pytest.fixture(scope="module")
def served(bundle):
    with Served(bundle, pixels=100_000, body=100_000) as one:
        yield one


def encoded(picture, form="PNG", **how):
    content = io.BytesIO()
    picture.save(content, form, **how)
    return content.getvalue()


def noise(height, width, mode="RGB", seed=0):
    random = np.random.RandomState(seed)
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = random.randint(0, 256, (height, width, channels), np.uint8)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode if channels != 2 else "LA")


def applied(served, content, kind="image/png"):
    return served.ask("POST", "/apply", content, {"Content-Type": kind})


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_a_picture_comes_back_as_kgan_apply_writes_it(served, bundle, mode):
    picture = noise(37, 51, mode)
    answer = applied(served, encoded(picture))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    with Image.open(io.BytesIO(answer.content)) as found:
        expected = apply.apply_to_picture(applier.Applier(bundle), picture)
        assert found.mode == expected.mode
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def test_a_photo_is_turned_as_its_exif_data_says(served):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise
    answer = applied(served, encoded(noise(20, 30), "JPEG", exif=exif), "image/jpeg")
    with Image.open(io.BytesIO(answer.content)) as found:
        assert found.size == (20, 30)


def test_pictures_that_wait_share_a_run(served, bundle):
    pictures = [noise(16, 16, seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(5) as threads:
        with held(served) as network:
            first = threads.submit(applied, served, encoded(pictures[0]))
            assert network.begun.wait(10)
            served.runs.clear()
            rest = [threads.submit(applied, served, encoded(one)) for one in pictures[1:]]
            while len(served.loaded.engine._jobs) < 3:
                time.sleep(0.001)
        first.result()
        answers = [one.result() for one in rest]
    assert served.runs == [1, 3]
    for picture, answer in zip(pictures[1:], answers, strict=True):
        with Image.open(io.BytesIO(answer.content)) as found:
            expected = apply.apply_to_picture(applier.Applier(bundle), picture)
            np.testing.assert_allclose(np.asarray(found).astype(int), np.asarray(expected).astype(int), atol=1)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width, height):
    """A PNG of few bytes and many pixels, all of them there."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compressobj(9)
    content = b"".join(rows.compress(b"\0" * (1 + 3 * width)) for _ in range(height)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def frames_of_tiff(number):
    """A TIFF of so many empty frames of a pixel."""
    content = bytearray(b"II*\0" + struct.pack("<I", 8))
    for frame in range(number):
        following = len(content) + 42 if frame < number - 1 else 0
        content += struct.pack("<H", 3)
        for tag, kind, value in ((256, 3, 1), (257, 3, 1), (273, 4, 0)):  # width, height, where the pixels are
            content += struct.pack("<HHII", tag, kind, 1, value)
        content += struct.pack("<I", following)
    return bytes(content)


def test_of_a_picture_with_ten_thousand_frames_two_are_looked_at(bundle):
    content = frames_of_tiff(12_000)
    with Served(bundle) as one:
        begun = time.monotonic()
        answer = applied(one, content, "image/tiff")
        took = time.monotonic() - begun
    assert (answer.status, "Received: several frames of TIFF." in answer.error) == (422, True), answer.error
    assert took < 5  # all of them take 24 s


def test_while_a_picture_is_opened_others_are_answered(served, monkeypatch):
    assert_others_are_answered_while(
        monkeypatch, picturing, "opened", served, lambda: applied(served, encoded(noise(8, 8)))
    )


def test_a_telephone_s_jpeg_with_a_preview_in_it_is_one_picture(served):
    pictures = [noise(8, 8), noise(4, 4)]
    content = encoded(pictures[0], "MPO", save_all=True, append_images=pictures[1:])
    answer = applied(served, content, "image/jpeg")
    assert answer.status == 200, answer.content
    with Image.open(io.BytesIO(answer.content)) as found:
        assert found.size == (8, 8)


def test_a_picture_of_few_bytes_and_many_pixels_is_not_decoded(served, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda *a: pytest.fail("decoded"))
    answer = applied(served, bomb(3000, 2000))
    assert answer.status == 413
    assert answer.error == (
        "Expected at most 100,000 pixels in a picture and what is made of it together. Received: 3,000 x 2,000: "
        "12,000,000. Send a smaller picture."
    )
    huge = bomb(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 60_000, 60_000))
    header = huge[12:29]
    huge = huge.replace(huge[29:33], struct.pack(">I", zlib.crc32(header)))
    assert applied(served, huge).status == 413


TWO_FRAMES = encoded(noise(8, 8), "GIF", save_all=True, append_images=[noise(8, 8, seed=1)])


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "Expected a picture: PNG, JPEG, WEBP, BMP, GIF, TIFF. Received: UnidentifiedImageError"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", 422, "Received: UnidentifiedImageError"),
        (encoded(noise(20, 30))[:200], 422, "Expected a picture: PNG, JPEG, WEBP, BMP, GIF, TIFF. Received: "),
        (encoded(noise(1, 1)), 422, "Expected a picture of at least 3 x 3 pixels"),
        (
            encoded(noise(8, 8), "GIF", save_all=True, append_images=[noise(8, 8, seed=1)]),
            422,
            "Received: several frames of GIF. Send one",
        ),
        (frames_of_tiff(2), 422, "Received: several frames of TIFF. Send one"),
        (b"x" * 100_001, 413, "Expected a body of at most 100,000 bytes."),
    ],
    ids=["nothing", "PostScript", "half a picture", "too small", "frames", "frames of TIFF", "too long"],
)
def test_a_wrong_picture_is_told(served, content, status, said):
    answer = applied(served, content)
    assert (answer.status, said in answer.error) == (status, True), answer.error


def test_forms_are_refused_because_their_files_would_reach_the_disk(served):
    answer = applied(served, b"--a\r\n\r\n--a--", "multipart/form-data; boundary=a")
    assert answer.status == 415
    assert "Received: multipart/form-data." in answer.error
