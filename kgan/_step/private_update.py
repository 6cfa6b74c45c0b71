"""The update of a discriminator by gradients that are clipped row by row, and noised: DP-SGD."""

from typing import NamedTuple

import tensorflow as tf

from kgan._game.batch import Batch
from kgan._game.discriminator_pass import run_discriminator
from kgan._step import logs
from kgan._step.discriminator_side import apply
from kgan._step.generator_pass import GeneratorPass
from kgan.data.tables.privacy import Privacy

PARTS = 6  # of a batch that `kgan.data.tables.poisson` draws


class PrivateRows(NamedTuple):
    """What a batch has besides where rows are private: `Batch.own`.

    Attributes:
        conditions: Of the reals, `(batch, ...)` each; those of generated rows come from no real.
        present: Which reals there are, `(batch,)` bool; a batch has others each time, and room for all.
        noise: Seed of the noise, int64 `(2,)`.
    """

    conditions: tuple[tf.Tensor, ...]
    present: tf.Tensor
    noise: tf.Tensor


def update(model, batch: Batch, generated: GeneratorPass, privacy: Privacy, clip: float) -> None:
    """`g = (sum_i clip(d L(D(x_i), D(G(z_i))) / d w) + N(0, (sigma C)^2)) / B`, and a step of the optimizer by it.

    Each real is paired with a generated row, and `clip(v) = v min(1, C / |v|)`, over all weights at once. B is the
    number of rows in a batch on average, and says nothing about this one.

    Args:
        model: The compiled model, of one discriminator without penalties.
        batch: With `PrivateRows` as its `own`.
        generated: The generator's pass.
        privacy: Noise and batch.
        clip: C.

    Reference:
        Abadi et al., 2016, Deep Learning with Differential Privacy, algorithm 1. arXiv:1607.00133
    """
    ((name, pair),) = model.pairs(batch, generated.outputs).items()
    plan, loss, own = model._plan.discriminators[name], model.adversarial_loss, batch.own
    variables = model._discriminator_variables
    weights = [one.value for one in variables]

    def of_one(row):
        real, fake = ([tensor[None] for tensor in side] for side in row)
        with tf.GradientTape() as tape:
            real_logits = run_discriminator(plan.view, real[0], real[1:])["logits"]
            generated_logits = run_discriminator(plan.view, fake[0], fake[1:])["logits"]
            lost = loss.discriminator_loss(real_logits, generated_logits)
        gradients = tape.gradient(lost, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        norm = tf.sqrt(tf.add_n([tf.reduce_sum(tf.square(one)) for one in gradients]))  # pfor has no L2Loss
        scale = tf.minimum(1.0, tf.math.divide_no_nan(clip, norm))
        return [scale * one for one in gradients], lost, real_logits[0], generated_logits[0]

    sides = (pair.real, *own.conditions), (pair.generated, *pair.conditions)
    clipped, losses, real_logits, generated_logits = tf.vectorized_map(of_one, sides)
    there = tf.cast(own.present, tf.float32)
    sums = [tf.tensordot(there, one, 1) for one in clipped]
    noise = [
        tf.random.stateless_normal(one.shape, own.noise + number, 0.0, privacy.noise_multiplier * clip)
        for number, one in enumerate(weights)
    ]
    apply(model, [(one + more) / privacy.batch for one, more in zip(sums, noise, strict=True)], variables)
    real_logits, generated_logits = (tf.boolean_mask(one, own.present) for one in (real_logits, generated_logits))
    threshold = loss.threshold(real_logits, generated_logits)
    accuracies = logs.accuracies(threshold, real_logits, generated_logits)
    model._log(
        discriminator_loss=tf.math.divide_no_nan(tf.tensordot(there, losses, 1), tf.reduce_sum(there)),
        **accuracies,
    )
    model.discriminator_updates.assign_add(1)
