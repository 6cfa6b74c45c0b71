"""The ONNX writer."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from kgan._game.layer_names import layer_of
from kgan.export import frozen, noise, operators, refusals
from kgan.export.graph import file, handlers, weights
from kgan.export.graph.form import Form
from kgan.export.graph.graph import Graph
from kgan.export.graph.half import compute_in_half
from kgan.export.graph.order import put_in_order
from kgan.export.graph.simplification import simplify
from kgan.export.parity import ExportError
from kgan.export.signature import Signature
from kgan.version import __version__

__all__ = ["DEFAULT_OPSET", "OPSETS", "Nodes", "converted", "write"]

OPSETS = range(13, 19)  # tf2onnx writes no later one
DEFAULT_OPSET = 18
_CONVERSIONS = 5


class Nodes(NamedTuple):
    """How many nodes a graph has by operator.

    Attributes:
        converted: As tf2onnx wrote it.
        written: In the file.
    """

    converted: dict[str, int]
    written: dict[str, int]


def write(
    function: Callable,
    signature: Signature,
    path: Path,
    opset: int = DEFAULT_OPSET,
    layers: Collection[keras.layers.Layer] = (),
    defaults: Mapping[str, np.ndarray] = MappingProxyType({}),
    metadata: Mapping[str, str] = MappingProxyType({}),
    name: str | None = None,
    form: Form = Form(),  # noqa: B008  frozen
    half: bool = False,
) -> Nodes:
    """Writes an ONNX file whose inputs, output and free axes carry the signature's names.

    Args:
        function: What to write, as `Signature.function` makes it.
        signature: What it takes and gives.
        path: The file.
        opset: ONNX operator set, 13 to 18.
        layers: Those of the generator, which errors name.
        defaults: What inputs are that need not be given, by name; their batch may be 1.
        metadata: What the file carries besides.
        name: What the file will be called, if that is not its name.
        form: In which it gives samples, and takes pictures.
        half: Whether it holds its weights, and computes, in float16.

    Returns:
        What tf2onnx wrote, and what is left of it.

    Raises:
        ValueError: if the opset is not one that tf2onnx writes well, or `half` of a generator with loops.
        ExportError: if the generator holds something that ONNX cannot express.
    """
    if opset not in OPSETS:
        raise ValueError(f"Expected opset from {OPSETS[0]} to {OPSETS[-1]}. Received: opset={opset}.")
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # what it complains of is raised below
    ranks = {one.name: len(one.shape) + 1 for one in signature.exported.outputs}

    def converting() -> list[tf.Operation]:
        return function.get_concrete_function(*signature.tensor_specs()).graph.get_operations()

    light = weights.apart(function, signature.tensor_specs(), [one for layer in layers for one in layer.variables])
    try:
        model = converted(light.function, light.specs, opset, ranks)
    except ValueError as error:  # tf2onnx's of a loop, say, whose shape it does not know
        raise ExportError(refusals.unfinished(str(error), layers, converting())) from error
    _refuse_foreign_operators(model, layers)
    _mend_transposed_convolutions(model)
    _hold_constants(model, light.function.get_concrete_function(*light.specs))
    before = Counter(node.op_type for node in model.graph.node)
    graph = Graph(model, light.weights)
    _name_axes(model, signature)
    _free_batches(model, defaults)
    form.apply(graph, signature)
    try:
        simplify(graph)
    except ValueError as error:
        raise ExportError(refusals.unfinished(str(error), layers, converting())) from error
    if half:
        compute_in_half(graph)
        put_in_order(graph)
    graph.default(defaults)
    onnx.helper.set_model_props(model, {**metadata, **form.metadata()})
    model.producer_name, model.producer_version = "kgan", __version__
    model.doc_string = model.graph.doc_string = ""
    model.graph.name = "generator"
    try:
        onnx.checker.check_model(graph.without_weights(), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(refusals.unfinished(str(error), layers, converting())) from error
    file.write(graph, path, name or path.name)
    return Nodes(dict(before), dict(Counter(node.op_type for node in graph.nodes)))


def converted(function: Callable, specs: list, opset: int, ranks: Mapping[str, int]) -> onnx.ModelProto:
    """The function as a graph.

    Args:
        function: A `tf.function` of outputs by name.
        specs: Its inputs, `tf.TensorSpec` in order.
        opset: ONNX operator set.
        ranks: Of the outputs by name, the batch counted.

    tf2onnx 1.17 goes through sets as it rewrites, and so depends on the names that it makes up: of 60 conversions of a
    network with free sizes and one channel out, 3 ended in a Reshape without the Squeeze that belongs to it. Another
    conversion makes other names, so such a graph is made again; one that stays wrong is refused when it is compared
    with Keras.
    """
    graph = frozen.of(function.get_concrete_function(*specs))
    for _ in range(_CONVERSIONS):
        model, _ = tf2onnx.convert._convert_common(  # its public functions write a graph out, or keep XLA's functions
            graph.definition,
            input_names=graph.inputs,
            output_names=graph.outputs,
            tensors_to_rename=graph.names,
            opset=opset,
            continue_on_error=True,  # what is left is refused below
            custom_op_handlers={**operators.HANDLERS, **handlers.HANDLERS},
        )
        if not any(_ends_in_another_rank(model.graph, *one) for one in ranks.items()):
            break
    return model


def _ends_in_another_rank(graph: onnx.GraphProto, output: str, rank: int) -> bool:
    """Whether an output comes from a Reshape to a known shape of another rank."""
    sizes = {one.name: list(one.dims) for one in graph.initializer}
    last = next((node for node in graph.node if output in node.output), None)
    return last is not None and last.op_type == "Reshape" and sizes.get(last.input[1], [rank]) != [rank]


def _refuse_foreign_operators(model: onnx.ModelProto, layers: Collection[keras.layers.Layer]) -> None:
    standard = {schema.name for schema in onnx.defs.get_all_schemas()}
    foreign = [node for node in _nodes(model.graph) if not node.domain and node.op_type not in standard]
    if not foreign:
        return
    drawing = [node for node in foreign if node.op_type.startswith(noise.DRAWS)]
    if drawing:
        raise ExportError(noise.refusal(layer_of(drawing[0].name, layers)))
    found = dict.fromkeys(_described(node, layers) for node in foreign)
    ways = dict.fromkeys(filter(None, (refusals.way_out(node.op_type) for node in foreign)))
    raise ExportError(
        f"Expected layers that ONNX can express. Received: {', '.join(found)}. {' '.join(ways) or refusals.REPLACE} "
        f"{refusals.SAVED_MODEL}"
    )


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """The nodes of a graph, and of the graphs within its loops and branches."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _nodes(attribute.g)


