"""Learning rates that have come to 0, where more epochs would teach nothing, or will before training ends."""

from typing import Any

import keras

from kgan._step.adapted_optimizer import inner
from kgan._support.checkpoint_files import Place
from kgan.run.folder import RunError
from kgan.run.plan import Plan

__all__ = ["check", "is_over", "remedy"]

_LATE = 2**30 + 1  # updates: more than any schedule lasts, and no multiple of the length of one that begins again


def check(model: Any, plan: Plan, place: Place, batches: int) -> str | None:
    """A line where a rate comes to 0 before training ends; `None` where each learns to the end.

    Args:
        model: The compiled model that goes on.
        plan: With the epochs that are now asked for.
        place: Where it goes on.
        batches: Of an epoch; 0 where nobody knows.

    Raises:
        RunError: if the rate of the generator is 0 already and stays so: it would learn nothing.
    """
    epochs, done = plan.recipe.epochs, place.epoch + (place.batch / batches if batches else 0.0)
    if is_over(model, place):
        raise RunError(
            f"Expected a learning rate above 0, to train until epochs={epochs}. Received: a generator whose rate has "
            f"fallen to 0 and stays there. {remedy(plan)}"
        )
    falling = [player for player in ("generator", "discriminator") if done and _idles(model, player, done, epochs)]
    if not falling:
        return None
    return (
        f"The learning rate of the {' and the '.join(falling)} comes to 0 before epoch {epochs}, the last, begins: "
        f"what is trained from there on changes nothing of it. {remedy(plan)}"
    )


def is_over(model: Any, place: Place) -> bool:
    """Whether the generator's learning rate is 0 for good.

    Args:
        model: The compiled model.
        place: Where it stands.
    """
    # between two epochs there may be half an update left, where a generator moves at every second batch
    return _is_zero(model, "generator", _updates(model, "generator") + (place.batch == 0))


def remedy(plan: Plan) -> str:
    """What to do to train longer.

    Args:
        plan: Of the run.
    """
    if "init_from" in plan.kind.refused(plan.recipe):
        return "To train longer, begin another run with more epochs: kgan train DATA --epochs N."
    return (
        "To train longer, begin another run with this one's weights, whose rates start anew: "
        "kgan train DATA --epochs N --init-from RUN."
    )


def _idles(model: Any, player: str, done: float, epochs: int) -> bool:
    """Whether the rate is 0 for good an epoch before the last one ends."""
    updates = _updates(model, player)
    return updates > 0 and _is_zero(model, player, updates * max(epochs - 1, done) / done)


def _updates(model: Any, player: str) -> int:
    return int(inner(getattr(model, f"{player}_optimizer")).iterations.numpy())


def _is_zero(model: Any, player: str, updates: float) -> bool:
    """Whether the rate is 0 after so many updates, and stays so."""
    rate = inner(getattr(model, f"{player}_optimizer"))._learning_rate
    if not isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return False
    plan = model._plan
    ordinary = plan.generator_correction if player == "generator" else plan.correction  # lazy terms count beside them
    return all(float(rate(one * ordinary)) == 0.0 for one in (updates, updates + 1, _LATE))
