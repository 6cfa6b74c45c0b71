"""What commands do with bundles: `train` and `resume` as well as `export`, `sample` and `apply`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgan import run as runs
    from kgan.export import Preview

__all__ = ["export_run", "of", "preview"]


def of(path: Path) -> Path:
    """The bundle of a run folder; a bundle or its `.onnx` file as it is.

    Raises:
        RunError: if the path is none of them, or a run without a bundle; the message says what to type.
    """
    from kgan import run as runs
    from kgan.run.mistaken import what_it_is

    if (path / "config.json").is_file():
        return _of_run(runs.Run(path))
    if (path / "card.json").is_file() or (path / "generator.onnx").is_file():
        return path
    if path.is_file() and path.suffix == ".onnx":
        return path
    raise runs.RunError(
        f"Expected an exported bundle (the export/ folder of a run), its .onnx file, or a run folder. "
        f"Received: {path}, {what_it_is(path)}"
    )


def _of_run(run: "runs.Run") -> Path:
    from kgan import run as runs

    if (run.export / "card.json").is_file() or (run.export / "generator.onnx").is_file():
        return run.export
    run.chosen("last")  # refuses a run that was never trained
    raise runs.RunError(
        f"Expected a run with an export. Received: {run.folder}, which has none yet. kgan export {run.folder} makes it."
    )


def export_run(
    run: "runs.Run",
    out: Path | None = None,
    opset: int = 18,
    checkpoint: str | None = None,
    say: Callable[[str], None] = lambda line: None,
    formats: Sequence[str] | None = None,
) -> Path:
    """Exports a run's best or last checkpoint, to its own folder unless told otherwise, and says which.

    Args:
        run: The run.
        out: Where the bundle goes; `None` for the run's own.
        opset: Of ONNX.
        checkpoint: `"best"`, `"last"` or a step; `None` for what the run's plan says.
        say: Called with a line that says which weights are exported, and why.
        formats: What the bundle holds; `None` for what `kgan.export.save` writes by default.

    Raises:
        ValueError: if there is no such format or checkpoint, the generator cannot be exported, or an artefact differs
            from Keras.
        FileExistsError: if `out` holds something other than a bundle.
    """
    import kgan.export  # here, because tf2onnx takes a second to import and training does without it
    from kgan import run as runs
    from kgan.export.formats import checked

    options = {}
    if formats is not None:
        options["formats"] = tuple(one.name for one in checked(formats))
    chosen = run.chosen(checkpoint)
    say(f"Exporting {chosen}.")
    try:
        bundle = kgan.export.save(
            runs.loaded(chosen.checkpoint), out or run.export, opset=opset, origin=chosen.to_dict(), **options
        )
    except kgan.export.ExportError as error:
        raise ValueError(str(error)) from error  # one of those that `main` tells
    if (bundle / "latents.py").is_file() and kgan.export.sampler.Sampler(bundle).directions is None:
        say("The bundle has no sliders: no first layer of the generator takes latents as they are.")
    if bundle == run.export:
        run.note_export(chosen)
    return bundle


def preview(run: "runs.Run") -> "Preview":
    """Draws what the bundle of a run makes, into the run folder.

    Raises:
        ValueError: if the bundle or the data of the run is not as it was.
    """
    import kgan.export

    return kgan.export.preview(run.export, run, run.onnx_grid)
