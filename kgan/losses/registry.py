"""Losses by name."""

import inspect
from collections.abc import Callable, Mapping

import keras

from kgan._support import lookup
from kgan.losses.base import AdversarialLoss
from kgan.losses.cross_entropy import GradientReversal, Minimax, NonSaturating
from kgan.losses.function import OfFunction
from kgan.losses.least_squares import LeastSquares
from kgan.losses.margins import Hinge, Wasserstein
from kgan.losses.relativistic import RelativisticAverage, RelativisticPairing

__all__ = ["LOSSES", "get"]

LOSSES: dict[str, type[AdversarialLoss]] = lookup.by_name(
    [
        Minimax,
        NonSaturating,
        GradientReversal,
        LeastSquares,
        Wasserstein,
        Hinge,
        RelativisticPairing,
        RelativisticAverage,
    ]
)

# What the losses of Keras become in a game, by their names there.
_GAMES = {
    **dict.fromkeys(("binary_crossentropy", "bce", "binary_focal_crossentropy"), "non_saturating"),
    **dict.fromkeys(("mean_squared_error", "mse"), "least_squares"),
    **dict.fromkeys(("hinge", "squared_hinge"), "hinge"),
}


def get(identifier: "str | Mapping | AdversarialLoss | type[AdversarialLoss] | Callable") -> AdversarialLoss:
    """Returns the loss: by name (`"non_saturating"` or `"NonSaturating"`), class or config, of a function, or as it is.

    Args:
        identifier: A name; a `kgan.losses.AdversarialLoss` or such a class; a dictionary `{"class_name": ..., "config":
            {...}}`; or a function from `(real_logits, generated_logits)` to `(discriminator_loss, generator_loss)`.

    Raises:
        ValueError: if no loss has that name, or the config is not one of a loss.
        TypeError: if `identifier` is none of these: a loss of Keras, which knows one player, or a function that does
            not return two scalars.
    """
    game = _game_of(identifier)
    if game is not None:
        raise TypeError(
            f"Expected a loss for two players: a name of kgan.losses or a kgan.losses.AdversarialLoss. Received: "
            f"loss={identifier!r}, a loss of Keras, which compares labels with predictions and knows one player. "
            f"{game}"
        )
    if callable(identifier) and not isinstance(identifier, AdversarialLoss | type):
        return OfFunction(identifier)
    return lookup.resolve("loss", identifier, LOSSES, AdversarialLoss)


def _game_of(identifier) -> str | None:
    """What to do about a loss of Keras; `None` for anything else."""
    loss = keras.losses.Loss
    is_loss = isinstance(identifier, loss) or (isinstance(identifier, type) and issubclass(identifier, loss))
    is_function = inspect.isfunction(identifier) and identifier.__module__.startswith("keras.")
    is_name = isinstance(identifier, str) and lookup.spelled(identifier, LOSSES) not in LOSSES
    if not (is_loss or is_function or is_name):
        return None
    name = identifier if is_name else (type(identifier) if isinstance(identifier, loss) else identifier).__name__
    game = _GAMES.get(lookup.spelled(name, _GAMES))
    if game is None and is_name:
        return None  # of no loss that is known: the name is refused as such
    if game is None:
        return "Write a subclass of kgan.losses.AdversarialLoss, or a function of both sides' logits."
    return f"Pass loss={game!r}, which is this loss played by two, on logits (no sigmoid in the discriminator)."
