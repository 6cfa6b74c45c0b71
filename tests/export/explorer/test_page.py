"""The page in a browser, against the sampler in Python."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from explored import assert_same, assert_usable, click, expected, pixels, set_value, settle, text
from kgan.export.portable.latents import interpolated, slid
from kgan.export.portable.sample_files import grid
from kgan.export.portable.sampler import Sampler


def test_a_seed_gives_the_pictures_of_the_python_sampler(visit, classes):
    page = visit(classes, "seed=7")
    z = Sampler(classes).latents(24, seed=7)
    wanted = expected(classes, z, np.arange(24) % 3)
    assert wanted[..., :3].std() > 30  # not all alike
    assert_same(pixels(page, "#grid canvas"), wanted)
    assert_same(pixels(page, "#picture"), wanted[:1])
    set_value(page, "seed", "4294967295")
    assert_same(
        pixels(page, "#grid canvas"), expected(classes, Sampler(classes).latents(24, 2**32 - 1), np.arange(24) % 3)
    )
    assert text(page, "command") == "kgan sample BUNDLE --seed 4294967295 --count 24 --out grid.png"


def test_sliders_move_the_picture_along_the_directions_of_the_file(visit, classes):
    page = visit(classes, "seed=3&pick=4&label=1")
    sampler = Sampler(classes)
    z = sampler.latents(5, seed=3)[4:]
    before = pixels(page, "#picture")
    assert_same(before, expected(classes, z, 1))
    set_value(page, "slider-0", "2")
    set_value(page, "slider-1", "-1.5")
    after = pixels(page, "#picture")
    assert np.abs(after.astype(int) - before).max() > 20
    assert_same(after, expected(classes, slid(z, sampler.directions, direction_1=2.0, direction_2=-1.5), 1))
    page.run("new Promise(done => setTimeout(done, 500))")
    assert text(page, "caption") == 'Picture 5 of seed 3, class Food, "hot", direction 1 at 2, direction 2 at -1.5'
    click(page, "reset")
    np.testing.assert_array_equal(pixels(page, "#picture"), before)


@pytest.mark.slow
def test_truncation_and_classes_draw_what_the_command_beside_them_draws(visit, classes):
    page = visit(classes, "seed=1")
    set_value(page, "psi", "0.4")
    page.run("document.querySelector('[name=class][value=\"1\"]').click()")
    set_value(page, "count", "12")
    z = Sampler(classes).latents(12, seed=1, truncation_psi=0.4)
    assert_same(pixels(page, "#grid canvas"), expected(classes, z, 1))
    assert text(page, "command") == (
        'kgan sample BUNDLE --seed 1 --count 12 --labels \'"Food, ""hot"""\' --truncation-psi 0.4 --out grid.png'
    )


@pytest.mark.slow
def test_the_way_from_a_to_b_is_that_of_a_film_in_python(visit, classes):
    page = visit(classes, "seed=5&label=0&pick=2")
    z = Sampler(classes).latents(4, seed=5)
    for share, name in ((0.25, "0.25"), (0.0, "0"), (1.0, "1")):
        set_value(page, "way", name)
        between = interpolated(z[2], z[3], 100)[int(100 * share)] if share < 1 else z[3]
        assert_same(pixels(page, "#between"), expected(classes, between[None], 0))
    page.run("document.querySelectorAll('#grid button')[3].click()")
    click(page, "keep-first")
    np.testing.assert_array_equal(pixels(page, "#first"), pixels(page, "#last"))
    click(page, "play")
    before = page.run("document.getElementById('way').value")
    page.wait(f"document.getElementById('way').value !== '{before}'")
    click(page, "play")
    assert page.run("document.getElementById('play').getAttribute('aria-pressed')") == "false"


