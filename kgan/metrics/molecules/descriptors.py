"""Properties of molecules, and how far the distributions of two sets are apart."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kgan._support import lookup
from kgan.data.molecules.reading import rdkit
from kgan.metrics.frechet import frechet_distance
from kgan.metrics.molecules.parsing import molecules
from kgan.metrics.moments import Moments

__all__ = ["PROPERTIES", "descriptor_distance", "properties", "property_distance"]

PROPERTIES: dict[str, Callable[[Any], float]] = {
    "logP": lambda one: rdkit("rdkit.Chem.Crippen").MolLogP(one),
    "QED": lambda one: rdkit("rdkit.Chem.QED").qed(one),
    "SA": lambda one: rdkit("rdkit.Contrib.SA_Score.sascorer").calculateScore(one),
    "weight": lambda one: rdkit("rdkit.Chem.Descriptors").MolWt(one),
}
_DESCRIPTORS = (  # of rdkit.Chem.Descriptors
    "MolWt",
    "MolLogP",
    "MolMR",
    "TPSA",
    "LabuteASA",
    "FractionCSP3",
    "NumHDonors",
    "NumHAcceptors",
    "NumRotatableBonds",
    "RingCount",
    "NumAromaticRings",
    "HeavyAtomCount",
)


def properties(smiles: Sequence[str], name: str) -> np.ndarray:
    """A property of each valid molecule, float64 `(valid,)`.

    Args:
        smiles: SMILES; those that rdkit cannot parse are passed over.
        name: `"logP"` (Crippen's); `"QED"`, how like a drug it is, 0 to 1; `"SA"`, how hard to make, 1 to 10 (Ertl's);
            `"weight"`, in daltons.

    Raises:
        DataError: if rdkit is not installed.
        ValueError: if there is no such property.

    Examples:
        >>> kgan.metrics.molecules.properties(["CCO"], "weight").round(3).tolist()
        [46.069]
    """
    value = lookup.find("property", name, PROPERTIES)
    return np.array([value(one) for one in molecules(smiles) if one is not None], np.float64)


def property_distance(smiles: Sequence[str], reference: Sequence[str], name: str) -> float:
    """The Wasserstein distance between a property's distributions, in units of the property; 0 is the same.

    Args:
        smiles: Generated SMILES; those that rdkit cannot parse are passed over.
        reference: Held-out molecules.
        name: As of `properties`.

    Returns:
        NaN where none is valid on one of the sides.

    Raises:
        DataError: if rdkit is not installed.
        ValueError: if there is no such property.

    Examples:
        >>> round(kgan.metrics.molecules.property_distance(["CCO"], ["OCC"], "logP"), 6)
        0.0
    """
    some, others = properties(smiles, name), properties(reference, name)
    if not len(some) or not len(others):
        return math.nan
    at = np.sort(np.concatenate([some, others]))
    passed = [np.searchsorted(np.sort(one), at[:-1], side="right") / len(one) for one in (some, others)]
    return float(np.sum(np.abs(passed[0] - passed[1]) * np.diff(at)))


def descriptor_distance(smiles: Sequence[str], reference: Sequence[str]) -> float:
    """The Frechet distance between twelve descriptors of two sets of molecules; 0 is the same.

    Each descriptor is measured in standard deviations of the reference: weight, logP, refractivity, two surfaces, the
    share of sp3 carbons, and the numbers of donors, acceptors, rotatable bonds, rings, aromatic rings and heavy atoms.
    It sees whole distributions of these and how they go together, where the ChemNet distance of MOSES looks through a
    network that takes PyTorch.

    Args:
        smiles: Generated SMILES; those that rdkit cannot parse are passed over.
        reference: Held-out molecules.

    Returns:
        NaN where fewer than two are valid on one of the sides.

    Raises:
        DataError: if rdkit is not installed.

    Examples:
        >>> kgan.metrics.molecules.descriptor_distance(["CCO", "CCCO", "CCN"], ["OCC", "OCCC", "NCC"]) < 1e-6
        True
    """
    some, others = _descriptors(smiles), _descriptors(reference)
    if len(some) < 2 or len(others) < 2:
        return math.nan
    mean, deviation = others.mean(axis=0), others.std(axis=0)
    deviation[deviation == 0.0] = 1.0
    found = []
    for one in (some, others):
        moments = Moments()
        moments.update((one - mean) / deviation)
        found.append(moments)
    return float(frechet_distance(*found))


def _descriptors(smiles: Sequence[str]) -> np.ndarray:
    """float64 `(valid, 12)`."""
    module = rdkit("rdkit.Chem.Descriptors")
    each = [getattr(module, name) for name in _DESCRIPTORS]
    return np.array([[value(one) for value in each] for one in molecules(smiles) if one is not None], np.float64)
