"""A run with differential privacy: from `kgan train --epsilon` to the card of its bundle, and what is refused."""

import dataclasses
import json
import tomllib

import keras
import numpy as np
import pytest

import kgan
import table_games
from commands import kgan as command
from kgan import recipes, run
from kgan.callbacks.finite_guard import NotFiniteError
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

pytest.importorskip("dp_accounting", reason="pip install 'kgan[privacy]'")
SMALL = {"generator.width": 8, "discriminator.width": 8, "generator.latent_dim": 4, "data.modes": 2}
SMALL |= {"batch_size": 100, "epochs": 2, "data.epsilon": 8.0, "discriminator_steps": 2}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    table_games.frame(3_000).drop(columns=["price", "day"]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory, source):
    """A run by the command line."""
    settings = [
        part for name, value in SMALL.items() if name != "data.epsilon" for part in ("--set", f"{name}={value}")
    ]
    place = tmp_path_factory.mktemp("run") / "run"
    done = command("train", source, "--epsilon", "8", "--out", place, *settings)
    assert done.code == 0, done.err
    return run.Run(place), done


def test_the_recipe_states_a_source_for_every_setting():
    recipe = recipes.get("private")
    unsaid = [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)]
    assert unsaid == ["name", "source", "kind"]


def test_epsilon_is_in_the_log_and_on_the_card(made):
    kept, done = made
    spent = kept.figures()["epsilon"]
    assert 0.0 < spent[0] < spent[-1]
    assert spent[-1] == pytest.approx(8.0, abs=1e-3)
    assert "Differential privacy of a row: epsilon 8, delta 1e-05, in " in done.out
    card = json.loads((kept.folder / "export" / "card.json").read_text())["differential_privacy"]
    assert card["epsilon"] == pytest.approx(8.0, abs=1e-3)
    assert (card["delta"], card["clip"]) == (1e-5, 1.0)
    text = (kept.folder / "export" / "README.md").read_text()
    assert "epsilon 8" in text


def test_the_secret_stays_in_the_run(made):
    kept, done = made
    secret = str(kept.plan.recipe.data["secret"])
    assert int(secret) > 2**32
    assert secret not in done.out
    for path in (kept.folder / "export").rglob("*"):
        assert path.is_dir() or secret.encode() not in path.read_bytes(), path
    page = kgan.report.write(kept, kgan.evaluation.evaluate(kept, num_samples=50)).read_text()
    assert secret not in page


def test_a_run_goes_no_further_than_epsilon_pays_for(made):
    with pytest.raises(ValueError, match="at most 2 epochs, which epsilon=8 pays for. Received: epochs=3"):
        training.resume(made[0], epochs=3, verbose=0)


def test_noise_is_drawn_once(made, source, tmp_path):
    again = run.CheckpointPolicy(retries=3)
    plan = run.Plan.make(str(source), recipes.get("private").changed(SMALL))
    with pytest.raises(ValueError, match="no retries .* because with data.epsilon=8 other draws would meet noise"):
        training.train(plan, tmp_path / "run", verbose=0, policy=again)
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match="Received: retries=3. Leave that out"):
        training.resume(made[0], epochs=3, verbose=0, policy=again)
    done = command("train", source, "--epsilon", "8", "--retry", "3", "--out", tmp_path / "run")
    assert done.code == 2
    assert "Received: --retry 3. Leave that out." in done.err


def test_weights_whose_rows_nobody_counted_are_refused(made, source, tmp_path):
    done = command("train", source, "--epsilon", "8", "--init-from", made[0].folder, "--out", tmp_path / "run")
    assert done.code == 2
    assert "what rows another run's weights were learned from is not counted" in done.err
    assert not (tmp_path / "run").exists()


def test_a_private_run_that_diverged_is_not_told_to_go_on(source, tmp_path, monkeypatch):
    def fit(self, *args, **kwargs):
        raise NotFiniteError("generator", "loss", 3)

    monkeypatch.setattr(kgan.Tabular, "fit", fit)
    plan = run.Plan.make(str(source), recipes.get("private").changed(SMALL))
    with pytest.raises(NotFiniteError, match="Train anew, with lower learning rates") as told:
        training.train(plan, tmp_path / "run", verbose=0)
    assert "--retry" not in str(told.value)


