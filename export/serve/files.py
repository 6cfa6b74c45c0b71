"""Files that are shown below a path: the page of `kgan explore`, from memory or from where they lie."""

from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from ..web_files import headers_of
from .refusals import as_json

__all__ = ["Files"]


class Files:
    """An application of ASGI that answers GET and HEAD for these files, and for no others.

    Args:
        files: Their content, or where they lie, by their paths; `index.html` is shown at the top.
    """

    def __init__(self, files: Mapping[str, Path | bytes]):
        self._files = dict(files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        name = path.removeprefix("/") or "index.html"
        if scope["method"] not in ("GET", "HEAD"):
            said = f"Expected GET {path[:100]}. Received: {scope['method'][:20]}."
            return as_json({"error": said}, 405, {"Allow": "GET, HEAD"})
        if name not in self._files:
            return as_json({"error": f"Expected a file of the page. Received: {path[:100]}."}, 404)
        held = self._files[name]
        size = len(held) if isinstance(held, bytes) else held.stat().st_size
        headers = headers_of(name, size)
        if isinstance(held, Path):
            return FileResponse(held, headers=headers, media_type=headers["Content-Type"])
        return Response(b"" if scope["method"] == "HEAD" else held, headers=headers)
