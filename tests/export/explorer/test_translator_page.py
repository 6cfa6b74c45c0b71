"""The page of a network that takes pictures, against `kgan apply`."""

import numpy as np
import pytest
from explored_pictures import CHOOSE, DROP, PASTE, by_python, given, picture
from PIL import Image

import picture_networks


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
