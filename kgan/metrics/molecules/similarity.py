"""How alike molecules are: Tanimoto similarity of their Morgan fingerprints."""

import math
from collections.abc import Sequence

import numpy as np

from kgan._support.checks import whole
from kgan.data.molecules.reading import rdkit
from kgan.metrics.molecules.parsing import molecules

__all__ = ["internal_diversity", "nearest_similarity"]

_RADIUS, _BITS = 2, 1024  # MOSES's
_AT_ONCE = 2_000


def internal_diversity(smiles: Sequence[str], p: int = 1) -> float:
    """How different molecules of one set are from each other, 0 to 1: `1 - (mean_ij T(i, j)^p)^(1/p)`, as MOSES has it.

    T is the Tanimoto similarity of Morgan fingerprints (radius 2, 1,024 bits), the mean over all pairs, each molecule
    with itself among them. MOSES takes the root of each molecule's mean, then the mean over molecules; so does this.

    Args:
        smiles: Generated SMILES; those that rdkit cannot parse are passed over.
        p: 1, or 2 for MOSES's IntDiv2, which sees small clusters of like molecules better.

    Returns:
        NaN where none is valid.

    Raises:
        DataError: if rdkit is not installed.
        ValueError: if `p` is less than 1.

    Examples:
        >>> kgan.metrics.molecules.internal_diversity(["CCO", "CCO"])
        0.0
    """
    p, bits = whole("p", p, 1), _fingerprints(smiles)
    if not len(bits):
        return math.nan
    means = sum((part**p).sum(axis=0) for part in _similarities(bits, bits)) / len(bits)
    return float(1.0 - np.mean(means ** (1.0 / p)))


def nearest_similarity(smiles: Sequence[str], reference: Sequence[str]) -> float:
    """MOSES's SNN: the mean over generated molecules of their similarity to the nearest of a reference, 0 to 1.

    Args:
        smiles: Generated SMILES; those that rdkit cannot parse are passed over.
        reference: Held-out molecules.

    Returns:
        NaN where none is valid on one of the sides.

    Raises:
        DataError: if rdkit is not installed.

    Examples:
        >>> kgan.metrics.molecules.nearest_similarity(["CCO"], ["OCC", "c1ccccc1"])
        1.0
    """
    bits, others = _fingerprints(smiles), _fingerprints(reference)
    if not len(bits) or not len(others):
        return math.nan
    return float(np.mean(np.max([part.max(axis=0) for part in _similarities(others, bits)], axis=0)))


def _fingerprints(smiles: Sequence[str]) -> np.ndarray:
    """float32 `(valid, 1024)` of 0 and 1."""
    generator = rdkit("rdkit.Chem.rdFingerprintGenerator").GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
    found = [generator.GetFingerprintAsNumPy(one) for one in molecules(smiles) if one is not None]
    return np.stack(found).astype(np.float32) if found else np.zeros((0, _BITS), np.float32)


def _similarities(some: np.ndarray, others: np.ndarray):
    """Tanimoto similarities `(part, others)`, some rows at a time; 1 of two molecules without a bit."""
    counts = others.sum(axis=1)
    for start in range(0, len(some), _AT_ONCE):
        part = some[start : start + _AT_ONCE]
        common = part @ others.T
        either = part.sum(axis=1)[:, None] + counts[None] - common
        yield np.where(either > 0, common / np.maximum(either, 1.0), 1.0).astype(np.float64)
