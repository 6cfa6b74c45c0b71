"""One model gives one file, to the byte."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from onnx import TensorProto, helper

import kgan
from games import small_dcgan
from kgan.export.graph.graph import Graph
from kgan.export.graph.order import merge_equals, put_in_order

SCRIPT = """
import hashlib, sys
import kgan
gan = kgan.GAN(
    kgan.architectures.sngan_generator((8, 8, 1), 4, 4, num_classes=2, seed=0),
    kgan.architectures.sngan_discriminator((8, 8, 1), 4, num_classes=2, seed=0),
    num_classes=2,
)
path = kgan.export.save(gan, sys.argv[1])
print(hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_two_exports_of_one_model_are_the_same_bytes(tmp_path):
    gan = small_dcgan(3)
    first, second = (kgan.export.save(gan, tmp_path / f"{name}.onnx").read_bytes() for name in ("a", "b"))
    assert first == second
    gan.generator.set_weights([one + 0.1 for one in gan.generator.get_weights()])
    assert kgan.export.save(gan, tmp_path / "c.onnx").read_bytes() != first


@pytest.mark.slow
def test_a_recurrent_generator_is_the_same_bytes_too(tmp_path):
    layers = [keras.Input((4,)), keras.layers.Reshape((2, 2)), keras.layers.GRU(3), keras.layers.Dense(5)]
    discriminator = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    gan = kgan.GAN(keras.Sequential(layers), discriminator, seed=0)
    first, second = (kgan.export.save(gan, tmp_path / f"{name}.onnx").read_bytes() for name in ("a", "b"))
    assert first == second


@pytest.mark.slow
def test_exports_in_two_processes_are_the_same_bytes(tmp_path):
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / f"{seed}.onnx")]
        root = Path(__file__).parents[3]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=root)
        found.add(done.stdout.strip().splitlines()[-1])
    assert len(found) == 1


def a_graph(nodes):
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in ("x", "w")]
    result = [helper.make_tensor_value_info("out", TensorProto.FLOAT, [2])]
    return Graph(helper.make_model(helper.make_graph(nodes, "g", given, result)), {})


def test_names_and_order_follow_from_what_is_computed():
    relu, tanh = helper.make_node("Relu", ["x"], ["p"]), helper.make_node("Tanh", ["w"], ["q"])
    last = helper.make_node("Add", ["p", "q"], ["out"])
    texts = set()
    for nodes in ([relu, tanh, last], [tanh, relu, last]):
        graph = a_graph(nodes)
        put_in_order(graph)
        texts.add(tuple(node.SerializeToString() for node in graph.nodes))
    assert len(texts) == 1
    assert [node.name for node in graph.nodes] == ["Relu_0", "Tanh_0", "Add_0"]


def test_what_is_computed_twice_is_computed_once():
    nodes = [helper.make_node("Relu", ["x"], [name]) for name in ("p", "q")]
    graph = a_graph([*nodes, helper.make_node("Add", ["p", "q"], ["out"])])
    assert merge_equals(graph)
    assert [node.op_type for node in graph.nodes] == ["Relu", "Add"]
    assert list(graph.nodes[-1].input) == ["p", "p"]
    assert not merge_equals(graph)


def test_equal_constants_are_held_once_and_random_numbers_are_drawn_twice():
    nodes = [helper.make_node("RandomNormal", [], [name], shape=[2], seed=0.0) for name in ("p", "q")]
    graph = a_graph([*nodes, helper.make_node("Sum", ["p", "q", "one", "uno"], ["out"])])
    graph.keep("one", np.ones(2, np.float32))
    graph.keep("uno", np.ones(2, np.float32))
    merge_equals(graph)
    graph.remove_unused()
    assert [node.op_type for node in graph.nodes] == ["RandomNormal", "RandomNormal", "Sum"]
    assert list(graph.nodes[-1].input) == ["p", "q", "one", "one"]
    assert list(graph.constants) == ["one"]
