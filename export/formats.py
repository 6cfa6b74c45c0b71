"""The formats that an exported generator comes in, by name; each writes one artefact and proves it equal to Keras."""

import dataclasses
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import onnx as onnxlib
import tensorflow as tf
from google.protobuf.message import DecodeError

from kgan._support import lookup
from kgan.export import fidelity, first_difference, noise, onnx, parity, saved_model
from kgan.export.calibration import Sets, sets
from kgan.export.graph.form import Form
from kgan.export.signature import Signature

__all__ = ["DEFAULT", "FORMATS", "Context", "Format", "Written", "checked", "named", "of_file", "register"]

DEFAULT = ("onnx", "saved_model")
_SPELLINGS = {"tf_saved_model": "saved_model"}  # Keras's


@dataclass
class Context:
    """What a format writes from.

    Attributes:
        generator: In the precision that it is exported in.
        signature: What it takes and gives.
        opset: ONNX operator set.
        atol: Largest absolute difference from Keras that passes; `None` for the default of each artefact.
        form: In which ONNX files give samples, and take pictures.
        half: Whether ONNX files hold weights, and compute, in float16.
        calibration: Inputs by name of whoever exports, to measure smaller artefacts on; `None` for draws.
        force: Whether smaller artefacts pass that lose much.
        written: Where artefacts that were written before this one lie, by the names of their formats.
    """

    generator: keras.Model
    signature: Signature
    opset: int
    atol: float | None
    form: Form = Form()  # noqa: RUF009  frozen
    half: bool = False
    calibration: Mapping[str, np.ndarray] | None = None
    force: bool = False
    written: dict[str, Path] = field(default_factory=dict)

    @cached_property
    def function(self) -> tf.types.experimental.GenericFunction:
        """The generator from inputs by name to `{output: tensor}`, in inference mode."""
        return self.signature.function(self.generator)

    @cached_property
    def keras_runner(self) -> parity.Runner:
        """Runs it in Keras, from inputs by name to an array."""
        return parity.keras_runner(self.function, self.signature)

    @cached_property
    def inputs(self) -> Sets | None:
        """What smaller artefacts are measured on; `None` where the kind draws no inputs, and none are given."""
        found = sets(self.signature, self.calibration)
        if found is None:
            return None
        return found.each(lambda inputs: self.form.on_levels(inputs, self.signature))

    @cached_property
    def references(self) -> dict[str, fidelity.Reference]:
        """What smaller artefacts are measured against, of each output by its name."""
        return {
            output: fidelity.Reference.of(
                functools.partial(self.keras_runner, output=output), self.inputs.first, self.inputs.second, value_range
            )
            for output, value_range in self.signature.ranges.items()
        }

    @property
    def tolerances(self) -> dict[str, float]:
        """Largest absolute difference from Keras that passes, of each output of an artefact in float32."""
        return parity.tolerances(self.atol, self.signature)

    @property
    def in_float32(self) -> "Context":
        """The same for ONNX files in float32."""
        return dataclasses.replace(self, half=False)

    def check_inputs(self) -> None:
        """Refuses to measure without inputs.

        Raises:
            ValueError: if users of the artefacts bring their own inputs, and none are given to measure on.
        """
        if self.inputs is None:
            names = ", ".join(one.name for one in self.signature.exported.inputs)
            raise ValueError(
                f"Expected calibration for a format of 8 bits: what this generator takes, {names}, is not drawn. "
                f"Received: calibration=None. Pass some hundred inputs, as those of the held-out pairs, an array of "
                f"shape {tuple(self.signature.exported.inputs[0].named_shape())}."
            )

    @property
    def layers(self) -> Collection[keras.layers.Layer]:
        """The layers of the generator, and theirs."""
        return self.generator._flatten_layers()

    def check(self) -> None:
        """Refuses what no format can hold.

        Raises:
            ExportError: if the generator draws noise of its own.
        """
        noise.check(
            self.function, self.keras_runner, self.signature, self.layers, self.tolerances[self.signature.output]
        )

    def difference(self, name: str, runner: parity.Runner) -> float:
        """The largest difference of an artefact from Keras.

        Raises:
            VerificationError: if it does not give what Keras gives.
        """
        return parity.largest_difference(name, runner, self.keras_runner, self.signature, self.tolerances)


