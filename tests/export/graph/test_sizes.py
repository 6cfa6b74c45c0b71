"""Sizes that are known are constants, and free heights and widths leave no arithmetic behind."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx_graphs import after, graph_of

import kgan
from kgan.export.graph.cropping import crop_by_padding
from kgan.export.graph.folding import fold_constants
from kgan.export.graph.identities import remove_identities
from kgan.export.graph.sizes import Line, fix_sizes, lengths, sizes_of

X = np.random.RandomState(0).randn(2, 3, 4, 5).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def test_a_reshape_to_what_its_input_says_needs_no_shape(tmp_path):
    text = """g (float[n,3,4,5] x) => (float z) {
        size = Shape(x)  small = Cast<to=6>(size)  first = Gather(small, zero)  one = Unsqueeze(first, axis)
        target = Concat<axis=0>(one, sixty)  large = Cast<to=7>(target)  z = Reshape(x, large)
    }"""
    graph = graph_of(text, zero=ints(0).reshape(()), axis=ints(0), sixty=np.array([60], np.int32))
    assert sizes_of(graph, "large") == ("n", 60)
    assert after([fix_sizes], graph, tmp_path, x=X) == ["Reshape"]


def test_two_free_axes_stay_in_the_shape(tmp_path):
    text = "g (float[n,3,h,5] x) => (float z) { y = Relu(x)  size = Shape(y)  z = Reshape(x, size) }"
    assert after([fix_sizes], graph_of(text), tmp_path, x=X) == ["Relu", "Shape", "Reshape"]


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ("r = Sub(twice, h)", ("h",)),
        ("r = Add(twice, two)", (Line("h", 2, 2),)),
        ("s = Add(twice, two)  r = Sub(s, twice)", (2,)),
        ("r = Sub(two, h)", (Line("h", -1, 2),)),
        ("r = Mul(twice, twice)", (None,)),
        ("r = Max(h, two)", (None,)),
        ("r = Max(two, seven)", (7,)),
        ("r = Div(minus, two)", (-3,)),
        ("r = Neg(seven)", (-7,)),
        ("r = Add(h, w)", (None,)),
    ],
)
def test_lengths_are_reckoned_with_as_lines(nodes, expected):
    text = f"""g (float[n,3,h,w] x) => (int64 z) {{
        size = Shape(x)  h = Slice(size, two, three, zero)  w = Slice(size, three, four, zero)
        twice = Mul(h, two)  {nodes}  z = Identity(r)
    }}"""
    numbers = {"zero": 0, "two": 2, "three": 3, "four": 4, "seven": 7, "minus": -7}
    graph = graph_of(text, **{name: ints(value) for name, value in numbers.items()})
    assert sizes_of(graph, "r") == expected


def test_what_is_cut_off_a_transposed_convolution_of_any_size_is_padding(tmp_path):
    text = """g (float[n,3,h,w] x) => (float z) {
        y = ConvTranspose<strides=[2,2]>(x, k)
        size = Shape(x)  both = Slice(size, two, four, zero)  large = Mul(both, twos)  end = Add(large, ones)
        z = Slice(y, ones, end, axes)
    }"""
    numbers = {"zero": ints(0), "two": ints(2), "four": ints(4), "twos": ints(2, 2), "ones": ints(1, 1)}
    kernel = np.random.RandomState(0).randn(3, 2, 4, 4).astype(np.float32)
    graph = graph_of(text, k=kernel, axes=ints(2, 3), **numbers)
    assert lengths(graph, "y") == ("n", 2, Line("h", 2, 2), Line("w", 2, 2))
    assert after([crop_by_padding], graph, tmp_path, x=X)[0] == "ConvTranspose"


def test_a_translator_of_any_size_has_no_arithmetic_of_sizes(tmp_path):
    image = keras.Input((None, None, 3))
    down = keras.layers.Conv2D(4, 4, strides=2, padding="same", activation="relu")(image)
    up = keras.layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh")(down)
    judge = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(1, 3)])
    game = kgan.Translation(keras.Model(image, up), judge, seed=0)
    path = kgan.export.save(game, tmp_path / "model.onnx")
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds == ["Transpose", "Conv", "Relu", "ConvTranspose", "Tanh", "Transpose"]
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    picture = np.random.RandomState(0).uniform(-1, 1, (1, 6, 10, 3)).astype(np.float32)
    np.testing.assert_allclose(session.run(None, {"image": picture})[0], game.generator(picture), atol=1e-5)


@pytest.mark.parametrize(
    ("nodes", "left"),
    [
        ("y = Slice(x, zero, end, zero)", []),
        ("y = Slice(x, one, end, zero)", ["Slice"]),
        ("y = Tile(x, ones)", []),
        ("y = Pad(x, eight)", []),
        ("y = Cast<to=1>(x)", []),
        ("y = Cast<to=10>(x)", ["Cast", "Cast"]),
        ("y = Reshape(x, same)", []),
        ("w = Reshape(x, flat)  y = Reshape(w, same)", []),
        ("w = Unsqueeze(x, one)  y = Squeeze(w, one)", []),
        ("y = Identity(x)", []),
    ],
)
def test_what_changes_nothing_is_removed(tmp_path, nodes, left):
    end = "v = Cast<to=1>(y)  z = Relu(v)" if "to=10" in nodes else "z = Relu(y)"
    constants = {"zero": ints(0), "one": ints(1), "end": ints(2**31 - 1), "ones": ints(1, 1, 1, 1)}
    constants |= {"eight": ints(*[0] * 8), "same": ints(-1, 3, 4, 5), "flat": ints(-1, 60)}
    graph = graph_of(f"g (float[n,3,4,5] x) => (float z) {{ {nodes}  {end} }}", **constants)
    assert after([remove_identities, fold_constants], graph, tmp_path, atol=1e-3, x=X) == [*left, "Relu"]
