"""Validity, uniqueness and novelty: shares of generated molecules."""

import math
from collections.abc import Sequence

from kgan._support.checks import whole
from kgan.metrics.molecules.parsing import canonical

__all__ = ["novelty", "uniqueness", "validity"]


def validity(smiles: Sequence[str]) -> float:
    """The share that rdkit parses, 0 to 1; NaN of none. Nothing (`""`) is no molecule.

    Args:
        smiles: Generated SMILES.

    Raises:
        DataError: if rdkit is not installed.

    Examples:
        >>> kgan.metrics.molecules.validity(["CCO", "c1ccccc1", "C1CC", "CC(C"])
        0.5
    """
    found = canonical(smiles)
    return sum(one is not None for one in found) / len(found) if found else math.nan


def uniqueness(smiles: Sequence[str], k: int | None = None) -> float:
    """The share of different molecules among the first `k` valid ones, 0 to 1; NaN where none is valid.

    Args:
        smiles: Generated SMILES; those that rdkit cannot parse are passed over.
        k: How many; `None` for all. Fewer where there are fewer.

    Raises:
        DataError: if rdkit is not installed.
        ValueError: if `k` is less than 1.

    Examples:
        >>> kgan.metrics.molecules.uniqueness(["CCO", "OCC", "CO", "C1"])  # the first two are one
        0.6666666666666666
    """
    found = [one for one in canonical(smiles) if one is not None][: None if k is None else whole("k", k, 1)]
    return len(set(found)) / len(found) if found else math.nan


def novelty(smiles: Sequence[str], training: Sequence[str]) -> float:
    """The share of different valid molecules that are not in the training data, 0 to 1; NaN where none is valid.

    Args:
        smiles: Generated SMILES; those that rdkit cannot parse are passed over.
        training: Those that the generator was trained on, in any spelling.

    Raises:
        DataError: if rdkit is not installed.

    Examples:
        >>> kgan.metrics.molecules.novelty(["CCO", "CCN", "CCN"], training=["OCC"])
        0.5
    """
    found = set(canonical(smiles)) - {None}
    return len(found - set(canonical(training))) / len(found) if found else math.nan
