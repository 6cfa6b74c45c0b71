"""Draws rows of a table from a generator that kgan exported, with NumPy and onnxruntime alone.

    python rows.py --count 1000 --seed 0 --out rows.csv
    python rows.py --count 1000 --where cut=Ideal --where price=500..900 --out rows.csv

As a module:

    from rows import RowSampler
    columns = RowSampler(".").sample(1000, seed=0, where={"cut": "Ideal"})  # arrays by the names of columns

Every row holds what is asked. The same seed gives the same rows as `kgan.Tabular.sample` in Keras. In a bundle, this
file imports nothing of kgan.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .bundle_file import LARGEST_NAMES, BundleError, is_size, parsed, short, without_metadata
from .latent_draws import check_latents, chosen_seed
from .sessions import PROVIDERS, is_run_by, open_export
from .table_columns import TableColumns
from .table_conditions import parse_where
from .table_drawing import TableDrawing
from .table_files import check_table_out, write_table

__all__ = ["RowSampler", "is_of_rows", "run_rows"]

COUNT = 1000
PROGRAM = "rows.py"  # this file, as a card names it


class RowSampler:
    """An exported generator of rows.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are measured to be fastest.
        provider: What computes, as for `Sampler`.

    Attributes:
        columns: `TableColumns`: names, kinds, values.
        content: The same as plain values.
        taken: Numbers of the last draw that were taken from the training data's, by the name of the column.

    Raises:
        BundleError: if there is no such file, or it is no kgan export of a table.
    """

    def __init__(self, path: str | os.PathLike, threads: int | None = None, provider: str | None = None) -> None:
        file, self._engine, metadata = open_export(path, threads, provider)
        try:
            self.content = parsed(metadata, "kgan_table", most=LARGEST_NAMES)
            self.columns = TableColumns(self.content)
            latent_dim = parsed(metadata, "kgan_latent_dim")
            distribution, arguments = metadata["kgan_latent_distribution"], parsed(metadata, "kgan_latent_arguments")
            if not is_size(latent_dim):
                raise ValueError(f"latent_dim={short(latent_dim)}")
            check_latents(distribution, latent_dim, arguments)
            dims = [latent_dim, *([self.columns.condition_dim] if self.columns.condition_dim else [])]
            session = self._engine.session
            if [list(one.shape[1:]) for one in session.get_inputs()] != [[size] for size in dims]:
                raise ValueError(f"inputs of other sizes than {dims}")
            if list(session.get_outputs()[0].shape[1:]) != [self.columns.width]:
                raise ValueError(f"rows of another length than {self.columns.width}")
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error
        self._names = [one.name for one in session.get_inputs()], session.get_outputs()[0].name
        self._drawing = TableDrawing(self.columns, latent_dim, self._run, distribution, arguments)

    @property
    def taken(self) -> dict[str, int]:
        """Numbers of the last draw that were taken from the training data's, by the name of the column."""
        return self._drawing.taken

    def _run(self, latents, conditions):
        names, output = self._names
        inputs = {names[0]: latents, **{name: conditions for name in names[1:]}}
        try:
            return self._engine.run([output], inputs, len(latents))[0]
        except Exception as error:
            raise BundleError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error

    def sample(self, count: int, seed: int | None = None, where: dict[str, Any] | None = None) -> dict[str, np.ndarray]:
        """Arrays of cells by the names of the columns.

        Args:
            count: How many rows, at least 1.
            seed: 0 to 2**32 - 1; `None` takes a fresh one.
            where: What every row holds, by the names of columns: a value; a list of values; a pair `(low, high)`, both
                included, `None` for an open end; `None` for missing cells.
        """
        parts = list(self.parts(count, seed, where))
        return {name: np.concatenate([part[name] for part in parts]) for name in self.columns.names}

    def parts(
        self, count: int, seed: int | None = None, where: dict[str, Any] | None = None
    ) -> Iterator[dict[str, np.ndarray]]:
        """The same rows, some at a time, of which memory holds one part."""
        return self._drawing.parts(count, chosen_seed() if seed is None else seed, where)


def is_of_rows(path: str | os.PathLike) -> bool:
    """Whether a bundle, or an ONNX file, makes rows of a table."""
    return is_run_by(path, PROGRAM, "kgan_table")


def run_rows(
    model: str | os.PathLike,
    out: str | os.PathLike,
    count: int | None = None,
    seed: int | None = None,
    where: Iterable[str] | None = None,
    threads: int | None = None,
    provider: str | None = None,
) -> str:
    """Writes rows into a file; returns lines that say what was written.

    Args:
        model: The export.
        out: `.csv`, `.tsv` or `.parquet`.
        count: How many; `None` for 1,000.
        seed: `None` chooses one, which the line names.
        where: Texts, as `parse_where` takes them.
        threads: As for `RowSampler`.
        provider: As for `RowSampler`.
    """
    check_table_out(out)
    sampler = RowSampler(model, threads, provider)
    count, seed = COUNT if count is None else count, chosen_seed() if seed is None else seed
    parts = sampler.parts(count, seed, parse_where(sampler.columns, where))
    write_table(parts, sampler.columns.names, out)
    lines = [f"{count:,} row{'' if count == 1 else 's'} of seed {seed} in {out}"]
    for name, taken in sampler.taken.items():
        lines.append(
            f"{taken:,} of {count:,} numbers of {name} lay outside of the range in each of 9 draws, and were taken "
            f"from the training data's quantiles in it."
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw rows from a generator of tables that kgan exported.")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--count", type=int, help=f"how many rows (default: {COUNT})")
    parser.add_argument("--seed", type=int, help="the same seed gives the same rows")
    parser.add_argument(
        "--where",
        action="append",
        metavar="COLUMN=VALUE",
        help="what every row holds: cut=Ideal, cut=Ideal,Good, price=500..900, price=500.., cut= for missing",
    )
    parser.add_argument("--out", required=True, help="the file: .csv, .tsv, or .parquet, which takes pyarrow")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given = vars(parser.parse_args(arguments))
    try:
        print(run_rows(**given))  # noqa: T201  a command line speaks
    except (BundleError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
