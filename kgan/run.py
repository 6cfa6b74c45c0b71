"""The run folder: what one training leaves behind, and what can be done with it afterwards."""

import contextlib
import csv
import importlib.metadata
import json
import math
import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kgan import callbacks, data, files, pictures, recipes
from kgan.data.splits import extract
from kgan.diagnostics import Verdict
from kgan.gan import GAN
from kgan.metrics import extractors

_PACKAGES = ("kgan", "tensorflow", "keras", "numpy", "tensorflow-datasets", "tf2onnx", "onnx", "onnxruntime")
_PACKAGES += ("matplotlib", "pillow")
_FEWEST = 10  # held-out reals that metrics are worked out on: neighbourhoods reach out to the 5th
_MOST = 2_000  # samples that metrics draw after each epoch, or they would take longer than the epoch


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
        changed.features_for(source)  # refuses unknown ones before the data is loaded
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
        self.diagnosis = self.folder / "diagnosis.json"
        self.evaluation = self.folder / "evaluation.json"
        self.report = self.folder / "report.html"
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
        config = {"plan": asdict(plan), "versions": versions()}
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

    def figures(self) -> dict[str, np.ndarray]:
        """The columns of `log.csv`: `"epoch"` from 1, and what was logged, NaN where an entry is missing.

        Nothing where no epoch ended yet.

        Raises:
            RunError: The file is not as kgan wrote it.
        """
        if not self.log.is_file():
            return {}
        with self.log.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        try:
            columns = {
                name: np.array([math.nan if row[name] == "NA" else float(row[name]) for row in rows])
                for name in (rows[0] if rows else ())
            }
            if columns:
                columns["epoch"] = columns["epoch"] + 1
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"Expected {self.log} as kgan train writes it. Received: {error!r}.") from error
        return {name: values for name, values in columns.items() if not np.isnan(values).all()}

    def looks(self) -> list[dict]:
        """What the monitor saw, as `kgan.diagnostics.EquilibriumMonitor.record` has it; nothing where it never looked.

        Raises:
            RunError: The file is not as kgan wrote it.
        """
        if not self.diagnosis.is_file():
            return []
        try:
            looks = json.loads(self.diagnosis.read_text(encoding="utf-8"))["looks"]
            for look in looks:
                look["epoch"], look["signs"], Verdict(**look["verdict"])
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"Expected {self.diagnosis} as kgan train writes it. Received: {error!r}.") from error
        return looks

    @property
    def verdict(self) -> Verdict | None:
        """The last one; `None` where the monitor never looked."""
        looks = self.looks()
        return Verdict(**looks[-1]["verdict"]) if looks else None

    @property
    def trained(self) -> dict:
        """`"epochs"`, `"seconds"` and `"interrupted"` of a training that came to its end; empty otherwise."""
        return self.config.get("trained", {})

    def note(self, **outcome) -> None:
        """Adds what training came to, to `config.json`."""
        self.config["trained"] = outcome
        files.write_json(self.folder / "config.json", self.config)


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
        verdict: What the game looked like in the end.
    """

    run: Run
    epochs: int
    seconds: float
    interrupted: bool
    skipped: dict[str, str]
    verdict: Verdict | None = None


def train(
    plan: Plan,
    folder: Path,
    verbose: "int | str" = "auto",
    say: Callable[[str], None] = lambda line: None,
    strategy: "tf.distribute.Strategy | None" = None,
) -> Trained:
    """Trains as planned, draws and saves; samples, film, logs and checkpoint lie in the run folder afterwards.

    Args:
        plan: What to train, and how.
        folder: A new or empty folder.
        verbose: As in `keras.Model.fit`.
        say: Called with a line of progress now and then.
        strategy: On which replicas, as `kgan.distribution.strategy` has it; `None` for one.

    Raises:
        ClusterError: Another worker is gone.
        DataError: The data cannot be loaded, or is no images.
        ExtractorError: The features that metrics look through cannot be had, or do not take such images.
        RunError: The folder holds something already.
    """
    check_free(folder)  # before a download that may take long
    splits = plan.load()
    if len(splits.sample_shape) != 3:
        raise data.DataError(
            f"Expected images, because the recipes train convolutional networks. "
            f"Received: samples of shape {splits.sample_shape}. Build your own networks with kgan.GAN."
        )
    asked, features = plan.recipe.features, plan.recipe.features_for(plan.source)
    plan = replace(plan, recipe=replace(plan.recipe, features=features))
    held_out = _count(splits.validation) if features is not None else 0
    measured = features is not None and held_out >= _FEWEST
    if features is not None:  # an extractor that does not take such images says so now, not after the first epoch
        extractors.get(features)(np.zeros((1, *splits.sample_shape), np.float32))
    with contextlib.nullcontext() if strategy is None else strategy.scope():
        gan = plan.recipe.build(
            splits.sample_shape,
            splits.num_classes,
            plan.seed,
            features if measured else None,
            _MOST if held_out > _MOST else None,
        )
    run = Run.create(folder, plan)
    say(f"{plan.source}: {splits}")
    for line in _about_metrics(asked, features, held_out, splits, gan):
        say(line)
    say(f"Run folder: {run.folder}. The first step compiles; Ctrl-C stops and keeps what there is.")
    interrupt = callbacks.StopOnInterrupt()
    log = keras.callbacks.CSVLogger(run.log)
    monitor = callbacks.EquilibriumMonitor(
        features=features or "pixels", path=run.diagnosis, say=lambda line: say(line.strip())
    )
    # Before the monitor, whose eighteen figures would make a paragraph of each line of progress.
    progress = [keras.callbacks.ProgbarLogger()] if verbose else []
    started = time.perf_counter()
    try:
        with data_errors_by_name():
            history = gan.fit(
                splits.train,
                validation_data=splits.validation,
                epochs=plan.recipe.epochs,
                verbose=verbose,
                callbacks=[
                    interrupt,
                    callbacks.SampleGrid(run.samples, log_dir=run.tensorboard / "samples"),
                    *progress,
                    monitor,  # before those that write down what it adds to the logs
                    log,
                    keras.callbacks.TensorBoard(run.tensorboard, write_graph=False),
                    callbacks.LastCheckpoint(run.checkpoint),
                ],
            )
    finally:
        interrupt.restore()
        log.on_train_end()  # closes the file, which an exception would leave open
    seconds = time.perf_counter() - started
    pictures.film(run.frames(), run.film)
    run.note(epochs=len(history.epoch), seconds=round(seconds, 1), interrupted=interrupt.interrupted)
    return Trained(run, len(history.epoch), seconds, interrupt.interrupted, dict(splits.skipped), monitor.verdicts[-1])


def _count(source: "tf.data.Dataset | None") -> int:
    """How many samples there are."""
    with data_errors_by_name():
        return 0 if source is None else sum(len(extract(batch)[0]) for batch in source.as_numpy_iterator())


def _about_metrics(asked: str | None, features: str | None, held_out: int, splits: data.Splits, gan: GAN) -> list[str]:
    """What metrics the run has, and why not more."""
    if features is None:
        return ["No metrics of samples: the recipe has features=none."]
    if splits.validation is None:
        return ["No metrics of samples: the data has no held-out part."]
    if held_out < _FEWEST:
        return [f"No metrics of samples: they need {_FEWEST} held-out reals, and there are {held_out}."]
    number = f"as many samples as there are held-out reals ({held_out:,})"
    if held_out > _MOST:
        number = f"{_MOST:,} samples, against {held_out:,} held-out reals"
    lines = [f'Metrics on the features "{features}", of {number}.']
    if asked == recipes.AUTO and features == "pixels":
        lines.append(
            "Pixels say little of what is seen: pip install 'kgan[efficientnet]' brings a network to look with."
        )
    if "frechet_distance" not in [metric.name for metric in gan.sample_metrics]:
        lines.append("No Frechet distance: samples of this size have too many pixels for their covariance.")
    return lines


@contextlib.contextmanager
def data_errors_by_name() -> Iterator[None]:
    """What was raised in the pipeline, and wrapped by TensorFlow, as what it is."""
    try:
        yield
    except tf.errors.OpError as error:
        named = re.search(r"DataError: (.*)", str(error))
        if named is None:
            raise
        raise data.DataError(named.group(1)) from error


def versions() -> dict[str, str]:
    """Of Python and of the packages that a run depends on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "installed under another name"  # tensorflow-cpu, tf-nightly, onnxruntime-gpu
