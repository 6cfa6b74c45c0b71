"""Rows written to a file as they are drawn: CSV with the standard library, Parquet where pandas is installed.

Free of kgan: its text goes into the program that is copied into a bundle.
"""

import contextlib
import csv
import importlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from .bundle_file import BundleError, written_whole

__all__ = ["check_table_out", "write_table"]

SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = (".parquet", ".pq")


def check_table_out(out: str | os.PathLike) -> None:
    """Refuses a file that rows cannot be written to, before any is drawn."""
    out = Path(out)
    suffix = out.suffix.lower()
    if suffix not in (*SEPARATORS, *PARQUET):
        raise BundleError(
            f"Expected out to end in {', '.join(SEPARATORS)} or {', '.join(PARQUET)}, because this bundle makes rows "
            f"of a table. Received: {out.name}."
        )
    if out.is_dir() or not out.absolute().parent.is_dir():
        what = "is a folder" if out.is_dir() else "lies in a folder that does not exist"
        raise BundleError(f"Expected a file to write to. Received: {out}, which {what}.")
    if suffix in PARQUET:
        try:
            importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise BundleError(
                "Expected pyarrow for Parquet. Received: an installation without it. pip install pyarrow, or write "
                "out=rows.csv."
            ) from error


def write_table(parts: Iterable[dict[str, np.ndarray]], names: Sequence[str], out: str | os.PathLike) -> None:
    """Writes rows; the file appears whole or not at all.

    Args:
        parts: Arrays of cells by name, some rows at a time.
        names: Of the columns, in order.
        out: The file.
    """
    out = Path(out)
    check_table_out(out)
    with written_whole(out) as partial:
        if out.suffix.lower() in PARQUET:
            _write_parquet(parts, names, partial)
        else:
            with partial.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, delimiter=SEPARATORS[out.suffix.lower()])
                writer.writerow(names)
                for part in parts:
                    writer.writerows(zip(*(_texts(part[name]) for name in names), strict=True))


def _texts(cells):
    """Cells as CSV has them: nothing for a missing one."""
    if cells.dtype.kind == "M":
        texts = np.datetime_as_string(cells)
        return ["" if one == "NaT" else one.replace("T", " ") for one in texts.tolist()]
    return ["" if one is None or one != one else one for one in cells.tolist()]


def _write_parquet(parts, names, path):
    arrow, parquet = (importlib.import_module(one) for one in ("pyarrow", "pyarrow.parquet"))
    with contextlib.ExitStack() as stack:
        writer = None
        for part in parts:
            columns = {name: arrow.array(_for_arrow(part[name]), from_pandas=True) for name in names}
            table = arrow.table(columns) if writer is None else arrow.table(columns, schema=writer.schema)
            if writer is None:
                writer = stack.enter_context(parquet.ParquetWriter(path, table.schema))
            writer.write_table(table)


def _for_arrow(cells):
    return cells.tolist() if cells.dtype == object else cells
