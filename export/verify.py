"""Artefact against Keras: reopened, run, compared."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from kgan.export.signature import Signature

BATCHES = (1, 5, 64)
TOLERANCE = 1e-4

Runner = Callable[[dict[str, np.ndarray]], np.ndarray]


class ExportError(RuntimeError):
    """The generator could not be exported; nothing was left behind."""


class VerificationError(ExportError):
    """An artefact does not give the numbers that Keras gives."""


def largest_difference(name: str, artefact: Runner, keras: Runner, signature: Signature, atol: float) -> float:
    """The largest absolute difference between an artefact and Keras, over batches of 1, 5 and 64.

    Raises:
        VerificationError: Shapes differ, a value is not finite, or the difference exceeds `atol`.
    """
    largest = 0.0
    for batch in BATCHES:
        inputs = signature.example(batch)
        expected, received = keras(inputs), artefact(inputs)
        if received.shape != expected.shape or received.dtype != np.float32:
            raise VerificationError(
                f"Expected {name} to give float32 {expected.shape} at batch {batch}, as Keras does. "
                f"Received: {received.dtype} {received.shape}."
            )
        difference = float(np.max(np.abs(received - expected)))
        if not difference < atol:  # catches NaN too
            raise VerificationError(
                f"{name} and Keras outputs differ by {difference:.1e} (tolerance {atol:.0e}) at batch {batch}. "
                f"Export from float32 weights, or pass a larger atol."
            )
        largest = max(largest, difference)
    return largest


def keras_runner(function, signature: Signature) -> Runner:
    """Runs the function that was exported."""
    return lambda inputs: function(**inputs)[signature.output].numpy()


def saved_model_runner(path: Path, signature: Signature) -> Runner:
    """Reopens a SavedModel and runs its `serving_default`."""
    import tensorflow as tf

    serve = tf.saved_model.load(str(path)).signatures["serving_default"]
    return lambda inputs: serve(**{name: tf.constant(value) for name, value in inputs.items()})[
        signature.output
    ].numpy()


def onnx_runner(path: Path, signature: Signature) -> Runner:
    """Reopens an ONNX file and runs it with onnxruntime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda inputs: session.run([signature.output], inputs)[0]
