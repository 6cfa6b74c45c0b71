"""As much of the Hugging Face Hub as a commit of small files takes, on loopback.

It takes every file in the commit itself, as the Hub takes small ones of text. Large files, which go to the Hub's store
by another protocol, are not stood in for.
"""

import base64
import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub:
    """What it was asked, and what it holds.

    Attributes:
        endpoint: Its address.
        private: For each repository that was made, whether it was to be.
        files: Content by name, of the last commit.
        refuses: With which status it answers what it refuses; `None` for nothing.
        refuses_commits: Whether it refuses commits alone, and makes repositories.
    """

    def __init__(self):
        self.private, self.files, self.asked = [], {}, []
        self.refuses, self.refuses_commits = None, False

    def answer(self, method, path, body):
        self.asked.append((method, path))
        if self.refuses and ("/commit/" in path or not self.refuses_commits):
            return self.refuses, {"error": "It is refused."}
        if path == "/api/repos/create":
            sent = json.loads(body)  # of huggingface_hub 2, or 1
            self.private.append(sent.get("private", sent.get("visibility") == "private"))
            return 200, {"url": f"{self.endpoint}/someone/digits", "name": "someone/digits"}
        if "/preupload/" in path:
            names = [one["path"] for one in json.loads(body)["files"]]
            return 200, {"files": [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]}
        if "/commit/" in path:
            lines = [json.loads(line) for line in body.splitlines()]
            files = [line["value"] for line in lines if line["key"] == "file"]
            self.files = {one["path"]: base64.b64decode(one["content"]) for one in files}
            return 200, {"commitUrl": f"{self.endpoint}/someone/digits/commit/{'0' * 40}", "commitOid": "0" * 40}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        return 404, {"error": f"The stand-in knows no {method} {path}."}


@contextlib.contextmanager
def hub():
    """A running stand-in."""
    found = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = found.answer(self.command, self.path.partition("?")[0], body)
            content = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    for method in ("GET", "HEAD", "POST", "PUT"):
        setattr(Handler, f"do_{method}", Handler.do)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