@pytest.mark.slow
def test_arrow_keys_go_through_the_candidates(visit, classes):
    page = visit(classes, "seed=5")
    wanted = expected(classes, Sampler(classes).latents(24, seed=5), np.arange(24) % 3)
    page.run("document.querySelector('#grid [tabindex=\"0\"]').focus()")
    for key, chosen in (("ArrowRight", 1), ("ArrowDown", 13), ("ArrowLeft", 12), ("Home", 0), ("End", 23)):
        page.key(key)
        settle(page)
        assert page.run("[...document.activeElement.parentNode.children].indexOf(document.activeElement)") == chosen
        assert page.run("document.activeElement.getAttribute('aria-checked')") == "true"
        assert_same(pixels(page, "#picture"), wanted[chosen : chosen + 1])
    page.run("document.getElementById('slider-0').focus()")
    page.key("ArrowRight")
    settle(page)
    assert page.run("document.getElementById('slider-0').value") == "0.05"


@pytest.mark.slow
def test_a_seed_that_is_none_is_marked_and_draws_nothing(visit, classes):
    page = visit(classes, "seed=5")
    before = pixels(page, "#grid canvas")
    for wrong in ("4294967296", "-1", "1.5", ""):
        set_value(page, "seed", wrong)
        assert page.run("document.getElementById('seed').getAttribute('aria-invalid')") == "true"
        np.testing.assert_array_equal(pixels(page, "#grid canvas"), before)
    set_value(page, "seed", "6")
    assert page.run("document.getElementById('seed').getAttribute('aria-invalid')") == "false"


@pytest.mark.slow
def test_an_address_brings_its_state_back_and_a_forged_one_does_no_harm(visit, classes):
    page = visit(classes, "seed=5")
    set_value(page, "slider-1", "1.25")
    page.run("document.querySelectorAll('#grid button')[8].click()")
    page.run("new Promise(done => setTimeout(done, 600))")
    state = page.run("location.hash").removeprefix("#")
    before = pixels(page, "#picture")
    page = visit(classes, state)
    np.testing.assert_array_equal(pixels(page, "#picture"), before)
    page = visit(classes, "seed=-7&pick=1e9&count=5&psi=nan&label=%3Cb%3E&sliders=a,1e99,,")
    z = Sampler(classes).latents(24, seed=0)
    assert_same(pixels(page, "#grid canvas"), expected(classes, z, np.arange(24) % 3))


CAUGHT = """
URL.createObjectURL = blob => { window.blobs = [...(window.blobs || []), blob]; return "blob:none"; };
HTMLAnchorElement.prototype.click = function () { window.names = [...(window.names || []), this.download]; };
"""
LAST = """window.blobs.at(-1).arrayBuffer()
  .then(bytes => btoa([...new Uint8Array(bytes)].map(one => String.fromCharCode(one)).join("")))
"""


def downloaded(page, name, count):
    page.run(f"document.getElementById('{name}').click()")
    page.wait(f"(window.blobs || []).length === {count}")
    return Image.open(io.BytesIO(base64.b64decode(page.run(LAST))))


@pytest.mark.slow
def test_downloads_are_the_pictures_the_grid_of_kgan_sample_and_the_film(visit, classes):
    page = visit(classes, "seed=2&label=2&pick=3")
    page.run(CAUGHT)
    z = Sampler(classes).latents(24, seed=2)
    wanted = expected(classes, z, 2)
    picture = downloaded(page, "save", 1)
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    np.testing.assert_array_equal(np.asarray(picture), pixels(page, "#picture")[0, ..., :3])
    drawn = np.concatenate(list(Sampler(classes).of_latents(z, 2)))
    assert_same(np.asarray(downloaded(page, "save-grid", 2)), np.asarray(grid(drawn)))
    film = downloaded(page, "save-film", 3)
    assert (film.format, film.n_frames, film.info["loop"], film.info["duration"]) == ("PNG", 48, 0, 60.0)
    for frame, place in ((0, 3), (24, 4)):
        film.seek(frame)
        assert_same(np.asarray(film.convert("RGBA"))[16::32, 16::32], wanted[place])
    assert page.run("window.names") == ["run-seed2-3.png", "run-seed2.png", "run-a-to-b.film.png"]


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
def test_every_control_has_a_name_and_nothing_stands_out_of_the_page(visit, classes, width):
    page = visit(classes, "seed=2", width=width)
    assert_usable(page, width, least=40)
