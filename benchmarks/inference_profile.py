"""Where onnxruntime's time goes in a batch: the same generators as in `inference.py`, by operator and layer.

    python benchmarks/inference_profile.py --threads 1 2

For each number of threads a table of the nodes that take 1 % or more: their share of the batch, milliseconds, and the
rate of their multiplications and additions beside that of a product of 2,048 x 2,048 float32 with as many threads, both
in the same process. Times are onnxruntime's own, each the shortest of the batches: on a busy machine the others have
another program's time in them.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime
from inference import GAMES, LATENT_DIM, prepare

BATCH, WARM = 64, 3
SIDE = 2048
LEAST = 0.01  # of a batch, to be a row


def profiled(path: Path, threads: int, batches: int, folder: Path) -> dict[str, float]:
    """Milliseconds of each node, the shortest over the batches; `""` is their sum."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.enable_profiling = threads, True
    options.profile_file_prefix = str(folder / "profile")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    z = np.random.RandomState(0).standard_normal((BATCH, LATENT_DIM)).astype(np.float32)
    for _ in range(WARM + batches):
        session.run(None, {"latents": z})
    took = defaultdict(list)
    for event in json.loads(Path(session.end_profiling()).read_text()):
        name = event["name"]
        if event["cat"] == "Node" and name.endswith("_kernel_time"):
            sizes = [next(iter(one.values())) for one in event["args"].get("output_type_shape", [])]
            shape = " x ".join(map(str, sizes[0])) if sizes else ""
            took[f"{event['args']['op_name']} -> {shape}"].append(event["dur"] / 1e3)
    shortest = {name: min(times) for name, times in took.items()}
    return {"": sum(shortest.values()), **shortest}


def products(layers: list[dict], folder: Path) -> dict[int, float]:
    """Floating-point operations of each transposed convolution for a batch, by the side of what it gives."""
    found, side = {}, 0
    with np.load(folder / "layers.npz", allow_pickle=False) as arrays:
        for place, layer in enumerate(layers):
            if layer["kind"] == "Reshape":
                side = layer["target_shape"][0]
            elif layer["kind"] == "Conv2DTranspose":
                found[2 * side] = 2.0 * arrays[f"{place}.0"].size * side**2 * BATCH
                side *= 2
    return found


def matrix_rate(threads: int, folder: Path) -> float:
    """GFLOP/s of a product of large matrices, by onnxruntime as well."""
    from onnx import TensorProto, helper, numpy_helper, save

    held = numpy_helper.from_array(np.ones((SIDE, SIDE), np.float32), "b")
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [SIDE, SIDE]) for name in ("a", "c")]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])], "product", values[:1], values[1:], [held]
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), folder / "product.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.enable_profiling = threads, True
    options.profile_file_prefix = str(folder / "profile")
    session = onnxruntime.InferenceSession(str(folder / "product.onnx"), options, providers=["CPUExecutionProvider"])
    for _ in range(10):
        session.run(None, {"a": np.ones((SIDE, SIDE), np.float32)})
    events = json.loads(Path(session.end_profiling()).read_text())
    took = [one["dur"] / 1e6 for one in events if one["name"] == "model_run"]
    return 2.0 * SIDE**3 / min(took) / 1e9


def main() -> None:
    """Prints a table for each network and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", nargs="+", default=["64 x 64 x 3", "128 x 128 x 3"], choices=GAMES)
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--batches", type=int, default=30)
    given = parser.parse_args()
    for game in given.games:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder, GAMES[game], litert=False)
            work = products(json.loads((folder / "layers.json").read_text()), folder)
            for threads in given.threads:
                rate = matrix_rate(threads, folder)
                took = profiled(folder / "generator.onnx", threads, given.batches, folder)
                whole = took.pop("")
                print(f"\n{game}, batch {BATCH}, threads: {threads}, {whole:.1f} ms; a product: {rate:.0f} GFLOP/s\n")
                print("| node | ms | share | GFLOP/s | of a product |\n| --- | --- | --- | --- | --- |")
                for node, ms in sorted(took.items(), key=lambda one: -one[1]):
                    if ms < LEAST * whole:
                        continue
                    side = int(node.rpartition(" x ")[2] or 0) if "ConvTranspose" in node else 0
                    made = work[side] / ms / 1e6 if side in work else None
                    tail = f"{made:.0f} | {made / rate:.0%}" if made else "- | -"
                    print(f"| {node} | {ms:.1f} | {ms / whole:.0%} | {tail} |")


if __name__ == "__main__":
    main()
