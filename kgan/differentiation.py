"""Whether TensorFlow can differentiate the layers of a discriminator twice, as gradient penalties need."""

import keras
import tensorflow as tf

_FREE = 64  # stands for an axis of any length but the batch
_STEP = 1e-3  # of the finite difference, beside inputs from N(0, 1)
_TOLERANCE = 0.2  # of it, relative: kinks blur it by some percent, a path that is cut takes its whole share


def layer_without_second_derivative(model: keras.Model) -> str | None:
    """The name of a layer or operation whose input gradient TensorFlow cannot differentiate again, or `None`.

    Through `keras.layers.Resizing`, for one, a gradient penalty would silently leave out every weight behind it. The
    test is the same for every layer f: its input gradient `J' v` is linear in v, so differentiating `<J' v, u>` by v
    gives `J u`, the slope of f along u. One of Keras's own layers passes where there is such a derivative at all, and
    is only traced. What is made of other layers, a subclassed model for one, may lose a part of it on one of its paths:
    it is computed once, on noise, and held against a finite difference, where it computes finely enough for one.
    """
    for operation, arguments, keywords in _operations(model):
        tensors = [one for one in keras.tree.flatten((arguments, keywords)) if isinstance(one, keras.KerasTensor)]
        if not any("float" in tensor.dtype for tensor in tensors):
            continue
        composite = not type(operation).__module__.startswith("keras.")
        fine = all(layer.compute_dtype == "float32" for layer in getattr(operation, "_flatten_layers", list)())
        if not (_agrees if composite and fine else _exists)(operation, arguments, keywords, tensors):
            return operation.name
    return None


def _operations(model: keras.Model):
    """Every layer and bare operation of functional and sequential models, nested ones too, with what it was called on;
    a subclassed model as a whole."""
    if not hasattr(model, "outputs"):
        shape = model.get_build_config()["input_shape"]
        shapes = shape if isinstance(shape[0], list | tuple) else [shape]
        tensors = [
            keras.KerasTensor((None, *one[1:]), "int32" if number and len(one) == 1 else "float32")
            for number, one in enumerate(shapes)
        ]
        yield model, (tensors if len(tensors) > 1 else tensors[0],), {}
        return
    for operation in model.layers if isinstance(model, keras.Sequential) else model.operations:
        if isinstance(operation, keras.Model):
            yield from _operations(operation)
        elif not isinstance(operation, keras.layers.InputLayer):
            called = operation._inbound_nodes[0].arguments
            yield operation, called.args, called.kwargs


def _twice(operation, arguments, keywords, tensors, values):
    """Of `<J' v, u>` the derivative with respect to v, or `None`; u is ones, v is where it does not matter."""
    substitutes = dict(zip((id(tensor) for tensor in tensors), values, strict=True))
    arguments, keywords = keras.tree.map_structure(lambda one: substitutes.get(id(one), one), (arguments, keywords))
    watched = [value for value in values if value.dtype.is_floating]
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner, keras.StatelessScope():
            inner.watch(watched)
            results = keras.tree.flatten(operation(*arguments, **keywords))
        outputs = [one for one in results if one.dtype.is_floating]
        directions = [tf.ones_like(one) for one in outputs]
        outer.watch(directions)
        slopes = inner.gradient(outputs, watched, output_gradients=directions)
        slopes = [tf.convert_to_tensor(slope) for slope in slopes if slope is not None]
        product = tf.add_n([tf.cast(tf.reduce_sum(slope), tf.float32) for slope in slopes]) if slopes else None
    try:
        again = [None for _ in outputs] if product is None else outer.gradient(product, directions)
    except LookupError:  # an operation whose gradient function is missing altogether
        again = [None for _ in outputs]
    return outputs, again, bool(slopes)


def _shape(tensor) -> list[int]:
    return [2 if axis == 0 else size or _FREE for axis, size in enumerate(tensor.shape)]


def _exists(operation, arguments, keywords, tensors) -> bool:
    found = []

    def probe(*values):
        _, again, depends = _twice(operation, arguments, keywords, tensors, values)
        found.append(not depends or any(one is not None for one in again))

    specs = [tf.TensorSpec(_shape(tensor), tensor.dtype) for tensor in tensors]
    tf.function(probe, autograph=False).get_concrete_function(*specs)
    return found[-1]


def _agrees(operation, arguments, keywords, tensors) -> bool:
    values = [
        tf.cast(tf.random.stateless_normal(_shape(tensor), (number, 0)), tensor.dtype)
        if "float" in tensor.dtype
        else tf.zeros(_shape(tensor), tensor.dtype)
        for number, tensor in enumerate(tensors)
    ]

    def moved(step):
        return [value + tf.cast(step, value.dtype) if value.dtype.is_floating else value for value in values]

    _, again, depends = _twice(operation, arguments, keywords, tensors, values)
    if not depends:
        return True
    ends = [_twice(operation, arguments, keywords, tensors, moved(step))[0] for step in (_STEP, -_STEP)]
    wrong = total = 0.0
    for slope, above, below in zip(again, *ends, strict=True):
        expected = tf.cast(above - below, tf.float32) / (2 * _STEP)
        received = tf.zeros_like(expected) if slope is None else tf.cast(slope, tf.float32)
        wrong += float(tf.reduce_sum(tf.square(expected - received)))
        total += float(tf.reduce_sum(tf.square(expected)))
    return wrong <= _TOLERANCE**2 * total + 1e-12
