"""Artefact against Keras: reopened, run, compared."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
import tensorflow as tf

from kgan.export.portable import differences
from kgan.export.signature import Signature

__all__ = [
    "DifferenceError",
    "ExportError",
    "Found",
    "Runner",
    "VerificationError",
    "called",
    "compared",
    "difference",
    "largest_difference",
    "loss",
    "stated",
    "tolerances",
]

_SINGLE = 1e-4  # of float32
_HALF = 0.05  # of float16: six grey levels of one pixel, where images span 2
Runner = Callable[..., np.ndarray]  # from inputs by name, and a further output's name perhaps, to that output


_OF_ROUNDING = 1e-2  # below which a difference may be one of rounding
_ROUNDING = "Export from float32 weights, or pass a larger atol."
_ANOTHER_OPERATION = (
    "That is more than rounding: an operation is written otherwise. Replace the layer that it stands in; without ONNX: "
    "formats=('saved_model',)."
)


class ExportError(RuntimeError):
    """The generator could not be exported; nothing was left behind."""


class VerificationError(ExportError):
    """An artefact does not give the numbers that Keras gives."""


class DifferenceError(VerificationError):
    """It gives finite numbers of the right shape that are too far from Keras's.

    Attributes:
        found: What was compared, and how far it is off, a sentence.
        advice: What to do.
        batch: How many samples were compared.
    """

    def __init__(self, found: str, advice: str, batch: int):
        super().__init__(f"{found} {advice}")
        self.found, self.advice, self.batch = found, advice, batch


class Found(NamedTuple):
    """How far an output is from Keras's.

    Attributes:
        largest: The largest difference, as `difference` counts it.
        root_mean_square: Of all differences, counted likewise.
    """

    largest: float
    root_mean_square: float

    def with_(self, other: "Found") -> "Found":
        """The larger ones of both."""
        return Found(*map(max, self, other))


def tolerances(asked: float | None, signature: Signature, half: bool = False) -> dict[str, float]:
    """The largest absolute difference from Keras that passes, of each output by its name.

    Args:
        asked: What was asked for, which then counts for all; `None` for the default.
        signature: Whose outputs are compared.
        half: Whether the artefact computes in float16.

    Returns:
        `asked`, or 1e-4, and 0.05 for float16, of an output that spans 2 or has no value range. In float16 it goes with
        the range of others, in float32 where that is larger.
    """
    found = {}
    for output, value_range in signature.ranges.items():
        low, high = (-1.0, 1.0) if value_range is None else value_range
        span = (high - low) / 2.0
        found[output] = asked if asked is not None else _HALF * span if half else _SINGLE * max(1.0, span)
    return found


def stated(allowed: Mapping[str, float]) -> dict[str, Any]:
    """Tolerances of outputs, that of the samples first, for `card.json`."""
    (_, samples), *further = allowed.items()
    return {
        "tolerance": samples,
        **({"further": {name: {"tolerance": one} for name, one in further}} if further else {}),
    }


def called(name: str, output: str, signature: Signature) -> str:
    """What errors call one output of an artefact."""
    return f"{name}, output {output!r}," if signature.exported.further else name


def compared(
    name: str, artefact: Runner, keras: Runner, signature: Signature, allowed: Mapping[str, float]
) -> dict[str, Found]:
    """How far each output of an artefact is from Keras's, over the batch sizes of the signature.

    Where an output has no value range, differences are relative to the largest number of the batch above 1.

    Raises:
        VerificationError: if shapes differ, a value is not finite, or a difference is above what is allowed of the
            output.
    """
    found = dict.fromkeys(signature.ranges, Found(0.0, 0.0))
    for batch in signature.exported.batches:
        inputs = signature.example(batch)
        for output, value_range in signature.ranges.items():
            which = () if output == signature.output else (output,)
            expected, received = keras(inputs, *which), artefact(inputs, *which)
            said = called(name, output, signature)
            here = _compared(said, expected, received, value_range, allowed[output], batch)
            found[output] = found[output].with_(here)
    return found


def largest_difference(
    name: str, artefact: Runner, keras: Runner, signature: Signature, allowed: Mapping[str, float]
) -> float:
    """The largest of the differences that `compared` finds, of any output; it raises what that raises."""
    return max(one.largest for one in compared(name, artefact, keras, signature, allowed).values())


def _compared(
    name: str,
    expected: np.ndarray,
    received: np.ndarray,
    value_range: tuple[float, float] | None,
    atol: float,
    batch: int,
) -> Found:
    """How far one output is off at one batch size.

    Raises:
        VerificationError: if shapes differ, a value is not finite, or the difference is above `atol`.
    """
    if received.shape != expected.shape or received.dtype != np.float32:
        raise VerificationError(
            f"Expected {name} to give float32 {expected.shape} at batch {batch}, as Keras does. "
            f"Received: {received.dtype} {received.shape}."
        )
    if not np.isfinite(expected).all():
        raise VerificationError(
            f"Expected finite outputs to export. Received: NaN or infinity from Keras itself at batch {batch}. "
            f"Training has diverged; export an earlier checkpoint."
        )
    found = difference(expected, received, value_range)
    if not found <= atol:  # catches NaN too
        raise DifferenceError(
            f"{name} and Keras outputs differ by {found:.1e} (tolerance {atol:.0e}) at batch {batch}.",
            _ROUNDING if found < _OF_ROUNDING else _ANOTHER_OPERATION,
            batch,
        )
    return Found(found, differences.root_mean_square(expected, received, value_range))


def loss(artefact: Runner, keras: Runner, signature: Signature) -> dict[str, float]:
    """How much a smaller artefact loses, over the batch sizes of the signature.

    Returns:
        `mean_difference`, of absolute values, and, where samples have a value range, `psnr` in decibels, at most 200.
    """
    pairs = [(keras(inputs), artefact(inputs)) for inputs in map(signature.example, signature.exported.batches)]
    off = np.concatenate([(received.astype(np.float64) - expected).reshape(-1) for expected, received in pairs])
    found = {"mean_difference": float(np.abs(off).mean())}
    if signature.value_range is not None:
        low, high = signature.value_range
        found["psnr"] = float(min(200.0, 20 * np.log10((high - low) / max(np.sqrt(np.mean(off**2)), 1e-30))))
    return found


def difference(expected: np.ndarray, received: np.ndarray, value_range: tuple[float, float] | None) -> float:
    """The largest difference, as `kgan verify` counts it."""
    return differences.difference(expected, received, value_range)


def keras_runner(function: Callable, signature: Signature) -> Runner:
    """Runs the function that was exported, on the CPU as onnxruntime does: a GPU may round to TF32."""

    traced = function.get_concrete_function()  # asked for by name: TensorFlow warns of functions traced in many calls

    def run(inputs, output=signature.output):
        with tf.device("CPU:0"):
            return traced(**{name: tf.constant(value) for name, value in inputs.items()})[output].numpy()

    return run


def saved_model_runner(path: Path, signature: Signature) -> Runner:
    """Reopens a SavedModel and runs its `serving_default`."""
    with tf.device("CPU:0"):
        serve = tf.saved_model.load(str(path)).signatures["serving_default"]

    def run(inputs, output=signature.output):
        with tf.device("CPU:0"):
            return serve(**{name: tf.constant(value) for name, value in inputs.items()})[output].numpy()

    return run


def onnx_runner(path: Path, signature: Signature) -> Runner:
    """Reopens an ONNX file and runs it with onnxruntime.

    Raises:
        ExportError: if onnxruntime cannot open it, or later cannot run it.
    """
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors alone: it warns of inputs that need not be given
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ExportError(f"Expected an ONNX file that onnxruntime can open. Received: {error}") from error

    def run(inputs, output=signature.output):
        try:
            return session.run([output], dict(inputs))[0]
        except Exception as error:  # of a class of its own for each status
            raise ExportError(f"Expected an ONNX file that onnxruntime can run. Received: {error}") from error

    return run
