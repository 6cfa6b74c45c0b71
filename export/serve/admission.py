"""Who is let in: at most so many requests at once, each of a bounded body, sent and taken in a bounded time."""

import asyncio
import contextlib
import dataclasses
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import BYTES_OF_A_PIXEL, Limits
from .refusals import Refused

__all__ = ["Admission", "Hold", "body_of", "hold_of", "until_gone"]

TOGETHER = 4  # times the pixels of one request, that all of them may have
LARGEST_DRAIN = 2**22  # bytes of a body nobody wants that are read, so that its sender gets to read the answer
PIECE = 2**16  # bytes of an answer that are written at once: no more wait for who does not read
LEFT = 499  # the status in the metrics of a request whose answer nobody waited for
_HOLD = "kgan.hold"
LONGEST_WAIT = 60  # seconds that a client is told to come again after, at most


class Admission:
    """Counts the requests that are in; an application of ASGI around that which answers them.

    Args:
        app: What answers.
        limits: How many are let in, and how long they may take to come and go.
        paths: Those that this is about. Others are always let in: whether the server lives, say.
        done: Called after each request with its path, the status of its answer and the seconds that it took.

    Attributes:
        inside: How many requests are waiting or at work.
        cut_off: How many were not answered because the server had to end.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        paths: frozenset[str],
        done: Callable[[str, int, float], None] = lambda path, status, seconds: None,
    ):
        self._app, self._limits, self._paths, self._done = app, limits, paths, done
        self.inside = self.cut_off = 0
        self._pixels, self._lock = 0, threading.Lock()
        self._usual = 1.0  # seconds that a request takes, of late

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, until = time.monotonic(), LEFT, math.inf

        async def noting(message: Message) -> None:
            nonlocal status, until
            if message["type"] == "http.response.start":
                status, until = message["status"], asyncio.get_running_loop().time() + self._limits.timeout
            async with asyncio.timeout_at(until):  # who does not read the answer, leaves
                for piece in _pieces(message):
                    await send(piece)

        try:
            if scope["path"] in self._paths and scope["method"] == "POST":
                await self._let_in(scope, receive, noting)
            else:
                await self._app(scope, receive, noting)
        except TimeoutError:
            status = LEFT
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        finally:
            seconds = time.monotonic() - begun
            if status == 200 and scope["path"] in self._paths:
                self._usual += 0.1 * (seconds - self._usual)
            self._done(scope["path"], status, seconds)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.inside >= self._limits.queue:
            await _drained(scope, receive)
            said = f"Expected at most {self._limits.queue} requests at once. Received: one more."
            await self._again(said).response()(scope, receive, send)
            return
        self.inside += 1
        hold = Hold(self._count)
        try:
            await self._app({**scope, _HOLD: hold}, receive, send)
        finally:  # the answer was taken, or nobody waits for it
            hold.let_go()
            self.inside -= 1

    def _count(self, before: int, after: int) -> None:
        """Counts the pixels that a request has in place of those that it had; a thread may call it.

        Raises:
            Refused: if it has none yet, and all of them are too many.
        """
        most = TOGETHER * self._limits.pixels
        with self._lock:
            if not before and self._pixels + after > most:
                said = f"Expected at most {most:,} pixels of all requests at once. Received: {after:,} more."
                raise self._again(said)
            self._pixels += after - before

    def _again(self, said: str) -> Refused:
        """The refusal of who comes too early, with the seconds that a request takes at the moment."""
        seconds = min(max(math.ceil(self._usual), 1), LONGEST_WAIT)
        return Refused(429, f"{said} Come again in {seconds} s.", {"Retry-After": str(seconds), "Connection": "close"})


@dataclasses.dataclass(eq=False)
class Hold:
    """The memory that a request holds, counted in pixels until its answer is taken.

    Args:
        count: Called with the pixels that it had, and those that it has from now on.
    """

    count: Callable[[int, int], None]
    pixels: int = 0

    def take(self, pixels: int) -> None:
        """What the samples or pictures of the request come to.

        Raises:
            Refused: if all requests together have too many already.
        """
        self._now(pixels)

    def keep(self, answer: bytes) -> None:
        """Of all that was made, this answer alone is left."""
        self._now(-(-len(answer) // BYTES_OF_A_PIXEL))

    def let_go(self) -> None:
        """Nothing is left."""
        self._now(0)

    def _now(self, pixels: int) -> None:
        self.count(self.pixels, pixels)
        self.pixels = pixels


def hold_of(scope: Scope) -> Hold:
    """What `Admission` counts for a request."""
    return scope[_HOLD]


def _pieces(message: Message) -> Iterator[Message]:
    """The body of an answer in pieces; what else there is as it is."""
    body = message.get("body", b"")
    if len(body) <= PIECE:
        yield message
        return
    for start in range(0, len(body), PIECE):
        rest = start + PIECE < len(body) or message.get("more_body", False)
        yield {"type": "http.response.body", "body": body[start : start + PIECE], "more_body": rest}


def _length(scope: Scope) -> int:
    """How long the body is said to be; 0 where nothing is said of it."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0


async def _drained(scope: Scope, receive: Receive) -> None:
    """Reads what is left of a small body and forgets it; a connection that is closed before loses the answer."""
    if dict(scope["headers"]).get(b"expect") or _length(scope) > LARGEST_DRAIN:
        return
    read = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while read <= LARGEST_DRAIN:
                message = await receive()
                read += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


async def body_of(scope: Scope, receive: Receive, most: int, seconds: float) -> bytes:
    """The body of a request, of which no more is held than may come.

    Args:
        scope: Of the request.
        receive: Of ASGI.
        most: Bytes, at most.
        seconds: In which it must have come.

    Raises:
        Refused: if it is longer, whatever it says of its length, or if it does not come.
    """
    too_long = Refused(
        413,
        f"Expected a body of at most {most:,} bytes. Received: more. Send less, in several requests.",
        {"Connection": "close"},
    )
    if _length(scope) > most:
        await _drained(scope, receive)
        raise too_long
    held = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "Expected a whole body. Received: a part of it.")
                held += message.get("body", b"")
                if len(held) > most:
                    held.clear()
                    if message.get("more_body", False):
                        await _drained(scope, receive)
                    raise too_long
                if not message.get("more_body", False):
                    return bytes(held)
    except TimeoutError:
        said = f"Expected a body within {seconds:g} s. Received: {len(held):,} bytes of it."
        raise Refused(408, said, {"Connection": "close"}) from None


async def until_gone(receive: Receive, then: Callable[[], Any]) -> None:
    """Waits until whoever asked has hung up, and calls a function.

    Args:
        receive: Of ASGI, after the whole body has come.
        then: What is called.
    """
    while (await receive())["type"] != "http.disconnect":
        pass
    then()
