"""A server as `kgan serve` starts it, on a free port of this machine, in a thread of this process."""

import contextlib
import http.client
import io
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from kgan.export import serve
from kgan.export.serve import running


class Answer(NamedTuple):
    """What a request was answered with."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def error(self) -> str:
        """The sentence of a refusal."""
        return json.loads(self.content)["error"]

    @property
    def arrays(self) -> dict:
        """The arrays of an answer of format npz."""
        with np.load(io.BytesIO(self.content)) as held:
            return dict(held)


class Served:
    """A server that answers for a bundle.

    Attributes:
        loaded: The bundle.
        port: Where it listens.
        runs: How many rows each run of the network had.
    """

    def __init__(self, bundle, mounts=None, hosts=None, **limits):
        self.loaded = serve.load(bundle)
        given = serve.Limits(**limits)
        self.application = serve.Application(self.loaded, given, mounts, hosts)
        self.runs, counted = [], self.loaded.engine.observe
        self.loaded.engine.observe = lambda rows: (self.runs.append(rows), counted(rows))
        self._server = serve.Server(self.application, given)
        self._listener = running.listening("127.0.0.1", 0)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))

    def __enter__(self):
        self._thread.start()
        return self

    def end(self):
        """What SIGTERM does; it returns when the server has ended."""
        self._server.should_exit = True
        self._thread.join()

    def __exit__(self, *error):
        self.end()
        self.application.close()
        self._listener.close()

    def ask(self, method, path, body=None, headers=(), chunked=False) -> Answer:
        """Sends a request, and waits for its answer."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, dict(headers), encode_chunked=chunked)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def settled(self, seconds: float = 10) -> int:
        """How many requests are inside, once the answered ones have left, which clients may see a moment earlier."""
        until = time.monotonic() + seconds
        while self.application._admission.inside and time.monotonic() < until:
            time.sleep(0.005)
        return self.application._admission.inside

    def generate(self, **fields) -> Answer:
        """`POST /generate` of these fields."""
        return self.ask("POST", "/generate", json.dumps(fields), {"Content-Type": "application/json"})


class Held:
    """An engine whose runs wait until they may go on.

    Attributes:
        begun: Set once a run waits.
        go_on: Set it, and they run.
    """

    def __init__(self, engine):
        self._engine = engine
        self.begun, self.go_on = threading.Event(), threading.Event()

    def run(self, names, feeds, rows):
        self.begun.set()
        self.go_on.wait(30)
        return self._engine.run(names, feeds, rows)


@contextlib.contextmanager
def held(served):
    """Makes the network of a server wait until the block ends, or its event is set."""
    merging = served.loaded.engine
    real, waits = merging.engine, Held(merging.engine)
    merging.engine = waits
    try:
        yield waits
    finally:
        waits.go_on.set()
        merging.engine = real


def assert_others_are_answered_while(
    monkeypatch, place: Any, name: str, served: Any, ask: Callable[[], Answer]
) -> None:
    """Asks while a function of the server stands still, and finds that `/healthz` is answered meanwhile."""
    begun, go_on, real = threading.Event(), threading.Event(), getattr(place, name)

    def slow(*arguments):
        begun.set()
        assert go_on.wait(30)
        return real(*arguments)

    monkeypatch.setattr(place, name, slow)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(ask)
        try:
            assert begun.wait(10)
            assert served.ask("GET", "/healthz").status == 200
        finally:
            go_on.set()
        assert waiting.result().status == 200
