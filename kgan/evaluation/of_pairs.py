"""How near outputs are to their truths: figures on held-out and training pairs, and what doing nothing scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from kgan._support.checks import whole
from kgan.data import values
from kgan.data.splits import extract
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
from kgan.metrics import PSNR, PairMetric
from kgan.run import Run, loaded, same_data

__all__ = ["PairsEvaluation", "Triples", "evaluate", "in_the_place_of_outputs"]

MOST = 1_000  # pairs of each kind: figures of more hardly differ
_SHOWN = 8  # held-out pairs to draw
_EXTREMES = 4  # nearest to their truth, and as many farthest from it
_AT_A_TIME = 16  # pairs


@dataclass(frozen=True)
class Triples:
    """Inputs, outputs and truths to draw, the first axis the same.

    Attributes:
        inputs: `(n, height, width, channels)` uint8.
        outputs: The same of what was made of them.
        truths: The same of what should have been.
        psnr: Of each output, in dB, `(n,)`.
    """

    inputs: np.ndarray
    outputs: np.ndarray
    truths: np.ndarray
    psnr: np.ndarray


@dataclass(frozen=True)
class PairsEvaluation(Evaluation):
    """What `evaluate` found of a model of pairs.

    Attributes:
        held_out: Whether the triples are of held-out pairs; else they are of training pairs.
        shown: The first pairs; `None` where nothing finite comes out.
        nearest: Those whose output is nearest to its truth, the nearest first.
        farthest: Those whose output is farthest from it, the farthest first.
    """

    wording: ClassVar[Wording] = Wording(
        made="outputs",
        instead="input instead",
        columns=("Output against held-out truth", "Input in its place", "Output against training truth"),
        explained="Input in its place is what doing nothing scores: the input itself, compared with the held-out truth "
        "(a grey input as a grey picture in colour; nothing where sizes differ). Against training pairs a generator "
        "that knows them by heart would look best. Figures on other features, or of other pairs, are not comparable. "
        "Below each: outputs : truths.",
    )

    held_out: bool
    shown: Triples | None = field(repr=False)
    nearest: Triples | None = field(repr=False)
    farthest: Triples | None = field(repr=False)


def evaluate(
    run: Run,
    metrics: Callable[[Any], Sequence[PairMetric]],
    num_samples: int | None,
    features: str | None,
    seed: int,
    say: Callable[[str], None],
    instead: "Callable[[Any, np.ndarray, Sequence[int]], np.ndarray | None] | None" = None,
    form: type[PairsEvaluation] = PairsEvaluation,
    pictured: "Callable[[Any, np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, ...]] | None" = None,
) -> PairsEvaluation:
    """Measures outputs against the truths of held-out pairs, where there are any, and of training pairs.

    Args:
        run: The run.
        metrics: Makes the metrics of the model, anew.
        num_samples: Pairs of each kind to take at most; `None` for 1,000.
        features: Name of what the metrics look through; `None` where they look at pixels alone.
        seed: Kept with the figures; nothing is drawn.
        say: Called with a line of progress now and then.
        instead: From the model, inputs `(n, ...)` and the shape of outputs to what stands in the place of outputs,
            `None` for nothing; the inputs themselves, by default.
        form: What the evaluation is, for its wording.
        pictured: From the model, inputs, outputs and truths to pictures of the three, floats in the model's
            `seen_range`; `None` where they are pictures.

    Raises:
        ValueError: if `num_samples` is less than 1.
    """
    most = MOST if num_samples is None else whole("num_samples", num_samples, 1)
    choice = run.chosen_before()
    model = loaded(choice.checkpoint)
    splits = run.plan.load(say)
    same_data.check(run, splits, say, choice.checkpoint)
    players = players_on(model, splits.validation)
    notes, figures, looked = [], [], {}
    one_by_one = replace(run.plan, recipe=replace(run.plan.recipe, batch_size=1))  # else the last ones are left out
    sources = {HELD_OUT: splits.validation, TRAINING: one_by_one.load().train}
    for against, source in sources.items():
        if source is None:
            notes.append("No held-out pairs: against training pairs alone, learning them by heart looks best.")
            continue
        say(f"Measuring outputs against {'held-out' if against == HELD_OUT else 'training'} pairs ...")
        looked[against] = _Look(model, metrics(model), instead, pictured)
        for inputs, truths in _batches(source, most):
            looked[against].take(inputs, truths)
        figures += looked[against].figures(against)
    look = looked.get(HELD_OUT, looked[TRAINING])
    if not look.finite:
        notes.append("No pictures: the generator makes numbers that are not finite.")
    return form(
        players=players,
        figures=figures,
        notes=notes,
        features=features or "pixels",
        **common_facts(model, splits, seed, choice),
        held_out=HELD_OUT in looked,
        shown=look.triples(range(min(_SHOWN, look.count))),
        nearest=look.triples(look.order()[::-1][:_EXTREMES]),
        farthest=look.triples(look.order()[:_EXTREMES]),
    )


def in_the_place_of_outputs(inputs: np.ndarray, shape: Sequence[int]) -> np.ndarray | None:
    """The inputs as if they had come out: grey ones in colour; `None` where they have another shape than outputs.

    Args:
        inputs: `(n, ...)`.
        shape: Of the outputs, `(n, ...)`.
    """
    if inputs.shape == tuple(shape):
        return inputs
    if inputs.shape[:-1] == tuple(shape)[:-1] and inputs.shape[-1] == 1 and shape[-1] == 3:
        return np.repeat(inputs, 3, axis=-1)
    return None


def _batches(source: tf.data.Dataset, limit: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs as they first come, several at a time: one by one, most of the time goes into calls."""
    for element in source.unbatch().take(limit).batch(_AT_A_TIME).as_numpy_iterator():
        yield extract(element)


