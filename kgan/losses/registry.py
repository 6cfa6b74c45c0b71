"""Losses by name."""

from kgan._support import lookup
from kgan.losses.base import AdversarialLoss
from kgan.losses.cross_entropy import Minimax, NonSaturating
from kgan.losses.least_squares import LeastSquares
from kgan.losses.margins import Hinge, Wasserstein
from kgan.losses.relativistic import RelativisticAverage, RelativisticPairing

__all__ = ["LOSSES", "get"]

LOSSES: dict[str, type[AdversarialLoss]] = lookup.by_name(
    [Minimax, NonSaturating, LeastSquares, Wasserstein, Hinge, RelativisticPairing, RelativisticAverage]
)


def get(identifier: "str | AdversarialLoss") -> AdversarialLoss:
    """Returns the loss: by name (`"non_saturating"`), or as it is when it is an `AdversarialLoss` already.

    Raises:
        ValueError: if no loss has that name.
        TypeError: if `identifier` is neither a name nor an `AdversarialLoss`.
    """
    hint = " A keras.losses.Loss sees one tensor; a game needs both players' logits."
    return lookup.resolve("loss", identifier, LOSSES, AdversarialLoss, hint)
