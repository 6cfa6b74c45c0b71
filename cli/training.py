"""The commands that train: `train`, `resume`."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgan_cli import bundles, output, spelling
from kgan_cli.app import app
from kgan_cli.options import (
    Background,
    Channels,
    Crop,
    Every,
    ImageSize,
    Moved,
    Retry,
    RunFolder,
    Sources,
    Strategy,
    ValidationSplit,
)

if TYPE_CHECKING:
    from kgan import run as runs
    from kgan.export import Preview
    from kgan.run import Trained

__all__ = ["resume", "train"]

_SUITED = "auto"  # the recipe that suits the data
_PRIVATE = "private"  # that of a table with an epsilon
_SOON = 2  # epochs in which the figures of a verdict hardly change


@app.command(
    epilog="Examples: kgan train digits | kgan train photos/ --image-size 64 --epochs 100 | "
    "kgan train horses/ zebras/ --recipe cyclegan | "
    "kgan train tfds:fashion_mnist --set latent_dim=128 --set loss=non_saturating. "
    "Every setting, with its value, its meaning and its source: kgan recipes show digits. "
    "Where the output is no terminal, a line comes every 30 s, or every KGAN_PROGRESS seconds."
)
def train(
    source: Sources,
    recipe: Annotated[
        str,
        typer.Option(
            help="The recipe: a name that kgan recipes lists, or a file, such as mine.toml. Without it, that of the "
            "run of --init-from, or the one that suits the data and this machine; the run says which, and why."
        ),
    ] = _SUITED,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Train for so many passes over the data. The recipe says how many without it."),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Put so many samples into a batch.")] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Draw weights, latents and the order of the data from this seed.")
    ] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write the run into this folder. It is runs/NAME-NUMBER without it.")
    ] = None,
    image_size: ImageSize = None,
    crop: Crop = None,
    channels: Channels = None,
    background: Background = None,
    validation_split: ValidationSplit = None,
    direction: Annotated[
        str | None, typer.Option(help="Learn from a to b, or from b to a, of pairs: a2b or b2a.")
    ] = None,
    init_from: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Start from the weights of another run.")
    ] = None,
    epsilon: Annotated[
        float | None,
        typer.Option(
            metavar="EPSILON",
            help="Learn from a table with differential privacy, and spend so much on it: 3, say. The recipe is private "
            "unless you name one, and data.delta 0.00001.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse damaged images instead of skipping them.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a setting of the recipe, such as penalties.r1.gamma=0.5, as often as you like. "
            "kgan recipes show NAME lists every setting with its value, its meaning and its source.",
        ),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            metavar="best|last",
            help="Export the weights of the best epoch by the run's own metric on held-out data, or the last ones. "
            "Without it they are the best ones where that metric tells them well.",
        ),
    ] = None,
    strategy: Strategy = None,
    every: Every = None,
    retry: Retry = 0,
) -> None:
    """Train a GAN, draw samples, save and export it."""
    from kgan import run as runs
    from kgan.data import two_places

    if recipe == _SUITED and strategy == "multi_worker":
        raise ValueError(
            "Expected --recipe with --strategy multi_worker. Received: none, and each worker would choose one for "
            "its own machine. Pass --recipe pictures, say, to all of them."
        )

    def begin(**how) -> "Trained":
        options = {"seed": seed, "strict": strict, "init_from": init_from, "export": export}
        options |= {"image_size": image_size, "crop": crop, "direction": direction}
        data = {"channels": channels, "background": background, "validation_split": validation_split}
        data["epsilon"] = epsilon
        asked = _pairs(settings or []) | {f"data.{name}": value for name, value in data.items() if value is not None}
        of_run = recipe == _SUITED and init_from is not None  # its networks take the weights
        plan = runs.Plan.make(
            two_places.joined(source),
            runs.recipe_of(init_from) if of_run else _PRIVATE if recipe == _SUITED and epsilon is not None else recipe,
            asked,
            epochs,
            batch_size,
            say=how["say"],
            **options,
        )
        return runs.train(plan, out, **how)

    _train_and_ship(begin, strategy, every, retry)


@app.command(epilog="Examples: kgan resume runs/digits-0001 | kgan resume runs/digits-0001 --epochs 60 --every 10")
def resume(
    run: RunFolder,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Train until so many epochs in all. Without it, as many as were planned.")
    ] = None,
    data: Moved = None,
    strategy: Strategy = None,
    every: Every = None,
    retry: Retry = 0,
) -> None:
    """Go on with a run that was interrupted.

    It comes to the same result as if nothing had happened.
    """
    from kgan import run as runs

    def begin(**how) -> "Trained":
        opened = runs.Run(run)
        return runs.resume(opened if data is None else opened.with_data(data), epochs, **how)

    _train_and_ship(begin, strategy, every, retry)


def _train_and_ship(begin: "Callable[..., Trained]", strategy: str | None, every: float | None, retries: int) -> None:
    """What `train` and `resume` have in common: `begin` trains on the replicas that the user asked for."""
    from kgan import distribution
    from kgan import run as runs

    replicas = None if strategy is None else distribution.strategy(strategy)  # before TensorFlow does anything else
    policy = runs.CheckpointPolicy(every, retries)
    output.if_unread("training goes on without them. Ctrl-C stops it.")
    lines: list[str] = []
    trained = begin(verbose="auto", say=_say(replicas, lines), policy=policy, strategy=replicas)
    if replicas is None or distribution.is_chief(replicas):
        _finish(trained, lines)


_OPTIONS = ("seed", "out", "recipe", "strict", "init_from", "strategy", "every", "retry", "direction")


def _pairs(settings: list[str]) -> dict[str, str]:
    pairs = {}
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator or not key.strip():
            raise ValueError(f"Expected --set KEY=VALUE. Received: --set {setting}. Write --set epochs=3, say.")
        if key in _OPTIONS:
            raise ValueError(
                f"Expected --set with a setting of the recipe. Received: --set {setting}. "
                f"Write {_option(key, value)}, which is an option of its own."
            )
        pairs[key.strip()] = value
    return pairs


def _option(key: str, value: str) -> str:
    flag = f"--{key.replace('_', '-')}"
    return flag if key == "strict" else f"{flag} {shlex.quote(value)}"


def _say(replicas, lines: list[str]) -> "Callable[[str], None]":
    """Where the lines of progress go: of several workers, the chief alone has the run folder that they tell of.

    Args:
        replicas: On which the run trains.
        lines: What was said is added to it.
    """
    from kgan import distribution

    options = typer.main.get_command(app).commands["train"].params

    def say(line: str) -> None:
        lines.append(line)
        output.say(spelling.as_typed(line, options))

    if replicas is None or distribution.is_chief(replicas):
        return say
    output.say("This worker trains along; the chief draws, saves and exports.")
    return lambda line: None


def _finish(trained: "Trained", lines: list[str]) -> None:
    """Says what training came to, and ships it.

    Args:
        trained: What it came to.
        lines: What was said meanwhile, which is not said again.
    """
    run = trained.run
    minutes, seconds = divmod(round(trained.seconds), 60)
    of = f"epoch {trained.epochs} of {run.plan.recipe.epochs}"
    did = f"Stopped in {of}" if trained.interrupted else f"Trained to {of}"
    output.say(f"{did} after {minutes} min {seconds} s.")
    output.say(f"Verdict: {_verdict(trained, lines)}")
    if trained.skipped:
        first = next(iter(trained.skipped))
        damaged = output.counted(len(trained.skipped), "damaged sample")
        output.say(f"Skipped {damaged}, such as {first}: {trained.skipped[first]}")
    try:
        bundles.export_run(run, say=output.say)
        preview = bundles.preview(run)
    except KeyboardInterrupt:
        output.say(f"The export is not finished; training is. kgan export {run.folder} exports it.")
        raise
    _say_what_next(run, preview, trained.interrupted)


def _verdict(trained: "Trained", lines: list[str]) -> str:
    if trained.verdict is None:
        return "none; the monitor never looked."
    said = [re.match(r"\s*Epoch (\d+), ([^:]+): ", line) for line in lines]
    last = next((one for one in reversed(said) if one), None)
    if last is not None and last[2] == trained.verdict.name and trained.epochs - int(last[1]) < _SOON:
        return f"{trained.verdict.name}, as said after epoch {last[1]}."
    return str(trained.verdict)


def _say_what_next(run: "runs.Run", preview: "Preview", interrupted: bool) -> None:
    kgan = "kgan" if shutil.which("kgan") else sys.argv[0]
    python = "python" if os.environ.get("VIRTUAL_ENV") else sys.executable
    seen = f"\n  {run.diagnosis}   what the monitor saw" if run.diagnosis.is_file() else ""
    go_on = f"\n  {kgan} resume {run.folder}   goes on to epoch {run.plan.recipe.epochs}" if interrupted else ""
    output.say(
        f"""
Look at
  {run.onnx_grid}   {preview.shows}
  {run.film}   how they came to be
  {run.log}   the figures of each epoch{seen}
Type next{go_on}
  {kgan} {preview.runner.command} {run.export} {preview.arguments}
  {kgan} evaluate {run.folder}
  {python} {run.export / preview.runner.name} {preview.arguments}
The last one needs numpy, pillow and onnxruntime only. kgan evaluate writes {run.report};
kgan compare RUN RUN puts two runs or more side by side."""
    )
