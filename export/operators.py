"""TensorFlow's operations that tf2onnx does not know, written in ONNX's."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import tf2onnx

__all__ = ["HANDLERS"]


class _Formula:
    """ONNX operators in the place of one operation of TensorFlow."""

    def __init__(self, context, node):
        self._context, self._node = context, node
        self.inputs = list(node.input)
        self._like = context.get_dtype(node.output[0])

    def __call__(self, operator: str, *inputs: str) -> str:
        """The output of an operator."""
        return self._context.make_node(operator, list(inputs), dtypes=[self._like]).output[0]

    def number(self, value: float) -> str:
        """A constant of the operation's type."""
        as_numpy = tf2onnx.utils.map_onnx_to_numpy_type(self._like)
        name = tf2onnx.utils.make_name(f"{self._node.name}_constant")
        return self._context.make_const(name, np.array(value, as_numpy)).output[0]


def _erfc(onnx: _Formula) -> str:
    """`erfc(x) = 1 - erf(x)`, of which Keras's exact GELU is made."""
    return onnx("Sub", onnx.number(1.0), onnx("Erf", *onnx.inputs))


def _expm1(onnx: _Formula) -> str:
    """`expm1(x) = exp(x) - 1`, as in CELU."""
    return onnx("Sub", onnx("Exp", *onnx.inputs), onnx.number(1.0))


def _log1p(onnx: _Formula) -> str:
    """`log1p(x) = log(1 + x)`."""
    return onnx("Log", onnx("Add", *onnx.inputs, onnx.number(1.0)))


def _unless_zero(onnx: _Formula, value: str) -> str:
    """The value, 0 where the first input is."""
    zero = onnx.number(0.0)
    return onnx("Where", onnx("Equal", onnx.inputs[0], zero), zero, value)


def _xlogy(onnx: _Formula) -> str:
    """`x log(y)`, 0 where x is."""
    return _unless_zero(onnx, onnx("Mul", onnx.inputs[0], onnx("Log", onnx.inputs[1])))


def _xlog1py(onnx: _Formula) -> str:
    """`x log(1 + y)`, 0 where x is."""
    logarithm = onnx("Log", onnx("Add", onnx.inputs[1], onnx.number(1.0)))
    return _unless_zero(onnx, onnx("Mul", onnx.inputs[0], logarithm))


def _xdivy(onnx: _Formula) -> str:
    """`x / y`, 0 where x is."""
    return _unless_zero(onnx, onnx("Div", *onnx.inputs))


_FORMULAS: Mapping[str, Callable[[_Formula], str]] = MappingProxyType(
    {"Erfc": _erfc, "Expm1": _expm1, "Log1p": _log1p, "Xlogy": _xlogy, "Xlog1py": _xlog1py, "Xdivy": _xdivy}
)


def _handler(formula: Callable[[_Formula], str]) -> Callable:
    def handle(context, node, name, arguments):
        shape, dtype = context.get_shape(node.output[0]), context.get_dtype(node.output[0])
        result = formula(_Formula(context, node))
        output = node.output[0]
        context.remove_node(node.name)
        context.make_node("Identity", [result], outputs=[output], name=node.name, shapes=[shape], dtypes=[dtype])

    return handle


HANDLERS: Mapping[str, tuple[Callable, list]] = MappingProxyType(
    {name: (_handler(formula), []) for name, formula in _FORMULAS.items()}
)
