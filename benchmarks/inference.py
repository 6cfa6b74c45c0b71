"""How fast an exported generator draws: kgan's sampler beside onnxruntime itself, Keras, TensorFlow and other runtimes.

    python benchmarks/inference.py --rounds 7

DCGAN generators of 28, 64 and 128 pixels, single images and batches of 64. Each way is a process of its own, comes to
Keras's images first, and is then timed in turns with the others, so that a machine whose speed drifts slows all alike;
ratios are worked out turn by turn, and their medians printed. kgan's sampler draws its latents from a seed each time;
the others are handed theirs. LiteRT, OpenVINO and PyTorch run in environments of their own, made on first use
(`--torch-python` and `--runtimes-python` name others).

"Of the machine" is the share of its matrix-product rate: the multiplications and additions of the network's layers,
over the latency, over the rate of a product of 2,048 x 2,048 float32 in the same round. Where it is near 1, nothing
that computes the network as it is can be much faster. Latency is that of a batch. Processor time is of all threads: on
a busy machine it tells more than the clock does. The size is that of the file or folder; "first" are the seconds from
the start of a process to its first images.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
from told_process import ToldProcess

HERE = Path(__file__).parent
TORCH, RUNTIMES = ["torch==2.13.0"], ["ai-edge-litert", "openvino"]
GAMES = {"28 x 28 x 1": (28, 28, 1), "64 x 64 x 3": (64, 64, 3), "128 x 128 x 3": (128, 128, 3)}
BATCHES = (1, 64)
LATENT_DIM = 100
WARM = 0.5  # seconds before a turn counts, of each batch
MATRIX_SIDE = 2048
COLUMNS = ("network", "batch", "way", "images/s", "latency, ms", "kgan is faster, times", "of the machine")
COLUMNS += ("processor ms an image", "size, MB", "first, s")
WAYS = {  # what is printed, by the name in peers/draw_images.py, and the file whose size counts
    "kgan sampler": ("kgan_sampler", "generator.onnx"),
    "onnxruntime": ("raw_onnxruntime", "generator.onnx"),
    "onnxruntime, 1 thread": ("raw_onnxruntime_of_a_thread", "generator.onnx"),
    "Keras predict": ("keras_predict", "generator.keras"),
    "tf.function": ("tf_function", "generator.keras"),
    "SavedModel": ("saved_model", "saved_model"),
    "LiteRT": ("litert", "generator.tflite"),
    "OpenVINO": ("openvino", "generator.onnx"),
    "PyTorch eager": ("pytorch_eager", "layers.npz"),
    "PyTorch compile": ("pytorch_compile", "layers.npz"),
}


def prepare(folder: Path, shape: tuple[int, int, int], litert: bool) -> None:
    """Writes a generator in every format, latents, and what Keras makes of them."""
    import tensorflow as tf

    import kgan

    architectures = kgan.architectures
    generator = architectures.dcgan_generator(shape, latent_dim=LATENT_DIM, seed=0)
    gan = kgan.GAN(generator, architectures.dcgan_discriminator(shape, width=8, seed=1), seed=0)
    random = np.random.RandomState(0)
    for layer in generator.layers:  # statistics as after training, so that no way can do without them
        if "BatchNormalization" in type(layer).__name__:
            layer.moving_mean.assign(0.1 * random.standard_normal(layer.moving_mean.shape))
            layer.moving_variance.assign(random.uniform(0.5, 1.5, layer.moving_variance.shape))
    bundle = kgan.export.save(gan, folder / "bundle")
    for path in ("generator.onnx", "saved_model"):
        (bundle / path).rename(folder / path)
    generator.save(folder / "generator.keras")
    if litert:
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved_model"))
        (folder / "generator.tflite").write_bytes(converter.convert())
    _write_layers(generator, folder)
    z = np.random.RandomState(2**32 - 1).standard_normal((max(BATCHES), LATENT_DIM)).astype(np.float32)
    np.savez(folder / "expected.npz", latents=z, images=generator.predict(z, verbose=0))


def _write_layers(generator, folder: Path) -> None:
    """The layers and their weights, for PyTorch."""
    layers, arrays = [], {}
    for place, layer in enumerate(generator.layers[1:]):
        config = layer.get_config()
        known = {key: config[key] for key in ("target_shape", "epsilon") if key in config}
        layers.append({"kind": type(layer).__name__, "weights": len(layer.weights), **known})
        arrays |= {f"{place}.{n}": weight.numpy() for n, weight in enumerate(layer.weights)}
    (folder / "layers.json").write_text(json.dumps(layers))
    np.savez(folder / "layers.npz", **arrays)


def work(folder: Path) -> float:
    """Floating-point operations of the products and convolutions for one image, a multiply-add counted as two."""
    layers = json.loads((folder / "layers.json").read_text())
    with np.load(folder / "layers.npz", allow_pickle=False) as arrays:
        side, total = 0, 0.0
        for place, layer in enumerate(layers):
            if layer["kind"] == "Reshape":
                side = layer["target_shape"][0]
            elif layer["kind"] == "Dense":
                total += 2.0 * arrays[f"{place}.0"].size
            elif layer["kind"] == "Conv2DTranspose":
                total += 2.0 * arrays[f"{place}.0"].size * side**2
                side *= 2
    return total


def matrix_rate() -> float:
    """Floating-point operations a second of a product of large matrices."""
    matrix = np.ones((MATRIX_SIDE, MATRIX_SIDE), np.float32)
    started = time.perf_counter()
    matrix @ matrix
    return 2.0 * MATRIX_SIDE**3 / (time.perf_counter() - started)


class Way(ToldProcess):
    """A process that draws batches for as long as it is told.

    Attributes:
        first: Seconds from its start until it has drawn its first images.
    """

    def __init__(self, python: str, way: str, folder: Path):
        super().__init__(python, "draw_images.py", (way, str(folder)))

    def draw(self, batch: int, seconds: float) -> dict:
        """Batches for so many seconds: their number, the time that they took, processor time."""
        return self._tell(json.dumps([batch, seconds]))

    def end(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        self._wait()


def measure(folder: Path, pythons: dict[str, str], rounds: int, seconds: float) -> list[dict]:
    """The figures of each way and batch, on the network in a folder."""
    ways = {name: Way(pythons[name], WAYS[name][0], folder) for name in pythons}
    rows, flops = [], work(folder)
    for batch in BATCHES:
        for way in ways.values():
            way.draw(batch, WARM)
        turns: dict[str, list[dict]] = {name: [] for name in ways}
        rates = []
        for turn in range(rounds):
            rates.append(matrix_rate())
            for place in range(len(ways)):  # another begins each time: on a busy machine who comes first is favoured
                name = list(ways)[(place + turn) % len(ways)]
                turns[name].append(ways[name].draw(batch, seconds))
        mine = [turn["seconds"] / turn["batches"] for turn in turns["kgan sampler"]]
        for name, drawn in turns.items():
            latency = [turn["seconds"] / turn["batches"] for turn in drawn]
            rows.append(
                {
                    "way": name,
                    "batch": batch,
                    "latency": statistics.median(latency),
                    "ratio": statistics.median(other / own for other, own in zip(latency, mine, strict=True)),
                    "share": statistics.median(
                        batch * flops / (one * rate) for one, rate in zip(latency, rates, strict=True)
                    ),
                    "processor": statistics.median(turn["processor"] / (turn["batches"] * batch) for turn in drawn),
                    "size": size(folder / WAYS[name][1]),
                    "first": ways[name].first,
                }
            )
    for way in ways.values():
        way.end()
    return rows


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())


def environment(name: str, packages: list[str]) -> str:
    """The interpreter of an environment that has the packages, made where there is none yet."""
    python = HERE / name / "bin" / "python"
    if not python.exists():
        venv.create(HERE / name, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *packages, "numpy"], check=True)
    return str(python)


def line(name: str, row: dict) -> str:
    """A row of the table, in the order of `COLUMNS`."""
    cells = (
        name,
        row["batch"],
        row["way"],
        f"{row['batch'] / row['latency']:,.0f}",
        f"{1e3 * row['latency']:.2f}",
        f"{row['ratio']:.2f}",
        f"{row['share']:.0%}",
        f"{1e3 * row['processor']:.2f}",
        f"{row['size'] / 1e6:.1f}",
        f"{row['first']:.1f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Measures, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn")
    parser.add_argument("--games", help="networks whose name begins so")
    parser.add_argument("--ways", default=";".join(WAYS), help="names with semicolons between; kgan sampler among them")
    parser.add_argument("--torch-python", help="an interpreter that has PyTorch")
    parser.add_argument("--runtimes-python", help="an interpreter that has LiteRT and OpenVINO")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    arguments = parser.parse_args()
    names = [name for name in WAYS if name in arguments.ways.split(";")]
    pythons = dict.fromkeys(names, sys.executable)
    for name in names:
        if "PyTorch" in name:
            pythons[name] = arguments.torch_python or environment(".torch", TORCH)
        elif name in ("LiteRT", "OpenVINO"):
            pythons[name] = arguments.runtimes_python or environment(".runtimes", RUNTIMES)
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    found = []
    for name, shape in GAMES.items():
        if not name.startswith(arguments.games or ""):
            continue
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder), shape, "LiteRT" in names)
            for row in measure(Path(folder), pythons, arguments.rounds, arguments.seconds):
                found.append({"network": name, **row})
                print(line(name, row), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
