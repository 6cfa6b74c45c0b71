"""Freezing one player, and updates that are taken back."""

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from kgan._step.compilation import Compilation
from kgan._step.generator_pass import GeneratorPass

__all__ = ["PLAYERS", "Freezable"]

PLAYERS = ("generator", "discriminator")


class Freezable:
    """What callbacks that steer or probe a `kgan.AdversarialModel` call; mixed in before `keras.Model`."""

    def freeze(self, player: "str | None") -> None:
        """Keeps one side as it is, to the bit, until told otherwise; the other goes on learning.

        It is not saved: a model that is loaded trains both. The first call has the step traced anew, later ones set a
        variable.

        Args:
            player: `"generator"`, `"discriminator"` (all of them), or `None` for neither.

        Raises:
            ValueError: if `player` is none of these.
        """
        if player not in (None, *PLAYERS):
            raise ValueError(
                f"Expected player to be 'generator', 'discriminator' or None. Received: player={player!r}."
            )
        self._assert_compile_called("freeze")
        if self._learning is None:
            self._learning = {name: tf.Variable(True) for name in PLAYERS}
            self.jit_compile = self._compilation is Compilation.WHOLE
            self.make_train_function(force=True)
        for name, learning in self._learning.items():
            learning.assign(name != player)

    @property
    def frozen_player(self) -> "str | None":
        """The player that is frozen, `None` for neither."""
        return next((player for player, learning in (self._learning or {}).items() if not learning.numpy()), None)

    def discriminator_step(self, data: Any) -> None:
        """One update of the discriminators alone, as in `train_step`: shows what they can learn, in `trial_updates`.

        Args:
            data: As for `batch`.
        """
        if self._is_distributed and not tf.distribute.has_strategy():  # every replica sees all of the data then
            return self.distribute_strategy.run(self.discriminator_step, args=(data,))
        batch = self.batch(data, training=True)
        generated = GeneratorPass(self.generator, batch.generator_inputs, differentiable=False)
        self.update_discriminators(batch, generated, {})
        self.steps.assign_add(1)

    @contextlib.contextmanager
    def trial_updates(self) -> Iterator[None]:
        """Restores what changes within, to the bit: weights, optimizers, counters, logs and all other state."""
        parts = (self, self.generator_optimizer, self.discriminator_optimizer)
        variables = [*(variable for part in parts for variable in part.variables), *self._named().values()]
        values = [variable.numpy() for variable in variables]
        try:
            yield
        finally:
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    # Their earlier names, which callbacks of a user's own may call.
    def hold(self, player: "str | None") -> None:
        """`freeze`, by its earlier name."""
        self.freeze(player)

    @property
    def held(self) -> "str | None":
        """`frozen_player`, by its earlier name."""
        return self.frozen_player

    def rehearsal(self) -> contextlib.AbstractContextManager[None]:
        """`trial_updates`, by its earlier name."""
        return self.trial_updates()
