"""The Keras GAN script that everybody copies: a `train_step` with two generator passes and two optimizers.

Nothing of kgan: networks of stock layers, `compile` as Keras picks XLA, a `tf.data` pipeline of uint8 images.
"""

import keras
import tensorflow as tf
from keras import layers
from pairing import Game, serve


def generator(game: Game) -> keras.Model:
    """DCGAN's: dense onto a small grid, transposed convolutions up to the image."""
    side, filters = game.size // 2**game.stages, game.filters[::-1]
    stack = [
        keras.Input((game.latent_dim,)),
        layers.Dense(side * side * filters[0], use_bias=False),
        layers.Reshape((side, side, filters[0])),
    ]
    for count in filters[1:]:
        stack += [layers.BatchNormalization(), layers.ReLU()]
        stack += [layers.Conv2DTranspose(count, 4, strides=2, padding="same", use_bias=False)]
    stack += [layers.BatchNormalization(), layers.ReLU()]
    stack += [layers.Conv2DTranspose(game.channels, 4, strides=2, padding="same", activation="tanh")]
    return keras.Sequential(stack)


def discriminator(game: Game) -> keras.Model:
    """DCGAN's without BatchNormalization: strided convolutions, dense."""
    stack = [keras.Input((game.size, game.size, game.channels))]
    for count in game.filters:
        stack += [layers.Conv2D(count, 4, strides=2, padding="same"), layers.LeakyReLU(negative_slope=0.2)]
    return keras.Sequential([*stack, layers.Flatten(), layers.Dense(1)])


class Script(keras.Model):
    """The game, as the examples write it."""

    def __init__(self, game: Game):
        super().__init__()
        self.game = game
        self.generator, self.discriminator = generator(game), discriminator(game)
        self.seeds = keras.random.SeedGenerator(0)
        self.trackers = [keras.metrics.Mean(name="d_loss"), keras.metrics.Mean(name="g_loss")]
        self.built = True

    def compile(self, g_optimizer, d_optimizer, **kwargs):
        super().compile(**kwargs)
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    @property
    def metrics(self):
        return self.trackers

    def fakes(self, count):
        return self.generator(keras.random.normal((count, self.game.latent_dim), seed=self.seeds), training=True)

    def slopes(self, points):
        """The squared norm of the discriminator's gradient at each point."""
        with tf.GradientTape() as tape:
            tape.watch(points)
            logits = self.discriminator(points, training=True)
        return tf.reduce_sum(tf.square(tape.gradient(logits, points)), axis=(1, 2, 3))

    def discriminator_step(self, real):
        count = tf.shape(real)[0]
        fake = self.fakes(count)
        with tf.GradientTape() as tape:
            logits = self.discriminator(tf.concat([real, fake], 0), training=True)
            on_real, on_fake = tf.split(logits, 2)
            if self.game.wasserstein:
                alpha = keras.random.uniform((count, 1, 1, 1), seed=self.seeds)
                slope = tf.sqrt(self.slopes(alpha * real + (1.0 - alpha) * fake) + 1e-10)
                loss = tf.reduce_mean(on_fake) - tf.reduce_mean(on_real)
                loss += 10.0 * tf.reduce_mean(tf.square(slope - 1.0))
            else:
                loss = self.entropy(tf.ones_like(on_real), on_real) + self.entropy(tf.zeros_like(on_fake), on_fake)
            if self.game.zero_centred:
                loss += 0.5 * (tf.reduce_mean(self.slopes(real)) + tf.reduce_mean(self.slopes(fake)))
        weights = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(loss, weights), weights)
        return loss

    def train_step(self, data):
        real = tf.cast(data, tf.float32) / 127.5 - 1.0
        for part in tf.split(real, self.game.discriminator_steps):
            d_loss = self.discriminator_step(part)
        with tf.GradientTape() as tape:
            logits = self.discriminator(self.fakes(self.game.batch), training=True)
            g_loss = -tf.reduce_mean(logits) if self.game.wasserstein else self.entropy(tf.ones_like(logits), logits)
        weights = self.generator.trainable_variables
        self.g_optimizer.apply(tape.gradient(g_loss, weights), weights)
        for tracker, value in zip(self.trackers, (d_loss, g_loss), strict=True):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


def main(game: Game, images) -> "callable":
    """Builds the game; returns what plays one iteration."""
    script = Script(game)
    script.compile(*(keras.optimizers.Adam(game.rate, *game.betas) for _ in range(2)))
    source = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images)).repeat()
    batches = iter(source.batch(game.batch * game.discriminator_steps, drop_remainder=True).prefetch(tf.data.AUTOTUNE))
    script.make_train_function()
    return lambda: script.train_function(batches)


if __name__ == "__main__":
    serve(main)
