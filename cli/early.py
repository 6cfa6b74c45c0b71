"""What can be refused before TensorFlow is imported, which takes seconds: paths that are not there, or are taken.

The sentences are kgan's own. Their files import nothing of kgan, and are read without it.
"""

import functools
import importlib.machinery
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from kgan_cli import latent_tasks

__all__ = ["check"]

_TAKES_RUNS = ("resume", "evaluate", "export", "compare")


def check(command: str | None, params: Mapping[str, Any]) -> None:
    """Refuses paths that the command could do nothing with.

    Args:
        command: Its name.
        params: Its arguments and options, by name.

    Raises:
        ValueError: if data, a run or a file is not there, the folder of a new run holds something, or `kgan latents`
            has no such task.
    """
    wrong: list[str | None] = []
    runs = _part("run/mistaken.py")
    if command == "train":
        sources = [params["source"]] if isinstance(params["source"], str) else params["source"]
        wrong += [_not_two(sources), *map(_part("data/missing.py").told, sources)]
        wrong += [runs.not_free(params["out"])] if params["out"] is not None else []
        wrong += [runs.no_run(params["init_from"], "init_from")] if params["init_from"] is not None else []
    elif command == "latents":
        latent_tasks.check(params, runs.what_it_is)
    elif command in _TAKES_RUNS:
        wrong += map(runs.no_run, params["run_folders"] if command == "compare" else [params["run"]])
    for message in wrong:
        if message is not None:
            raise ValueError(message)


def _not_two(sources: Sequence[str]) -> str | None:
    """What is wrong where more is typed than the data, or than two collections."""
    settings = [one for one in sources[1:] if "=" in one and not Path(one).exists()]
    if settings:
        return (
            f"Expected DATA, or two collections, after kgan train. Received: {' '.join(settings)}, too. Write --set "
            f"before each setting, and a table in quotes: --set 'generator_optimizer={{name=sgd,momentum=0.9}}'."
        )
    if len(sources) > 2:
        return (
            f"Expected DATA, or two collections, after kgan train. Received: {len(sources)} places. To train on "
            f"several folders, put them into one; each is a class then."
        )
    return None


@functools.cache
def _part(name: str) -> ModuleType:
    """A file of kgan that imports nothing of it, without what `import kgan` does."""
    package = importlib.util.find_spec("kgan")  # which does not import it
    if package is None or package.origin is None:
        raise ImportError("Expected kgan beside its command line. Received: none. Install it again: pip install kgan.")
    path = Path(package.origin).parent / name
    loader = importlib.machinery.SourceFileLoader(f"kgan_cli.early.{path.stem}", str(path))
    module = ModuleType(loader.name)
    loader.exec_module(module)
    return module
