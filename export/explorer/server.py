"""Serves the page to the browsers of this machine: its files, and nothing else."""

import contextlib
import http.server
import os
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from ..web_files import THIS_MACHINE, headers_of, is_host
from .folder import contents

__all__ = ["serve", "serving"]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET and HEAD for the files of the page, to requests that name this machine as their host."""

    protocol_version = "HTTP/1.1"
    server_version = "kgan"
    sys_version = ""
    timeout = 60
    files: ClassVar[Mapping[str, "Path | bytes"]] = {}

    def do_GET(self) -> None:
        content = self._found()
        if content is not None:
            with contextlib.suppress(ConnectionError):  # a browser that leaves the page
                self.wfile.write(content)

    def do_HEAD(self) -> None:
        self._found()

    def _found(self) -> bytes | None:
        """The content of the file that is asked for, once its headers are sent; `None` after an error."""
        if not is_host(self.headers.get("Host", ""), THIS_MACHINE):
            self.send_error(421, "Expected this machine as the host")
            return None
        name = self.path.partition("?")[0].removeprefix("/") or "index.html"
        if name not in self.files:
            self.send_error(404, "Expected a file of the page")
            return None
        held = self.files[name]
        content = held.read_bytes() if isinstance(held, Path) else held
        self.send_response(200)
        for header, value in headers_of(name, len(content)).items():
            self.send_header(header, value)
        self.end_headers()
        return content

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the page is one reader's."""


@contextlib.contextmanager
def serving(files: Mapping[str, "Path | bytes"], port: int = 0) -> Iterator[http.server.ThreadingHTTPServer]:
    """A server of these files on 127.0.0.1, not yet running: `serve_forever` runs it.

    Args:
        files: By their paths, as `contents` gives them.
        port: 0 for one that is free.

    Raises:
        OSError: if the port is taken.
    """
    handler = type("Handler", (_Handler,), {"files": files})
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise OSError(
            f"Expected a port that is free on 127.0.0.1. Received: port={port}: {error.strerror}. Choose another."
        ) from error
    with server:
        yield server


def serve(
    bundle: "str | os.PathLike",
    *,
    port: int = 0,
    browser: bool = True,
    title: str | None = None,
    directions: "str | os.PathLike | None" = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serves a page that runs an exported network in the browser, on 127.0.0.1, until it is interrupted.

    Args:
        bundle: The bundle, or its `.onnx` file.
        port: 0 to 65535; 0 for one that is free.
        browser: Whether to open the page in the browser.
        title: What the page is called; `None` for the name of the bundle.
        directions: A file of sliders, as `kgan latents RUN sliders --save FILE` writes it.
        say: Called with a line that says where the page is.

    Raises:
        BundleError: if the bundle is none that kgan exported, if the page cannot show what it makes, if the browser
            cannot draw its latents, or if `directions` is no such file.
        RuntimeMissingError: if this kgan came without onnxruntime-web.
        ValueError: if `port` is out of range.
        OSError: if the port is taken.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"Expected port in [0, 65535]. Received: port={port}.")
    with serving(contents(bundle, title=title, directions=directions), port) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        say(f"The page is at {address} until Ctrl-C.")
        if browser:
            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
