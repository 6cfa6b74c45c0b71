"""A bundle that continues films, without kgan."""

import films
import numpy as np
import pytest
import video_games

import kgan
from blocked import run_blocked
from commands import kgan as command
from kgan.export import verify
from kgan.export.portable.applier import Applier, ApplyError
from kgan.export.portable.film import FilmError, Predictor, continue_film
from kgan.export.portable.film_files import read_film, write_film

FILM = films.squares(1, frames=6, size=16, seed=2)[0]


@pytest.fixture(scope="module")
def model():
    return video_games.compiled()


@pytest.fixture(scope="module")
def bundle(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    films.write_gif(folder / "film.gif", FILM, rate=20.0)
    kgan.export.save(model, folder / "bundle", formats=("onnx",))
    return folder / "bundle"


def test_the_frames_that_follow_are_those_of_keras(model, bundle):
    expected = model.continued(FILM[None], frames=5)[0]
    found = Predictor(bundle).predict(FILM.astype(np.float32) / 127.5 - 1.0, frames=5)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    in_bytes = Predictor(bundle).predict(FILM, frames=5)
    assert in_bytes.dtype == np.uint8
    assert np.abs(in_bytes / 127.5 - 1.0 - np.clip(expected, -1, 1)).max() <= 0.51 / 127.5 + 1e-4


def test_the_bundle_is_verified_and_its_readme_says_how_it_is_used(bundle):
    assert verify(bundle).differences["onnx"] < 1e-4
    text = (bundle / "README.md").read_text()
    assert "A network that continues films" in text
    assert "python film.py in.gif --frames 10 --out longer.gif" in text


def test_its_program_runs_where_there_is_neither_kgan_nor_tensorflow(bundle, tmp_path):
    done = run_blocked(
        bundle / "film.py", bundle.parent / "film.gif", "--frames", 4, "--out", tmp_path / "out.gif", cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, f"10 frames in {tmp_path / 'out.gif'}\n"), done.stderr
    film, rate = read_film(tmp_path / "out.gif")
    assert rate == pytest.approx(20.0)
    np.testing.assert_array_equal(film[:6], FILM)


def test_kgan_apply_continues_a_film_and_takes_only_the_options_of_films(bundle, tmp_path):
    film = bundle.parent / "film.gif"
    done = command("apply", bundle, film, "--frames", 3, "--only", "--out", tmp_path / "frames")
    assert done.code == 0, done.err
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [f"frame-000{one}.png" for one in (1, 2, 3)]
    done = command("apply", bundle, film, "--tile", 64, "--out", tmp_path / "out.gif")
    assert done.code == 2
    assert "Expected options for a bundle that continues films. Received: --tile" in done.err
    assert not (tmp_path / "out.gif").exists()


@pytest.mark.parametrize("name", ["film.gif", "film.webp", "film.png", "film.npy", "film"])
def test_a_film_that_is_written_is_read_back(name, tmp_path):
    film = films.squares(1, frames=5, size=16, channels=3)[0]
    write_film(film, tmp_path / name, rate=5.0)
    found, rate = read_film(tmp_path / name)
    np.testing.assert_array_equal(found, film)
    assert rate == (pytest.approx(5.0) if "." in name and not name.endswith("npy") else 10.0)


def test_a_film_of_another_size_is_refused_unless_it_is_to_be_resized(bundle, tmp_path):
    films.write_gif(tmp_path / "large.gif", films.squares(1, frames=4, size=32)[0])
    with pytest.raises(FilmError, match=r"a film of 16 x 16 pixels .* Received: 32 x 32. Pass --resize"):
        continue_film(bundle, tmp_path / "large.gif", tmp_path / "out.gif")
    assert continue_film(bundle, tmp_path / "large.gif", tmp_path / "out.npy", frames=2, resize=True) == 6
    assert np.load(tmp_path / "out.npy").shape == (6, 16, 16, 1)


@pytest.mark.parametrize(
    ("film", "frames", "words"),
    [
        (FILM[:2], 1, "at least 3 frames"),
        (FILM, 0, "Expected frames >= 1"),
        (FILM.repeat(3, axis=-1), 1, "Expected a grey film"),
        (np.full(FILM.shape, np.nan), 1, "Expected finite values"),
        (FILM.astype(np.int64), 1, "uint8 or floats"),
        (FILM[0], 1, "at least 3 frames|Expected a film"),
    ],
)
def test_films_that_do_not_fit_are_refused(bundle, film, frames, words):
    with pytest.raises(FilmError, match=words):
        Predictor(bundle).predict(film, frames)


def test_nothing_is_overwritten_and_no_other_ending_written(bundle, tmp_path):
    film = bundle.parent / "film.gif"
    (tmp_path / "out.gif").write_bytes(b"mine")
    with pytest.raises(FilmError, match="Expected nothing to be overwritten"):
        continue_film(bundle, film, tmp_path / "out.gif")
    assert (tmp_path / "out.gif").read_bytes() == b"mine"
    with pytest.raises(FilmError, match="Expected out to end in"):
        continue_film(bundle, film, tmp_path / "out.jpg")
    with pytest.raises(FilmError, match="which does not exist"):
        continue_film(bundle, tmp_path / "none.gif", tmp_path / "other.gif")
    (tmp_path / "damaged.gif").write_bytes(b"GIF89a" + bytes(20))
    with pytest.raises(FilmError, match="Expected a film. Received"):
        continue_film(bundle, tmp_path / "damaged.gif", tmp_path / "other.gif")


def test_other_programs_say_what_the_bundle_is_for(bundle):
    with pytest.raises(ApplyError, match="which continues films. Type kgan apply"):
        Applier(bundle)
