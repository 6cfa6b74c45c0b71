"""What an evaluation found."""

import datetime
import math
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

import tensorflow as tf

from kgan.data import Splits
from kgan.models.adversarial import AdversarialModel
from kgan.run import Choice, versions

__all__ = [
    "HELD_OUT",
    "NOTHING",
    "TRAINING",
    "Evaluation",
    "Figure",
    "Wording",
    "common_facts",
    "finite",
    "players_on",
    "spelled",
]

TRAINING, HELD_OUT, NOTHING = "training reals", "held-out reals", "no reals"


@dataclass(frozen=True)
class Figure:
    """One figure, and what it holds for.

    Attributes:
        name: As in the logs, `"frechet_distance"`.
        label: For a reader, with the features that it is on, `"Frechet distance (digits)"`.
        better: `"min"`, `"max"`, or `"floor"` where it should be as it is for reals.
        against: `"training reals"`, `"held-out reals"` or `"no reals"`.
        value: Of what the generator makes; `None` where it is not finite.
        floor: The same for something else in its place, as `Evaluation.wording` says; `None` where there is nothing to
            put there, or it is not finite.
        real_samples: Reals that it is worked out on.
        generated_samples: Generated samples that it is worked out on.
        floor_samples: What is in their place, how many.
    """

    name: str
    label: str
    better: str
    against: str
    value: float | None
    floor: float | None
    real_samples: int
    generated_samples: int
    floor_samples: int


@dataclass(frozen=True)
class Wording:
    """What a reader is told that figures are of.

    Attributes:
        made: What the generator makes, `"samples"`.
        instead: What the floor has in its place, `"reals instead"`.
        columns: Heads of three columns: against held-out data, the floor, against training data.
        explained: What the floor is, and how to read the figures.
    """

    made: str
    instead: str
    columns: tuple[str, str, str]
    explained: str


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found; all but the pictures is in `evaluation.json`.

    Kinds of models add what they have to show to it; a field with `repr=False` is a picture.

    Attributes:
        players: Both players' figures on held-out data; empty without.
        figures: Of what the averaged generator makes, where there is one.
        notes: What was left out, and why.
        features: Name of what was looked through.
        averaged: Whether an averaged generator was measured.
        weights: Of which epoch they are, and why these: those that are exported.
        seed: Of the random draws.
        images_seen: How many images the model was trained on.
        data: What the run was trained on, in words.
        date: When, in UTC.
        versions: With which packages.
        wording: What a reader is told that the figures are of.
    """

    wording: ClassVar[Wording]

    players: dict[str, float | None]
    figures: list[Figure]
    notes: list[str]
    features: str
    averaged: bool
    weights: str
    seed: int
    images_seen: int
    data: str
    date: str
    versions: dict[str, str]

    def record(self) -> dict:
        """All but the pictures, as plain values."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.repr}
        return {**plain, "figures": [asdict(figure) for figure in self.figures]}

    def lines(self) -> list[str]:
        """A table for a terminal."""
        made, instead = self.wording.made, self.wording.instead
        lines = [f"Measured: {self.weights}.", ""]
        lines += [f"{name:<34} {spelled(value)}" for name, value in self.players.items()]
        for against in (HELD_OUT, TRAINING, NOTHING):
            shown = [figure for figure in self.figures if figure.against == against]
            if shown:
                title = f"{shown[0].generated_samples:,} {made} against {against}"
                lines += ["", f"{title:<44} {made:>13} {instead:>14}"]
            for one in shown:
                title = f"{one.label}, {one.real_samples:,} reals" if one.real_samples else one.label
                lines.append(f"{title:<44} {spelled(one.value, one.name):>13} {spelled(one.floor, one.name):>14}")
        return lines


def common_facts(model: AdversarialModel, splits: Splits, seed: int, choice: Choice) -> dict:
    """The fields of an evaluation that every kind of model fills in the same way."""
    return {
        "weights": str(choice),
        "averaged": model.ema_generator is not None,
        "seed": seed,
        "images_seen": int(model.images_seen.numpy()),
        "data": str(splits),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
    }


def players_on(model: AdversarialModel, held_out: "tf.data.Dataset | None") -> dict[str, float | None]:
    """Both players' figures on held-out data, in inference mode; none without."""
    if held_out is None:
        return {}
    model.sample_metrics = []  # they are worked out elsewhere, on more samples
    figures = model.evaluate(held_out, return_dict=True, verbose=0)
    return {name: finite(float(value)) for name, value in figures.items()}


def finite(value: float) -> float | None:
    """The value; `None` where it is not finite, which JSON cannot say."""
    return float(value) if math.isfinite(value) else None


def spelled(value: float | None, name: str = "") -> str:
    """A figure for a reader, to four digits."""
    if value is None:
        return "none alike" if name == "support" else "-"
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:,.0f}"
