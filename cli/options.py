"""Arguments and options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Background",
    "Bundle",
    "Channels",
    "Crop",
    "Direction",
    "Every",
    "ImageSize",
    "Moved",
    "Provider",
    "Retry",
    "RunFolder",
    "Source",
    "Sources",
    "Strategy",
    "Threads",
    "ValidationSplit",
]

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder, such as runs/digits-0001.")]
Bundle = Annotated[
    Path,
    typer.Argument(
        metavar="BUNDLE",
        help="An exported bundle (the export/ folder of a run), its .onnx file, or the folder of a run that has one.",
    ),
]
Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA",
        help="The data to train on: digits, tfds:NAME[/SPLIT], a folder, a .zip, .npy or .npz file; a table, "
        "rows.csv, rows.parquet or base.db:orders; captions.csv beside the pictures that it says something of. Two of "
        "them, as horses/ zebras/, are two collections without pairs.",
    ),
]
Source = Annotated[
    str,
    typer.Argument(
        metavar="DATA", help="The data to train on: digits, tfds:NAME[/SPLIT], a folder, a .zip, .npy or .npz file."
    ),
]
ImageSize = Annotated[
    str | None,
    typer.Option(
        metavar="N|WxH",
        help="Bring images to this size in pixels: 64 for a square, 64x96 for 64 wide and 96 high. "
        "Without it they keep their own, or have the one that is chosen with the recipe.",
    ),
]
Crop = Annotated[
    bool | None, typer.Option("--crop/--stretch", help="Cut images to that size about their centre, or stretch them.")
]
Channels = Annotated[
    str | None,
    typer.Option(
        metavar="grey|colour|N",
        help="Read images from files as grey, in colour, or with N channels, of which 4 keep their transparency. "
        "Without it they have what they need.",
    ),
]
Background = Annotated[
    str | None,
    typer.Option(metavar="COLOUR", help="Lay transparent images over this colour: white, black, #rrggbb ..."),
]
ValidationSplit = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Hold out this share of the data, 0.1 for a tenth or 0 for none, where they do not say which.",
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        help="Train on several devices: mirrored takes every GPU of this machine, multi_worker the processes of "
        "TF_CONFIG."
    ),
]
Every = Annotated[
    float | None,
    typer.Option(
        metavar="MINUTES",
        min=0.001,
        help="Write a checkpoint every so many minutes. Without it there is one after each epoch.",
    ),
]
Moved = Annotated[
    str | None,
    typer.Option(metavar="DATA", help="Read the data of the run here, where they have moved to; the run keeps it."),
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
Direction = Annotated[
    str | None,
    typer.Option(
        metavar="a2b|b2a", help="Translate from a to b, or from b to a, of a bundle of both. It is a2b without it."
    ),
]
Provider = Annotated[
    str | None,
    typer.Option(
        help="Compute with this provider of onnxruntime, where it offers it: cpu, cuda, directml, coreml, ... It is a "
        "GPU without it, where onnxruntime offers one."
    ),
]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Compute with so many threads. They are as many as are fastest without it.")
]
