"""TensorFlow's operations that tf2onnx does not know, or writes otherwise, written in ONNX's."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import tf2onnx
from onnx import TensorProto

from kgan.export import grouped_convolutions, resizing

__all__ = ["HANDLERS"]


class _Formula:
    """ONNX operators in the place of one operation of TensorFlow."""

    def __init__(self, context, node):
        self._context, self._node = context, node
        self.inputs = list(node.input)
        self._like = context.get_dtype(node.input[0])

    def __call__(self, operator: str, *inputs: str, dtype: int | None = None, **attributes) -> str:
        """The output of an operator, of the type of the first input unless told otherwise."""
        dtypes = [self._like if dtype is None else dtype]
        return self._context.make_node(operator, list(inputs), attr=attributes, dtypes=dtypes).output[0]

    def number(self, value: float) -> str:
        """A constant of the type of the first input."""
        return self.constant(np.array(value, tf2onnx.utils.map_onnx_to_numpy_type(self._like)))

    def constant(self, value: np.ndarray) -> str:
        """A constant."""
        name = tf2onnx.utils.make_name(f"{self._node.name}_constant")
        return self._context.make_const(name, np.asarray(value)).output[0]

    @property
    def is_whole(self) -> bool:
        """Whether the first input holds whole numbers."""
        return np.issubdtype(tf2onnx.utils.map_onnx_to_numpy_type(self._like), np.integer)

    def rank(self, number: int) -> int | None:
        """How many axes an input has, `None` where that is not known."""
        shape = self._context.get_shape(self.inputs[number])
        return None if shape is None else len(shape)

    def sizes(self, number: int) -> list[int]:
        """The shape of an input, -1 for what is not known."""
        return list(self._context.get_shape(self.inputs[number]))

    def attribute(self, name: str):
        """An attribute of the operation."""
        return self._node.get_attr(name)


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
    return onnx("Where", onnx("Equal", onnx.inputs[0], zero, dtype=TensorProto.BOOL), zero, value)


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


# Giles, 2010, Approximating the erfinv function, Table 5: single precision, by the power of w from the highest.
_CENTRAL = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503)
_CENTRAL += (-0.00417768164, 0.246640727, 1.50140941)
_TAIL = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047)
_TAIL += (1.00167406, 2.83297682)


def _polynomial(onnx: _Formula, coefficients: tuple[float, ...], w: str) -> str:
    value = onnx.number(coefficients[0])
    for coefficient in coefficients[1:]:
        value = onnx("Add", onnx("Mul", value, w), onnx.number(coefficient))
    return value


def _inverse_error_function(onnx: _Formula, x: str) -> str:
    one = onnx.number(1.0)
    w = onnx("Neg", onnx("Log", onnx("Mul", onnx("Sub", one, x), onnx("Add", one, x))))
    central = _polynomial(onnx, _CENTRAL, onnx("Sub", w, onnx.number(2.5)))
    tail = _polynomial(onnx, _TAIL, onnx("Sub", onnx("Sqrt", w), onnx.number(3.0)))
    is_central = onnx("Less", w, onnx.number(5.0), dtype=TensorProto.BOOL)
    return onnx("Mul", onnx("Where", is_central, central, tail), x)


def _erfinv(onnx: _Formula) -> str:
    """The inverse of erf, which turns uniform latents into normal ones."""
    return _inverse_error_function(onnx, onnx.inputs[0])


def _ndtri(onnx: _Formula) -> str:
    """The quantiles of the normal distribution: `sqrt(2) erfinv(2 p - 1)`."""
    x = onnx("Sub", onnx("Mul", onnx.inputs[0], onnx.number(2.0)), onnx.number(1.0))
    return onnx("Mul", _inverse_error_function(onnx, x), onnx.number(np.sqrt(2.0)))


def _bucketize(onnx: _Formula) -> str | None:
    """How many boundaries are not above the value."""
    boundaries = np.array(onnx.attribute("boundaries").floats, np.float64)
    if onnx.is_whole:
        return None
    like = tf2onnx.utils.map_onnx_to_numpy_type(onnx._like)
    last = onnx.constant(np.array([onnx.rank(0)], np.int64))
    reached = onnx(
        "GreaterOrEqual", onnx("Unsqueeze", onnx.inputs[0], last), onnx.constant(boundaries.astype(like)), dtype=9
    )
    return onnx("ReduceSum", onnx("Cast", reached, dtype=TensorProto.INT32, to=TensorProto.INT32), last, keepdims=0)


def _cross(onnx: _Formula) -> str:
    """`a x b` over the last axis."""
    last = onnx.rank(0) - 1

    def turned(value: str, by: int) -> str:
        return onnx("Gather", value, onnx.constant(np.roll(np.arange(3), -by)), axis=last)

    first, second = onnx.inputs
    plus = onnx("Mul", turned(first, 1), turned(second, 2))
    return onnx("Sub", plus, onnx("Mul", turned(first, 2), turned(second, 1)))


def _broadcast_args(onnx: _Formula) -> str | None:
    """The shape that two shapes are broadcast to, where both have as many axes."""
    if onnx.sizes(0) != onnx.sizes(1) or onnx.sizes(0) == [-1]:
        return None
    return onnx("Max", *onnx.inputs)


def _floor_mod(onnx: _Formula) -> str:
    """The remainder that has the sign of the divisor: `x - floor(x / y) y`, of whole numbers without the division."""
    if onnx.is_whole:
        return onnx("Mod", *onnx.inputs)
    x, y = onnx.inputs
    return onnx("Sub", x, onnx("Mul", onnx("Floor", onnx("Div", x, y)), y))


def _floor_div(onnx: _Formula) -> str:
    """`floor(x / y)`, of whole numbers too, which ONNX's division rounds towards 0."""
    x, y = onnx.inputs
    if onnx.is_whole:
        return onnx("Div", onnx("Sub", x, onnx("Mod", x, y)), y)
    return onnx("Floor", onnx("Div", x, y))


