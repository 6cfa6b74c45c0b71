"""Games that are dropped give their memory back."""

import gc
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

import kgan
from games import small_dcgan
from kgan._support.custom_gradients import custom_gradient

IMAGES = np.random.default_rng(0).uniform(-1, 1, (32, 8, 8, 1)).astype(np.float32)


def graphs_and_games() -> int:
    """How many graphs of functions and models are alive."""
    gc.collect()
    # By its type: to ask an object for its class makes PyTorch warn of what it has deprecated, where it is imported.
    return sum(issubclass(type(one), (tf.Graph, keras.Model)) for one in gc.get_objects())


def dense_game():
    layers = keras.layers
    generator = keras.Sequential([keras.Input((4,)), layers.Dense(64), layers.Reshape((8, 8, 1))])
    discriminator = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
    return kgan.GAN(generator, discriminator, seed=0)


def plainly(folder):
    gan = dense_game()
    gan.compile(jit_compile=False)
    gan.fit(IMAGES, batch_size=16, verbose=0)


def with_everything(folder):
    """What is traced apart: lazy penalties, augmentation, an average, samples, metrics."""
    gan = small_dcgan(ema_half_life=50.0)
    gan.compile(
        jit_compile=False,
        augmentation="translation,cutout",
        penalties=[kgan.penalties.R1(every=2), "wgangp"],
        metrics=[kgan.metrics.FrechetDistance("pixels")],
    )
    gan.fit(IMAGES, batch_size=16, validation_data=IMAGES, verbose=0)
    gan.generate(4)


def with_callbacks(folder):
    gan = dense_game()
    gan.compile(jit_compile=False)
    monitor = kgan.callbacks.EquilibriumMonitor()
    gan.fit(IMAGES, batch_size=16, verbose=0, callbacks=[monitor, kgan.callbacks.FiniteGuard()])


def saved_and_loaded(folder):
    gan = dense_game()
    gan.compile(jit_compile=False)
    gan.fit(IMAGES, batch_size=16, verbose=0)
    gan.save(folder / "gan.keras")
    keras.models.load_model(folder / "gan.keras").fit(IMAGES, batch_size=16, verbose=0)


@pytest.mark.parametrize(
    "play",
    [
        plainly,
        *(pytest.param(play, marks=pytest.mark.slow) for play in (with_everything, with_callbacks, saved_and_loaded)),
    ],
)
def test_a_game_that_is_dropped_leaves_no_graph_and_no_model(play, tmp_path):
    play(tmp_path)  # what is kept for all games, as the extractor of pixels, is kept now
    before = graphs_and_games()
    play(tmp_path)
    assert graphs_and_games() == before


def test_a_custom_gradient_lasts_as_long_as_its_graph_and_no_longer():
    @custom_gradient
    def cube(x):
        return x**3, lambda upstream: upstream * 3 * square(x)

    @custom_gradient
    def square(x):
        return x**2, lambda upstream: upstream * 2 * x

    def third(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = cube(x)
            slope = inner.gradient(y, x)
        return slope, outer.gradient(slope, x)

    def check():
        x = tf.constant(2.0)
        assert [float(one) for one in third(x)] == [12.0, 12.0]
        traced = tf.function(third, autograph=False)
        assert [float(one) for one in traced(x)] == [12.0, 12.0]
        with tf.GradientTape() as tape:  # through the graph, after it was traced
            tape.watch(x)
            slope, _ = traced(x)
        assert float(tape.gradient(slope, x)) == 12.0
        assert set(ops.gradient_registry.list()) > before

    before = set(ops.gradient_registry.list())
    check()
    gc.collect()
    assert set(ops.gradient_registry.list()) == before


TWELVE_GAMES = """
    import gc, resource
    import keras, numpy as np
    import kgan

    images = np.random.default_rng(0).uniform(-1, 1, (32, 16, 16, 3)).astype(np.float32)

    def play():
        gan = kgan.GAN(
            kgan.architectures.dcgan_generator((16, 16, 3), 16, 64),
            kgan.architectures.dcgan_discriminator((16, 16, 3), 64),
        )
        gan.compile(jit_compile=False, penalties=["r1"])
        gan.fit(images, batch_size=16, verbose=0)

    used = []  # MiB at most, so far
    for _ in range(12):
        play()
        gc.collect()
        used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)
    print(used[3], used[-1])
"""


@pytest.mark.slow
def test_a_process_that_plays_twelve_games_one_after_the_other_does_not_grow():
    played = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(TWELVE_GAMES)], capture_output=True, text=True, check=False
    )
    assert played.returncode == 0, played.stderr
    warm, last = (float(one) for one in played.stdout.split())
    assert last - warm < 40  # MiB; each kept game was 6 MB of variables and 5 MB of graph
