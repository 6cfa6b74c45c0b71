"""The kind of `kgan.Molecules`: recipe, a run from a file to a bundle, going on after it was stopped."""

import json

import numpy as np
import pytest

import kgan
import molecule_games
from kgan import recipes, run
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("molecules")
SMALL = {
    "generator.width": 8,
    "generator.embedding": 4,
    "discriminator.width": 8,
    "discriminator.embedding": 4,
    "data.tokens": 20,
}


def small_recipe(**settings):
    return recipes.get("smiles").changed({**SMALL, "epochs": 2, "batch_size": 8, **settings})


def test_the_recipe_states_a_source_for_every_setting():
    recipe = recipes.get("smiles")
    assert recipe.kind == "molecules"
    unsaid = [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)]
    assert unsaid == ["name", "source", "kind"]


def test_a_model_is_of_this_kind():
    assert kind.of(molecule_games.trained()) is KIND


@pytest.mark.parametrize("name", ["molecules.smi", "molecules.smi.gz"])
def test_a_file_of_smiles_chooses_the_recipe(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    plan = run.Plan.make(str(tmp_path / name), "auto")
    assert plan.recipe.name == "smiles"
    assert plan.chosen == "Recipe smiles, for molecules."


def test_features_are_refused():
    with pytest.raises(ValueError, match="features=none for molecules. Received: features='digits'"):
        run.Plan.make("molecules.smi", small_recipe(features="digits"))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("molecules") / "molecules.smi"
    path.write_text("\n".join([*molecule_games.smiles(), "C1CC broken"]) + "\n")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory, source):
    lines = []
    place = tmp_path_factory.mktemp("run") / "run"
    made = training.train(run.Plan.make(str(source), small_recipe()), place, verbose=0, say=lines.append)
    return made.run, lines


def test_a_run_says_what_it_found_and_draws_molecules(trained):
    made, lines = trained
    assert "Found 60 molecules. 6 of them are held out." in lines
    assert "Left out 1 that are no molecules (line 61: 'C1CC', which rdkit cannot parse)." in lines
    assert any(line.startswith("Pre-training on likelihood is done, after") for line in lines)
    assert [path.name for path in made.frames()] == ["epoch-0001.png", "epoch-0002.png"]
    found = made.figures()
    assert all(0.0 <= share <= 1.0 for share in found["monitor_validity"])
    assert np.isfinite(found["monitor_likelihood"]).all()


@pytest.mark.slow  # a run more, saved at every step
def test_a_run_that_was_killed_goes_on_to_the_bit(trained, source, tmp_path):
    whole, _ = trained

    class KilledError(Exception):
        pass

    def say(line):
        if line.startswith("Epoch 1"):
            raise KilledError

    plan = run.Plan.make(str(source), small_recipe())
    with pytest.raises(KilledError):  # in the first epoch's end, before its checkpoint or after
        training.train(plan, tmp_path / "run", verbose=0, say=say, policy=run.CheckpointPolicy(1e-9))
    resumed = training.resume(run.Run(tmp_path / "run"), verbose=0).run
    for expected, received in zip(whole.load().weights, resumed.load().weights, strict=True):
        np.testing.assert_array_equal(received.numpy(), expected.numpy())


def test_a_run_is_evaluated_and_reported(trained):
    made, _ = trained
    found = kgan.evaluation.evaluate(made, num_samples=40)
    by_name = {one.name: one for one in found.figures}
    assert by_name["validity"].floor == 1.0
    assert 0.0 <= by_name["validity"].value <= 1.0
    assert by_name["novelty"].floor == 1.0
    assert by_name["descriptor_distance"].against == "held-out reals"
    kept = json.loads(made.evaluation.read_text())
    assert kept["invalid"] == found.invalid
    page = kgan.report.write(made, found).read_text()
    assert "Frechet distance (descriptors)" in page
    assert "Drawn molecules" in page


def test_the_bundle_of_a_run_is_drawn(trained, tmp_path):
    made, _ = trained
    bundle = kgan.export.save(made.load(), tmp_path / "bundle", formats=("onnx",))
    preview = kgan.export.preview(bundle, made, tmp_path / "grid.png")
    assert preview.runner.name == "molecules.py"
    assert preview.shows == "20 molecules, written by onnxruntime"
    assert (tmp_path / "grid.png").is_file()
