"""Compiles and runs the programs that `benchmarks/gpu_step.py` wrote, with JAX, on a GPU or whatever there is.

    python benchmarks/peers/run_step.py FOLDER --out results.json
    python benchmarks/peers/run_step.py FOLDER --train NAME --images images.npz --steps 10000 --save trained.npz

JAX and NumPy only; tried with jax and jaxlib 0.11.2. The first command times every row of `games.json`. Each runs in a
process of its own, so that one that fails costs one row, and its error is the row's. A few compile side by side; then
they are timed one at a time, while nothing else runs. Results are written as they come. Before a row with a reference
is timed, its first steps are held against the CPU's.

The second command trains: each step gets another batch of the images, drawn by index, and the state is saved at the
end under its names, for `gpu_step.load`.

Times are of whole iterations: `calls` steps of the discriminator with the generator's among them. Steps follow one
another without waiting, as in `fit`, and the clock stops when the last is computed. The batches lie on the device;
`ms_moving` is the same with each batch sent from the host. `dispatch_ms` is what Python and JAX take to ask for an
iteration: where it comes near `ms`, the host is the limit.
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from waves import Job, play
from xla_program import Program, batch_indices, row_named, rows, sample_of

BATCHES = 16  # on the device, taken in turn
ROUNDS = 3
FIRST = 7  # rows before further runs of any
MATRIX = "matrix"  # the name of the row of the device's own rate
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "tf32_off": {"exact": True, "environment": {"NVIDIA_TF32_OVERRIDE": "0"}},
    "no_command_buffers": {"flags": "--xla_gpu_enable_command_buffer="},
    "autotune_0": {"flags": "--xla_gpu_autotune_level=0"},
    "no_triton": {"flags": "--xla_gpu_enable_triton_gemm=false"},
}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="as gpu_step.py --out wrote it")
    parser.add_argument("--out", type=Path, help="JSON file for results")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW[:VARIANT]", help="what to time; all unless given")
    parser.add_argument("--profile", nargs="*", default=[], metavar="NAME", help="rows whose kernels are listed, too")
    parser.add_argument("--seconds", type=float, default=0.6, help="length of each of three timed rounds")
    parser.add_argument("--wave", type=int, default=4, help="rows that compile side by side")
    parser.add_argument(
        "--deadline", type=float, default=100.0, help="seconds that a row may take to compile, and to run"
    )
    parser.add_argument("--total", type=float, default=240.0, help="seconds after which no further row starts")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--variant", default="default", choices=VARIANTS, help=argparse.SUPPRESS)
    parser.add_argument("--train", metavar="NAME", help="row to train")
    parser.add_argument(
        "--images", type=Path, help="with --train: .npz of `images`, and of `labels` where the step takes them"
    )
    parser.add_argument("--steps", type=int, default=1000, help="with --train")
    parser.add_argument("--every", type=int, default=100, help="with --train: steps between two lines of figures")
    parser.add_argument("--seed", type=int, default=0, help="with --train: of the order of the images")
    parser.add_argument("--limit", type=float, default=1e9, help="with --train: seconds after which it ends and saves")
    parser.add_argument("--save", type=Path, help="with --train: .npz file for the state")
    parser.add_argument("--exact", action="store_true", help="with --train: without TF32")
    given = parser.parse_args(arguments)
    if given.train:
        train(given)
    elif given.row:
        _one(given)
    elif given.out:
        _all(given)
    else:
        sys.exit("Expected --out FILE or --train NAME. Received: neither.")


def _all(given: argparse.Namespace) -> None:
    """Times every row, each in a process of its own."""
    wanted = [tuple((*one.split(":"), "default")[:2]) for one in given.only] or in_order(rows(given.folder))
    jobs = [_job(given, *one) for one in ((MATRIX, "default"), *wanted)]
    play(jobs, given.out, wave=given.wave, deadline=given.deadline, total=given.total)


def in_order(listed: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Names and variants: the first rows, then the further runs of any, then the other rows."""
    own = [(row["name"], "default") for row in listed]
    further = [(row["name"], variant) for row in listed for variant in row.get("variants", ())]
    return own[:FIRST] + further + own[FIRST:]


def _job(given: argparse.Namespace, name: str, variant: str) -> Job:
    command = [sys.executable, __file__, str(given.folder), "--row", name, "--variant", variant]
    command += ["--seconds", str(given.seconds)]
    if name in given.profile and variant == "default":
        command += ["--profile", name, "--out", str(given.out)]
    environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment |= VARIANTS[variant].get("environment", {})
    flags = " ".join(filter(None, (os.environ.get("XLA_FLAGS", ""), VARIANTS[variant].get("flags", ""))))
    environment |= {"XLA_FLAGS": flags} if flags else {}
    facts = {"name": name, "contender": "kgan", "variant": variant, "tf32": variant != "tf32_off"}
    return Job(facts, command, environment)


