"""Connections: not more than so many, and none that is kept open without a request on it."""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["MOST_CONNECTIONS", "protocol_of"]

MOST_CONNECTIONS = 1000  # below the 1,024 files that a process may commonly open


class _Bounded(H11Protocol):
    """uvicorn's protocol of HTTP/1.1, which by itself waits for the head of a request for ever."""

    seconds: ClassVar[float] = 60.0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._cancel_at_work()

    def on_response_complete(self) -> None:
        self._wait_for_head()
        super().on_response_complete()
        self._cancel_at_work()  # at the next request, which had come in one packet with this one

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._cancel()
        self._late = self.loop.call_later(self.seconds, self.transport.abort)

    def _cancel_at_work(self) -> None:
        """Waits no more where a head has come, whose request is at work."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._cancel()

    def _cancel(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def protocol_of(seconds: float) -> type[asyncio.Protocol]:
    """The protocol, which gives the head of a request so many seconds to come."""
    return type("Bounded", (_Bounded,), {"seconds": seconds})
