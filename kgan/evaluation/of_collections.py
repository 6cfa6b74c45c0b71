"""How translations between two collections do: distances to the other side, and what comes back where it can."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from kgan._support.checks import whole
from kgan.data import Splits, values
from kgan.data.pairs import DIRECTIONS
from kgan.evaluation.results import (
    HELD_OUT,
    TRAINING,
    Evaluation,
    Figure,
    Wording,
    common_facts,
    finite,
    players_on,
)
from kgan.metrics import FeatureMetric
from kgan.run import Run, loaded, same_data

__all__ = ["CollectionsEvaluation", "Cycles", "evaluate"]

MOST = 1_000  # samples of each collection
_SHOWN = 8
_CYCLE_ERROR = "cycle_error"


@dataclass(frozen=True)
class Cycles:
    """Samples, what they become on the other side, and what comes back, uint8 `(n, height, width, channels)` each.

    Attributes:
        samples: Of one side.
        there: On the other.
        back: Back again; `None` where there is no translator back.
    """

    samples: np.ndarray
    there: np.ndarray
    back: np.ndarray | None


@dataclass(frozen=True)
class CollectionsEvaluation(Evaluation):
    """What `evaluate` found of two translators between two collections.

    Attributes:
        held_out: Whether the samples shown are held out; else they are training samples.
        sides: Names of the collections a and b.
        shown: Samples by direction, `"a2b"`, and `"b2a"` where there is a translator back; empty where nothing finite
            comes out.
    """

    wording: ClassVar[Wording] = Wording(
        made="translations",
        instead="input instead",
        columns=("Translations against held-out samples", "Inputs in their place", "Against training samples"),
        explained="a2b compares translations of a with samples of b, b2a those of b with samples of a. Inputs in their "
        "place is what doing nothing scores. The cycle error, where there is a way back, is the mean absolute "
        "difference of samples and what comes back of them. None of these says whether a sample became the right one. "
        "Below each: translations : samples.",
    )

    held_out: bool
    sides: tuple[str, str]
    shown: Mapping[str, Cycles] = field(repr=False)


def evaluate(
    run: Run,
    metrics: Callable[[], Sequence[FeatureMetric]],
    num_samples: int | None,
    features: str,
    seed: int,
    say: Callable[[str], None],
) -> CollectionsEvaluation:
    """Measures each direction against held-out samples, where there are any, and training samples.

    Args:
        run: The run.
        metrics: Makes the metrics of one direction anew.
        num_samples: Samples of each collection to take at most; `None` for 1,000.
        features: Name of what the metrics look through.
        seed: Kept with the figures; nothing is drawn.
        say: Called with a line of progress now and then.

    Raises:
        ValueError: if `num_samples` is less than 1.
    """
    most = MOST if num_samples is None else whole("num_samples", num_samples, 1)
    choice = run.chosen_before()
    model = loaded(choice.checkpoint)
    splits = run.plan.load(say)
    same_data.check(run, splits, say, choice.checkpoint)
    players = players_on(model, splits.validation)
    one_by_one = replace(run.plan, recipe=replace(run.plan.recipe, batch_size=1))
    sources = {HELD_OUT: splits.validation, TRAINING: one_by_one.load().train}
    notes, figures, looks = [], [], {}
    for against, source in sources.items():
        if source is None:
            notes.append("No held-out samples: against training samples alone, learning them by heart looks best.")
            continue
        say(f"Measuring translations against {'held-out' if against == HELD_OUT else 'training'} samples ...")
        looks[against] = [_Look(model, way, metrics()) for way in model.directions]
        left = most
        for a, b in source.as_numpy_iterator():
            for look in looks[against]:
                given, real = (a, b) if look.way == DIRECTIONS[0] else (b, a)
                look.take(given[:left], real[:left])
            left -= len(a[:left])
            if left == 0:
                break
        figures += [figure for look in looks[against] for figure in look.figures(against)]
    shown = looks.get(HELD_OUT, looks[TRAINING])
    if not all(look.finite for look in shown):
        notes.append("No pictures: a translator makes numbers that are not finite.")
    return CollectionsEvaluation(
        players=players,
        figures=figures,
        notes=notes,
        features=features,
        **common_facts(model, splits, seed, choice),
        held_out=HELD_OUT in looks,
        sides=_sides(splits),
        shown={look.way: look.cycles() for look in shown if look.finite},
    )


def _sides(splits: Splits) -> tuple[str, str]:
    return ("a", "b") if splits.sides is None else splits.sides


class _Look:
    """Translations of one direction, compared with samples of the other side, as batches pass by."""

    def __init__(self, model: Any, way: str, metrics: Sequence[FeatureMetric]):
        self.model = model
        self.way = way
        self.finite = True
        self._back = next((one for one in model.directions if one == way[::-1]), None)
        self._metrics = metrics
        self._floors = [type(metric).from_config(metric.get_config()) for metric in metrics]
        self._kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._error, self._count, self._floor_count = 0.0, 0, 0

    def take(self, given: np.ndarray, real: np.ndarray) -> None:
        """Takes in samples to translate, and samples of the other side, `(n, ...)` uint8 or float."""
        if not len(given):
            return
        value_range = self.model.value_range
        seen, others = (values.to_float(tf.constant(one), value_range).numpy() for one in (given, real))
        there = self.model.translated(given, self.way)
        self.finite &= bool(np.isfinite(there).all())
        low, high = value_range
        clipped = np.clip(np.nan_to_num(there), low, high)
        back = seen if self._back is None else self.model.translated(clipped, self._back)
        for metric in self._metrics:
            metric.update_state(others, clipped)
        if seen.shape[1:] == others.shape[1:]:
            self._floor_count += len(seen)
            for floor in self._floors:
                floor.update_state(others, seen)
        self._error += float(np.abs(back - seen).mean(axis=tuple(range(1, seen.ndim))).sum())
        self._count += len(seen)
        shown = (seen, self.model.shown(there), back if self._back is None else self.model.shown(back))
        rows = zip(*(values.to_uint8(np.nan_to_num(one), value_range) for one in shown), strict=True)
        self._kept += list(rows)[: max(0, _SHOWN - len(self._kept))]

    def cycles(self) -> Cycles:
        """The first samples."""
        samples, there, back = (np.stack(column) for column in zip(*self._kept, strict=True))
        return Cycles(samples, there, None if self._back is None else back)

    def figures(self, against: str) -> Iterator[Figure]:
        """One of each metric, and the cycle error where there is a way back."""
        for metric, floor in zip(self._metrics, self._floors, strict=True):
            yield Figure(
                name=f"{self.way}_{metric.name}",
                label=f"{self.way}: {metric.label}",
                better=metric.better,
                against=against,
                value=finite(float(metric.result())),
                floor=finite(float(floor.result())) if self._floor_count else None,
                real_samples=self._count,
                generated_samples=self._count,
                floor_samples=self._floor_count,
            )
        if self._back is None:
            return
        yield Figure(
            name=f"{self.way}_{_CYCLE_ERROR}",
            label=f"{self.way}: Cycle error",
            better="min",
            against=against,
            value=finite(self._error / max(self._count, 1)),
            floor=0.0,
            real_samples=self._count,
            generated_samples=self._count,
            floor_samples=self._count,
        )
