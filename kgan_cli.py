"""The commands: nothing but arguments to calls.

They stand outside of the package, and import it where they use it: whatever imports `kgan` imports TensorFlow, which
takes seconds, and help and version need neither.
"""

import importlib.metadata
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kgan import run as runs
    from kgan.run import training


app = typer.Typer(
    name="kgan",
    help="Train a GAN, look at it, and ship its generator as ONNX.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, as runs/digits-0001.")]
Strategy = Annotated[
    str | None,
    typer.Option(help="mirrored, every GPU of this machine, or multi_worker, one process each, by TF_CONFIG."),
]
Every = Annotated[
    float | None,
    typer.Option(metavar="MINUTES", min=0.001, help="Minutes between checkpoints; after each epoch without."),
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


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kgan {importlib.metadata.version('kgan')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command(
    epilog="Examples: kgan train digits | kgan train photos/ --image-size 64 --epochs 100 | "
    "kgan train tfds:fashion_mnist --set latent_dim=128 --set loss=non_saturating"
)
def train(
    source: Annotated[
        str, typer.Argument(metavar="DATA", help="digits, tfds:NAME[/SPLIT], a folder, a .npy or .npz file.")
    ],
    recipe: Annotated[str, typer.Option(help="Named settings: digits or dcgan.")] = "digits",
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data; the recipe's by default.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Samples in a batch.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, latents and order of the data.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The run folder; runs/NAME-NUMBER by default.")] = None,
    image_size: Annotated[int | None, typer.Option(min=8, max=256, help="Pixels to bring images to.")] = None,
    crop: Annotated[bool, typer.Option("--crop/--stretch", help="How images are brought to that size.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse damaged images instead of skipping them.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the recipe; repeatable.")
    ] = None,
    strategy: Strategy = None,
    every: Every = None,
    retry: Retry = 0,
) -> None:
    """Train a GAN; draw, save and export it."""
    from kgan import distribution
    from kgan import run as runs
    from kgan.run import training

    replicas = None if strategy is None else distribution.strategy(strategy)  # before TensorFlow does anything else
    plan = runs.Plan.make(
        source,
        recipe,
        _pairs(settings or []),
        epochs,
        batch_size,
        seed=seed,
        image_size=image_size,
        crop=crop,
        strict=strict,
    )
    folder = out or runs.next_folder(source)
    _finish(training.train(plan, folder, _verbosity(), _say(replicas), training.Care(every, retry), replicas), replicas)


@app.command(epilog="Examples: kgan resume runs/digits-0001 | kgan resume runs/digits-0001 --epochs 60 --every 10")
def resume(
    run: RunFolder,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Train until so many epochs in all; as planned by default.")
    ] = None,
    strategy: Strategy = None,
    every: Every = None,
    retry: Retry = 0,
) -> None:
    """Go on with a run that was interrupted, as if nothing had happened."""
    from kgan import distribution
    from kgan import run as runs
    from kgan.run import training

    replicas = None if strategy is None else distribution.strategy(strategy)  # before TensorFlow does anything else
    care = training.Care(every, retry)
    _finish(training.resume(runs.Run(run), epochs, _verbosity(), _say(replicas), care, replicas), replicas)


@app.command(
    epilog="Examples: kgan evaluate runs/digits-0001 | "
    "kgan evaluate runs/photos-0001 --samples 2000 --features inception --out photos.html"
)
def evaluate(
    run: RunFolder,
    samples: Annotated[
        int | None, typer.Option(min=10, help="How many to generate; as many as training reals, at most 5,000.")
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(help="digits, efficientnet-lite0, inception[:PATH] or pixels; the run's by default."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples' latents.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The report; RUN/report.html by default.")] = None,
) -> None:
    """Measure samples against training and held-out reals; write a report."""
    from kgan import evaluation, report
    from kgan import run as runs

    opened = runs.Run(run)
    found = evaluation.evaluate(opened, samples, features, seed, say=typer.echo)
    path = report.write(opened, found, out)
    for line in (
        *found.notes,
        "",
        *found.lines(),
        "",
        f"Verdict: {opened.verdict or 'none; the monitor never looked.'}",
    ):
        typer.echo(line)
    typer.echo(f"Report in {path}, figures in {opened.evaluation}")


@app.command(
    epilog="Examples: kgan compare runs/digits-0001 runs/digits-0002 | "
    "kgan compare runs/* --metric val_precision --out precision.html"
)
def compare(
    run_folders: Annotated[list[Path], typer.Argument(metavar="RUN RUN ...", help="Two or more run folders.")],
    metric: Annotated[
        str | None, typer.Option(help="A column of log.csv to plot; val_frechet_distance by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The page.")] = Path("compare.html"),
) -> None:
    """Put runs side by side: settings that differ, and what they came to."""
    from kgan import report
    from kgan import run as runs

    comparison = report.compare([runs.Run(folder) for folder in run_folders], metric)
    for line in comparison.lines():
        typer.echo(line)
    typer.echo(f"\nThe same, with {comparison.metric} over epochs, in {comparison.write(out)}")


@app.command(epilog="Example: kgan export runs/digits-0001 --opset 15")
def export(
    run: RunFolder,
    opset: Annotated[int, typer.Option(min=13, max=18, help="ONNX operator set.")] = 18,
    out: Annotated[Path | None, typer.Option(help="Where the bundle goes; RUN/export by default.")] = None,
) -> None:
    """Write SavedModel and ONNX, and prove both equal to Keras."""
    from kgan import run as runs

    typer.echo(f"Verified: {_export(runs.Run(run), out, opset)}")


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
    _sample(bundle, count, seed, out, labels, truncation_psi)
    typer.echo(f"{count} samples in {out}")


@app.command(
    name="augment-preview",
    epilog="Examples: kgan augment-preview digits --out grid.png | "
    "kgan augment-preview photos/ --image-size 64 --policy ada --probability 0.5 --out grid.png",
)
def augment_preview(
    source: Annotated[
        str, typer.Argument(metavar="DATA", help="digits, tfds:NAME[/SPLIT], a folder, a .npy or .npz file.")
    ],
    out: Annotated[Path, typer.Option(help="A picture: an image in each row, then its augmented copies.")],
    policy: Annotated[
        str, typer.Option(help="ada, or any of color,translation,cutout,flip.")
    ] = "color,translation,cutout",
    probability: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Of each operation; the strongest by default.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Images.")] = 8,
    copies: Annotated[int, typer.Option(min=1, help="Augmented copies of each.")] = 7,
    seed: Annotated[int, typer.Option(min=0, help="Of the choice of images and of the augmentation.")] = 0,
    image_size: Annotated[int | None, typer.Option(min=8, max=256, help="Pixels to bring images to.")] = None,
    crop: Annotated[bool, typer.Option("--crop/--stretch", help="How images are brought to that size.")] = True,
) -> None:
    """Show what the discriminator would see of some data under an augmentation."""
    from kgan import augmentation, data, pictures

    chosen = augmentation.get(policy)  # before the data, which may take long
    images = data.load(source, batch_size=1, image_size=image_size, crop=crop, seed=seed).first(rows)
    pictures.layout(len(images) * (1 + copies), *images.shape[1:3], 1 + copies)  # refuses, before the work is done
    pictures.save(pictures.grid(augmentation.preview(images, chosen, copies, seed, probability), 1 + copies), out)
    typer.echo(f"{len(images)} images of {source}, each with {copies} augmented copies, in {out}")


def _verbosity() -> int:
    return 1 if sys.stdout.isatty() else 2


def _say(replicas):
    """Where the lines of progress go: of several workers, the chief alone has the run folder that they tell of."""
    from kgan import distribution

    if replicas is None or distribution.is_chief(replicas):
        return typer.echo
    typer.echo("This worker trains along; the chief draws, saves and exports.")
    return lambda line: None


def _finish(trained: "training.Trained", replicas) -> None:
    """Says what training came to, and ships it."""
    from kgan import distribution

    if replicas is not None and not distribution.is_chief(replicas):
        return
    run = trained.run
    minutes, seconds = divmod(round(trained.seconds), 60)
    verb = "Stopped in" if trained.interrupted else "Trained"
    typer.echo(f"{verb} epoch {trained.epochs} after {minutes} min {seconds} s. Exporting and verifying ...")
    typer.echo(f"Verdict: {trained.verdict}")
    if trained.skipped:
        first = next(iter(trained.skipped))
        typer.echo(f"Skipped {len(trained.skipped)} damaged sample(s), such as {first}: {trained.skipped[first]}")
    _export(run)
    _sample(run.export, 100, 0, run.onnx_grid)
    _say_what_next(run)


def _pairs(settings: list[str]) -> dict[str, str]:
    pairs = {}
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise ValueError(f"Expected --set KEY=VALUE. Received: --set {setting}.")
        pairs[key] = value
    return pairs


def _export(run: "runs.Run", out: Path | None = None, opset: int = 18) -> Path:
    import kgan.export  # here, because tf2onnx takes a second to import and training does without it

    try:
        return kgan.export.save(run.load(), out or run.export, opset=opset)
    except kgan.export.ExportError as error:
        raise ValueError(str(error)) from error  # one of those that `main` tells


def _sample(
    bundle: Path, count: int, seed: int | None, out: Path, labels: str | None = None, truncation_psi: float = 1.0
) -> None:
    from kgan.export import sampler

    parsed = None if labels is None else sampler.parse_labels(labels)
    sampler.sample_to_file(bundle, count, seed, out, parsed, truncation_psi)


def _say_what_next(run: "runs.Run") -> None:
    kgan = "kgan" if shutil.which("kgan") else sys.argv[0]
    python = "python" if os.environ.get("VIRTUAL_ENV") else sys.executable
    typer.echo(
        f"""
Look at
  {run.onnx_grid}   100 samples, drawn by onnxruntime
  {run.film}   how they came to be
  {run.log}   the figures of each epoch
  {run.diagnosis}   what the game looked like
Type next
  {kgan} sample {run.export} --count 100 --seed 1 --out grid.png
  {kgan} evaluate {run.folder}
  {python} {run.export / "sampler.py"} --count 100 --seed 1 --out grid.png
The last one needs numpy, pillow and onnxruntime only. kgan evaluate writes {run.report};
kgan compare RUN RUN puts two runs or more side by side."""
    )


def main() -> None:
    """Runs the command line; what the user can mend is told in one line, without a traceback."""
    try:
        app(prog_name="kgan")
    except (ValueError, ArithmeticError, OSError) as error:
        if os.environ.get("KGAN_TRACEBACK"):
            raise
        typer.echo(f"error: {error}", err=True)
        typer.echo("(KGAN_TRACEBACK=1 shows where.)", err=True)
        sys.exit(2)
