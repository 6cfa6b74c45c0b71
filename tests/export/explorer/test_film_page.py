"""The page of a network that continues films, against `kgan apply`."""

import json

import films
import numpy as np
import pytest
import video_games
from explored_files import CAUGHT, caught, give, text
from PIL import Image

import kgan
from explored import assert_usable, pixels
from kgan.export.explorer import folder
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.film import Predictor
from kgan.export.portable.film_files import read_film, write_film

pytestmark = pytest.mark.slow  # an export, and a browser

FILM = films.squares(1, frames=6, size=16, seed=2)[0]
FILM[0, 0, :2, 0] = 7, 200  # unlike black, at a corner


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    films.write_gif(folder / "film.gif", FILM, rate=20.0)
    return kgan.export.save(video_games.compiled(), folder / "squares", formats=("onnx",))


def rgba(film):
    colour = np.broadcast_to(film[..., :3], (*film.shape[:3], 3))
    return np.concatenate([colour, np.full_like(colour[..., :1], 255)], axis=-1)


def strip(page):
    return pixels(page, "#strip canvas")


def set_ahead(page, value):
    page.run(
        "document.getElementById('film-said').textContent = ''; document.getElementById('ahead').value = "
        f"{json.dumps(value)}; document.getElementById('ahead').dispatchEvent(new Event('input'))"
    )
    page.wait("/^(Done|Expected)/.test(document.getElementById('film-said').textContent)")
    return text(page, "film-said")


def assert_continued(shown, bundle, film, frames):
    wanted = rgba(np.concatenate([film, Predictor(bundle).predict(film, frames)]))
    assert shown.shape == wanted.shape
    np.testing.assert_array_equal(shown[: len(film)], wanted[: len(film)])
    assert np.abs(shown.astype(int) - wanted).max() <= 1
    assert np.ptp(wanted[len(film) :, ..., 0]) > 20


def test_a_film_is_continued_as_kgan_apply_does_as_far_as_is_asked(visit, bundle):
    page = visit(bundle)
    assert text(page, "about").startswith(
        "Continues films, from their last 3 frames: 16 \N{MULTIPLICATION SIGN} 16 pixels, "
    )
    assert give(page, "film", bundle.parent / "film.gif").startswith("Done")
    assert_continued(strip(page), bundle, FILM, 10)
    assert text(page, "made-film-caption") == "What follows, 10 frames"
    assert set_ahead(page, "5").startswith("Done")  # no multiple of what the network makes at once
    assert_continued(strip(page), bundle, FILM, 5)
    for wrong in ("0", "201", "1.5", ""):
        assert set_ahead(page, wrong).startswith("Expected 1 to 200 frames ahead. Received: ")
        assert page.run("document.getElementById('ahead').getAttribute('aria-invalid')") == "true"
    assert len(strip(page)) == 11


VALUES = """
(async () => {
  const { continued } = await import("./continued.js");
  const { Engine } = await import("./engine.js");
  const facts = await (await fetch("facts.json")).json();
  const engine = new Engine();
  await engine.open(facts, () => {});
  return [...await continued(facts, Float32Array.from(%s), 5, (request) => engine.run("frames", request))];
})()
"""


def test_the_values_are_those_of_the_program_of_the_bundle(visit, bundle):
    page = visit(bundle)
    film = FILM.astype(np.float32) / 127.5 - 1.0
    found = page.run(VALUES % json.dumps(film.ravel().tolist()))
    expected = Predictor(bundle).predict(film, frames=5)
    np.testing.assert_allclose(np.reshape(found, expected.shape), expected, atol=1e-4)


@pytest.mark.parametrize("form", ["webp", "png", "npy", "frames"])
def test_films_come_in_several_forms(visit, bundle, tmp_path, form):
    page = visit(bundle)
    out = tmp_path / ("film" if form == "frames" else f"film.{form}")
    write_film(FILM, out, rate=10.0)
    if form == "frames":  # of 12, in the order of their numbers
        films.write_frames(tmp_path / "many", np.concatenate([FILM, FILM[::-1]]))
    given = FILM if form != "frames" else np.concatenate([FILM, FILM[::-1]])
    files = sorted((tmp_path / "many").iterdir()) if form == "frames" else [out]
    assert give(page, "film", *files, how="drop").startswith("Done")
    assert_continued(strip(page), bundle, given, 10)


def test_both_play_until_they_are_paused(visit, bundle):
    page = visit(bundle)
    give(page, "film", bundle.parent / "film.gif")
    seen = []
    for _ in range(4):
        seen.append(pixels(page, "#given-film").tobytes())
        page.run("new Promise(done => setTimeout(done, 60))")
    assert len(set(seen)) > 1
    page.run("document.getElementById('play-films').click()")
    assert text(page, "play-films") == "Play"
    held = pixels(page, "#made-film")
    page.run("new Promise(done => setTimeout(done, 200))")
    np.testing.assert_array_equal(pixels(page, "#made-film"), held)


def test_the_download_is_the_film_that_kgan_apply_writes(visit, bundle, tmp_path):
    page = visit(bundle)
    give(page, "film", bundle.parent / "film.gif")
    page.run(CAUGHT)
    page.run("document.getElementById('save-films').click()")
    page.wait("(window.blobs || []).length === 1")
    (content,) = caught(page)
    (tmp_path / "longer.png").write_bytes(content)
    found, rate = read_film(tmp_path / "longer.png")
    assert rate == pytest.approx(20.0)
    assert_continued(rgba(found), bundle, FILM, 10)
    assert page.run("window.names") == ["film-squares.png"]


