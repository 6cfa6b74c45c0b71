"""The tokens that SMILES are written in: atoms, bonds and rings, and pieces that often stand together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgan.data.splits import DataError

__all__ = ["END", "SmilesVocabulary"]

END = 0  # the code after the last token
_SYMBOL = re.compile(r"\[[^\[\]]+\]|->|<-|Br|Cl|%\d\d|%\(\d+\)|[A-Za-z*]|[0-9]|[-=#$:/\\.()~@+]")
_LEARNED_FROM = 20_000  # molecules whose pairs are counted
_LEAST = 5  # times that a pair must stand there
_BETWEEN = -1  # stands behind each molecule in the flat form


@dataclass(frozen=True)
class SmilesVocabulary:
    """Tokens of SMILES, by whose numbers a molecule is a row of codes; 0 is the end.

    A symbol is an atom (`Cl`, `[nH]`), a bond, a bracket or the number of a ring. Two neighbours that stand together
    more often than any other two become a token of their own, again and again, so that rings and groups come whole.

    Attributes:
        symbols: The smallest tokens, in alphabetical order; their codes begin at 1.
        merges: Pairs of codes that became a token each, in that order; the codes go on.
        length: The most tokens that a molecule may have.

    Examples:
        >>> vocabulary = kgan.data.SmilesVocabulary.of(["CCO", "CCN", "CCCl", "CCBr", "CCF"], tokens=8, length=3)
        >>> vocabulary.tokens
        ('Br', 'C', 'Cl', 'F', 'N', 'O', 'CC')
        >>> vocabulary.encode(["CCO"])[0].tolist()
        [7, 6, 0]
        >>> vocabulary.decode(vocabulary.encode(["CCO", "ClCC"]))
        ['CCO', 'ClCC']

    Reference:
        Li and Fourches, 2021, SMILES Pair Encoding: A Data-Driven Substructure Tokenization Algorithm for Deep
        Learning. J. Chem. Inf. Model. 61, 1560. doi:10.1021/acs.jcim.0c01127
    """

    symbols: tuple[str, ...]
    merges: tuple[tuple[int, int], ...]
    length: int

    @classmethod
    def of(cls, smiles: Sequence[str], tokens: int, length: int, seed: int = 0) -> "SmilesVocabulary":
        """The tokens of some molecules.

        Args:
            smiles: The molecules.
            tokens: How many codes there are at most, that of the end among them; no fewer than the symbols take.
            length: The most tokens that a molecule may have.
            seed: Of the choice of 20,000 molecules whose pairs are counted, where there are more.

        Raises:
            DataError: if a molecule has a character that no SMILES has.
        """
        if len(smiles) > _LEARNED_FROM:
            chosen = np.random.default_rng(seed).choice(len(smiles), _LEARNED_FROM, replace=False)
            symbols = tuple(sorted({symbol for one in smiles for symbol in _split(one)}))
            smiles = [smiles[place] for place in sorted(chosen)]
        else:
            symbols = tuple(sorted({symbol for one in smiles for symbol in _split(one)}))
        flat = _flat(smiles, symbols)
        merges: list[tuple[int, int]] = []
        while len(symbols) + len(merges) + 1 < tokens:
            pair = _commonest(flat, len(symbols) + len(merges) + 1)
            if pair is None:
                break
            merges.append(pair)
            flat = _merged(flat, pair, len(symbols) + len(merges))
        return cls(symbols, tuple(merges), length)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The text of each code, from 1 on."""
        found = list(self.symbols)
        for left, right in self.merges:
            found.append(found[left - 1] + found[right - 1])
        return tuple(found)

    @property
    def size(self) -> int:
        """How many codes there are, that of the end among them."""
        return 1 + len(self.symbols) + len(self.merges)

    def lengths(self, smiles: Sequence[str]) -> np.ndarray:
        """How many tokens each molecule has, int64 `(molecules,)`."""
        return np.diff(np.flatnonzero(np.append([_BETWEEN], self._flat(smiles)) == _BETWEEN)) - 1

    def encode(self, smiles: Sequence[str]) -> np.ndarray:
        """Molecules as codes, uint16 `(molecules, length)`, filled up with the code of the end.

        Raises:
            DataError: if a molecule has a symbol that there is no code of, or more tokens than `length`.
        """
        flat = self._flat(smiles)
        ends = np.flatnonzero(flat == _BETWEEN)
        starts = np.append([0], ends[:-1] + 1)
        lengths = ends - starts
        if len(lengths) and lengths.max() > self.length:
            place = int(lengths.argmax())
            raise DataError(
                f"Expected molecules of {self.length} tokens at most. Received: {smiles[place]}, which has "
                f"{lengths[place]}. Leave it out, or load with a greater longest."
            )
        codes = np.zeros((len(lengths), self.length), np.uint16)
        inside = np.arange(self.length) < lengths[:, None]
        codes[inside] = flat[flat != _BETWEEN]
        return codes

    def decode(self, codes: np.ndarray) -> list[str]:
        """The text of rows of codes, each up to its end."""
        texts = np.array(["", *self.tokens], object)
        return ["".join(texts[row[: _end(row)]]) for row in np.asarray(codes)]

    def to_dict(self) -> dict[str, Any]:
        """The same in plain values."""
        return {"symbols": list(self.symbols), "merges": [list(pair) for pair in self.merges], "length": self.length}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "SmilesVocabulary":
        """What `to_dict` gave."""
        merges = tuple((int(left), int(right)) for left, right in content["merges"])
        return cls(tuple(content["symbols"]), merges, int(content["length"]))

    def _flat(self, smiles: Sequence[str]) -> np.ndarray:
        flat = _flat(smiles, self.symbols)
        for place, pair in enumerate(self.merges):
            flat = _merged(flat, pair, len(self.symbols) + place + 1)
        return flat


