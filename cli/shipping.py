"""The commands that make a bundle and run it: `export`, `sample`, `apply`."""

from pathlib import Path
from typing import Annotated

import typer

from kgan_cli import bundles, output
from kgan_cli.app import app
from kgan_cli.options import Bundle, RunFolder

__all__ = ["apply", "export", "sample"]


@app.command(
    epilog="Examples: kgan export runs/digits-0001 --opset 15 | kgan export runs/digits-0001 --checkpoint last"
)
def export(
    run: RunFolder,
    opset: Annotated[int, typer.Option(min=13, max=18, help="ONNX operator set.")] = 18,
    out: Annotated[Path | None, typer.Option(help="Where the bundle goes; RUN/export by default.")] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            metavar="best|last|STEP",
            help="Which weights: those of the best epoch, the last, or of a step in RUN/checkpoints; by default the "
            "best where a metric on held-out data tells it well, else the last.",
        ),
    ] = None,
) -> None:
    """Write SavedModel and ONNX, and prove both equal to Keras."""
    from kgan import run as runs

    output.say(f"Verified: {bundles.export_run(runs.Run(run), out, opset, checkpoint, output.say)}")


@app.command(
    epilog="Examples: kgan sample runs/digits-0001 --count 100 --seed 1 --out grid.png | "
    "kgan sample runs/pets-0001 --labels cats,dogs --each drawn/"
)
def sample(
    bundle: Bundle,
    out: Annotated[
        Path | None, typer.Option(help="A picture (.png) of a grid, or .npy for the samples themselves.")
    ] = None,
    each: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A folder for a file of each sample.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many samples.")] = 64,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same samples.")] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Classes to draw, by name or number, for a conditional generator: Flags,People; sets of tags: "
            "hat+beard,smile."
        ),
    ] = None,
    truncation_psi: Annotated[
        float, typer.Option(min=0.0, max=2.0, help="Below 1, more typical and less diverse.")
    ] = 1.0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let --each replace files that exist.")] = False,
) -> None:
    """Draw samples with onnxruntime, into one grid or into a file each."""
    from kgan.export import sampler

    if (out is None) == (each is None):
        raise ValueError(f"Expected one of --out and --each. Received: {'neither' if out is None else 'both'}.")
    what = (bundles.of(bundle), count, seed, out or each, labels, truncation_psi)
    if each is None:
        sampler.sample_to_file(*what)
    else:
        sampler.sample_each(*what, overwrite)
    output.say(f"{count} samples in {out or each}")


@app.command(
    epilog="Examples: kgan apply runs/facades-0001/export in.png --out out.png | "
    "kgan apply runs/facades-0001 photos/ --out drawn/ --tile 256"
)
def apply(
    bundle: Bundle,
    source: Annotated[Path, typer.Argument(metavar="IN", help="A picture, or a folder of pictures.")],
    out: Annotated[Path, typer.Option(help="Where the picture goes; for a folder, a folder with the same names.")],
    tile: Annotated[
        int, typer.Option(min=1, metavar="PIXELS", help="Largest side that is computed at once; larger ones in tiles.")
    ] = 512,
    overlap: Annotated[
        int | None, typer.Option(min=0, metavar="PIXELS", help="That tiles share; a quarter of a tile by default.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, metavar="TILES", help="That are computed at once.")] = 4,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace pictures that exist already.")] = False,
) -> None:
    """Apply a bundle that takes pictures with onnxruntime."""
    from kgan.export import apply as runner

    written = runner.apply_to_files(bundles.of(bundle), source, out, overwrite, tile=tile, overlap=overlap, batch=batch)
    output.say(f"{len(written)} picture(s) in {out}")
