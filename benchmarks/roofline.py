"""How fast the games of `train.py` could be at most, with the kernels that there are.

    python benchmarks/roofline.py

Each part of an iteration of DCGAN is timed by itself, as TensorFlow computes it, as XLA does, and, for convolutions, as
kgan does beside either; the fastest counts, with its inputs at hand and nothing else running:

- the products of every convolution, as often as an iteration makes them;
- what lies between two products: bias and LeakyReLU, its slope, BatchNormalization with ReLU, the gradient of both. As
  XLA has them, each is one fused pass or as few as there are, so that memory is read and written least;
- Adam, on all weights of a player at once.

Their sums are an iteration that nothing else costs anything in: no dense layer, no loss, no latents, no data, no sum of
a bias's gradient, no copy between two parts. Parts are timed by themselves, so that the sums are good to a few per
cent; and a kernel that did a convolution and what follows it in one could do better.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import keras
import tensorflow as tf
from convolutions import BATCH, LAYERS, PRODUCTS, forms, medians, multiply_adds
from peers.pairing import GAMES, MATRIX_SIDE, Game
from train import work

Layer = tuple[int, int, int]  # side and channels of the images, filters
COPIES = 4
SLOPE = 0.2  # of LeakyReLU
RATE = 1e-9  # of Adam: what the weights become does not matter
PASSES = ("LeakyReLU", "its slope", "BatchNormalization", "its gradient")


def layers_of(game: Game) -> list[Layer]:
    """The convolutions of the discriminator, which the generator mirrors."""
    channels = (game.channels, *game.filters)
    return [(game.size // 2**stage, *channels[stage : stage + 2]) for stage in range(game.stages)]


def products_of(game: Game, is_first: bool) -> dict[str, int]:
    """How often an iteration computes each product of a layer, for one batch.

    A discriminator's turn judges reals and samples (C), leads back through all layers but the first (T), and to the
    kernels (W). Slopes lead to the images, and back again through both passes; WGAN-GP's have a pass of their own
    (C, T), of which only the way to the images leads back (C, W), because rectifiers do not bend. The generator draws
    (T) at each turn, and learns (C, W) through the discriminator (C, T) at the last.
    """
    back = 0 if is_first else 2
    if game.zero_centred:
        turn = {"C": 4, "T": 4, "W": 4}
    elif game.wasserstein:
        turn = {"C": 4, "T": back + 1, "W": 3}
    else:
        turn = {"C": 2, "T": back, "W": 2}
    turn["T"] += 1
    generator = {"C": 2, "T": 1, "W": 1}
    return {product: game.discriminator_steps * turn[product] + generator[product] for product in turn}


def passes_of(game: Game) -> dict[str, int]:
    """How often an iteration goes through what a layer puts out, between two products, for one batch.

    The discriminator's activation follows each of its C, and the activation's slope what T leads back to it; all C but
    one are the discriminator's, all T but the generator's draws. The generator normalises at each draw, and learns at
    the last.
    """
    products = products_of(game, is_first=False)
    draws = game.discriminator_steps
    return dict(zip(PASSES, (products["C"] - 1, products["T"] - draws, draws, 1), strict=True))


def between(channels: int) -> dict[str, Callable]:
    """What lies between two products, by its name in `PASSES`; each takes what came forwards and what comes back."""
    ones, zeros = tf.ones(channels), tf.zeros(channels)

    def normalised(x, y):
        return tf.nn.relu(tf.raw_ops.FusedBatchNormV3(x=x, scale=ones, offset=zeros, mean=zeros, variance=ones).y)

    def gradient(x, y):
        return tf.raw_ops.FusedBatchNormGradV3(
            y_backprop=tf.where(x > 0.0, y, 0.0),
            x=x,
            scale=ones,
            reserve_space_1=zeros,
            reserve_space_2=ones,
            reserve_space_3=zeros,
        )[:3]

    passes = (
        lambda x, y: tf.nn.leaky_relu(tf.nn.bias_add(x, zeros), SLOPE),
        lambda x, y: tf.raw_ops.LeakyReluGrad(gradients=y, features=x, alpha=SLOPE),
        normalised,
        gradient,
    )
    return dict(zip(PASSES, passes, strict=True))


def weights_of(game: Game) -> dict[str, list[tuple[int, ...]]]:
    """The shapes of each player's weights."""
    kernels = [(4, 4, channels, filters) for _, channels, filters in layers_of(game)]
    grid = (game.size // 2**game.stages) ** 2 * game.filters[-1]
    norms = [(filters,) for filters in game.filters for _ in ("scale", "offset")]
    return {
        "discriminator": [*kernels, *((filters,) for filters in game.filters), (grid, 1), (1,)],
        "generator": [(game.latent_dim, grid), *kernels, *norms, (game.channels,)],
    }


def updates_of(game: Game) -> dict[str, int]:
    """How often each player learns in an iteration."""
    return {"discriminator": game.discriminator_steps, "generator": 1}


@dataclass(frozen=True)
class Fastest:
    """The fastest that each part was, over the forms that it was timed in.

    Attributes:
        products: Operations/s of C, T and W of each layer.
        passes: Seconds for each image of what lies between, by the layer and its name in `PASSES`.
    """

    products: Mapping[Layer, Mapping[str, float]]
    passes: Mapping[Layer, Mapping[str, float]]


def fastest_of(variants: Sequence[tuple[Callable, bool]], *shapes: tuple[int, ...], rounds: int) -> float:
    """Seconds of one of `COPIES` runs of the fastest form, which one call makes side by side.

    So calling costs next to nothing, and a kernel that leaves a core idle leaves it to the next, as in a step's graph.

    Args:
        variants: Functions of tensors of these shapes, and whether XLA compiles each.
        *shapes: Theirs.
        rounds: As in `medians`.
    """

    def copies(form):
        return lambda *inputs: [form(*(one[copy] for one in inputs)) for copy in range(COPIES)]

    inputs = [[tf.random.normal(shape) for _ in range(COPIES)] for shape in shapes]
    return min(medians([(copies(form), compiled) for form, compiled in variants], inputs, rounds)) / COPIES


def products(layer: Layer, rounds: int) -> dict[str, float]:
    """Operations/s of C, T and W, each in its fastest form."""
    side, channels, filters = layer
    kernel, outputs = (4, 4, channels, filters), (BATCH, side // 2, side // 2, filters)
    shapes = ((BATCH, side, side, channels), kernel, outputs)
    return {
        name: multiply_adds(BATCH, *layer) / fastest_of(variants, *shapes, rounds=rounds)
        for name, variants in forms(side, kernel).items()
    }


def passes(layer: Layer, rounds: int) -> dict[str, float]:
    """Seconds for each image of what lies between, each in its fastest form."""
    side, _, filters = layer
    shape = (BATCH, side // 2, side // 2, filters)
    return {
        name: fastest_of([(form, False), (form, True)], shape, shape, rounds=rounds) / BATCH
        for name, form in between(filters).items()
    }


def adam(shapes: list[tuple[int, ...]], rounds: int) -> float:
    """Seconds of an update of weights of these shapes: Keras's with XLA and without, and TensorFlow's own kernel."""
    updates = [(keras_adam(shapes), False), (keras_adam(shapes), True), (tensorflow_adam(shapes), False)]
    return min(medians(updates, [tf.random.normal(shape) for shape in shapes], rounds))


def keras_adam(shapes: list[tuple[int, ...]]) -> Callable:
    """An update by Keras, of gradients."""
    optimizer, weights = keras.optimizers.Adam(RATE), [keras.Variable(tf.zeros(shape)) for shape in shapes]
    optimizer.build(weights)
    return lambda *gradients: optimizer.apply(list(gradients), weights)


def tensorflow_adam(shapes: list[tuple[int, ...]]) -> Callable:
    """An update by TensorFlow's kernel, which kgan uses where XLA does not compile the step."""
    slots = [[tf.Variable(tf.zeros(shape)) for _ in range(3)] for shape in shapes]
    numbers = {"beta1_power": 0.5, "beta2_power": 0.9, "lr": RATE, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-7}

    def update(*gradients):
        for (weight, mean, square), gradient in zip(slots, gradients, strict=True):
            handles = {"var": weight.handle, "m": mean.handle, "v": square.handle}
            tf.raw_ops.ResourceApplyAdam(**handles, **numbers, grad=gradient)

    return update


def seconds_of(game: Game, fastest: Fastest) -> tuple[float, float]:
    """Seconds of all products of an iteration, and of all that lies between them."""
    of_products = of_passes = 0.0
    for number, layer in enumerate(layers_of(game)):
        for name, times in products_of(game, is_first=number == 0).items():
            of_products += times * multiply_adds(game.batch, *layer) / fastest.products[layer][name]
        for name, times in passes_of(game).items():
            of_passes += times * game.batch * fastest.passes[layer][name]
    return of_products, of_passes


def machine(rounds: int) -> float:
    """Operations/s of a large matrix product."""
    matrix = tf.random.normal((MATRIX_SIDE, MATRIX_SIDE))
    (seconds,) = medians([(lambda one: tf.matmul(one, one), False)], [matrix], rounds)
    return 2.0 * MATRIX_SIDE**3 / seconds


def main() -> None:
    """Times every part, prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    fastest = Fastest({}, {})
    print(f"| layer, ms for {BATCH} images | {' | '.join((*PRODUCTS, *PASSES))} |\n{'| --- ' * 8}|")
    for name, layer in LAYERS.items():
        fastest.products[layer], fastest.passes[layer] = products(layer, rounds), passes(layer, rounds)
        seconds = [multiply_adds(BATCH, *layer) / fastest.products[layer][one] for one in PRODUCTS]
        seconds += [BATCH * fastest.passes[layer][one] for one in PASSES]
        print(f"| {name} | {' | '.join(f'{1000 * one:.2f}' for one in seconds)} |", flush=True)
    rate = machine(rounds)
    print(f"\nA product of {MATRIX_SIDE} x {MATRIX_SIDE}: {rate / 1e9:.0f} GFLOP/s.\n")
    print(f"| game | products, ms | between them, ms | Adam, ms | images/s at most | of the machine |\n{'| --- ' * 6}|")
    for name, game in GAMES.items():
        updates = sum(updates_of(game)[player] * adam(shapes, rounds) for player, shapes in weights_of(game).items())
        parts = (*seconds_of(game, fastest), updates)
        cells = [f"{1000 * part:.1f}" for part in parts]
        cells += [f"{game.reals / sum(parts):,.0f}", f"{work(game) / sum(parts) / rate:.0%}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