def _one(given: argparse.Namespace) -> None:
    """In a process of its own: compiles a row, says so, waits to be told, runs it and says how that went."""
    if given.row == MATRIX:
        _say(event="ready", **_machine())
        sys.stdin.readline()
        _say(event="result", **matrix_rates(given.seconds))
        return
    row = row_named(given.folder, given.row)
    with np.load(given.folder / row["images"], allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    exact = VARIANTS[given.variant].get("exact", False)
    started = time.perf_counter()
    program = Program(given.folder, row, exact)
    program.compile(next(_batches(row, arrays)))
    _say(event="ready", compile_seconds=round(time.perf_counter() - started, 2), **_machine())
    sys.stdin.readline()
    found: dict[str, Any] = {"calls": row.get("calls", 1)}
    if row["reference"]:
        found["parity"] = parity(program, row, arrays)
    found |= timed(program, row, arrays, given.seconds)
    if given.row in given.profile:
        found["kernels"] = _profiled(program, row, arrays, given.out)
    _say(event="result", **found)


def _say(**content: Any) -> None:
    print(json.dumps(content), flush=True)


def _machine() -> dict[str, Any]:
    import jax
    import jaxlib

    device = jax.devices()[0]
    versions = {
        "python": sys.version.split()[0],
        "jax": jax.__version__,
        "jaxlib": jaxlib.__version__,
        "numpy": np.__version__,
    }
    return {"device": f"{device.platform}: {device.device_kind}", "versions": versions}


def _batches(row, arrays, seed: int = 0):
    """Batches for the program, drawn by index, NumPy arrays."""
    inputs = row["inputs"]
    for chosen in batch_indices(len(arrays["images"]), inputs[0]["shape"][0], seed):
        yield [arrays[one["array"]][chosen].astype(one["dtype"]) for one in inputs]


def timed(program: Program, row, arrays, seconds: float) -> dict[str, Any]:
    """Milliseconds an iteration, images/s and memory, after a warm-up."""
    import jax

    program.restart()
    calls = row.get("calls", 1)
    lying = [jax.device_put(one) for one in itertools.islice(_batches(row, arrays), BATCHES)]
    sent = list(itertools.islice(_batches(row, arrays), BATCHES))

    def iterations(count: int, batches) -> tuple[float, float]:
        """Seconds until all are asked for, and until all are computed."""
        started = time.perf_counter()
        for number in range(count * calls):
            logs = program.call(batches[number % BATCHES])
        asked = time.perf_counter() - started
        program.wait()
        jax.block_until_ready(logs)
        found["logs"] = dict(zip(row["logs"], (float(one) for one in logs), strict=True))
        return asked, time.perf_counter() - started

    found: dict[str, Any] = {}
    iterations(2, lying)
    count = max(2, round(seconds / max(iterations(2, lying)[1] / 2, 1e-6)))
    rounds = [iterations(count, lying) for _ in range(ROUNDS)]
    moving = [iterations(count, sent)[1] for _ in range(2)]
    ms = 1000.0 * statistics.median(whole for _, whole in rounds) / count
    peak = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    planned = program.memory()
    names = ("argument_size_in_bytes", "output_size_in_bytes", "temp_size_in_bytes")
    held = sum(planned.get(name, 0) for name in names) - planned.get("alias_size_in_bytes", 0)
    return {
        "ms": round(ms, 4),
        "ms_rounds": [round(1000.0 * whole / count, 4) for _, whole in rounds],
        "ms_moving": round(1000.0 * min(moving) / count, 4),
        "dispatch_ms": round(1000.0 * statistics.median(asked for asked, _ in rounds) / count, 4),
        "iterations": count,
        "images_per_second": round(1000.0 * row["inputs"][0]["shape"][0] * calls / ms, 1),
        "peak_mb": round(held / 1e6, 1),  # of a step; the allocator's peak counts what autotuning tried, too
        "allocator_peak_mb": None if peak is None else round(peak / 1e6, 1),
        "tflops": None if not row["flops"] else round(row["flops"] / ms / 1e9, 2),
        **found,
    }


def parity(program: Program, row, arrays) -> dict[str, Any]:
    """How far the first steps lie from the CPU's: figures, gradients, and how far weights have moved."""
    program.restart()
    start = {number: sample_of(value) for number, value in program.start.items()}
    with np.load(program.folder / row["reference"], allow_pickle=False) as file:
        reference = {key: file[key] for key in file.files}
    steps, logs, found = [int(one) for one in reference["steps"]], [], {}
    trained = {
        one["parameter"] for one in row["state"] if one["name"].split("/")[0] in _WEIGHTS and one["result"] is not None
    }
    gradients = [one["parameter"] for one in row["state"] if one["name"].endswith("_momentum")]
    for number, batch in zip(range(1, steps[-1] + 1), _batches(row, arrays), strict=False):
        logs.append(program.call(batch))
        if number in steps:
            state = program.state()
            if number == 1:  # Adam's first moment is the gradient's, times 1 - beta_1
                found["gradients_after_1"] = _distance(
                    [(sample_of(state[one]), reference[f"1/{one}"]) for one in gradients if one in state]
                )
            found[f"weights_after_{number}"] = _distance(
                [(sample_of(state[one]) - start[one], reference[f"{number}/{one}"] - start[one]) for one in trained]
            )
    figures = np.array([[float(one) for one in step] for step in logs])
    smooth = [place for place, name in enumerate(row["logs"]) if not name.endswith("_accuracy")]  # which jumps
    known = np.isfinite(reference["logs"])  # a player that has not had a turn yet has none
    apart = np.where(known, np.abs(figures - np.where(known, reference["logs"], 0.0)), 0.0)[:, smooth]
    found |= {f"figures_after_{number}": float(apart[number - 1].max()) for number in steps}
    return {**found, "steps": steps[-1], "finite": bool((np.isfinite(figures) == known).all())}


_WEIGHTS = ("generator", "discriminator")


def _distance(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> float | None:
    """The distance of all values together from those expected, in relation to these."""
    apart = sum(float(np.sum((value - expected) ** 2)) for value, expected in pairs)
    size = sum(float(np.sum(expected**2)) for _, expected in pairs)
    return (apart / size) ** 0.5 if size else None


def _profiled(program: Program, row, arrays, out: Path) -> Any:
    import gzip

    from device_profile import kernels

    path = out.with_name(f"{row['name']}.optimized.hlo.gz")
    path.write_bytes(gzip.compress(program.optimized().encode()))
    batches, calls = list(itertools.islice(_batches(row, arrays), BATCHES)), row.get("calls", 1)

    def iterate() -> None:
        for number in range(calls):
            program.call(batches[number % BATCHES])
        program.wait()

    try:
        return kernels(iterate, iterations=5)
    except Exception as error:  # noqa: BLE001  the times above are worth keeping without the profile
        return {"error": f"{type(error).__name__}: {error}"[:500]}


def matrix_rates(seconds: float, side: int | None = None) -> dict[str, Any]:
    """What the device does in a product of two square matrices, in 10^12 operations a second."""
    import jax
    import jax.numpy as jnp

    side = side or (8192 if jax.default_backend() == "gpu" else 512)
    rates = {}
    kinds = {"tf32": ("float32", "default"), "float32": ("float32", "highest"), "bfloat16": ("bfloat16", "default")}
    for name, (dtype, precision) in kinds.items():
        product = jax.jit(lambda a, b, p=precision: jnp.matmul(a, b, precision=p))
        a = jax.random.normal(jax.random.key(0), (side, side), "float32").astype(dtype)
        out = product(a, a).block_until_ready()
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            for _ in range(10):
                out = product(a, a)
            out.block_until_ready()
            count += 10
        rates[name] = round(2 * side**3 * count / (time.perf_counter() - started) / 1e12, 2)
    return {"matrix_tflops": rates, "side": side}


def train(given: argparse.Namespace) -> None:
    """Trains a row and saves its state, with the figures of every so many steps.

    The images lie on the device, and each step takes its own of them there.
    """
    import jax

    row = row_named(given.folder, given.train)
    with np.load(given.images or given.folder / row["images"], allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    program = Program(given.folder, row, given.exact)
    program.compile(next(_batches(row, arrays)))
    lying = [jax.device_put(arrays[one["array"]].astype(one["dtype"])) for one in row["inputs"]]
    take = jax.jit(lambda data, chosen: [one[chosen] for one in data])
    indices = batch_indices(len(arrays["images"]), row["inputs"][0]["shape"][0], given.seed)
    started, kept, names = time.perf_counter(), [], ("step", "seconds", *row["logs"])
    for number in range(1, given.steps + 1):
        logs = program.call(take(lying, next(indices)))
        last = number == given.steps
        if number % given.every == 0 or last:
            figures = [float(one) for one in logs]  # waits for the step
            kept.append([number, time.perf_counter() - started, *figures])
            print(json.dumps(dict(zip(names, kept[-1], strict=True))), flush=True)
            if kept[-1][1] > given.limit:
                break
    if given.save:
        np.savez(given.save, **program.named_state(), figures=np.array(kept), figure_names=np.array(names))


if __name__ == "__main__":
    main()
