"""TensorFlow's operations that tf2onnx writes in many nodes, where ONNX has one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import onnx
import tf2onnx
from tf2onnx.onnx_opset.nn import Pad

__all__ = ["HANDLERS"]


def _mirror_pad(context, node, name, arguments):
    """Of one pixel at most, symmetric padding repeats the edge; tf2onnx pads twice and takes out rows one by one."""
    pads = node.inputs[1].get_tensor_value(as_list=False).T.reshape(-1) if node.inputs[1].is_const() else None
    symmetric = node.get_attr_value("mode") == b"SYMMETRIC"
    kind = context.get_dtype(node.output[0])
    if pads is None or not symmetric or pads.max(initial=0) > 1 or kind != onnx.TensorProto.FLOAT:
        node.type = "Pad"
        Pad.version_11(context, node)
        return
    shape, output, source = context.get_shape(node.output[0]), node.output[0], node.input[0]
    held = context.make_const(tf2onnx.utils.make_name(f"{node.name}_pads"), pads.astype(np.int64)).output[0]
    context.remove_node(node.name)
    context.make_node(
        "Pad", [source, held], {"mode": "edge"}, outputs=[output], name=node.name, shapes=[shape], dtypes=[kind]
    )


HANDLERS: Mapping[str, tuple[Callable, list]] = MappingProxyType({"MirrorPad": (_mirror_pad, [])})
