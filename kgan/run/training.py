"""Training a run, and going on with it: what the commands `train` and `resume` do."""

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import tensorflow as tf

from kgan import callbacks, distribution, pictures
from kgan._step.adapted_optimizer import inner
from kgan._support.checkpoint_files import Place
from kgan.callbacks.finite_guard import NotFiniteError
from kgan.diagnostics import Verdict
from kgan.models.adversarial import AdversarialModel
from kgan.models.kind import Say
from kgan.run import ended_rates, estimates, growth, lock, machine, pretraining, same_data
from kgan.run.checkpoint_policy import CheckpointPolicy
from kgan.run.course import Course
from kgan.run.fit_callbacks import FitCallbacks
from kgan.run.folder import Run, RunError, check_free, loaded
from kgan.run.init_from import check as check_start
from kgan.run.naming import next_folder
from kgan.run.plan import Plan

__all__ = ["Care", "CheckpointPolicy", "Trained", "resume", "train"]

Care = CheckpointPolicy  # its name until 0.2


@dataclass(frozen=True)
class Trained:
    """What `train` or `resume` did.

    Attributes:
        run: The folder.
        epochs: Epochs trained, the last one perhaps in part.
        seconds: Wall time of training.
        interrupted: Whether Ctrl-C ended it.
        skipped: Damaged files that were left out, and why.
        verdict: What the monitor said last; `None` where it never looked.
    """

    run: Run
    epochs: int
    seconds: float
    interrupted: bool
    skipped: dict[str, str]
    verdict: Verdict | None = None


def train(
    plan: Plan,
    folder: Path | None = None,
    verbose: "int | str" = "auto",
    say: Say = lambda line: None,
    policy: CheckpointPolicy = CheckpointPolicy(),
    strategy: "tf.distribute.Strategy | None" = None,
) -> Trained:
    """Trains as planned, draws and saves; pictures, film, logs and checkpoints lie in the run folder afterwards.

    Args:
        plan: What to train, and how.
        folder: A new or empty folder; `None` for one in `runs/` that is named after the data and has the next number.
            Of several workers the chief alone writes to it.
        verbose: 0 shows no progress; `"auto"` or 1 a bar on a terminal, and lines elsewhere; 2 lines. See
            `kgan.callbacks.Progress`.
        say: Called with a line of progress now and then.
        policy: How often to save, and what to do when training diverges.
        strategy: On which replicas, as `kgan.distribution.strategy` has it; `None` for one.

    Raises:
        CheckpointError: if a checkpoint cannot be written.
        ClusterError: if another worker is gone.
        DataError: if the data cannot be loaded, or is not what this kind of model trains on.
        ExtractorError: if the features that metrics look through cannot be had, or do not take such samples.
        NotFiniteError: if a loss or a weight is not finite, and there are no retries left.
        RunError: if the folder holds something already, the machine has too little memory or disk, or the run that the
            plan starts from is of another kind, or has other networks.
        ValueError: if `policy` has retries, or the plan starts from a run, and the recipe has an epsilon.
        Terminated: if SIGTERM or SIGHUP came; a checkpoint was written.
    """
    policy.check(strategy)
    _check_promises(plan, policy)
    numbered = folder is None and (strategy is None or distribution.is_chief(strategy))
    with _own_folder(strategy, folder or next_folder(plan.source)) as own:
        check_start(plan)
        check_free(own)  # before a download that may take long
        asked = plan.recipe.features
        plan = replace(plan, recipe=replace(plan.recipe, features=plan.kind.features_for(asked, plan.source)))
        course = Course.begun(plan, strategy, say).seen_by(asked)
        about = *course.splits.found.lines(), *course.about_epochs(), *(plan.chosen or "").splitlines()
        for line in (f"{plan.source}: {course.splits}", *about):
            say(line)
        course.check_export()
        with machine.told_when_exhausted(course.plan, own):
            model = course.build()
        course = replace(course, plan=growth.within(course.plan, model, course.splits.count, say))
        course = replace(course, plan=pretraining.settled(course.plan, course.splits.count, say))
        for line in course.kind.about_metrics(asked, course.plan.recipe.features, course.splits, course.held_out):
            say(line)
        estimates.check_fits(model, course.plan.recipe.batch_size, own)
        run = Run.create(None if numbered else own, course.plan, **course.about_data())
        try:
            with lock.held(run.folder, say):
                same_data.note(run, course.splits)
                say(f"Training on {machine.described(strategy)}.")
                say(f"Run folder: {run.folder}. The first step compiles; Ctrl-C stops and keeps what there is.")
                return _followed(course, run, model, Place(), verbose, say, policy)
        except Exception:  # whatever it was goes on; a run that never made a step leaves no folder
            if not int(model.steps.numpy()):
                run.remove_unless_trained()
            raise


