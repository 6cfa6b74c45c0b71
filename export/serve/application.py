"""The server's application: what it answers at which path, around one bundle."""

import asyncio
import contextlib
import functools
import re
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..portable.bundle_file import short
from ..web_files import is_host
from . import descriptions, page
from .admission import Admission, Hold, body_of, hold_of, until_gone
from .answers import Answer, Gone
from .files import Files
from .kinds import Asked, Kind
from .limits import Limits
from .loading import Loaded
from .measures import Measures
from .options import options_of
from .refusals import Refused, as_json

__all__ = ["Application"]

THREADS = 32  # requests at work at once: as many can share a run of the network
Work = Callable[[Hold, threading.Event], Answer]  # makes an answer; the event is set when nobody waits any more
_HOST = re.compile(r"[\w.:\[\]-]{1,255}", re.ASCII)
_WORK = frozenset({"/generate", "/apply"})
_TOLD = _WORK | {"/", "/docs", "/healthz", "/metrics", "/bundle", "/openapi.json"}


class Application:
    """An application of ASGI that answers for one bundle.

    Args:
        loaded: The bundle.
        limits: What requests may ask for.
        mounts: Files that are shown, too, by path: `{"/explore": {"index.html": b"..."}}`.
        hosts: The names and addresses that requests may give for this server, in small letters; `None` for any. A
            server that only this machine reaches needs them: any site's name can be made to resolve to it.
    """

    def __init__(
        self,
        loaded: Loaded,
        limits: Limits,
        mounts: Mapping[str, Mapping[str, Path | bytes]] | None = None,
        hosts: Collection[str] | None = None,
    ):
        self._loaded, self._limits = loaded, limits
        self._kind = loaded.kind(loaded.runner, limits)
        self._measures = Measures(_TOLD)
        loaded.engine.observe = self._measures.run
        self._threads = ThreadPoolExecutor(min(THREADS, limits.queue), "kgan-serve-request")
        self.fastapi = self._fastapi(dict(mounts or {}))
        self._hosts = hosts
        self._admission = Admission(self._of_hosts, limits, _WORK, self._measures.request)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._admission(scope, receive, send)

    async def _of_hosts(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers what is meant for this server."""
        header = dict(scope["headers"]).get(b"host", b"").decode("latin-1") if scope["type"] == "http" else ""
        if self._hosts is None or is_host(header, self._hosts):
            await self.fastapi(scope, receive, send)
            return
        said = f"Expected Host as one of: {', '.join(sorted(self._hosts))}. Received: {short(header)}."
        refused = Refused(421, f"{said} Start kgan serve with --allowed-host, if it is a name of this server.")
        await refused.response()(scope, receive, send)

    @property
    def cut_off(self) -> int:
        """How many requests were not answered because the server had to end."""
        return self._admission.cut_off

    def close(self) -> None:
        """Ends the threads, after what they are at."""
        self._threads.shutdown()
        self._loaded.engine.close()

    def _fastapi(self, mounts: Mapping[str, Mapping[str, Path | bytes]]) -> FastAPI:
        app = FastAPI(
            title=f"kgan: {self._loaded.name}",
            version=self._loaded.version,
            description=descriptions.ABOUT,
            docs_url=None,  # FastAPI's pages fetch their scripts from elsewhere
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers={
                Refused: _refused,
                HTTPException: functools.partial(_of_http, self._kind),
                Exception: _failed,
            },
        )
        self._add_work(app)
        self._add_the_rest(app, mounts)
        for path, files in mounts.items():
            app.add_api_route(path, functools.partial(_to_folder, path), include_in_schema=False)
            app.mount(path, Files(files))
        return app

    def _add_work(self, app: FastAPI) -> None:
        kind, limits = self._kind, self._limits

        async def answer(request: Request) -> Response:
            media_type, options = _type_of(request, kind.types), options_of(request.url.query, kind.options)
            most = min(limits.body, kind.largest)
            body = await body_of(request.scope, request.receive, most, limits.timeout)
            asked = Asked(body, media_type, options, request.headers.get("accept", "*/*").lower())
            return await self._work(request, functools.partial(kind.answer, asked))

        app.add_api_route(kind.path, answer, methods=["POST"], **kind.described())

    def _add_the_rest(self, app: FastAPI, mounts: Iterable[str]) -> None:
        async def healthz() -> Response:
            return as_json({"status": "ok"})

        async def metrics() -> Response:
            self._measures.inside.set(self._admission.inside)
            return self._measures.response()

        async def bundle() -> Response:
            return as_json(descriptions.facts(self._loaded.name, self._loaded.version, self._kind, self._limits))

        async def docs(request: Request) -> Response:
            host = request.headers.get("host", "")
            address = f"http://{host if _HOST.fullmatch(host) else 'localhost'}"
            return HTMLResponse(page.html(app.openapi(), self._kind, address, mounts), headers=page.HEADERS)

        async def start() -> Response:
            return RedirectResponse("docs", 307)

        app.add_api_route("/bundle", bundle, **descriptions.BUNDLE)
        app.add_api_route("/healthz", healthz, **descriptions.HEALTHZ)
        app.add_api_route("/metrics", metrics, **descriptions.METRICS)
        app.add_api_route("/docs", docs, include_in_schema=False)
        app.add_api_route("/", start, include_in_schema=False)

    async def _work(self, request: Request, work: Work) -> Response:
        """Has a thread make the answer, unless whoever asked hangs up before it has begun.

        What a stranger sent is looked at in that thread too, because nothing else is answered meanwhile here.
        """
        hold, gone = hold_of(request.scope), threading.Event()
        answer = asyncio.get_running_loop().run_in_executor(self._threads, _unless_gone, work, hold, gone)
        async with _watched(request, gone):
            try:
                made = await answer
            except Gone:
                raise Refused(400, "Expected a client that waits. Received: one that hung up.") from None
        hold.keep(made.content)
        return made.response()


def _unless_gone(work: Work, hold: Hold, gone: threading.Event) -> Answer:
    if gone.is_set():
        raise Gone
    return work(hold, gone)


@contextlib.asynccontextmanager
async def _watched(request: Request, gone: threading.Event) -> AsyncIterator[None]:
    """Sets the event if whoever asked hangs up meanwhile."""
    watch = asyncio.create_task(until_gone(request.receive, gone.set))
    try:
        yield
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch


def _type_of(request: Request, types: Sequence[str]) -> str:
    """What the body is said to be.

    Pages of other sites cannot send these kinds without asking before, which is answered with no; those that make their
    name resolve to this machine are refused by `_of_hosts`.

    Raises:
        Refused: if it is none of these.
    """
    given = request.headers.get("content-type", "none").partition(";")[0].strip().lower()
    if given not in types:
        raise Refused(415, f"Expected Content-Type as one of: {', '.join(types)}. Received: {given[:100]}.")
    return given


async def _to_folder(path: str) -> Response:
    """To the address with a slash at its end, to which those of its files are relative."""
    return RedirectResponse(f"{path}/", 307)


async def _refused(request: Request, error: Any) -> Response:
    return error.response()


async def _failed(request: Request, error: Exception) -> Response:
    return as_json({"error": "Expected an answer. Received: an error of the server's own; its log says which."}, 500)


async def _of_http(kind: Kind, request: Request, error: Any) -> Response:
    """What the router refuses: paths and methods that are not there."""
    path = request.scope["path"]
    asked = f"{request.method[:20]} {path[:100]}"
    if error.status_code == 404 and path in _WORK:
        said = f"Expected POST {kind.path}, because this bundle takes {kind.takes}. Received: {asked}."
    elif error.status_code in (404, 405):
        said = f"Expected POST {kind.path}, or GET /bundle, /healthz, /metrics or /docs. Received: {asked}."
    else:
        said = f"Expected a request of HTTP. Received: {error.detail}."
    return as_json({"error": said}, error.status_code, error.headers)
