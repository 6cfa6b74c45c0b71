"""What an evaluation found."""

from dataclasses import asdict, dataclass, field

import numpy as np

TRAINING, HELD_OUT, NOTHING = "training reals", "held-out reals", "no reals"


@dataclass(frozen=True)
class Figure:
    """One figure, and what it holds for.

    Attributes:
        name: As in the logs, `"frechet_distance"`.
        label: For a reader, with the features that it is on, `"Frechet distance (digits)"`.
        better: `"min"`, `"max"`, or `"floor"` where it should be as it is for reals.
        against: `"training reals"`, `"held-out reals"` or `"no reals"`.
        value: Of generated samples; `None` where it is not finite.
        floor: The same for training reals in the place of generated samples: what a perfect generator would come to;
            `None` where there are no such reals left, or it is not finite.
        real_samples: Reals that it is worked out on.
        generated_samples: Generated samples that it is worked out on.
        floor_samples: Training reals in their place.
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
class Neighbours:
    """Samples, and the training reals nearest to each in the extractor's features.

    Attributes:
        samples: `(n, height, width, channels)` uint8.
        classes: Of the samples; `None` for a generator without.
        reals: `(n, k, height, width, channels)` uint8, the nearest first.
        distances: `(n, k)`.
    """

    samples: np.ndarray
    classes: np.ndarray | None
    reals: np.ndarray
    distances: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found; all but the pictures is in `evaluation.json`.

    Attributes:
        players: Both players' figures on held-out data; empty without.
        figures: Of samples of the averaged generator, where there is one.
        notes: What was left out, and why.
        features: Name of what the samples were looked at through.
        averaged: Whether the samples are of an averaged generator.
        seed: Of the samples' latents.
        images_seen: How many images the model was trained on.
        data: What the run was trained on, in words.
        class_names: Of the data; `None` without labels.
        date: When, in UTC.
        versions: With which packages.
        reals: Training reals to draw, `(n, height, width, channels)` uint8.
        neighbours: Samples to draw beside what they resemble; `None` where they are not finite.
    """

    players: dict[str, float | None]
    figures: list[Figure]
    notes: list[str]
    features: str
    averaged: bool
    seed: int
    images_seen: int
    data: str
    class_names: tuple[str, ...] | None
    date: str
    versions: dict[str, str]
    reals: np.ndarray = field(repr=False)
    neighbours: Neighbours | None = field(repr=False)

    def record(self) -> dict:
        """All but the pictures, as plain values."""
        pictures = ("reals", "neighbours")
        plain = {key: value for key, value in vars(self).items() if key not in pictures}
        return {**plain, "figures": [asdict(figure) for figure in self.figures]}

    def lines(self) -> list[str]:
        """A table for a terminal."""
        lines = [f"{name:<34} {spelled(value)}" for name, value in self.players.items()]
        for against in (HELD_OUT, TRAINING, NOTHING):
            shown = [figure for figure in self.figures if figure.against == against]
            if shown:
                first = shown[0]
                title = f"{first.generated_samples:,} samples against {against}"
                lines += ["", f"{title:<44} {'samples':>13} {'reals instead':>14}"]
            for one in shown:
                title = f"{one.label}, {one.real_samples:,} reals" if one.real_samples else one.label
                lines.append(f"{title:<44} {spelled(one.value, one.name):>13} {spelled(one.floor, one.name):>14}")
        return lines


def spelled(value: float | None, name: str = "") -> str:
    """A figure for a reader, to four digits."""
    if value is None:
        return "none alike" if name == "support" else "-"
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:,.0f}"
