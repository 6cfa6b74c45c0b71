"""The commands that look at runs and data: `evaluate`, `compare`, `augment-preview`."""

from pathlib import Path
from typing import Annotated

import typer

from kgan_cli import bundles, output
from kgan_cli.app import app
from kgan_cli.options import Crop, ImageSize, Moved, RunFolder, Source

__all__ = ["augment_preview", "compare", "evaluate"]


@app.command(
    epilog="Examples: kgan evaluate runs/digits-0001 | "
    "kgan evaluate runs/photos-0001 --samples 2000 --features inception --out photos.html"
)
def evaluate(
    run: RunFolder,
    samples: Annotated[
        int | None,
        typer.Option(
            min=10, help="Generate so many samples. Without it, as many as there are training reals, at most 5,000."
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            help="Measure through digits, efficientnet-lite0, inception[:PATH] or pixels. Without it, as the run does."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draw the samples from this seed.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the report here. It is RUN/report.html without it.")] = None,
    data: Moved = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            help="Measure translations between two collections on these true pairs too: a folder of a/ and b/."
        ),
    ] = None,
    balance: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Fill up the rare values of this column of a table, or rare classes of pictures by the word label: "
            "draw them, say whether a classifier gains by them, and write them.",
        ),
    ] = None,
) -> None:
    """Measure samples against reals and write a report."""
    from kgan import evaluation, report
    from kgan import run as runs

    opened = runs.Run(run)
    opened = opened if data is None else opened.with_data(data)
    found = evaluation.evaluate(opened, samples, features, seed, say=output.say, pairs=pairs, balance=balance)
    path = report.write(opened, found, out)
    for line in (
        *found.notes,
        "",
        *found.lines(),
        "",
        f"Verdict: {opened.verdict or 'none; the monitor never looked.'}",
    ):
        output.say(line)
    output.say(f"Report in {path}, figures in {opened.evaluation}")
    if (opened.export / "card.json").is_file():
        bundles.note_figures(opened.export, found.record(), output.say)


@app.command(
    epilog="Examples: kgan compare runs/digits-0001 runs/digits-0002 | "
    "kgan compare runs/* --metric val_precision --out precision.html"
)
def compare(
    run_folders: Annotated[list[Path], typer.Argument(metavar="RUN RUN ...", help="Two or more run folders.")],
    metric: Annotated[
        str | None, typer.Option(help="Plot this column of log.csv. It is val_frechet_distance without it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Write the page here.")] = Path("compare.html"),
) -> None:
    """Put runs side by side, settings and results.

    Of the settings it shows those that differ.
    """
    from kgan import report
    from kgan import run as runs

    comparison = report.compare([runs.Run(folder) for folder in run_folders], metric)
    for line in comparison.lines():
        output.say(line)
    output.say(f"\nThe same, with {comparison.metric} over epochs, in {comparison.write(out)}")


@app.command(
    name="augment-preview",
    epilog="Examples: kgan augment-preview digits --out grid.png | "
    "kgan augment-preview photos/ --image-size 64 --policy ada --probability 0.5 --out grid.png",
)
def augment_preview(
    source: Source,
    out: Annotated[Path, typer.Option(help="Write the picture here: an image in each row, then its augmented copies.")],
    policy: Annotated[
        str, typer.Option(help="Augment by ada, or by any of color,translation,cutout,flip.")
    ] = "color,translation,cutout",
    probability: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Apply each operation with this probability. Without it they are at their strongest."
        ),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Show so many images.")] = 8,
    copies: Annotated[int, typer.Option(min=1, help="Show so many augmented copies of each.")] = 7,
    seed: Annotated[int, typer.Option(min=0, help="Choose images and draw augmentations from this seed.")] = 0,
    image_size: ImageSize = None,
    crop: Crop = True,
) -> None:
    """Show what the discriminator sees of augmented data."""
    from kgan import augmentation, data, pictures

    chosen = augmentation.get(policy)  # before the data, which may take long
    images = data.load(source, batch_size=1, image_size=image_size, crop=crop, seed=seed).first(rows, "rows")
    pictures.layout(len(images) * (1 + copies), *images.shape[1:3], 1 + copies)  # refuses, before the work is done
    drawn = augmentation.preview(images, chosen, copies, seed, probability)
    names = ["original", *(f"copy {number}" for number in range(1, 1 + copies))]
    pictures.save(pictures.grid(drawn, 1 + copies, names=names), out)
    output.say(f"{len(images)} images of {source}, each with {copies} augmented copies, in {out}")
