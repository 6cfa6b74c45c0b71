"""SMILES as rdkit has them."""

from collections.abc import Sequence
from typing import Any

from kgan.data.molecules.reading import rdkit, silent

__all__ = ["canonical", "molecules"]


def canonical(smiles: Sequence[str]) -> "list[str | None]":
    """Each molecule as rdkit writes it, one spelling for all of its spellings; `None` where it cannot be parsed.

    Args:
        smiles: SMILES.

    Raises:
        DataError: if rdkit is not installed.

    Examples:
        >>> kgan.metrics.molecules.canonical(["OCC", "C1CC"])
        ['CCO', None]
    """
    write = rdkit().MolToSmiles
    return [None if one is None else write(one) for one in molecules(smiles)]


def molecules(smiles: Sequence[str]) -> list[Any]:
    """Molecules of rdkit; `None` for what it cannot parse, and for nothing."""
    parse = rdkit().MolFromSmiles
    with silent():
        found = [parse(one) for one in smiles]
    return [one if one is not None and one.GetNumAtoms() else None for one in found]
