"""kgan on one worker of the cluster that TF_CONFIG describes; the batch of the game is that of all workers together."""

import numpy as np
from kgan_fit import compiled
from pairing import Game, serve

import kgan
from kgan.data.sources import arrays


def main(game: Game, images: np.ndarray):
    """Builds the game; returns what plays one iteration, which waits for the other workers."""
    strategy = kgan.distribution.strategy("multi_worker")
    with strategy.scope():
        gan = compiled(game)
    source = arrays.batches(images, batch_size=game.batch, shuffle_seed=0, drop_remainder=True).repeat()
    batches = iter(strategy.experimental_distribute_dataset(source))
    gan.make_train_function()
    return lambda: gan.train_function(batches)


if __name__ == "__main__":
    serve(main)
