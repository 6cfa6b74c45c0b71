"""What a strategy cannot do."""

import keras
import tensorflow as tf

from kgan.distribution.cluster import num_workers

__all__ = ["check", "check_seed"]


def check_seed(seed: int | None) -> None:
    """Refuses `None` on several workers.

    Raises:
        ValueError: if `seed` is `None` and there are several workers.
    """
    workers = num_workers(tf.distribute.get_strategy())
    if seed is None and workers > 1:
        raise ValueError(
            f"Expected a seed that {workers} workers share, because each would take one of its own. "
            f"Received: seed=None. Pass seed=0, say."
        )


def check(model: keras.Model, *optimizers: keras.optimizers.Optimizer) -> None:
    """Refuses what cannot be trained on the model's strategy.

    Raises:
        ValueError: if it is another kind of strategy, something was built outside its scope, or an optimizer does what
            replicas cannot do together.
    """
    current, own = tf.distribute.get_strategy(), model.distribute_strategy
    if current is not own:
        raise ValueError(
            "Expected the GAN built and compiled in the scope of one strategy. Received: one without the other. "
            "Write `with strategy.scope(): gan = GAN(...); gan.compile(...)`."
        )
    if not tf.distribute.has_strategy():
        return
    if not isinstance(own, tf.distribute.MirroredStrategy | tf.distribute.MultiWorkerMirroredStrategy):
        raise ValueError(
            f"Expected a MirroredStrategy or a MultiWorkerMirroredStrategy. Received: a {type(own).__name__}."
        )
    for part in (model, *optimizers):
        for variable in part.variables:
            if not own.extended.variable_created_in_scope(variable.value):
                raise ValueError(
                    f"Expected networks and optimizers built in the strategy's scope. Received: {variable.path!r} "
                    f"built outside. Move what builds it under `with strategy.scope():`."
                )
    for optimizer in optimizers:
        _check_optimizer(optimizer)


def _check_optimizer(optimizer: keras.optimizers.Optimizer) -> None:
    refused = {
        "a loss scale, as float16 needs": isinstance(optimizer, keras.optimizers.LossScaleOptimizer),
        "gradient_accumulation_steps": optimizer.gradient_accumulation_steps is not None,
        "use_ema": optimizer.use_ema,
    }
    instead = 'Use the policy "mixed_bfloat16", a larger batch, or GAN(ema_half_life=...) in their place.'
    for what, received in refused.items():
        if received:
            raise ValueError(
                f"Expected an optimizer that replicas can share. Received: {optimizer.name!r} with {what}. {instead}"
            )
