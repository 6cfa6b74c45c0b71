"""The server of the page: its files, to this machine, and nothing else."""

import contextlib
import http.client
import socket
import threading

import pytest

from kgan.export.explorer.server import serve, serving

FILES = {
    "index.html": b"<!doctype html>",
    "main.js": b"1",
    "style.css": b"",
    "icon.svg": b"<svg/>",
    "facts.json": b"{}",
    "generator.onnx": b"onnx",
    "runtime/ort.mjs": b"2",
    "runtime/ort.wasm": b"\0asm",
    "runtime/LICENSE": b"MIT",
}


@pytest.fixture(scope="module")
def port():
    with serving(FILES) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def asked(port, path, method="GET", **headers):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name: value for name, value in answer.getheaders() if name != "Date"}, answer.read()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("main.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("facts.json", "application/json"),
        ("generator.onnx", "application/octet-stream"),
        ("runtime/ort.mjs", "text/javascript; charset=utf-8"),
        ("runtime/ort.wasm", "application/wasm"),
        ("runtime/LICENSE", "text/plain; charset=utf-8"),
    ],
)
def test_files_of_the_page_are_served_with_their_type(port, name, kind):
    status, headers, content = asked(port, f"/{name}?seed=1")
    assert (status, content, headers["Content-Type"]) == (200, FILES[name or "index.html"], kind)
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert asked(port, f"/{name}", method="HEAD") == (200, headers, b"")


@pytest.mark.parametrize(
    "path", ["/runtime/", "/runtime", "/..%2f", "/../setup.py", "//etc/passwd", "/main.js/", "/favicon.ico", "*"]
)
def test_nothing_else_is_served_and_no_folder_listed(port, path):
    status, _, content = asked(port, path)
    assert status == 404
    assert b"main.js" not in content


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent(port, method):
    assert asked(port, "/", method=method)[0] == 501


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example:80", ""])
def test_a_page_of_another_host_that_resolves_to_this_machine_is_refused(port, host):
    assert asked(port, "/", Host=host)[0] == 421
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", "Localhost", f"[::1]:{port}"):
        assert asked(port, "/", Host=host)[0] == 200


def test_other_machines_reach_nothing(port):
    with serving(FILES) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_port_that_is_taken_or_is_none_is_told(classes, needs_runtime):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"Expected a port that is free on 127.0.0.1. Received: port={port}: "):
            serve(classes, port=port, browser=False)
    with pytest.raises(ValueError, match=r"Expected port in \[0, 65535\]. Received: port=65536"):
        serve(classes, port=65536)
