"""Molecules written by a generator, token by token.

A network gives scores of the next token; one is drawn by them (Gumbel's maximum), until it is the end. Free of kgan:
its text goes into the program that is copied into a bundle.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .bundle_file import BundleError, is_size, short
from .latent_draws import LARGEST_SEED

__all__ = ["MOLECULES", "MoleculeTokens", "MoleculeWriting", "parses", "rdkit_of_molecules"]

MOLECULES = 256  # that are written at once
MOST_TOKENS, LONGEST_TOKEN, MOST_LENGTH = 10_000, 1_000, 256  # of files, which may come from anyone
TRIES = 20  # molecules that are written at most for each that is asked for, where only those that parse are kept
END = 0

Step = Callable[[np.ndarray, Sequence[np.ndarray]], Sequence[np.ndarray]]


class MoleculeTokens:
    """The tokens of a generator of molecules.

    Args:
        content: What the metadata says: symbols, merges of two codes each, and the length.

    Attributes:
        texts: Of each code; that of the end is empty.
        size: How many codes there are.
        length: Tokens of a molecule at most.
    """

    def __init__(self, content: Any) -> None:
        given = content if isinstance(content, dict) else {}
        symbols: Any = given.get("symbols")
        merges: Any = given.get("merges")
        length: Any = given.get("length")
        fits = isinstance(symbols, list) and all(isinstance(one, str) and one for one in symbols)
        fits = fits and isinstance(merges, list) and is_size(length) and length <= MOST_LENGTH
        if not fits or len(symbols) + len(merges) >= MOST_TOKENS:
            raise ValueError(f"tokens {short(content)}")
        texts = ["", *symbols]
        for pair in merges:
            known = isinstance(pair, list) and len(pair) == 2 and all(is_size(one) for one in pair)
            if not known or max(pair) >= len(texts):
                raise ValueError(f"a pair of tokens {short(pair)}")
            texts.append(texts[pair[0]] + texts[pair[1]])
            if len(texts[-1]) > LONGEST_TOKEN:
                raise ValueError(f"a token of {len(texts[-1])} characters")
        self.texts, self.size, self.length = np.array(texts, object), len(texts), length


class MoleculeWriting:
    """Writes molecules.

    Args:
        tokens: `MoleculeTokens`.
        widths: Of the network's states.
        step: From tokens `(molecules, size)` with a one each and states `(molecules, width)`, float32, to scores
            `(molecules, size)` and the states after them.
    """

    def __init__(self, tokens: MoleculeTokens, widths: Sequence[int], step: Step) -> None:
        self.tokens, self.widths, self.step = tokens, tuple(widths), step

    def parts(self, count: int, seed: int, valid: bool = False) -> Iterator[list[str]]:
        """SMILES, some at a time; the first do not depend on `count`.

        Args:
            count: How many, 1 or more.
            seed: 0 to 2**32 - 1.
            valid: Whether only molecules that rdkit parses are kept, and others written in place of the rest.

        Raises:
            BundleError: if `count` or `seed` is out of range, rdkit is not installed where `valid`, or hardly any
                molecule parses.
        """
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise BundleError(f"Expected count >= 1, a whole number. Received: count={short(count)}.")
        if not isinstance(seed, (int, np.integer)) or not 0 <= seed <= LARGEST_SEED:
            raise BundleError(f"Expected seed between 0 and {LARGEST_SEED}. Received: seed={short(seed)}.")
        if valid:
            rdkit_of_molecules()
        return self._parts(int(count), int(seed), valid)

    def _parts(self, count, seed, valid):
        left, number = count, 0
        while left > 0:
            part = self._part(seed, number, MOLECULES if valid else min(MOLECULES, left))
            if valid:
                part = [one for one, fits in zip(part, parses(part), strict=True) if fits][:left]
            number += 1
            left -= len(part)
            if left and number * MOLECULES >= TRIES * count + MOLECULES:
                raise BundleError(
                    f"Expected {count} molecules that rdkit parses. Received: {count - left} among "
                    f"{number * MOLECULES:,} that were written. Train longer, or leave valid out."
                )
            yield part

    def _part(self, seed, number, rows):
        random, size = np.random.RandomState([seed, number]), self.tokens.size
        codes = np.zeros((rows, self.tokens.length), np.int64)
        states = [np.zeros((rows, width), np.float32) for width in self.widths]
        token, going = np.zeros(rows, np.int64), np.ones(rows, bool)
        for place in range(self.tokens.length):
            noise = -np.log(-np.log(np.maximum(random.random_sample((MOLECULES, size))[:rows], 1e-300)))
            scores, *states = self.step(np.eye(size, dtype=np.float32)[token], states)
            token = np.where(going, np.argmax(scores + noise, axis=1), END)
            codes[:, place] = token
            going &= token != END
            if not going.any():
                break
        return ["".join(texts) for texts in self.tokens.texts[codes]]


def rdkit_of_molecules() -> Any:
    """The module `rdkit.Chem`."""
    try:
        return importlib.import_module("rdkit.Chem")
    except ImportError as error:
        raise BundleError(
            "Expected rdkit, which says what molecules are. Received: an installation without it. pip install rdkit, "
            "or leave valid out."
        ) from error


def parses(smiles: Sequence[str]) -> list[bool]:
    """Whether rdkit parses each as a molecule of an atom or more."""
    chem = rdkit_of_molecules()
    block = importlib.import_module("rdkit.rdBase").BlockLogs()  # a line for each that it cannot
    try:
        return [(molecule := chem.MolFromSmiles(one)) is not None and molecule.GetNumAtoms() > 0 for one in smiles]
    finally:
        del block
