"""Tables as data frames, a part at a time: frames and dictionaries, CSV, Parquet, Feather, a table of SQLite."""

import contextlib
import csv
import importlib
import io
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kgan._support import limits
from kgan.data.missing import BASES, file_of
from kgan.data.splits import DataError

__all__ = ["SUFFIXES", "Source", "frame_of", "is_table", "pandas"]

SUFFIXES = (".csv", ".tsv", ".parquet", ".pq", ".feather", ".arrow", ".db", ".sqlite", ".sqlite3")
_ROWS = 65_536  # of a part of a Parquet file
_SHOWN = 3


def is_table(source: str) -> bool:
    """Whether a place names a file of a table, `"rows.csv"`, `"base.db:orders"`."""
    return Path(_place(source)[0]).suffix.lower() in SUFFIXES


def _place(source: str) -> tuple[str, str]:
    """The file, and the name of the table in it; empty for none."""
    path = file_of(source)
    return path, source[len(path) + 1 :]


def pandas() -> Any:
    """The module pandas.

    Raises:
        DataError: if it is not installed.
    """
    try:
        return importlib.import_module("pandas")
    except ImportError as error:
        raise DataError(
            "Expected pandas, which reads tables. Received: an installation without it. pip install 'kgan[tables]' "
            "brings it."
        ) from error


def frame_of(source: Any) -> Any:
    """A pandas DataFrame of what has columns by name: one of pandas, or a mapping of names to cells.

    Raises:
        DataError: if it is something else, or two columns have one name.
    """
    pd = pandas()
    if isinstance(source, Mapping):
        lengths = {name: len(cells) for name, cells in source.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(f"Expected columns of one length. Received: {limits.shortened(str(lengths))}.")
        source = pd.DataFrame(dict(source))
    if not isinstance(source, pd.DataFrame):
        raise DataError(
            f"Expected a table: a pandas DataFrame, a dictionary of columns, or a file "
            f"({', '.join(SUFFIXES)}). Received: {limits.shortened(repr(source))}."
        )
    source = source.rename(columns=str)
    twice = source.columns[source.columns.duplicated()]
    if len(twice):
        raise DataError(f"Expected columns of different names. Received: {twice[0]!r} twice. Rename one of them.")
    return source


class Source:
    """A table that can be read again and again, a part at a time.

    Args:
        source: A frame, a dictionary of columns, or the place of a file.
        strict: Whether a broken row of a CSV file is an error; else it is left out, and noted in `skipped`.

    Attributes:
        skipped: Line of each broken row, `"line 7"`, and what is wrong with it.

    Raises:
        DataError: if the file does not exist, or is no table.
    """

    def __init__(self, source: Any, strict: bool = False):
        self.skipped: dict[str, str] = {}
        self._parquet: Any = None
        self._frame: Any = None
        if not isinstance(source, str | Path):
            self._frame = frame_of(source)
            return
        path, table = _place(str(source))
        if not Path(path).is_file():
            raise DataError(f"Expected the file of a table. Received: {path}, which does not exist.")
        with _named(path):
            suffix = Path(path).suffix.lower()
            if suffix in (".parquet", ".pq"):
                self._parquet = _arrow("pyarrow.parquet").ParquetFile(path)
            elif suffix in (".feather", ".arrow"):
                self._frame = _arrow("pyarrow.feather").read_feather(path)
            elif suffix in BASES:
                self._frame = _of_base(path, table)
            else:
                self._frame = self._of_text(Path(path), "\t" if suffix == ".tsv" else ",", strict)
        if self._frame is not None:
            self._frame = frame_of(self._frame)

    def __iter__(self) -> Iterator[Any]:
        if self._parquet is None:
            yield self._frame
            return
        for batch in self._parquet.iter_batches(_ROWS):
            yield frame_of(batch.to_pandas())

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return list(self._frame.columns if self._parquet is None else self._parquet.schema_arrow.names)

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self._frame) if self._parquet is None else self._parquet.metadata.num_rows

    def _of_text(self, path: Path, delimiter: str, strict: bool) -> Any:
        """A frame of a file of text, without its broken rows."""
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, delimiter=delimiter)
            header = next(lines, [])
            for row in lines:
                if row and len(row) != len(header):
                    self.skipped[f"line {lines.line_num}"] = f"{len(row)} cells, where {len(header)} were due"
        twice = [name for name in header if header.count(name) > 1]
        if twice:
            raise DataError(f"Expected columns of different names. Received: {twice[0]!r} twice in {path}.")
        if self.skipped and strict:
            first = next(iter(self.skipped))
            raise DataError(
                f"Expected {len(header)} cells in each row of {path}. Received: {self.skipped[first]} in {first}, and "
                f"{len(self.skipped)} broken rows in all. Mend them, or pass strict=False to leave them out."
            )
        if not self.skipped:
            return pandas().read_csv(path, sep=delimiter, low_memory=False, encoding="utf-8-sig")
        whole = io.StringIO()
        writer = csv.writer(whole)
        with path.open(newline="", encoding="utf-8-sig") as file:
            writer.writerows(row for row in csv.reader(file, delimiter=delimiter) if len(row) == len(header))
        whole.seek(0)
        return pandas().read_csv(whole, low_memory=False)


def _arrow(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataError(
            "Expected pyarrow, which reads Parquet and Feather. Received: an installation without it. "
            "pip install 'kgan[tables]' brings it."
        ) from error


def _of_base(path: str, table: str) -> Any:
    with contextlib.closing(sqlite3.connect(f"file:{Path(path).absolute()}?mode=ro", uri=True)) as base:
        kept = base.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        names = [name for (name,) in kept if not name.startswith("sqlite_")]
        if not table and len(names) == 1:
            (table,) = names
        if table not in names:
            raise DataError(
                f"Expected the name of a table, {path}:NAME, of {limits.shortened(', '.join(names)) or 'none'}. "
                f"Received: {table or 'no name'}."
            )
        quoted = table.replace('"', '""')
        return pandas().read_sql_query(f'SELECT * FROM "{quoted}"', base)


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """Errors of those who read files, as ours.

    Raises:
        DataError: if the file cannot be read.
    """
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # each reader has classes of its own
        raise DataError(
            f"Expected {path} to be a table as its name says. Received: {limits.shortened(str(error))}."
        ) from error