def _end(row: np.ndarray) -> int:
    ends = np.flatnonzero(row == END)
    return int(ends[0]) if len(ends) else len(row)


def _split(smiles: str) -> list[str]:
    """The symbols of a molecule.

    Raises:
        DataError: if some characters are none.
    """
    found = _SYMBOL.findall(smiles)
    if sum(map(len, found)) != len(smiles):
        raise DataError(f"Expected SMILES. Received: {smiles!r}, which has other characters than SMILES have.")
    return found


def _flat(smiles: Sequence[str], symbols: Sequence[str]) -> np.ndarray:
    """All codes one after the other, and -1 behind each molecule."""
    codes = {symbol: code for code, symbol in enumerate(symbols, 1)}
    found: list[int] = []
    for one in smiles:
        for symbol in _split(one):
            code = codes.get(symbol)
            if code is None:
                raise DataError(
                    f"Expected symbols that the model knows: {', '.join(symbols)}. Received: {symbol!r} in {one}. "
                    f"Leave the molecule out, or train another model with it."
                )
            found.append(code)
        found.append(_BETWEEN)
    return np.array(found, np.int32)


def _commonest(flat: np.ndarray, size: int) -> "tuple[int, int] | None":
    """The pair of neighbours within a molecule that stands there most often; `None` where all are rare."""
    inside = (flat[:-1] != _BETWEEN) & (flat[1:] != _BETWEEN)
    counts = np.bincount(flat[:-1][inside].astype(np.int64) * size + flat[1:][inside], minlength=1)
    place = int(counts.argmax())
    return divmod(place, size) if counts[place] >= _LEAST else None


def _merged(flat: np.ndarray, pair: tuple[int, int], code: int) -> np.ndarray:
    """The same with one code for each such pair, from the left where pairs overlap."""
    at = np.flatnonzero((flat[:-1] == pair[0]) & (flat[1:] == pair[1]))
    if pair[0] == pair[1] and len(at):  # in a row of three or more, every second place
        first = np.append([True], np.diff(at) > 1)
        of_run = np.arange(len(at)) - np.maximum.accumulate(np.where(first, np.arange(len(at)), 0))
        at = at[of_run % 2 == 0]
    flat = flat.copy()
    flat[at] = code
    return np.delete(flat, at + 1)
