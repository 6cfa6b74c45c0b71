"""Callbacks that steer one player."""

import functools
from typing import Any

import keras

__all__ = ["AlternateEpochs", "DriveOptimizer"]


class AlternateEpochs(keras.callbacks.Callback):
    """The players learn by turns, whole epochs each: the one that waits does not move by one bit.

    The logs of the player that waits are NaN.

    Args:
        discriminator: Epochs of the discriminator, which begins.
        generator: Epochs of the generator.

    Raises:
        ValueError: if `discriminator` or `generator` is less than 1.
    """

    def __init__(self, discriminator: int = 1, generator: int = 1):
        super().__init__()
        if discriminator < 1 or generator < 1:
            raise ValueError(
                f"Expected at least one epoch for each player. "
                f"Received: discriminator={discriminator}, generator={generator}."
            )
        self.discriminator = discriminator
        self.generator = generator

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        place = epoch % (self.discriminator + self.generator)
        self.model.freeze("generator" if place < self.discriminator else "discriminator")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.model.freeze(None)


class DriveOptimizer(keras.callbacks.Callback):
    """Lets a Keras callback drive the optimizer of one player: `ReduceLROnPlateau`, `LearningRateScheduler`, ...

    Alone, such a callback drives `model.optimizer`, which is the generator's. What it adds to the logs is named after
    the player: `discriminator_learning_rate`.

    Args:
        player: `"generator"` or `"discriminator"`.
        callback: The Keras callback, one object for each player.

    Raises:
        ValueError: if `player` is neither 'generator' nor 'discriminator'.
        TypeError: if `callback` is no Keras callback.
    """

    def __init__(self, player: str, callback: keras.callbacks.Callback):
        super().__init__()
        if player not in ("generator", "discriminator"):
            raise ValueError(f"Expected player to be 'generator' or 'discriminator'. Received: player={player!r}.")
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(f"Expected callback as a keras.callbacks.Callback. Received: {callback!r}.")
        self.player = player
        self.callback = callback
        for name in _HOOKS:
            hook = getattr(callback, name)
            if not getattr(hook, "_is_default", False):  # else Keras would call it at every batch for nothing
                setattr(self, name, functools.partial(self._call, hook))

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.callback.set_params(params)

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        self.callback.set_model(_SeenByOnePlayer(model, getattr(model, f"{self.player}_optimizer")))

    def _call(self, hook, *arguments):
        *number, logs = arguments  # an epoch or a batch, where there is one, then the logs or None
        theirs = dict(logs or {})
        hook(*number, theirs)
        if logs is not None:  # as when training begins: then there is nowhere to report to
            logs.update({f"{self.player}_{key}": theirs[key] for key in theirs.keys() - logs.keys()})


class _SeenByOnePlayer:
    """The model, but that `optimizer` is the player's own."""

    def __init__(self, model: keras.Model, optimizer: keras.Optimizer):
        object.__setattr__(self, "_model", model)
        object.__setattr__(self, "optimizer", optimizer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._model, name, value)


_HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]
