"""What the server's OpenAPI says of each path, and what `/bundle` says of the bundle."""

import dataclasses
from typing import Any

from starlette.responses import Response

from .kinds import Kind, Option
from .limits import Limits
from .refusals import ERROR_SCHEMA

__all__ = ["ABOUT", "BUNDLE", "HEALTHZ", "METRICS", "facts", "work"]

ABOUT = (
    "Draws samples of a generator, or applies a network to pictures, films or waves, with onnxruntime. Every error is "
    'JSON: {"error": "Expected ... Received: ..."}.'
)
_REFUSALS = {
    400: "The body is no JSON, or did not come whole.",
    408: "The body did not come in time.",
    413: "The body, or what is in it, is larger than one request may have.",
    415: "The body is of another kind, or says nothing of its kind.",
    422: "A field, or what is in the body, is none that the network takes.",
    429: "Too many requests at once. The header Retry-After says in how many seconds to come again.",
}
_BYTES = {"type": "string", "format": "binary"}


def _refusals() -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": ERROR_SCHEMA}}
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"description": said, "content": content} for status, said in _REFUSALS.items()
    }
    refusals[429]["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return refusals


def work(
    kind: Kind,
    summary: str,
    description: str,
    answer: str,
    schema: dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What the OpenAPI says of the path that a bundle is asked at.

    Args:
        kind: What is served, of which it has the media types and the options.
        summary: What is done, in few words.
        description: What is worth knowing of it.
        answer: What comes back.
        schema: Of bodies; `None` for bytes.
        headers: Of the answer, by name.
    """
    told = {"description": answer, "content": {one: {"schema": _BYTES} for one in kind.answers}}
    bodies = {one: {"schema": schema or _BYTES} for one in kind.types}
    extra: dict[str, Any] = {"requestBody": {"required": True, "content": bodies}}
    if kind.options:
        extra["parameters"] = [_parameter(option) for option in kind.options]
    return {
        "summary": summary,
        "description": description,
        "response_class": Response,
        "response_description": answer,
        "responses": {200: {**told, **({"headers": headers} if headers else {})}, **_refusals()},
        "openapi_extra": extra,
    }


def _parameter(option: Option) -> dict[str, Any]:
    bounds = {"type": "integer", "minimum": option.least, "maximum": option.most, "default": option.default}
    return {
        "name": option.name,
        "in": "query",
        "required": False,
        "description": option.description,
        "schema": bounds,
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


def facts(name: str, version: str, kind: Kind, limits: Limits) -> dict[str, Any]:
    """What `GET /bundle` answers.

    Args:
        name: Of the bundle.
        version: Of the kgan that exported it.
        kind: What is served.
        limits: What requests may ask for.
    """
    told = {"name": name, "kgan_version": version, "takes": kind.takes, **kind.facts()}
    types = {"path": kind.path, "bodies": list(kind.types), "answers": list(kind.answers)}
    return {**told, **types, "limits": dataclasses.asdict(limits)}
