"""What the rest of kgan asks of one kind of model, so that no room knows how many kinds there are.

A kind implements `Kind` in a file of `kgan/kinds/` and registers it. Running, evaluating, reporting, exporting and the
command line find it by its name, which a recipe and `config.json` hold, or by the class of a model.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from kgan._support import lookup
from kgan.data.splits import Splits
from kgan.models.adversarial import AdversarialModel

if TYPE_CHECKING:  # rooms that ask a kind, and so come after it
    from pathlib import Path

    from kgan.evaluation import Evaluation
    from kgan.recipes import Recipe
    from kgan.run import Run

__all__ = ["KINDS", "Exported", "Kind", "Panel", "Say", "Standard", "Tensor", "named", "of", "register"]

Say = Callable[[str], None]
_AXES = {
    2: ("length", "channels"),
    3: ("height", "width", "channels"),
    4: ("frames", "height", "width", "channels"),
}


@dataclass(frozen=True)
class Tensor:
    """An input or output of an exported network.

    Attributes:
        name: As artefacts call it, `"latents"`.
        shape: Without the batch; `None` for an axis of any length.
        dtype: `"float32"`, `"int64"`.
        axes: Names of the axes, by which artefacts call those of any length; `("height", "width", "channels")` and the
            like by default. Axes of one name have one length, in inputs and output alike.
        value_range: `(low, high)` of its numbers, `None` for any; of input pictures and of further outputs.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    axes: tuple[str, ...] = ()
    value_range: tuple[float, float] | None = None

    def named_shape(self) -> list[str | int]:
        """The shape with the batch: lengths, and names of axes that have any length."""
        names = self.axes or _AXES.get(len(self.shape), tuple(f"axis_{axis}" for axis in range(len(self.shape))))
        return ["batch", *(names[axis] if size is None else size for axis, size in enumerate(self.shape))]


@dataclass(frozen=True)
class Exported:
    """A trained generator as artefacts hold it.

    Attributes:
        inputs: In order.
        output: The samples, or the only output.
        call: From a generator and its inputs in order to the output, in inference mode; where there are further ones,
            to all of them by name.
        example: From a batch size to inputs by name, to compare artefacts on.
        value_range: `(low, high)` of the output, `None` for any.
        metadata: What the ONNX file carries, so that it can be run without anything beside it.
        card: The same for a reader of `card.json`.
        runner: The file of `export/` that runs the bundle, `"sampler.py"`.
        programs: Further files that a bundle has, by their names in `kgan.export.runners`.
        batches: Batch sizes at which artefacts are compared with Keras. `example` may give another length of free axes
            for each.
        optional: Inputs that an ONNX file has besides, each with a value where it is not given; their batch may be 1.
            `call` takes them after the others, and `example` gives them too.
        defaults: From a generator to those values, by name.
        of_weights: From the generator that is exported, in the precision of the artefacts, to entries of `metadata`
            that depend on its weights.
        draw: From a count and a seed to inputs by name, distributed as those that users draw; `None` where users bring
            their own. Smaller artefacts are measured on them.
        part: From the model's generator to the part of it that is exported; `None` for all of it.
        beside: Further networks of the same model by their names, each written as a bundle of its own into the folder
            of that name within the bundle. `card` says of each which it is, under `"direction"`.
        further: Outputs besides, as masks of the samples, in order. Each is compared with Keras.
        parts: Networks that this one is made of, by their names, each of which may be written into a file of its own.
            The output of one has the name of an input of the next.
    """

    inputs: tuple[Tensor, ...]
    output: Tensor
    call: Callable[..., Any]
    example: Callable[[int], Mapping[str, np.ndarray]]
    value_range: tuple[float, float] | None
    metadata: Mapping[str, str]
    card: Mapping[str, Any] = field(default_factory=dict)
    runner: str = "sampler.py"
    programs: tuple[str, ...] = ()
    batches: tuple[int, ...] = (1, 5, 64)
    optional: tuple[Tensor, ...] = ()
    defaults: Callable[[keras.Model], Mapping[str, np.ndarray]] | None = None
    of_weights: Callable[[keras.Model], Mapping[str, str]] | None = None
    draw: Callable[[int, int], Mapping[str, np.ndarray]] | None = None
    part: Callable[[keras.Model], keras.Model] | None = None
    beside: Mapping[str, "Exported"] = field(default_factory=dict)
    further: tuple[Tensor, ...] = ()
    parts: Mapping[str, "Exported"] = field(default_factory=dict)

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """All outputs, the samples first."""
        return (self.output, *self.further)


