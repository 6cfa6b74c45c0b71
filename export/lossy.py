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
_ALLOWED = 2.0  # times the differences found here, on another machine


def _write_half(context: Context, path: Path, name: str) -> Written:
    """Writes a file in float16, and measures it where there are inputs to measure on."""
    written = FORMATS["onnx"].write(dataclasses.replace(context, half=True), path, name)
    raw = context.form.fed(parity.onnx_runner(path, context.signature), context.signature)
    lost = {} if context.inputs is None else _told(_measured(context, raw, name))
    for output, one in lost.get("further", {}).items():
        one |= written.card["further"][output]
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
        anything = dict.fromkeys(signature.ranges, math.inf)
        found = parity.compared(name, *runners, signature, anything)
        explicit = signature.explicit
        if explicit is not signature:
            given = parity.keras_runner(explicit.function(context.generator), explicit)
            there = form.as_in_keras(parity.onnx_runner(path, explicit), given, explicit)
            for output, one in parity.compared(name, *there, explicit, anything).items():
                found[output] = found[output].with_(one)
        fed = form.fed(raw, signature)
        lost = _measured(context, fed, name)
        timed = speed_beside_onnx(context, fed, usual)
    found = {
        output: one.with_(parity.Found(lost[output].largest, lost[output].root_mean_square))
        for output, one in found.items()
    }
    card = _told(lost, {output: _allowed(one, context.tolerances[output]) for output, one in found.items()})
    return Written(found[signature.output].largest, {"precision": "int8", **form.said, **card, **said, **timed})


def _allowed(found: parity.Found, least: float) -> dict[str, float]:
    """How far an output may be from Keras's on another machine, where it is so far here."""
    largest, error = (float(f"{max(_ALLOWED * one, least):.2g}") for one in found)
    return {"largest_difference": found.largest, "tolerance": largest, "tolerance_of_root_mean_square": error}


def _measured(context: Context, fed: parity.Runner, name: str) -> dict[str, Fidelity]:
    """What each output of an ONNX file loses, which takes inputs as Keras does; the samples come first.

    Raises:
        VerificationError: if it is too much of one, and is not forced.
    """
    signature, form = context.signature, context.form
    restored = OutputForm(signature.exported.output.shape, signature.value_range, form.layout, form.pixels).restored
    found = {signature.output: context.references[signature.output].compare(lambda inputs: restored(fed(inputs)))}
    for one in signature.exported.further:
        found[one.name] = context.references[one.name].compare(lambda inputs, output=one.name: fed(inputs, output))
    for output, fidelity in found.items():
        fidelity.check(parity.called(name, output, signature), context.force)
    return found


def _told(lost: Mapping[str, Fidelity], allowed: Mapping[str, Mapping[str, float]] | None = None) -> dict[str, Any]:
    """What is lost, and may be, for `card.json`: of the samples, and of each further output."""
    each = {output: {**({} if allowed is None else allowed[output]), **one.card()} for output, one in lost.items()}
    (_, samples), *further = each.items()
    return {**samples, **({"further": dict(further)} if further else {})}


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
