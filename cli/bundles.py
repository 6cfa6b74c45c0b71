"""What commands do with bundles: `train` and `resume` as well as `export`, `sample` and `apply`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from kgan import run as runs
    from kgan.export import Preview
    from kgan.run.choice import Choice

__all__ = ["export_run", "note_figures", "of", "preview"]

_CALIBRATED_ON = 256  # pairs
_OF_A_FIGURE = ("name", "label", "better", "against", "value", "floor", "real_samples", "generated_samples")


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
    layout: str = "nhwc",
    pixels: str = "float32",
    force: bool = False,
    parts: bool = False,
) -> Path:
    """Exports a run's best or last checkpoint, to its own folder unless told otherwise, and says which.

    Args:
        run: The run.
        out: Where the bundle goes; `None` for the run's own.
        opset: Of ONNX.
        checkpoint: `"best"`, `"last"` or a step; `None` for what the run's plan says.
        say: Called with a line that says which weights are exported, and why.
        formats: What the bundle holds; `None` for what `kgan.export.save` writes by default.
        layout: Of pictures in ONNX files, as `kgan.export.save` takes it.
        pixels: Of pictures in ONNX files, as `kgan.export.save` takes them.
        force: Whether files of 8 bits pass that lose much, as `kgan.export.save` takes it.
        parts: Whether a StyleGAN's mapping and synthesis are written too, as `kgan.export.save` takes it.

    Raises:
        ValueError: if there is no such format or checkpoint, the generator cannot be exported, or an artefact differs
            from Keras.
        FileExistsError: if `out` holds something other than a bundle.
    """
    import kgan.export  # here, because tf2onnx takes a second to import and training does without it
    from kgan import run as runs
    from kgan._support import files
    from kgan.export import card, offers
    from kgan.export.formats import checked

    options: dict[str, Any] = {"layout": layout, "pixels": pixels}
    if formats is not None:
        options["formats"] = tuple(one.name for one in checked(formats))
    chosen = run.chosen(checkpoint)
    say(f"Exporting {chosen}.")
    model = runs.loaded(chosen.checkpoint)
    if (
        any("int8" in name for name in options.get("formats", ()))
        and kgan.export.Signature.of(model).exported.draw is None
    ):
        options["calibration"] = _inputs(run, model.value_range)
    try:
        bundle = kgan.export.save(
            model, out or run.export, opset=opset, origin=_origin(run, chosen), force=force, parts=parts, **options
        )
    except kgan.export.ExportError as error:
        raise ValueError(str(error)) from error  # one of those that `main` tells
    for line in offers.lines(card.read(bundle)["artefacts"]):
        say(line)
    if (bundle / "latents.py").is_file():
        sampler = kgan.export.portable.sampler.Sampler(bundle)
        if sampler.directions is None and sampler.style_directions is None:
            say("The bundle has no sliders: no first layer of the generator takes latents as they are.")
    if bundle == run.export:
        run.note_export(chosen)
    if run.evaluation.is_file():
        note_figures(bundle, files.read_json(run.evaluation), say)
    return bundle


def _inputs(run: "runs.Run", value_range: "tuple[float, float]") -> "np.ndarray":
    """Inputs of the held-out pairs of a run, or of those trained on where none are, to measure files of 8 bits on."""
    import numpy as np

    from kgan.data import values

    splits = run.plan.load()
    pairs = splits.train if splits.validation is None else splits.validation
    return np.stack([values.to_float(one, value_range).numpy() for one, _ in pairs.unbatch().take(_CALIBRATED_ON)])


def _origin(run: "runs.Run", chosen: "Choice") -> dict[str, Any]:
    """Where weights come from, for the cards: the data by its name, not by where it lies on this machine."""
    from kgan.data import two_places

    recipe, source = run.plan.recipe, run.plan.source
    names = [Path(one).name if Path(one).is_absolute() else one for one in two_places.parts(source)]
    told = {"told": dict(run.plan.kind.told(recipe))}
    found = {"data": two_places.joined(names), "recipe": recipe.name, "recipe_source": recipe.source}
    return {**chosen.to_dict(), **found, **(told if told["told"] else {})}


def note_figures(bundle: Path, evaluation: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Writes the figures of an evaluation into the cards of a bundle, if they are of the weights that it holds.

    Args:
        bundle: The bundle.
        evaluation: What `evaluation.json` holds.
        say: Called with a line where `README.md` was edited, and stays as it is.

    Raises:
        ValueError: if the evaluation is none that kgan wrote, or the bundle has no card.
    """
    from kgan.export import card

    origin = card.read(bundle).get("origin", {})
    weights = f"the weights of epoch {origin.get('epoch')} (step {origin.get('step', 0):,})"
    try:
        if not evaluation["weights"].startswith(weights):
            return
        figures = [{name: one[name] for name in _OF_A_FIGURE} for one in evaluation["figures"]]
        found = {name: evaluation[name] for name in ("date", "features", "seed")}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"Expected evaluation.json as kgan evaluate writes it. Received: one without {error}. Evaluate again."
        ) from error
    card.note(bundle, evaluation={**found, "figures": figures})
    if card.is_edited(bundle):
        say(f"{bundle / card.README} was edited, and stays as it is; card.json has the figures.")


def preview(run: "runs.Run") -> "Preview":
    """Draws what the bundle of a run makes, into the run folder.

    Raises:
        ValueError: if the bundle or the data of the run is not as it was.
    """
    import kgan.export

    return kgan.export.preview(run.export, run, run.onnx_grid)
