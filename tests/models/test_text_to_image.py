"""`kgan.TextToImage`: pairs with wrong texts, what it draws, what it refuses, saving."""

import caption_games
import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan._game.batch import DISCRIMINATOR, Batch, Pair


def pair_of(model, texts):
    """What the discriminator compares, where reals are ones and generated samples zeros."""
    count = len(texts)
    real, generated = tf.ones((count, 8, 8, 3)), tf.zeros((count, 8, 8, 3))
    batch = Batch(generator_inputs=None, real=real, conditions=(tf.constant(texts, tf.float32),))
    return model.discriminator_pairs({DISCRIMINATOR: Pair(real, generated, batch.conditions)}, batch)[DISCRIMINATOR]


@pytest.fixture(scope="module")
def trained():
    return caption_games.trained()


@pytest.mark.parametrize(("mismatched", "swapped"), [(0.5, 10), (0.25, 5), (0.0, 0)])
def test_a_share_of_what_counts_as_generated_are_reals_with_the_text_of_another(trained, mismatched, swapped):
    texts = np.eye(20, 6, dtype=np.float32)
    texts[6:] = np.linspace(0, 1, 84).reshape(14, 6)  # all different
    model = caption_games.trained()
    before, model.mismatched = model.mismatched, mismatched
    try:
        pair = pair_of(model, texts)
    finally:
        model.mismatched = before
    assert (pair.generated.numpy().mean(axis=(1, 2, 3)) == 1.0).tolist() == [True] * swapped + [False] * (20 - swapped)
    np.testing.assert_array_equal(pair.conditions[0], texts)
    if not swapped:
        assert pair.generated_conditions is None
        return
    (others,) = pair.generated_conditions
    np.testing.assert_array_equal(others[swapped:], texts[swapped:])
    for number, other in enumerate(others.numpy()[:swapped]):
        assert not np.array_equal(other, texts[number])
        assert any(np.array_equal(other, text) for text in texts)  # of the same batch


def test_the_same_text_is_no_wrong_one(trained):
    pair = pair_of(trained, np.tile(np.eye(1, 6, dtype=np.float32), (8, 1)))
    assert pair.generated.numpy().max() == 0.0


def test_the_loss_of_the_discriminator_counts_reals_with_wrong_texts_as_generated():
    """By hand: hinge's `mean(relu(1 - D(x, t))) + mean(relu(1 + D(...)))` over generated and reals with wrong texts."""
    data = caption_games.splits(batch_size=6)
    model = caption_games.compiled(data, ema_half_life=None)
    model.compile(
        keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), loss="hinge", jit_compile=False
    )  # weights stay as they are
    images, texts = next(iter(data.validation))
    real = tf.cast(images[:6], tf.float32) / 127.5 - 1.0
    texts = texts[:6]
    z = model.latents.sample((6, 4), model.random_seed(0, True))
    generated = model.generator([z, texts], training=True)
    pair = model.discriminator_pairs(
        {DISCRIMINATOR: Pair(real, generated, (texts,))}, Batch(None, real=real, conditions=(texts,))
    )[DISCRIMINATOR]
    right = model.discriminator([real, texts]).numpy()
    wrong = model.discriminator([pair.generated, pair.generated_conditions[0]]).numpy()
    expected = np.maximum(0, 1 - right).mean() + np.maximum(0, 1 + wrong).mean()
    logs = model.train_on_batch(images[:6], texts, return_dict=True)
    assert float(logs["discriminator_loss"]) == pytest.approx(expected, rel=1e-4)


def test_texts_are_drawn_over_and_over_and_a_seed_repeats(trained):
    both = trained.generate(4, seed=3, text=["red square", "blue"])
    np.testing.assert_array_equal(both, trained.generate(4, seed=3, text=["red square", "blue"]))
    rows = trained.vocabulary.rows(["red square", "blue"])
    np.testing.assert_array_equal(both, trained.generate(4, seed=3, labels=rows[[0, 1, 0, 1]]))
    assert not np.allclose(both[:1], trained.generate(1, seed=3, text="green square"))


def test_a_saved_model_has_its_vocabulary(trained, tmp_path):
    trained.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.vocabulary.words == trained.vocabulary.words
    assert again.mismatched == trained.mismatched
    np.testing.assert_array_equal(
        again.generate(2, seed=0, text="red stripe"), trained.generate(2, seed=0, text="red stripe")
    )