class _Look:
    """Outputs compared with their truths, and those to draw, as pairs pass by.

    Pictures are kept as uint8, of the first pairs and of those nearest to and farthest from their truths so far.
    """

    def __init__(
        self,
        model: Any,
        metrics: Sequence[PairMetric],
        instead: "Callable | None" = None,
        pictured: "Callable | None" = None,
    ):
        self.model = model
        self._pictured = pictured
        self._instead = instead or (lambda model, inputs, shape: in_the_place_of_outputs(inputs, shape))
        self.metrics = metrics
        self._floors = [type(metric).from_config(metric.get_config()) for metric in metrics]
        self._each = PSNR(model.seen_range)
        self._psnr: list[float] = []
        self._kept: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._floor_count = 0
        self.finite = True

    @property
    def count(self) -> int:
        """How many pairs were seen."""
        return len(self._psnr)

    def take(self, inputs: np.ndarray, truths: np.ndarray) -> None:
        """Takes in pairs `(n, ...)`, uint8 or float."""
        value_range = self.model.value_range
        outputs, truths_seen = self.model.translate(inputs), values.to_float(tf.constant(truths), value_range)
        if not np.isfinite(outputs).all():
            self.finite = False
        for metric in self.metrics:
            metric.update_state(truths_seen, outputs)
        instead = self._instead(self.model, inputs, outputs.shape)
        if instead is not None:
            self._floor_count += len(inputs)
            for floor in self._floors:
                floor.update_state(truths_seen, values.to_float(tf.constant(instead), value_range))
        if self._pictured is not None:
            inputs, outputs, truths = self._pictured(self.model, inputs, outputs, truths)
            truths_seen, value_range = tf.constant(truths), self.model.seen_range
        each = self._each.of_each(truths_seen, tf.constant(outputs)).numpy()
        for place, psnr in enumerate(each):
            self._kept[self.count] = tuple(
                one[place] if one.dtype == np.uint8 else values.to_uint8(np.nan_to_num(one[place]), value_range)
                for one in (inputs, outputs, truths)
            )
            self._psnr.append(float(psnr))
        order = self.order()
        kept = {*range(_SHOWN), *order[:_EXTREMES], *order[-_EXTREMES:]}
        self._kept = {number: triple for number, triple in self._kept.items() if number in kept}

    def order(self) -> list[int]:
        """Numbers of the pairs, the output farthest from its truth first."""
        return [int(number) for number in np.argsort(self._psnr, kind="stable")]

    def triples(self, numbers: Sequence[int]) -> Triples | None:
        """Those pairs; `None` where nothing finite comes out or nothing was seen."""
        if not self.finite or not self.count:
            return None
        kept = [self._kept[number] for number in numbers]
        columns = (np.stack(column) for column in zip(*kept, strict=True))
        return Triples(*columns, np.array([self._psnr[number] for number in numbers]))

    def figures(self, against: str) -> Iterator[Figure]:
        """A figure of each metric."""
        for metric, floor in zip(self.metrics, self._floors, strict=True):
            yield Figure(
                name=metric.name,
                label=metric.label,
                better=metric.better,
                against=against,
                value=finite(float(metric.result())),
                floor=finite(float(floor.result())) if self._floor_count else None,
                real_samples=self.count,
                generated_samples=self.count,
                floor_samples=self._floor_count,
            )
