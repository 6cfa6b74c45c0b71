"""The programs that run a bundle without kgan, one of which lies in each; a kind of model names its own."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from kgan._support import lookup
from kgan.export import apply, latents, sampler
from kgan.export.single_file import single_file

__all__ = ["RUNNERS", "Runner", "named"]


@dataclass(frozen=True)
class Runner:
    """A program that goes into bundles.

    Attributes:
        name: Its file in a bundle, as `Exported.runner` has it.
        module: What it is made of.
        command: The command of `kgan` that does the same.
    """

    name: str
    module: ModuleType
    command: str

    def write(self, folder: Path) -> None:
        """Writes the program into a bundle, as one file that imports nothing of kgan."""
        (folder / self.name).write_text(single_file(self.module), encoding="utf-8")


RUNNERS = {
    runner.name: runner
    for runner in (
        Runner("sampler.py", sampler, "sample"),
        Runner("apply.py", apply, "apply"),
        Runner("latents.py", latents, "latents"),
    )
}


def named(name: str) -> Runner:
    """The runner of that name.

    Raises:
        ValueError: if there is none.
    """
    return lookup.find("runner", name, RUNNERS)
