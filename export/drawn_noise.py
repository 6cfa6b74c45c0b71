"""Noise that a generator draws when samples are drawn, as an input of its artefacts.

Keras and ONNX draw other numbers from the same seed. What a layer draws in `call` becomes an input, so that whoever
draws samples draws the noise as well; where it is not given, all samples share one draw, as StyleGAN's own do.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.framework.graph_pb2 import GraphDef

from kgan._game.layer_names import layer_of
from kgan.export import refusals
from kgan.export.parity import ExportError
from kgan.export.signature import Signature
from kgan.models.kind import Exported, Tensor

__all__ = ["NORMAL", "TRUNCATED", "UNIFORM", "as_input"]

NORMAL, TRUNCATED, UNIFORM = "noise", "truncated_noise", "uniform_noise"  # names of the inputs
_DISTRIBUTIONS = {
    **dict.fromkeys(("RandomStandardNormal", "StatelessRandomNormal", "StatelessRandomNormalV2"), NORMAL),
    **dict.fromkeys(("StatefulStandardNormal", "StatefulStandardNormalV2"), NORMAL),
    **dict.fromkeys(
        ("RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2", "StatefulUniform"), UNIFORM
    ),
    **dict.fromkeys(("TruncatedNormal", "StatelessTruncatedNormal", "StatelessTruncatedNormalV2"), TRUNCATED),
    "StatefulTruncatedNormal": TRUNCATED,
}  # operations of TensorFlow's that draw from [0, 1), or from the standard normal distribution, cut at -2 and 2 or not


class _Draw(NamedTuple):
    """One operation that draws.

    Attributes:
        tensor: Its output, by name.
        kind: The input that it is taken from.
        shape: Of a sample's numbers.
        dtype: Of its output.
    """

    tensor: str
    kind: str
    shape: tuple[int, ...]
    dtype: tf.DType


def as_input(generator: keras.Model, signature: Signature) -> Signature:
    """The signature with what the generator draws as optional inputs; itself where it draws nothing.

    It is itself, too, where a draw is of another distribution, of a size that is not known, or within a loop: `check`
    of `kgan.export.noise` refuses that generator.

    Args:
        generator: In the precision that it is exported in.
        signature: What it takes and gives.

    Raises:
        ExportError: if TensorFlow makes no graph of the generator.
    """
    exported = signature.explicit.exported
    traced = _traced(exported, generator, signature.explicit.tensor_specs())
    draws = _draws(traced)
    names = [one.name for one in exported.inputs]
    if not draws or set(names) & {one.kind for one in draws}:
        return signature
    if not _of_each_sample(traced, draws, lambda batch: [exported.example(batch)[name] for name in names]):
        return signature
    sizes = {
        kind: sum(math.prod(one.shape) for one in draws if one.kind == kind)
        for kind in dict.fromkeys(one.kind for one in draws)
    }
    shared = {kind: _drawn(kind, (1, size), np.random.RandomState(0)) for kind, size in sizes.items()}
    layers = generator._flatten_layers()
    drawing = list(dict.fromkeys(filter(None, (layer_of(one.tensor, layers) for one in draws))))
    own, before = signature.exported, signature.exported.defaults
    return Signature(
        dataclasses.replace(
            own,
            call=_with_noise(own, list(sizes), shared),
            optional=(*own.optional, *(Tensor(kind, (size,)) for kind, size in sizes.items())),
            defaults=lambda one: {**(before(one) if before else {}), **shared},
            example=lambda batch: {**own.example(batch), **_example(sizes, batch)},
            card={**own.card, "drawn_noise": {"layers": drawing, "numbers": sizes, "shared_by_default": True}},
        )
    )


def _with_noise(exported: Exported, kinds: Sequence[str], shared: Mapping[str, np.ndarray]) -> Callable[..., Any]:
    """`call` that takes the noise after its other inputs, or none of the optional ones."""
    most = len(exported.inputs) + len(exported.optional)

    def call(generator: keras.Model, *inputs: tf.Tensor) -> Any:
        given = dict(zip(kinds, inputs[most:], strict=True)) if len(inputs) > most else shared
        inputs = inputs[:most]
        traced = _traced(exported, generator, [tf.TensorSpec(one.shape, one.dtype) for one in inputs])
        return _instead(traced, inputs, _draws(traced), given)

    return call


def _traced(exported: Exported, generator: keras.Model, specs: Sequence[tf.TensorSpec]):
    """The generator as a graph, with the operations that draw in it."""
    function = tf.function(lambda *inputs: exported.call(generator, *inputs), autograph=False)
    try:
        return function.get_concrete_function(*(tf.TensorSpec(one.shape, one.dtype) for one in specs))
    except (tf.errors.OperatorNotAllowedInGraphError, TypeError) as error:
        raise ExportError(refusals.untraced(error, generator._flatten_layers())) from error


def _draws(traced: tf.types.experimental.ConcreteFunction) -> list[_Draw]:
    """What the output depends on and is drawn; nothing where a draw cannot be an input."""
    needed = _needed(traced.graph.as_graph_def(), [one.op.name for one in traced.outputs], set())
    found = []
    for operation in traced.graph.get_operations():
        if operation.name not in needed or operation.type not in _DISTRIBUTIONS:
            continue
        (output,) = operation.outputs
        shape = output.shape.as_list() if output.shape.rank else [0]
        if shape[0] not in (None, 1) or None in shape[1:]:
            return []
        found.append(_Draw(output.name, _DISTRIBUTIONS[operation.type], tuple(shape[1:]), output.dtype))
    return found


def _needed(definition: GraphDef, outputs: Sequence[str], given: set[str]) -> set[str]:
    """The names of the nodes that some nodes are computed from, but for those that are given."""
    nodes = {node.name: node for node in definition.node}
    needed, open_ = set(), [name for name in outputs if name not in given]
    while open_:
        name = open_.pop()
        if name in needed:
            continue
        needed.add(name)
        before = (one.split(":")[0] for one in nodes[name].input if not one.startswith("^"))
        open_ += [one for one in before if one not in given]
    return needed


def _instead(
    traced: tf.types.experimental.ConcreteFunction,
    inputs: Sequence[tf.Tensor],
    draws: Sequence[_Draw],
    given: Mapping[str, Any],
) -> Any:
    """What the function gives where its draws are these numbers: a tensor, or several by name."""
    size, starts = tf.shape(inputs[0])[0], dict.fromkeys(given, 0)
    replaced = _given(traced, inputs)
    for draw in draws:
        start, count = starts[draw.kind], math.prod(draw.shape)
        starts[draw.kind] += count
        numbers = tf.broadcast_to(tf.cast(given[draw.kind], draw.dtype)[:, start : start + count], (size, count))
        replaced[draw.tensor] = tf.reshape(numbers, (-1, *draw.shape))
    results = _imported(traced, replaced, [one.name for one in traced.outputs])
    for result, output in zip(results, traced.outputs, strict=True):
        result.set_shape(output.shape)
    return tf.nest.pack_sequence_as(traced.structured_outputs, results)


def _given(traced: tf.types.experimental.ConcreteFunction, inputs: Sequence[tf.Tensor]) -> dict[str, tf.Tensor]:
    """The inputs of a function, and what it reads besides, by the names that they have in it."""
    given = {inner.name: outer for outer, inner in traced.graph.captures}
    return given | {inner.name: outer for inner, outer in zip(traced.inputs, inputs, strict=False)}


def _of_each_sample(
    traced: tf.types.experimental.ConcreteFunction, draws: Sequence[_Draw], example: Callable[[int], Sequence[Any]]
) -> bool:
    """Whether the first axis of each draw is the batch, or 1: tried out, for a graph knows that it is free alone."""

    @tf.function(autograph=False)
    def lengths(*inputs):
        return [tf.shape(one)[0] for one in _imported(traced, _given(traced, inputs), [one.tensor for one in draws])]

    return all(int(length) in (1, batch) for batch in (2, 3) for length in lengths(*map(tf.constant, example(batch))))


def _imported(
    traced: tf.types.experimental.ConcreteFunction, replaced: Mapping[str, tf.Tensor], wanted: Sequence[str]
) -> list[tf.Tensor]:
    """Tensors of a function, in the graph that is being traced, where others are these."""
    definition = traced.graph.as_graph_def()
    kept = _needed(definition, [name.split(":")[0] for name in wanted], {name.split(":")[0] for name in replaced})
    pruned = GraphDef(versions=definition.versions, library=definition.library)
    for node in definition.node:
        if node.name in kept:
            copy = pruned.node.add()
            copy.CopyFrom(node)
            copy.input[:] = [one for one in node.input if not one.startswith("^")]
    read = {one.split(":")[0] for node in pruned.node for one in node.input}
    graph = tf.compat.v1.get_default_graph()
    given = {name: graph.capture(one) for name, one in replaced.items() if name.split(":")[0] in read}
    return tf.graph_util.import_graph_def(pruned, input_map=given, return_elements=list(wanted), name="given")


def _drawn(kind: str, shape: tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
    """Numbers of the distribution that an input stands for."""
    if kind == UNIFORM:
        return random.uniform(size=shape).astype(np.float32)
    numbers = random.standard_normal(shape)
    while kind == TRUNCATED and (far := np.abs(numbers) > 2.0).any():
        numbers[far] = random.standard_normal(int(far.sum()))
    return numbers.astype(np.float32)


def _example(sizes: Mapping[str, int], batch: int) -> dict[str, np.ndarray]:
    random = np.random.RandomState(batch + 2)
    return {kind: _drawn(kind, (batch, size), random) for kind, size in sizes.items()}
