"""A network that may not learn at all is refused, as the frozen discriminator of the classic scripts."""

import keras
import numpy as np
import pytest
from pair_games import linear_translator, pairs

import kgan
from games import linear_game

POINTS = np.arange(8, dtype="float32")[:, None]


def fit(gan):
    gan.fit(POINTS, batch_size=4, verbose=0)


def train_on_batch(gan):
    gan.train_on_batch(POINTS)


@pytest.mark.parametrize("train", [fit, train_on_batch])
@pytest.mark.parametrize("name", ["generator", "discriminator"])
@pytest.mark.parametrize("when", ["before compile", "after compile", "layer by layer"])
def test_a_frozen_network_is_refused_with_what_to_do(train, name, when):
    gan = linear_game()
    network = getattr(gan, name)
    if when == "after compile":
        gan.compile()
    for one in network.layers if when == "layer by layer" else [network]:
        one.trainable = False
    if when != "after compile":
        gan.compile()
    with pytest.raises(ValueError, match=rf"weights to train in the network '{name}'.*trainable=False.*gan\.freeze"):
        train(gan)
    assert int(gan.steps.numpy()) == 0


def test_the_discriminator_of_a_classic_script_is_refused():
    discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)], name="judge")
    discriminator.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    discriminator.trainable = False
    gan = kgan.GAN(linear_game().generator, discriminator, seed=0)
    gan.compile()
    with pytest.raises(ValueError, match="network 'discriminator'. Received: 'judge'"):
        fit(gan)


def test_a_network_frozen_between_two_fits_is_refused_by_the_second():
    gan = linear_game()
    gan.compile(jit_compile=False)
    fit(gan)
    gan.discriminator.trainable = False
    with pytest.raises(ValueError, match="network 'discriminator'"):
        fit(gan)


def test_the_networks_of_a_translation_and_each_of_several_discriminators_are_looked_at():
    model = linear_translator()
    model.generator.trainable = False
    with pytest.raises(ValueError, match="network 'generator'"):
        model.fit(*pairs(4), batch_size=2, verbose=0)
    judges = {name: linear_game().discriminator for name in ("coarse", "fine")}
    judges["fine"].trainable = False
    several = kgan.AdversarialModel(linear_game().generator, judges, seed=0)
    several.compile()
    with pytest.raises(ValueError, match="network 'fine'"):
        several.fit(POINTS)


def test_a_network_frozen_in_part_and_a_player_that_freeze_keeps_go_on():
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, trainable=False), keras.layers.Dense(1)])
    gan = kgan.GAN(generator, linear_game().discriminator, seed=0)
    gan.compile(jit_compile=False)
    gan.freeze("discriminator")
    before = [*generator.get_weights(), *gan.discriminator.get_weights()]
    fit(gan)
    after = [*generator.get_weights(), *gan.discriminator.get_weights()]
    moved = [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]
    assert moved == [False, False, True, True, False, False]


def test_a_model_with_a_frozen_network_is_saved_and_loaded_all_the_same(tmp_path):
    gan = linear_game()
    gan.discriminator.trainable = False
    gan.compile()
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(loaded.generate(3, seed=0), gan.generate(3, seed=0))
