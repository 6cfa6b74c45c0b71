"""The largest singular value of a kernel, by the power method."""

import tensorflow as tf
from keras import ops

__all__ = ["largest_singular_value", "unit"]


def largest_singular_value(kernel: tf.Tensor, u: tf.Tensor, steps: int) -> tuple[tf.Tensor, tf.Tensor]:
    """An estimate `sigma = v' W u`, and the state that the next estimate begins with.

    W is the kernel as a matrix `(inputs * kernel size, outputs)`. `v = W u / ||W u||`, then, at each step,
    `u <- W' v / ||W' v||` and v anew but for the last. `sigma` is differentiated with u and v held constant.

    Args:
        kernel: `(..., outputs)`.
        u: `(outputs,)`, of any length but 0.
        steps: Of the power method; with 0, u stays as it is.
    """
    matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
    held = ops.stop_gradient(matrix)
    u = unit(u)
    v = unit(ops.matmul(held, u))
    for step in range(steps):
        v = v if step == 0 else unit(ops.matmul(held, u))
        u = unit(ops.matmul(ops.transpose(held), v))
    return ops.sum(v * ops.matmul(matrix, u)), u


def unit(vector: tf.Tensor) -> tf.Tensor:
    """The vector at length 1."""
    return vector / (ops.norm(vector) + 1e-12)
