"""What a request is answered with: bytes that were made in memory, and nothing on the disk."""

import dataclasses
import io
from collections.abc import Mapping

from PIL import Image
from starlette.responses import Response

__all__ = ["Answer", "Gone", "encoded"]


class Gone(Exception):  # noqa: N818  nobody is left to tell an error to
    """Whoever asked does not wait any more."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """A file as an answer.

    Attributes:
        content: The bytes of the file.
        media_type: Such as `"image/png"`.
        name: What a browser calls the file when it saves it.
        headers: More of them.
    """

    content: bytes
    media_type: str
    name: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def response(self) -> Response:
        """The answer of HTTP."""
        headers = {"Content-Disposition": f'inline; filename="{self.name}"', "X-Content-Type-Options": "nosniff"}
        headers |= self.headers
        return Response(self.content, 200, headers, media_type=self.media_type)


def encoded(picture: Image.Image) -> bytes:
    """A picture as PNG."""
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()
