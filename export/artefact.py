"""One artefact alone, an ONNX file or a SavedModel, for who wants no bundle around it."""

import os
from pathlib import Path
from typing import Any

import keras

from kgan._game import networks
from kgan._support import files
from kgan.export import drawn_noise, formats, onnx
from kgan.export.calibration import parsed
from kgan.export.graph.form import Form
from kgan.export.signature import Signature
from kgan.models.adversarial import AdversarialModel

__all__ = ["in_precision", "write"]


def write(
    model: AdversarialModel,
    path: "str | os.PathLike",
    format: str = "saved_model",
    *,
    opset: int = onnx.DEFAULT_OPSET,
    atol: float | None = None,
    precision: str = "float32",
    layout: str = "nhwc",
    pixels: str = "float32",
    averaged: bool = True,
    calibration: Any = None,
    force: bool = False,
) -> Path:
    """Writes the generator as one file, or as one SavedModel folder, and proves it equal to Keras.

    An earlier artefact of the same format is replaced, and stays where the new one fails. The ONNX file carries all
    that kgan knows of it: `kgan sample FILE` and `kgan apply FILE` run it alone.

    Args:
        model: A trained model of a kind that kgan knows.
        path: The file, or the folder of the SavedModel.
        format: One of `kgan.export.formats`: `"onnx"`, `"saved_model"`, which Keras calls `"tf_saved_model"`.
        opset: As for `kgan.export.save`.
        atol: As for `kgan.export.save`.
        precision: As for `kgan.export.save`.
        layout: As for `kgan.export.save`.
        pixels: As for `kgan.export.save`.
        averaged: As for `kgan.export.save`.
        calibration: As for `kgan.export.save`.
        force: As for `kgan.export.save`.

    Returns:
        The path.

    Raises:
        TypeError: if `model` is not a model of a kind that kgan knows.
        ValueError: if there is no such format, an argument is out of range, or the generator cannot be exported.
        FileExistsError: if the path holds something else than an artefact of that format.
        ExportError: if the format cannot express the generator, or it draws noise of its own.
        VerificationError: if the artefact differs from Keras.
    """
    path, one = Path(path), formats.named(format)
    _check_free(path, one)
    signature = Signature.of(model)
    generator = signature.part_of(model.inference_generator if averaged else model.generator)
    generator = in_precision(generator, precision)
    signature = drawn_noise.as_input(generator, signature)
    form = Form.of(signature, layout, pixels)
    half, inputs = precision == "float16", parsed(calibration, signature)
    context = formats.Context(generator, signature, opset, atol, form, half, inputs, force)
    one.check(context)
    context.check()
    with files.replacing_files(path) if one.suffix else files.replacing_folder(path) as new:
        one.write(context, new, path.name)
    return path


def _check_free(path: Path, format: formats.Format) -> None:
    """Refuses to write over what is no artefact of that format."""
    if not path.exists() or format.holds(path) or (not format.suffix and path.is_dir() and not any(path.iterdir())):
        return
    expected = f"Expected {path} to be missing, empty or an earlier {format.called}."
    received = "folder of something else" if path.is_dir() else "file of something else" if format.suffix else "file"
    hint = f", one that ends in {format.suffix}" if format.suffix else ""
    raise FileExistsError(f"{expected} Received: a {received}. Choose another name{hint}.")


def in_precision(generator: keras.Model, precision: str) -> keras.Model:
    """The generator in the precision that artefacts have, itself where it has it already.

    Raises:
        ValueError: if `precision` is none of 'float32', 'float16' and 'as_trained'.
    """
    if precision not in ("float32", "float16", "as_trained"):
        raise ValueError(
            f"Expected precision as 'float32', 'float16' or 'as_trained'. Received: precision={precision!r}."
        )
    return generator if precision == "as_trained" else networks.in_float32(generator)
