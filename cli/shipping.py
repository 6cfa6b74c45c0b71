"""The commands that make a bundle and run it: `export`, `sample`."""

from pathlib import Path
from typing import Annotated

import typer

from kgan_cli import bundles
from kgan_cli.app import app
from kgan_cli.options import RunFolder

__all__ = ["export", "sample"]


@app.command(epilog="Example: kgan export runs/digits-0001 --opset 15")
def export(
    run: RunFolder,
    opset: Annotated[int, typer.Option(min=13, max=18, help="ONNX operator set.")] = 18,
    out: Annotated[Path | None, typer.Option(help="Where the bundle goes; RUN/export by default.")] = None,
) -> None:
    """Write SavedModel and ONNX, and prove both equal to Keras."""
    from kgan import run as runs

    typer.echo(f"Verified: {bundles.export_run(runs.Run(run), out, opset)}")


@app.command(epilog="Example: kgan sample runs/digits-0001/export --count 100 --seed 1 --out grid.png")
def sample(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="An exported bundle, its .onnx file, or a run folder.")
    ],
    out: Annotated[Path, typer.Option(help="A picture (.png) of a grid, or .npy for the samples themselves.")],
    count: Annotated[int, typer.Option(min=1, help="How many samples.")] = 64,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same samples.")] = None,
    labels: Annotated[
        str | None, typer.Option(help="Classes to draw, 0,1,2, for a conditional generator; tags, 0+3,5.")
    ] = None,
    truncation_psi: Annotated[
        float, typer.Option(min=0.0, max=2.0, help="Below 1, more typical and less diverse.")
    ] = 1.0,
) -> None:
    """Draw samples with onnxruntime."""
    from kgan import run as runs

    if (bundle / "config.json").is_file():
        bundle = runs.Run(bundle).export
    bundles.draw(bundle, count, seed, out, labels, truncation_psi)
    typer.echo(f"{count} samples in {out}")
