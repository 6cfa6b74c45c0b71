"""An ONNX graph that passes change: nodes in order, constants as arrays that are never copied into a message."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import onnx

from kgan.export.graph.weights import Weight

__all__ = ["Graph", "Shape", "attribute", "bodies", "set_attribute", "taken"]

Shape = tuple[int | str | None, ...]
_SMALL = 1024  # numbers of a constant that shape inference reads


class Graph:
    """The nodes and constants of a model; the rest of the model stays as it is.

    Names that graphs within nodes use, the bodies of loops, count as uses like others.

    Args:
        model: An ONNX model. Its nodes and initializers move here until `into_model`.
        weights: By name; they take the place of inputs of the model.

    Attributes:
        nodes: In an order in which they can be computed.
        constants: By name. Nothing writes into the arrays.
        origins: Which weight a constant was made of, by the name of the constant.
    """

    def __init__(self, model: onnx.ModelProto, weights: Mapping[str, Weight]):
        self._model = model
        self.origins = {name: one.path for name, one in weights.items()}
        self.constants = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
        self.constants.update({name: one.value for name, one in weights.items()})
        for value in [one for one in model.graph.input if one.name in self.constants]:
            model.graph.input.remove(value)
        self.nodes = []
        for node in model.graph.node:
            held = attribute(node, "value") if node.op_type == "Constant" else None
            if held is not None:
                self.constants[node.output[0]] = onnx.numpy_helper.to_array(held)
            else:
                self.nodes.append(onnx.NodeProto.FromString(node.SerializeToString()))
        del model.graph.initializer[:], model.graph.node[:], model.graph.value_info[:]
        self._made = 0
        self.changed()

    # --- looking ---

    @property
    def opset(self) -> int:
        """The operator set of the graph."""
        return next(one.version for one in self._model.opset_import if one.domain in ("", "ai.onnx"))

    @property
    def inputs(self) -> list[str]:
        """Names of the graph's inputs."""
        return [one.name for one in self._model.graph.input]

    @property
    def outputs(self) -> list[str]:
        """Names of the graph's outputs."""
        return [one.name for one in self._model.graph.output]

    def producer(self, name: str) -> onnx.NodeProto | None:
        """The node that computes a tensor; `None` for inputs and constants."""
        self._index()
        return self._producers.get(name)

    def users(self, name: str) -> list[onnx.NodeProto]:
        """The nodes that take a tensor, in order; one that takes it twice is there twice."""
        self._index()
        return self._users.get(name, [])

    def used_once(self, name: str) -> bool:
        """Whether one node takes a tensor, once, and nothing else sees it."""
        return len(self.users(name)) == 1 and name not in self.outputs

    def number(self, name: str) -> float | None:
        """The value of a constant of one number; `None` for every other tensor."""
        value = self.constants.get(name)
        return float(value.reshape(())) if value is not None and value.size == 1 else None

    def shapes(self) -> dict[str, Shape]:
        """What is known of the shapes of tensors: lengths, and names of free axes."""
        self._infer()
        return self._shapes

    def dtypes(self) -> dict[str, np.dtype]:
        """What is known of the types of tensors."""
        self._infer()
        return self._dtypes

    def _infer(self) -> None:
        if self._inferred:
            return
        inferred = onnx.shape_inference.infer_shapes(self.without_weights(), data_prop=True).graph
        values = (*inferred.input, *inferred.output, *inferred.value_info)
        self._shapes = {one.name: shape for one in values if (shape := _shape(one)) is not None}
        self._shapes.update({name: value.shape for name, value in self.constants.items()})
        tensors = [one for one in values if one.type.tensor_type.elem_type]
        self._dtypes = {
            one.name: np.dtype(onnx.helper.tensor_dtype_to_np_dtype(one.type.tensor_type.elem_type)) for one in tensors
        }
        self._dtypes.update({name: value.dtype for name, value in self.constants.items()})
        self._inferred = True

    # --- changing ---

    def changed(self) -> None:
        """Says that nodes were changed by other ways than those below."""
        self._producers: dict[str, onnx.NodeProto] = {}
        self._users: dict[str, list[onnx.NodeProto]] = {}
        self._shapes: dict[str, Shape] = {}
        self._dtypes: dict[str, np.dtype] = {}
        self._inferred = False

    def hold(self, value: np.ndarray, *made_of: str) -> str:
        """A new constant, made of others perhaps; returns its name."""
        self._made += 1
        name = f"held_{self._made}"
        self.keep(name, value, made_of)
        return name

    def keep(self, name: str, value: np.ndarray, made_of: Sequence[str] = ()) -> None:
        """Makes a constant of a tensor, with the origin of the first of those that it was made of that has one."""
        self.constants[name] = value
        origin = next((self.origins[one] for one in made_of if one in self.origins), None)
        if origin is not None:
            self.origins[name] = origin

    def insert(self, before: onnx.NodeProto, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Puts a new node of one output before another; returns the name of the output."""
        self._made += 1
        name = f"{operator}_made_{self._made}"
        place = next(place for place, node in enumerate(self.nodes) if node is before)
        self.nodes.insert(place, onnx.helper.make_node(operator, inputs, [name], name=name, **attributes))
        self.changed()
        return name

    def default(self, values: Mapping[str, np.ndarray]) -> None:
        """Gives inputs a value that they have where nobody gives them one; no pass may come after it."""
        self.constants.update({name: np.asarray(value) for name, value in values.items()})

    def follow(self, output: str, operator: str, *inputs: str, **attributes: Any) -> None:
        """Puts a node behind what gives an output of the graph; the output is what it gives now."""
        self._made += 1
        inner = f"{output}_before_{self._made}"
        self.rename({output: inner})
        self.nodes.append(onnx.helper.make_node(operator, [inner, *inputs], [output], **attributes))
        self.changed()

    def precede(self, name: str, operator: str, *inputs: str, **attributes: Any) -> None:
        """Puts a node between an input of the graph and whatever takes it."""
        self._made += 1
        inner = f"{name}_after_{self._made}"
        self._take(name, inner)
        self.nodes.insert(0, onnx.helper.make_node(operator, [name, *inputs], [inner], **attributes))
        self.changed()

    def declared(self, name: str) -> onnx.TypeProto.Tensor:
        """The type and shape that the graph says an input or an output has, to be changed where they lie."""
        ends = (*self._model.graph.input, *self._model.graph.output)
        return next(one for one in ends if one.name == name).type.tensor_type

    def turn_into(self, node: onnx.NodeProto, operator: str, inputs: Sequence[str], **attributes: Any) -> None:
        """Makes another operator of a node, with the same outputs."""
        del node.input[:], node.attribute[:]
        node.op_type = operator
        node.input.extend(inputs)
        node.attribute.extend(onnx.helper.make_attribute(name, value) for name, value in attributes.items())
        self.changed()

    def bypass(self, node: onnx.NodeProto, name: str) -> bool:
        """Lets whatever takes a node's only output take another tensor, and removes the node, where that can be done.

        The output of a graph keeps its name, and so cannot be an input, a constant or another output.
        """
        output = node.output[0]
        if output in self.outputs:
            source = self.producer(name)
            if source is None or name in self.outputs or self._within(name):
                return False
            source.output[list(source.output).index(name)] = output
            self._take(name, output)
        else:
            self._take(output, name)
        self.nodes = [one for one in self.nodes if one is not node]
        self.changed()
        return True

    def rename(self, names: Mapping[str, str]) -> None:
        """Gives tensors other names wherever they are made or taken, all at once; constants are the caller's."""
        for node in self.nodes:
            _rename(node, names)
            for place, name in enumerate(node.output):
                node.output[place] = names.get(name, name)
        self.changed()

    def remove_unused(self) -> bool:
        """Removes nodes whose outputs nothing takes, and constants; returns whether there were such nodes."""
        needed, kept = set(self.outputs), []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(taken(node))
        found = len(kept) < len(self.nodes)
        self.nodes = kept[::-1]
        self.constants = {name: value for name, value in self.constants.items() if name in needed}
        self.changed()
        return found

    def snapshot(self) -> "tuple[list[onnx.NodeProto], dict[str, np.ndarray], dict[str, str]]":
        """What `restore` takes to undo all that is changed from now on."""
        copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in self.nodes]
        return copies, dict(self.constants), dict(self.origins)

    def restore(self, snapshot: "tuple[list[onnx.NodeProto], dict[str, np.ndarray], dict[str, str]]") -> None:
        """Undoes what was changed since a snapshot."""
        self.nodes, self.constants, self.origins = snapshot
        self.changed()

    # --- back into a model ---

    def without_weights(self) -> onnx.ModelProto:
        """The model with its large constants as inputs: what a checker needs to see, whatever they weigh."""
        model = self.skeleton()
        for name, value in self.constants.items():
            if name in self.inputs:
                continue
            if value.size <= _SMALL:
                model.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
            else:
                kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
                model.graph.input.append(onnx.helper.make_tensor_value_info(name, kind, value.shape))
        return model

    def skeleton(self) -> onnx.ModelProto:
        """The model with its nodes and without any constant."""
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        model.graph.node.extend(self.nodes)
        return model

    # --- within ---

    def _index(self) -> None:
        if self._producers or self._users:
            return
        users = defaultdict(list)
        for node in self.nodes:
            self._producers.update(dict.fromkeys(filter(None, node.output), node))
            for name in taken(node):
                users[name].append(node)
        self._users = dict(users)

    def _within(self, name: str) -> bool:
        """Whether a graph within a node takes a tensor."""
        return any(name not in node.input for node in self.users(name))

    def _take(self, old: str, new: str) -> None:
        for node in self.users(old):
            _rename(node, {old: new})


