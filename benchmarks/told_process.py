"""A program of `peers/` in a process of its own that does as much as it is told, a line in for a line of JSON out."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["ToldProcess"]

PEERS = Path(__file__).parent / "peers"


class ToldProcess:
    """A process that says when it is ready, and then answers line by line.

    Attributes:
        first: Seconds from its start until it is ready.
    """

    def __init__(self, python: str, program: str, arguments: Sequence[str], **environment: str):
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [python, str(PEERS / program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, **environment},
        )
        self._answer()
        self.first = time.perf_counter() - started

    def _answer(self) -> Any:
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self._process.args} ended with exit code {self._process.wait()}; its error stands above.")
        return json.loads(line)

    def _tell(self, line: str) -> Any:
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._answer()

    def _wait(self) -> None:
        self._process.stdout.close()
        self._process.wait()
