"""Runs of the network for several requests at once: what waits while it computes is computed together next."""

import collections
import concurrent.futures
import dataclasses
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["MOST_ROWS", "MergingEngine", "NetworkFailed", "is_independent"]

MOST_ROWS = 64  # of one run: no faster above, and as many as the sampler computes at once
PIXELS_OF_A_RUN = 2**20  # rows of pictures are fewer, for memory: four tiles of 512 x 512
ROUNDING = 1e-3  # of the range of the outputs: what float32 may differ by in another batch, and no picture shows


class NetworkFailed(RuntimeError):  # noqa: N818
    """The network was not run, for which no request is to blame."""


@dataclasses.dataclass(eq=False)
class _Job:
    """What one call asks for."""

    names: tuple[str, ...]
    feeds: dict[str, np.ndarray]
    rows: int
    kind: tuple  # calls of the same kind can share a run
    answer: concurrent.futures.Future = dataclasses.field(default_factory=concurrent.futures.Future)


class MergingEngine:
    """An engine that many threads may run at once, and that computes their rows together.

    It stands in the place of the engine of a `Sampler` or an `Applier`. Calls that wait while the network computes,
    have inputs of the same shapes and the same truncation, go through it in one run, in the order in which they came,
    of at most `MOST_ROWS` rows.

    Args:
        engine: What computes, of `export/sessions.py`.
        merges: Whether calls may share a run. Networks whose samples depend on their neighbours in a batch forbid it.
        observe: Called with the number of rows of each run.
    """

    def __init__(self, engine: Any, merges: bool = True, observe: Callable[[int], None] = lambda rows: None):
        self.engine, self.merges, self.observe = engine, merges, observe
        self._each = rows_of(engine)
        self._jobs: collections.deque[_Job] = collections.deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="kgan-serve-network", daemon=True)
        self._thread.start()

    def run(self, names: Sequence[str], feeds: Mapping[str, np.ndarray], rows: int) -> list[np.ndarray]:
        """The outputs of those names for inputs by name, of so many rows; it blocks until they are computed.

        Raises:
            NetworkFailed: if onnxruntime failed, or the session was closed.
        """
        same = [feeds[name] for name in feeds if name not in self._each]
        kind = (
            tuple(names),
            tuple((name, value.shape[1:] if name in self._each else value.shape) for name, value in feeds.items()),
            tuple(value.tobytes() for value in same),
        )
        job = _Job(tuple(names), dict(feeds), rows, kind)
        with self._changed:
            if self._closed:
                raise NetworkFailed("Expected a server that runs. Received: a request after its end.")
            self._jobs.append(job)
            self._changed.notify()
        return job.answer.result()

    def close(self) -> None:
        """Ends the thread that computes; what waits is told so."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if self._closed:
                    for job in self._jobs:
                        job.answer.set_exception(NetworkFailed("Expected a server that runs. Received: its end."))
                    return
                jobs = self._next()
            self._compute(jobs)

    def _next(self) -> list[_Job]:
        """The oldest call, and those that can share its run; they are taken off the queue."""
        first = self._jobs.popleft()
        taken, rows = [first], first.rows
        if not self.merges:
            return taken
        most = min(MOST_ROWS, PIXELS_OF_A_RUN // self._pixels(first) or 1)
        for job in list(self._jobs):
            if job.kind == first.kind and rows + job.rows <= most:
                self._jobs.remove(job)
                taken.append(job)
                rows += job.rows
        return taken

    def _pixels(self, job: _Job) -> int:
        """Of one row, whose channels may be first or last, of all frames of a film; latents are no picture."""
        shapes = [value.shape[1:] for name, value in job.feeds.items() if name in self._each]
        return max([math.prod(sorted(shape)[1:]) for shape in shapes if len(shape) >= 3], default=1)

    def _compute(self, jobs: list[_Job]) -> None:
        first = jobs[0]
        try:
            feeds = {
                name: np.concatenate([job.feeds[name] for job in jobs]) if name in self._each and jobs[1:] else value
                for name, value in first.feeds.items()
            }
            rows = sum(job.rows for job in jobs)
            outputs = self.engine.run(list(first.names), feeds, rows)
            self.observe(rows)
        except Exception as error:  # noqa: BLE001  which is told to whoever asked
            for job in jobs:
                job.answer.set_exception(NetworkFailed(f"{type(error).__name__}: {error}"))
            return
        start = 0
        for job in jobs:
            job.answer.set_result([output[start : start + job.rows] for output in outputs])
            start += job.rows


def rows_of(engine: Any) -> set[str]:
    """The inputs that have a row for each sample; truncation is one for all of them."""
    return {one.name for one in engine.session.get_inputs() if not isinstance(one.shape[0], int)}


def is_independent(engine: Any, feeds: Mapping[str, np.ndarray]) -> bool:
    """Whether a row of each output comes out the same alone as among others, up to rounding.

    It does not of a network that computes statistics of its batch, or that draws noise of its own, be it for one of its
    outputs.

    Args:
        engine: What computes.
        feeds: Inputs of several rows.
    """
    each, names = rows_of(engine), [one.name for one in engine.session.get_outputs()]
    together = engine.session.run(names, dict(feeds))
    alone = [
        engine.session.run(names, {name: one[row : row + 1] if name in each else one for name, one in feeds.items()})
        for row in range(len(together[0]))
    ]
    return all(map(_is_same, together, map(np.concatenate, zip(*alone, strict=True))))


def _is_same(together: np.ndarray, alone: np.ndarray) -> bool:
    """Whether rows of one output are the same; what is no number is not."""
    if alone.shape != together.shape:
        return False
    return bool(np.abs(alone - together).max(initial=0.0) <= ROUNDING * max(np.ptp(together), 1e-6))
