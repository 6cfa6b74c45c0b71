"""A stage before the game, in which the generator learns from one objective alone."""

from typing import Any

import keras

from kgan import objectives, schedules
from kgan._support import lookup
from kgan._support.checks import positive
from kgan.models.growing import start_afresh

__all__ = ["Pretrained"]


class Pretrained:
    """What a callback that pre-trains a `kgan.AdversarialModel` calls; mixed in before `keras.Model`."""

    pretraining: str | None = None  # the objective that alone is learned now
    pretraining_rate_factor: float = 1.0  # of the generator's learning rate meanwhile

    # Of the model, where this is mixed in.
    generator: keras.Model
    discriminators: dict[str, keras.Model]
    generator_optimizer: keras.optimizers.Optimizer
    objectives: "list[objectives.Objective]"
    _assert_compile_called: Any
    _plan: Any
    _trace_anew: Any

    def pretrain(self, objective: str | None, fresh_optimizer: bool = True, learning_rate_factor: float = 1.0) -> None:
        """Lets the generator learn one objective alone, without discriminators, or begins the game.

        Discriminators stay as they are meanwhile, and cost nothing. It is not saved: a model that is loaded plays the
        game until told otherwise. The step is traced anew.

        Args:
            objective: The name of an objective of the generator that `compile` was given and that reads no
                discriminator, as `"l1"`; `None` for the game.
            fresh_optimizer: Whether the generator's optimizer starts afresh where the game begins.
            learning_rate_factor: The generator's learning rate is multiplied by it until then; the optimizer keeps the
                number that it has.

        Raises:
            ValueError: if there is no such objective, its weight is 0, or it is lazy, reads a discriminator or brings
                networks of its own; if `learning_rate_factor` is not positive.
        """
        self._assert_compile_called("pretrain")
        learning_rate_factor = positive("learning_rate_factor", learning_rate_factor)
        stage = (objective, 1.0 if objective is None else learning_rate_factor)
        if stage == (self.pretraining, self.pretraining_rate_factor):
            return
        if objective is None and fresh_optimizer:
            start_afresh(self.generator_optimizer, [self.generator, *self._plan.own_networks])
        if objective is not None:
            self._check_pretraining(objective)
        self.pretraining, self.pretraining_rate_factor = stage
        self._trace_anew()

    def _check_pretraining(self, objective: str) -> None:
        known = {one.name: one for one in self.objectives if "generator" in one.players}
        found = lookup.find("objective", objective, known)
        weight = found.weight
        least = weight.least if isinstance(weight, schedules.Schedule) else weight
        own = found.name in self._plan.objective_networks
        if own or found.outputs or found.every > 1 or found.sees_reals or not least > 0.0:
            raise ValueError(
                f"Expected an objective of every step, with a weight above 0, that reads no discriminator and brings "
                f"no networks, to pre-train with. Received: {objective!r}. Pass objective='l1', say."
            )
