"""Top-k training: the generator learns from those samples alone that the discriminator takes for the best."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import tensorflow as tf

from kgan import losses, schedules
from kgan._game.discriminator_pass import one_logit_each


def checked(share: Any, loss: losses.AdversarialLoss) -> "float | schedules.Schedule | None":
    """The share of samples that a generator learns from, as it is; `None` for all, without a choice.

    Raises:
        TypeError: if it is neither a number nor a schedule.
        ValueError: if it leaves (0, 1], or the loss has no part for each sample.
    """
    if share is None:
        return None
    share = schedules.number_or_schedule("top_k", share, most=1.0)
    if (share.least if isinstance(share, schedules.Schedule) else share) == 0.0:
        raise ValueError(f"Expected top_k in (0, 1], the share of samples to learn from. Received: top_k={share}.")
    if not _is_mean_of_samples(loss):
        raise ValueError(
            f"Expected a loss that is the mean of what each sample loses alone, or beside its own real, because top_k "
            f"leaves samples out. Received: loss={loss.name!r}. Pass loss='relativistic_pairing' or 'non_saturating', "
            f"say, or top_k=None."
        )
    return share


def _is_mean_of_samples(loss: losses.AdversarialLoss) -> bool:
    """Whether it says so, and is so on a batch, which is tried in a thread that no strategy has been entered in."""
    with ThreadPoolExecutor(1) as outside:
        return loss.of_single_samples and outside.submit(_is_mean_of_three, loss).result()


def _is_mean_of_three(loss: losses.AdversarialLoss) -> bool:
    generated, real = tf.constant([[-1.0], [0.5], [2.0]]), tf.constant([[0.3], [-0.7], [1.1]])
    alone = [loss.generator_loss(generated[row : row + 1], real[row : row + 1]) for row in range(3)]
    return abs(float(loss.generator_loss(generated, real)) - float(tf.add_n(alone)) / 3.0) < 1e-5


def generator_loss(
    loss: losses.AdversarialLoss,
    generated_logits: tf.Tensor,
    real_logits: "tf.Tensor | None",
    share: "float | tf.Tensor",
) -> tf.Tensor:
    """The generator's loss over the `k = max(1, round(share * batch))` samples with the highest logits.

    The others' logits give way to 0, where no gradient comes from, and what that adds to the mean is taken off again:
    so every shape is known beforehand, whatever k is.
    """
    count = tf.cast(tf.shape(generated_logits)[0], tf.float32)
    kept = tf.maximum(tf.round(share * count), 1.0)  # k
    best = tf.reshape(_places(one_logit_each(generated_logits)) < kept, [-1] + [1] * (len(generated_logits.shape) - 1))
    zeros = tf.zeros_like(generated_logits)
    no_real = None if real_logits is None else zeros
    real = None if real_logits is None else tf.where(best, real_logits, zeros)
    of_all = loss.generator_loss(tf.where(best, generated_logits, zeros), real)
    of_one_left_out = loss.generator_loss(zeros, no_real)
    return (count * of_all - (count - kept) * of_one_left_out) / kept


def _places(logits: tf.Tensor) -> tf.Tensor:
    """The place of each when they are put in order, the highest first, of equals the earlier one; `(batch,)`."""
    numbers = tf.range(tf.shape(logits)[0])
    higher = logits[None, :] > logits[:, None]
    equal_before = (logits[None, :] == logits[:, None]) & (numbers[None, :] < numbers[:, None])
    return tf.reduce_sum(tf.cast(higher | equal_before, tf.float32), axis=1)
