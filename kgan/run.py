"""The run folder: what one training leaves behind, and what can be done with it afterwards."""

import contextlib
import csv
import importlib.metadata
import math
import os
import platform
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kgan import callbacks, data, documents, files, limits, pictures, recipes
from kgan.architectures import dcgan
from kgan.checkpoints import Checkpoint, Checkpoints, Place
from kgan.configurable import whole
from kgan.data.splits import extract
from kgan.diagnostics import Verdict
from kgan.gan import GAN
from kgan.guard import NotFiniteError
from kgan.metrics import extractors

_PACKAGES = ("kgan", "tensorflow", "keras", "numpy", "tensorflow-datasets", "tf2onnx", "onnx", "onnxruntime")
_PACKAGES += ("matplotlib", "pillow")
_FEWEST = 10  # held-out reals that metrics are worked out on: neighbourhoods reach out to the 5th
_LARGEST_SEED = 2**31 - 1  # what Keras's initializers and TensorFlow take, room for a few beside it
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
        changed.features_for(source)  # refuses unknown ones before the data is loaded
        if data.is_path(source) and os.path.exists(source):
            source = os.path.abspath(source)  # so that the run can be evaluated from any folder
        plan = cls(source=source, recipe_name=recipe, recipe=changed, **others)
        plan.check()
        return plan

    def check(self) -> None:
        """Refuses numbers out of range, before anything is loaded or built.

        Raises:
            ValueError: A number is.
        """
        whole("epochs", self.recipe.epochs, 1)
        whole("batch_size", self.recipe.batch_size, 1)
        for argument in ("latent_dim", "generator_width", "discriminator_width", "discriminator_steps"):
            whole(argument, getattr(self.recipe, argument), 1)
        whole("seed", self.seed, 0)
        limits.check_most("seed", self.seed, _LARGEST_SEED, "Any smaller one will do.")
        limits.check_most(
            "epochs",
            self.recipe.epochs,
            limits.MOST_EPOCHS,
            "Raise kgan.run.Run(folder).load() further with fit(initial_epoch=...).",
        )
        dcgan.check_sizes("generator_width", self.recipe.generator_width, self.recipe.latent_dim)
        dcgan.check_sizes("discriminator_width", self.recipe.discriminator_width)

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
        """The plan that `config.json` holds.

        Raises:
            ValueError: It is not as `dataclasses.asdict` gives a plan, or a number is out of range.
        """
        plan = documents.made(cls, content, "plan")
        plan.check()
        return plan


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
        self.checkpoints = Checkpoints(self.folder / "checkpoints")
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
            self.config = files.read_json(config)
            self.plan = Plan.from_dict(self.config.get("plan"))
            documents.check_texts(self.config.get("versions", {}), "versions")
            if "trained" in self.config:
                documents.check_object(self.trained, "trained", epochs=int, seconds=float, interrupted=bool)
        except (ValueError, OSError) as error:
            raise RunError(
                f"Expected {config} as kgan train writes it. Received: {error}. Train again, into another folder."
            ) from error

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

        A model from elsewhere cannot run code of its own: Keras reads it in safe mode.

        Raises:
            RunError: Nothing was saved yet, or what lies there is no model of kgan.
            CheckpointError: Every checkpoint is damaged.
        """
        newest = self.checkpoints.newest()
        if newest is None:
            raise RunError(
                f"Expected a checkpoint in {self.checkpoints.folder}. Received: a run that ended before its first. "
                f"kgan resume {self.folder} begins it anew."
            )
        return loaded(newest)

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
        try:
            with self.log.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            columns = {
                name: np.array([math.nan if row[name] == "NA" else float(row[name]) for row in rows])
                for name in (rows[0] if rows else ())
            }
            if columns:
                columns["epoch"] = columns["epoch"] + 1
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            raise RunError(f"Expected {self.log} as kgan train writes it. Received: {error!r}.") from error
        return {name: values for name, values in columns.items() if not np.isnan(values).all()}

    def looks(self) -> list[dict]:
        """What the monitor saw, as `kgan.diagnostics.EquilibriumMonitor.record` has it; nothing where it never looked.

        Raises:
            RunError: The file is not as kgan wrote it.
        """
        return self.record()["looks"] if self.diagnosis.is_file() else []

    def record(self) -> dict:
        """What the monitor wrote, as `kgan.diagnostics.EquilibriumMonitor.record` has it.

        Raises:
            RunError: The file is not as kgan wrote it.
        """
        try:
            record = files.read_json(self.diagnosis)
            documents.check_object({"asked_at": 0} | record, "diagnosis", asked_at=int, looks=list)
            for look in record["looks"]:
                documents.check_object(look, "look", epoch=int, signs=dict, verdict=dict)
                documents.check_numbers(look["signs"], "signs")
                documents.made(Verdict, look["verdict"], "verdict")
        except (ValueError, OSError) as error:
            raise RunError(f"Expected {self.diagnosis} as kgan train writes it. Received: {error}.") from error
        return record

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
        self._keep(trained=outcome)

    def note_failure(self, what: str, place: Place) -> None:
        """Adds why training stopped, and where the run stands since, to `config.json`."""
        failure = {"what": what, "epoch": place.epoch, "batch": place.batch}
        self._keep(failures=[*self.config.get("failures", []), failure])

    def keep(self, plan: Plan) -> None:
        """Writes a changed plan to `config.json`."""
        if plan != self.plan:
            self.plan = plan
            self._keep(plan=asdict(plan))

    def _keep(self, **entries) -> None:
        self.config |= entries
        files.write_json(self.folder / "config.json", self.config)

    def forget_after(self, epochs: int) -> None:
        """Takes rows of later epochs out of the log: what wrote them went on from a place that is gone."""
        if not self.log.is_file():
            return
        with self.log.open(encoding="utf-8", newline="") as file:
            names, *rows = list(csv.reader(file)) or [[]]
        kept = [row for row in rows if len(row) == len(names) and int(row[names.index("epoch")]) < epochs]
        if not kept:  # the callback writes the names of the columns to a new file only
            self.log.unlink()
        elif kept != rows:
            with files.replacing(self.log) as partial, partial.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([names, *kept])


def loaded(checkpoint: Checkpoint) -> GAN:
    """The model of a checkpoint.

    Raises:
        RunError: It is no model of kgan.
    """
    try:
        model = keras.models.load_model(checkpoint.model, safe_mode=True)
    except Exception as error:  # a damaged archive raises whatever its bytes happen to spell
        raise RunError(
            f"Expected {checkpoint.model} as kgan train saves it. "
            f"Received: one that Keras cannot load ({type(error).__name__}: {error}). Train again."
        ) from error
    if not isinstance(model, GAN):
        raise RunError(f"Expected {checkpoint.model} to hold a kgan.GAN. Received: a {type(model).__name__}.")
    return model


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
    """What `train` or `resume` did.

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


