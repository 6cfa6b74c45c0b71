"""What errors of the export say to do about an operation that ONNX cannot express."""

import re
from collections.abc import Collection

import keras

from kgan._game.layer_names import layer_of

__all__ = ["REPLACE", "SAVED_MODEL", "unfinished", "untraced", "way_out"]

REPLACE = "Replace what computes it by layers of Keras."
SAVED_MODEL = "Without ONNX: formats=('saved_model',)."
_LOOP = "Write the loop over a known number of steps in Python, or as a keras.layers.RNN of a cell."
_TRANSFORM = "Write the transform as a product with its matrices, keras.ops.matmul(x, cosines) and (x, sines)."
_PYTHON = "Write the function in TensorFlow or keras.ops: Python is not there where the file runs."
_SIZE = "Resize to a size that is known, from a height and width that are known: keras.Input((64, 64, 3)), say."
_WAYS_OUT = (  # how operations begin, and what to do
    (("TensorList", "TensorArray", "Merge", "Switch", "_Switch", "StatelessWhile", "While", "Enter"), _LOOP),
    (("FFT", "IFFT", "RFFT", "IRFFT", "Complex", "Real", "Imag", "Angle", "Conj"), _TRANSFORM),
    (("PyFunc", "EagerPyFunc", "PyFuncStateless"), _PYTHON),
    (("ResizeArea", "ResizeBicubic", "ScaleAndTranslate"), _SIZE),
    (
        ("Cholesky", "MatrixInverse", "MatrixSolve", "MatrixTriangularSolve", "Svd", "Qr", "SelfAdjointEig"),
        "Compute the matrix once, from weights, and keep it as a weight; ONNX solves no equations.",
    ),
)


def way_out(operation: str) -> str | None:
    """What to do about one operation of TensorFlow's, `None` where nothing more is known than to replace it."""
    return next((way for begins, way in _WAYS_OUT if operation.startswith(begins)), None)


def unfinished(error: str, layers: Collection[keras.layers.Layer]) -> str:
    """The error of a graph that no valid file could be made of, with the layers that the converter names."""
    places = [layer_of(one, layers) for one in re.findall(r"[\w./-]+/[\w./-]+", error)]
    found = dict.fromkeys(f"the layer {place!r}" for place in places if place)
    return (
        f"Expected layers that ONNX can express. Received: {', '.join(found) or 'one'} of which tf2onnx wrote no valid "
        f"graph: {' '.join(error.split())[:300]}. {REPLACE} {_LOOP} {SAVED_MODEL}"
    )


def untraced(error: Exception, layers: Collection[keras.layers.Layer]) -> str:
    """The error of a generator that TensorFlow makes no graph of for sizes that are free."""
    (kind, *_) = re.findall(r"calling (\w+)\.call", str(error)) or [""]
    found = [f"the layer {layer.name!r}" for layer in layers if type(layer).__name__ == kind]
    reason = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split("You can attempt")[0]
    return (
        f"Expected layers that a graph can hold whatever the size of the batch and of free axes. Received: "
        f"{', '.join(found) or 'one'} that looks at a number in Python: {' '.join(reason.split())[:300]} Give "
        f"keras.Input every side, or compute the size by keras.ops.shape alone, tf.shape(x)[1:3] * 2, say."
    )
