"""The page of a network that takes pictures, against `kgan apply`."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

import picture_networks
from kgan.export.portable.apply import Applier, apply_to_picture

GIVE = """
(async () => {
  const bytes = Uint8Array.from(atob(%s), c => c.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], "my picture.png", {type: "image/png"}));
  document.getElementById("drop-status").textContent = "";
  const size = document.getElementById("size");
  size.value = %s;
  %s;
})()
"""
CHOOSE = """const input = document.getElementById("file");
  input.files = held.files; input.dispatchEvent(new Event("change"))"""
DROP = 'document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: held, bubbles: true, cancelable: true}))'
PASTE = 'document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: held, bubbles: true}))'
DRAWN = """
(canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.height, canvas.width, ...data];
})(document.getElementById("drawn"))
"""


def picture(height, width, mode="RGB", seed=0):
    channels = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)
    if mode == "RGBA":
        pixels[..., 3] = np.where(pixels[..., 3] > 128, 255, 0)  # a canvas rounds colours that are half clear
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


def given(page, image, how=CHOOSE, size="0"):
    """What the page makes of a picture, as RGBA."""
    file = io.BytesIO()
    image.save(file, "PNG")
    page.run(GIVE % (json.dumps(base64.b64encode(file.getvalue()).decode()), json.dumps(size), how))
    page.wait("/^(Done|Expected)/.test(document.getElementById('drop-status').textContent)")
    said = page.run("document.getElementById('drop-status').textContent")
    assert said.startswith("Done"), said
    drawn = page.run(DRAWN)
    return np.uint8(drawn[2:]).reshape(drawn[0], drawn[1], 4)


def by_python(path, image):
    return np.asarray(apply_to_picture(Applier(path), image).convert("RGBA"))


def assert_same(drawn, wanted):
    assert drawn.shape == wanted.shape
    shown = wanted[..., 3:] > 0  # a canvas forgets the colour of what is clear
    assert (np.abs(drawn.astype(int) - wanted.astype(int)) * shown).max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("how", [CHOOSE, DROP, PASTE], ids=["chosen", "dropped", "pasted"])
def test_a_picture_becomes_what_kgan_apply_makes_of_it(visit, tmp_path, how):
    path = picture_networks.blur(tmp_path / "generator.onnx", radius=2, multiple=16)
    page = visit(path)
    image = picture(37, 53)
    drawn = given(page, image, how)
    assert np.abs(drawn.astype(int) - np.asarray(image.convert("RGBA"))).max() > 50
    assert_same(drawn, by_python(path, image))
    assert page.run("document.getElementById('drawn-caption').textContent").endswith("53 \N{MULTIPLICATION SIGN} 37")


NETWORKS = [
    ("blur", {}, (600, 700)),  # larger than a tile
    ("blur", {"radius": 4, "multiple": 8}, (530, 40)),
    ("negative", {"height": 32, "width": 32}, (77, 50)),  # a network of one size
    ("negative", {"height": 16, "width": 48}, (37, 101)),
    ("doubled", {"multiple": 4}, (30, 41)),
    ("grey_to_colour", {}, (20, 30)),
]
# `kgan apply` refuses colours for a network of grey, where the page makes them grey; and it smooths a transparency that
# is enlarged, where the page repeats it.
OTHERWISE = [("grey_to_colour", "RGB"), ("grey_to_colour", "RGBA"), ("doubled", "RGBA")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "facts", "size", "mode"),
    [(*one, mode) for one in NETWORKS for mode in ("L", "RGB", "RGBA") if (one[0], mode) not in OTHERWISE],
)
def test_tiles_scales_and_channels_are_those_of_kgan_apply(visit, tmp_path, network, facts, size, mode):
    path = getattr(picture_networks, network)(tmp_path / "generator.onnx", **facts)
    assert_same(given(visit(path), picture(*size, mode)), by_python(path, picture(*size, mode)))


@pytest.mark.slow
def test_sizes_can_be_chosen_and_what_is_too_small_is_told(visit, tmp_path):
    page = visit(picture_networks.negative(tmp_path / "generator.onnx", height=32, width=32))
    grey = Image.new("RGB", (200, 100), (10, 20, 30))
    assert (given(page, grey, size="-1") == [245, 235, 225, 255]).all()
    assert given(page, grey, size="-1").shape == (32, 32, 4)
    with pytest.raises(AssertionError, match="Expected a picture of at least 17 . 17 pixels. Received: 40 . 9"):
        given(page, picture(9, 40), size="0")
    free = visit(picture_networks.negative(tmp_path / "free.onnx"))
    assert given(free, Image.new("RGB", (900, 300)), size="256").shape == (85, 256, 4)
