"""What the server's OpenAPI says of each path, and what `/bundle` says of the bundle."""

import dataclasses
from typing import Any

from starlette.responses import Response

from . import asking, picturing
from .limits import Limits
from .loading import Loaded
from .refusals import ERROR_SCHEMA

__all__ = ["ABOUT", "BUNDLE", "HEALTHZ", "METRICS", "apply", "facts", "generate"]

ABOUT = (
    "Draws samples of a generator, or applies it to pictures, with onnxruntime. Every error is JSON: "
    '{"error": "Expected ... Received: ..."}.'
)
_REFUSALS = {
    400: "The body is no JSON, or did not come whole.",
    408: "The body did not come in time.",
    413: "The body, or the picture in it, is larger than one request may have.",
    415: "The body is of another kind, or says nothing of its kind.",
    422: "A field or a picture is none that the network takes.",
    429: "Too many requests at once. The header Retry-After says in how many seconds to come again.",
}
_BYTES = {"type": "string", "format": "binary"}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": ERROR_SCHEMA}}
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"description": _REFUSALS[status], "content": content} for status in statuses
    }
    refusals[429]["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return refusals


def generate(schema: dict[str, Any], formats: list[str]) -> dict[str, Any]:
    """What the OpenAPI says of `POST /generate`.

    Args:
        schema: Of its body.
        formats: Of its answers.
    """
    answer = {
        "description": "The samples.",
        "headers": {"Kgan-Seed": {"description": "The seed.", "schema": {"type": "integer"}}},
        "content": {asking.FORMATS[name][0]: {"schema": _BYTES} for name in formats},
    }
    return {
        "summary": "Draw samples",
        "description": "The same seed gives the same samples, whatever else is drawn at the same time.",
        "response_class": Response,
        "response_description": answer["description"],
        "responses": {200: answer, **_refusals(400, 408, 413, 415, 422, 429)},
        "openapi_extra": {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}},
    }


def apply() -> dict[str, Any]:
    """What the OpenAPI says of `POST /apply`."""
    answer = {"description": "The picture that the network makes.", "content": {"image/png": {"schema": _BYTES}}}
    return {
        "summary": "Apply the network to a picture",
        "description": "The body is the file of the picture. It is turned as its EXIF data says; transparency is kept.",
        "response_class": Response,
        "response_description": answer["description"],
        "responses": {200: answer, **_refusals(400, 408, 413, 415, 422, 429)},
        "openapi_extra": {
            "requestBody": {"required": True, "content": {kind: {"schema": _BYTES} for kind in picturing.KINDS}}
        },
    }


def _answer(summary: str, description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": summary,
        "response_class": Response,
        "response_description": description,
        "responses": {200: {"description": description, "content": content}},
    }


BUNDLE = _answer(
    "What is served", "What the bundle takes and gives.", {"application/json": {"schema": {"type": "object"}}}
)
HEALTHZ = _answer(
    "Whether the server lives",
    "It does.",
    {"application/json": {"schema": {"type": "object", "properties": {"status": {"const": "ok"}}}}},
)
METRICS = _answer("Counters for Prometheus", "Counters.", {"text/plain": {"schema": {"type": "string"}}})


def facts(loaded: Loaded, limits: Limits) -> dict[str, Any]:
    """What `GET /bundle` answers.

    Args:
        loaded: The bundle.
        limits: What requests may ask for.
    """
    told: dict[str, Any] = {"name": loaded.name, "kgan_version": loaded.version}
    if loaded.sampler is not None:
        one = loaded.sampler
        told |= {
            "takes": "latents",
            "sample_shape": list(one.sample_shape),
            "value_range": one.value_range,
            "latent_dim": one.latent_dim,
            "num_classes": one.num_classes,
            "num_tags": one.num_tags,
            "class_names": one.class_names,
            "outputs": one.outputs,
            "formats": asking.all_formats(one),
        }
    elif loaded.applier is not None:
        two = loaded.applier
        told |= {
            "takes": "pictures",
            "input_shape": list(two.input_shape),
            "sample_shape": list(two.sample_shape),
            "scale": two.scale,
        }
    return {**told, "limits": dataclasses.asdict(limits)}
