"""What commands do with bundles: `train` and `resume` as well as `export` and `sample`."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgan import run as runs

__all__ = ["draw", "export_run", "of"]


def of(path: Path) -> Path:
    """The bundle of a run folder; a bundle, or anything else, as it is.

    Raises:
        RunError: if the folder has a `config.json` that kgan did not write.
    """
    from kgan import run as runs

    return runs.Run(path).export if (path / "config.json").is_file() else path


def export_run(run: "runs.Run", out: Path | None = None, opset: int = 18) -> Path:
    """Exports a run's last checkpoint, to its own folder unless told otherwise.

    Raises:
        ValueError: if the generator cannot be exported, or an artefact differs from Keras.
        FileExistsError: if `out` holds something other than a bundle.
    """
    import kgan.export  # here, because tf2onnx takes a second to import and training does without it

    try:
        return kgan.export.save(run.load(), out or run.export, opset=opset)
    except kgan.export.ExportError as error:
        raise ValueError(str(error)) from error  # one of those that `main` tells


def draw(
    bundle: Path, count: int, seed: int | None, out: Path, labels: str | None = None, truncation_psi: float = 1.0
) -> None:
    """Draws samples from a bundle into a file."""
    from kgan.export import sampler

    parsed = None if labels is None else sampler.parse_labels(labels)
    sampler.sample_to_file(bundle, count, seed, out, parsed, truncation_psi)