@dataclass(frozen=True)
class Panel:
    """Signs that the monitor reads, drawn by the report in one plot over the epochs.

    Attributes:
        signs: Titles by the names that the monitor's record has.
        label: Of the vertical axis, with its unit.
        limits: Of the vertical axis; `None` for those that fit.
        level: A height worth a line across, and what it is; `None` for none.
        logarithmic: Whether the axis is logarithmic where figures differ much.
    """

    signs: Mapping[str, str]
    label: str
    limits: tuple[float, float] | None = None
    level: tuple[float, str] | None = None
    logarithmic: bool = False


@dataclass(frozen=True)
class Standard:
    """By what the epochs of a run are told from each other.

    Attributes:
        metric: A column of `log.csv`, `"val_kernel_distance"`.
        highest: Whether the highest is the best, or the lowest.
        slack: Share of the best value within which another is as good: metrics of some hundred samples are noisy.
        trusted: Whether the best epoch by it is exported unless told otherwise.
        because: Why it is, or is not: a clause without a full stop.
    """

    metric: str
    highest: bool
    slack: float
    trusted: bool
    because: str

    def better(self, value: float, other: float) -> bool:
        """Whether the value is better than the other; never where either is NaN."""
        return value > other if self.highest else value < other

    def as_good(self, value: float, best: float) -> bool:
        """Whether the value is as good as the best, up to the slack; never where either is not finite."""
        if not (math.isfinite(value) and math.isfinite(best)):
            return False
        worse = best - value if self.highest else value - best
        return worse <= self.slack * abs(best)


