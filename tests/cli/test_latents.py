"""`kgan latents`, on the tiny run."""

import numpy as np
import pytest
from PIL import Image

import kgan
from commands import kgan as command
from kgan import latent_tools


@pytest.fixture(scope="module")
def gan(trained):
    run = kgan.run.Run(trained.folder)
    return kgan.run.loaded(run.chosen().checkpoint)


def test_a_film_and_grids_are_those_of_python(trained, gan, tmp_path):
    film = tmp_path / "new" / "film.gif"
    done = command(
        "latents", trained.folder, "film", "--seed", 1, "--keys", 2, "--steps", 2, "--count", 3, "--out", film
    )
    assert (done.code, done.out.splitlines()[-1]) == (0, f"4 frames of seed 1 in {film}"), done.err
    with Image.open(film) as opened:
        assert opened.n_frames == 4
    grid = tmp_path / "truncation.png"
    done = command("latents", trained.folder, "truncation", "--seed", 1, "--count", 2, "--labels", "3,1", "--out", grid)
    assert done.code == 0, done.err
    expected = latent_tools.truncation_grid(gan, 2, seed=1, labels=["3", "1"])
    np.testing.assert_array_equal(np.asarray(Image.open(grid)), np.asarray(expected))


def test_sliders_are_named_saved_and_taken_by_the_bundle(trained, gan, tmp_path):
    saved, out = tmp_path / "sliders.json", tmp_path / "sliders.png"
    how = ["--count", 2, "--names", "thick", "--save", saved, "--seed", 1, "--out", out]
    done = command("latents", trained.folder, "sliders", *how)
    said = f"thick, direction_2 from -3 to 3, of a sample of seed 1, in {out}; the sliders in {saved}"
    assert (done.code, done.out.splitlines()[-1]) == (0, said), done.err
    np.testing.assert_allclose(latent_tools.Directions.load(saved).vectors, latent_tools.sefa(gan, 2).vectors)
    other = tmp_path / "bundle.png"
    done = command("latents", trained.folder / "export", "sliders", "--directions", saved, "--seed", 1, "--out", other)
    assert done.code == 0, done.err
    one, two = (np.asarray(Image.open(path), np.int32) for path in (out, other))
    assert np.abs(one - two).max() <= 1


def test_a_picture_is_projected_into_a_folder(trained, folder_of_digits, tmp_path):
    picture = next((folder_of_digits / "5").iterdir())
    out = tmp_path / "projected"
    done = command("latents", trained.folder, "project", "--picture", picture, "--steps", 2, "--out", out)
    assert done.code == 0, done.err
    assert {path.name for path in out.iterdir()} == {"projection.png", "point.npy", "losses.csv"}


@pytest.mark.parametrize(
    ("what", "options", "message"),
    [
        ("fil", ["--out", "x.gif"], "Did you mean 'film'?"),
        ("film", ["--out", "x.png"], "Expected --out to end in .gif for film. Received: --out x.png."),
        ("truncation", ["--out", "x.gif"], "Expected --out to end in .png for truncation"),
        ("film", ["--picture", "a.png", "--out", "x.gif"], "Received: --picture. Leave it out."),
        ("project", ["--out", "x"], "Expected the picture to project. Received: none. Pass --picture FILE."),
        ("project", ["--picture", "none.png", "--out", "x"], "--picture none.png, which does not exist"),
        ("project", ["--picture", "none.png", "--out", "x.png"], "Expected --out as a folder for project."),
        ("mixing", ["--out", "x.png"], "Expected a run of a StyleGAN for mixing"),
        ("sliders", ["--count", "99", "--out", "x.png"], "Expected --count of at most 4"),
        ("truncation", ["--labels", "77", "--out", "x.png"], "77"),
    ],
)
def test_wrong_words_are_told_and_nothing_is_written(trained, what, options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("latents", trained.folder, what, *options)
    assert (done.code, message in done.err) == (2, True), done.err
    assert not list(tmp_path.iterdir())


def test_what_needs_a_gradient_is_refused_of_a_bundle(trained, tmp_path):
    done = command("latents", trained.folder / "export", "mixing", "--out", tmp_path / "x.png")
    assert "Expected a run folder for mixing" in done.err
    done = command("latents", tmp_path, "film", "--out", tmp_path / "x.gif")
    assert (done.code, "Expected a run folder, or an exported bundle" in done.err) == (2, True)
