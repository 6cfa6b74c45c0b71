"""What `POST /generate` takes: its fields, their schema, and what is said of others."""

import difflib
import json
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic

from ..portable.bundle_file import short
from ..portable.exported_generator import Sampler
from ..portable.label_text import LONGEST_COMPARED, unknown
from ..portable.latent_draws import LARGEST_SEED
from .limits import Limits
from .refusals import Refused, shown

__all__ = ["FORMATS", "all_formats", "asked", "formats_of", "model_of", "numbers_of", "schema_of"]

FORMATS = {
    "png": ("image/png", "a picture of all samples as a grid, as kgan sample draws it"),
    "zip": ("application/zip", "a PNG file a sample (.npy where samples are no pictures)"),
    "npz": ("application/x-npz", "the samples themselves, float32, and their labels, for numpy.load"),
}
NAMES_IN_SCHEMA = 1000
LONGEST_NAME = 1000  # characters
_SETTINGS = pydantic.ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def formats_of(sampler: Sampler) -> list[str]:
    """The formats that what it draws can be had in, the one that is chosen without a word first."""
    return ["png", "zip", "npz"] if len(sampler.sample_shape) == 3 else ["npz", "zip"]


def all_formats(sampler: Sampler) -> list[str]:
    """The formats of its samples, and then of its further outputs."""
    return list(dict.fromkeys(name for output in sampler.outputs for name in formats_of(sampler.giving(output))))


def model_of(sampler: Sampler, limits: Limits) -> type[pydantic.BaseModel]:
    """The fields of a request, for this generator.

    Args:
        sampler: The generator.
        limits: What one request may ask for.
    """
    formats = all_formats(sampler)
    described = "; ".join(f"{name}: {FORMATS[name][1]}" for name in formats)
    fields: dict[str, Any] = {
        "count": (
            Annotated[int, pydantic.Field(ge=1, le=limits.count, description="How many samples.")] | None,
            pydantic.Field(None, description="How many samples; as many as there are labels without it, else 1."),
        ),
        "seed": (
            Annotated[int, pydantic.Field(ge=0, le=LARGEST_SEED)] | None,
            pydantic.Field(
                None,
                description="The same seed gives the same samples as kgan sample. Without it one is chosen, which the "
                "header Kgan-Seed says.",
            ),
        ),
        "truncation_psi": (
            Annotated[float, pydantic.Field(ge=0, le=2)],
            pydantic.Field(1.0, description="Below 1: more typical and less diverse samples."),
        ),
        "format": (Literal[tuple(formats)], pydantic.Field(formats[0], description=described)),
    }
    if len(sampler.outputs) > 1:
        said = "Which of the generator's outputs; the same seed draws the further ones of the same samples."
        fields["output"] = (Literal[tuple(sampler.outputs)], pydantic.Field(sampler.outputs[0], description=said))
    kinds = sampler.num_classes or sampler.num_tags
    if kinds is not None:
        fields["labels"] = _labels(kinds, sampler.class_names, sampler.num_tags is not None, limits)
    return pydantic.create_model("Generate", __config__=_SETTINGS, **fields)


def _labels(kinds: int, names: list[str] | None, tags: bool, limits: Limits) -> tuple[Any, Any]:
    """The field of labels: one of them, or a list that is gone through over and over."""
    one: Any = Annotated[int, pydantic.Field(ge=0, le=kinds - 1)]
    if names is not None:
        listed = {"enum": names} if len(names) <= NAMES_IN_SCHEMA else {}
        one = one | Annotated[str, pydantic.Field(max_length=LONGEST_NAME, json_schema_extra=listed)]
    # fail_fast: the first label that is wrong is told, of hundreds of thousands
    what = "tag" if tags else "class"
    each = one | Annotated[list[one], pydantic.Field(min_length=1, max_length=kinds, fail_fast=True)] if tags else one
    several = Annotated[list[each], pydantic.Field(min_length=1, max_length=limits.count, fail_fast=True)]
    said = f"A {what} by its number{' or name' if names else ''}, or a list of one for each sample, over and over"
    said += "; several tags of one sample are a list in that list." if tags else "."
    said += f" Without them the samples go through all {'tags' if tags else 'classes'} in order."
    return one | several | None, pydantic.Field(None, description=said)