class Written(NamedTuple):
    """What is known of an artefact once it is written.

    Attributes:
        difference: The largest from Keras.
        card: What `card.json` says of it besides its file, its bytes and this difference.
    """

    difference: float
    card: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Format:
    """One format of artefacts.

    Attributes:
        name: As `formats` and `card.json` call it, `"onnx"`.
        file: Its file in a bundle, `"generator.onnx"`, or its folder, `"saved_model"`.
        write: Writes the artefact to a path, an empty folder perhaps, and proves it equal to Keras. It also takes the
            name that errors call the artefact by, and raises an `ExportError` where it cannot.
        called: What errors call an artefact of this format, `"ONNX file"`.
        holds: Whether what lies at a path is an earlier artefact of this format, which a new one may replace.
        suffix: With which a path is one file of this format and no bundle, `".onnx"`; empty for a folder.
        check: Refuses, before anything is written, what the format cannot do here.
        part: From what the whole generator is written from to the same of the part of it that the artefact holds;
            `None` for all of it.
    """

    name: str
    file: str
    write: Callable[[Context, Path, str], Written]
    called: str
    holds: Callable[[Path], bool]
    suffix: str = ""
    check: Callable[[Context], None] = lambda context: None
    part: Callable[[Context], Context] | None = None


FORMATS: dict[str, Format] = {}


def register(format: Format) -> Format:
    """Makes a format known by its name. Those of a bundle are written in the order in which they are registered."""
    FORMATS[format.name] = format
    return format


def named(name: str) -> Format:
    """The format of that name; `"tf_saved_model"`, as Keras has it, is `"saved_model"`.

    Raises:
        ValueError: if there is none.
    """
    return lookup.find("format", _SPELLINGS.get(name, str(name)), FORMATS)


def checked(formats: Sequence[str]) -> list[Format]:
    """The formats of these names, in the order in which they are written.

    Raises:
        TypeError: if `formats` is no sequence of names.
        ValueError: if it is empty, or holds a name that no format has.
    """
    if isinstance(formats, str) or not all(isinstance(name, str) for name in formats):
        raise TypeError(f"Expected formats as a sequence of names: ('onnx', 'saved_model'). Received: {formats!r}.")
    if not formats:
        raise ValueError(f"Expected one format or more: {', '.join(FORMATS)}. Received: formats={formats!r}.")
    asked = {named(name).name for name in formats}
    return [format for format in FORMATS.values() if format.name in asked]


def of_file(path: Path, formats: Sequence[str]) -> Format | None:
    """The format of one file of this name, `"model.onnx"`; `None` for the folder of a bundle.

    Raises:
        ValueError: if the name is that of a file, and `formats` are neither the default nor one format of such files.
    """
    here = [format for format in FORMATS.values() if format.suffix and format.suffix == path.suffix.lower()]
    if not here or tuple(formats) == DEFAULT:
        return next(iter(here), None)
    asked = checked(formats)
    if len(asked) > 1 or asked[0] not in here:
        raise ValueError(
            f"Expected one format of a file that ends in {path.suffix}: {', '.join(one.name for one in here)}. "
            f"Received: formats={tuple(formats)!r}. Choose a folder for the bundle, or one of these."
        )
    return asked[0]


def _write_onnx(context: Context, path: Path, name: str) -> Written:
    """Writes an ONNX file; proved where its optional inputs are given, too."""
    generator, signature, explicit = context.generator, context.signature, context.signature.explicit
    function, form = explicit.function(generator), context.form
    given = signature.defaults(generator), signature.metadata(generator)
    nodes = onnx.write(function, explicit, path, context.opset, context.layers, *given, name, form, context.half)
    allowed = parity.tolerances(context.atol, signature, context.half)
    try:
        if explicit is not signature:
            runners = parity.onnx_runner(path, explicit), parity.keras_runner(function, explicit)
            parity.largest_difference(name, *form.as_in_keras(*runners, explicit), explicit, allowed)
        runners = form.as_in_keras(parity.onnx_runner(path, signature), context.keras_runner, signature)
        found = parity.largest_difference(name, *runners, signature, allowed)
    except parity.DifferenceError as error:
        atol = allowed[signature.output]
        raise first_difference.told(error, generator, explicit, context.opset, context.half, atol) from error
    lost = parity.loss(*runners, signature) | {"precision": "float16", **parity.stated(allowed)} if context.half else {}
    return Written(found, {"nodes": nodes._asdict(), **form.said, **lost})


def _write_saved_model(context: Context, path: Path, name: str) -> Written:
    saved_model.write(context.generator, context.function, context.signature, path)
    return Written(context.difference(name, parity.saved_model_runner(path, context.signature)))


def _holds_onnx(path: Path) -> bool:
    """Whether a file is called `*.onnx`, is empty, or is a graph by another name."""
    if not path.is_file():
        return False
    if path.suffix.lower() == ".onnx" or not path.stat().st_size:
        return True
    try:
        return bool(onnxlib.load_model(path, format="protobuf", load_external_data=False).graph.output)
    except DecodeError:
        return False


def _holds_saved_model(path: Path) -> bool:
    return (path / "saved_model.pb").is_file()


register(Format("onnx", "generator.onnx", _write_onnx, "ONNX file", _holds_onnx, ".onnx"))
register(Format("saved_model", "saved_model", _write_saved_model, "SavedModel", _holds_saved_model))