@dataclass(frozen=True)
class Care:
    """How a run is kept from being lost.

    Attributes:
        every: Minutes between two checkpoints within an epoch; `None` writes them after epochs only.
        retries: How often training goes on from the last checkpoint, with other draws and half the learning rates,
            after a loss or a weight was not finite.
    """

    every: float | None = None
    retries: int = 0


Say = Callable[[str], None]


def train(
    plan: Plan,
    folder: Path,
    verbose: "int | str" = "auto",
    say: Say = lambda line: None,
    care: Care = Care(),
) -> Trained:
    """Trains as planned, draws and saves; samples, film, logs and checkpoints lie in the run folder afterwards.

    Args:
        plan: What to train, and how.
        folder: A new or empty folder.
        verbose: As in `keras.Model.fit`.
        say: Called with a line of progress now and then.
        care: How often to save, and what to do when training diverges.

    Raises:
        CheckpointError: A checkpoint cannot be written.
        DataError: The data cannot be loaded, or is no images.
        ExtractorError: The features that metrics look through cannot be had, or do not take such images.
        NotFiniteError: A loss or a weight is not finite, and there are no retries left.
        RunError: The folder holds something already.
        Terminated: SIGTERM came; a checkpoint was written.
    """
    check_free(folder)  # before a download that may take long
    asked = plan.recipe.features
    plan = replace(plan, recipe=replace(plan.recipe, features=plan.recipe.features_for(plan.source)))
    course = _Course.of(plan)
    gan = course.build()
    run = Run.create(folder, plan)
    say(f"{plan.source}: {course.splits}")
    for line in _about_metrics(asked, plan.recipe.features, course.held_out, course.splits, gan):
        say(line)
    say(f"Run folder: {run.folder}. The first step compiles; Ctrl-C stops and keeps what there is.")
    return course.follow(run, gan, Place(), verbose, say, care)


