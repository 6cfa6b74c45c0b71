"""The exponential moving average of the generator, whose samples are better than those of any single iterate."""

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game import networks, revival
from kgan.layers import grown

RAMP = 0.05  # half-life as a share of the images seen so far, while that is shorter (StyleGAN2-ADA's `ema_rampup`)


def copy_of(model: keras.Model) -> keras.Model:
    """A second model with equal weights that no optimizer sees.

    Raises:
        TypeError: if Keras cannot make the model from its config.
    """
    revival.check(model, "a generator", "ema_half_life keeps a second one, the average", "pass ema_half_life=None")
    copy = networks.copy_of(model)
    copy.trainable = False
    copy.name = f"ema_{model.name}"
    return copy


def update(
    average: keras.Model, model: keras.Model, batch_size, images_seen, half_life: "float | schedules.Schedule"
) -> None:
    """Moves `average` towards `model` by one batch.

    `w_average <- w_average + (1 - 2^(-batch / h)) (w - w_average)` with `h = min(half_life, 0.05 images_seen)`, so that
    the random weights of the start are forgotten at once; a schedule is taken as it is. BatchNormalization's statistics
    are averaged as the weights are: those of a single iterate would belong to other weights.

    Args:
        average: The averaging copy.
        model: The generator in training.
        batch_size: Images in this batch, integer scalar tensor.
        images_seen: Images before this batch, integer scalar tensor.
        half_life: In images, positive, or a schedule, where 0 means no averaging.
    """
    if isinstance(half_life, schedules.Schedule):
        ramped = half_life(images_seen)
    else:
        ramped = tf.minimum(half_life, RAMP * tf.cast(images_seen, tf.float32))
    rate = 1.0 - tf.pow(0.5, tf.cast(batch_size, tf.float32) / tf.maximum(ramped, 1e-8))
    waiting = {id(weight) for layer in grown(model) for weight in layer.waiting}  # which do not move
    for target, source in zip(average.weights, model.weights, strict=True):
        if id(source) in waiting:
            continue
        target.assign_add(tf.cast(rate, target.dtype) * (source.value - target.value))
