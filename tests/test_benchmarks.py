"""What the benchmarks count."""

import importlib.util
import sys
from pathlib import Path

import keras
import pytest

import kgan

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def train(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "peers", raising=False)  # the tests have a module of that name, too
    spec = importlib.util.spec_from_file_location("benchmarks_train", BENCHMARKS / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in [name for name in sys.modules if name.partition(".")[0] == "peers"]:
        del sys.modules[name]  # before the one of the tests comes back


def forward(model):
    """Multiplications and additions of a pass over one sample, counted layer by layer."""
    work = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            work += 2 * layer.kernel.shape[0] * layer.kernel.shape[1]
        elif isinstance(layer, keras.layers.Conv2D):
            work += 2 * keras.ops.size(layer.kernel) * layer.output.shape[1] * layer.output.shape[2]
        elif isinstance(layer, keras.layers.Conv2DTranspose):
            work += 2 * keras.ops.size(layer.kernel) * layer.input.shape[1] * layer.input.shape[2]
    return int(work)


def test_the_work_of_an_iteration_is_counted_from_the_layers(train):
    game = train.GAMES["DCGAN 64 x 64 x 3"]
    generator = kgan.architectures.dcgan_generator((64, 64, 3), 64, 64)
    discriminator = kgan.architectures.dcgan_discriminator((64, 64, 3), 64)
    g, d = forward(generator), forward(discriminator)
    dense, first = 2 * 64 * 8192, 2 * 16 * 3 * 64 * 32 * 32
    # G: forwards, to its kernels, to its inputs but z. D learns: the same but for the images, on twice the batch. D
    # judges for G: forwards, and back to the images.
    expected = 64 * (3 * g - dense + 2 * (3 * d - first) + 2 * d)
    assert train.work(game) == expected


def test_the_contenders_play_on_networks_of_the_same_size(train, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    plain = importlib.import_module("plain_keras")
    for game in train.GAMES.values():
        shape = (game.size, game.size, game.channels)
        for mine, other in (
            (kgan.architectures.dcgan_generator(shape, game.latent_dim, game.filters[0]), plain.generator(game)),
            (kgan.architectures.dcgan_discriminator(shape, game.filters[0]), plain.discriminator(game)),
        ):
            assert [tuple(weight.shape) for weight in mine.weights] == [tuple(weight.shape) for weight in other.weights]
