"""Figures of translations between two collections beside their true partners."""

from types import SimpleNamespace

import numpy as np
import pytest
from cycle_games import SHAPE, line, lines, mean_of

import kgan
from kgan import evaluation
from kgan.data import DataError
from kgan.evaluation import true_pairs


@pytest.fixture
def run(monkeypatch):
    """A run whose translators are known: x / 2 + 0.1 there, 3 x / 2 - 0.2 back."""

    def of(model, kind, **data):
        monkeypatch.setattr(true_pairs, "loaded", lambda checkpoint: model)
        plan = SimpleNamespace(recipe=SimpleNamespace(data=data), kind=kgan.models.kind.named(kind))
        return SimpleNamespace(plan=plan, chosen_before=lambda: SimpleNamespace(checkpoint=None))

    return of


def pairs(count=5):
    random = np.random.RandomState(0)
    a, b = (random.randint(0, 256, (count, *SHAPE)).astype(np.uint8) for _ in range(2))
    return a, b, *(one.astype(np.float64) / 127.5 - 1.0 for one in (a, b))


def test_each_direction_is_measured_on_true_partners(run):
    a, b, real_a, real_b = pairs()
    found = {one.name: one for one in true_pairs.against_pairs(run(lines(), "cycle_translation"), (a, b))}
    for way, given, truth in (("a2b", real_a, real_b), ("b2a", real_b, real_a)):
        made = np.clip(0.5 * given + 0.1 if way == "a2b" else 1.5 * given - 0.2, -1.0, 1.0)
        error, floor = (np.abs(one - truth).mean() for one in (made, given))
        squares = np.square(made - truth).mean(axis=(1, 2, 3))
        # Its name in the logs of a model is the metric's own.
        figure = next(found[name] for name in found if name.startswith(way) and found[name].better == "min")
        assert figure.value == pytest.approx(error, rel=1e-4)
        assert figure.floor == pytest.approx(floor, rel=1e-4)
        assert figure.real_samples == 5
        assert found[f"{way}_psnr"].value == pytest.approx((10.0 * np.log10(4.0 / squares)).mean(), rel=1e-4)
    assert not [name for name in found if "ssim" in name]  # samples of 8 pixels, less than its window


def test_one_way_has_figures_of_one_direction(run):
    model = kgan.ContrastiveTranslation(line(0.5, 0.1, "g"), mean_of("d"))
    found = true_pairs.against_pairs(run(model, "contrastive_translation"), pairs()[:2])
    assert {one.name[:3] for one in found} == {"a2b"}


def test_pairs_of_another_size_are_refused(run):
    a, b = (np.zeros((3, 12, 8, 1), np.uint8) for _ in range(2))
    with pytest.raises(DataError, match=r"as the run has them. Received: \(12, 8, 1\)"):
        true_pairs.against_pairs(run(lines(), "cycle_translation"), (a, b))


def test_a_run_with_truths_of_its_own_takes_no_pairs(run):
    with pytest.raises(ValueError, match="Expected pairs=None for a run of the kind translation"):
        evaluation.evaluate(run(lines(), "translation"), pairs="pairs")
