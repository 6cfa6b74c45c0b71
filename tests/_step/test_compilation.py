"""How much of a step XLA compiles, and whose kernels compute the rest."""

import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan
from kgan._game.draws import Draws
from kgan._kernels import library, strided_convolution
from kgan._step import compilation
from kgan.models import adversarial

pytestmark = pytest.mark.xla


def test_auto_compiles_with_xla_and_not_under_eager_execution():
    gan = small_dcgan()
    gan.compile()
    assert gan.jit_compile is True
    gan.compile(run_eagerly=True)
    assert gan.jit_compile is False


def test_auto_leaves_large_convolutions_to_onednn(monkeypatch):
    """4 x 4 x (1 x 64 + 64 x 128) weights in each player are large, with 32 and 64 filters they are not."""
    for has_onednn in (False, True):
        monkeypatch.setattr(library, "has_onednn", lambda has_onednn=has_onednn: has_onednn)
        for width, large in ((32, False), (64, True)):
            gan = kgan.GAN(
                kgan.architectures.dcgan_generator((28, 28, 1), 4, width),
                kgan.architectures.dcgan_discriminator((28, 28, 1), width),
            )
            gan.compile()
            left = large and has_onednn and library.has_only_cpu()
            assert gan._library is (library.Library.ONEDNN_WITH_XLA if left else library.Library.XLA)
            assert gan.uses_xla is not left
            gan.compile(jit_compile=True)
            assert gan._library is library.Library.XLA
            gan.compile(jit_compile=False)
            assert gan._library is (library.Library.ONEDNN if has_onednn and library.has_only_cpu() else None)


def test_auto_leaves_grouped_convolutions_to_onednn_however_small(monkeypatch):
    monkeypatch.setattr(library, "has_onednn", lambda: True)
    shape = (8, 8, 3)
    for groups, favoured in ((1, library.Library.XLA), (2, library.Library.ONEDNN_WITH_XLA)):
        images = keras.Input(shape)
        maps = kgan.layers.Conv2D(4, 3, padding="same", groups=groups)(keras.layers.Conv2D(4, 1)(images))
        discriminator = keras.Model(images, keras.layers.Dense(1)(keras.layers.Flatten()(maps)))
        gan = kgan.GAN(kgan.architectures.dcgan_generator(shape, 4, 4), discriminator)
        gan.compile()
        assert gan._library is (favoured if library.has_only_cpu() else library.Library.XLA)


@pytest.mark.slow
@pytest.mark.skipif(not library.has_onednn(), reason="TensorFlow computes without oneDNN here")
@pytest.mark.parametrize("augmentation", [kgan.augmentation.DiffAugment("color,cutout"), kgan.augmentation.ADA()])
def test_a_step_beside_onednn_has_xla_compile_the_augmentation_and_comes_to_the_same(monkeypatch, augmentation):
    """Compared with a step that compiles nothing, derivatives of second order included.

    XLA makes other numbers of a seed that it does not know beforehand; of these constant ones it makes the same.
    """
    monkeypatch.setattr(compilation, "_LARGE", 0)
    numbers = itertools.count()
    monkeypatch.setattr(Draws, "_next", lambda draws: tf.constant([7, next(numbers)], tf.int64))
    compiled = []

    def noting(change):
        compiled.append(change)
        return compilation.compiled_alone(change)

    monkeypatch.setattr(adversarial, "compiled_alone", noting)
    images = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), np.uint8)
    found = []
    for apart in (True, False):
        monkeypatch.setattr(type(augmentation), "compiled_apart", apart)
        numbers = itertools.count()
        gan = kgan.GAN(
            kgan.architectures.dcgan_generator((8, 8, 3), 4, 4, seed=0),
            kgan.architectures.dcgan_discriminator((8, 8, 3), 4, seed=1),
            seed=0,
        )
        descent = {f"{side}_optimizer": keras.optimizers.SGD(0.1) for side in ("generator", "discriminator")}
        gan.compile(**descent, penalties=["r1", "r2"], augmentation=augmentation)
        assert gan._library is library.Library.ONEDNN_WITH_XLA
        gan.fit(images, batch_size=8, epochs=2, shuffle=False, verbose=0)
        assert bool(compiled) is apart
        compiled.clear()
        found.append(gan.discriminator.get_weights())
    for alone, one_by_one in zip(*found, strict=True):
        np.testing.assert_allclose(alone, one_by_one, atol=1e-6)


