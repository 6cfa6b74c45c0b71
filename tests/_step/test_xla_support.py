"""What XLA lacks is told from the graph, before anything has run."""

import keras
import pytest
import tensorflow as tf

from kgan._step import xla_support
from kgan._step.xla_support import NotCompilable


def found(function, *layers):
    """What is refused in a function of one image batch, `None` for nothing."""

    def step(x):
        result = function(x)
        xla_support.check(tf.compat.v1.get_default_graph(), result, layers)
        return result

    try:
        tf.function(step, autograph=False).get_concrete_function(tf.TensorSpec((2, 4, 4, 3)))
    except NotCompilable as refused:
        return str(refused)
    return None


def slope(function):
    def of(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)

    return of


RESIZING = {
    "bicubic": "ResizeBicubic",
    "lanczos3": "ScaleAndTranslate",
    "lanczos5": "ScaleAndTranslate",
}


@pytest.mark.parametrize("method", RESIZING)
def test_an_operation_that_xla_lacks_is_named_with_its_layer(method):
    layer = keras.layers.Resizing(8, 8, interpolation=method, name="larger")
    assert found(layer, layer) == f"the operation {RESIZING[method]} of the layer 'larger'"


def test_an_operation_that_only_the_gradient_needs_is_named():
    layer = keras.layers.Resizing(8, 8, interpolation="nearest", name="larger")
    assert found(layer, layer) is None
    assert found(slope(layer), layer) == "the operation ResizeNearestNeighborGrad of the layer 'larger'"


def test_an_operation_within_a_loop_or_a_branch_is_found():
    def body(i, x):
        return i + 1, tf.image.resize(tf.image.resize(x, (8, 8), "bicubic"), (4, 4), "bilinear")

    assert found(lambda x: tf.while_loop(lambda i, x: i < 3, body, (0, x))[1]) == "the operation ResizeBicubic"
    branch = lambda x: tf.cond(tf.reduce_sum(x) > 0.0, lambda: body(0, x)[1], lambda: x)  # noqa: E731
    assert found(branch) == "the operation ResizeBicubic"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.numpy_function(lambda x: x, [x], tf.float32),
        lambda x: tf.py_function(lambda x: x, [x], tf.float32),
        lambda x: tf.image.adjust_hue(x, 0.1),
        tf.image.extract_glimpse,
    ],
)
def test_python_within_a_graph_and_other_operations_are_found(function):
    if function is tf.image.extract_glimpse:
        function = lambda x: tf.image.extract_glimpse(x, [2, 2], tf.zeros((2, 2)))  # noqa: E731
    result = found(function)
    assert result is None or result.startswith("the operation ")
    compiled = tf.function(function, jit_compile=True)
    if result is None:
        compiled(tf.zeros((2, 4, 4, 3)))
    else:
        with pytest.raises(tf.errors.InvalidArgumentError, match="unsupported operations"):
            compiled(tf.zeros((2, 4, 4, 3)))


def test_what_nothing_depends_on_does_not_count():
    def one_of_two(x):
        tf.image.resize(x, (8, 8), "bicubic")  # pruned before XLA sees it
        return 2.0 * x

    assert found(one_of_two) is None


@pytest.mark.parametrize("layer", [keras.layers.LSTM(3), keras.layers.GRU(3), keras.layers.SimpleRNN(3)])
def test_recurrent_layers_and_their_slopes_can_be_compiled(layer):
    def of(x):
        return layer(tf.reshape(x, (2, 16, 3)))

    layer.build((2, 16, 3))
    assert found(of, layer) is None
    assert found(slope(of), layer) is None
