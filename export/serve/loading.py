"""The bundle that the server answers for, opened, and tried once."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..directions import name_of
from ..portable.applier import Applier
from ..portable.card_file import check_files, read_card
from ..portable.checks import BundleError
from ..portable.exported_generator import Sampler
from ..portable.sessions import MANY, open_export
from .merging import MergingEngine, is_independent

__all__ = ["Loaded", "load"]

_FREE_SIDE = 64  # pixels of the picture that a network of any size is tried with


@dataclasses.dataclass
class Loaded:
    """A bundle that runs.

    Attributes:
        name: Of its folder, or of the folder that it is the export of.
        sampler: For a bundle that takes latents; else `None`.
        applier: For a bundle that takes pictures; else `None`.
        engine: What computes.
        version: Of the kgan that exported it.
    """

    name: str
    sampler: Sampler | None
    applier: Applier | None
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
    takes_pictures = _takes_pictures(path)
    runner: Any = (Applier if takes_pictures else Sampler)(path, threads, provider)
    tried = _Tried(runner.engine)
    runner.engine = tried
    if takes_pictures:
        height, width = (one or max(runner.multiple, _FREE_SIDE) for one in runner.input_shape[:2])
        low, high = runner.input_range
        noise = np.random.RandomState(0).uniform(low, high, (height, width, runner.channels))
        runner.apply(noise.astype(np.float32))
        single = tried.feeds if None not in runner.input_shape else None  # what is best depends on the size
        batch = None if single is None else {name: np.repeat(one, MANY, axis=0) for name, one in single.items()}
        feeds = {name: np.concatenate([one, one[:, ::-1], one[:, :, ::-1]]) for name, one in tried.feeds.items()}
    else:
        single, feeds, batch = (tried.sample(runner, count) for count in (1, 3, MANY))
    tried.engine.settle(tried.names, single, batch)
    runner.engine = MergingEngine(tried.engine, is_independent(tried.engine, feeds))
    name = name_of(path if path.is_dir() else path.parent)
    version = runner.session.get_modelmeta().custom_metadata_map.get("kgan_version", "unknown")
    sampler, applier = (None, runner) if takes_pictures else (runner, None)
    return Loaded(name, sampler, applier, runner.engine, version)


class _Tried:
    """An engine that keeps what it was run on."""

    def __init__(self, engine: Any):
        self.engine = engine
        self.feeds: dict[str, np.ndarray] = {}
        self.names: list[str] = []

    def run(self, names: Sequence[str], feeds: Mapping[str, np.ndarray], rows: int) -> list[np.ndarray]:
        self.feeds, self.names = dict(feeds), list(names)
        return self.engine.run(names, feeds, rows)

    def sample(self, sampler: Sampler, count: int) -> dict[str, np.ndarray]:
        """What the sampler runs the network on for so many samples."""
        sampler.sample(count, seed=0)
        return self.feeds


def _takes_pictures(path: Path) -> bool:
    """What the card says, whose files are all looked at; of a file alone, its metadata, for which it is opened."""
    card = read_card(path) if path.is_dir() else None
    if card is None:
        return "kgan_input_shape" in open_export(path, threads=1, provider="cpu")[2]
    check_files(path)
    if card.get("runner") == "classify.py":
        raise BundleError(
            f"Expected a bundle that draws samples or takes pictures to serve. Received: {path}, which tells classes. "
            f"Run classify.py in it, or kgan apply."
        )
    if card.get("runner") == "film.py":
        raise BundleError(
            f"Expected a bundle that draws samples or takes pictures to serve. Received: {path}, which continues "
            f"films. Run film.py in it, or kgan apply."
        )
    if card.get("runner") == "swap.py":
        raise BundleError(
            f"Expected a bundle that draws samples or takes pictures to serve. Received: {path}, which swaps faces, "
            f"and whose pictures are marked in files. Run swap.py in it, or kgan apply."
        )
    return card.get("runner") == "apply.py"
