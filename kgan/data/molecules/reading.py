"""SMILES read off files, each looked at by rdkit."""

import contextlib
import csv
import gzip
import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kgan._support import limits
from kgan.data.splits import DataError

__all__ = ["SUFFIXES", "Read", "is_smiles", "rdkit", "read"]

SUFFIXES = (".smi", ".smiles", ".smi.gz", ".smiles.gz")
_TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_COLUMNS = ("smiles", "canonical_smiles", "smile")  # in small letters
_HEADERS = ("smiles", "smile", "canonical_smiles")


class Read(NamedTuple):
    """What was read.

    Attributes:
        smiles: Molecules as rdkit writes them, in the order of the source, each once.
        skipped: What was wrong with each other line, by its number: `"line 17"`.
        twice: How many molecules stood there before.
    """

    smiles: list[str]
    skipped: dict[str, str]
    twice: int


def is_smiles(source: str) -> bool:
    """Whether a place names a file of SMILES, `"molecules.smi"`."""
    return source.lower().endswith(SUFFIXES)


def rdkit(module: str = "rdkit.Chem") -> Any:
    """A module of rdkit.

    Raises:
        DataError: if rdkit is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataError(
            "Expected rdkit, which reads molecules. Received: an installation without it. pip install "
            "'kgan[molecules]' brings it."
        ) from error


def read(source: Any, column: str | None = None, strict: bool = False) -> Read:
    """Reads SMILES and writes each as rdkit does.

    Args:
        source: A list of SMILES, or a file: `.smi` (a molecule in a line, perhaps a name behind it), `.csv` or `.tsv`
            with a column of SMILES, each also as `.gz`.
        column: Of a table; `None` for `smiles`, in letters of any size.
        strict: Whether a line that rdkit cannot parse is an error.

    Raises:
        DataError: if there is no such file or column, or a line that cannot be parsed where `strict`.
    """
    chem = rdkit()
    found: dict[str, None] = {}
    skipped: dict[str, str] = {}
    twice = 0
    with silent():
        for number, text in _lines(source, column):
            molecule = chem.MolFromSmiles(text) if text else None
            if molecule is None or not molecule.GetNumAtoms():
                what = f"{limits.shortened(text)!r}, which rdkit cannot parse" if text else "nothing"
                if strict:
                    raise DataError(f"Expected SMILES in line {number}. Received: {what}. Mend it, or strict=False.")
                skipped[f"line {number}"] = what
                continue
            written = chem.MolToSmiles(molecule)
            twice += written in found
            found[written] = None
    return Read(list(found), skipped, twice)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Lets rdkit write no lines about molecules that it cannot parse."""
    block = rdkit("rdkit.rdBase").BlockLogs()
    try:
        yield
    finally:
        del block


def _lines(source: Any, column: str | None) -> Iterator[tuple[int, str]]:
    """The SMILES with their line numbers, from 1."""
    if isinstance(source, Sequence) and not isinstance(source, str):
        for number, one in enumerate(source, 1):
            if not isinstance(one, str):
                raise DataError(f"Expected SMILES as text. Received: {one!r}, entry {number}.")
            yield number, one.strip()
        return
    path = Path(_path(source))
    if path.name.lower().endswith(_TABLES):
        yield from _of_table(path, column)
        return
    if column is not None:
        raise DataError(f"Expected column=... for a table, .csv or .tsv. Received: column={column!r} for {path.name}.")
    with _opened(path) as file:
        for number, line in enumerate(_texts(file, path), 1):
            words = line.split()
            if not words and not line.strip():
                continue  # an empty line
            if number == 1 and words[0].lower() in _HEADERS:
                continue
            yield number, words[0]


def _path(source: Any) -> str:
    try:
        path = Path(source)
    except TypeError as error:
        raise DataError(
            f"Expected a list of SMILES, or a file ({', '.join(SUFFIXES)}, {', '.join(_TABLES)}). Received: a "
            f"{type(source).__name__}."
        ) from error
    if not path.is_file():
        what = "a folder" if path.is_dir() else "which does not exist"
        raise DataError(f"Expected a file of SMILES, a molecule in each line. Received: {path}, {what}.")
    if not path.name.lower().endswith((*SUFFIXES, *_TABLES)):
        raise DataError(f"Expected a file that ends in {', '.join((*SUFFIXES, *_TABLES))}. Received: {path.name}.")
    return str(path)


def _opened(path: Path) -> Any:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _texts(file: Any, path: Path) -> Iterator[str]:
    try:
        yield from file
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"Expected text in UTF-8. Received: {path.name}, which is damaged or none: {error}.") from error


def _of_table(path: Path, column: str | None) -> Iterator[tuple[int, str]]:
    with _opened(path) as file:
        rows = csv.reader(_texts(file, path), delimiter="\t" if ".tsv" in path.name.lower() else ",")
        names = next(rows, [])
        wanted = (column.lower(),) if column is not None else _COLUMNS
        at = next((place for place, name in enumerate(names) if name.strip().lower() in wanted), None)
        if at is None:
            raise DataError(
                f"Expected a column {wanted[0]!r}. Received: {path.name} with {', '.join(map(repr, names[:20]))}. Name "
                f"the column of SMILES: column='...'."
            )
        for row in rows:
            if row:
                yield rows.line_num, row[at].strip() if at < len(row) else ""
