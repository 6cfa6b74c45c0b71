"""How good generated molecules are, by the definitions of MOSES; all take lists of SMILES.

Reference:
    Polykovskiy et al., 2020, Molecular Sets (MOSES): A Benchmarking Platform for Molecular Generation Models.
    arXiv:1811.12823
"""

from kgan.metrics.molecules.descriptors import PROPERTIES, descriptor_distance, properties, property_distance
from kgan.metrics.molecules.parsing import canonical
from kgan.metrics.molecules.shares import novelty, uniqueness, validity
from kgan.metrics.molecules.similarity import internal_diversity, nearest_similarity

__all__ = [
    "PROPERTIES",
    "canonical",
    "descriptor_distance",
    "internal_diversity",
    "nearest_similarity",
    "novelty",
    "properties",
    "property_distance",
    "uniqueness",
    "validity",
]
