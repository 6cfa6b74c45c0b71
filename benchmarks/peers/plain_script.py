"""The Keras GAN script that everybody copies, of a given width, until its samples are good; nothing of kgan."""

import keras
import numpy as np
import tensorflow as tf
from pairing import Game
from plain_keras import Script
from slices import BATCH, Draw, Play, serve


def main(images: np.ndarray, labels: np.ndarray, seed: int, width: str) -> tuple[Play, Draw]:
    """Builds the game; returns what plays one iteration, and what draws. The script takes no labels."""
    keras.utils.set_random_seed(seed)
    _, size, _, channels = images.shape
    game = Game(size, channels, (int(width), 2 * int(width)), BATCH)
    script = Script(game)
    script.seeds = keras.random.SeedGenerator(seed)
    script.compile(*(keras.optimizers.Adam(game.rate, *game.betas) for _ in range(2)))
    source = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images), seed=seed).repeat()
    batches = iter(source.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE))
    script.make_train_function()

    def draw(count: int) -> np.ndarray:
        z = np.random.default_rng(0).standard_normal((count, game.latent_dim), np.float32)
        return script.generator.predict(z, batch_size=BATCH, verbose=0)

    return lambda: float(script.train_function(batches)["g_loss"]), draw


if __name__ == "__main__":
    serve(main)
