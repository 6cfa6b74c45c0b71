"""What kgan changes about Adam for the length of an update."""

import contextlib
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from kgan._kernels import library
from kgan._kernels.library import Library

LearningRateSchedule = keras.optimizers.schedules.LearningRateSchedule


def inner(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer within a loss scale, or the optimizer itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def of_adam(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether it is of Adam's family, whose second moment has a decay beta_2."""
    family = (keras.optimizers.Adam, keras.optimizers.Adamax, keras.optimizers.Nadam, keras.optimizers.Lamb)
    return isinstance(inner(optimizer), family)


@contextlib.contextmanager
def _already_reduced(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Within it, the optimizer does not add up the gradients of replicas, as Keras's do after clipping them."""
    if not hasattr(optimizer, "_all_reduce_sum_gradients"):
        raise RuntimeError("Expected Keras's optimizers to reduce gradients by themselves. Received: another Keras.")
    optimizer._all_reduce_sum_gradients = lambda pairs: pairs
    try:
        yield
    finally:
        del optimizer._all_reduce_sum_gradients  # the instance's, which hides the class's


@contextlib.contextmanager
def fused(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Within it, Adam updates a weight by TensorFlow's one kernel for it, not in ten passes; where XLA fuses, as it is.

    The formula is Keras's. So is the update of other optimizers, of `amsgrad`, of weights that are no float32, and by
    gradients of some rows only, as embeddings have: Keras squares each, where the kernel would add up those of one row.
    """
    adam = inner(optimizer)
    if type(adam) is not keras.optimizers.Adam or adam.amsgrad or library.in_use() is Library.XLA:
        yield
        return
    update_step = adam.update_step

    def at_once(gradient, variable, rate):
        if variable.dtype != tf.float32 or isinstance(gradient, tf.IndexedSlices):
            return update_step(gradient, variable, rate)
        place = adam._get_variable_index(variable)
        step = tf.cast(adam.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=adam._momentums[place].value.handle,
            v=adam._velocities[place].value.handle,
            beta1_power=tf.pow(tf.cast(adam.beta_1, tf.float32), step),
            beta2_power=tf.pow(tf.cast(adam.beta_2, tf.float32), step),
            lr=tf.cast(rate, tf.float32),
            beta1=adam.beta_1,
            beta2=adam.beta_2,
            epsilon=adam.epsilon,
            grad=gradient,
        )

    with _stepping(adam, at_once):
        yield


@contextlib.contextmanager
def _stepping(optimizer: keras.optimizers.Optimizer, update_step: Callable) -> Iterator[None]:
    """Within it, the optimizer updates each weight by this function."""
    before = vars(optimizer).get("update_step")  # the instance's, which hides the class's
    optimizer.update_step = update_step
    try:
        yield
    finally:
        del optimizer.update_step
        if before is not None:
            optimizer.update_step = before


@contextlib.contextmanager
def changed(
    optimizer: keras.optimizers.Optimizer,
    beta_2: "tf.Tensor | None" = None,
    correction: float = 1.0,
    decays: bool = True,
) -> Iterator[None]:
    """Within it, an optimizer of Adam's family steps with another beta_2, and corrected for lazy penalties.

    The optimizer's own numbers come back afterwards: they are what is saved, and what callbacks change. A beta_2 that
    moves enters Adam's bias correction with its value of the moment, as in R3GAN's program.

    Args:
        optimizer: A player's.
        beta_2: Its value in this step; `None` keeps the optimizer's own.
        correction: The `c = k / (k + 1)` of StyleGAN2: with k ordinary updates to one of a lazy penalty, the learning
            rate times c and both betas to the power of c leave Adam's pace as it was. A learning-rate schedule is read
            at c times the updates made, so that it counts ordinary ones.
        decays: Whether the weights decay too, where the optimizer has a `weight_decay`.

    Reference:
        Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, appendix B. arXiv:1912.04958
    """
    adam = inner(optimizer)
    weight_decay = adam.weight_decay
    if not decays:
        adam.weight_decay = None
    if not of_adam(adam) or (beta_2 is None and correction == 1.0):
        try:
            yield
        finally:
            adam.weight_decay = weight_decay
        return
    schedule = adam._learning_rate if isinstance(adam._learning_rate, LearningRateSchedule) else None

    def corrected(rate):
        if schedule is not None:
            rate = schedule(tf.cast(adam.iterations.value, tf.float32) * correction)
        return rate * correction

    own = {"beta_1": adam.beta_1, "beta_2": adam.beta_2, "weight_decay": weight_decay}
    now = {"beta_1": adam.beta_1, "beta_2": adam.beta_2 if beta_2 is None else beta_2}
    update_step = adam.update_step
    try:
        for name, value in now.items():
            setattr(adam, name, value**correction)
        with _stepping(adam, lambda gradient, variable, rate: update_step(gradient, variable, corrected(rate))):
            yield
    finally:
        for name, value in own.items():
            setattr(adam, name, value)
