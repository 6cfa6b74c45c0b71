"""Learning rates that have come to 0 at the end of what was planned."""

from typing import Any

import keras

from kgan._step.adapted_optimizer import inner
from kgan.run.plan import Plan

__all__ = ["ended"]

_NEVER = 2**30  # steps: more than any schedule lasts


def ended(model: Any, planned: Plan, epochs: int | None) -> str | None:
    """A line about epochs that would learn nothing; `None` where each learns.

    Args:
        model: The compiled model that goes on.
        planned: The plan that its schedules were made for.
        epochs: Until which training is to go on; `None` for the planned ones.
    """
    if epochs is None or epochs <= planned.recipe.epochs:
        return None
    rates = {
        "generator": inner(model.generator_optimizer)._learning_rate,
        "discriminator": inner(model.discriminator_optimizer)._learning_rate,
    }
    idle = [
        player
        for player, rate in rates.items()
        if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) and float(rate(_NEVER)) == 0.0
    ]
    if not idle:
        return None
    return (
        f"The learning rate of the {' and the '.join(idle)} falls to 0 by epoch {planned.recipe.epochs}, the last that "
        f"was planned: epochs after it change nothing. To train longer, plan another run with more epochs that begins "
        f"with this one's weights, init_from."
    )
