"""The programs that run a bundle without kgan, one of which lies in each, and what lies beside; kinds name theirs."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from kgan._support import lookup
from kgan.export import languages
from kgan.export.portable import apply, classify, film, latents, molecules, rows, sampler, swap, verification, vocode
from kgan.export.single_file import single_file

__all__ = ["FILES", "RUNNERS", "Latents", "Runner", "file", "named"]


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
        Runner("classify.py", classify, "apply"),
        Runner("rows.py", rows, "sample"),
        Runner("molecules.py", molecules, "sample"),
        Runner("film.py", film, "apply"),
        Runner("swap.py", swap, "apply"),
        Runner("latents.py", latents, "latents"),
        Runner("vocode.py", vocode, "apply"),
        Runner("verify.py", verification, "verify"),
    )
}


@dataclass(frozen=True)
class Latents:
    """The stream of latents in another language than Python, which goes into bundles of noise.

    Attributes:
        name: Its file in a bundle, and in `export/languages/`.
    """

    name: str

    def write(self, folder: Path) -> None:
        """Writes the file into a bundle."""
        (folder / self.name).write_bytes(languages.PATHS[self.name].read_bytes())


FILES: dict[str, Runner | Latents] = {**RUNNERS, **{name: Latents(name) for name in languages.PATHS}}


def named(name: str) -> Runner:
    """The runner of that name.

    Raises:
        ValueError: if there is none.
    """
    return lookup.find("runner", name, RUNNERS)


def file(name: str) -> Runner | Latents:
    """What writes the file of a bundle of that name.

    Raises:
        ValueError: if there is none.
    """
    return lookup.find("file of a bundle", name, FILES)
