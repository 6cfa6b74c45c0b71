"""Whether TensorFlow can differentiate the layers of a discriminator twice, as gradient penalties need."""

import keras
import tensorflow as tf

from kgan._game import networks

_FREE = 64  # stands for an axis of any length but the batch


def layer_without_second_derivative(model: keras.Model) -> str | None:
    """The name of a layer or operation whose input gradient TensorFlow cannot differentiate again, or `None`.

    Through `keras.layers.Resizing`, for one, a gradient penalty would silently leave out every weight behind it. The
    test is the same for every layer f: its input gradient `J' v` is linear in v, and so is `g(v) = <J' v, u>`; then
    `<dg/dv, v> = g(v)`, unless the derivative is cut on a path. Each is asked once, alone, on noise.
    """
    for operation, arguments, keywords in _operations(model):
        tensors = [one for one in keras.tree.flatten((arguments, keywords)) if isinstance(one, keras.KerasTensor)]
        reads = any("float" in tensor.dtype for tensor in tensors)
        if reads and not _twice_differentiable(operation, arguments, keywords, tensors):
            return operation.name
    return None


def _operations(model: keras.Model):
    """Every layer and bare operation of functional and sequential models, nested ones too, with what it was called on;
    a subclassed model as a whole."""
    if not hasattr(model, "outputs"):
        yield model, (networks.symbolic(networks.input_shapes(model, "discriminator")),), {}
        return
    for operation in model.layers if isinstance(model, keras.Sequential) else model.operations:
        if isinstance(operation, keras.Model) and hasattr(operation, "outputs"):
            yield from _operations(operation)
        elif not isinstance(operation, keras.layers.InputLayer):
            called = operation._inbound_nodes[0].arguments
            yield operation, called.args, called.kwargs


def _twice_differentiable(operation, arguments, keywords, tensors) -> bool:
    specs = [
        tf.TensorSpec([2 if axis == 0 else size or _FREE for axis, size in enumerate(tensor.shape)], tensor.dtype)
        for tensor in tensors
    ]

    def probe():
        values = [_noise(spec, number) for number, spec in enumerate(specs)]
        substitutes = dict(zip((id(tensor) for tensor in tensors), values, strict=True))
        args, kwargs = keras.tree.map_structure(lambda one: substitutes.get(id(one), one), (arguments, keywords))
        watched = [value for value in values if value.dtype.is_floating]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner, keras.StatelessScope():
                inner.watch(watched)
                results = keras.tree.flatten(operation(*args, **kwargs))
            outputs = [one for one in results if one.dtype.is_floating]
            directions = [_noise(one, 1000 + number) for number, one in enumerate(outputs)]  # v
            outer.watch(directions)
            slopes = inner.gradient(outputs, watched, output_gradients=directions)
            products = [
                tf.cast(_noise(value, 2000 + number) * tf.convert_to_tensor(slope), tf.float32)  # of J' v with u
                for number, (value, slope) in enumerate(zip(watched, slopes, strict=True))
                if slope is not None
            ]
            total = tf.add_n([tf.reduce_sum(product) for product in products]) if products else None
        if total is None:
            return tf.constant(True)  # the outputs do not depend on the inputs
        try:
            again = outer.gradient(total, directions)
        except LookupError:  # an operation whose gradient function is missing altogether
            again = [None] * len(directions)
        back = tf.add_n(
            [tf.zeros(())]
            + [
                tf.reduce_sum(tf.cast(slope, tf.float32) * tf.cast(direction, tf.float32))
                for slope, direction in zip(again, directions, strict=True)
                if slope is not None
            ]
        )
        scale = tf.add_n([tf.reduce_sum(tf.abs(product)) for product in products])
        # Where noise is no input that the layer can take, NaN says nothing against it.
        return tf.logical_or(tf.abs(back - total) <= tolerance * scale, tf.logical_not(tf.math.is_finite(total)))

    half = any(layer.compute_dtype != "float32" for layer in getattr(operation, "_flatten_layers", list)())
    tolerance = 3e-2 if half else 1e-3  # rounding, of sums in which every term may have either sign
    # As a graph that is asked for by name: TensorFlow warns of functions that are traced at each of several calls.
    return bool(tf.function(probe, autograph=False).get_concrete_function()())


def _noise(like, number: int) -> tf.Tensor:
    """From N(0, 1) for floats, zeros for the rest."""
    shape = tf.shape(like) if tf.is_tensor(like) else like.shape
    if not like.dtype.is_floating:
        return tf.zeros(shape, like.dtype)
    return tf.cast(tf.random.stateless_normal(shape, (number, 0)), like.dtype)
