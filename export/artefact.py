"""One artefact alone, an ONNX file or a SavedModel, for who wants no bundle around it."""

import os
from pathlib import Path

import keras
import onnx as onnxlib
from google.protobuf.message import DecodeError

from kgan._game import networks
from kgan._support import files
from kgan.export import noise, onnx, parity, saved_model
from kgan.export.signature import Signature
from kgan.models.adversarial import AdversarialModel

__all__ = ["FORMATS", "in_precision", "write", "write_onnx"]

FORMATS = ("tf_saved_model", "onnx")


def write(
    model: AdversarialModel,
    path: "str | os.PathLike",
    format: str = "tf_saved_model",
    *,
    opset: int = onnx.DEFAULT_OPSET,
    atol: float = parity.TOLERANCE,
    precision: str = "float32",
    averaged: bool = True,
) -> Path:
    """Writes the generator as one ONNX file, or as one SavedModel folder, and proves it equal to Keras.

    An earlier artefact of the same format is replaced, and stays where the new one fails. The ONNX file carries all
    that kgan knows of it: `kgan sample FILE` and `kgan apply FILE` run it alone.

    Args:
        model: A trained model of a kind that kgan knows.
        path: The file, or the folder of the SavedModel.
        format: `"onnx"` or `"tf_saved_model"`.
        opset: As for `kgan.export.save`.
        atol: As for `kgan.export.save`.
        precision: As for `kgan.export.save`.
        averaged: As for `kgan.export.save`.

    Returns:
        The path.

    Raises:
        TypeError: if `model` is not a model of a kind that kgan knows.
        ValueError: if there is no such format, an argument is out of range, or the generator cannot be exported.
        FileExistsError: if the path holds something else than an artefact of that format.
        ExportError: if ONNX cannot express the generator, or it draws noise of its own.
        VerificationError: if the artefact differs from Keras.
    """
    path = Path(path)
    if format not in FORMATS:
        raise ValueError(
            f"Expected format as 'onnx' or 'tf_saved_model'; kgan.export.save(model, folder) writes both. Received: "
            f"format={format!r}. Convert one of these: OpenVINO and LiteRT read them."
        )
    _check_free(path, format)
    signature = Signature.of(model)
    generator = in_precision(model.inference_generator if averaged else model.generator, precision)
    function = signature.function(generator)
    runner, layers = parity.keras_runner(function, signature), generator._flatten_layers()
    noise.check(function, runner, signature, layers, atol)

    def proved(artefact: parity.Runner) -> None:
        parity.largest_difference(path.name, artefact, runner, signature, atol)

    if format == "onnx":
        with files.replacing(path) as partial:
            write_onnx(generator, signature, partial, opset, atol)
            proved(parity.onnx_runner(partial, signature))
    else:
        with files.replacing_folder(path) as new:
            saved_model.write(generator, function, signature, new)
            proved(parity.saved_model_runner(new, signature))
    return path


def write_onnx(generator: keras.Model, signature: Signature, path: Path, opset: int, atol: float) -> None:
    """Writes a generator as an ONNX file, and proves it equal to Keras where its optional inputs are given.

    Args:
        generator: In the precision that it is exported in.
        signature: What it takes and gives.
        path: The file.
        opset: ONNX operator set.
        atol: Largest absolute difference from Keras that passes.

    Raises:
        ValueError: if the opset is not one that tf2onnx writes well.
        ExportError: if ONNX cannot express the generator.
        VerificationError: if the artefact differs from Keras.
    """
    explicit = signature.explicit
    function = explicit.function(generator)
    metadata = signature.metadata(generator)
    onnx.write(function, explicit, path, opset, generator._flatten_layers(), signature.defaults(generator), metadata)
    if explicit is not signature:
        artefact, runner = parity.onnx_runner(path, explicit), parity.keras_runner(function, explicit)
        parity.largest_difference(path.name, artefact, runner, explicit, atol)


def _check_free(path: Path, format: str) -> None:
    """Refuses to write over what is no artefact of that format."""
    if format == "onnx":
        if path.is_dir():
            raise FileExistsError(
                f"Expected a path for an ONNX file. Received: {path}, which is a folder. Choose another name, or "
                f"remove the folder."
            )
        if path.exists() and path.suffix.lower() != ".onnx" and not _is_onnx(path):
            raise FileExistsError(
                f"Expected {path} to be missing, empty or an earlier ONNX file. Received: a file of something else. "
                f"Choose another name, one that ends in .onnx."
            )
    elif path.exists() and not (path / "saved_model.pb").is_file() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(
            f"Expected {path} to be missing, empty or an earlier SavedModel. Received: a "
            f"{'folder of something else' if path.is_dir() else 'file'}. Choose another name."
        )


def _is_onnx(path: Path) -> bool:
    """Whether a file by another name than `*.onnx` is empty, or a graph."""
    if not path.is_file():
        return False
    if not path.stat().st_size:
        return True
    try:
        return bool(onnxlib.load_model(path, format="protobuf", load_external_data=False).graph.output)
    except DecodeError:
        return False


def in_precision(generator: keras.Model, precision: str) -> keras.Model:
    """The generator in the precision that artefacts have, itself where it has it already.

    Raises:
        ValueError: if `precision` is neither 'float32' nor 'as_trained'.
    """
    if precision not in ("float32", "as_trained"):
        raise ValueError(f"Expected precision as 'float32' or 'as_trained'. Received: precision={precision!r}.")
    return networks.in_float32(generator) if precision == "float32" else generator
