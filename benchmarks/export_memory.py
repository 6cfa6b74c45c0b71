"""What exporting a generator takes in memory, in times of its weights, and how many nodes the ONNX file has.

    python benchmarks/export_memory.py --megabytes 64 256 1024
    python benchmarks/export_memory.py --nodes

Each row is a process of its own: a generator of dense layers, whose weights are most of it, is exported as a bundle of
ONNX and SavedModel, reopened and compared with Keras. The peak is what the process holds at most while it exports
(VmHWM, which is reset before), less what it held before: TensorFlow, the generator, a discriminator of a few weights.
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CHILD = "--child"
MOVING = ("Transpose", "Reshape", "Cast", "Shape", "Slice", "Identity")
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def memory(name: str) -> float:
    """A line of /proc/self/status, MB."""
    return int(re.search(rf"{name}:\s+(\d+)", STATUS.read_text())[1]) / 1024


def export(megabytes: float) -> None:
    """Exports a generator of such weights, and prints the row."""
    import keras

    import kgan
    import kgan.export

    width = round((megabytes * 2**20 / 4 / 3) ** 0.5)
    dense = [keras.layers.Dense(width, activation="relu") for _ in range(4)]
    generator = keras.Sequential([keras.Input((128,)), *dense, keras.layers.Dense(12, activation="tanh")])
    discriminator = keras.Sequential([keras.Input((12,)), keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, seed=0)
    weights = 4 * generator.count_params() / 2**20
    with tempfile.TemporaryDirectory() as folder:
        before = memory("VmRSS")
        RESET.write_text("5")
        bundle = kgan.export.save(gan, Path(folder) / "bundle")
        peak = memory("VmHWM") - before
        size = sum(file.stat().st_size for file in bundle.glob("generator.onnx*")) / 2**20
        saved = sum(file.stat().st_size for file in (bundle / "saved_model").rglob("*") if file.is_file()) / 2**20
        beside = "yes" if (bundle / "generator.onnx.data").is_file() else "no"
    row = (f"{weights:,.0f}", f"{peak:,.0f}", f"{peak / weights:.1f}", f"{size:,.0f}", beside, f"{saved:,.0f}")
    print(f"| {' | '.join(row)} |", flush=True)


def nodes() -> None:
    """Prints what tf2onnx writes of families of kgan's, and what is left in the file."""
    import json

    import keras

    import kgan
    import kgan.export

    make = kgan.architectures
    small = {
        "DCGAN, 28 pixels": ((28, 28, 1), lambda shape: make.dcgan_generator(shape, 64, 64, seed=0)),
        "DCGAN, 64 pixels": ((64, 64, 3), lambda shape: make.dcgan_generator(shape, 128, 64, seed=0)),
        "SNGAN, 32 pixels": ((32, 32, 3), lambda shape: make.sngan_generator(shape, 128, 64, seed=0)),
        "R3GAN, 32 pixels": ((32, 32, 3), lambda shape: make.r3gan_generator(shape, 64, 64, seed=0)),
        "StyleGAN2, 32 pixels": ((32, 32, 3), lambda shape: make.stylegan2_generator(shape, 64, 16, seed=0)),
        "FastGAN, 64 pixels": ((64, 64, 3), lambda shape: make.fastgan_generator(shape, 64, 16, seed=0)),
        "U-Net of any size": ((64, 64, 3), lambda shape: make.unet_generator(shape, 3, width=16, seed=0)),
    }
    print(f"| network | tf2onnx | file | of which {', '.join(MOVING)} |\n| --- | --- | --- | --- |")
    for name, (shape, build) in small.items():
        generator = build(shape)
        layers = [keras.Input(shape), keras.layers.Conv2D(1, 3)]
        if len(generator.inputs[0].shape) == 4:
            game = kgan.Translation(generator, keras.Sequential(layers), seed=0)
        else:
            flat = [keras.layers.Flatten(), keras.layers.Dense(1)]
            game = kgan.GAN(generator, keras.Sequential([layers[0], *flat]), seed=0)
        with tempfile.TemporaryDirectory() as folder:
            bundle = kgan.export.save(game, Path(folder) / "bundle", formats=("onnx",))
            counts = json.loads((bundle / "card.json").read_text())["artefacts"]["onnx"]["nodes"]
        moved = [sum(collections.Counter(one)[kind] for kind in MOVING) for one in counts.values()]
        before, after = (sum(one.values()) for one in counts.values())
        print(f"| {name} | {before} | {after} | {moved[0]} -> {moved[1]} |", flush=True)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, nargs="+", default=[64, 256])
    parser.add_argument("--nodes", action="store_true", help="count nodes instead")
    parser.add_argument(CHILD, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.nodes:
        nodes()
        return
    if arguments.child:
        export(*arguments.megabytes)
        return
    print("| weights, MB | peak over before, MB | times the weights | ONNX, MB | file beside | SavedModel, MB |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for megabytes in arguments.megabytes:
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, __file__, CHILD, "--megabytes", str(megabytes)]
        subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
