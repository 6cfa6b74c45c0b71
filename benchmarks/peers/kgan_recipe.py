"""kgan's default recipe, conditional on the labels, as `kgan train` builds it; its averaged generator draws."""

import numpy as np
from slices import BATCH, Draw, Play, serve

from kgan import recipes
from kgan.data.sources import arrays


def main(images: np.ndarray, labels: np.ndarray, seed: int) -> tuple[Play, Draw]:
    """Builds the game; returns what plays one iteration, and what draws."""
    gan = recipes.get("digits").build((images, labels), seed)
    source = arrays.batches(images, labels, batch_size=BATCH, shuffle_seed=seed, drop_remainder=True).repeat()
    batches = iter(source)
    gan.make_train_function()
    return lambda: float(gan.train_function(batches)["generator_loss"]), lambda count: gan.generate(count, seed=0)


if __name__ == "__main__":
    serve(main)
