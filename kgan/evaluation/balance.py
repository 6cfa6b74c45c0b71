"""What an evaluation says of rare classes that were filled up."""

from dataclasses import asdict, dataclass
from pathlib import Path

from kgan.balancing import Augmented

__all__ = ["Balance", "balance_of"]


@dataclass(frozen=True)
class Balance:
    """What came of filling up rare classes.

    Attributes:
        column: What holds the classes, as `kgan.balancing.Augmented` has it.
        added: How many samples were drawn of each class, by its value as text.
        outcomes: What a classifier makes of held-out samples, by how it was taught, as `kgan.balancing.Outcome` has it.
        ways: How it was taught, in words.
        verdict: One sentence.
        what: What is drawn, in the plural.
        classifier: What learned.
        notes: What else there is to say of how it was tried.
        said: The report, for a terminal.
        file: With the training samples and the drawn ones.
    """

    column: str
    added: dict[str, int]
    outcomes: dict[str, dict]
    ways: dict[str, str]
    verdict: str
    what: str
    classifier: str
    notes: list[str]
    said: list[str]
    file: str


def balance_of(found: Augmented, path: Path) -> Balance:
    """What there is to say.

    Args:
        found: What came of it.
        path: The file that holds the filled up samples.
    """
    return Balance(
        column=found.column,
        added={str(value): count for value, count in found.added.items()},
        outcomes={way: asdict(one) for way, one in found.outcomes.items()},
        ways=found.ways,
        verdict=found.verdict,
        what=found.what,
        classifier=found.classifier,
        notes=found.notes(),
        said=[*found.lines(), f"{found.what.capitalize()} in {path}"],
        file=path.name,
    )
