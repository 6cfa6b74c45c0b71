"""A verdict, and what it can be."""

from dataclasses import dataclass

__all__ = [
    "BALANCED",
    "COLLAPSED",
    "DEAD",
    "DISCRIMINATOR_WINS",
    "DIVERGED",
    "IGNORES_INPUT",
    "IMPROVING",
    "MEMORISED",
    "NO_GRADIENT",
    "OSCILLATING",
    "OVERFITTING",
    "SETTLED",
    "TOO_EARLY",
    "Verdict",
]


@dataclass(frozen=True)
class Verdict:
    """What training looks like.

    Attributes:
        name: Of the verdict, `"balanced"`.
        because: The figures that say so.
        advice: What to try first.
    """

    name: str
    because: str
    advice: str

    def __str__(self) -> str:
        return f"{self.name}: {self.because} {self.advice}".strip()


# Of any model.
TOO_EARLY = "too early to say"
DISCRIMINATOR_WINS = "discriminator wins"
DEAD = "discriminator is dead"
OVERFITTING = "overfitting the reals"
DIVERGED = "diverged"

# Of samples from latents.
BALANCED = "balanced"
NO_GRADIENT = "generator gets no gradient"
OSCILLATING = "oscillating"
COLLAPSED = "collapsed"

# Of outputs that each have a truth.
IMPROVING = "improving"
SETTLED = "as close as it gets"
IGNORES_INPUT = "output ignores the input"
MEMORISED = "knows its pairs by heart"
