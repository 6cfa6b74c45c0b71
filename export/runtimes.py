"""LiteRT and OpenVINO, through Keras's own exporters; each reopened by its runtime and held against Keras."""

import importlib.util
import re
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan.export import lossy, parity
from kgan.export.formats import Context, Format, Written, register
from kgan.export.parity import ExportError
from kgan.export.signature import Signature

__all__ = ["Shell"]


class Shell(keras.Model):
    """The exported generator as a Keras model of the signature's inputs, in order, for exporters of Keras's.

    Args:
        generator: What computes.
        signature: What it takes and gives.
    """

    def __init__(self, generator: keras.Model, signature: Signature):
        super().__init__(name="exported")
        self.generator = generator
        self._signature = signature
        self.built = True

    def call(self, *inputs: tf.Tensor, training: bool | None = None) -> dict[str, tf.Tensor]:
        """The output by its name, in inference mode."""
        return self._signature.named(self._signature.exported.call(self.generator, *inputs))


def _exported(context: Context, path: Path, format: str) -> None:
    """Writes a file by Keras's exporter.

    Raises:
        ExportError: if the format cannot express the generator.
    """
    shell = Shell(context.generator, context.signature)
    specs = context.signature.tensor_specs()
    # LiteRT's own operators alone: a phone has no others
    options = {"target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}} if format == "litert" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converters' own code
        try:
            shell.export(str(path), format=format, input_signature=specs, verbose=False, **options)
        except Exception as error:  # of whatever class the converter falls over with
            missing = sorted(set(re.findall(r"'(tf\.\w+)' op is neither", str(error))))
            said = ", ".join(missing) or f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
            raise ExportError(
                f"Expected a generator of {_CALLED[format]}'s own operators. Received: {said}. Leave out the format "
                f"{format}, or change the layer that computes this."
            ) from error


def _write_litert(context: Context, path: Path, name: str) -> Written:
    with lossy.usual_file(context) as usual:
        made = path if path.suffix == ".tflite" else path.with_name(f"{path.name}.tflite")
        _exported(context, made, "litert")
        made.replace(path)
        runner = litert_runner(path, context.signature)
        found = context.difference(name, runner)
        return Written(found, lossy.speed_beside_onnx(context, runner, usual))


def litert_runner(path: Path, signature: Signature) -> parity.Runner:
    """Reopens a file and runs it with LiteRT.

    Raises:
        ExportError: if LiteRT cannot run it.
    """
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(str(path))
        serve = interpreter.get_signature_runner()
    except (ValueError, RuntimeError) as error:
        raise ExportError(_refused(error)) from error

    def run(inputs, output=None):
        try:
            found = serve(**inputs)
        except (ValueError, RuntimeError) as error:
            raise ExportError(_refused(error)) from error
        return found[signature.output if output is None else output]

    return run


def _refused(error: Exception) -> str:
    said = " ".join(str(error).split())[:500]
    return f"Expected a file that LiteRT can run. Received: {said}. Leave out the format litert, or change the layer."


def _write_openvino(context: Context, path: Path, name: str) -> Written:
    with lossy.usual_file(context) as usual:
        path.mkdir(exist_ok=True)
        file = path / "generator.xml"
        _exported(context, file, "openvino")
        runner = openvino_runner(file, context.signature)
        found = context.difference(name, runner)
        return Written(found, lossy.speed_beside_onnx(context, runner, usual))


def openvino_runner(path: Path, signature: Signature) -> parity.Runner:
    """Reopens the files and runs them with OpenVINO on the CPU, in float32.

    Raises:
        ExportError: if OpenVINO cannot run them.
    """
    import openvino

    try:
        model = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    except RuntimeError as error:
        raise ExportError(f"Expected files that OpenVINO can open. Received: {error}") from error

    def run(inputs, output=None):
        found = model(dict(inputs))
        return np.array(found[signature.output if output is None else output])  # the next run writes over what it gives

    return run


def _needs(module: str, extra: str):
    """A check that the package of a format is installed."""

    def check(context: Any) -> None:
        if importlib.util.find_spec(module) is None:
            raise ValueError(
                f"Expected {module} to be installed for format {extra!r}. Received: none. Install it with: pip install "
                f"'kgan[{extra}]'."
            )

    return check


def _holds_litert(path: Path) -> bool:
    return path.is_file() and (path.suffix.lower() == ".tflite" or path.read_bytes()[4:8] == b"TFL3")


def _holds_openvino(path: Path) -> bool:
    return (path / "generator.xml").is_file()


_CALLED = {"litert": "LiteRT", "openvino": "OpenVINO"}
register(
    Format(
        *("litert", "generator.tflite", _write_litert, "LiteRT file", _holds_litert, ".tflite"),
        _needs("ai_edge_litert", "litert"),
    )
)
register(
    Format(
        *("openvino", "generator.openvino", _write_openvino, "OpenVINO folder", _holds_openvino, ""),
        _needs("openvino", "openvino"),
    )
)