def attribute(node: onnx.NodeProto, name: str, default: Any = None) -> Any:
    """One attribute of a node, as Python has it."""
    return next((onnx.helper.get_attribute_value(one) for one in node.attribute if one.name == name), default)


def set_attribute(node: onnx.NodeProto, name: str, value: Any) -> None:
    """Gives a node an attribute, in the place of one of that name."""
    for one in [one for one in node.attribute if one.name == name]:
        node.attribute.remove(one)
    node.attribute.append(onnx.helper.make_attribute(name, value))


def bodies(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The graphs within a node, as the body of a loop."""
    for one in node.attribute:
        if one.type == onnx.AttributeProto.GRAPH:
            yield one.g
        yield from one.graphs


def taken(node: onnx.NodeProto) -> Iterator[str]:
    """Names of the tensors that a node takes, in graphs within it too."""
    yield from filter(None, node.input)
    for body in bodies(node):
        yield from (one.name for one in body.output)
        for inner in body.node:
            yield from taken(inner)


def _rename(node: onnx.NodeProto, names: Mapping[str, str]) -> None:
    for place, name in enumerate(node.input):
        node.input[place] = names.get(name, name)
    for body in bodies(node):
        for inner in body.node:
            _rename(inner, names)
        for value in body.output:
            value.name = names.get(value.name, value.name)


def _shape(value: onnx.ValueInfoProto) -> Shape | None:
    if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
        return None
    return tuple(
        one.dim_value if one.HasField("dim_value") else one.dim_param or None
        for one in value.type.tensor_type.shape.dim
    )