def resume(
    run: Run,
    epochs: int | None = None,
    verbose: "int | str" = "auto",
    say: Say = lambda line: None,
    care: Care = Care(),
) -> Trained:
    """Goes on from the newest whole checkpoint as if nothing had happened; from the start where there is none.

    Rows of the log that a killed process wrote after that checkpoint are written again.

    Args:
        run: The run.
        epochs: Train until so many in all; `None` for as many as were planned.
        verbose: As in `keras.Model.fit`.
        say: Called with a line of progress now and then.
        care: As in `train`.

    Raises:
        RunError: The run has all its epochs, or the data are not those that it began with.
        CheckpointError: As in `train`, or every checkpoint is damaged.
        DataError: As in `train`.
        NotFiniteError: As in `train`.
        Terminated: As in `train`.
    """
    plan = run.plan
    if epochs is not None:
        plan = replace(plan, recipe=replace(plan.recipe, epochs=epochs))
    newest = run.checkpoints.newest(say)
    place = Place() if newest is None else newest.place
    if place.epoch >= plan.recipe.epochs:
        raise RunError(
            f"Expected epochs left to train. Received: {run.folder}, which has all its {place.epoch}. "
            f"Pass --epochs {2 * place.epoch} to train on."
        )
    course = _Course.of(plan)
    if newest is None:
        say(f"{run.folder} has no checkpoint yet: it begins anew.")
        gan = course.build()
    else:
        say(f"Going on from step {newest.step:,}: epoch {place.epoch + 1}, batch {place.batch + 1}.")
        gan = _loaded(newest, course.splits)
    run.keep(plan)
    run.checkpoints.clear_leftovers()
    return course.follow(run, gan, place, verbose, say, care)


def _loaded(checkpoint: Checkpoint, splits: data.Splits) -> GAN:
    gan = loaded(checkpoint)
    if gan.sample_shape != splits.sample_shape or gan.num_classes not in (None, splits.num_classes):
        raise RunError(
            f"Expected the data that the run began with: samples of shape {gan.sample_shape}, {gan.num_classes} "
            f"classes. Received: shape {splits.sample_shape}, {splits.num_classes} classes."
        )
    return gan


