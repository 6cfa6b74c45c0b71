"""The run folder: what one training leaves behind, and what can be done with it afterwards."""

import importlib.metadata
import json
import os
import platform
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import tensorflow as tf

from kgan import callbacks, data, files, pictures, recipes
from kgan.gan import GAN

_PACKAGES = ("kgan", "tensorflow", "keras", "numpy", "tensorflow-datasets", "tf2onnx", "onnx", "onnxruntime", "pillow")


@dataclass(frozen=True)
class Plan:
    """Everything needed to repeat a run.

    Attributes:
        source: What `kgan.data.load` is given.
        recipe_name: Name of the recipe.
        recipe: Its settings, as changed for this run.
        seed: Of weights, latents and order of the data.
        image_size: Pixels to bring images to; `None` keeps theirs.
        crop: Whether resizing cuts or stretches.
        strict: Whether a damaged image is an error.
    """

    source: str
    recipe_name: str
    recipe: recipes.Recipe
    seed: int = 0
    image_size: int | None = None
    crop: bool = True
    strict: bool = False

    @classmethod
    def make(
        cls,
        source: str,
        recipe: str = "digits",
        settings: dict[str, str] | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        **others,
    ) -> "Plan":
        """A plan from what the command line is given.

        Raises:
            ValueError: The recipe or a setting is unknown, or a number is out of range.
        """
        changed = recipes.get(recipe).changed(settings or {})
        for key, value in (("epochs", epochs), ("batch_size", batch_size)):
            if value is not None:
                changed = replace(changed, **{key: value})
        if changed.epochs < 1:
            raise ValueError(f"Expected epochs >= 1. Received: epochs={changed.epochs}.")
        if data.is_path(source) and os.path.exists(source):
            source = os.path.abspath(source)  # so that the run can be evaluated from any folder
        return cls(source=source, recipe_name=recipe, recipe=changed, **others)

    def load(self) -> data.Splits:
        """The data."""
        return data.load(
            self.source,
            self.recipe.batch_size,
            image_size=self.image_size,
            crop=self.crop,
            seed=self.seed,
            strict=self.strict,
        )

    @classmethod
    def from_dict(cls, content: dict) -> "Plan":
        """The plan that `config.json` holds."""
        return cls(**{**content, "recipe": recipes.Recipe(**content["recipe"])})


class RunError(ValueError):
    """A folder is not the run that it was taken for."""


class Run:
    """A run folder.

    Args:
        folder: The folder; it holds `config.json`.

    Raises:
        RunError: It does not exist, or is not a run.
    """

    def __init__(self, folder: "str | os.PathLike"):
        self.folder = Path(folder)
        self.samples = self.folder / "samples"
        self.film = self.folder / "evolution.gif"
        self.log = self.folder / "log.csv"
        self.tensorboard = self.folder / "tensorboard"
        self.checkpoint = self.folder / "last.keras"
        self.export = self.folder / "export"
        self.onnx_grid = self.folder / "onnx-grid.png"
        config = self.folder / "config.json"
        if not config.is_file():
            what = "has no config.json" if self.folder.is_dir() else "does not exist"
            raise RunError(f"Expected a run folder of kgan train. Received: {self.folder}, which {what}.")
        try:
            self.config = json.loads(config.read_text(encoding="utf-8"))
            self.plan = Plan.from_dict(self.config["plan"])
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"Expected {config} as kgan train writes it. Received: {error!r}.") from error

    @classmethod
    def create(cls, folder: Path, plan: Plan) -> "Run":
        """Makes the folder and writes `config.json`.

        Raises:
            RunError: The folder holds something already.
        """
        config = {"plan": asdict(plan), "versions": _versions()}
        check_free(folder)
        folder.mkdir(parents=True, exist_ok=True)
        files.write_json(folder / "config.json", config)
        return cls(folder)

    def load(self) -> GAN:
        """The model as last saved.

        Raises:
            RunError: Nothing was saved yet.
        """
        if not self.checkpoint.is_file():
            raise RunError(
                f"Expected {self.checkpoint}. Received: a run that ended before its first epoch. Train again."
            )
        return keras.models.load_model(self.checkpoint)

    def frames(self) -> list[Path]:
        """The sample grids, in order."""
        return sorted(self.samples.glob("epoch-*.png"))


