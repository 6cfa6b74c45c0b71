"""The ONNX formats of 16 and of 8 bits; what each loses, and whether it is faster, is measured and said."""

import contextlib
import dataclasses
import math
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kgan.export import int8, parity, speed
from kgan.export.fidelity import Fidelity
from kgan.export.formats import FORMATS, Context, Format, Written, register
from kgan.export.portable.output_form import OutputForm

__all__ = ["DYNAMIC", "STATIC", "speed_beside_onnx", "usual_file"]

DYNAMIC, STATIC = "onnx_int8_dynamic", "onnx_int8"
_ALLOWED = 2.0  # times the largest difference found here, on another machine


def _write_half(context: Context, path: Path, name: str) -> Written:
    """Writes a file in float16, and measures it where there are inputs to measure on."""
    written = FORMATS["onnx"].write(dataclasses.replace(context, half=True), path, name)
    raw = context.form.fed(parity.onnx_runner(path, context.signature), context.signature)
    lost = {} if context.inputs is None else _measured(context, raw, name).card()
    with usual_file(context) as usual:
        return Written(written.difference, {**written.card, **lost, **speed_beside_onnx(context, raw, usual)})


def _write_static(context: Context, path: Path, name: str) -> Written:
    return _write(context, path, name, context.inputs.calibration, {"calibrated_on": context.inputs.source})


def _write_dynamic(context: Context, path: Path, name: str) -> Written:
    return _write(context, path, name, None, {})


def _write(
    context: Context, path: Path, name: str, calibration: Mapping[str, np.ndarray] | None, said: Mapping[str, Any]
) -> Written:
    """Writes a file of 8 bits, opens it again and measures it."""
    form, signature = context.form, context.signature
    with usual_file(context) as usual:
        int8.quantize(usual, path, None if calibration is None else form.inputs(calibration, signature))
        size, before = path.stat().st_size, usual.stat().st_size
        if size >= before:
            raise parity.ExportError(
                f"Expected a generator that 8 bits make smaller. Received: {size:,} bytes of {name}, where float32 has "
                f"{before:,}. Its weights are few, or computed: leave the format out."
            )
        raw = parity.onnx_runner(path, signature)
        runners = form.as_in_keras(raw, context.keras_runner, signature)
        differences = [parity.largest_difference(name, *runners, signature, math.inf)]
        explicit = signature.explicit
        if explicit is not signature:
            given = parity.keras_runner(explicit.function(context.generator), explicit)
            there = form.as_in_keras(parity.onnx_runner(path, explicit), given, explicit)
            differences.append(parity.largest_difference(name, *there, explicit, math.inf))
        fed = form.fed(raw, signature)
        fidelity = _measured(context, fed, name)
        timed = speed_beside_onnx(context, fed, usual)
    largest = max(*differences, fidelity.largest)
    tolerance = float(f"{max(_ALLOWED * largest, context.tolerance):.2g}")
    card = {"precision": "int8", **form.said, "tolerance": tolerance, **fidelity.card(), **said, **timed}
    return Written(largest, card)


def _measured(context: Context, fed: parity.Runner, name: str) -> Fidelity:
    """What an ONNX file loses, which takes inputs as Keras does.

    Raises:
        VerificationError: if it is too much, and is not forced.
    """
    signature, form = context.signature, context.form
    restored = OutputForm(signature.exported.output.shape, signature.value_range, form.layout, form.pixels).restored
    fidelity = context.reference.compare(lambda inputs: restored(fed(inputs)))
    fidelity.check(name, context.force)
    return fidelity


@contextlib.contextmanager
def usual_file(context: Context) -> Iterator[Path]:
    """The ONNX file in float32: that of the bundle, or one that is made for the while."""
    if "onnx" in context.written and not context.half:
        yield context.written["onnx"]
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generator.onnx"
        FORMATS["onnx"].write(context.in_float32, path, path.name)
        yield path


def speed_beside_onnx(context: Context, runner: parity.Runner, usual: Path) -> dict[str, Any]:
    """How fast an artefact is beside the ONNX file in float32, at the smallest and the largest batch of the kind."""
    batches = sorted({min(context.signature.exported.batches), max(context.signature.exported.batches)})
    beside = context.form.fed(parity.onnx_runner(usual, context.signature), context.signature)
    return speed.compared(runner, beside, context.signature.example, batches)


def _holds(path: Path) -> bool:
    return FORMATS["onnx"].holds(path)


for _name, _file, _writer in (
    (STATIC, "generator.int8.onnx", _write_static),
    (DYNAMIC, "generator.int8-dynamic.onnx", _write_dynamic),
):
    register(Format(_name, _file, _writer, "ONNX file", _holds, ".onnx", Context.check_inputs))
register(Format("onnx_float16", "generator.float16.onnx", _write_half, "ONNX file", _holds, ".onnx"))
