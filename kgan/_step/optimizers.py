"""The players' optimizers: defaults, checks, and one update."""

import keras
import tensorflow as tf

from kgan import distribution, schedules
from kgan._step import precision
from kgan._step.adapted_optimizer import adapted, inner, of_adam


def get(identifier, *networks: keras.Model) -> keras.optimizers.Optimizer:
    """A player's optimizer; with a loss scale of its own when its gradient comes through a network in float16."""
    optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5) if identifier is None else _of_keras(identifier)
    if precision.in_float16(*networks) and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _of_keras(identifier) -> keras.optimizers.Optimizer:
    """The optimizer: by name or config, or as it is.

    Raises:
        ValueError: if it is none of these.
    """
    try:
        return keras.optimizers.get(identifier)
    except ValueError as error:
        of_class = "Call the class, as keras.optimizers.Adam(2e-4)."
        instead = of_class if isinstance(identifier, type) else "A loss is passed by name, loss=..."
        raise ValueError(
            f"Expected generator_optimizer and discriminator_optimizer, the first two arguments of compile, as Keras "
            f"optimizers, their names or configs. Received: {identifier!r}. {instead}"
        ) from error


def check_beta_2(beta_2: "float | schedules.Schedule", *optimizers: keras.optimizers.Optimizer) -> None:
    """Refuses a beta_2 of 1, with which nothing moves, and an optimizer that has none.

    Raises:
        ValueError: Either.
    """
    if (beta_2.most if isinstance(beta_2, schedules.Schedule) else beta_2) == 1.0:
        raise ValueError(f"Expected beta_2 < 1. Received: beta_2={beta_2}.")
    for optimizer in optimizers:
        if not of_adam(optimizer):
            raise ValueError(
                f"Expected optimizers of Adam's family for beta_2. Received: {type(inner(optimizer)).__name__}, which "
                f"has none. Leave beta_2 out."
            )


def apply(
    optimizer: keras.optimizers.Optimizer,
    gradients: list,
    weights: list,
    *,
    beta_2: "tf.Tensor | float | None" = None,
    correction: float = 1.0,
    decays: bool = True,
    rate_factor: float = 1.0,
) -> None:
    """One update; on several replicas by the mean of their gradients.

    There the mean comes first, so that what the optimizer clips is the gradient of the global batch.

    Args:
        optimizer: A player's.
        gradients: This replica's, `None` where a weight has none.
        weights: The player's.
        beta_2: As in `adapted`.
        correction: As in `adapted`.
        decays: As in `adapted`.
        rate_factor: As in `adapted`.

    Raises:
        RuntimeError: if Keras's optimizers no longer reduce gradients as `adapted` keeps them from doing.
    """
    if not hasattr(optimizer, "_all_reduce_sum_gradients"):
        raise RuntimeError("Expected Keras's optimizers to reduce gradients by themselves. Received: another Keras.")
    if not optimizer.built:
        optimizer.build(weights)
    now = adapted(optimizer, beta_2, correction, decays, rate_factor)
    if not tf.distribute.has_strategy():
        now.apply(gradients, weights)
        return
    pairs = [pair for pair in zip(gradients, weights, strict=True) if pair[0] is not None]
    means = distribution.mean([tf.convert_to_tensor(gradient) for gradient, _ in pairs])
    with_gradients = [weight for _, weight in pairs]

    def on_all(strategy, means):  # at once, as replicas are traced in turn, by threads of one process
        strategy.extended.call_for_each_replica(now.apply, args=(means, with_gradients))

    tf.distribute.get_replica_context().merge_call(on_all, args=(means,))
