"""Parts in ONNX files of their own: a StyleGAN's mapping and its synthesis, which takes w, and a BiGAN's encoder."""

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kgan.export import card, parity
from kgan.export.formats import FORMATS, Context, Format, Written, register
from kgan.export.graph.form import Form
from kgan.export.signature import Signature

__all__ = ["PARTS", "formats_of", "part_of"]

# Which part each format writes.
_OF_STYLES = {"onnx_mapping": "mapping", "onnx_synthesis": "synthesis"}  # one after the other, they are the whole
PARTS = {**_OF_STYLES, "onnx_encoder": "encoder"}
_WHOSE = {"encoder": "model with an encoder for it alone, as kgan.BiGAN is"}
_OF_A_STYLEGAN = "generator of styles for its {part} alone, as kgan.architectures.stylegan2_generator makes it"


def formats_of(signature: Signature) -> tuple[str, ...]:
    """The formats that write what a model has of parts; those of styles, which say what is wrong, where it has none."""
    found = tuple(format for format, part in PARTS.items() if part in signature.exported.parts)
    return found or tuple(_OF_STYLES)


def part_of(context: Context, part: str) -> Context:
    """What the artefact of a part is written from.

    Args:
        context: That of the whole.
        part: `"mapping"`, `"synthesis"` or `"encoder"`.
    """
    signature = Signature(context.signature.exported.parts[part])
    makes_pictures = len(signature.exported.output.shape) == 3
    return dataclasses.replace(context, signature=signature, form=context.form if makes_pictures else Form())


def _check(context: Context, *, part: str) -> None:
    """Refuses a generator without parts.

    Raises:
        ValueError: if it has none.
    """
    if part not in context.signature.exported.parts:
        raise ValueError(
            f"Expected a {_WHOSE.get(part, _OF_A_STYLEGAN).format(part=part)}. Received: {context.generator.name!r}, "
            f"which has no such parts. Leave parts, or its format, out."
        )


def _write(context: Context, path: Path, name: str, *, part: str) -> Written:
    """Writes one part, and, once both lie there, holds what they make together against Keras."""
    own = part_of(context, part)
    written = FORMATS["onnx"].write(own, path, name)
    tolerances = parity.tolerances(own.atol, own.signature, own.half)
    there = {PARTS[format]: file for format, file in context.written.items() if format in PARTS} | {part: path}
    together = _together(context, there) if set(there) == set(_OF_STYLES.values()) else {}
    said = {**card.interface(own.signature.exported), **parity.stated(tolerances), **written.card, **together}
    return Written(written.difference, said)


def _together(context: Context, files: Mapping[str, Path]) -> dict[str, Any]:
    """The largest difference from Keras of images that the parts make one after the other.

    Raises:
        VerificationError: if it is not below the tolerance.
    """
    takes = {part: part_of(context, part).signature.explicit for part in files}
    run = {part: parity.onnx_runner(files[part], takes[part]) for part in files}
    whole = context.signature.explicit

    def composed(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        w = run["mapping"](_taken(inputs, takes["mapping"]))
        return run["synthesis"]({**_taken(inputs, takes["synthesis"]), takes["mapping"].output: w})

    asked = [one.name for part in takes.values() for one in part.exported.inputs]
    exported = dataclasses.replace(
        whole.exported,
        example=lambda batch: {
            name: value if name in asked else np.zeros_like(value)  # what is added to w is added between the parts
            for name, value in whole.exported.example(batch).items()
        },
    )
    signature = Signature(exported)
    keras = parity.keras_runner(whole.function(context.generator), whole)
    runners = context.form.as_in_keras(composed, keras, signature)
    tolerances = parity.tolerances(context.atol, context.signature, context.half)
    name = " and ".join(files[part].name for part in _OF_STYLES.values())
    return {"largest_difference_together": parity.largest_difference(name, *runners, signature, tolerances)}


def _taken(inputs: Mapping[str, np.ndarray], signature: Signature) -> dict[str, np.ndarray]:
    """Of some inputs, those that a network takes."""
    return {one.name: inputs[one.name] for one in signature.exported.inputs if one.name in inputs}


for _format, _part in PARTS.items():
    register(
        Format(
            _format,
            f"{_part}.onnx",
            functools.partial(_write, part=_part),
            "ONNX file",
            FORMATS["onnx"].holds,
            ".onnx",
            functools.partial(_check, part=_part),
            functools.partial(part_of, part=_part),
        )
    )
