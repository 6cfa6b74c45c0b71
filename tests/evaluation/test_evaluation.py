import dataclasses
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from kgan import GAN, evaluation, metrics, run
from kgan.data import Splits
from kgan.data.splits import extract
from kgan.evaluation import HELD_OUT, NOTHING, TRAINING
from kgan.metrics.measuring import measure
from kgan.metrics.reference import Reference

pytest_plugins = ["small_runs"]

KINDS = (
    metrics.FrechetDistance,
    metrics.KernelDistance,
    metrics.Precision,
    metrics.Recall,
    metrics.Density,
    metrics.Coverage,
)


def figures_of(found, against):
    return {figure.name: figure for figure in found.figures if figure.against == against}


def training_reals(of_run):
    """All of them: in batches of 1 there is no short last one to leave out."""
    plan = dataclasses.replace(of_run.plan, recipe=dataclasses.replace(of_run.plan.recipe, batch_size=1))
    return np.concatenate([extract(batch)[0] for batch in plan.load().train.as_numpy_iterator()])


def held_out_reals(of_run):
    return np.concatenate([extract(batch)[0] for batch in of_run.plan.load().validation.as_numpy_iterator()])


def test_figures_are_those_of_the_metrics_on_the_same_samples_and_reals(unlabelled_once, of_unlabelled):
    gan = unlabelled_once.load()
    reals, others = training_reals(unlabelled_once), held_out_reals(unlabelled_once)
    assert (len(reals), len(others)) == (225, 25)
    drawn = gan.generate(225, seed=0)
    for kind in KINDS:
        for against, shown, real in (
            (TRAINING, "value", (reals, drawn)),
            (HELD_OUT, "value", (others, drawn)),
            (HELD_OUT, "floor", (others, reals)),
        ):
            metric = kind("pixels")
            metric.update_state(*real)
            figure = figures_of(of_unlabelled, against)[metric.name]
            assert getattr(figure, shown) == pytest.approx(metric.result(), rel=1e-5, abs=1e-7), (metric.name, against)
            assert figure.label == metric.label
            assert (figure.generated_samples, figure.real_samples) == (225, len(real[0]))
            if against == TRAINING:
                assert figure.floor is None  # there are no other reals, as many of them


def test_figures_against_held_out_reals_are_those_that_fit_logs_at_the_same_number_of_samples(
    unlabelled_once, of_unlabelled
):
    gan = unlabelled_once.load()
    asked = [metrics.FrechetDistance("pixels", num_samples=225), metrics.Coverage("pixels", num_samples=225)]
    logged = measure(gan, asked, Reference(unlabelled_once.plan.load().validation, value_range=gan.value_range))
    for name in ("frechet_distance", "coverage"):
        assert figures_of(of_unlabelled, HELD_OUT)[name].value == pytest.approx(logged[name], rel=1e-6)


def test_both_players_figures_are_what_the_last_epoch_gave(labelled_once, of_labelled):
    log = labelled_once.figures()
    assert set(of_labelled.players) == {"discriminator_loss", "generator_loss", "real_accuracy", "generated_accuracy"}
    for name, value in of_labelled.players.items():
        assert value == pytest.approx(log[f"val_{name}"][-1], rel=1e-4, abs=1e-5)


def test_the_json_holds_what_was_found(classified):
    of_run, found = classified
    written = json.loads(of_run.evaluation.read_text())
    assert written == json.loads(json.dumps(found.record()))
    assert (written["seed"], written["features"], written["averaged"]) == (3, "digits", True)
    assert written["class_names"] == ["<i>zero", 'one" & two']
    assert written["images_seen"] == 2 * 180
    assert set(written["versions"]) >= {"kgan", "keras", "tensorflow", "numpy"}
    assert written["date"].endswith("+00:00")
    for figure in written["figures"]:
        if figure["name"] not in ("support", "diversity"):
            assert figure["generated_samples"] == 60
            assert figure["real_samples"] == {HELD_OUT: 20, TRAINING: 60, NOTHING: 0}[figure["against"]]
    assert figures_of(found, TRAINING)["diversity"].real_samples == 30  # the other half are the reals instead


def test_the_same_seed_finds_the_same_and_another_seed_other_figures(unlabelled, of_unlabelled):
    tf.random.set_seed(3)  # which lets the training reals come in another order
    again = evaluation.evaluate(unlabelled)
    for figure, earlier in zip(again.figures, of_unlabelled.figures, strict=True):
        assert figure.value == pytest.approx(earlier.value, rel=1e-6), figure.label
        assert (figure.floor is None) is (earlier.floor is None)
        if figure.floor is not None:
            assert figure.floor == pytest.approx(earlier.floor, rel=1e-6), figure.label
    other = evaluation.evaluate(unlabelled, seed=7)
    assert other.figures[0].value != again.figures[0].value
    assert other.figures[0].floor == again.figures[0].floor