def encoder(texts):
    return np.array([[text.count(letter) for letter in "rgbsei"] for text in texts], np.float32)


@pytest.mark.slow  # a training of its own
def test_vectors_of_an_encoder_train_and_are_asked_for_by_text_or_as_they_are(tmp_path):
    data = caption_games.splits(encoder=encoder)
    model = caption_games.compiled(data)
    model.fit(data, epochs=1, verbose=0)
    drawn = model.generate(2, seed=0, text="red square")
    np.testing.assert_array_equal(drawn, model.generate(2, seed=0, labels=encoder(["red square"])[0]))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.generate(2, seed=0, labels=encoder(["red square"])[0]), drawn)
    with pytest.raises(ValueError, match="Expected an encoder for text, .* Set model.encoder"):
        again.generate(2, text="red square")
    again.encoder = encoder
    np.testing.assert_array_equal(again.generate(2, seed=0, text="red square"), drawn)
    for labels in (None, np.zeros(5), np.full(6, np.nan)):
        with pytest.raises(ValueError, match="Expected labels as a vector of 6 finite numbers"):
            again.generate(2, labels=labels)
    with pytest.raises(ValueError, match="Expected vectors of finite numbers"):
        model.fit(np.zeros((8, 8, 8, 3), np.uint8), np.full((8, 6), np.nan, np.float32), batch_size=4, verbose=0)
    with pytest.raises(ValueError, match=r"Expected vectors of shape \(batch, 6\)"):
        model.fit(np.zeros((8, 8, 8, 3), np.uint8), np.zeros((8, 5), np.float32), batch_size=4, verbose=0)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"text": ""}, "Expected text of at least one word"),
        ({"text": []}, "Expected at least one text"),
        ({"text": "red squre"}, "Received: 'squre'. Did you mean 'square'"),
        ({"text": "red", "labels": np.zeros(6)}, "Expected text or labels"),
        ({"labels": np.full(6, 2.0)}, "tags of 0 and 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(trained, asked, message):
    with pytest.raises(ValueError, match=message):
        trained.generate(2, **asked)


def plain_networks():
    return (
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=3),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=3),
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary": ["a", "b"]}, "each of 3 classes or tags. Received: 2 names"),
        ({"vocabulary": ["a", "b", "C"]}, "words in small letters"),
        ({"vocabulary": ["a", "b", "c"], "encoder": encoder}, "vocabulary or encoder"),
        ({"mismatched": 1.0}, r"mismatched in \[0, 1\). Received: mismatched=1.0"),
        ({"mismatched": True}, "mismatched"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        kgan.TextToImage(*plain_networks(), **arguments)


def test_networks_that_take_no_texts_are_refused():
    generator, _ = plain_networks()
    plain = kgan.architectures.dcgan_discriminator((8, 8, 1), 4)
    with pytest.raises(ValueError, match="with a text as their second input"):
        kgan.TextToImage(generator, plain)
    with pytest.raises(TypeError, match="Expected what kgan.data.load_captions returns"):
        kgan.TextToImage.of(kgan.data.load((np.zeros((8, 8, 8, 1), np.uint8), np.arange(8) % 2), 4))


def test_other_captions_are_refused(trained):
    with pytest.raises(ValueError, match="Expected captions as the model was made for, of 6 numbers. Received: .* 4"):
        trained.fit(caption_games.splits(words=4), verbose=0)
    with pytest.raises(ValueError, match="Expected pictures with captions"):
        trained.fit(kgan.data.load(np.zeros((20, 8, 8, 3), np.uint8), 5), verbose=0)


@pytest.mark.slow  # some ten seconds
def test_what_is_drawn_has_the_colour_that_the_text_says():
    data = caption_games.splits(batch_size=24)
    model = kgan.TextToImage.of(data, latent_dim=4, width=8, embedding_dim=16, seed=0, ema_half_life=500.0)
    adam = [keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99) for _ in range(2)]
    model.compile(*adam, loss="relativistic_pairing", penalties=["r1", "r2"])
    model.fit(data, epochs=150, verbose=0)
    for colour, expected in caption_games.COLOURS.items():
        drawn = model.generate(8, seed=0, text=f"{colour} square")[:, 3:5, 3:5].mean(axis=(0, 1, 2)) * 127.5 + 127.5
        distances = {name: np.abs(drawn - other).sum() for name, other in caption_games.COLOURS.items()}
        assert min(distances, key=distances.get) == colour, (drawn, expected)