def schema_of(model: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Its JSON schema, with an example."""
    schema = model.model_json_schema()
    schema["examples"] = [{"count": 16, "seed": 0}]
    return schema


def numbers_of(names: list[str] | None) -> dict[str, int]:
    """The number of each class or tag by its name, whose accents may come composed or not; found at once, of a million.

    Args:
        names: Of the classes or tags, in order; `None` for none.
    """
    names = names or []
    composed = {unicodedata.normalize("NFC", name): number for number, name in reversed(list(enumerate(names)))}
    return composed | {name: number for number, name in enumerate(names)}


def asked(body: bytes, model: type[pydantic.BaseModel], sampler: Sampler, numbers: Mapping[str, int]) -> dict[str, Any]:
    """The fields of a request, its labels as numbers: `[0, (1, 2)]`, or `None`.

    Args:
        body: JSON.
        model: The fields that there are, as `model_of` gives them.
        sampler: The generator.
        numbers: Of its classes or tags by their names, as `numbers_of` gives them.

    Raises:
        Refused: if the body is no JSON, or a field is none that the generator takes, or out of its range.
    """
    try:
        given = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        said = f"Expected JSON. Received: {short(error)}."
        raise Refused(400, f'{said} Send an object, {{"count": 16, "seed": 0}}.') from error
    if not isinstance(given, dict):
        raise Refused(422, f'Expected a JSON object, {{"count": 16, "seed": 0}}. Received: {shown(given)}.')
    _check_fields(given, list(model.model_fields))
    try:
        found = model.model_validate(given).model_dump()
    except (pydantic.ValidationError, RecursionError) as error:
        raise Refused(422, _wrong(given, model, error, sampler)) from error
    found["format"] = _format(given.get("format"), sampler.giving(found.setdefault("output", None)))
    labels = found.setdefault("labels", None)
    if labels is not None:
        labels = labels if isinstance(labels, list) else [labels]
        found["labels"] = [_number(label, sampler.class_names, numbers) for label in labels]
        if found["count"] is not None and len(labels) > found["count"]:
            raise Refused(
                422,
                f"Expected at most as many labels as samples. Received: {len(labels)} labels for "
                f"count={found['count']}. Leave count out to draw one sample for each label.",
            )
    if found["count"] is None:
        found["count"] = 1 if labels is None else len(labels)
    return found


def _format(name: str | None, sampler: Sampler) -> str:
    """The format that was asked for, or the first of the output.

    Raises:
        Refused: if the output is no picture, and one is asked for.
    """
    formats = formats_of(sampler)
    if name is None or name in formats:
        return name or formats[0]
    raise Refused(
        422,
        f"Expected format as one of: {', '.join(formats)}, in which the output {sampler.output} can be had. Received: "
        f"format={name}.",
    )


def _number(label: Any, names: list[str] | None, numbers: Mapping[str, int]) -> Any:
    if isinstance(label, list):
        return tuple(_number(one, names, numbers) for one in label)
    if not isinstance(label, str):
        return label
    found = numbers.get(label, numbers.get(unicodedata.normalize("NFC", label)))
    if found is not None:
        return found
    raise Refused(422, str(unknown(label, names)))


def _check_fields(given: Mapping[str, Any], known: list[str]) -> None:
    """Refuses the first field that does not exist; pydantic would make an error for each of a hundred thousand.

    Raises:
        Refused: if there is one.
    """
    name = next((name for name in given if name not in known), None)
    if name == "labels":
        raise Refused(422, "Expected no labels, because this generator takes none. Received: labels. Leave them out.")
    if name is not None:
        near = difflib.get_close_matches(name, known, 1) if len(name) <= LONGEST_COMPARED else []
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise Refused(422, f"Expected fields of: {', '.join(known)}. Received: {short(name)!r}.{meant}")


def _wrong(given: Mapping[str, Any], model: type[pydantic.BaseModel], error: Exception, sampler: Sampler) -> str:
    """The sentence about the first field that is wrong."""
    if not isinstance(error, pydantic.ValidationError):
        return f"Expected values that are not nested so deep. Received: {short(error)}."
    name = str(error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"][0])
    value = f"{name}={shown(given[name])}"
    if name == "format":
        return f"Expected format as one of: {', '.join(all_formats(sampler))}. Received: {value}."
    if name == "output":
        return f"Expected output as one of: {', '.join(sampler.outputs)}. Received: {value}."
    if name == "labels":
        kinds = sampler.num_classes or sampler.num_tags
        names = " or as names" if sampler.class_names is not None else ""
        several = ", lists of several tags of one sample among them," if sampler.num_tags else ""
        return (
            f"Expected labels as numbers from 0 to {kinds - 1}{names}, one or a list of them{several} no longer than "
            f"samples can be drawn. Received: {value}."
        )
    schema = model.model_json_schema()["properties"][name]
    schema = schema.get("anyOf", [schema])[0]
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    low, high = schema["minimum"], schema["maximum"]
    return f"Expected {name} as {kind} from {low} to {high}. Received: {value}."
