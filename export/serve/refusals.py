"""What a request is refused with: a status, and one sentence in one form of JSON."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ..portable.bundle_file import BundleError, short
from .merging import NetworkFailed

__all__ = ["ERROR_SCHEMA", "Refused", "as_json", "refused", "shown"]

ERROR_SCHEMA = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "What was expected, what came, and what to do."}},
    "required": ["error"],
    "additionalProperties": False,
}


class Refused(Exception):  # noqa: N818  as FastAPI's own are not
    """A request that is not answered as it asks.

    Args:
        status: Of HTTP, 400 to 499.
        said: What was expected, what came, and what to do.
        headers: Of the answer.
    """

    def __init__(self, status: int, said: str, headers: Mapping[str, str] | None = None):
        super().__init__(said)
        self.status, self.said, self.headers = status, said, dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        return as_json({"error": self.said}, self.status, self.headers)


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of JSON in ASCII: what a request held may be no text that UTF-8 can write."""
    return Response(json.dumps(content), status, dict(headers or {}), media_type="application/json")


def shown(value: Any) -> str:
    """A value of JSON as it was written, and not too long."""
    return short(json.dumps(value, default=str))


def refused(error: BundleError) -> Exception:
    """An error of the sampler's or the applier's as a refusal, if it is about what was asked; else as it is."""
    return error if isinstance(error.__cause__, NetworkFailed) else Refused(422, str(error))
