"""Repeated pixels are one Resize."""

import keras
import numpy as np
import onnx
import pytest
from onnx_graphs import after, graph_of

import kgan
from kgan.export.graph.folding import fold_constants
from kgan.export.graph.identities import remove_identities
from kgan.export.graph.sizes import fix_sizes
from kgan.export.graph.upsampling import resize_by_one_node

PASSES = [remove_identities, fix_sizes, fold_constants, resize_by_one_node]
X = np.random.RandomState(0).randn(2, 3, 4, 5).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def repeated(shape="[n,3,4,5]"):
    return f"""g (float{shape} x) => (float z) {{
        size = Shape(x)  first = Slice(size, zero, one, zero)  rest = Slice(size, two, end, zero)
        target = Concat<axis=0>(first, six, rest)
        wide = Unsqueeze(x, two)  tiled = Tile(wide, times)  z = Reshape(tiled, target)
    }}"""


CONSTANTS = {"zero": ints(0), "one": ints(1), "two": ints(2), "end": ints(2**31 - 1), "six": ints(6)}


def test_rows_that_are_repeated_are_a_resize(tmp_path):
    graph = graph_of(repeated(), times=ints(1, 1, 2, 1, 1), **CONSTANTS)
    assert after(PASSES, graph, tmp_path, x=X) == ["Resize"]


def test_one_row_that_is_repeated_is_a_tile(tmp_path):
    graph = graph_of(repeated("[n,1,4,5]"), times=ints(1, 1, 6, 1, 1), **CONSTANTS)
    assert after(PASSES, graph, tmp_path, x=X[:, :1]) == ["Tile"]


def test_two_axes_at_once_and_transposed(tmp_path):
    text = """g (float[n,3,4,5] x) => (float z) {
        wide = Unsqueeze(x, places)  tiled = Tile(wide, times)
        turned = Transpose<perm=[0,3,4,5,1,2]>(tiled)  z = Reshape(turned, target)
    }"""
    graph = graph_of(text, places=ints(1, 4), times=ints(1, 2, 1, 1, 3, 1), target=ints(-1, 12, 10, 3))
    assert after(PASSES, graph, tmp_path, x=X) == ["Transpose", "Resize"]


def test_an_expand_of_known_lengths_is_a_tile_too(tmp_path):
    text = """g (float[n,3,4,5] x) => (float z) {
        size = Shape(x)  first = Slice(size, zero, one, zero)  target = Concat<axis=0>(first, six)
        wide = Unsqueeze(x, two)  large = Expand(wide, target)  z = Reshape(large, flat)
    }"""
    constants = {**CONSTANTS, "six": ints(3, 2, 4, 5)}
    graph = graph_of(text, flat=ints(-1, 6, 4, 5), **constants)
    assert after(PASSES, graph, tmp_path, x=X) == ["Resize"]


@pytest.mark.parametrize(
    ("place", "times", "target"),
    [
        (1, (1, 2, 1, 1, 1), (-1, 6, 4, 5)),  # the whole is repeated, not each row
        (2, (1, 1, 2, 1, 1), (-1, 3, 8, 5)),  # merged with the axis after it
        (2, (2, 1, 1, 1, 1), (-1, 3, 4, 5)),  # the batch
        (2, (1, 1, 2, 1, 1), (-1, 24, 5, 1)),
    ],
)
def test_other_repetitions_stay_what_they_are(tmp_path, place, times, target):
    nodes = "wide = Unsqueeze(x, place)  tiled = Tile(wide, times)  z = Reshape(tiled, target)"
    text = f"g (float[n,3,4,5] x) => (float z) {{ {nodes} }}"
    graph = graph_of(text, place=ints(place), times=ints(*times), target=ints(*target))
    assert "Resize" not in after(PASSES, graph, tmp_path, x=X)


@pytest.mark.parametrize("resize", ["mode", "scales"])
def test_two_resizes_that_are_not_both_of_nearest_pixels_stay_two(tmp_path, resize):
    nearest = '<mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor">'
    other = nearest.replace("nearest", "linear", 1) if resize == "mode" else nearest
    text = f'g (float[n,3,4,5] x) => (float z) {{ y = Resize{nearest}(x, "", s)  z = Resize{other}(y, "", s) }}'
    graph = graph_of(text.replace('""', ""), s=np.array([1, 1, 2, 2], np.float32))
    assert len(after(PASSES, graph, tmp_path, x=X)) == (2 if resize == "mode" else 1)


def test_upsampling_of_keras_is_one_node_between_convolutions(tmp_path):
    layers = [keras.Input((4,)), keras.layers.Dense(48), keras.layers.Reshape((4, 4, 3)), keras.layers.UpSampling2D(2)]
    layers += [keras.layers.Conv2D(3, 3, padding="same"), keras.layers.UpSampling2D((3, 2)), keras.layers.Conv2D(2, 1)]
    discriminator = keras.Sequential([keras.Input((24, 16, 2)), keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = kgan.GAN(keras.Sequential(layers), discriminator, seed=0)
    path = kgan.export.save(gan, tmp_path / "model.onnx")
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds == ["MatMul", "Reshape", "Transpose", "Resize", "Conv", "Resize", "Conv", "Transpose"]