@pytest.mark.slow  # two runs more
def test_a_private_run_that_was_killed_goes_on_to_the_bit(made, source, tmp_path):
    class KilledError(Exception):
        pass

    def say(line):
        if line.startswith("Epoch 1"):
            raise KilledError

    secret = made[0].plan.recipe.data["secret"]
    plan = run.Plan.make(str(source), recipes.get("private").changed({**SMALL, "data.secret": secret}))
    with pytest.raises(KilledError):
        training.train(plan, tmp_path / "run", verbose=0, say=say, policy=run.CheckpointPolicy(1e-9))
    resumed = training.resume(run.Run(tmp_path / "run"), verbose=0).run
    for expected, received in zip(made[0].load().weights, resumed.load().weights, strict=True):
        np.testing.assert_array_equal(received.numpy(), expected.numpy())


@pytest.fixture(scope="module")
def splits(source):
    return kgan.data.load_table(
        source, 100, epsilon=8.0, private_epochs=2, joint=0.0, numbers="modes", secret=1, modes=2, validation_split=0.0
    )


def model_of(splits, pac=1, **networks):
    shapes = {"sample_shape": (splits.table.spread_dim,), "condition_shape": (splits.table.condition_dim,)}
    packs = {name: (pac * size,) for name, (size,) in shapes.items()}
    judge = kgan.architectures.ctgan_discriminator(**packs, width=4, **{"dropout": 0.0, "seed": 1, **networks})
    maker = kgan.architectures.ctgan_generator(**shapes, latent_dim=4, width=4, seed=0)
    return kgan.Tabular(maker, judge, splits.table, pac=pac, seed=0)


@pytest.mark.parametrize(
    ("networks", "compiled", "message"),
    [
        ({"pac": 2}, {}, "packs of pac=2 rows"),
        ({"dropout": 0.5}, {}, "that draws at random, 'dropout_0'"),
        ({}, {"penalties": ["wgangp"]}, r"penalties=\['wgangp_penalty'\]"),
        ({}, {"loss": "relativistic_pairing"}, "loss='relativistic_pairing'"),
        ({}, {"objectives": ["condition_cross_entropy", "mode_seeking"]}, r"objectives=\['mode_seeking'\]"),
    ],
)
def test_a_step_whose_privacy_is_not_counted_is_refused(splits, networks, compiled, message):
    model = model_of(splits, **networks)
    with pytest.raises(ValueError, match="whose privacy can be counted|take each row alone") as refused:
        model.compile(**{"loss": "non_saturating", "objectives": ["condition_cross_entropy"], **compiled})
    refused.match(message)


def test_layers_that_mix_rows_are_refused(splits):
    dims = splits.table.spread_dim, splits.table.condition_dim
    inputs = [keras.Input((size,)) for size in dims]
    mixed = keras.layers.BatchNormalization()(keras.layers.Concatenate()(inputs))
    judge = keras.Model(inputs, keras.layers.Dense(1)(mixed))
    model = kgan.Tabular(model_of(splits).network(), judge, splits.table, pac=1)
    with pytest.raises(ValueError, match="with a layer that may mix the rows of a batch"):
        model.compile(objectives=["condition_cross_entropy"])


def test_other_rows_are_refused(splits, source):
    model = model_of(splits)
    model.compile(objectives=["condition_cross_entropy"], jit_compile=False)
    plain = kgan.data.load_table(source, 100, modes=2)
    with pytest.raises(ValueError, match="load_table\\(epsilon=...\\) returned, because the model's table is private"):
        model.fit(plain.train, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="the table that the model was made for"):
        model.fit(plain, epochs=1, verbose=0)


def test_a_model_comes_back_with_its_privacy(splits, tmp_path):
    model = model_of(splits)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.privacy == splits.table.privacy
    assert loaded.clip == 1.0


def test_a_clip_that_is_none_is_refused(splits):
    for clip in (0.0, -1.0, float("inf"), float("nan"), True):
        with pytest.raises(ValueError, match="clip > 0, a norm of gradients"):
            kgan.Tabular(model_of(splits).network(), model_of(splits).discriminator, splits.table, pac=1, clip=clip)


def test_epsilon_is_of_tables_alone(tmp_path):
    done = command("train", "digits", "--epsilon", "3", "--out", tmp_path / "run")
    assert done.code != 0
    assert "Expected" in done.err


def test_the_recipe_can_be_shown_and_read_back():
    assert tomllib.loads(recipes.get("private").to_toml())["data"]["epsilon"] == 3.0
    assert dataclasses.is_dataclass(recipes.get("private"))
