"""A BatchNormalization behind a linear node is in its weights."""

import keras
import numpy as np
import onnx
import pytest
from onnx_graphs import after, graph_of

import kgan
from kgan.export.graph.folding import fold_constants
from kgan.export.graph.identities import remove_identities
from kgan.export.graph.scaling import fold_scales

RANDOM = np.random.RandomState(0)


def drawn(*shape):
    return RANDOM.uniform(0.5, 2.0, shape).astype(np.float32)


SCALE, OFFSET = drawn(1, 6, 1, 1), drawn(1, 6, 1, 1)
NORMALISED = "s = Mul(y, scale)  z = Add(s, offset)"


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("operator", "kernel"),
    [
        ("Conv", (6, 4, 3, 3)),
        ("Conv<group=2>", (6, 2, 3, 3)),
        ("ConvTranspose<strides=[2,2]>", (4, 6, 3, 3)),
    ],
)
def test_it_folds_into_a_convolution(tmp_path, operator, kernel, bias):
    name, attributes = operator.partition("<")[::2]
    given = f"{name} <{attributes}" if attributes else name
    text = f"g (float[n,4,5,5] x) => (float z) {{ y = {given} (x, k{', b' if bias else ''}) {NORMALISED} }}"
    graph = graph_of(text, k=drawn(*kernel), b=drawn(6), scale=SCALE, offset=OFFSET)
    assert after(fold_scales, graph, tmp_path, x=drawn(2, 4, 5, 5)) == [name]


@pytest.mark.parametrize("operator", ["Add", "Sub"])
def test_an_offset_alone_becomes_the_bias(tmp_path, operator):
    text = f"g (float[n,4,5,5] x) => (float z) {{ y = Conv(x, k)  z = {operator}(y, offset) }}"
    graph = graph_of(text, k=drawn(6, 4, 3, 3), offset=OFFSET)
    assert after(fold_scales, graph, tmp_path, x=drawn(2, 4, 5, 5)) == ["Conv"]


def test_it_folds_into_a_dense_layer_before_a_grid(tmp_path):
    text = """g (float[n,3] x) => (float z) {
        y = MatMul(x, k)  b = Add(y, bias)  grid = Reshape(b, shape)  s = Mul(grid, scale)  z = Add(s, offset)
    }"""
    shape = np.array([-1, 2, 2, 6])
    graph = graph_of(text, k=drawn(3, 24), bias=drawn(24), shape=shape, scale=drawn(6), offset=drawn(6))
    assert after(fold_scales, graph, tmp_path, x=drawn(2, 3)) == ["MatMul", "Add", "Reshape"]


def test_scales_and_offsets_in_a_row_are_one(tmp_path):
    text = "g (float[n,6] x) => (float z) { a = Mul(x, one)  b = Mul(two, a)  c = Add(b, three)  z = Sub(c, four) }"
    graph = graph_of(text, one=drawn(6), two=drawn(1), three=drawn(6), four=drawn(1, 6))
    assert after(fold_scales, graph, tmp_path, x=drawn(2, 6)) == ["Mul", "Add"]


@pytest.mark.parametrize(
    "text",
    [
        "g (float[n,4,5,5] x) => (float z, float y) { y = Conv(x, k)  z = Mul(y, scale) }",
        "g (float[n,4,5,5] x) => (float z) { y = Conv(x, k)  r = Relu(y)  z = Mul(r, scale) }",
        "g (float[n,4,5,5] x) => (float z) { y = Conv(x, k)  z = Mul(y, columns) }",
        "g (float[n,4,5,5] x) => (float z) { y = Conv(x, k)  z = Mul(y, y) }",
        "g (float[n,4,5,5] x) => (float z) { y = Conv(x, k)  s = Mul(y, scale)  z = Add(y, s) }",
        "g (float[n,4,5,5] x) => (float z) { y = Conv(x, k)  z = Sub(offset, y) }",
    ],
    ids=["seen", "behind an activation", "of columns", "squared", "used twice", "subtracted from"],
)
def test_what_is_no_scale_of_channels_alone_stays(tmp_path, text):
    graph = graph_of(text, k=drawn(6, 4, 3, 3), scale=SCALE, offset=OFFSET, columns=drawn(1, 1, 1, 3))
    count = len(graph.nodes)
    assert len(after(fold_scales, graph, tmp_path, x=drawn(2, 4, 5, 5))) == count


def test_a_kernel_of_two_convolutions_is_scaled_for_one_of_them(tmp_path):
    nodes = "y = Conv(x, k)  z = Mul(y, scale)  v = Conv(w, k)"
    text = f"g (float[n,4,5,5] x, float[n,4,5,5] w) => (float z, float v) {{ {nodes} }}"
    graph = graph_of(text, k=drawn(6, 4, 3, 3), scale=SCALE)
    assert after(fold_scales, graph, tmp_path, x=drawn(2, 4, 5, 5), w=drawn(2, 4, 5, 5)) == ["Conv", "Conv"]


def test_no_normalisation_of_a_dcgan_is_left(tmp_path):
    generator = kgan.architectures.dcgan_generator((16, 16, 3), 4, 4, seed=0)
    for weight in generator.weights:
        if "batch_normalization" in weight.path or "moving" in weight.path:
            weight.assign(drawn(*weight.shape))
    discriminator = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    path = kgan.export.save(kgan.GAN(generator, discriminator, seed=0), tmp_path / "model.onnx")
    kinds = {node.op_type for node in onnx.load(path).graph.node}
    assert kinds == {"MatMul", "Add", "Reshape", "Relu", "Transpose", "ConvTranspose", "Tanh"}


def test_a_scaled_weight_is_folded_with_what_follows(tmp_path):
    text = "g (float[n,3] x) => (float z) { h = Mul(k, half)  y = MatMul(x, h)  z = Mul(y, scale) }"
    graph = graph_of(text, k=drawn(3, 6), half=np.float32(0.5), scale=drawn(6))
    passes = [remove_identities, fold_constants, fold_scales]
    assert after(passes, graph, tmp_path, x=drawn(2, 3)) == ["MatMul"]
