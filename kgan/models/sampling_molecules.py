"""Drawing molecules from a model of them; `kgan.export` has the drawing, which a bundle has too."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._support import limits, seeds
from kgan._support.checks import whole

__all__ = ["SamplesMolecules", "write_with"]

_LARGEST_SEED = 2**32 - 1
_TEXT = 128  # bytes that one takes
_WRITING: list[Callable[[], ModuleType]] = []


def write_with(writing: Callable[[], ModuleType]) -> None:
    """Says who writes: a function that imports `kgan.export.portable.molecule_writing`."""
    _WRITING[:] = [writing]


class SamplesMolecules:
    """`sample` of a `kgan.Molecules`; mixed in before `kgan.AdversarialModel`.

    It reads the model's `vocabulary`, `state_widths` and `network(averaged)`.
    """

    def sample(self, n: int, seed: int | None = None, *, valid: bool = False, averaged: bool = True) -> list[str]:
        """Draws molecules, as SMILES that nobody has looked at: some may be none, which rdkit then cannot parse.

        Args:
            n: How many, at least 1.
            seed: 0 to 2**32 - 1. The same seed gives the same molecules here and in the exported bundle, and the first
                do not depend on `n`. `None` takes a fresh one.
            valid: Whether only molecules that rdkit parses are kept, and others drawn in place of the rest.
            averaged: Draw from the averaged generator, where there is one.

        Examples:
            >>> alcohols = ["C" * number + "O" for number in range(1, 21)]
            >>> splits = kgan.data.load_molecules(alcohols, batch_size=4, validation_split=0.0)
            >>> molecules = kgan.Molecules.of(splits, width=8, seed=0)
            >>> all(set(one) <= {"C", "O"} for one in molecules.sample(5, seed=0))
            True

        Raises:
            ValueError: if `n` or `seed` is out of range; if rdkit is not installed where `valid`, or hardly any
                molecule parses.
        """
        n = whole("n", n, 1)
        limits.check_bytes("n", n, n * _TEXT, "Draw them in several calls with a seed each.")
        seed = seeds.fresh(_LARGEST_SEED + 1) if seed is None else seed
        (module,) = _WRITING
        writing = module()
        tokens = writing.MoleculeTokens(self.vocabulary.to_dict())
        drawn = writing.MoleculeWriting(tokens, self.state_widths, _running(self.network(averaged)))
        return [one for part in drawn.parts(n, seed, valid) for one in part]


def _running(network: keras.Model) -> Callable[[np.ndarray, Sequence[np.ndarray]], list[np.ndarray]]:
    """The network as a function of NumPy arrays, traced once."""
    layers = len(network.inputs) - 1

    @tf.function(reduce_retracing=True)
    def run(token: tf.Tensor, states: list[Any]) -> list[tf.Tensor]:
        found = network([token, *states], training=False)
        return [found["scores"], *(found[f"next_state_{layer}"] for layer in range(layers))]

    return lambda token, states: [one.numpy() for one in run(tf.constant(token), [tf.constant(one) for one in states])]
