"""The pool of earlier samples that a discriminator sees some of, in variables that are saved with the model."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from kgan import distribution

__all__ = ["SamplePool"]


class SamplePool:
    """The last samples but for those that were drawn again: half of what a discriminator sees comes from before.

    While the pool fills, samples are kept and shown as they are. Then each sample is shown as it is half of the time;
    otherwise it takes the place of one in the pool, chosen at random, which is shown instead.

    On several replicas all have the same pool: that of the global batch.

    Args:
        owner: The model, whose weights the pool becomes.
        name: Of the weights.
        size: Samples that it holds, at least 1.
        shape: Of one sample.

    Reference:
        Shrivastava et al., 2017, Learning from Simulated and Unsupervised Images through Adversarial Training, section
        2.3. arXiv:1612.07828
    """

    def __init__(self, owner: keras.Model, name: str, size: int, shape: Sequence[int]):
        settings = {"initializer": "zeros", "trainable": False, "aggregation": "only_first_replica"}
        self.size = size
        self.samples = owner.add_weight(name=name, shape=(size, *shape), dtype="float32", **settings)
        self.count = owner.add_weight(name=f"{name}_count", shape=(), dtype="int64", **settings)

    def exchanged(self, samples: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """What is shown in place of samples, which the pool takes in.

        Args:
            samples: `(batch, ...)` float32. Of a global batch larger than the pool, only the first go through it.
            seed: int64 `(2,)`, the same on all replicas.

        Returns:
            The same shape, without a gradient.
        """
        every, mine = distribution.gathered(tf.stop_gradient(samples))
        shown = self._exchanged(every[: self.size], seed)
        return mine(tf.concat([shown, every[self.size :]], axis=0))

    def _exchanged(self, samples: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        number = tf.shape(samples, out_type=tf.int64)[0]
        order, coins = tf.unstack(tf.random.stateless_uniform((2, self.size), seed, alg="philox"))
        place = self.count.value + tf.range(number)
        fills = place < self.size
        slots = tf.where(fills, place, tf.cast(tf.argsort(order), tf.int64)[:number])  # each another one
        swaps = tf.logical_and(coins[:number] < 0.5, tf.logical_not(fills))
        kept = self.samples.value
        # Samples that fill come first, so that what others take out is never a slot that is still empty.
        kept = self._written(kept, slots, samples, fills)
        earlier = tf.gather(kept, slots)
        self.samples.assign(self._written(kept, slots, samples, swaps))
        self.count.assign(tf.minimum(self.count.value + number, self.size))
        return tf.where(_beside(swaps, samples), earlier, samples)

    @staticmethod
    def _written(kept: tf.Tensor, slots: tf.Tensor, samples: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
        """The pool with the samples in those slots in which they are to be."""
        # One-hot rows in place of a scatter, in which two samples of which one stays out might meet.
        chosen = tf.one_hot(slots, kept.shape[0], dtype=tf.float32) * tf.cast(where, tf.float32)[:, None]
        taken = tf.reduce_max(chosen, axis=0) > 0.0  # (size,)
        source = tf.argmax(chosen, axis=0)  # (size,)
        return tf.where(_beside(taken, kept), tf.gather(samples, source), kept)


def _beside(mask: tf.Tensor, samples: tf.Tensor) -> tf.Tensor:
    """The mask `(n,)` with axes of one for those that samples have besides."""
    return tf.reshape(mask, (-1, *[1] * (samples.shape.rank - 1)))
