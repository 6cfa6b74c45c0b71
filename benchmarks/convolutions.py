"""Why DCGAN's convolutions are written as they are: XLA's own strided ones on a CPU against those of kgan.convolution.

    python benchmarks/convolutions.py

Each layer of DCGAN at batch 64: GFLOP/s forwards (C), to the images (T) and to the kernel (W), TensorFlow's kernels
beside XLA's beside kgan's under XLA. W is XLA's own in kgan. The three take turns; rates are medians.
"""

import argparse
import statistics
import time

import tensorflow as tf

from kgan import convolution

BATCH, STRIDES = 64, (2, 2)
LAYERS = {  # side and channels of the images, filters
    "28 x 28 x 1 -> 64": (28, 1, 64),
    "14 x 14 x 64 -> 128": (14, 64, 128),
    "64 x 64 x 3 -> 64": (64, 3, 64),
    "32 x 32 x 64 -> 128": (32, 64, 128),
    "16 x 16 x 128 -> 256": (16, 128, 256),
    "8 x 8 x 256 -> 512": (8, 256, 512),
}


def forms(side: int, kernel_shape: tuple[int, ...]):
    """For each of C, T and W: its stock form, and kgan's; both take images, kernel and outputs."""

    def stock_t(x, w, y):
        return tf.nn.conv2d_transpose(y, w, tf.shape(x), STRIDES, "SAME")

    def stock_w(x, w, y):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=kernel_shape, out_backprop=y, strides=[1, *STRIDES, 1], padding="SAME"
        )

    return {
        "C": (
            lambda x, w, y: tf.nn.conv2d(x, w, STRIDES, "SAME"),
            lambda x, w, y: convolution.convolve(x, w, STRIDES),
        ),
        "T": (stock_t, lambda x, w, y: convolution.convolve_transposed(y, w, STRIDES, (side, side))),
        "W": (stock_w, stock_w),
    }


def main() -> None:
    """Times every layer, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print("| layer | product | TensorFlow | XLA | kgan under XLA |\n| --- | --- | --- | --- | --- |")
    for name, (side, channels, filters) in LAYERS.items():
        x = tf.random.normal((BATCH, side, side, channels))
        w = tf.random.normal((4, 4, channels, filters))
        y = tf.random.normal((BATCH, side // 2, side // 2, filters))
        work = 2.0 * BATCH * (side // 2) ** 2 * 16 * channels * filters
        for product, (stock, own) in forms(side, tuple(w.shape)).items():
            functions = [tf.function(stock, autograph=False)]
            functions += [tf.function(form, autograph=False, jit_compile=True) for form in (stock, own)]
            seconds: list[list[float]] = [[], [], []]
            for turn in range(rounds + 1):
                for times, function in zip(seconds, functions, strict=True):
                    started = time.perf_counter()
                    function(x, w, y)
                    if turn:  # the first compiles
                        times.append(time.perf_counter() - started)
            rates = " | ".join(f"{work / statistics.median(times) / 1e9:.0f}" for times in seconds)
            print(f"| {name} | {product} | {rates} |", flush=True)


if __name__ == "__main__":
    main()
