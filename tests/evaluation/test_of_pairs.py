import json

import numpy as np
import pytest

from kgan import Translation, evaluation, metrics
from kgan.data.splits import extract
from kgan.evaluation import HELD_OUT, TRAINING
from kgan.evaluation.of_pairs import in_the_place_of_outputs

pytest_plugins = ["small_pair_runs"]


def figures_of(found, against):
    return {figure.name: figure for figure in found.figures if figure.against == against}


def held_out_of(of_run):
    return next(iter(of_run.plan.load().validation.as_numpy_iterator()))


def as_floats(images):
    return images.astype(np.float32) / 127.5 - 1.0


def test_figures_are_those_of_the_metrics_on_the_same_pairs_and_the_floor_is_the_input(paired_once, of_paired):
    of_run = paired_once[0].run
    inputs, truths = held_out_of(of_run)
    outputs = of_run.load().translate(inputs)
    found = figures_of(of_paired, HELD_OUT)
    assert list(found) == ["psnr", "ssim", "l1"]
    for metric in (metrics.PSNR(), metrics.SSIM(), metrics.MeanAbsoluteError()):
        figure = found[metric.name]
        for value, shown in ((figure.value, outputs), (figure.floor, as_floats(inputs))):
            metric.reset_state()
            metric.update_state(as_floats(truths), shown)
            assert value == pytest.approx(float(metric.result()), rel=1e-5)
        assert (figure.label, figure.better) == (metric.label, metric.better)
        assert (figure.generated_samples, figure.real_samples, figure.floor_samples) == (4, 4, 4)
    assert figures_of(of_paired, TRAINING)["l1"].real_samples == 40


def test_fewer_pairs_may_be_asked_for(paired):
    found = evaluation.evaluate(paired, num_samples=3)
    assert {figure.real_samples for figure in found.figures} == {3}
    with pytest.raises(ValueError, match="Expected num_samples >= 1"):
        evaluation.evaluate(paired, num_samples=0)


def test_the_nearest_and_the_farthest_are_so(paired_once, of_paired):
    of_run = paired_once[0].run
    inputs, truths = held_out_of(of_run)
    outputs = of_run.load().translate(inputs)
    psnr = 10 * np.log10(4.0 / np.square(outputs - as_floats(truths)).mean(axis=(1, 2, 3)))
    order = np.argsort(psnr)
    np.testing.assert_allclose(of_paired.farthest.psnr, psnr[order], rtol=1e-4)
    np.testing.assert_allclose(of_paired.nearest.psnr, psnr[order[::-1]], rtol=1e-4)
    np.testing.assert_array_equal(of_paired.farthest.inputs, inputs[order])
    np.testing.assert_array_equal(of_paired.nearest.truths, truths[order[::-1]])
    assert of_paired.held_out


def test_the_json_holds_what_was_found(paired):
    found = evaluation.evaluate(paired, seed=3)
    written = json.loads(paired.evaluation.read_text())
    assert written == json.loads(json.dumps(found.record()))
    assert (written["seed"], written["features"], written["held_out"]) == (3, "pixels", True)
    assert written["images_seen"] == 2 * 40
    assert not {"shown", "nearest", "farthest"} & set(written)


def test_the_lines_have_each_figure_beside_that_of_the_input(of_paired):
    lines = "\n".join(of_paired.lines())
    assert "4 outputs against held-out reals" in lines
    assert "input instead" in lines
    assert f"{figures_of(of_paired, HELD_OUT)['psnr'].floor:.4f}" in lines


def test_an_output_that_is_the_truth_has_no_error(paired, monkeypatch):
    negative = {"translate": lambda self, inputs, **_: -as_floats(inputs)}
    monkeypatch.setattr(Translation, "translate", negative["translate"])
    found = figures_of(evaluation.evaluate(paired), HELD_OUT)
    assert found["l1"].value == pytest.approx(0.0, abs=1e-6)
    assert found["ssim"].value == pytest.approx(1.0, abs=1e-4)
    assert found["psnr"].value is None or found["psnr"].value > 100.0  # infinite, but for rounding


def test_outputs_that_are_not_finite_are_told(paired, monkeypatch):
    monkeypatch.setattr(Translation, "translate", lambda self, inputs, **_: np.full(inputs.shape, np.nan, np.float32))
    found = evaluation.evaluate(paired)
    assert "No pictures: the generator makes numbers that are not finite." in found.notes
    assert (found.shown, found.nearest, found.farthest) == (None, None, None)
    assert {figure.value for figure in found.figures} == {None}


def test_a_grey_input_stands_in_the_place_of_an_output_in_colour():
    grey = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4, 1)
    np.testing.assert_array_equal(in_the_place_of_outputs(grey, (2, 4, 4, 3)), grey.repeat(3, axis=-1))
    assert in_the_place_of_outputs(grey, (2, 4, 4, 1)) is grey
    assert in_the_place_of_outputs(grey, (2, 8, 8, 1)) is None


def test_pairs_come_as_they_are_read(paired):
    first = next(iter(paired.plan.load().validation.as_numpy_iterator()))
    assert [part.shape for part in extract(first)] == [(4, 16, 16, 1)] * 2
