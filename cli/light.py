"""What bundles need, without kgan: `import kgan` takes seconds for TensorFlow, which no bundle needs.

What runs a bundle, in `kgan.export.portable`, and what pushes, serves and explores it import nothing of kgan but each
other. Here they are modules of a package of another name, which lies in the same folder.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from kgan_cli import quiet

__all__ = ["COMMANDS", "bundle_of", "part", "runner_of"]

COMMANDS = ("sample", "apply", "latents", "verify", "push", "explore", "serve")  # begin without TensorFlow
_PACKAGE = "kgan_cli.of_bundles"


def part(name: str) -> ModuleType:
    """A module of `kgan.export` that imports nothing of kgan but its siblings; where kgan is imported, kgan's own.

    Args:
        name: As in `kgan.export`, `"portable.sampler"`.
    """
    if "kgan.export" in sys.modules:
        return importlib.import_module(f"kgan.export.{name}")
    if _PACKAGE not in sys.modules:
        package = ModuleType(_PACKAGE)
        package.__path__ = [str(_folder())]
        sys.modules[_PACKAGE] = package
    return importlib.import_module(f"{_PACKAGE}.{name}")


def _folder() -> Path:
    """Where the files of `kgan.export` are: in kgan where it is installed, beside it in a checkout."""
    kgan = importlib.util.find_spec("kgan")  # which does not import it
    if kgan is not None and kgan.origin is not None:
        inside = Path(kgan.origin).parent / "export"
        for folder in (inside, inside.parents[1] / "export"):
            if (folder / "portable").is_dir():
                return folder
    raise ImportError("Expected kgan beside its command line. Received: none. Install it again: pip install kgan.")


def bundle_of(path: Path) -> Path:
    """The bundle of a run folder; a bundle or its `.onnx` file as it is.

    Raises:
        RunError: if the path is none of them, or a run without a bundle; the message says what to type.
    """
    if (path / "config.json").is_file():
        if _is_bundle(path / "export"):
            return path / "export"
    elif _is_bundle(path) or (path.is_file() and path.suffix == ".onnx"):
        return path
    quiet.import_quietly()
    from kgan_cli import bundles

    return bundles.of(path)  # which says what is wrong


def runner_of(path: Path) -> str | None:
    """The program that runs a bundle, as its card names it, `"apply.py"`; `None` where no card does.

    Args:
        path: A bundle, or an `.onnx` file in one.
    """
    card = part("portable.card_file").read_card(path if path.is_dir() else path.parent) or {}
    return card.get("runner")


def _is_bundle(path: Path) -> bool:
    return (path / "card.json").is_file() or (path / "generator.onnx").is_file()
