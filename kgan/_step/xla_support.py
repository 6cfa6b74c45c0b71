"""Which operations of a graph XLA cannot compile, known while the graph is being traced and before anything has run."""

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping

import keras
import tensorflow as tf

from kgan._game.layer_names import layer_of


class NotCompilable(Exception):  # noqa: N818  caught where the step is made without XLA, and an error only where it was asked for
    """XLA lacks an operation of the step: a sentence that names it and its layer."""


def check(graph: tf.Graph, results, layers: Iterable[keras.layers.Layer]) -> None:
    """Refuses a graph with an operation that XLA lacks.

    Args:
        graph: The graph of the step, as far as it is traced.
        results: What the step returns, a structure of tensors.
        layers: Whose names stand in those of operations.

    Raises:
        NotCompilable: if what the results or variables depend on holds one.
    """
    known, compiled = _operations()
    for name, operation in _needed(graph, results):
        if operation in known and operation not in compiled:
            layer = layer_of(name, layers)
            raise NotCompilable(f"the operation {operation}" + (f" of the layer {layer!r}" if layer else ""))


@functools.cache
def _operations() -> tuple[frozenset[str], frozenset[str]]:
    """The operations that TensorFlow computes on some device, and those that XLA compiles for this one.

    An operation of neither, as `AccumulateNV2`, is rewritten before it is computed.
    """
    from tensorflow.python.framework import kernels

    with tf.init_scope():
        tf.function(
            lambda: tf.constant(0.0) + 1.0, jit_compile=True
        )()  # TensorFlow enters XLA's kernels when it needs one
    registered = kernels.get_all_registered_kernels().kernel
    device = "XLA_GPU_JIT" if tf.config.list_physical_devices("GPU") else "XLA_CPU_JIT"
    compiled = frozenset(kernel.op for kernel in registered if kernel.device_type == device)
    # The arguments of functions are placeholders while a function is traced.
    return frozenset(kernel.op for kernel in registered) - {"Placeholder"}, compiled


def _needed(graph: tf.Graph, results) -> Iterator[tuple[str, str]]:
    """Names and kinds of the operations that are computed, in the graph and in functions that it calls."""
    definition = graph.as_graph_def()
    functions = {one.signature.name: one for one in definition.library.function}
    wanted = [one.op.name for one in tf.nest.flatten(results) if tf.is_tensor(one) and one.graph is graph]
    pending, seen = [(definition.node, wanted)], set()
    while pending:
        nodes, roots = pending.pop()
        for node in _reached({node.name: node for node in nodes}, roots):
            yield node.name, node.op
            for called in _called(node):
                if called in functions and called not in seen:
                    seen.add(called)
                    body = functions[called]
                    pending.append((body.node_def, [*body.ret.values(), *body.control_ret.values()]))


def _reached(nodes: Mapping, roots: Iterable[str]) -> Iterator:
    """The nodes that the roots, or a node that does something to a variable, depend on."""
    stateful = (name for name, node in nodes.items() if _is_stateful(node.op))
    pending, seen = [*(root.lstrip("^").split(":")[0] for root in roots), *stateful], set()
    while pending:
        name = pending.pop()
        if name in nodes and name not in seen:
            seen.add(name)
            yield nodes[name]
            pending += [one.lstrip("^").split(":")[0] for one in nodes[name].input]


@functools.cache
def _is_stateful(operation: str) -> bool:
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(operation)
    return definition is not None and definition.is_stateful and operation != "Placeholder"


def _called(node) -> Iterator[str]:
    """The functions that a node names."""
    yield node.op
    for value in node.attr.values():
        for one in itertools.chain([value.func] if value.HasField("func") else [], value.list.func):
            yield one.name