def test_the_nearest_training_reals_are_the_nearest_of_all(labelled_once, of_labelled):
    found = of_labelled.neighbours
    assert found.classes.tolist() == [0, 1] * 5
    gan = labelled_once.load()
    drawn = np.clip(np.rint((gan.generate(10, seed=1, labels=np.tile([0, 1], 5)) + 1) * 127.5), 0, 255)
    np.testing.assert_array_equal(found.samples, drawn)
    reals = training_reals(labelled_once).astype(np.float64)
    assert found.searched == found.there_are == len(reals) == 180
    for place in range(10):
        distances = np.sqrt(np.square((reals - drawn[place]) / 127.5).sum(axis=(1, 2, 3)))
        np.testing.assert_allclose(found.distances[place], np.sort(distances)[:5], rtol=1e-4)
        np.testing.assert_array_equal(found.reals[place, 0], reals[np.argmin(distances)])


def test_a_generator_that_copies_is_found_out(unlabelled, monkeypatch):
    reals = training_reals(unlabelled).astype(np.float32) / 127.5 - 1
    monkeypatch.setattr(GAN, "generate_in_batches", lambda self, n, *_, **__: iter([reals[:n]]))
    found = evaluation.evaluate(unlabelled)
    training, held_out = figures_of(found, TRAINING), figures_of(found, HELD_OUT)
    assert training["copied_share"].value == 1.0
    assert training["copied_share"].floor <= 0.1  # of 25 held-out reals, the nearest
    assert training["frechet_distance"].value == pytest.approx(0.0, abs=1e-3)
    # Against held-out reals copies are as good as reals, which is what the floor says.
    assert held_out["frechet_distance"].value == pytest.approx(held_out["frechet_distance"].floor, rel=1e-4)
    np.testing.assert_array_equal(found.neighbours.reals[:, 0], found.neighbours.samples)


def test_a_collapsed_generator_has_no_variety(unlabelled, monkeypatch):
    one = training_reals(unlabelled)[:1].astype(np.float32) / 127.5 - 1
    monkeypatch.setattr(GAN, "generate_in_batches", lambda self, n, *_, **__: iter([np.repeat(one, n, axis=0)]))
    found = figures_of(evaluation.evaluate(unlabelled), TRAINING)
    assert found["diversity"].value == pytest.approx(0.0, abs=1e-3)
    assert found["diversity"].floor == pytest.approx(1.0, abs=0.15)
    assert found["support"].value == pytest.approx(1.0)
    assert found["precision"].value == 1.0
    assert found["recall"].value < 0.1


def test_an_extractor_that_classifies_gives_an_inception_score(classified):
    _, found = classified
    score = figures_of(found, NOTHING)["inception_score"]
    assert (score.label, score.real_samples, score.generated_samples) == ("Inception score (digits)", 0, 60)
    assert 1.0 <= score.value <= 10.0
    assert 1.0 <= score.floor <= 10.0
    assert found.features == "digits"


def test_without_held_out_data_it_measures_against_training_reals_and_says_so(unlabelled, monkeypatch):
    splits = unlabelled.plan.load()
    monkeypatch.setattr(run.Plan, "load", lambda self, *_, **__: Splits(splits.train, None, splits.sample_shape))
    found = evaluation.evaluate(unlabelled, num_samples=50)
    assert found.players == {}
    assert {figure.against for figure in found.figures} == {TRAINING}
    assert "copied_share" not in figures_of(found, TRAINING)
    assert any("No held-out reals" in note for note in found.notes)


def test_the_lines_have_each_figure_with_its_features_and_counts(of_labelled):
    lines = "\n".join(of_labelled.lines())
    for figure in of_labelled.figures:
        assert f"{figure.label}, {figure.real_samples:,} reals" in lines
    assert "180 samples against held-out reals" in lines


def test_nothing_is_called_fid_but_on_the_features_of_the_literature(of_labelled):
    assert not any("FID" in figure.label for figure in of_labelled.figures)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_samples": 9}, "Expected num_samples >= 10, a whole number. Received: num_samples=9"),
        ({"num_samples": 10**12}, "Expected num_samples for which 16 GiB of memory suffice"),
        ({"seed": -1}, "Expected seed >= 0"),
        ({"features": "digit"}, "Did you mean 'digits'"),
    ],
)
def test_bad_arguments_are_named(unlabelled, arguments, message):
    with pytest.raises(ValueError, match=message):
        evaluation.evaluate(unlabelled, **arguments)
    assert not unlabelled.evaluation.exists()


def test_too_few_training_reals_leave_no_figures_of_samples(unlabelled, monkeypatch):
    splits = unlabelled.plan.load()
    few = splits.train.unbatch().take(9).batch(9)
    monkeypatch.setattr(run.Plan, "load", lambda self, *_, **__: Splits(few, None, splits.sample_shape))
    found = evaluation.evaluate(unlabelled)
    assert "No figures of samples: they need 10 training reals, and there are 9." in found.notes
    assert found.figures == []


def test_a_run_that_saved_nothing_is_named(unlabelled):
    shutil.rmtree(unlabelled.checkpoints.folder)
    with pytest.raises(run.RunError, match="which has none yet"):
        evaluation.evaluate(unlabelled)
