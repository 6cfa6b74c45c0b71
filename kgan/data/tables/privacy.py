"""Differential privacy of a table: what is spent, on what, as the library dp-accounting counts it."""

import importlib
from dataclasses import dataclass
from typing import Any

from kgan._support import json_documents
from kgan._support.checks import whole
from kgan.data.splits import DataError

__all__ = ["OF_VALUES", "TOO_LARGE", "Privacy", "check", "noise_of_table", "paid"]

OF_TABLE = 0.3  # of epsilon, were all of it spent at once, that reading the table may take
OF_VALUES = 0.1  # of delta, for values that are released because several rows have them
TOO_LARGE = 1e-12  # chance that a batch has more rows than there is room for
_MOST_EPSILON = 100.0
_ORDERS = (*range(2, 64), 80, 128, 256, 512, 1024)  # of Renyi divergences: whole ones have a closed form
_ROOM = 1e-6  # of epsilon, that the search for the noise leaves


@dataclass(frozen=True)
class Privacy:
    """Differential privacy of one row: how much noise was added, how often, and what that comes to.

    Two tables are neighbours if one has a row more. Everything that a model of the table is made from, and learns, is
    released by a mechanism for which `P[M(x) in S] <= exp(epsilon) * P[M(y) in S] + delta`.

    Attributes:
        epsilon: What all steps spend together.
        delta: The chance that it does not hold.
        table_noise: Standard deviation of the noise on counts of rows, as the table is read.
        releases: How many such histograms are read; each row counts once in each.
        noise_multiplier: Standard deviation of the noise on the sum of gradients, over the norm that each row's is
            clipped to.
        rate: The chance of each row to be in a batch.
        batch: Rows in a batch on average.
        steps: Updates of the discriminator that are paid for.
    """

    epsilon: float
    delta: float
    table_noise: float
    releases: int
    noise_multiplier: float
    rate: float
    batch: int
    steps: int

    def epsilon_after(self, steps: int) -> float:
        """What is spent after so many updates of the discriminator, reading the table included.

        Raises:
            DataError: if dp-accounting is not installed.
        """
        event = _event(self.table_noise, self.releases, self.noise_multiplier, self.rate, min(steps, self.steps))
        return _epsilon(event, _of_mechanisms(self.delta, self.steps))

    def lines(self) -> list[str]:
        """For a reader."""
        return [
            f"Differential privacy of a row: epsilon {self.epsilon:.4g}, delta {self.delta:.2g}, in {self.steps:,} "
            f"updates by {self.rate:.2%} of the rows each, with {self.noise_multiplier:.3g} times the clipped norm as "
            f"noise."
        ]

    @classmethod
    def from_dict(cls, content: Any) -> "Privacy":
        """What `dataclasses.asdict` gave.

        Raises:
            ValueError: if it is something else.
        """
        return json_documents.made(cls, content, "privacy")


def check(epsilon: float, delta: float) -> None:
    """Refuses an epsilon or delta that means nothing.

    Raises:
        DataError: if one is out of range, or dp-accounting is not installed.
    """
    for name, value, most in (("epsilon", epsilon, _MOST_EPSILON), ("delta", delta, 0.1)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value <= most:
            raise DataError(f"Expected {name} above 0, at most {most:g}. Received: {name}={value!r}.")
    _library()


def noise_of_table(epsilon: float, delta: float, releases: int) -> float:
    """The standard deviation of the noise with which so many histograms take their share of epsilon."""
    library = _library()

    def event(noise: float) -> Any:
        return library.SelfComposedDpEvent(library.GaussianDpEvent(noise), releases)

    return _calibrated(event, OF_TABLE * epsilon, (1.0 - OF_VALUES) * delta)


def paid(
    epsilon: float, delta: float, table_noise: float, releases: int, rows: int, batch: int, epochs: int
) -> Privacy:
    """The noise with which training for so many epochs takes what reading the table left of epsilon.

    Args:
        epsilon: For both.
        delta: For both.
        table_noise: As `noise_of_table`.
        releases: As there.
        rows: Training rows, as they were released.
        batch: Rows in a batch on average.
        epochs: Each of `rows // batch` batches.

    Raises:
        DataError: if there are too few rows for the batch, or delta is so large that it may give a row away.
    """
    whole("private_epochs", epochs, 1)
    if rows < batch:
        raise DataError(
            f"Expected batch_size of at most the training rows, which are about {rows:,}. Received: "
            f"batch_size={batch}. Take a smaller one."
        )
    if delta >= 1.0 / rows:
        raise DataError(
            f"Expected delta below one over the number of rows, 1/{rows:,}, because a release of one whole row at "
            f"random has that. Received: delta={delta:g}."
        )
    rate, steps = batch / rows, epochs * (rows // batch)
    left = _of_mechanisms(delta, steps)
    noise = _calibrated(lambda noise: _event(table_noise, releases, noise, rate, steps), epsilon, left)
    spent = _epsilon(_event(table_noise, releases, noise, rate, steps), left)
    return Privacy(spent, delta, table_noise, releases, noise, rate, batch, steps)


def _of_mechanisms(delta: float, steps: int) -> float:
    """What of delta is left for noise: the rest pays for values that are released, and for batches that are cut."""
    return (1.0 - OF_VALUES) * delta - steps * TOO_LARGE


def _event(table_noise: float, releases: int, noise: float, rate: float, steps: int) -> Any:
    library = _library()
    parts = [library.SelfComposedDpEvent(library.GaussianDpEvent(table_noise), releases)]
    if steps:
        step = library.PoissonSampledDpEvent(rate, library.GaussianDpEvent(noise))
        parts.append(library.SelfComposedDpEvent(step, steps))
    return library.ComposedDpEvent(parts)


def _accountant() -> Any:
    orders, relation = _ORDERS, _library().NeighboringRelation.ADD_OR_REMOVE_ONE
    return importlib.import_module("dp_accounting.rdp").RdpAccountant(orders, relation)


def _epsilon(event: Any, delta: float) -> float:
    return float(_accountant().compose(event).get_epsilon(delta))


def _calibrated(event: Any, epsilon: float, delta: float) -> float:
    """The least noise with which the event spends no more than epsilon."""
    return float(_library().calibrate_dp_mechanism(_accountant, event, epsilon, delta, tol=_ROOM))


def _library() -> Any:
    try:
        return importlib.import_module("dp_accounting")
    except ImportError as error:
        raise DataError(
            "Expected dp-accounting, which counts what epsilon is spent. Received: an installation without it. "
            "pip install 'kgan[privacy]' brings it."
        ) from error
