"""Why DCGAN's convolutions are written as they are: XLA's own strided ones on a CPU against those of kgan.convolution.

    python benchmarks/convolutions.py

Each layer of DCGAN on 128 images, the reals and samples of a batch of 64 in one pass: GFLOP/s forwards (C), to the
images (T) and to the kernel (W), TensorFlow's kernels beside XLA's beside kgan's under XLA. W is XLA's own in kgan. The
three take turns; rates are medians.

A second table says how fast the games of `train.py` could be at most: an iteration's products, each by the fastest of
the three, and all else for nothing.
"""

import argparse
import statistics
import time

import tensorflow as tf
from peers.pairing import GAMES, Game

from kgan import convolution

BATCH, STRIDES = 128, (2, 2)
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


def multiply_adds(batch: int, side: int, channels: int, filters: int) -> float:
    """Floating-point operations of one product of a batch of images of this side."""
    return 2.0 * batch * (side // 2) ** 2 * 16 * channels * filters


def layers_of(game: Game) -> list[tuple[int, int, int]]:
    """Side, channels and filters of each convolution of the discriminator, which the generator mirrors."""
    channels = (game.channels, *game.filters)
    return [(game.size // 2**stage, *channels[stage : stage + 2]) for stage in range(game.stages)]


def times_of(game: Game, is_first: bool) -> dict[str, int]:
    """How often an iteration computes each product of a layer, for one batch.

    A discriminator's turn judges reals and samples (C), leads back through all layers but the first (T), and to the
    kernels (W). Slopes lead to the images, and back again through both passes; WGAN-GP's have a pass of their own. The
    generator draws (T) at each turn, and learns (C, W) through the discriminator (C, T) at the last.
    """
    back = 0 if is_first else 2
    if game.zero_centred:
        turn = {"C": 4, "T": 4, "W": 4}
    elif game.wasserstein:
        turn = {"C": 4, "T": back + 2, "W": 4}
    else:
        turn = {"C": 2, "T": back, "W": 2}
    turn["T"] += 1
    generator = {"C": 2, "T": 1, "W": 1}
    return {product: game.discriminator_steps * turn[product] + generator[product] for product in turn}


def most(game: Game, fastest: dict[tuple[int, int, int], dict[str, float]]) -> tuple[float, float]:
    """Images/s and operations/s of a game whose iteration is its convolutions' products alone, at these rates."""
    work, seconds = 0.0, 0.0
    for number, layer in enumerate(layers_of(game)):
        for product, times in times_of(game, is_first=number == 0).items():
            work += times * multiply_adds(game.batch, *layer)
            seconds += times * multiply_adds(game.batch, *layer) / fastest[layer][product]
    return game.reals / seconds, work / seconds


def main() -> None:
    """Times every layer, prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print("| layer | product | TensorFlow | XLA | kgan under XLA |\n| --- | --- | --- | --- | --- |")
    fastest: dict[tuple[int, int, int], dict[str, float]] = {layer: {} for layer in LAYERS.values()}
    for name, (side, channels, filters) in LAYERS.items():
        x = tf.random.normal((BATCH, side, side, channels))
        w = tf.random.normal((4, 4, channels, filters))
        y = tf.random.normal((BATCH, side // 2, side // 2, filters))
        work = multiply_adds(BATCH, side, channels, filters)
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
            rates = [work / statistics.median(times) for times in seconds]
            fastest[side, channels, filters][product] = max(rates)
            print(f"| {name} | {product} | {' | '.join(f'{rate / 1e9:.0f}' for rate in rates)} |", flush=True)
    print("\n| game | images/s at most | GFLOP/s |\n| --- | --- | --- |")
    for name, game in GAMES.items():
        images, rate = most(game, fastest)
        print(f"| {name} | {images:,.0f} | {rate / 1e9:.0f} |")


if __name__ == "__main__":
    main()
