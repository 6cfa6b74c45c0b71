"""`kgan latents`, on the tiny run."""

import numpy as np
import pytest
from PIL import Image

import kgan
from commands import kgan as command
from kgan import latent_tools
from kgan_cli import latents


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


@pytest.mark.parametrize(
    ("what", "out", "options"),
    [("film", "a.gif", ["--keys", 2, "--steps", 1, "--count", 1]), ("truncation", "a.png", ["--count", 1])],
)
def test_a_space_is_asked_for(trained, tmp_path, what, out, options):
    pictures = {}
    for space in ("none", "z"):
        asked = [] if space == "none" else ["--space", space]
        done = command("latents", trained.folder, what, *options, *asked, "--seed", 1, "--out", tmp_path / out)
        assert done.code == 0, done.err
        pictures[space] = (tmp_path / out).read_bytes()
    assert pictures["z"] == pictures["none"]  # the space that there is
    done = command("latents", trained.folder, what, *options, "--space", "w", "--out", tmp_path / out)
    assert (done.code, "Expected a generator with" in done.err) == (2, True), done.err
    done = command("latents", trained.folder, what, *options, "--space", "x", "--out", tmp_path / out)
    assert "Expected --space z or --space w. Received: --space x." in done.err


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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--save", "x.png"], "Expected another file for --save than for --out. Received: x.png for both."),
        (["--save", "old.json"], "Expected a new file for the sliders. Received: --save old.json, which exists."),
        (["--directions", "old.json", "--count", 2], "Expected --directions or --count, not both."),
        (
            ["--count", 2, "--labels", "3,1"],
            "Expected one class for sliders. Received: --labels 3,1. Name one of them.",
        ),
    ],
)
def test_what_sliders_would_overwrite_or_leave_aside_is_refused(trained, options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.json").write_text("ours")
    done = command("latents", trained.folder, "sliders", *options, "--out", "x.png")
    assert (done.code, message in done.err) == (2, True), done.err
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    assert (tmp_path / "old.json").read_text() == "ours"


@pytest.mark.parametrize("what", ["project", "mixing"])
def test_a_path_that_is_no_run_is_told_as_one(what, tmp_path):
    done = command("latents", tmp_path / "nowhere", what, "--out", tmp_path / "x.png")
    assert "which does not exist." in done.err
    assert done.code == 2


def of_tags(kind):
    """A GAN of pictures with three tags."""
    shape, architectures = (8, 8, 1), kgan.architectures
    if kind == "dcgan":
        generator = architectures.dcgan_generator(shape, 4, 4, num_tags=3, seed=0)
    else:
        generator = architectures.stylegan2_generator(shape, 4, 2, max_width=4, mapping_layers=1, num_tags=3, seed=0)
    discriminator = architectures.dcgan_discriminator(shape, 4, num_tags=3, seed=1)
    return kgan.GAN(generator, discriminator, class_names=("hat", "beard", "smile"), seed=0)


def test_tags_of_one_sample_are_one_row_for_project_mixing_and_sliders(tmp_path):
    plain, styled = of_tags("dcgan"), of_tags("stylegan2")
    picture = tmp_path / "picture.png"
    Image.fromarray(np.full((8, 8), 90, np.uint8)).save(picture)
    latents._project(plain, tmp_path / "projected", 1, "hat+smile", picture, steps=1)
    expected = latent_tools.project(plain, latent_tools.picture_for(plain, picture), 1, seed=1, labels=[1, 0, 1])
    np.testing.assert_allclose(np.load(tmp_path / "projected" / "point.npy"), expected.point, rtol=1e-4)
    latents._mixing(styled, tmp_path / "mixed.png", 1, "hat+smile", count=1)
    drawn = latent_tools.mixing_grid(styled, rows=1, seed=1, labels=[1, 0, 1])
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "mixed.png")), np.asarray(drawn))
    latents._sliders(plain, tmp_path / "sliders.png", 1, "smile", count=2)
    drawn = latent_tools.slider_grid(plain, latent_tools.sefa(plain, 2), seed=1, labels=[0, 0, 1])
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "sliders.png")), np.asarray(drawn))


def test_tags_of_several_samples_and_tags_that_are_not_there_are_refused_by_name(tmp_path):
    gan = of_tags("dcgan")
    message = (
        r"Expected the tags of one sample for {}\. Received: --labels hat,smile\. Join them by \+, as --labels hat\+sm"
    )
    with pytest.raises(ValueError, match=message.format("project")):
        latents._project(gan, tmp_path / "projected", 1, "hat,smile", tmp_path / "none.png")
    with pytest.raises(ValueError, match=message.format("mixing")):
        latents._mixing(gan, tmp_path / "mixed.png", 1, "hat,smile")
    with pytest.raises(ValueError, match="Expected tags between 0 and 2. Received: --labels 1,3."):
        latents._film(gan, tmp_path / "film.gif", 1, "1,3")
    assert list(tmp_path.iterdir()) == []