def _described(node: onnx.NodeProto, layers: Collection[keras.layers.Layer]) -> str:
    """The operation and its layer, for an error."""
    layer = layer_of(node.name, layers)
    return f"TensorFlow's operation {node.op_type}" + (f" of the layer {layer!r}" if layer else "")


def _mend_transposed_convolutions(model: onnx.ModelProto) -> None:
    """Writes as padding of the output what tf2onnx writes as negative padding, which ONNX does not allow."""
    for node in model.graph.node:
        pads = next((one.ints for one in node.attribute if one.name == "pads"), None)
        if node.op_type != "ConvTranspose" or pads is None or min(pads, default=0) >= 0:
            continue
        half = len(pads) // 2
        totals = [
            begin + end for begin, end in zip(pads[:half], pads[half:], strict=True)
        ]  # TensorFlow pads at the end
        begins = [max(begin, 0) if total >= 0 else 0 for begin, total in zip(pads[:half], totals, strict=True)]
        pads[:] = [*begins, *(max(total - begin, 0) for begin, total in zip(begins, totals, strict=True))]
        if not any(one.name == "output_padding" for one in node.attribute):
            added = [max(-total, 0) for total in totals]
            node.attribute.append(onnx.helper.make_attribute("output_padding", added))


def _hold_constants(model: onnx.ModelProto, function: tf.types.experimental.ConcreteFunction) -> None:
    """Puts tensors that a layer holds, and that TensorFlow hands to the graph as inputs, into the file."""
    held = {inner.name: outer for outer, inner in function.graph.captures}
    for value in [one for one in model.graph.input if one.name in held]:
        model.graph.initializer.append(onnx.numpy_helper.from_array(held[value.name].numpy(), value.name))
        model.graph.input.remove(value)


def _free_batches(model: onnx.ModelProto, defaults: Mapping[str, np.ndarray]) -> None:
    """Lets inputs that need not be given have a batch of their own, which may be 1."""
    for value in (one for one in model.graph.input if one.name in defaults):
        value.type.tensor_type.shape.dim[0].dim_param = f"{value.name}_batch"


def _name_axes(model: onnx.ModelProto, signature: Signature) -> None:
    tensors = (*signature.exported.inputs, *signature.exported.outputs)
    expected = [tensor.name for tensor in tensors]
    outputs = sorted(model.graph.output, key=lambda value: expected.index(value.name) if value.name in expected else 0)
    del model.graph.output[:]
    model.graph.output.extend(outputs)  # TensorFlow has them in the order of their names
    values = (*model.graph.input, *model.graph.output)
    names = [value.name for value in values]
    if names != expected:
        raise ExportError(f"Expected inputs and outputs named {expected}. Received: {names}.")
    for value, tensor in zip(values, tensors, strict=True):
        for dimension, size in zip(value.type.tensor_type.shape.dim, tensor.named_shape(), strict=True):
            if isinstance(size, int):
                dimension.dim_value = size
            else:
                dimension.dim_param = size
    del model.graph.value_info[:]  # tf2onnx's own names for the free axes of the intermediate results
