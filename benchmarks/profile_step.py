"""Where the time of a training step goes: operations gathered by kind.

    python benchmarks/profile_step.py
    python benchmarks/profile_step.py --game "WGAN-GP, 5 steps" --contender kgan
    python benchmarks/profile_step.py --game "SNGAN 32 x 32 x 3, 5 steps"

The default recipe's, or an iteration of a game of `train.py`, kgan's or the plain Keras script's; of families, and of
games that map pictures to pictures, kgan's.
On one core, where the operations of a step follow each other, so that their times add up to that of the step; shares
are what carries over to more cores. `--operations 20` names the largest single ones, as TensorFlow or XLA calls them.
"""

import argparse
import collections
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from peers import family_rows, pair_rows, pairing

KINDS = {  # the first that an operation's name matches
    "convolutions": r"conv",
    "matrix products (dense layers, first convolutions, transposed convolutions)": r"dot|matmul",
    "copies and transpositions between them": r"copy|transpose|concatenate|pad|slice|bitcast_fusion",
    "sums (losses, biases, BatchNormalization)": r"reduce",
    "drawing latents": r"rng|philox|erf|while",
    "elementwise (activations, normalization, Adam, averages)": r"fusion|add|multiply|select|tanh|relu|batchnorm",
}
PASSED_ON = (
    r"Execute|Process|Run|Block|Prefetch|multi_step|Await|Iterator|::|_on_iterator|Wait|ParallelFor|^\d|StartNext"
)


def step_of_digits() -> Callable[[], object]:
    """A step of the default recipe."""
    import kgan
    from kgan import recipes

    splits = kgan.data.load("digits", 64)
    gan = recipes.get("digits").build(splits)
    batches = iter(splits.train.repeat())
    gan.make_train_function()
    return lambda: gan.train_function(batches)


Timed = pairing.Game | family_rows.Family | pair_rows.Mapping


def iteration_of(game: Timed, contender: str) -> Callable[[], object]:
    """An iteration of a game, as `train.py` times it."""
    sys.path.insert(0, str(Path(__file__).parent / "peers"))  # where those programs run
    if isinstance(game, family_rows.Family):
        import kgan_family

        return kgan_family.main(game, pairing.images(game), "auto")
    if isinstance(game, pair_rows.Mapping):
        import kgan_pairs

        return kgan_pairs.main(game, pairing.images(game), "auto")
    if contender == "kgan":
        import kgan_fit

        return kgan_fit.main(game, pairing.images(game), "auto")
    import plain_keras

    return plain_keras.main(game, pairing.images(game))


def operations(play: Callable[[], object], steps: int) -> tuple[float, collections.Counter]:
    """Milliseconds of a step, and of each operation in it."""
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    for _ in range(3):
        play()
    started = time.perf_counter()
    for _ in range(steps):
        play()
    whole = 1000 * (time.perf_counter() - started) / steps
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            for _ in range(steps):
                play()
        (written,) = Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(written.read_bytes())
    found: collections.Counter = collections.Counter()
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                if not re.search(PASSED_ON, name):
                    found[name] += event.duration_ps / 1e9 / steps
    return whole, found


def kind_of(name: str) -> str:
    """The kind of an operation."""
    return next((kind for kind, pattern in KINDS.items() if re.search(pattern, name, re.IGNORECASE)), "others")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--operations", type=int, default=0)
    games = {**pairing.GAMES, **family_rows.FAMILIES, **pair_rows.MAPPINGS}
    parser.add_argument("--game", choices=games, help="of train.py; the recipe digits unless given")
    parser.add_argument("--contender", choices=("kgan", "plain Keras"), default="kgan", help="who plays the game")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before TensorFlow counts the cores
    game = arguments.game and games[arguments.game]
    if not isinstance(game, (pairing.Game, type(None))) and arguments.contender != "kgan":
        parser.error(f"Expected contender kgan with this game. Received: {arguments.contender}.")
    whole, found = operations(iteration_of(game, arguments.contender) if game else step_of_digits(), arguments.steps)
    kinds: collections.Counter = collections.Counter()
    for name, milliseconds in found.items():
        kinds[kind_of(name)] += milliseconds
    print(f"A step takes {whole:.1f} ms on one core; the operations add up to {sum(kinds.values()):.1f} ms.\n")
    print("| operations | ms | share |\n| --- | --- | --- |")
    for kind, milliseconds in kinds.most_common():
        print(f"| {kind} | {milliseconds:.2f} | {milliseconds / whole:.0%} |")
    if arguments.operations:
        print("\n| operation | ms |\n| --- | --- |")
        for name, milliseconds in found.most_common(arguments.operations):
            print(f"| {name} | {milliseconds:.2f} |")


if __name__ == "__main__":
    main()
