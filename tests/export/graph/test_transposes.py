"""Transposes meet and vanish, whatever lies between."""

import numpy as np
import pytest
from onnx_graphs import after, graph_of

from kgan.export.graph.folding import fold_constants
from kgan.export.graph.identities import remove_identities
from kgan.export.graph.order import merge_equals
from kgan.export.graph.transposes import move_transposes

PASSES = [remove_identities, merge_equals, fold_constants, move_transposes]
RANDOM = np.random.RandomState(0)
X = RANDOM.uniform(0.5, 1.0, (2, 3, 4, 5)).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def between(nodes):
    """A graph of channels first, in which nodes see channels last: they give `b` of `a`."""
    return f"""g (float[n,3,4,5] x) => (float z) {{
        a = Transpose<perm=[0,2,3,1]>(x)  {nodes}  z = Transpose<perm=[0,3,1,2]>(b)
    }}"""


CONSTANTS = {
    "channels": RANDOM.uniform(1, 2, 3).astype(np.float32),
    "grid": RANDOM.uniform(1, 2, (4, 5, 1)).astype(np.float32),
    "half": np.float32(0.5),
    "scales": np.array([1, 2, 3, 1], np.float32),
    "pads": ints(0, 1, 0, 0, 0, 2, 1, 0),
    "starts": ints(1, 0),
    "ends": ints(3, 2),
    "axes": ints(2, -1),
    "last": ints(-1),
    "repeats": ints(1, 2, 1, 3),
}
NEAREST = '<mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor">'


@pytest.mark.parametrize(
    "nodes",
    [
        "b = Relu(a)",
        "b = LeakyRelu<alpha=0.3>(a)",
        "b = Mul(a, channels)",
        "b = Sub(grid, a)",
        "b = Add(a, half)",
        "c = Tanh(a)  b = Mul(a, c)",
        "c = Tanh(a)  b = Concat<axis=-1>(a, c)",
        "c = Tanh(a)  b = Concat<axis=1>(a, c)",
        f"b = Resize{NEAREST}(a, , scales)",
        "b = Pad(a, pads)",
        "b = Pad<mode='reflect'>(a, pads)".replace("'", '"'),
        "b = Slice(a, starts, ends, axes)",
        "b = Tile(a, repeats)",
        "b = Softmax<axis=-1>(a)",
        "b = ReduceMean<keepdims=1>(a, last)",
        "c = Mul(a, a)  d = ReduceMean<keepdims=1>(c, last)  e = Sqrt(d)  b = Div(a, e)",
    ],
)
def test_none_is_left_around(tmp_path, nodes):
    assert "Transpose" not in after(PASSES, graph_of(between(nodes), **CONSTANTS), tmp_path, x=X)


def test_a_style_of_each_sample_becomes_a_reshape(tmp_path):
    text = """g (float[n,3,4,5] x, float[n,3] w) => (float z) {
        a = Transpose<perm=[0,2,3,1]>(x)  style = Unsqueeze(w, places)
        b = Mul(a, style)  z = Transpose<perm=[0,3,1,2]>(b)
    }"""
    graph = graph_of(text, places=ints(1, 2))
    assert after(PASSES, graph, tmp_path, x=X, w=X[:, :, 0, 0]) == ["Reshape", "Mul"]


def test_channels_go_first_before_an_image_is_enlarged(tmp_path):
    text = f"g (float[n,4,5,3] x) => (float z) {{ a = Resize{NEAREST}(x, , scales)  z = Transpose<perm=[0,3,1,2]>(a) }}"
    graph = graph_of(text, **CONSTANTS)
    assert after(PASSES, graph, tmp_path, x=X.transpose(0, 2, 3, 1)) == ["Transpose", "Resize"]


def test_a_transpose_of_axes_of_length_1_is_a_reshape(tmp_path):
    text = "g (float[n,1,4,5] x) => (float z) { z = Transpose<perm=[0,2,3,1]>(x) }"
    assert after(PASSES, graph_of(text), tmp_path, x=X[:, :1]) == ["Reshape"]


@pytest.mark.parametrize(
    "nodes", ["b = MatMul(a, square)", "b = Resize(a, , , sizes)", "b = ReduceMean<keepdims=0>(a, last)"]
)
def test_what_depends_on_the_order_stays_as_it_is(tmp_path, nodes):
    end = "z = Relu(b)"
    text = f"g (float[n,3,4,5] x) => (float z) {{ a = Transpose<perm=[0,2,3,1]>(x)  {nodes}  {end} }}"
    square, sizes = RANDOM.randn(3, 3).astype(np.float32), ints(2, 8, 5, 3)
    graph = graph_of(text, square=square, sizes=sizes, **CONSTANTS)
    assert after(PASSES, graph, tmp_path, x=X)[0] == "Transpose"


def test_two_in_a_row_are_one_and_opposites_are_none(tmp_path):
    text = "g (float[n,3,4,5] x) => (float z) { a = Transpose<perm=[0,2,3,1]>(x)  z = Transpose<perm=[0,2,1,3]>(a) }"
    assert after(PASSES, graph_of(text), tmp_path, x=X) == ["Transpose"]
    nodes = "a = Relu(x)  b = Transpose<perm=[0,2,3,1]>(a)  c = Transpose<perm=[0,3,1,2]>(b)  z = Tanh(c)"
    text = f"g (float[n,3,4,5] x) => (float z) {{ {nodes} }}"
    assert after(PASSES, graph_of(text), tmp_path, x=X) == ["Relu", "Tanh"]
