"""The server itself: a socket, signals, and an end at which what runs is answered."""

import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from ..portable.bundle_file import BundleError, short
from ..web_files import THIS_MACHINE, host_of
from .application import Application
from .connections import protocol_of
from .limits import Limits
from .loading import load

__all__ = ["Server", "listening", "run"]

LARGEST_PORT = 65_535
KEEP_ALIVE = 5  # seconds that a connection without a request stays open
TO_EVERYBODY = (
    "Every machine that reaches this one over its networks can ask it for samples: there is neither a password nor "
    "encryption. Put a proxy that has both before it, or listen at 127.0.0.1, which this machine alone reaches."
)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        host: An address of this machine, `"127.0.0.1"`; `"0.0.0.0"` or `"::"` for all that it has.
        port: 1 to 65,535, or 0 for one that is free.

    Raises:
        BundleError: if another program has the port, or the address is none of this machine's.
    """
    if not 0 <= port <= LARGEST_PORT:
        raise BundleError(f"Expected port from 0 to {LARGEST_PORT}. Received: port={port}.")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise BundleError(
            f"Expected host as an address of this machine, 127.0.0.1 for one. Received: host={short(host)}: {error}."
        ) from error
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise BundleError(
            f"Expected a free port of an address of this machine. Received: host={host}, port={port}: "
            f"{error.strerror}. Choose another port, or 0 for any that is free."
        ) from error
    return listener


def hosts_of(address: str, allowed: Sequence[str]) -> set[str] | None:
    """The hosts that requests may name; `None` for any.

    Args:
        address: That the server listens at.
        allowed: Names and addresses beside those of this machine.

    Raises:
        BundleError: if one of them is none, or has a port.
    """
    names = set()
    for name in [allowed] if isinstance(allowed, str) else allowed:
        found = host_of(f"[{name}]" if ":" in name else name)
        if found is None:
            raise BundleError(
                f"Expected allowed_hosts as names without ports, gan.example.org. Received: "
                f"allowed_hosts={short(name)}."
            )
        names.add(found)
    alone = ipaddress.ip_address(address.partition("%")[0]).is_loopback
    return {*THIS_MACHINE, address, *names} if alone or names else None


class Server(uvicorn.Server):
    """A server that ends when it is told to, after it has answered what it was asked before.

    Args:
        application: What answers.
        limits: For how long it waits for what is at work.
    """

    def __init__(self, application: Application, limits: Limits):
        config = uvicorn.Config(
            application,
            loop="asyncio",
            http=protocol_of(limits.timeout),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=limits.timeout,
        )
        super().__init__(config)

    @contextlib.contextmanager
    def ending_on_signals(self) -> Iterator[None]:
        """Ends on SIGTERM and on Ctrl-C; uvicorn would raise them again afterwards, and so end with another status."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals come to the main thread alone
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: `ending_on_signals` began before anybody was told that the server listens."""
        yield


def run(
    bundle: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    threads: int | None = None,
    provider: str | None = None,
    mounts: Mapping[str, Mapping[str, Path | bytes]] | None = None,
    say: Callable[[str], Any] = print,
    allowed_hosts: Sequence[str] = (),
) -> None:
    """Answers requests until SIGTERM or Ctrl-C comes, and then those that have come already.

    Args:
        bundle: The bundle, or its `.onnx` file.
        host: The address that it listens at.
        port: The port, 0 for one that is free.
        limits: What requests may ask for; `None` for the defaults of `Limits`.
        threads: How many onnxruntime computes with; `None` for as many as are fastest.
        provider: What computes, `"cpu"` or `"cuda"`; `None` chooses, as for `kgan sample`.
        mounts: Files that are shown, too, by path: `{"/explore": {"index.html": b"..."}}`.
        say: Called with a line that says where it listens, and one at the end.
        allowed_hosts: Names by which requests may ask for it, `["gan.example.org"]`, beside those of this machine.
            Without them, a server at a loopback address answers to the names of this machine alone, one at another
            address to any.

    Raises:
        BundleError: if the bundle cannot be run, if the port is taken, or if one of `allowed_hosts` is no name.
        TimeoutError: if it ended, and requests were at work for longer than `limits.timeout` then.
    """
    limits = limits or Limits()
    with listening(host, port) as listener:
        address, number = listener.getsockname()[:2]
        hosts = hosts_of(address, allowed_hosts)
        application = Application(load(bundle, threads, provider), limits, mounts, hosts)
        try:
            if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
                say(TO_EVERYBODY)
            place = f"http://[{address}]:{number}" if ":" in address else f"http://{address}:{number}"
            pages = "".join(f"; {place}{path}/ is its page" for path in mounts or ())
            server = Server(application, limits)
            with server.ending_on_signals():
                say(f"Serving {bundle} at {place}; {place}/docs says how to ask{pages}. Ctrl-C ends it.")
                server.run([listener])
        finally:
            application.close()
    if application.cut_off:
        raise TimeoutError(
            f"Expected what had been asked to be answered within timeout={limits.timeout} s. Received: "
            f"{application.cut_off} requests that took longer, and were cut off."
        )
    say("Ended; what had been asked is answered.")
