"""A verdict, and what it can be."""

from dataclasses import dataclass

__all__ = [
    "BALANCED",
    "CLOSE",
    "COLLAPSED",
    "DEAD",
    "DISCRIMINATOR_WINS",
    "DIVERGED",
    "FAR",
    "FEW_CLASSES",
    "IGNORES_INPUT",
    "IMPROVING",
    "MEMORISED",
    "NO_GRADIENT",
    "OSCILLATING",
    "OVERFITTING",
    "SETTLED",
    "TOO_EARLY",
    "UNLEARNED",
    "UNREMARKABLE",
    "UNTRANSLATED",
    "WELL",
    "WITHIN_REACH",
    "WORSENING",
    "Verdict",
]


@dataclass(frozen=True)
class Verdict:
    """What training looks like.

    Attributes:
        name: Of the verdict, `"balanced"`.
        because: The figures that say so.
        advice: What to try first.
        game: What the game between the players looks like, `"even"`, `"one-sided"` or what is wrong with it; empty of
            a model whose outputs each have a truth, and in records of earlier versions.
        samples: What the samples look like, `"far from the data, improving"`; empty where that is not known.
    """

    name: str
    because: str
    advice: str
    game: str = ""
    samples: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.because} {self.advice}".strip()


# Of any model.
TOO_EARLY = "too early to say"
DISCRIMINATOR_WINS = "discriminator wins"
DEAD = "discriminator is dead"
OVERFITTING = "overfitting the reals"
DIVERGED = "diverged"

# Of samples from latents. The first four are of the samples, where nothing is wrong with the game.
FAR = "far from the data"
WORSENING = "getting worse"
BALANCED = "balanced"
CLOSE = "as close as reals"
NO_GRADIENT = "generator gets no gradient"
OSCILLATING = "oscillating"
COLLAPSED = "collapsed"

# Of either.
IMPROVING = "improving"

# Of outputs that each have a truth.
SETTLED = "as close as it gets"
IGNORES_INPUT = "output ignores the input"
MEMORISED = "knows its pairs by heart"

# Of translations between collections without pairs.
WITHIN_REACH = "comes back as well as it gets"
UNTRANSLATED = "nothing is translated"
UNREMARKABLE = "nothing stands out"

# Of classes of two domains.
UNLEARNED = "source is not learned"
FEW_CLASSES = "few classes of the target"

WELL = (BALANCED, CLOSE, IMPROVING, SETTLED, WITHIN_REACH, UNREMARKABLE)
