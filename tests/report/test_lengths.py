import numpy as np
import pytest

from kgan.report.lengths import about_length, course, is_better_below

METRIC = "val_kernel_distance"


def log(*values, metric=METRIC):
    return {"epoch": np.arange(1, len(values) + 1), metric: np.array(values, float)}


def falling(epochs, start=10.0):
    return log(*(start / (1 + epoch) for epoch in range(epochs)))


@pytest.mark.parametrize(
    ("metric", "below"),
    [
        ("val_frechet_distance", True),
        ("val_coverage", False),
        ("val_psnr", False),
        ("val_l1", True),
        ("monitor_separation", None),
        ("val_generator_loss", None),
    ],
)
def test_which_way_is_better_is_the_metrics_own_word(metric, below):
    assert is_better_below(metric) is below


def test_the_best_epoch_and_whether_it_still_improves():
    found = course(log(5.0, 3.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0), METRIC)
    assert (found.epochs, found.best, found.improves) == (8, 3, False)
    assert course(falling(8), METRIC).improves
    assert not course(log(0.9, 0.8, 0.7, 0.6, 0.5, metric="val_coverage"), "val_coverage").improves
    assert course(log(5.0, np.nan, 3.0), METRIC).best == 3
    assert course(log(5.0), "monitor_separation") is None
    assert course(log(np.nan), METRIC) is None


def told(short, long, differ=(), comparable=True):
    courses = [course(short, METRIC), course(long, METRIC)]
    return about_length(["short", "long"], courses, "Kernel distance", differ, comparable)


def test_runs_that_went_the_same_way_differ_by_length_alone():
    (said,) = told(falling(8), falling(100))
    assert said == (
        "The runs are of different lengths: short has 8 epochs, long 100 epochs. short ended while its Kernel distance "
        "still improved. After 8 epochs both were at 1.25 and 1.25. What they differ by in the end is of length alone, "
        "as far as one seed can tell."
    )


def test_runs_that_had_parted_by_then_differ_by_more():
    (said,) = told(falling(8), falling(100, start=5.0), differ=["penalties.r1.gamma"])
    assert said.endswith(
        "After 8 epochs both were at 1.25 and 0.625. That is not of length, but of settings that differ."
    )


def test_figures_on_other_features_are_not_held_against_each_other():
    (said,) = told(falling(8), falling(100), comparable=False)
    assert "both were at" not in said


def test_runs_of_about_the_same_length_need_no_word():
    assert told(falling(8), falling(10)) == []
    assert about_length(["one"], [course(falling(8), METRIC)], "Kernel distance", [], True) == []