def test_auto_leaves_xla_where_a_layer_of_the_game_itself_cannot_be_compiled():
    class Scored(kgan.GAN):
        def __init__(self, *players):
            super().__init__(*players)
            self.score = keras.layers.Dense(1)
            self.score.supports_jit = False

    for steps in (1, 2):
        gan = Scored(
            kgan.architectures.dcgan_generator((8, 8, 1), 4, 4), kgan.architectures.dcgan_discriminator((8, 8, 1), 4)
        )
        gan.compile(discriminator_steps=steps)
        assert not gan.uses_xla


@pytest.mark.slow
@pytest.mark.skipif(not library.has_onednn(), reason="TensorFlow computes without oneDNN here")
def test_a_seed_repeats_a_run_without_xla_to_the_bit_however_busy_the_machine(monkeypatch):
    sizes = {library.Library.ONEDNN_WITH_XLA: dict.fromkeys("CTW", 2**15)}
    monkeypatch.setattr(strided_convolution, "_FEWER_PRODUCTS_FROM", sizes)  # XLA's convolutions beside oneDNN's
    monkeypatch.setattr(compilation, "_LARGE", 0)
    images = np.random.default_rng(0).integers(0, 256, (512, 16, 16, 3), np.uint8)
    batches = tf.data.Dataset.from_tensor_slices(images).batch(64, drop_remainder=True)
    found = []
    for rivals in (0, 4):
        gan = kgan.GAN(
            kgan.architectures.dcgan_generator((16, 16, 3), 16, 32, seed=0),
            kgan.architectures.dcgan_discriminator((16, 16, 3), 32, seed=0),
            seed=0,
        )
        gan.compile(penalties=["r1", "wgangp"], augmentation="translation,cutout")
        assert gan._library is library.Library.ONEDNN_WITH_XLA
        busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(rivals)]
        try:
            gan.fit(batches, epochs=3, verbose=0)
        finally:
            for process in busy:
                process.kill()
                process.wait()
        found.append(gan.get_weights())
    for quiet, crowded in zip(*found, strict=True):
        np.testing.assert_array_equal(quiet, crowded)


@pytest.mark.parametrize("has_onednn", [False, True])
def test_auto_leaves_xla_where_a_step_has_branches_on_a_cpu(monkeypatch, tmp_path, has_onednn):
    branching = [{"discriminator_steps": 2}, {"penalties": [kgan.penalties.R1(1.0, every=4)], "augmentation": "ada"}]
    monkeypatch.setattr(library, "has_onednn", lambda: has_onednn)
    for devices, expected in (([], False), (["a GPU"], True)):
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None, devices=devices: devices)
        for arguments in branching:
            gan = small_dcgan()
            gan.compile(**arguments)
            assert gan.jit_compile is expected
            assert gan.uses_xla is (expected or not has_onednn)  # whose kernels are as fast, and compiled already
            gan.compile(**arguments, jit_compile=True)
            assert gan.jit_compile is expected
            assert gan.uses_xla  # each way on its own
        for asked in (True, "auto"):
            gan.compile(jit_compile=asked)
            gan.freeze("generator")
            assert gan.jit_compile is gan.uses_xla is (expected or asked is True)
    gan.save(tmp_path / "gan.keras")
    assert keras.models.load_model(tmp_path / "gan.keras")._compile_arguments["jit_compile"] == "auto"
    with pytest.raises(ValueError, match="Expected jit_compile as 'auto', True or False"):
        gan.compile(jit_compile="yes")


def test_the_environment_turns_xla_off_where_nothing_else_is_said(monkeypatch):
    gan = small_dcgan()
    gan.compile()
    assert gan.uses_xla
    monkeypatch.setenv("KGAN_XLA", "0")
    gan.compile()
    assert not gan.uses_xla
    gan.compile(jit_compile=True)
    assert gan.uses_xla