def _update_slice(onnx: _Formula) -> str:
    """`x` with a block written over, as `keras.ops.slice_update` has it: padded to the size of `x`, and chosen."""
    x, update, begin = onnx.inputs
    whole = TensorProto.INT64
    begin = onnx("Cast", begin, dtype=whole, to=whole)
    room = onnx("Sub", onnx("Shape", x, dtype=whole), onnx("Shape", update, dtype=whole), dtype=whole)
    begin = onnx("Max", onnx("Min", begin, room, dtype=whole), onnx.constant(np.int64(0)), dtype=whole)
    pads = onnx("Concat", begin, onnx("Sub", room, begin, dtype=whole), dtype=whole, axis=0)
    ones = onnx(
        "ConstantOfShape",
        onnx("Shape", update, dtype=whole),
        dtype=TensorProto.FLOAT,
        value=tf2onnx.utils.helper.make_tensor("value", TensorProto.FLOAT, [1], [1.0]),
    )
    zero = onnx.constant(np.float32(0))
    written = onnx("Greater", onnx("Pad", ones, pads, dtype=TensorProto.FLOAT), zero, dtype=TensorProto.BOOL)
    return onnx("Where", written, onnx("Pad", update, pads), x)


_FORMULAS: Mapping[str, Callable[[_Formula], str | None]] = MappingProxyType(
    {
        "BroadcastArgs": _broadcast_args,
        "Bucketize": _bucketize,
        "Cross": _cross,
        "Erfc": _erfc,
        "Erfinv": _erfinv,
        "Expm1": _expm1,
        "FloorDiv": _floor_div,
        "FloorMod": _floor_mod,
        "Log1p": _log1p,
        "Ndtri": _ndtri,
        "Xdivy": _xdivy,
        "XlaDynamicUpdateSlice": _update_slice,
        "Xlog1py": _xlog1py,
        "Xlogy": _xlogy,
    }
)


def _handler(formula: Callable[[_Formula], str | None]) -> Callable:
    def handle(context, node, name, arguments):
        shape, dtype = context.get_shape(node.output[0]), context.get_dtype(node.output[0])
        result = formula(_Formula(context, node))
        if result is None:
            return  # it stays as it is, and is refused by its layer's name
        output = node.output[0]
        context.remove_node(node.name)
        context.make_node("Identity", [result], outputs=[output], name=node.name, shapes=[shape], dtypes=[dtype])

    return handle


def _sign_bits(context, node, name, arguments):
    """`keras.ops.signbit`, and so `argmax` and what is made of it: the bits of a float of which the first is looked at.

    ONNX looks at no bits. A number is negative where it is below 0, and -0 where 1 divided by it is.
    """
    least = np.iinfo(np.int32).min
    readers = context.find_output_consumers(node.output[0])
    for reader in readers:
        masks = [one.get_tensor_value(as_list=False) for one in reader.inputs if one.is_const()]
        if reader.type != "BitwiseAnd" or len(masks) != 1 or masks[0].tolist() != least:
            return
    onnx = _Formula(context, node)
    x, zero = onnx.inputs[0], onnx.number(0.0)
    is_zero = onnx("Equal", x, zero, dtype=TensorProto.BOOL)
    below = onnx("Less", onnx("Where", is_zero, onnx("Div", onnx.number(1.0), x), x), zero, dtype=TensorProto.BOOL)
    bit = onnx("Where", below, onnx.constant(np.int32(least)), onnx.constant(np.int32(0)), dtype=TensorProto.INT32)
    for reader in readers:
        reader.type = "Identity"
        context.replace_inputs(reader, [bit])
    context.remove_node(node.name)


HANDLERS: Mapping[str, tuple[Callable, list]] = MappingProxyType(
    {
        **{name: (_handler(formula), []) for name, formula in _FORMULAS.items()},
        "Bitcast": (_sign_bits, []),
        **resizing.HANDLERS,
        **grouped_convolutions.HANDLERS,
    }
)