@dataclass(frozen=True)
class _Course:
    """A plan with its data loaded.

    Attributes:
        plan: The plan.
        splits: The data.
        held_out: How many reals metrics are worked out on; 0 where the plan has no metrics.
    """

    plan: Plan
    splits: data.Splits
    held_out: int

    @classmethod
    def of(cls, plan: Plan) -> "_Course":
        splits = plan.load()
        if len(splits.sample_shape) != 3:
            raise data.DataError(
                f"Expected images, because the recipes train convolutional networks. "
                f"Received: samples of shape {splits.sample_shape}. Build your own networks with kgan.GAN."
            )
        held_out = 0 if plan.recipe.features is None else _count(splits.validation)
        return cls(plan, splits, held_out)

    def build(self) -> GAN:
        """The model with fresh weights."""
        features = self.plan.recipe.features
        if features is not None:  # an extractor that does not take such images says so now, not after the first epoch
            extractors.get(features)(np.zeros((1, *self.splits.sample_shape), np.float32))
        return self.plan.recipe.build(
            self.splits.sample_shape,
            self.splits.num_classes,
            self.plan.seed,
            features if self.held_out >= _FEWEST else None,
            _MOST if self.held_out > _MOST else None,
        )

    def follow(self, run: Run, gan: GAN, place: Place, verbose, say: Say, care: Care) -> Trained:
        """Trains from a place to the end, through as many retries as there are."""
        for left in range(care.retries, -1, -1):
            try:
                return self._fit(run, gan, place, verbose, say, care)
            except NotFiniteError as error:
                newest = run.checkpoints.newest(say)
                place = Place() if newest is None else newest.place
                where = "the start" if newest is None else f"the checkpoint of step {newest.step:,}"
                run.note_failure(str(error), place)
                if not left:
                    raise NotFiniteError(
                        error.player,
                        error.what,
                        error.step,
                        f"{run.folder} is as it was at {where}. kgan resume {run.folder} --retry 3 goes on from there "
                        f"with other draws and half the learning rates, up to three times.",
                    ) from error
                gan = self.build() if newest is None else _loaded(newest, self.splits)
                _turn_aside(gan, error.step)
                say(f"{error} Going on from {where} with other draws and half the learning rates; {left - 1} left.")
        raise AssertionError("the last round returns or raises")

    def _fit(self, run: Run, gan: GAN, place: Place, verbose, say: Say, care: Care) -> Trained:
        run.forget_after(place.epoch)
        interrupt, terminate = callbacks.StopOnInterrupt(), callbacks.StopOnTerminate()
        log = keras.callbacks.CSVLogger(run.log, append=True)
        checkpoint = callbacks.ResumableCheckpoint(run.checkpoints.folder, care.every, place)
        monitor = callbacks.EquilibriumMonitor(
            features=self.plan.recipe.features or "pixels", path=run.diagnosis, say=lambda line: say(line.strip())
        )
        if run.diagnosis.is_file():
            monitor.recall(run.record(), place.epoch)
        # Before the monitor, whose eighteen figures would make a paragraph of each line of progress.
        progress = [keras.callbacks.ProgbarLogger()] if verbose else []
        try:
            with data_errors_by_name():
                gan.fit(
                    self.splits.train,
                    validation_data=self.splits.validation,
                    epochs=self.plan.recipe.epochs,
                    initial_epoch=place.epoch,
                    initial_batch=place.batch,
                    verbose=verbose,
                    callbacks=[
                        interrupt,
                        callbacks.SampleGrid(run.samples, log_dir=run.tensorboard / "samples"),
                        *progress,
                        monitor,  # before those that write down what it adds to the logs
                        log,
                        keras.callbacks.TensorBoard(run.tensorboard, write_graph=False),
                        callbacks.FiniteGuard(),
                        checkpoint,
                        terminate,
                    ],
                )
        except callbacks.Terminated:
            terminate.restore()
            checkpoint.save()
            place = checkpoint.place
            say(f"Stopped by SIGTERM in epoch {place.epoch + 1}. kgan resume {run.folder} goes on from there.")
            raise
        finally:
            interrupt.restore()
            terminate.restore()
            log.on_train_end()  # closes the file, which an exception would leave open
        pictures.film(run.frames(), run.film)
        place = checkpoint.place
        epochs = place.epoch + (place.batch > 0)
        run.note(epochs=epochs, seconds=round(place.seconds, 1), interrupted=interrupt.interrupted)
        verdict = monitor.verdicts[-1] if monitor.verdicts else None
        return Trained(run, epochs, place.seconds, interrupt.interrupted, dict(self.splits.skipped), verdict)


def _turn_aside(gan: GAN, step: int) -> None:
    """Lets the game go on otherwise than it did: with other draws, and half the learning rates."""
    gan.seed = (gan.seed + step) % 2**31
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        optimizer.learning_rate = 0.5 * float(optimizer.learning_rate)


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