def resume(
    run: Run,
    epochs: int | None = None,
    verbose: "int | str" = "auto",
    say: Say = lambda line: None,
    policy: CheckpointPolicy = CheckpointPolicy(),
    strategy: "tf.distribute.Strategy | None" = None,
) -> Trained:
    """Goes on from the newest whole checkpoint as if nothing had happened; from the start where there is none.

    Rows of the log that a killed process wrote after that checkpoint are written again.

    Args:
        run: The run, in a folder that all workers see; `run.with_data(FOLDER)` where its data have moved.
        epochs: Train until so many in all; `None` for as many as were planned.
        verbose: As in `train`.
        say: Called with a line of progress now and then.
        policy: As in `train`.
        strategy: As in `train`; the same number of replicas goes on as if nothing had happened.

    Raises:
        RunError: if another process trains into the folder, the run has all its epochs, the generator's learning rate
            has fallen to 0 for good, memory or disk do not suffice, or with the data as they are now labels, the
            held-out part or most samples would be others than in the training so far.
        CheckpointError: if a checkpoint cannot be written, or every one there is is damaged.
        ClusterError: if another worker is gone.
        DataError: if the data cannot be loaded any more.
        NotFiniteError: if a loss or a weight is not finite, and there are no retries left.
        Terminated: if SIGTERM or SIGHUP came; a checkpoint was written.
        ValueError: if `policy` has retries, and the recipe has an epsilon.
    """
    policy.check(strategy)
    alone = strategy is None or distribution.is_chief(strategy)
    with lock.held(run.folder, say) if alone else contextlib.nullcontext():
        return _resumed(run, epochs, verbose, say, policy, strategy)


