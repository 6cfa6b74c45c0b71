"""Why DCGAN's convolutions are written as they are: TensorFlow's own and XLA's on a CPU against kgan.convolution's.

    python benchmarks/convolutions.py

Each layer of DCGAN on 128 images, the reals and samples of a batch of 64 in one pass: GFLOP/s forwards (C), to the
images (T) and to the kernel (W), by TensorFlow's kernels, oneDNN's where it uses them; by XLA's; and as kgan computes
them in a step of either. Where kgan needs fewer multiplications, those of the others are counted. All take turns; rates
are medians.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import tensorflow as tf

from kgan._kernels import library, strided_convolution
from kgan._kernels.library import Library

BATCH, STRIDES = 128, (2, 2)  # reals and samples
PRODUCTS = ("C", "T", "W")
LAYERS = {  # side and channels of the images, filters
    "28 x 28 x 1 -> 64": (28, 1, 64),
    "14 x 14 x 64 -> 128": (14, 64, 128),
    "64 x 64 x 3 -> 64": (64, 3, 64),
    "32 x 32 x 64 -> 128": (32, 64, 128),
    "16 x 16 x 128 -> 256": (16, 128, 256),
    "8 x 8 x 256 -> 512": (8, 256, 512),
}


def forms(side: int, kernel_shape: tuple[int, ...]) -> dict[str, list[tuple[Callable, bool]]]:
    """C, T and W by TensorFlow, by kgan in a step of TensorFlow's kernels, by XLA, and by kgan in a step of XLA's.

    Each is a function of images, kernel and outputs, and whether XLA compiles it.
    """
    size = (side, side)

    def stock_t(x, w, y):
        return tf.nn.conv2d_transpose(y, w, tf.shape(x), STRIDES, "SAME")

    def stock_w(x, w, y):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=kernel_shape, out_backprop=y, strides=[1, *STRIDES, 1], padding="SAME"
        )

    pairs = {
        "C": (
            lambda x, w, y: tf.nn.conv2d(x, w, STRIDES, "SAME"),
            lambda x, w, y: strided_convolution.convolve(x, w, STRIDES),
        ),
        "T": (stock_t, lambda x, w, y: strided_convolution.convolve_transposed(y, w, STRIDES, size)),
        "W": (stock_w, lambda x, w, y: strided_convolution.to_kernel(x, y, kernel_shape, STRIDES)),
    }
    found = {}
    for product, (stock, own) in pairs.items():
        # Without oneDNN, a step that XLA does not compile takes TensorFlow's own.
        beside_onednn = in_step(own, Library.ONEDNN_WITH_XLA) if library.has_onednn() else stock
        found[product] = [(stock, False), (beside_onednn, False), (stock, True), (in_step(own, Library.XLA), True)]
    return found


def in_step(function: Callable, used: Library) -> Callable:
    """The function, traced as within a training step of these kernels."""

    def traced(*arguments):
        with library.used(used):
            return function(*arguments)

    return traced


def multiply_adds(batch: int, side: int, channels: int, filters: int) -> float:
    """Floating-point operations of one product of a batch of images of this side."""
    return 2.0 * batch * (side // 2) ** 2 * 16 * channels * filters


def medians(functions: Sequence[tuple[Callable, bool]], arguments: Sequence, rounds: int) -> list[float]:
    """Seconds of each function, which take turns.

    Args:
        functions: What to call, and whether XLA compiles it.
        arguments: What each is called with.
        rounds: Turns, of which the median counts; one more comes before them, which compiles.
    """
    traced = [tf.function(function, autograph=False, jit_compile=compiled) for function, compiled in functions]
    seconds: list[list[float]] = [[] for _ in traced]
    for turn in range(rounds + 1):
        for times, function in zip(seconds, traced, strict=True):
            started = time.perf_counter()
            function(*arguments)
            if turn:
                times.append(time.perf_counter() - started)
    return [statistics.median(times) for times in seconds]


def timed(layer: tuple[int, int, int], rounds: int) -> dict[str, list[float]]:
    """Seconds of C, T and W of a layer, in the order of `forms`.

    Args:
        layer: Side and channels of the images, and filters.
        rounds: As in `medians`.
    """
    side, channels, filters = layer
    x, w = tf.random.normal((BATCH, side, side, channels)), tf.random.normal((4, 4, channels, filters))
    y = tf.random.normal((BATCH, side // 2, side // 2, filters))
    return {product: medians(found, (x, w, y), rounds) for product, found in forms(side, tuple(w.shape)).items()}


def main() -> None:
    """Times every layer, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"| layer | product | TensorFlow | kgan beside it | XLA | kgan under XLA |\n{'| --- ' * 6}|")
    for name, layer in LAYERS.items():
        for product, seconds in timed(layer, rounds).items():
            rates = [f"{multiply_adds(BATCH, *layer) / 1e9 / one:.0f}" for one in seconds]
            print(f"| {name} | {product} | {' | '.join(rates)} |", flush=True)


if __name__ == "__main__":
    main()
