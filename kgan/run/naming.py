"""Run folders that are named after the data, and numbered."""

from pathlib import Path

from kgan.data import two_places

__all__ = ["claimed", "next_folder"]

RUNS = Path("runs")


def next_folder(source: str, parent: Path = RUNS) -> Path:
    """`runs/digits-0001`, or the first number that is free; named after the source. Nothing is made."""
    stems = [Path(one.removeprefix("tfds:")).stem for one in two_places.parts(source)]
    name = "".join(c if c.isalnum() else "-" for c in "-".join(stems)).strip("-") or "run"
    number = 1
    while (parent / f"{name}-{number:04d}").exists():
        number += 1
    return parent / f"{name}-{number:04d}"


def claimed(source: str, parent: Path = RUNS) -> Path:
    """The next folder, made: of several processes that ask at once each gets another number."""
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        folder = next_folder(source, parent)
        try:
            folder.mkdir()
        except FileExistsError:
            continue  # another process was faster
        return folder
