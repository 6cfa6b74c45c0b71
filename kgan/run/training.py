"""Training a run, and going on with it: what the commands `train` and `resume` do."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kgan import callbacks, data, distribution, pictures, recipes
from kgan._support.checkpoint_files import Checkpoint, Place
from kgan.callbacks.finite_guard import NotFiniteError
from kgan.data import faults
from kgan.data.splits import extract
from kgan.diagnostics import Verdict
from kgan.metrics import extractors
from kgan.models.gan import GAN
from kgan.run.folder import Run, RunError, check_free, loaded
from kgan.run.plan import Plan

_FEWEST = 10  # held-out reals that metrics are worked out on: neighbourhoods reach out to the 5th
_MOST = 2_000  # samples that metrics draw after each epoch, or they would take longer than the epoch


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

    def check(self, strategy: "tf.distribute.Strategy | None") -> None:
        """Refuses what several workers cannot do, who must all save at the same step.

        Raises:
            ValueError: Something of it was asked for.
        """
        workers = 1 if strategy is None else distribution.num_workers(strategy)
        if workers > 1 and (self.every is not None or self.retries):
            raise ValueError(
                f"Expected neither --every nor --retry with {workers} workers, whose clocks differ and who keep no "
                f"checkpoints of their own. Received: every={self.every}, retries={self.retries}. There is a "
                f"checkpoint after each epoch; kgan resume goes on from it."
            )


Say = Callable[[str], None]


def train(
    plan: Plan,
    folder: Path,
    verbose: "int | str" = "auto",
    say: Say = lambda line: None,
    care: Care = Care(),
    strategy: "tf.distribute.Strategy | None" = None,
) -> Trained:
    """Trains as planned, draws and saves; samples, film, logs and checkpoints lie in the run folder afterwards.

    Args:
        plan: What to train, and how.
        folder: A new or empty folder. Of several workers the chief alone writes to it.
        verbose: As in `keras.Model.fit`.
        say: Called with a line of progress now and then.
        care: How often to save, and what to do when training diverges.
        strategy: On which replicas, as `kgan.distribution.strategy` has it; `None` for one.

    Raises:
        CheckpointError: A checkpoint cannot be written.
        ClusterError: Another worker is gone.
        DataError: The data cannot be loaded, or is no images.
        ExtractorError: The features that metrics look through cannot be had, or do not take such images.
        NotFiniteError: A loss or a weight is not finite, and there are no retries left.
        RunError: The folder holds something already.
        Terminated: SIGTERM came; a checkpoint was written.
    """
    care.check(strategy)
    with _own_folder(strategy, folder) as folder:
        check_free(folder)  # before a download that may take long
        asked = plan.recipe.features
        plan = replace(plan, recipe=replace(plan.recipe, features=plan.recipe.features_for(plan.source)))
        course = _Course.of(plan, strategy)
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
    strategy: "tf.distribute.Strategy | None" = None,
) -> Trained:
    """Goes on from the newest whole checkpoint as if nothing had happened; from the start where there is none.

    Rows of the log that a killed process wrote after that checkpoint are written again.

    Args:
        run: The run, in a folder that all workers see.
        epochs: Train until so many in all; `None` for as many as were planned.
        verbose: As in `keras.Model.fit`.
        say: Called with a line of progress now and then.
        care: As in `train`.
        strategy: As in `train`; the same number of replicas goes on as if nothing had happened.

    Raises:
        RunError: The run has all its epochs, or the data are not those that it began with.
        CheckpointError: As in `train`, or every checkpoint is damaged.
        ClusterError: As in `train`.
        DataError: As in `train`.
        NotFiniteError: As in `train`.
        Terminated: As in `train`.
    """
    care.check(strategy)
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
    course = _Course.of(plan, strategy)
    if newest is None:
        say(f"{run.folder} has no checkpoint yet: it begins anew.")
        gan = course.build()
    else:
        say(f"Going on from step {newest.step:,}: epoch {place.epoch + 1}, batch {place.batch + 1}.")
        gan = course.load(newest)
    with _own_folder(strategy, run.folder) as folder:
        written = run if folder == run.folder else Run.create(folder, plan)
        written.keep(plan)
        written.checkpoints.clear_leftovers()
        return course.follow(written, gan, place, verbose, say, care)


def _own_folder(strategy: "tf.distribute.Strategy | None", folder: Path):
    return contextlib.nullcontext(folder) if strategy is None else distribution.own_folder(strategy, folder)


@dataclass(frozen=True)
class _Course:
    """A plan with its data loaded.

    Attributes:
        plan: The plan.
        strategy: On which replicas; `None` for one.
        splits: The data.
        held_out: How many reals metrics are worked out on; 0 where the plan has no metrics.
    """

    plan: Plan
    strategy: "tf.distribute.Strategy | None"
    splits: data.Splits
    held_out: int

    @classmethod
    def of(cls, plan: Plan, strategy: "tf.distribute.Strategy | None") -> "_Course":
        splits = plan.load()
        if len(splits.sample_shape) != 3:
            raise data.DataError(
                f"Expected images, because the recipes train convolutional networks. "
                f"Received: samples of shape {splits.sample_shape}. Build your own networks with kgan.GAN."
            )
        held_out = 0 if plan.recipe.features is None else _count(splits.validation)
        return cls(plan, strategy, splits, held_out)

    def build(self) -> GAN:
        """The model with fresh weights."""
        features = self.plan.recipe.features
        if features is not None:  # an extractor that does not take such images says so now, not after the first epoch
            extractors.get(features)(np.zeros((1, *self.splits.sample_shape), np.float32))
        with self._scope():
            return self.plan.recipe.build(
                self.splits.sample_shape,
                self.splits.num_classes,
                self.plan.seed,
                features if self.held_out >= _FEWEST else None,
                _MOST if self.held_out > _MOST else None,
            )

    def load(self, checkpoint: Checkpoint) -> GAN:
        """The model of a checkpoint."""
        with self._scope():
            gan = loaded(checkpoint)
        shape, classes = self.splits.sample_shape, self.splits.num_classes
        if gan.sample_shape != shape or gan.num_classes not in (None, classes):
            raise RunError(
                f"Expected the data that the run began with: samples of shape {gan.sample_shape}, {gan.num_classes} "
                f"classes. Received: shape {shape}, {classes} classes."
            )
        return gan

    def _scope(self):
        return contextlib.nullcontext() if self.strategy is None else self.strategy.scope()

    def follow(self, run: Run, gan: GAN, place: Place, verbose, say: Say, care: Care) -> Trained:
        """Trains from a place to the end, through as many retries as there are."""
        failed_from: list[int] = []  # the step of the checkpoint that each failed attempt began at
        while True:
            try:
                return self._fit(run, gan, place, verbose, say, care)
            except NotFiniteError as error:
                newest = run.checkpoints.newest(say)
                place, step = (Place(), 0) if newest is None else (newest.place, newest.step)
                failed_from.append(step)
                run.note_failure(str(error), place)
                if len(failed_from) > care.retries:
                    raise error.and_then(
                        f"{run.folder} is as it was at step {step:,}. kgan resume {run.folder} --retry 3 goes on from "
                        f"there; when that fails too, with other draws and half the learning rates, up to three times."
                    ) from error
                gan = self.build() if newest is None else self.load(newest)
                _turn_aside(gan, error.step, failed_from.count(step))
                left = care.retries - len(failed_from)
                say(
                    f"{error} Going on from step {step:,} with other draws and lower learning rates; {left} more times."
                )

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
                    callbacks.TensorBoard(run.tensorboard, write_graph=False),
                    callbacks.FiniteGuard(),
                    checkpoint,
                    terminate,
                ],
            )
        except callbacks.Terminated:
            terminate.restore()
            if self.strategy is None or distribution.num_workers(self.strategy) == 1:  # else the others would have to
                checkpoint.save()
            say(f"Stopped by SIGTERM. kgan resume {run.folder} goes on from the last checkpoint.")
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


def _turn_aside(gan: GAN, step: int, times: int) -> None:
    """Lets the game go on otherwise than it did: with other draws, and half the learning rates each time."""
    gan.seed = (gan.seed + step * times) % 2**31
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        optimizer.learning_rate = 0.5**times * float(optimizer.learning_rate)


def _count(source: "tf.data.Dataset | None") -> int:
    """How many samples there are."""
    with faults.named():
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
