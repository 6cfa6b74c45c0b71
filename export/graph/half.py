"""float16 in the place of float32: half the bytes, and half the memory traffic of GPUs and browsers."""

import numpy as np
import onnx

from kgan.export.graph.graph import Graph, bodies, set_attribute

__all__ = ["compute_in_half"]

_LARGEST = float(np.finfo(np.float16).max)
_FLOAT, _HALF = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
_STATISTICS = frozenset(  # squares overflow, and 1e-8 is nothing, in float16
    (
        *("Exp", "InstanceNormalization", "LayerNormalization", "Log", "LogSoftmax", "Pow", "Reciprocal", "Softmax"),
        *("ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceMean", "ReduceProd", "ReduceSum", "ReduceSumSquare"),
        *("Round", "Sqrt", "Div", "Range", "CumSum", "GlobalAveragePool"),
    )
)
_LEADS_TO = frozenset(("Add", "Mul", "Sub", "MatMul", "Max", "Abs", "Clip"))  # what is float32 where all users are
_READ = {"Resize": (0,), "Upsample": (0,), "Where": (1, 2), "Clip": (0, 1, 2), "Pad": (0, 2)}  # inputs in question
_NEITHER = frozenset(("ConstantOfShape", "RandomNormal", "RandomUniform", "EyeLike", "OneHot"))


def compute_in_half(graph: Graph) -> None:
    """Lets a graph hold its weights and compute in float16, and take and give float32 as before.

    Statistics stay in float32: sums over axes, square roots, exponentials, and the squares and small numbers that lead
    to them. Numbers beyond 65,504 become that.

    Raises:
        ValueError: if the graph has loops, whose bodies would have to change with it.
    """
    if any(list(bodies(node)) for node in graph.nodes):
        raise ValueError(
            "Expected a generator without loops for float16. Received: one with a loop, as a recurrent layer has. "
            "Unroll the layer (unroll=True), or export it in float32."
        )
    kinds = {name: kind for name, kind in graph.dtypes().items() if kind == np.float32}
    exact = _exact(graph)
    made: dict[tuple[str, int], str] = {}
    halves: set[str] = set()
    for node in list(graph.nodes):
        half = id(node) not in exact and node.op_type not in _NEITHER
        for place, name in enumerate(node.input):
            if name in kinds:
                wanted = half and place in _READ.get(node.op_type, range(len(node.input)))
                node.input[place] = _as(graph, node, name, halves, made, wanted)
        for name in node.output if half else ():
            if name in kinds:
                halves.add(name)
                if node.op_type == "Cast":
                    set_attribute(node, "to", _HALF)
    graph.changed()
    for name in graph.outputs:
        if name in halves:
            graph.follow(name, "Cast", to=_FLOAT)
    graph.remove_unused()


def _as(
    graph: Graph, node: onnx.NodeProto, name: str, halves: set[str], made: dict[tuple[str, int], str], half: bool
) -> str:
    """A tensor in the precision that a node takes it in."""
    kind = _HALF if half else _FLOAT
    if half == (name in halves):
        return name
    if (name, kind) not in made:
        if name in graph.constants:
            made[name, kind] = graph.hold(_rounded(graph.constants[name]), name)
        else:
            made[name, kind] = graph.insert(node, "Cast", [name], to=kind)
    return made[name, kind]


def _rounded(value: np.ndarray) -> np.ndarray:
    return np.clip(value, -_LARGEST, _LARGEST).astype(np.float16)


def _exact(graph: Graph) -> set[int]:
    """The nodes that stay in float32."""
    exact = {id(node) for node in graph.nodes if node.op_type in _STATISTICS}
    for node in reversed(graph.nodes):
        users = [user for name in node.output for user in graph.users(name)]
        small = any(0 < abs(graph.number(name) or 0.0) < 1e-4 for name in node.input)
        leads = node.op_type in _LEADS_TO and users and all(id(user) in exact for user in users)
        if not set(node.output) & set(graph.outputs) and (leads or small):
            exact.add(id(node))
    return exact