class Kind(ABC):
    """One kind of model, and all that it needs from data to report.

    Attributes:
        name: As recipes and `config.json` call it.
        model: The class. The settings of a recipe's `model` are arguments of its constructor.
        loader: The function of `kgan.data` that loads, as a `staticmethod`. The settings of a recipe's `data` are
            arguments of it.
        options: What else `build` reads from a recipe's `model`, by name, with the value where a recipe is silent.
        compared_by: Columns of `log.csv` that runs are compared by; the first that a run has.
        panels: What the report draws of the monitor's signs.
        several_discriminators: Whether `build` takes a recipe with several of them.
        places: How many places the data may come from, which `source` has in one text, `"horses + zebras"`.
        takes_pairs: Whether samples have no truths of their own, and an evaluation may be given pairs that do.
        takes_balance: Whether an evaluation may be asked to fill up rare classes, by `balanced`.
    """

    name: str
    model: type[AdversarialModel]
    compared_by: Sequence[str]
    panels: Sequence[Panel]
    loader: Callable[..., Splits]
    options: Mapping[str, bool | int | float | str | tuple] = MappingProxyType({})
    places: int = 1
    takes_pairs: bool = False
    takes_balance: bool = False
    several_discriminators: bool = False

    @abstractmethod
    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The data as pipelines of batches.

        Args:
            source: What the user named: `"digits"`, a folder, a file.
            batch_size: Samples in a batch.
            options: The recipe's `data`, as `image_size`.
            seed: Of the order and of the choice of held-out samples.
            strict: Whether a damaged sample is an error.

        Raises:
            DataError: if the data is missing, or is not what this kind trains on.
        """

    @abstractmethod
    def build(
        self, recipe: "Recipe", splits: Splits, seed: int, metrics: Sequence[keras.metrics.Metric] = ()
    ) -> AdversarialModel:
        """The compiled model that a recipe describes, for this data, with fresh weights.

        Raises:
            ValueError: if the networks cannot be built for this data, or a setting is out of range.
        """

    @abstractmethod
    def check_same_data(self, model: AdversarialModel, splits: Splits) -> None:
        """Refuses data that a saved model was not trained on.

        Raises:
            ValueError: if shapes or classes differ.
        """

    def refused(self, recipe: "Recipe") -> Mapping[str, str]:
        """Arguments of training that would break what the recipe promises, `"retries"` or `"init_from"`, and why.

        Args:
            recipe: Of this kind.
        """
        return {}

    @abstractmethod
    def features_for(self, features: str | None, source: str) -> str | None:
        """What metrics look through: the recipe's `features`, with `"auto"` resolved for this data; `None` for none.

        Args:
            features: As the recipe has them.
            source: As for `load`.

        Raises:
            ValueError: if there are no such features.
        """

    @abstractmethod
    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[keras.metrics.Metric]:
        """The metrics that are worked out after each epoch on `held_out` held-out samples; none where they are too few.

        Raises:
            ExtractorError: if the features cannot be had, or do not take such samples.
        """

    @abstractmethod
    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        """What a user should know about these metrics before training begins, a line each.

        Args:
            asked: Features as the recipe has them, perhaps `"auto"`.
            features: The same as `features_for` resolved them.
            splits: The data.
            held_out: How many samples are held out.
        """

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """By what the best epoch is told; `None` where nothing tells it.

        Args:
            features: What the metrics look through; `None` for no metrics.
            held_out: How many samples are held out.
        """
        return None

    @abstractmethod
    def drawing(self, run: "Run") -> list[keras.callbacks.Callback]:
        """Callbacks that draw something into the run folder after each epoch."""

    @abstractmethod
    def monitor(self, features: str | None, path: "Path", say: Say) -> keras.callbacks.Callback:
        """A callback that looks at the players and gives verdicts; `EquilibriumMonitor` has what it must offer."""

    @abstractmethod
    def evaluate(self, run: "Run", num_samples: int | None, features: Any, seed: int, say: Say) -> "Evaluation":
        """Figures of the last checkpoint on training and held-out data, with what to draw."""

    def check_balance(self, run: "Run", column: str) -> None:
        """Refuses what `balanced` would refuse, before the evaluation, which takes long.

        Raises:
            ValueError: if the kind fills up no rare classes, or there is no such column.
        """
        raise ValueError(f"Expected balance=None for the kind {self.name}. Received: balance={column!r}.")

    def balanced(self, run: "Run", evaluation: "Evaluation", column: str, seed: int, say: Say) -> "Evaluation":
        """The evaluation with what came of filling up rare classes, of a kind that `takes_balance`.

        Raises:
            ValueError: if the kind does not, or there is no such column.
        """
        raise ValueError(f"Expected balance=None for the kind {self.name}. Received: balance={column!r}.")

    @abstractmethod
    def sections(self, run: "Run", model: AdversarialModel, evaluation: "Evaluation") -> list[str]:
        """The sections of the report that show what this kind makes, as HTML."""

    @abstractmethod
    def exported(self, model: AdversarialModel) -> Exported:
        """What artefacts of the model take and give.

        Raises:
            ValueError: if the generator cannot be exported.
        """

    def settled(self, recipe: "Recipe") -> "Recipe":
        """The recipe that a new run keeps: what must be the same when it is resumed is said; of most kinds all is."""
        return recipe

    def told(self, recipe: "Recipe") -> Mapping[str, str]:
        """What a bundle's cards say of the training besides, by what it is: of most kinds nothing."""
        return {}


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Makes a kind known by its name and by its model's class."""
    KINDS[kind.name] = kind
    return kind


def named(name: str) -> Kind:
    """The kind of that name.

    Raises:
        ValueError: if no kind has that name.
    """
    return lookup.find("kind", name, KINDS)


def of(model: AdversarialModel) -> Kind:
    """The kind of a model: that of its class, or of the nearest class that it is derived from.

    Raises:
        TypeError: if no kind knows the class.
    """
    by_class = {kind.model: kind for kind in KINDS.values()}
    for ancestor in type(model).__mro__:
        if ancestor in by_class:
            return by_class[ancestor]
    raise TypeError(
        f"Expected a model of a kind that kgan knows: {', '.join(one.model.__name__ for one in KINDS.values())}. "
        f"Received: a {type(model).__name__}. Implement kgan.models.kind.Kind for it and register it."
    )
