"""Whether drawn pictures of rare classes help a classifier of held-out pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from kgan._support import files, limits
from kgan.balancing.pictures import LABEL, augment_pictures
from kgan.data.splits import Splits, extract
from kgan.evaluation.balance import balance_of
from kgan.evaluation.of_samples.evaluating import SamplesEvaluation
from kgan.models.gan import GAN
from kgan.run import Run, loaded

__all__ = ["balanced", "check_balance"]

_BATCH = 500


def balanced(
    run: Run, evaluation: SamplesEvaluation, column: str, seed: int, say: Callable[[str], None]
) -> SamplesEvaluation:
    """The evaluation with what came of filling up rare classes; the filled up pictures lie beside it as `.npz`.

    Args:
        run: The run.
        evaluation: What was found before.
        column: `"label"`, the one thing that pictures have classes by.
        seed: Of pictures.
        say: Called with a line of progress.

    Raises:
        ValueError: if `column` is another, no pictures are held out, or they have no classes that the generator takes.
    """
    gan, splits = _checked(run, column)
    say("Filling up rare classes, and teaching a classifier in three ways ...")
    x, y = _arrays(splits.train, gan, splits.count)
    found = augment_pictures(x, y, gan, _arrays(splits.validation, gan, splits.held_out), seed=seed)
    path = Path(run.evaluation).with_name(f"balanced-{column}.npz")
    with files.replacing(path) as beside:
        np.savez_compressed(beside, x=found.x, y=found.y)
    return replace(evaluation, balance=balance_of(found, path))


def check_balance(run: Run, column: str) -> None:
    """Refuses what `balanced` would refuse before it looks at pictures, so that nothing is measured in vain.

    Args:
        run: The run.
        column: `"label"`.

    Raises:
        ValueError: if `column` is another, no pictures are held out, they have no classes that the generator takes, or
            memory does not suffice for them.
    """
    gan, splits = _checked(run, column)
    _check_memory(gan, splits.count)


def _checked(run: Run, column: str) -> tuple[GAN, Splits]:
    """The model and its data."""
    if column != LABEL:
        raise ValueError(
            f"Expected balance={LABEL!r} for a run of pictures, whose classes have no other name. Received: "
            f"balance={limits.shortened(repr(column))}."
        )
    gan = loaded(run.chosen_before().checkpoint)
    one_by_one = replace(run.plan, recipe=replace(run.plan.recipe, batch_size=1))  # else the last ones are left out
    splits = one_by_one.load()
    if splits.class_names is None or not gan.generator_takes_labels:
        raise ValueError(
            f"Expected balance=None for a generator that takes no classes. Received: balance={column!r}. Train on a "
            f"folder for each class, with a recipe whose model.conditional is true."
        )
    if splits.validation is None:
        raise ValueError(
            "Expected held-out pictures for balance, which is tried on them. Received: a run without. Train with "
            "data.validation_split=0.1, say."
        )
    return gan, splits


def _arrays(batches: tf.data.Dataset, gan: GAN, count: int | None) -> tuple[np.ndarray, np.ndarray]:
    """All pictures and their classes."""
    _check_memory(gan, count)
    parts = [extract(one) for one in batches.unbatch().batch(_BATCH).as_numpy_iterator()]
    pictures, classes = (np.concatenate(one) for one in zip(*parts, strict=True))
    return pictures, classes.astype(np.int64)


def _check_memory(gan: GAN, count: int | None) -> None:
    held = limits.array_bytes((3 * (count or 1), *gan.sample_shape))
    limits.check_bytes("balance", LABEL, held, "Pass a part of the pictures to kgan.augment.")
