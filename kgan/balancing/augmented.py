"""What comes of filling up rare classes: how many samples were drawn, and whether a classifier gains by them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from kgan._support import limits
from kgan.balancing.outcomes import Outcome

__all__ = ["Augmented", "check_share"]

_SURE = 2.0  # standard errors


@dataclass(frozen=True)
class Augmented:
    """Samples whose rare classes are filled up, and what a classifier gains by them.

    Attributes:
        column: What holds the classes: the name of a column, or `"label"` of pictures.
        added: How many samples were drawn of each class that had too few.
        outcomes: What a classifier makes of the held-out samples, by how it was taught: `"none"`, from the samples as
            they are; `"drawn"`, from drawn ones beside them; and from as many that were made by a simple rule.
        what: What is drawn, in the plural.
        classifier: What learns, as a sentence begins with it.
        rules: Names of the simple rules, as a sentence has them, by their keys in `outcomes`.
    """

    what: ClassVar[str] = "samples"
    classifier: ClassVar[str] = "A classifier"
    rules: ClassVar[Mapping[str, str]] = MappingProxyType({})

    column: str
    added: dict[Any, int]
    outcomes: dict[str, Outcome]

    @property
    def helps(self) -> bool:
        """Whether the classifier's F1 rose by more than two standard errors."""
        found = self.outcomes["drawn"]
        return found.gain > _SURE * found.error

    @property
    def verdict(self) -> str:
        """One sentence."""
        if not self.added:
            return f"No class of {self.column!r} lacks {self.what}: nothing was drawn."
        drawn = self.outcomes["drawn"]
        gained = f"F1 changes by {drawn.gain:+.3f}, with a standard error of {drawn.error:.3f}"
        others = [
            f"by {self.outcomes[way].gain:+.3f} with {name}" for way, name in self.rules.items() if self._tried(way)
        ]
        said = ", and ".join((gained, *others))
        if self.helps:
            better = [name for way, name in self.rules.items() if self._tried(way) and self._gains_more(way)]
            less = f", but less than {better[0]}" if better else ""
            return f"Drawn {self.what} help{less}: {said}."
        if drawn.gain < -_SURE * drawn.error:
            return f"Drawn {self.what} do harm: {said}. Learn from the {self.what} as they are."
        return f"Drawn {self.what} do not help: {said}. Learn from the {self.what} as they are."

    @property
    def ways(self) -> dict[str, str]:
        """How the classifier was taught, in words, by the keys of `outcomes`."""
        names = {"none": f"{self.what} as they are", "drawn": f"drawn {self.what} beside them"}
        return names | {way: f"{name} beside them" for way, name in self.rules.items() if self._tried(way)}

    def notes(self) -> list[str]:
        """What else there is to say of how it was tried."""
        return []

    def lines(self) -> list[str]:
        """The report, for a terminal."""
        added = ", ".join(f"{count:,} of {value}" for value, count in self.added.items()) or "none"
        head = f"{'taught by':<28} {self.what:>9} {'F1':>7} {'recall':>7} {'worst':>7}"
        lines = [f"{self.what.capitalize()} drawn: {added}.", *self.notes(), "", head]
        lines += [
            f"{name:<28} {one.rows:>9,} {one.f1:>7.3f} {one.recall:>7.3f} {one.worst:>7.3f}"
            for name, one in ((name, self.outcomes[way]) for way, name in self.ways.items())
        ]
        return [*lines, "", self.verdict]

    def _tried(self, way: str) -> bool:
        return way in self.outcomes

    def _gains_more(self, way: str) -> bool:
        return self.outcomes[way].gain > self.outcomes["drawn"].gain


def check_share(share: float) -> None:
    """Refuses a share that no class can be filled up to.

    Raises:
        ValueError: if it is not above 0 and at most 1.
    """
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0.0 < share <= 1.0:
        raise ValueError(f"Expected share > 0 and at most 1. Received: share={limits.shortened(repr(share))}.")
