"""Whether TensorFlow can differentiate the layers of a discriminator twice, as gradient penalties need."""

import keras
import tensorflow as tf


def layer_without_second_derivative(model: keras.Model) -> str | None:
    """The name of a layer or operation whose input gradient TensorFlow cannot differentiate again, or `None`.

    Through `keras.layers.Resizing`, for one, a gradient penalty would silently leave out every weight behind it. The
    test is the same for every layer f: its input gradient `J' v` is linear in v, so it has a derivative with respect to
    v wherever f has one. Each is traced once on its own, nothing is computed.
    """
    for operation in _operations(model):
        node = operation._inbound_nodes[0]
        inputs = [tensor for tensor in node.input_tensors if "float" in tensor.dtype]
        if inputs and not _twice_differentiable(operation, node):
            return operation.name
    return None


def _operations(model: keras.Model):
    """Every layer and bare operation of functional and sequential models, nested ones too, in order."""
    for operation in model.layers if isinstance(model, keras.Sequential) else getattr(model, "operations", []):
        if isinstance(operation, keras.Model):
            yield from _operations(operation)
        elif not isinstance(operation, keras.layers.InputLayer):
            yield operation


def _twice_differentiable(operation, node) -> bool:
    specs = [tf.TensorSpec([one or 2 for one in tensor.shape], tensor.dtype) for tensor in node.input_tensors]
    found = []

    def probe(*values):
        substitutes = dict(zip((id(tensor) for tensor in node.input_tensors), values, strict=True))
        arguments, keywords = keras.tree.map_structure(
            lambda one: substitutes.get(id(one), one), (node.arguments.args, node.arguments.kwargs)
        )
        watched = [value for value in values if value.dtype.is_floating]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner, keras.StatelessScope():
                inner.watch(watched)
                output = operation(*arguments, **keywords)
            directions = [tf.ones_like(one) for one in keras.tree.flatten(output) if one.dtype.is_floating]
            outer.watch(directions)
            outputs = [one for one in keras.tree.flatten(output) if one.dtype.is_floating]
            slopes = [one for one in inner.gradient(outputs, watched, output_gradients=directions) if one is not None]
        try:
            again = outer.gradient(slopes, directions) if slopes else [True]
        except LookupError:  # an operation whose gradient function is missing altogether
            again = [None]
        found.append(any(one is not None for one in again))

    tf.function(probe, autograph=False).get_concrete_function(*specs)
    return found[-1]
