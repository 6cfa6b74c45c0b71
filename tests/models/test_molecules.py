"""`kgan.Molecules`: the step is the equation, seeds repeat, and saving keeps everything."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
import molecule_games
from kgan.data import DataError
from kgan.models.token_generator import ChosenToken, TokenLogProbabilities

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them


@pytest.fixture(scope="module")
def data():
    return molecule_games.splits()


@pytest.fixture(scope="module")
def model():
    return molecule_games.trained()


def test_tokens_are_drawn_by_the_probabilities_of_their_scores():
    """Gumbel's maximum: the share of each token is its softmax, whatever the temperature."""
    scores = tf.constant(np.tile(np.log([[0.2, 0.5, 0.3]]), (20_000, 1)), tf.float32)
    uniform = tf.random.stateless_uniform((20_000, 3), (0, 1), minval=1e-20)
    token, going = ChosenToken(temperature=3.0)([scores, -tf.math.log(-tf.math.log(uniform)), tf.ones((20_000, 1))])
    np.testing.assert_allclose(token.numpy().max(axis=1), 1.0, atol=1e-6)
    assert token.numpy().mean(axis=0) == pytest.approx([0.2, 0.5, 0.3], abs=0.015)
    np.testing.assert_allclose(going.numpy()[:, 0], 1.0 - token.numpy()[:, 0], atol=1e-6)


def test_the_gradient_of_a_token_is_that_of_its_softmax():
    scores, noise = tf.Variable([[0.5, -1.0, 2.0]]), tf.constant([[0.1, 3.0, -0.2]])
    weights = tf.constant([[1.0, -2.0, 0.7]])
    with tf.GradientTape() as tape:
        token, _ = ChosenToken(temperature=0.5)([scores, noise, tf.ones((1, 1))])
        value = tf.reduce_sum(token * weights)
    sums = (scores.numpy() + noise.numpy())[0] / 0.5
    soft = np.exp(sums - sums.max()) / np.exp(sums - sums.max()).sum()
    expected = (np.diag(soft) - np.outer(soft, soft)) @ weights.numpy()[0] / 0.5
    np.testing.assert_allclose(tape.gradient(value, scores).numpy()[0], expected, rtol=1e-5)


def test_after_the_end_there_is_the_end_alone():
    scores = tf.constant([[-9.0, 9.0, 0.0]])
    token, going = ChosenToken()([scores, tf.zeros((1, 3)), tf.zeros((1, 1))])
    np.testing.assert_allclose(token.numpy(), [[1.0, 0.0, 0.0]], atol=1e-6)
    assert going.numpy() == 0.0


def test_a_molecule_is_as_likely_as_its_tokens_up_to_its_end():
    random = np.random.default_rng(0)
    scores = random.normal(size=(2, 4, 3)).astype(np.float32)
    codes = np.array([[1, 2, 0, 0], [2, 2, 1, 2]])
    found = TokenLogProbabilities()([tf.constant(scores), tf.one_hot(codes, 3)]).numpy()
    logarithms = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    expected = np.take_along_axis(logarithms, codes[..., None], axis=-1)[..., 0]
    expected[0, 3] = 0.0
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_likelihood_is_that_of_the_network_called_by_hand(data, model):
    codes = next(iter(data.validation)).numpy()[:3]
    batch = model.batch(tf.constant(codes), training=False)
    outputs = model.inference_generator(batch.generator_inputs, training=False)
    network, size = model.network(), model.vocabulary.size
    token, state = tf.one_hot([0, 0, 0], size), tf.zeros((3, 12))
    expected, going = np.zeros(3), np.ones(3, bool)
    for place in range(model.vocabulary.length):
        found = network([token, state])
        logarithms = tf.nn.log_softmax(found["scores"]).numpy()[np.arange(3), codes[:, place]]
        expected += np.where(going, logarithms, 0.0)
        going &= codes[:, place] != 0
        token, state = tf.one_hot(codes[:, place].astype(int), size), found["next_state_0"]
    np.testing.assert_allclose(outputs["log_probabilities"].numpy().sum(axis=1), expected, rtol=1e-4)


def test_molecules_of_training_are_the_largest_sums_token_by_token(model):
    length, size = model.sample_shape
    noise = np.random.default_rng(0).gumbel(size=(4, length, size)).astype(np.float32)
    real = tf.one_hot(tf.zeros((4, length), tf.int32), size)
    written = model.generator([tf.constant(noise), real], training=True)["molecules"].numpy()
    token, state, going = tf.one_hot([0] * 4, size), tf.zeros((4, 12)), np.ones(4, bool)
    for place in range(length):
        found = model.network(averaged=False)([token, state])
        chosen = np.where(going, (found["scores"].numpy() + noise[:, place]).argmax(axis=1), 0)
        np.testing.assert_array_equal(written[:, place].argmax(axis=1), chosen)
        going &= chosen != 0
        token, state = tf.one_hot(chosen, size), found["next_state_0"]


def test_a_seed_repeats_and_the_first_do_not_depend_on_how_many(model):
    many, few = model.sample(300, seed=3), model.sample(7, seed=3)
    assert many[:7] == few
    assert model.sample(7, seed=4) != few


