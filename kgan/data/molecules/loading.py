"""`kgan.data.load_molecules`: SMILES as batches of codes to train on."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kgan._support.checks import whole
from kgan.data import fingerprint
from kgan.data.found import Found, listed
from kgan.data.molecules.reading import Read, read
from kgan.data.molecules.vocabulary import SmilesVocabulary
from kgan.data.sources import arrays
from kgan.data.splits import DataError, Splits

__all__ = ["batches", "load_molecules"]

FEWEST = 10  # molecules
_MOST_TOKENS = 10_000
_LONGEST = 256
_NAMED = 8


def load_molecules(
    source: Any,
    batch_size: int = 128,
    *,
    tokens: int = 256,
    longest: int = 32,
    column: str | None = None,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
) -> Splits:
    """Loads molecules for `kgan.Molecules`: rdkit parses each, and writes it as tokens.

    Molecules are written as rdkit writes them, each counts once, and those that rdkit cannot parse are left out,
    counted and named by their lines.

    Args:
        source: A list of SMILES, or a file: `.smi` (a molecule in a line, perhaps a name behind it), `.csv` or `.tsv`
            with a column of SMILES; each also as `.gz`.
        batch_size: Molecules in a batch.
        tokens: How many tokens molecules are written in at most: their symbols, and pieces that often stand together.
        longest: Molecules of more tokens than this are left out, and counted.
        column: Of a table; `None` for `smiles`, in letters of any size.
        validation_split: Share of the molecules that is held out.
        seed: Of the tokens, the split and the order.
        strict: Whether a line that rdkit cannot parse is an error.

    Returns:
        What `kgan.Molecules.fit` takes; `splits.vocabulary` are the tokens. Batches are codes `(batch, length)` uint16.

    Examples:
        >>> alcohols = ["C" * number + "O" for number in range(1, 21)]
        >>> splits = kgan.data.load_molecules(alcohols, batch_size=4, validation_split=0.0)
        >>> splits.count, splits.vocabulary.symbols
        (20, ('C', 'O'))

    Raises:
        DataError: if rdkit is not installed, the source cannot be read, it holds fewer than 10 molecules, or a number
            is out of range.
    """
    _check(tokens, longest, validation_split, seed)
    found = read(source, column, strict)
    if len(found.smiles) < FEWEST:
        raise DataError(
            f"Expected {FEWEST} different molecules or more to learn from. Received: {len(found.smiles)}."
            f"{' ' + _unparsed(found.skipped) if found.skipped else ''}"
        )
    vocabulary = SmilesVocabulary.of(found.smiles, tokens, longest, seed)
    lengths = vocabulary.lengths(found.smiles)
    kept = np.flatnonzero(lengths <= longest)
    if len(kept) < FEWEST:
        raise DataError(
            f"Expected {FEWEST} molecules or more of longest={longest} tokens at most. Received: {len(kept)} of "
            f"{len(lengths)}. Pass longest={int(lengths.max())}, say."
        )
    vocabulary = SmilesVocabulary(vocabulary.symbols, vocabulary.merges, int(lengths[kept].max()))
    codes = vocabulary.encode([found.smiles[place] for place in kept])
    parts = arrays.split(len(codes), validation_split, seed)
    notes = _notes(found, vocabulary, lengths[kept], len(lengths) - len(kept), longest)
    return batches(vocabulary, codes, batch_size, seed, parts, found.skipped, notes)


def batches(
    vocabulary: SmilesVocabulary,
    codes: np.ndarray,
    batch_size: int,
    seed: int,
    parts: tuple[np.ndarray, np.ndarray],
    skipped: "Mapping[str, str] | None" = None,
    notes: "list[str] | None" = None,
) -> Splits:
    """Batches of codes.

    Args:
        vocabulary: The tokens.
        codes: `(molecules, length)`.
        batch_size: Molecules in a batch.
        seed: Of the order.
        parts: Numbers of the molecules to train on, and of those held out.
        skipped: Lines that were left out.
        notes: Sentences on what was found.

    Raises:
        DataError: if a batch is larger than the training data.
    """
    train, validation = parts
    common: dict[str, Any] = {"batch_size": batch_size}
    return Splits(
        train=arrays.batches(codes, indices=train, shuffle_seed=seed, drop_remainder=True, **common),
        validation=arrays.batches(codes, indices=validation, **common) if len(validation) else None,
        sample_shape=codes.shape[1:],
        count=len(train),
        skipped=dict(skipped or {}),
        held_out=len(validation),
        found=Found("molecules", len(codes), len(validation), notes=notes or []),
        fingerprint=fingerprint.of_arrays([codes], None, len(validation)),
        vocabulary=vocabulary,
    )


def _notes(found: Read, vocabulary: SmilesVocabulary, lengths: np.ndarray, long: int, longest: int) -> list[str]:
    notes = [
        f"They are written in {vocabulary.size - 1:,} tokens, {len(vocabulary.symbols)} symbols among them: "
        f"{lengths.mean():.1f} a molecule, {vocabulary.length} at most."
    ]
    notes += [_unparsed(found.skipped)] if found.skipped else []
    notes += [f"Left out {found.twice:,} that stood there before."] if found.twice else []
    notes += [f"Left out {long:,} of more than longest={longest} tokens."] if long else []
    return notes


def _unparsed(skipped: Mapping[str, str]) -> str:
    some = list(skipped.items())[:_NAMED]
    named = listed([f"{line}: {what}" for line, what in some], "; ")
    more = "" if len(some) == len(skipped) else f"; and {len(skipped) - len(some):,} more"
    return f"Left out {len(skipped):,} that are no molecules ({named}{more})."


def _check(tokens: int, longest: int, validation_split: float, seed: int) -> None:
    for name, value, most in (("tokens", tokens, _MOST_TOKENS), ("longest", longest, _LONGEST)):
        whole(name, value, 2)
        if value > most:
            raise DataError(f"Expected {name} of {most:,} at most. Received: {name}={value}.")
    if not 0.0 <= validation_split < 1.0:
        raise DataError(f"Expected validation_split in [0, 1). Received: validation_split={validation_split}.")
    if seed < 0:
        raise DataError(f"Expected seed >= 0. Received: seed={seed}.")
