"""What browsers are told of the files of a page that kgan serves, and which hosts they may think they speak with."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

__all__ = ["THIS_MACHINE", "headers_of", "host_of", "is_host"]

THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})

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
    "media-src blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
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


def host_of(header: str) -> str | None:
    """The name or address in a header `Host`, in small letters, without port or brackets; `None` for none."""
    found = re.fullmatch(r"(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253}))(?::[0-9]{1,5})?", header.lower(), re.ASCII)
    return None if found is None else (found[1] or found[2])


def is_host(header: str, hosts: Collection[str]) -> bool:
    """Whether a request is meant for one of these hosts.

    A page of another site whose name resolves to this machine (DNS rebinding) counts as of this server for a browser,
    which then asks nobody for leave; but it has its own name in the header.

    Args:
        header: The request's `Host`.
        hosts: Names and addresses, in small letters, without ports.
    """
    return host_of(header) in hosts