def check_free(folder: Path) -> None:
    """Refuses a folder that holds something already.

    Raises:
        RunError: It does, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise RunError(f"Expected a folder for the run. Received: {folder}, which is a file. Choose another --out.")
    if folder.exists() and any(folder.iterdir()):
        what = "an earlier run" if (folder / "config.json").is_file() else "other files"
        raise RunError(
            f"Expected a new or empty folder for the run. Received: {folder}, which holds {what}. "
            f"Nothing was changed; choose another --out."
        )


def next_folder(source: str, parent: Path = Path("runs")) -> Path:
    """`runs/digits-0001`, or the first number that is free; named after the source."""
    name = "".join(c if c.isalnum() else "-" for c in Path(source.removeprefix("tfds:")).stem).strip("-") or "run"
    number = 1
    while (parent / f"{name}-{number:04d}").exists():
        number += 1
    return parent / f"{name}-{number:04d}"


@dataclass(frozen=True)
class Trained:
    """What `train` did.

    Attributes:
        run: The folder.
        epochs: Epochs trained, the last one perhaps in part.
        seconds: Wall time of training.
        interrupted: Whether Ctrl-C ended it.
        skipped: Damaged files that were left out, and why.
    """

    run: Run
    epochs: int
    seconds: float
    interrupted: bool
    skipped: dict[str, str]


def train(
    plan: Plan, folder: Path, verbose: "int | str" = "auto", say: Callable[[str], None] = lambda line: None
) -> Trained:
    """Trains as planned, draws and saves; samples, film, logs and checkpoint lie in the run folder afterwards.

    Args:
        plan: What to train, and how.
        folder: A new or empty folder.
        verbose: As in `keras.Model.fit`.
        say: Called with a line of progress now and then.

    Raises:
        DataError: The data cannot be loaded, or is no images.
        RunError: The folder holds something already.
    """
    check_free(folder)  # before a download that may take long
    splits = plan.load()
    if len(splits.sample_shape) != 3:
        raise data.DataError(
            f"Expected images, because the recipes train convolutional networks. "
            f"Received: samples of shape {splits.sample_shape}. Build your own networks with kgan.GAN."
        )
    gan = plan.recipe.build(splits.sample_shape, splits.num_classes, plan.seed)
    run = Run.create(folder, plan)
    say(f"{plan.source}: {splits}")
    say(f"Run folder: {run.folder}. The first step compiles; Ctrl-C stops and keeps what there is.")
    interrupt = callbacks.StopOnInterrupt()
    log = keras.callbacks.CSVLogger(run.log)
    started = time.perf_counter()
    try:
        history = gan.fit(
            splits.train,
            validation_data=splits.validation,
            epochs=plan.recipe.epochs,
            verbose=verbose,
            callbacks=[
                interrupt,
                callbacks.SampleGrid(run.samples, log_dir=run.tensorboard / "samples"),
                log,
                keras.callbacks.TensorBoard(run.tensorboard, write_graph=False),
                callbacks.LastCheckpoint(run.checkpoint),
            ],
        )
    except tf.errors.OpError as error:
        named = re.search(r"DataError: (.*)", str(error))  # raised in the pipeline, wrapped by TensorFlow
        if named is None:
            raise
        raise data.DataError(named.group(1)) from error
    finally:
        interrupt.restore()
        log.on_train_end()  # closes the file, which an exception would leave open
    seconds = time.perf_counter() - started
    pictures.film(run.frames(), run.film)
    return Trained(run, len(history.epoch), seconds, interrupt.interrupted, dict(splits.skipped))


def evaluate(run: Run, verbose: "int | str" = 0) -> dict[str, float]:
    """Both players' figures on the held-out data, also written to `evaluation.json`.

    Raises:
        RunError: Nothing was saved, or the data has no held-out part.
    """
    gan = run.load()
    validation = run.plan.load().validation
    if validation is None:
        raise RunError(f"Expected held-out data to evaluate {run.folder} on. Received: a run without.")
    figures = gan.evaluate(validation, return_dict=True, verbose=verbose)
    figures = {name: float(value) for name, value in figures.items()}
    files.write_json(run.folder / "evaluation.json", figures)
    return figures


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "installed under another name"  # tensorflow-cpu, tf-nightly, onnxruntime-gpu
