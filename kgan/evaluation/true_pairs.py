"""Translations between two collections beside their true partners, where some are known."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kgan.data import DataError, load_pairs, values
from kgan.data.pairs import DIRECTIONS
from kgan.evaluation.results import HELD_OUT, Figure, finite
from kgan.metrics import PSNR, SSIM, MeanAbsoluteError, PairMetric
from kgan.run import Run, loaded

__all__ = ["against_pairs"]

_SSIM_WINDOW = 11  # pixels that an image must have
_AT_A_TIME = 16
_SHARED = ("image_size", "crop", "channels", "background", "depth", "levels")  # of the two collections, and of pairs


def against_pairs(run: Run, pairs: Any) -> list[Figure]:
    """PSNR, SSIM where pictures are large enough, and the mean absolute error, of each direction.

    Args:
        run: Of a model of two collections.
        pairs: What `kgan.data.load_pairs` takes: `pairs/a` and `pairs/b` by file name, or two arrays. None of them
            should be among what the run was trained on.

    Returns:
        The figures, with what samples in their translations' place score as floors.

    Raises:
        DataError: if the pairs cannot be loaded, or have other sizes than the run's samples.
    """
    model = loaded(run.chosen_before().checkpoint)
    options = _options(run.plan.recipe.data, isinstance(pairs, tuple))
    splits = load_pairs(pairs, batch_size=1, validation_split=0.0, **options)
    expected = tuple(model.input_shape_of_sample), tuple(model.sample_shape)
    received = tuple(splits.input_shape), tuple(splits.sample_shape)
    if expected != received:
        raise DataError(
            f"Expected pairs of samples of a of shape {expected[0]} and of b of shape {expected[1]}, as the run has "
            f"them. Received: {received[0]} and {received[1]}. Bring them to that size."
        )
    batches = splits.train.unbatch().batch(_AT_A_TIME)
    return [figure for way in model.directions for figure in _figures(model, way, batches)]


def _options(data: Mapping[str, Any], arrays: bool) -> dict[str, Any]:
    """How the run's samples were loaded, as far as pairs can be, without what is drawn at random."""
    options = {} if arrays else {name: data[name] for name in _SHARED if name in data}
    if data.get("random_crop") is not None:
        options["image_size"] = data["random_crop"]
    return options


def _figures(model: Any, way: str, batches: Any) -> Iterator[Figure]:
    low, high = model.value_range
    shape = model.sample_shape
    metrics: list[PairMetric] = [PSNR(model.value_range), MeanAbsoluteError(model.value_range)]
    if min(shape[:2]) >= _SSIM_WINDOW:
        metrics.insert(1, SSIM(model.value_range))
    floors = [type(metric).from_config(metric.get_config()) for metric in metrics]
    alike, count = tuple(model.input_shape_of_sample) == tuple(shape), 0
    for a, b in batches.as_numpy_iterator():
        given, truth = (a, b) if way == DIRECTIONS[0] else (b, a)
        made = np.clip(np.nan_to_num(model.translated(given, way)), low, high)
        count += len(given)
        for metric, floor in zip(metrics, floors, strict=True):
            metric.update_state(truth, made)
            if alike:
                floor.update_state(truth, values.to_float(given, model.value_range))
    for metric, floor in zip(metrics, floors, strict=True):
        yield Figure(
            name=f"{way}_{metric.name}",
            label=f"{way}: {metric.label} to true partners",
            better=metric.better,
            against=HELD_OUT,
            value=finite(float(metric.result())),
            floor=finite(float(floor.result())) if alike else None,
            real_samples=count,
            generated_samples=count,
            floor_samples=count if alike else 0,
        )
