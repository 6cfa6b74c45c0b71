"""What drawn rows give away of the rows that a model learned from: distances to records, and a membership attack.

All three figures compare with rows that the model never saw. Records of both kinds should be as many, which the caller
sees to: the more there are, the closer the closest one is.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kgan.metrics.tables.distances import closest, ranges_of
from kgan.metrics.tables.mixed import MixedRows, mixed_rows
from kgan.metrics.tables.ranking import AUC, auc

__all__ = [
    "ClosestRecords",
    "adversarial_accuracy",
    "adversarial_accuracy_of",
    "closest_records",
    "closest_records_of",
    "membership_inference",
    "membership_inference_of",
]


class ClosestRecords(NamedTuple):
    """How far rows lie from the training record that is closest, by Gower's distance.

    Attributes:
        drawn: The median over drawn rows.
        held_out: The median over held-out rows, which is what nobody copied.
        nearer_training: The share of drawn rows that have a training record closer than any held-out one, ties counted
            half; 0.5 where there are as many of both and nothing was learned by heart.
        copies: The share of drawn rows at distance 0 from a training record.
        copies_held_out: The same of held-out rows.
    """

    drawn: float
    held_out: float
    nearer_training: float
    copies: float
    copies_held_out: float


def closest_records(
    training: Any, held_out: Any, drawn: Any, *, ordered: Sequence[str] | None = None
) -> ClosestRecords:
    """Distances to the closest record, of drawn rows beside held-out ones.

    Args:
        training: Rows that the model learned from, a pandas DataFrame.
        held_out: Rows of the same table that it did not.
        drawn: Generated rows.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.

    Raises:
        DataError: if a table has no row, or lacks a column.

    Examples:
        >>> tables = ([0.0, 10.0], [4.0, 6.0], [0.0, 5.0])
        >>> frames = [kgan.data.tables.reading.frame_of({"size": one}) for one in tables]
        >>> kgan.metrics.tables.closest_records(*frames).copies
        0.5
    """
    return closest_records_of(*mixed_rows(training, held_out, drawn, ordered=ordered))


def closest_records_of(training: MixedRows, held_out: MixedRows, drawn: MixedRows) -> ClosestRecords:
    """`closest_records` of rows that are numbers and codes already."""
    ranges = ranges_of(training)
    of_drawn = closest(drawn, training, ranges).distance
    of_held_out = closest(held_out, training, ranges).distance
    others = closest(drawn, held_out, ranges).distance
    return ClosestRecords(
        drawn=float(np.median(of_drawn)),
        held_out=float(np.median(of_held_out)),
        nearer_training=float(np.mean((of_drawn < others) + 0.5 * (of_drawn == others))),
        copies=float(np.mean(of_drawn == 0.0)),
        copies_held_out=float(np.mean(of_held_out == 0.0)),
    )


def adversarial_accuracy(real: Any, drawn: Any, *, ordered: Sequence[str] | None = None) -> float:
    """How often the closest other row is of a row's own kind: 0.5 for rows alike, 1 for others, 0 for copies.

    `AA = 1/2 (mean_i [d_RD(i) > d_RR(i)] + mean_i [d_DR(i) > d_DD(i)])`, ties counted half. Of held-out reals less that
    of training reals it is the paper's loss of privacy.

    Args:
        real: Rows of the table, a pandas DataFrame of at least 2.
        drawn: As many generated rows.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.

    Raises:
        DataError: if a table has no row, or lacks a column.
        ValueError: if the two are not as many, or fewer than 2.

    Reference:
        Yale et al., 2020, Generation and Evaluation of Privacy Preserving Synthetic Health Data. Neurocomputing 416.
    """
    return adversarial_accuracy_of(*mixed_rows(real, drawn, ordered=ordered))


def adversarial_accuracy_of(real: MixedRows, drawn: MixedRows) -> float:
    """`adversarial_accuracy` of rows that are numbers and codes already.

    Raises:
        ValueError: if the two are not as many, or fewer than 2.
    """
    if real.rows != drawn.rows or real.rows < 2:
        raise ValueError(
            f"Expected as many real rows as drawn ones, 2 at least. Received: {real.rows} and "
            f"{drawn.rows}. Draw as many."
        )
    ranges = ranges_of(real)
    shares = []
    for own, others in ((real, drawn), (drawn, real)):
        among = closest(own, own, ranges, but_itself=True).distance
        across = closest(own, others, ranges).distance
        shares.append(np.mean((across > among) + 0.5 * (across == among)))
    return float(np.mean(shares))


def membership_inference(training: Any, held_out: Any, drawn: Any, *, ordered: Sequence[str] | None = None) -> AUC:
    """How well an attacker who has drawn rows alone tells training records from others: 0.5 is luck.

    The attacker takes for a member whoever has a drawn row close by; the score of a record is less its distance to the
    closest drawn row.

    Args:
        training: Rows that the model learned from, a pandas DataFrame.
        held_out: Rows of the same table that it did not.
        drawn: Generated rows.
        ordered: The columns whose order counts. `None` takes those of numbers and dates.

    Raises:
        DataError: if a table has no row, or lacks a column.

    Reference:
        Chen et al., 2020, GAN-Leaks: A Taxonomy of Membership Inference Attacks against Generative Models.
        arXiv:1909.03935
    """
    return membership_inference_of(*mixed_rows(training, held_out, drawn, ordered=ordered))


def membership_inference_of(training: MixedRows, held_out: MixedRows, drawn: MixedRows) -> AUC:
    """`membership_inference` of rows that are numbers and codes already."""
    ranges = ranges_of(training)
    return auc(*(-closest(rows, drawn, ranges).distance for rows in (training, held_out)))
