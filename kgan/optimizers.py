"""The players' optimizers, and what kgan changes about them for the length of an update."""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf

from kgan import precision


def get(identifier, player: keras.Model) -> keras.optimizers.Optimizer:
    """The player's optimizer; with a loss scale of its own when the player computes in float16."""
    optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5) if identifier is None else keras.optimizers.get(identifier)
    if precision.in_float16(player) and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def inner(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer within a loss scale, or the optimizer itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def takes_beta_2(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether it is of Adam's family."""
    return hasattr(inner(optimizer), "beta_2")


def check_beta_2(*optimizers: keras.optimizers.Optimizer) -> None:
    """Refuses an optimizer without a beta_2.

    Raises:
        ValueError: One has none.
    """
    for optimizer in optimizers:
        if not takes_beta_2(optimizer):
            raise ValueError(
                f"Expected optimizers of Adam's family for beta_2. Received: {type(inner(optimizer)).__name__}, which "
                f"has none. Leave beta_2 out."
            )


@contextlib.contextmanager
def changed(
    optimizer: keras.optimizers.Optimizer, beta_2: "tf.Tensor | None" = None, correction: float = 1.0
) -> Iterator[None]:
    """Within it, an optimizer of Adam's family steps with another beta_2, and corrected for lazy penalties.

    The optimizer's own numbers come back afterwards: they are what is saved, and what callbacks change. A beta_2 that
    moves enters Adam's bias correction with its value of the moment, as in R3GAN's program.

    Args:
        optimizer: A player's.
        beta_2: Its value in this step; `None` keeps the optimizer's own.
        correction: The `c = k / (k + 1)` of StyleGAN2: with k ordinary updates to one of a lazy penalty, the learning
            rate times c and both betas to the power of c leave Adam's pace as it was.

    Reference:
        Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, appendix B. arXiv:1912.04958
    """
    adam = inner(optimizer)
    if not takes_beta_2(adam) or (beta_2 is None and correction == 1.0):
        yield
        return
    own = {name: getattr(adam, name) for name in ("beta_1", "beta_2") if hasattr(adam, name)}
    now = {**own, **({} if beta_2 is None else {"beta_2": beta_2})}
    update_step = adam.update_step
    try:
        for name, value in now.items():
            setattr(adam, name, value**correction)
        adam.update_step = lambda gradient, variable, rate: update_step(gradient, variable, rate * correction)
        yield
    finally:
        del adam.update_step  # the instance's, which hides the class's
        for name, value in own.items():
            setattr(adam, name, value)
