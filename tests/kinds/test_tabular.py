"""The kind of `kgan.Tabular`: recipe, a run from a file to a bundle, going on after it was stopped."""

import csv
import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import kgan
import table_games
from kgan import recipes, run
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("tables")
SMALL = {"generator.width": 8, "discriminator.width": 8, "generator.latent_dim": 4, "model.pac": 5, "data.modes": 3}


def small_recipe(**settings):
    return recipes.get("tabular").changed({**SMALL, "epochs": 2, "batch_size": 50, "jit_compile": False, **settings})


@pytest.mark.parametrize("name", ["tabular", "ctgan"])
def test_recipes_state_a_source_for_every_setting(name):
    recipe = recipes.get(name)
    assert recipe.kind == "tables"
    unsaid = [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)]
    assert unsaid == ["name", "source", "kind"]


def test_a_model_is_of_this_kind():
    assert kind.of(table_games.trained()) is KIND


@pytest.mark.parametrize("source", ["rows.csv", "rows.parquet", "base.db:orders"])
def test_a_table_chooses_the_recipe(tmp_path, source):
    (tmp_path / source.partition(":")[0]).write_bytes(b"")
    plan = run.Plan.make(str(tmp_path / source), "auto")
    assert plan.recipe.name == "tabular"
    assert plan.chosen == "Recipe tabular, for a table."
    assert plan.source == str(tmp_path / source)


def test_types_can_be_said_in_a_recipe(tmp_path):
    pd.DataFrame({"zip": range(40), "b": ["x", "y"] * 20}).to_csv(tmp_path / "rows.csv", index=False)
    plan = run.Plan.make(str(tmp_path / "rows.csv"), small_recipe(**{"data.types": "zip=category", "batch_size": 10}))
    assert len(plan.load().table.column("zip").values) == 40


def test_constraints_can_be_said_in_a_recipe(tmp_path):
    pd.DataFrame({"low": range(40), "high": range(5, 45), "both": range(5, 85, 2)}).to_csv(tmp_path / "rows.csv")
    asked = {"data.constraints": "low < high; both = low + high", "batch_size": 10}
    table = run.Plan.make(str(tmp_path / "rows.csv"), small_recipe(**asked)).load().table
    assert [one.text for one in table.constraints] == ["low < high", "both = low + high"]
    assert "high - low" in table.learned


def test_learning_rates_fall_to_nothing_over_the_planned_training():
    splits = kgan.data.load_table(table_games.frame(200), 50, validation_split=0.0)
    built = small_recipe(epochs=4).build(splits)  # 16 batches, and half as many of the generator
    rates = [float(built.generator_optimizer._learning_rate(step)) for step in (0, 4, 8)]
    assert rates == pytest.approx([3e-4, 1.5e-4, 0.0])
    rates = [float(built.discriminator_optimizer._learning_rate(step)) for step in (0, 8, 16)]
    assert rates == pytest.approx([5e-4, 2.5e-4, 0.0])
    stays = small_recipe(epochs=4, **{"model.decay_from": 1.0}).build(splits)
    assert float(stays.generator_optimizer.learning_rate) == pytest.approx(3e-4)


def test_features_are_refused():
    with pytest.raises(ValueError, match="features=none for rows of a table. Received: features='digits'"):
        run.Plan.make("rows.csv", small_recipe(features="digits"))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    table_games.frame(300).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory, source):
    lines = []
    place = tmp_path_factory.mktemp("run") / "run"
    made = training.train(run.Plan.make(str(source), small_recipe()), place, verbose=0, say=lines.append)
    return made.run, lines


def test_a_run_says_what_it_found_and_draws_histograms(trained):
    made, lines = trained
    assert "Found 300 rows. 30 of them are held out." in lines
    assert "cut: category, 3 values" in lines
    assert [path.name for path in made.frames()] == ["epoch-0001.png", "epoch-0002.png"]
    assert np.isfinite(made.figures()["monitor_column_shapes"]).all()
    assert made.figures()["monitor_worst_column_shape"].min() >= 0.0
    assert made.verdict.name in ("too early to say", "improving")


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


def test_a_table_that_changed_is_refused_when_a_run_goes_on(trained, tmp_path):
    made, _ = trained
    changed = tmp_path / "changed.csv"
    table_games.frame(300).rename(columns={"size": "length"}).to_csv(changed, index=False)
    with pytest.raises(run.RunError, match="data that the run began with|without 'size'"):
        training.resume(made.with_data(str(changed)), epochs=3, verbose=0)


def test_a_run_whose_rates_have_fallen_to_0_is_told_how_to_train_longer(trained):
    made, _ = trained
    before = made.plan
    for epochs, said in ((None, "which has all its 2[.] Its learning rate has fallen to 0"), (4, "until epochs=4")):
        with pytest.raises(run.RunError, match=f"{said}.*kgan train DATA --epochs N --init-from RUN"):
            training.resume(made, epochs=epochs, verbose=0)
    assert made.plan == before  # nothing of it was written


def test_a_run_is_evaluated_and_reported(trained):
    made, _ = trained
    found = kgan.evaluation.evaluate(made, num_samples=200, balance="cut")
    by_name = {(one.name, one.against): one for one in found.figures}
    shapes = by_name["column_shapes", "held-out reals"]
    assert shapes.floor > shapes.value > 0.3  # training rows are nearer than those of a generator that knows little
    assert by_name["copies", "training reals"].value == 0.0
    assert set(found.columns) == set(table_games.frame(1).columns)
    kept = json.loads(made.evaluation.read_text())
    assert kept["columns"] == found.columns
    assert by_name["coverage", "held-out reals"].floor > 0.9
    assert ("detector", "held-out reals") not in by_name
    assert found.notes == ["No detector: it takes 100 held-out rows and as many drawn ones."]
    use = by_name["use", "held-out reals"]
    assert use.floor > use.value  # the table teaches what goes together better than rows of a young generator
    assert set(found.useful) == set(found.columns)
    assert found.useful["size"]["score"] == "r2"
    assert found.useful["size"]["training"] > 0.9  # which is ten times the place of the cut
    assert [one["name"] for one in kept["leaks"]] == [one.name for one in found.leaks]
    attack = next(one for one in found.leaks if one.name == "membership_inference")
    assert abs(attack.value - 0.5) < 4 * attack.error
    printed = "\n".join(found.lines())
    assert "size, R2" in printed
    assert "Membership inference, AUC" in printed
    with (made.evaluation.parent / "balanced-cut.csv").open() as file:
        counts = Counter(row["cut"] for row in csv.DictReader(file))
    assert len(set(counts.values())) == 1  # each cut as often
    assert kept["balance"]["added"] == found.balance.added
    assert found.balance.verdict in printed
    page = kgan.report.write(made, found).read_text()
    assert "Pair trends" in page
    assert found.balance.verdict.partition(":")[0] in page
    assert "Singling out, risk" in page
    assert "Columns" in page


def test_the_bundle_of_a_run_writes_rows_that_hold_what_is_asked(trained, tmp_path):
    made, _ = trained
    bundle = kgan.export.save(made.load(), tmp_path / "bundle", formats=("onnx",))
    kgan.export.portable.rows.run_rows(bundle, tmp_path / "rows.csv", 100, 0, ["cut=Fair,Good", "stars=4.."])
    with (tmp_path / "rows.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 100
    assert {row["cut"] for row in rows} <= {"Fair", "Good"}
    assert {row["stars"] for row in rows} <= {"4", "5"}
    preview = kgan.export.preview(bundle, made, tmp_path / "grid.png")
    assert preview.runner.name == "rows.py"
    assert (tmp_path / "grid.png").is_file()
