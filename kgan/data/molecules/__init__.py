"""Molecules: SMILES read off files, and written as tokens."""

from kgan.data.molecules.loading import load_molecules
from kgan.data.molecules.reading import is_smiles
from kgan.data.molecules.vocabulary import SmilesVocabulary

__all__ = ["SmilesVocabulary", "is_smiles", "load_molecules"]
