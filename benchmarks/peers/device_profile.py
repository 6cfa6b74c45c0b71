"""Which kernels a device spends its time in, by JAX's profiler."""

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["kernels"]


def kernels(iterate: Callable[[], None], iterations: int, most: int = 40) -> dict[str, Any]:
    """The kernels that take most of an iteration, each with its milliseconds and how often it runs.

    Args:
        iterate: Plays one iteration and waits for it.
        iterations: How many are looked at.
        most: Kernels that are listed.

    Returns:
        `busy_ms` of an iteration, `count` of its kernels, and `kernels`, the longest first.
    """
    import jax
    from jax.profiler import ProfileData

    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder):
            for _ in range(iterations):
                iterate()
        data = ProfileData.from_file(str(next(Path(folder).rglob("*.xplane.pb"))))
        time, count = Counter(), Counter()
        for plane in data.planes:
            if not plane.name.startswith("/device:GPU"):
                continue
            for line in plane.lines:
                if line.name.startswith("Stream"):
                    for event in line.events:
                        time[event.name] += event.duration_ns
                        count[event.name] += 1
    return {
        "busy_ms": round(sum(time.values()) / 1e6 / iterations, 4),
        "count": round(sum(count.values()) / iterations, 1),
        "kernels": [
            {"name": name[:160], "ms": round(spent / 1e6 / iterations, 4), "times": round(count[name] / iterations, 2)}
            for name, spent in time.most_common(most)
        ],
    }
