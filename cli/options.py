"""Arguments and options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Background",
    "Bundle",
    "Channels",
    "Crop",
    "Every",
    "ImageSize",
    "Moved",
    "Retry",
    "RunFolder",
    "Source",
    "Strategy",
    "ValidationSplit",
]

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, as runs/digits-0001.")]
Bundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="An exported bundle, its .onnx file, or a run folder.")]
Source = Annotated[
    str, typer.Argument(metavar="DATA", help="digits, tfds:NAME[/SPLIT], a folder, a .zip, .npy or .npz file.")
]
ImageSize = Annotated[
    str | None,
    typer.Option(
        metavar="N|WxH",
        help="Bring images to this size in pixels: 64 for a square, 64x96 for 64 wide and 96 high. "
        "Without it they keep their own.",
    ),
]
Crop = Annotated[bool | None, typer.Option("--crop/--stretch", help="How images are brought to that size.")]
Channels = Annotated[
    str | None,
    typer.Option(
        metavar="grey|colour|N", help="Of images in files; 4 keeps their transparency. What they need by default."
    ),
]
Background = Annotated[
    str | None,
    typer.Option(metavar="COLOUR", help="What transparent images are laid over: white, black, #rrggbb ..."),
]
ValidationSplit = Annotated[
    float | None,
    typer.Option(metavar="SHARE", min=0.0, max=1.0, help="Share of the data to hold out, where it does not say which."),
]
Strategy = Annotated[
    str | None,
    typer.Option(help="mirrored, every GPU of this machine, or multi_worker, one process each, by TF_CONFIG."),
]
Every = Annotated[
    float | None,
    typer.Option(metavar="MINUTES", min=0.001, help="Minutes between checkpoints; after each epoch without."),
]
Moved = Annotated[
    str | None,
    typer.Option(metavar="DATA", help="Where the data of the run lie now, if they have moved; kept for later."),
]
Retry = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        help="When a loss or weight is not finite, go on from the last checkpoint with other draws and half the "
        "learning rates, up to N times.",
    ),
]