def test_films_of_another_size_are_cut_about_the_centre_and_colours_become_grey(visit, bundle, tmp_path):
    page = visit(bundle)
    inner = np.repeat(np.repeat(FILM, 2, axis=1), 2, axis=2)
    wide = np.pad(inner, ((0, 0), (0, 0), (6, 6), (0, 0)), constant_values=255)
    write_film(wide, tmp_path / "wide.gif")
    assert give(page, "film", tmp_path / "wide.gif").startswith("Done")
    assert text(page, "given-film-caption") == "Yours, 6 frames, of 44 \N{MULTIPLICATION SIGN} 32 pixels"
    given = strip(page)[:6, ..., :1]
    assert np.abs(given.astype(int) - FILM)[:, 1:].max() < 60  # smoothed at the edges
    colours = films.squares(1, frames=6, size=16, channels=3, seed=4)[0]
    write_film(colours, tmp_path / "colours.png")
    assert give(page, "film", tmp_path / "colours.png").startswith("Done")
    grey = np.stack([np.asarray(Image.fromarray(one).convert("L")) for one in colours])[..., None]
    assert_continued(strip(page), bundle, grey, 10)


READ = """
(async () => {
  const { readFilm } = await import("./filmfile.js");
  const files = Array.from({ length: %d }, (_, i) => new File([""], `${i}.png`));
  return await readFilm(files, [512, 512]).catch((error) => error.message);
})()
"""


def test_larger_frames_may_be_fewer_so_that_a_page_holds_them(visit, bundle):
    page = visit(bundle)
    said = page.run(READ % 257)
    assert said.startswith(
        "Expected at most 256 frames of 512 \N{MULTIPLICATION SIGN} 512 pixels, which this page holds."
    )
    assert "at most" not in page.run(READ % 256)  # files of nothing: no pictures


def test_a_film_is_converted_once_and_of_it_the_network_is_given_the_last_frames(visit, bundle, tmp_path):
    page = visit(bundle)
    long = np.concatenate([FILM] * 20)
    write_film(long, tmp_path / "long.npy", rate=10.0)
    page.run(
        "window.floats = []; window.Float32Array = new Proxy(Float32Array, { construct(of, given) {"
        " if (typeof given[0] === 'number') window.floats.push(given[0]); return Reflect.construct(of, given); } })"
    )
    assert give(page, "film", tmp_path / "long.npy").startswith("Done")
    assert max(page.run("window.floats")) <= 10 * 16 * 16  # of the frames that were made
    page.run("window.floats.length = 0")
    assert set_ahead(page, "4").startswith("Done")
    assert 16 * 16 not in page.run("window.floats")  # one frame of the film
    assert_continued(strip(page), bundle, long[-12:], 4)


@pytest.mark.parametrize("width", [360, 1280])
def test_every_control_has_a_name_and_nothing_stands_out_of_the_page(visit, bundle, tmp_path, width):
    page = visit(bundle, width=width)
    give(page, "film", bundle.parent / "film.gif")
    (tmp_path / f"{'long' * 40}.bin").touch()
    assert "longlong" in give(page, "film", tmp_path / f"{'long' * 40}.bin")
    assert_usable(page, width, least=20)


def test_what_is_no_film_for_the_network_is_told(visit, bundle, tmp_path):
    page = visit(bundle)
    films.write_gif(tmp_path / "short.gif", FILM[:2])
    said = give(page, "film", tmp_path / "short.gif")
    assert said == "Expected a film of at least 3 frames, which the network is given. Received: 2. Choose a longer one."
    (tmp_path / "broken.gif").write_bytes((bundle.parent / "film.gif").read_bytes()[:20])
    assert "Expected a film" in give(page, "film", tmp_path / "broken.gif")
    (tmp_path / "film.mp4").write_bytes(b"video")
    assert "Received: film.mp4. Type kgan apply for videos" in give(page, "film", tmp_path / "film.mp4")
    np.save(tmp_path / "floats.npy", np.zeros((5, 16, 16, 1), np.float32))
    assert "Expected uint8 (frames, height, width, 1 or 3)" in give(page, "film", tmp_path / "floats.npy")
    pictures = [tmp_path / f"{side}.png" for side in (16, 20, 24)]
    for one in pictures:
        Image.new("L", (int(one.stem), 16)).save(one)
    assert "Received: pictures of several sizes" in give(page, "film", *pictures)
    np.save(tmp_path / "long.npy", np.zeros((1001, 2, 2, 1), np.uint8))
    said = give(page, "film", tmp_path / "long.npy")
    assert said.startswith("Expected at most 1000 frames of 16 \N{MULTIPLICATION SIGN} 16 pixels, which this page")
    assert said.endswith("Received: long.npy of 1001. Cut it, or type kgan apply.")
    page.run("delete window.ImageDecoder")
    said = give(page, "film", bundle.parent / "film.gif")
    assert said.startswith("Expected a browser with ImageDecoder")
    assert said.endswith("Received: one without. Choose the frames as several pictures.")


def test_the_page_is_told_of_the_frames_and_takes_no_sliders(needs_runtime, bundle, tmp_path):
    told = json.loads(folder.contents(bundle)["facts.json"])
    assert (told["kind"], told["title"], told["input"]) == ("film", "squares", "frames")
    assert (told["inputShape"], told["shape"], told["range"]) == ([3, 16, 16, 1], [2, 16, 16, 1], [-1.0, 1.0])
    with pytest.raises(BundleError, match="Expected no directions for a network that takes films"):
        folder.contents(bundle, directions=tmp_path / "sliders.json")
