"""Whose turn it is in a step."""

from collections.abc import Callable, Hashable, Mapping

import tensorflow as tf

from kgan import distribution

Decisions = Mapping  # by player, or by the interval of lazy penalties: whether it is their turn, where that is known


def turn(model, player: str, decided: Decisions) -> "bool | tf.Tensor":
    """Whether the player is updated in this step; a Python bool where that is known beforehand."""
    if player in decided:
        return decided[player]
    answer = True
    if player == "generator" and model.discriminator_steps > 1:
        answer = tf.equal((model.steps.value + 1) % model.discriminator_steps, 0)
    if model._learning is not None:
        answer = tf.logical_and(answer, model._learning[player])
    return answer


def is_due(model, every: int, decided: Decisions) -> "bool | tf.Tensor":
    """Whether the lazy penalties with this interval are applied in this step."""
    return decided[every] if every in decided else tf.equal(model.discriminator_updates.value % every, 0)


def is_generator_due(model, every: int, decided: Decisions) -> "bool | tf.Tensor":
    """Whether the lazy objectives with this interval are applied in this step, in which the generator is updated."""
    key = ("generator", every)
    return decided[key] if key in decided else tf.equal(model.steps.value // model.discriminator_steps % every, 0)


def questions(model) -> dict[Hashable, tf.Tensor]:
    """What a step's way depends on, by what `Decisions` call it."""
    found = {every: is_due(model, every, {}) for every in model._plan.intervals}
    found |= {("generator", every): is_generator_due(model, every, {}) for every in model._plan.generator_intervals}
    if model.discriminator_steps > 1:
        found["generator"] = turn(model, "generator", {})
    return found


def run_if(answer: "bool | tf.Tensor", update: Callable[[], None]) -> None:
    """Runs an update where the answer is yes, without a branch in the graph where it is known beforehand."""
    if answer is True:
        update()
    elif answer is not False and tf.distribute.has_strategy():
        distribution.run_if(answer, update)
    elif answer is not False:
        tf.cond(answer, lambda: (update(), tf.constant(True))[1], lambda: tf.constant(False))