def test_only_molecules_are_drawn_where_that_is_asked(model):
    drawn = model.sample(20, seed=0, valid=True)
    assert len(drawn) == 20
    assert kgan.metrics.molecules.validity(drawn) == 1.0
    everything = model.sample(256, seed=0)
    first = [one for one, text in zip(everything, kgan.metrics.molecules.canonical(everything), strict=True) if text]
    assert drawn == first[:20]


def test_what_writes_no_molecules_is_said_to(data):
    model = molecule_games.compiled(data)
    network = model.network()
    network.get_layer("scores").bias.assign(np.eye(model.vocabulary.size)[0] * 50.0)  # the end at once
    with pytest.raises(ValueError, match="20 molecules that rdkit parses. Received: 0 among"):
        model.sample(20, seed=0, valid=True)


@pytest.mark.parametrize(
    ("named", "words"), [({"seed": -1}, "seed between 0 and 4294967295"), ({"n": 0}, "n >= 1"), ({"n": 2.5}, "n >= 1")]
)
def test_what_cannot_be_drawn_is_refused(model, named, words):
    with pytest.raises(ValueError, match=words):
        model.sample(**{"n": 5, "seed": 0, **named})


def test_pretraining_learns_and_leaves_the_discriminator(data):
    model = molecule_games.compiled(data)
    before = [weight.numpy() for weight in model.discriminator.weights]
    callback = kgan.callbacks.Pretraining(images=10_000, objective="likelihood")
    history = model.fit(data, epochs=8, verbose=0, callbacks=[callback])
    nats = history.history["generator_likelihood_loss"]
    assert nats[-1] < 0.7 * nats[0]
    for weight, earlier in zip(model.discriminator.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), earlier)


def test_saving_keeps_tokens_and_molecules(model, tmp_path):
    model.save(tmp_path / "molecules.keras")
    loaded = keras.models.load_model(tmp_path / "molecules.keras")
    assert loaded.vocabulary == model.vocabulary
    assert loaded.temperature == 1.0
    assert loaded.sample(20, seed=0) == model.sample(20, seed=0)


@pytest.mark.slow  # three compiled models
def test_training_goes_on_from_the_middle_of_an_epoch_to_the_bit(data, tmp_path):
    whole = molecule_games.compiled(data)
    whole.fit(data, epochs=2, verbose=0)

    part = molecule_games.compiled(data)

    class SavesAt9(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(part.steps.numpy()) == 9:
                part.save(tmp_path / "part.keras")

    part.fit(data, epochs=2, verbose=0, callbacks=[SavesAt9()])
    loaded = keras.models.load_model(tmp_path / "part.keras")
    loaded.fit(data, epochs=2, initial_epoch=1, initial_batch=3, verbose=0)
    for expected, received in zip(whole.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(received.numpy(), expected.numpy())


def test_it_fits_and_evaluates_smiles(data):
    model = molecule_games.compiled(data)
    history = model.fit(molecule_games.smiles(), batch_size=8, epochs=1, validation_split=0.2, verbose=0)
    assert np.isfinite(history.history["val_generator_likelihood_loss"]).all()
    assert np.isfinite(list(model.evaluate(molecule_games.smiles()[:9], return_dict=True, verbose=0).values())).all()


def test_molecules_in_other_tokens_are_refused(data, model):
    other = kgan.data.load_molecules([*molecule_games.smiles(), "CS"], 8)
    with pytest.raises(DataError, match="the .* tokens that the model was made for. Received: one with 'S'"):
        model.fit(other, verbose=0)
    with pytest.raises(DataError, match="symbols that the model knows.*Received: 'S' in CS"):
        model.fit([*molecule_games.smiles(), "CS"], verbose=0)
    with pytest.raises(ValueError, match=r"batches of codes \(batch, "):
        model.batch(tf.zeros((2, 3), tf.int32), training=True)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"generator": (9, 7)}, "a generator from a token and states to 'scores' of"),
        ({"discriminator": (9, 7)}, "a discriminator of molecules"),
        ({"temperature": 0.0}, "temperature > 0"),
    ],
)
def test_networks_that_do_not_fit_are_refused(data, changed, words):
    shape = data.vocabulary.length, data.vocabulary.size
    generator, discriminator = changed.pop("generator", shape), changed.pop("discriminator", shape)
    with pytest.raises(ValueError, match=words):
        kgan.Molecules(
            kgan.architectures.smiles_generator(generator, width=4, embedding=4),
            kgan.architectures.smiles_discriminator(discriminator, width=4, embedding=4),
            data.vocabulary,
            **changed,
        )


def test_what_has_no_vocabulary_is_refused():
    with pytest.raises(TypeError, match=r"what kgan.data.load_molecules returns. Received: a ndarray"):
        kgan.Molecules.of(np.zeros((3, 3)))


def test_the_objective_wants_a_generator_of_molecules():
    gan = kgan.GAN(
        kgan.architectures.mlp_generator((2,), latent_dim=2, width=4),
        kgan.architectures.mlp_discriminator((2,), width=4),
    )
    with pytest.raises(ValueError, match="a generator with the output 'log_probabilities'"):
        gan.compile(objectives=["likelihood"])
