"""A Keras optimizer with other numbers for the length of one update."""

import functools

import keras
import tensorflow as tf

from kgan._kernels import library
from kgan._kernels.library import Library

_ADAMS_FAMILY = (keras.optimizers.Adam, keras.optimizers.Adamax, keras.optimizers.Nadam, keras.optimizers.Lamb)


def inner(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer within a loss scale, or the optimizer itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def of_adam(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether it is of Adam's family, whose second moment has a decay beta_2."""
    return isinstance(inner(optimizer), _ADAMS_FAMILY)


def adapted(
    optimizer: keras.optimizers.Optimizer,
    beta_2: "tf.Tensor | float | None" = None,
    correction: float = 1.0,
    decays: bool = True,
    rate_factor: float = 1.0,
) -> keras.optimizers.Optimizer:
    """An optimizer that shares every variable of another, and has numbers of its own for one update.

    The other's numbers stay as they are: they are what is saved, and what callbacks change. Clipping, accumulation,
    averages and loss scales are Keras's. A beta_2 that moves enters Adam's bias correction with its value of the
    moment, as in R3GAN's program.

    Args:
        optimizer: The other, built.
        beta_2: Of Adam's family in this update; `None` keeps the optimizer's own.
        correction: The `c = k / (k + 1)` of StyleGAN2: with k ordinary updates to one of a lazy penalty, the learning
            rate times c and both betas to the power of c leave Adam's pace as it was. A learning-rate schedule is read
            at c times the updates made, so that it counts ordinary ones. It is for Adam's family alone.
        decays: Whether the weights decay too, where the optimizer has a `weight_decay`.
        rate_factor: The learning rate, of weight decay too, is multiplied by it.

    Reference:
        Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, appendix B. arXiv:1912.04958
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        scaled = adapted(optimizer.inner_optimizer, beta_2, correction, decays, rate_factor)
        return _sharing(optimizer, type(optimizer), inner_optimizer=scaled)
    decay = optimizer.weight_decay if decays else None  # Keras multiplies it by the rate that it knows of
    numbers = {"weight_decay": decay and decay * rate_factor, "rate_factor": rate_factor}
    if of_adam(optimizer):
        numbers |= {
            "beta_1": optimizer.beta_1**correction,
            "beta_2": (optimizer.beta_2 if beta_2 is None else beta_2) ** correction,
            "rate_factor": correction * rate_factor,
        }
        schedule = optimizer._learning_rate
        if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            updates = optimizer._iterations
            numbers["_learning_rate"] = lambda: schedule(tf.cast(updates.value, tf.float32) * correction)
    return _sharing(optimizer, _adapted_class(type(optimizer)), **numbers)


class _Adapted:
    """What kgan changes about an update, in front of the optimizer's own class."""

    rate_factor = 1.0

    def _all_reduce_sum_gradients(self, gradients_and_variables):
        """Nothing: the gradients are the global batch's already, where Keras adds up replicas' after clipping them."""
        return gradients_and_variables

    def update_step(self, gradient, variable, learning_rate):
        """The optimizer's own update, but Adam's by TensorFlow's one kernel, not in ten passes.

        The formula is Keras's. Where XLA fuses, the update stays as it is; so does that of `amsgrad`, of weights that
        are no float32, and by gradients of some rows only, as embeddings have: Keras squares each, where the kernel
        would add up those of one row.
        """
        rate = learning_rate * self.rate_factor
        has_kernel = self._is_adam and not self.amsgrad and variable.dtype == tf.float32
        if not has_kernel or isinstance(gradient, tf.IndexedSlices) or library.in_use() is Library.XLA:
            super().update_step(gradient, variable, rate)
            return
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(tf.cast(self.beta_1, tf.float32), step),
            beta2_power=tf.pow(tf.cast(self.beta_2, tf.float32), step),
            lr=tf.cast(rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


@functools.cache
def _adapted_class(own: type) -> type:
    return type(own.__name__, (_Adapted, own), {"_is_adam": own is keras.optimizers.Adam})


def _sharing(optimizer: keras.optimizers.Optimizer, cls: type, **numbers) -> keras.optimizers.Optimizer:
    """A copy that is not deep: `copy.copy` would save a Keras optimizer and load it."""
    shared = object.__new__(cls)
    vars(shared).update(vars(optimizer) | numbers)  # past Keras's tracking of attributes, which both share
    return shared
