"""A SavedModel may come from anyone: what could do more than compute is not run, and nothing when it is opened."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from kgan.export.portable.saved_model_graph import NotRunError, open_graph


class Network(tf.Module):
    """The double of its input, and something else on the way."""

    def __init__(self, besides):
        super().__init__()
        self.factor, self.besides = tf.Variable(2.0), besides

    @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32, name="x")])
    def __call__(self, x):
        return {"y": self.factor * self.besides(x)}


def saved(folder, besides):
    network = Network(besides)
    tf.saved_model.save(network, str(folder), signatures=network.__call__)
    return folder


def test_a_network_is_run_with_its_weights(tmp_path):
    def looped(x):
        return tf.while_loop(lambda i, held: i < 3, lambda i, held: (i + 1, held + x), (0, tf.zeros_like(x)))[1]

    takes, gives, run = open_graph(saved(tmp_path / "saved", looped))
    assert (takes, gives) == ({"x"}, ["y"])
    (drawn,) = run({"x": np.ones((2, 3), np.float32)})
    np.testing.assert_array_equal(drawn, np.full((2, 3), 6.0))


def test_what_may_do_more_than_compute_is_not_run(tmp_path):
    target = tmp_path / "written"
    target.write_text("as it was")

    def writes(x):
        tf.io.write_file(str(target), "other")
        return x

    def writes_in_a_branch(x):
        return tf.cond(tf.reduce_sum(x) > 0.0, lambda: writes(x), lambda: x)

    def reads(x):
        return x + tf.cast(tf.strings.length(tf.io.read_file(str(target))), tf.float32)

    def calls_python(x):
        return tf.ensure_shape(tf.numpy_function(lambda value: value, [x], tf.float32), (None, 3))

    def prints(x):
        tf.print(x)
        return x

    for number, (besides, operation) in enumerate(
        (
            (writes, "WriteFile"),
            (writes_in_a_branch, "WriteFile"),
            (reads, "(ReadFile|StringLength)"),
            (calls_python, "PyFunc"),
            (prints, "(PrintV2|StringFormat)"),
        )
    ):
        with pytest.raises(NotRunError, match=f"it holds TensorFlow's operation {operation}"):
            open_graph(saved(tmp_path / f"saved{number}", besides))
    assert target.read_text() == "as it was"


def test_a_file_that_is_no_saved_model_is_refused(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(ValueError, match="0 graphs, where one was due"):
        open_graph(tmp_path)


def test_functions_that_stand_for_others_are_not_run(tmp_path):
    folder = saved(tmp_path / "saved", lambda x: tf.cond(tf.reduce_sum(x) > 0.0, lambda: x, lambda: 2.0 * x))
    open_graph(folder)
    path = folder / "saved_model.pb"
    content = path.read_bytes()

    def of_another_interface(library):
        library.function[0].attr["api_implements"].s = b"any"

    def has_a_gradient(library):
        library.gradient.add(function_name=library.function[0].signature.name, gradient_func="other")

    def hands_on_a_function(library):
        for function in library.function:
            for node in function.node_def:
                for value in node.attr.values():
                    if value.func.name:
                        value.func.attr["f"].func.name = "other"

    for change, said in (
        (of_another_interface, "which stands for others"),
        (has_a_gradient, "gradients of functions"),
        (hands_on_a_function, "on the function"),
    ):
        model = SavedModel.FromString(content)
        change(model.meta_graphs[0].graph_def.library)
        path.write_bytes(model.SerializeToString())
        with pytest.raises(NotRunError, match=said):
            open_graph(folder)