def _resumed(
    run: Run,
    epochs: int | None,
    verbose: "int | str",
    say: Say,
    policy: CheckpointPolicy,
    strategy: "tf.distribute.Strategy | None",
) -> Trained:
    """Goes on, with the run folder locked."""
    plan = run.plan
    _check_promises(plan, policy)
    if epochs is not None:
        plan = replace(plan, recipe=replace(plan.recipe, epochs=epochs))
    newest = run.checkpoints.newest(say)
    place = Place() if newest is None else newest.place
    if place.epoch >= plan.recipe.epochs:
        longer = f"Pass epochs={2 * place.epoch} to train on."
        if newest is not None and ended_rates.is_over(loaded(newest), place):
            longer = f"Its learning rate has fallen to 0. {ended_rates.remedy(plan)}"
        raise RunError(
            f"Expected epochs left to train. Received: {run.folder}, which has all its {place.epoch}. {longer}"
        )
    course = Course.of(plan, strategy, say)
    if newest is None:
        say(f"{run.folder} has no checkpoint yet: it begins anew.")
        model = course.build()
    else:
        say(f"Going on from step {newest.step:,}: epoch {place.epoch + 1}, batch {place.batch + 1}.")
        same_data.check(run, course.splits, say, newest)
        model = course.load(newest)
        idle = ended_rates.check(model, plan, place, (course.splits.count or 0) // plan.recipe.batch_size)
        if idle is not None:
            say(idle)
    with _own_folder(strategy, run.folder) as folder:
        written = run if folder == run.folder else Run.create(folder, plan)
        written.keep(plan)
        same_data.note(written, course.splits)  # as they are from here on, where they have changed
        written.checkpoints.clear_leftovers()
        say(f"Training on {machine.described(strategy)}.")
        return _followed(course, written, model, place, verbose, say, policy)


def _own_folder(strategy: "tf.distribute.Strategy | None", folder: Path):
    return contextlib.nullcontext(folder) if strategy is None else distribution.own_folder(strategy, folder)


def _followed(
    course: Course,
    run: Run,
    model: AdversarialModel,
    place: Place,
    verbose: "int | str",
    say: Say,
    policy: CheckpointPolicy,
) -> Trained:
    """Trains from a place to the end, through as many retries as there are."""
    failed_from: list[int] = []  # the step of the checkpoint that each failed attempt began at
    while True:
        try:
            with machine.told_when_exhausted(course.plan, run.folder):
                return _fitted(course, run, model, place, verbose, say, policy)
        except NotFiniteError as error:
            newest = run.checkpoints.newest(say)
            place, step = (Place(), 0) if newest is None else (newest.place, newest.step)
            failed_from.append(step)
            run.note_failure(str(error), place)
            if len(failed_from) > policy.retries:
                raise error.and_then(f"{run.folder} is as it was at step {step:,}. {_remedy(course, run)}") from error
            model = course.build() if newest is None else course.load(newest)
            _turn_aside(model, error.step, failed_from.count(step))
            left = policy.retries - len(failed_from)
            say(f"{error} Going on from step {step:,} with other draws and lower learning rates; {left} more times.")


def _check_promises(plan: Plan, policy: CheckpointPolicy) -> None:
    """Refuses what would break a promise of the recipe.

    Raises:
        ValueError: if the plan or the policy asks for it.
    """
    asked = {"retries": policy.retries, "init_from": plan.init_from}
    for name, why in plan.kind.refused(plan.recipe).items():
        if asked[name]:
            raise ValueError(
                f"Expected no {name} for the recipe {plan.recipe.name}, because {why}. Received: "
                f"{name}={asked[name]!r}. Leave that out."
            )


def _remedy(course: Course, run: Run) -> str:
    """What to do about a training that diverged."""
    if "retries" in course.kind.refused(course.plan.recipe):
        return "It would come to the same again. Train anew, with lower learning rates."
    return (
        f"kgan resume {run.folder} --retry 3 goes on from there; when that fails too, with other draws and half the "
        f"learning rates, up to three times."
    )


def _fitted(
    course: Course,
    run: Run,
    model: AdversarialModel,
    place: Place,
    verbose: "int | str",
    say: Say,
    policy: CheckpointPolicy,
) -> Trained:
    """Trains from a place to the end."""
    run.forget_after(place.epoch)
    features = course.plan.recipe.features
    attached = FitCallbacks(
        course.kind, run, features, place, policy, verbose, say, course.standard, estimates.needs(model).disk
    )
    attached.of_recipe(course.plan.recipe)
    try:
        model.fit(
            course.splits.train,
            validation_data=course.splits.validation,
            epochs=course.plan.recipe.epochs,
            initial_epoch=place.epoch,
            initial_batch=place.batch,
            verbose=0,  # `attached` has a bar of its own
            callbacks=attached.listed(),
        )
    except callbacks.Terminated as terminated:
        attached.save_when_terminated(course.strategy, terminated.signal_name)
        raise
    finally:
        attached.close()
    if run.frames():
        pictures.film(run.frames(), run.film)
    place = attached.checkpoint.place
    epochs, interrupted = place.epoch + (place.batch > 0), attached.interrupt.interrupted
    run.note(epochs=epochs, seconds=round(place.seconds, 1), interrupted=interrupted)
    verdict = attached.monitor.verdicts[-1] if attached.monitor.verdicts else None
    return Trained(run, epochs, place.seconds, interrupted, dict(course.splits.skipped), verdict)


def _turn_aside(model: AdversarialModel, step: int, times: int) -> None:
    """Lets training go on otherwise than it did: with other draws, and half the learning rates each time.

    A learning rate that follows a schedule stays on it: Keras lets nobody set it.
    """
    model.seed = (model.seed + step * times) % 2**31
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        if not isinstance(inner(optimizer).get_config()["learning_rate"], dict):  # as Keras writes a schedule
            optimizer.learning_rate = 0.5**times * float(optimizer.learning_rate)
