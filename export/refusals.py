"""What errors of the export say to do about an operation that ONNX cannot express."""

import re
from collections.abc import Collection, Iterable

import keras
import tensorflow as tf

from kgan._game.layer_names import layer_of

__all__ = ["REPLACE", "SAVED_MODEL", "unfinished", "untraced", "way_out"]

REPLACE = "Replace what computes it by layers of Keras."
SAVED_MODEL = "Without ONNX: formats=('saved_model',)."
_LOOP = "Write the loop over a known number of steps in Python, or as a keras.layers.RNN of a cell."
_TRANSFORM = "Write the transform as a product with its matrices, keras.ops.matmul(x, cosines) and (x, sines)."
_PYTHON = "Write the function in TensorFlow or keras.ops: Python is not there where the file runs."
_SIZE = "Resize to a size that is known, from a height and width that are known: keras.Input((64, 64, 3)), say."
_BADLY_WRITTEN = ("MatrixSetDiag", "ExtractImagePatches")  # by tf2onnx 1.17, which makes up names that say no layer
_WAYS_OUT = (  # how operations begin, and what to do
    (("TensorList", "TensorArray", "Merge", "Switch", "_Switch", "StatelessWhile", "While", "Enter"), _LOOP),
    (("MatrixSetDiag",), "Write the diagonal by a mask, x * (1 - keras.ops.eye(n)) + diagonal[..., None] * eye."),
    (("ExtractImagePatches",), "Take patches by keras.ops.image.extract_patches, which is a convolution."),
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


def unfinished(
    error: str, layers: Collection[keras.layers.Layer], operations: Iterable[tf.Operation] | None = None
) -> str:
    """The error of a graph that no valid file could be made of, with the layers that it may come from.

    Args:
        error: The converter's, or the checker's.
        layers: Those of the generator.
        operations: TensorFlow's that were converted, which tell the layer where the error does not.
    """
    places = dict.fromkeys(layer_of(one, layers) for one in re.findall(r"[\w./-]+/[\w./-]+", error))
    suspects = [one for one in operations or () if one.type.startswith(_BADLY_WRITTEN)]
    found = [f"the layer {place!r}" for place in places if place]
    ways = [f"{REPLACE} {_LOOP}"]
    if not found and suspects:
        of_layers = {f"{one.type} of the layer {layer_of(one.name, layers)!r}": one.type for one in suspects}
        found, ways = list(of_layers), [way_out(operation) for operation in dict.fromkeys(of_layers.values())]
    if not found:
        own = [f"the layer {one.name!r}" for one in layers if _is_own(one)]
        found = [f"one of your own, {' or '.join(own)}," if len(own) > 1 else own[0]] if own else ["one"]
    return (
        f"Expected layers that ONNX can express. Received: {', '.join(found)} of which tf2onnx wrote no valid graph: "
        f"{' '.join(error.split())[:300]}. {' '.join(ways)} {SAVED_MODEL}"
    )


def _is_own(layer: keras.layers.Layer) -> bool:
    """Whether a user wrote what a layer computes."""
    return isinstance(layer, keras.layers.Lambda) or type(layer).__module__.split(".")[0] != "keras"


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
