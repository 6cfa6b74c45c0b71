"""The bundle that the server answers for, opened, and tried once."""

import dataclasses
from pathlib import Path
from typing import Any

from ..directions import name_of
from ..portable.card_file import check_files, read_card
from ..portable.checks import BundleError, short
from ..portable.sessions import open_export
from .drawing import Samples
from .filming import Films
from .kinds import Kind, Tried
from .merging import MergingEngine, is_independent
from .picturing import Pictures
from .sounding import Waves

__all__ = ["KINDS", "Loaded", "load"]

KINDS: dict[str, type[Kind]] = {  # by the program of a bundle
    "sampler.py": Samples,
    "apply.py": Pictures,
    "film.py": Films,
    "vocode.py": Waves,
}

_NOT_SERVED = {  # by their programs, what other bundles do, and the command that does it
    "classify.py": ("tells classes", "apply"),
    "swap.py": ("swaps faces, and whose pictures are marked in files", "apply"),
    "rows.py": ("draws rows of tables", "sample"),
    "molecules.py": ("writes molecules", "sample"),
}


@dataclasses.dataclass
class Loaded:
    """A bundle that runs.

    Attributes:
        name: Of its folder, or of the folder that it is the export of.
        kind: What is done with it: one of `KINDS`.
        runner: The bundle, opened: a `Sampler`, an `Applier`, ...
        engine: What computes.
        version: Of the kgan that exported it.
    """

    name: str
    kind: type[Kind]
    runner: Any
    engine: MergingEngine
    version: str


def load(path: Path, threads: int | None = None, provider: str | None = None) -> Loaded:
    """Opens a bundle, and draws or applies, so that one that cannot is told before anybody asks.

    With how many threads it computes is measured here, and kept to: no request waits for a trial.

    Args:
        path: The bundle, or its `.onnx` file.
        threads: How many onnxruntime computes with; `None` for as many as are fastest.
        provider: What computes, `"cpu"` or `"cuda"`; `None` chooses, as for `kgan sample`.

    Raises:
        BundleError: if it is no bundle, is damaged, or cannot draw.
    """
    path = Path(path)
    kind = _kind_of(path)
    runner = kind.open(path, threads, provider)
    tried = Tried(runner.engine)
    runner.engine = tried
    trial = kind.trial(runner, tried)
    tried.engine.settle(tried.names, trial.single, trial.batch)
    merges = trial.rows is not None and is_independent(tried.engine, trial.rows)
    runner.engine = MergingEngine(tried.engine, merges)
    name = name_of(path if path.is_dir() else path.parent)
    version = tried.engine.session.get_modelmeta().custom_metadata_map.get("kgan_version", "unknown")
    return Loaded(name, kind, runner, runner.engine, version)


def _kind_of(path: Path) -> type[Kind]:
    """By the program that the card names, whose files are all looked at; of a file alone, by that of its metadata."""
    card = read_card(path) if path.is_dir() else None
    if card is not None:
        check_files(path)
        program = card.get("runner")
    else:
        metadata = open_export(path, threads=1, provider="cpu")[2]
        program = metadata.get("kgan_runner") or ("apply.py" if "kgan_input_shape" in metadata else None)
    if program in _NOT_SERVED:
        does, command = _NOT_SERVED[program]
        raise BundleError(
            f"Expected a bundle that takes {', '.join(one.takes for one in KINDS.values())} to serve. "
            f"Received: {short(path)}, which {does}. Run {program} in it, or kgan {command}."
        )
    return KINDS.get(program, Samples) if isinstance(program, str) else Samples
