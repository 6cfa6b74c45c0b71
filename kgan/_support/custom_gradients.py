"""Custom gradients that go when the graph goes that they were traced in."""

import functools
import weakref
from collections.abc import Callable

import tensorflow as tf
from tensorflow.python.framework import ops


def custom_gradient(function: Callable) -> Callable:
    """`tf.custom_gradient`, without keeping every graph that it was ever traced in.

    In a graph TensorFlow registers the gradient of each call under a name of its own and never forgets it:
    https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/python/ops/custom_gradient.py. The gradient holds
    its tensors, these hold their graph, and the graph everything that was traced, so that a game that is dropped would
    stay. Here the graph holds the gradient, and the register holds it weakly.

    Args:
        function: As for `tf.custom_gradient`, of positional tensors.

    Returns:
        A function that computes the same and has the same gradient.
    """
    registering = tf.custom_gradient(function)

    @functools.wraps(function)
    def differentiable(*tensors):
        results = registering(*tensors)
        if not tf.executing_eagerly():
            _hold_by_graph(tf.nest.flatten(results)[0])
        return results

    return differentiable


def _hold_by_graph(result: tf.Tensor) -> None:
    name = result.op.get_attr("_gradient_op_type").decode()
    registered = ops.gradient_registry._registry  # private, and the one way to the entry
    entry = registered[name]
    gradient = entry["type"]
    held = weakref.ref(gradient, lambda _: registered.pop(name, None))
    entry["type"] = lambda operation, *upstream: held()(operation, *upstream)
    graph = result.graph
    graph._kgan_gradients = [*getattr(graph, "_kgan_gradients", ()), gradient]
