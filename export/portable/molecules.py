"""Writes molecules with a generator that kgan exported, with NumPy and onnxruntime alone.

    python molecules.py --count 100 --seed 0 --out out.smi
    python molecules.py --count 100 --valid --out out.smi       # those that rdkit parses, which takes rdkit

As a module:

    from molecules import MoleculeSampler
    smiles = MoleculeSampler(".").sample(100, seed=0)           # a list of SMILES

The same seed gives the same molecules as `kgan.Molecules.sample` in Keras. Not every line is a molecule: a grammar of
SMILES is learned, not built in. In a bundle, this file imports nothing of kgan.
"""

import argparse
import contextlib
import csv
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from .bundle_file import LARGEST_NAMES, BundleError, parsed, short, without_metadata, written_whole
from .latent_draws import chosen_seed
from .molecule_writing import MoleculeTokens, MoleculeWriting, parses
from .sessions import PROVIDERS, is_run_by, open_export

__all__ = ["MoleculeSampler", "is_of_molecules", "run_molecules"]

COUNT = 100
PROGRAM = "molecules.py"  # this file, as a card names it
SUFFIXES = (".smi", ".smiles", ".csv", ".txt")


class MoleculeSampler:
    """An exported generator of molecules.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are measured to be fastest.
        provider: What computes, as for `Sampler`.

    Attributes:
        tokens: `MoleculeTokens`: texts, size, length.

    Raises:
        BundleError: if there is no such file, or it is no kgan export of molecules.
    """

    def __init__(self, path: str | os.PathLike, threads: int | None = None, provider: str | None = None) -> None:
        file, self._engine, metadata = open_export(path, threads, provider)
        try:
            self.tokens = MoleculeTokens(parsed(metadata, "kgan_molecules", most=LARGEST_NAMES))
            inputs = [list(one.shape[1:]) for one in self._engine.session.get_inputs()]
            outputs = [list(one.shape[1:]) for one in self._engine.session.get_outputs()]
            if inputs != outputs or inputs[0] != [self.tokens.size] or not all(len(one) == 1 for one in inputs):
                raise ValueError(f"inputs {short(inputs)} and outputs {short(outputs)}")
            widths = [one[0] for one in inputs[1:]]
            if not all(isinstance(width, int) for width in widths):
                raise ValueError(f"states of the sizes {short(widths)}")
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error
        self._inputs = [one.name for one in self._engine.session.get_inputs()]
        self._outputs = [one.name for one in self._engine.session.get_outputs()]
        self._writing = MoleculeWriting(self.tokens, widths, self._step)

    def _step(self, token, states):
        inputs = dict(zip(self._inputs, [token, *states], strict=True))
        try:
            return self._engine.run(self._outputs, inputs, len(token))
        except Exception as error:
            raise BundleError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error

    def sample(self, count: int, seed: int | None = None, valid: bool = False) -> list[str]:
        """SMILES.

        Args:
            count: How many, at least 1.
            seed: 0 to 2**32 - 1; `None` takes a fresh one.
            valid: Whether only molecules that rdkit parses are kept, and others written in place of the rest.
        """
        return [one for part in self.parts(count, seed, valid) for one in part]

    def parts(self, count: int, seed: int | None = None, valid: bool = False) -> Iterator[list[str]]:
        """The same molecules, some at a time, of which memory holds one part."""
        return self._writing.parts(count, chosen_seed() if seed is None else seed, valid)


def is_of_molecules(path: str | os.PathLike) -> bool:
    """Whether a bundle, or an ONNX file, writes molecules."""
    return is_run_by(path, PROGRAM, "kgan_molecules")


def run_molecules(
    model: str | os.PathLike,
    out: str | os.PathLike,
    count: int | None = None,
    seed: int | None = None,
    valid: bool = False,
    threads: int | None = None,
    provider: str | None = None,
) -> str:
    """Writes molecules into a file, one a line; returns a line that says what was written.

    Args:
        model: The export.
        out: `.smi`, `.smiles` or `.txt`; `.csv` with the column `smiles`.
        count: How many; `None` for 100.
        seed: `None` chooses one, which the line names.
        valid: Whether only molecules that rdkit parses are kept.
        threads: As for `MoleculeSampler`.
        provider: As for `MoleculeSampler`.
    """
    out = Path(out)
    check_out(out)
    sampler = MoleculeSampler(model, threads, provider)
    count, seed = COUNT if count is None else count, chosen_seed() if seed is None else seed
    parts, fits = sampler.parts(count, seed, valid), 0.0
    with written_whole(out) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file) if out.suffix.lower() == ".csv" else None
        if writer is not None:
            writer.writerow(["smiles"])
        for part in parts:
            fits += counted(part)
            if writer is None:
                file.writelines(f"{one}\n" for one in part)
            else:
                writer.writerows([one] for one in part)
    said = f"{count:,} molecule{'' if count == 1 else 's'} of seed {seed} in {out}"
    if valid:
        return f"{said}, all of which rdkit parses"
    if fits < 0:
        return f"{said}; rdkit, which says how many are valid, is not installed"
    return f"{said}, {fits:,.0f} of which rdkit parses"


def counted(smiles: Sequence[str]) -> float:
    """How many rdkit parses; minus infinity where it is not installed."""
    with contextlib.suppress(BundleError):
        return sum(parses(smiles))
    return -float("inf")


def check_out(out: Path) -> None:
    """Refuses a file that molecules cannot be written to, before any is drawn."""
    if out.suffix.lower() not in SUFFIXES:
        raise BundleError(
            f"Expected out to end in {', '.join(SUFFIXES)}, because this bundle writes molecules. Received: {out.name}."
        )
    if out.is_dir() or not out.absolute().parent.is_dir():
        what = "is a folder" if out.is_dir() else "lies in a folder that does not exist"
        raise BundleError(f"Expected a file to write to. Received: {out}, which {what}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write molecules with a generator that kgan exported.")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--count", type=int, help=f"how many molecules (default: {COUNT})")
    parser.add_argument("--seed", type=int, help="the same seed gives the same molecules")
    parser.add_argument("--valid", action="store_true", help="keep those that rdkit parses, and write others instead")
    parser.add_argument("--out", required=True, help="the file: .smi, a molecule in a line, or .csv")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given = vars(parser.parse_args(arguments))
    try:
        print(run_molecules(**given))  # noqa: T201  a command line speaks
    except (BundleError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
