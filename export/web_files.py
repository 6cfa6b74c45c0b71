"""What browsers are told of the files of a page that kgan serves: of which kind each is, and to fetch nothing else."""

from pathlib import PurePosixPath

__all__ = ["headers_of"]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
}
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def headers_of(name: str, size: int) -> dict[str, str]:
    """The headers of a file's answer.

    Args:
        name: Of the file.
        size: Its bytes.
    """
    return {
        "Content-Type": _TYPES.get(PurePosixPath(name).suffix, "text/plain; charset=utf-8"),
        "Content-Length": str(size),
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
