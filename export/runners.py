"""The files that run a bundle without kgan, one of which is copied into each; a kind of model names its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from kgan._support import lookup
from kgan.export import applier, apply, sampler

__all__ = ["RUNNERS", "Runner", "files", "named"]


@dataclass(frozen=True)
class Runner:
    """A program that goes into bundles.

    Attributes:
        name: The file to call, as `Exported.runner` has it.
        modules: All that it consists of, each copied as it is.
        command: The command of `kgan` that does the same.
    """

    name: str
    modules: tuple[ModuleType, ...]
    command: str

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files in a bundle."""
        return tuple(Path(module.__file__).name for module in self.modules)

    def copy_to(self, folder: Path) -> None:
        """Copies its files into a bundle."""
        for module in self.modules:
            shutil.copyfile(module.__file__, folder / Path(module.__file__).name)


RUNNERS = {
    runner.name: runner
    for runner in (
        Runner("sampler.py", (sampler,), "sample"),
        Runner("apply.py", (apply, applier), "apply"),
    )
}


def files() -> set[str]:
    """Names of the files of every runner."""
    return {name for runner in RUNNERS.values() for name in runner.files}


def named(name: str) -> Runner:
    """The runner of that name.

    Raises:
        ValueError: if there is none.
    """
    return lookup.find("runner", name, RUNNERS)
