"""Times in PyTorch the games whose steps `benchmarks/gpu_step.py` wrote, on a GPU or whatever there is.

    python benchmarks/peers/torch_step.py FOLDER/games.json --out torch.json

PyTorch and NumPy only; tried with torch 2.13. Networks, losses, penalties, optimizers, averages, batch and precision
are those of the rows, and networks of another number of parameters are refused. Each row runs in a process of its own,
for each way to play it:

- `eager` and `channels_last`: as most programs are written, in either memory format, Adam fused;
- `compile`: the whole step in one graph, gradients of gradients too (`torch_whole.py`); where the compiler refuses it,
  the networks alone are compiled, and the row says `"compiled": "networks"` and why;
- `reduce_overhead`: the same with the compiler's CUDA graphs;
- `graph`: the eager step, captured as a CUDA graph.

TF32 is on where a name does not end in `_tf32_off`. A few processes start, or compile, side by side; then they are
timed one at a time by the device's events, while nothing else runs. Results are written as they come. `ms` is an
iteration's: `calls` updates of the discriminator with the generator's among them. Batches are drawn on the device.
StyleGAN2's filter is timed as a convolution and by pools, and the row has the faster.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import step_games
from step_games import StepGame
from waves import Job, play

ROUNDS = 3
WARM_UP, WARM_UP_SECONDS = 20, 2.0  # updates of the generator, or so many seconds if they come first
CAPTURE_WARM_UP = 3  # iterations before a capture, as PyTorch's manual has it
IMAGES = 4096  # on the device, at most
TF32_OFF = "_tf32_off"
CONTENDERS: dict[str, dict[str, Any]] = {
    "channels_last": {"channels_last": True},
    "compile": {"compiled": "step", "by_pools": True},
    "eager": {},
    "graph": {"channels_last": True, "captured": True},
    "reduce_overhead": {"compiled": "step", "by_pools": True, "mode": "reduce-overhead"},
}
DEFAULT = ("channels_last", "compile", "eager", "graph", "channels_last_tf32_off")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    names = [name + end for end in ("", TF32_OFF) for name in CONTENDERS]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("games", type=Path, help="games.json, as gpu_step.py wrote it")
    parser.add_argument("--out", type=Path, help="JSON file for results")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="rows to time; all unless given")
    parser.add_argument(
        "--contenders", nargs="+", choices=names, default=DEFAULT, help="in order of importance", metavar="NAME"
    )
    parser.add_argument("--compile-rows", type=int, default=10, help="how many rows, the first, are compiled each way")
    parser.add_argument("--seconds", type=float, default=0.2, help="length of each of three timed rounds")
    parser.add_argument("--wave", type=int, default=10, help="processes that start or compile side by side")
    parser.add_argument("--deadline", type=float, default=120.0, help="seconds that a row may take, twice")
    parser.add_argument("--total", type=float, default=200.0, help="seconds after which no further process starts")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.row:
        _one(given.games, given.row, given.contenders[0], given.seconds)
    elif given.out:
        _all(given)
    else:
        sys.exit("Expected --out FILE. Received: none.")


def _all(given: argparse.Namespace) -> None:
    """Times every row in every way, each in a process of its own."""
    listed = step_games.read(given.games)
    unknown = sorted(set(given.only or []) - {game.name for game in listed})
    if unknown:
        sys.exit(f"Expected --only of {given.games}. Received: {', '.join(unknown)}, which it does not list.")
    names = [game.name for game in listed if not given.only or game.name in given.only]
    jobs = []
    for contender in given.contenders:
        compiled = "compiled" in CONTENDERS[contender.removesuffix(TF32_OFF)]
        jobs += [_job(given, name, contender) for name in (names[: given.compile_rows] if compiled else names)]
    play(jobs, given.out, wave=given.wave, deadline=given.deadline, total=given.total)


def _job(given: argparse.Namespace, name: str, contender: str) -> Job:
    command = [sys.executable, __file__, str(given.games), "--row", name, "--contenders", contender]
    threads = max(1, (os.cpu_count() or 1) // given.wave)  # each process starts as many compilers
    environment = {"TORCHINDUCTOR_COMPILE_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    facts = {"name": name, "contender": contender.removesuffix(TF32_OFF), "tf32": not contender.endswith(TF32_OFF)}
    return Job(facts, [*command, "--seconds", str(given.seconds)], environment)


def _one(games: Path, name: str, contender: str, seconds: float) -> None:
    """In a process of its own: gets a row ready, says so, waits to be told, times it and says how that went."""
    import torch

    exact = contender.endswith(TF32_OFF)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = not exact
    torch.backends.cudnn.benchmark = True
    event = "ready"
    try:
        row = Row(games, name, CONTENDERS[contender.removesuffix(TF32_OFF)])
        started = time.perf_counter()
        row.get_ready()
        _say(event="ready", compile_seconds=round(time.perf_counter() - started, 2), **_machine(row.device))
        sys.stdin.readline()
        event = "result"
        _say(event="result", **row.timed(seconds))
    except Exception as error:  # noqa: BLE001  the row has the message
        _say(event=event, error=_words(error))


class Row:
    """One game, played in one way.

    Attributes:
        device: A GPU where there is one.
    """

    def __init__(self, games: Path, name: str, settings: dict[str, Any]):
        import torch

        self.torch = torch
        self.game: StepGame = next(one for one in step_games.read(games) if one.name == name)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._settings, self._facts, self._player = settings, {}, None
        with np.load(games.parent / self.game.images, allow_pickle=False) as file:
            self._images = file["images"][:IMAGES]

    def get_ready(self) -> None:
        """Builds the game and compiles it, if it is to be; where memory is short beside others, later."""
        try:
            self._player = self._built()
        except self.torch.OutOfMemoryError as error:
            self._facts["tried_again"] = _words(error)
        if self.device.type == "cuda":
            self.torch.cuda.empty_cache()

    def _built(self, **changed: Any):
        from torch_players import Eager, Settings
        from torch_whole import Whole

        settings = Settings(**{**self._settings, **changed})
        if settings.captured and self.device.type != "cuda":
            raise ValueError("Expected a GPU to capture a CUDA graph. Received: none.")
        if settings.compiled != "step":
            player = Eager(self.game, self._images, settings, self.device)
            if settings.compiled:
                self._iterate(player)
            return player
        try:
            player = Whole(self.game, self._images, settings, self.device)
            self._iterate(player)
        except self.torch.OutOfMemoryError:
            raise
        except Exception as error:  # noqa: BLE001  the compiler's errors are of many kinds; the row has the message
            self._facts |= {"compiled": "networks", "fell_back": _words(error)}
            self.torch._dynamo.reset()
            return self._built(compiled="networks", channels_last=True)
        self._facts["compiled"] = "step"
        return player

    def _iterate(self, player) -> None:
        for _ in range(self.game.updates):
            player.play()

    def timed(self, seconds: float) -> dict[str, Any]:
        """Milliseconds an iteration, images/s and memory, after a warm-up."""
        player = self._player or self._built()
        found = self._timed(player, seconds)
        if self.game.networks == "stylegan2" and "compiled" not in self._settings:
            del player, self._player  # one game at a time in the device's memory
            other = self._timed(self._built(by_pools=True), seconds)
            filters = {"convolution": found["ms"], "pools": other["ms"]}
            found = {**min(found, other, key=lambda one: one["ms"]), "filter_ms": filters}
        return {**found, **self._facts, "parameters": list(self.game.parameters)}

    def _timed(self, player, seconds: float) -> dict[str, Any]:
        iterate = self._captured(player) if player.settings.captured else lambda: self._iterate(player)
        clock = _device_clock(self.torch) if self.device.type == "cuda" else _host_clock
        started, warm = time.perf_counter(), 0
        while not warm or (warm * self.game.updates < WARM_UP and time.perf_counter() - started < WARM_UP_SECONDS):
            clock(iterate, 1)
            warm += 1
        count = max(1, round(seconds / clock(iterate, 1)[0]))
        if self.device.type == "cuda":
            self.torch.cuda.reset_peak_memory_stats()
        rounds = [clock(iterate, count) for _ in range(ROUNDS)]
        ms = 1000.0 * statistics.median(one[0] for one in rounds) / count
        return {
            "ms": round(ms, 4),
            "ms_rounds": [round(1000.0 * one[0] / count, 4) for one in rounds],
            "dispatch_ms": round(1000.0 * statistics.median(one[1] for one in rounds) / count, 4),
            "iterations": count,
            "calls": self.game.calls,
            "images_per_second": round(1000.0 * self.game.batch * self.game.calls / ms, 1),
            "finite": player.is_finite(),
            **self._memory(),
        }

    def _captured(self, player) -> Callable[[], None]:
        """An iteration as a CUDA graph, after a few in a stream beside."""
        cuda = self.torch.cuda
        stream = cuda.Stream()
        stream.wait_stream(cuda.current_stream())
        with cuda.stream(stream):
            for _ in range(CAPTURE_WARM_UP):
                self._iterate(player)
        cuda.current_stream().wait_stream(stream)
        graph = cuda.CUDAGraph()
        with cuda.graph(graph):
            self._iterate(player)
        return graph.replay

    def _memory(self) -> dict[str, Any]:
        """MB in tensors at the peak, and kept from the device: captured graphs hold theirs among the latter."""
        if self.device.type != "cuda":
            return {"peak_mb": None, "reserved_mb": None}
        cuda = self.torch.cuda
        return {
            "peak_mb": round(cuda.max_memory_allocated() / 1e6, 1),
            "reserved_mb": round(cuda.max_memory_reserved() / 1e6, 1),
        }


def _device_clock(torch) -> Callable[[Callable[[], None], int], tuple[float, float]]:
    """Seconds of so many iterations by the device's events, and until the host had asked for them."""

    def clock(iterate: Callable[[], None], count: int) -> tuple[float, float]:
        events = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
        torch.cuda.synchronize()
        started = time.perf_counter()
        events[0].record()
        for _ in range(count):
            iterate()
        events[1].record()
        asked = time.perf_counter() - started
        torch.cuda.synchronize()
        return events[0].elapsed_time(events[1]) / 1000.0, asked

    return clock


def _host_clock(iterate: Callable[[], None], count: int) -> tuple[float, float]:
    started = time.perf_counter()
    for _ in range(count):
        iterate()
    taken = time.perf_counter() - started
    return taken, taken


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:600]


def _say(**content: Any) -> None:
    print(json.dumps(content), flush=True)


def _machine(device) -> dict[str, Any]:
    import torch

    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    versions = {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "numpy": np.__version__,
    }
    return {"device": name, "versions": versions}


if __name__ == "__main__":
    main()
