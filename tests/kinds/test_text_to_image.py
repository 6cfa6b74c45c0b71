"""The kind of `kgan.TextToImage`: recipe, a run from a table of captions to a bundle, going on after it was stopped."""

import csv
import json
import subprocess
import sys

import caption_games
import numpy as np
import pytest
from PIL import Image

import kgan
from kgan import recipes, run
from kgan.export.portable.sampler import Sampler
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("text_to_image")
SMALL = {"generator.width": 4, "discriminator.width": 4, "generator.latent_dim": 4, "model.embedding_dim": 8}


def small_recipe(**settings):
    common = {"epochs": 2, "batch_size": 10, "jit_compile": False, "features": "pixels", "data.image_size": "none"}
    return recipes.get("captions").changed({**SMALL, **common, **settings})


def test_the_recipe_states_a_source_for_every_setting():
    recipe = recipes.get("captions")
    assert recipe.kind == "text_to_image"
    assert [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)] == ["name", "source", "kind"]


def test_a_model_is_of_this_kind():
    assert kind.of(caption_games.trained()) is KIND


def test_artefacts_are_compared_and_calibrated_on_texts_of_a_few_words():
    exported = KIND.exported(caption_games.trained())
    for made in (exported.draw(50, 3), exported.example(50)):
        words = made["labels"].sum(axis=1)
        assert set(words) == {1, 2, 3, 4}
        assert set(np.unique(made["labels"])) == {0, 1}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return caption_games.folder(tmp_path_factory.mktemp("captions") / "data")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, source):
    lines = []
    place = tmp_path_factory.mktemp("run") / "run"
    made = training.train(run.Plan.make(str(source), small_recipe()), place, verbose=0, say=lines.append)
    return made.run, lines


def test_a_run_says_what_it_found_and_draws_held_out_captions(trained):
    made, lines = trained
    assert any("60 captions of 6 words" in line for line in lines)
    assert [path.name for path in made.frames()] == ["epoch-0001.png", "epoch-0002.png"]
    with Image.open(made.frames()[0]) as sheet:
        pixels = np.asarray(sheet)
    assert pixels.shape == (3 * 64, 200 + 7 * 64, 3)  # of three held-out pictures, each beside six samples
    assert (pixels[:, :200] < 100).any()  # letters
    real = pixels[:64, 200:264].reshape(8, 8, 8, 8, 3)[:, 0, :, 0]
    assert any(
        np.array_equal(real, caption_games.drawn(colour, shape))
        for colour in caption_games.COLOURS
        for shape in caption_games.SHAPES
    )


@pytest.mark.slow  # a run more, saved at every step
def test_a_run_that_was_killed_goes_on_to_the_bit(trained, source, tmp_path):
    whole, _ = trained

    class KilledError(Exception):
        pass

    def say(line):
        if line.startswith("Epoch 1"):
            raise KilledError

    plan = run.Plan.make(str(source), small_recipe())
    with pytest.raises(KilledError):
        training.train(plan, tmp_path / "run", verbose=0, say=say, policy=run.CheckpointPolicy(1e-9))
    resumed = training.resume(run.Run(tmp_path / "run"), verbose=0).run
    for expected, received in zip(whole.load().weights, resumed.load().weights, strict=True):
        np.testing.assert_array_equal(received.numpy(), expected.numpy())


def test_captions_that_changed_are_refused_when_a_run_goes_on(trained, source, tmp_path):
    made, _ = trained
    other = caption_games.folder(tmp_path / "data")
    with other.open() as file:
        rows = [[cell.replace("square", "disc") for cell in row] for row in csv.reader(file)]
    with other.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises((run.RunError, ValueError), match="data that the run began with|labels|tags"):
        training.resume(made.with_data(str(other)), epochs=3, verbose=0)


@pytest.mark.slow  # a report draws much
def test_a_run_is_evaluated_and_its_report_has_held_out_captions(trained):
    made, _ = trained
    found = kgan.evaluation.evaluate(made, num_samples=20)
    page = kgan.report.write(made, found).read_text()
    assert "Held-out captions" in page
    assert "Samples for held-out captions: " in page


@pytest.fixture(scope="module")
def bundle(trained, tmp_path_factory):
    return kgan.export.save(trained[0].load(), tmp_path_factory.mktemp("bundle") / "bundle", formats=("onnx",))


def test_a_bundle_has_the_vocabulary_and_draws_what_keras_draws(trained, bundle):
    model = trained[0].load()
    card = json.loads((bundle / "card.json").read_text())
    assert (card["texts"], card["kind"]) == ("words", "text_to_image")
    assert tuple(card["class_names"]) == model.vocabulary.words
    rows = model.vocabulary.rows(["red square", "blue"])
    sampler = Sampler(bundle)
    drawn = sampler.sample(2, seed=5, labels=rows)
    np.testing.assert_allclose(drawn, model.generate(2, seed=5, text=["red square", "blue"]), atol=1e-4)
    assert '--text "..."' in (bundle / "README.md").read_text()
    assert "## Words" in (bundle / "README.md").read_text()


def test_the_program_of_a_bundle_draws_texts_without_kgan_and_tensorflow(trained, bundle, tmp_path):
    barrier = (
        "import sys, runpy\n"
        "for name in ('tensorflow', 'keras', 'kgan'):\n"
        "    sys.modules[name] = None\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )

    def sampler(*arguments):
        command = [sys.executable, "-c", barrier, str(bundle / "sampler.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    texts = ("--text", "red square", "--text", "Blue stripe!")
    made = sampler(*texts, "--count", "6", "--seed", "5", "--out", str(tmp_path / "drawn.npy"))
    assert made.returncode == 0, made.stderr
    expected = trained[0].load().generate(6, seed=5, text=["red square", "blue stripe"])
    np.testing.assert_allclose(np.load(tmp_path / "drawn.npy"), expected, atol=1e-4)
    for arguments, message in (
        (("--text", "red squre"), "Received: 'squre'. Did you mean 'square'? Say it in other words."),
        (("--text", ""), "Expected text of at least one word. Received: ''."),
        (("--text", "red", "--labels", "blue"), "Expected labels or text."),
        (("--vectors", "v.npy"), "Expected vectors for an export that takes those."),
    ):
        refused = sampler(*arguments, "--out", str(tmp_path / "none.png"))
        assert refused.returncode == 2
        assert message in refused.stderr
        assert not (tmp_path / "none.png").exists()
