"""Runs of an earlier kgan, which did not note by what their data are known, and read some data by other rules."""

from kgan._support.checkpoint_files import Checkpoint
from kgan.data import Splits
from kgan.models.kind import Say
from kgan.run.folder import Run, RunError

__all__ = ["check"]

_RULES = (
    "Since then metadata.csv, labels.csv and dataset.json give labels, test/ or val/ beside train/ is held out, and "
    "pictures of more than 8 bits keep their depth."
)


def check(run: Run, splits: Splits, say: Say, newest: Checkpoint | None) -> None:
    """Compares what such a run does tell: samples, held-out ones, classes, and how many steps an epoch had.

    Args:
        run: The run.
        splits: Its data as they are read now.
        say: Called with a line that says how the data are read, and what was compared.
        newest: From which it goes on; `None` leaves its steps aside.

    Raises:
        RunError: if one of these is another.
    """
    same, others = [], []
    for what, before, now in (*_counts(run, splits), *_classes(run, splits), *_steps(run, splits, newest)):
        if before == now:
            same.append(what)
        else:
            others.append(f"{what}: {now}, where there were {before}")
    version = run.config.get("versions", {}).get("kgan", "an earlier version")
    if others:
        raise RunError(
            f"Expected the data that the run began with. Received: {run.plan.source}, read otherwise: "
            f"{'; '.join(others)}. The run is of kgan {version}. {_RULES} Bring the data to what that version read, "
            f"without such files and folders, or train another run: kgan train DATA --init-from {run.folder} starts "
            f"from these weights."
        )
    compared = f"As then: {', '.join(same)}." if same else "Nothing that could be compared was noted."
    read = f" Here: {' '.join(splits.found.notes)}" if splits.found.notes else ""
    rules = f"{_RULES}{read} " if splits.fingerprint is not None and splits.fingerprint.files else ""
    say(
        f"{run.folder} is of kgan {version}, which did not note by what its data are known: whether they have changed "
        f"since cannot be told. {rules}{compared}"
    )


def _counts(run: Run, splits: Splits) -> list[tuple[str, object, object]]:
    """Samples and held-out ones, where the run noted what was found."""
    before, now = run.config.get("found"), splits.found.to_dict()
    if not isinstance(before, dict):
        return []
    told = {"samples": "count", "held-out samples": "held_out", "samples of each class": "classes"}
    return [(what, before[name], now[name]) for what, name in told.items() if before.get(name) is not None]


def _classes(run: Run, splits: Splits) -> list[tuple[str, object, object]]:
    names = run.config.get("class_names")
    if not names:
        return []
    now = splits.class_names or splits.tag_names or ()
    return [("class names", ", ".join(map(str, names)), ", ".join(now) or "none")]


def _steps(run: Run, splits: Splits, newest: Checkpoint | None) -> list[tuple[str, object, object]]:
    """Steps of an epoch, as the step and the place of a checkpoint tell them."""
    if newest is None or newest.place.epoch == 0 or splits.count is None:
        return []
    steps, rest = divmod(newest.step - newest.place.batch, newest.place.epoch)
    if rest:  # the weights come from elsewhere, or batches were of another size in between
        return []
    batch = run.plan.recipe.batch_size
    return [(f"steps an epoch in batches of {batch}", steps, splits.count // batch)]
