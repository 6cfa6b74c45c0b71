"""Rows of a benchmark on a GPU, each a process of its own: a few get ready side by side, then one at a time is timed.

The standard library only. A process prints a line of JSON with `"event": "ready"` when it has compiled, waits for a
line on its standard input, and prints one with `"event": "result"`. One that fails, or takes too long, leaves its
message in its row. Results are written after each row.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Job", "play"]

MESSAGE = 1500  # characters of a failed process's last words


@dataclass
class Job:
    """One row.

    Attributes:
        facts: What the row has beside its results.
        command: The process's arguments.
        environment: Added to this process's own.
    """

    facts: dict[str, Any]
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


class _Running:
    """A job's process."""

    def __init__(self, job: Job):
        self.words = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self.process = subprocess.Popen(
            job.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            text=True,
            env={**os.environ, **job.environment},
            start_new_session=True,  # compilers start processes of their own, which end with it
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def await_event(self, event: str, until: float) -> dict[str, Any]:
        """What the process says of an event; `{"error": ...}` if it ends or is late."""
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                self.process.kill()
                return {"error": f"took too long to be {event}. {self._last_words()}".strip()}
            if line is None:
                self.process.wait()
                return {"error": f"ended with {self.process.returncode} before it was {event}. {self._last_words()}"}
            with contextlib.suppress(json.JSONDecodeError):
                content = json.loads(line)
                if isinstance(content, dict) and content.pop("event", None) == event:
                    return content

    def tell(self) -> None:
        """Tells it to go on."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("go\n")
            self.process.stdin.flush()

    def end(self) -> None:
        """Ends the process and those that it started, if they have not ended, and closes what led to it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.words):
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def _last_words(self) -> str:
        self.words.seek(0)
        return self.words.read().decode(errors="replace")[-MESSAGE:]


def play(jobs: Sequence[Job], out: Path, *, wave: int, deadline: float, total: float) -> list[dict[str, Any]]:
    """Runs all jobs and returns their rows, which it writes as they come.

    Args:
        jobs: In order of importance.
        out: JSON file: `{"device", "versions", "date", "rows"}`.
        wave: How many get ready side by side.
        deadline: Seconds that a process has to get ready, and again to run.
        total: Seconds after which no further process starts, and none gets ready.
    """
    started, rows, heading = time.monotonic(), [], {"date": time.strftime("%Y-%m-%d")}
    end = started + total

    def keep(job: Job, found: dict[str, Any]) -> None:
        for key in ("device", "versions"):
            heading[key] = found.pop(key, None) or heading.get(key)
        rows.append({**job.facts, "error": None, **found})
        out.write_text(json.dumps({**heading, "seconds": round(time.monotonic() - started, 1), "rows": rows}, indent=1))
        shown = found.get("error") or {key: found[key] for key in ("ms", "compile_seconds", "parity") if key in found}
        print(job.facts, shown, flush=True)

    for first in range(0, len(jobs), wave):
        together = jobs[first : first + wave]
        if time.monotonic() > end:
            for job in together:
                keep(job, {"error": "not reached"})
            continue
        running = [_Running(job) for job in together]
        until = min(time.monotonic() + deadline, end + deadline / 2)
        ready = [one.await_event("ready", until) for one in running]
        for job, one, found in zip(together, running, ready, strict=True):
            if "error" not in found:
                one.tell()
                found |= one.await_event("result", time.monotonic() + deadline)
            one.end()
            keep(job, found)
    return rows
