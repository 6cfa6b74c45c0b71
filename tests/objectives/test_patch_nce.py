import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan import objectives
from kgan._game.batch import Batch, StepOutputs
from kgan._game.draws import Draws

SHAPE = (4, 4, 1)


def translator(scale=0.5):
    """x -> scale x, whose encoder `wide` has the channels x and 1 - x."""
    inputs = keras.Input(SHAPE, name="pixels")
    wide = keras.layers.Conv2D(2, 1, name="wide")(inputs)
    model = keras.Model(inputs, keras.layers.Conv2D(1, 1, name="thin")(wide))
    model.set_weights(
        [
            np.array([1.0, -1.0]).reshape(1, 1, 1, 2),
            np.array([0.0, 1.0]),
            np.array([scale, 0.0]).reshape(1, 1, 2, 1),
            np.zeros(1),
        ]
    )
    return model


def discriminator():
    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(inputs)))


def model(objective, **arguments):
    found = kgan.ContrastiveTranslation(translator(), discriminator(), seed=1)
    found.compile(objectives=[objective], loss="least_squares", jit_compile=False, **arguments)
    return found


def samples(seed, count=3):
    return np.random.RandomState(seed).uniform(-1, 1, (count, *SHAPE)).astype(np.float32)


def by_hand(heads, a, made, temperature):
    """The loss in float64, of all places."""
    total = []
    for number, head in enumerate(heads):
        first, first_bias, second, second_bias = (weight.astype(np.float64) for weight in head.get_weights())
        vectors = []
        for one in (a, made):
            features = one if number == 0 else np.concatenate([one, 1.0 - one], axis=-1)
            features = features.reshape(len(features), -1, features.shape[-1]).astype(np.float64)
            x = np.maximum(features @ first + first_bias, 0.0) @ second + second_bias
            vectors.append(x / np.linalg.norm(x, axis=-1, keepdims=True))
        logits = np.einsum("bsw,brw->bsr", vectors[1], vectors[0]) / temperature
        own = np.einsum("bss->bs", logits)
        total.append((np.log(np.exp(logits).sum(axis=-1)) - own).mean())
    return np.mean(total)


@pytest.mark.parametrize("identity", [False, True])
def test_each_place_is_told_from_the_others_of_its_sample(identity):
    settings = {"patches": 99, "width": 5, "temperature": 0.5, "identity": identity}
    found = model(objectives.PatchNCE(2.0, layers=["pixels", "wide"], **settings))
    a, b = samples(0), samples(1)
    logs = found.evaluate(a, b, batch_size=3, verbose=0, return_dict=True)
    heads = found._plan.own_networks
    expected = by_hand(heads, a, 0.5 * a, 0.5) + (by_hand(heads, b, 0.5 * b, 0.5) if identity else 0.0)
    assert logs["generator_patch_nce_loss"] == pytest.approx(2.0 * expected, rel=1e-4)


def test_heads_learn_with_the_generator_and_come_back_with_the_model(tmp_path):
    rates = {"generator_optimizer": keras.optimizers.Adam(0.01), "discriminator_optimizer": keras.optimizers.Adam(0.01)}
    trained = model(objectives.PatchNCE(layers=["wide"], patches=5, width=4), **rates)
    before = [weight.numpy() for weight in trained._plan.own_weights]
    a, b = samples(0, 8), samples(1, 6)
    trained.fit(a, b, batch_size=2, verbose=0)
    for weight, earlier in zip(trained._plan.own_weights, before, strict=True):
        assert np.abs(weight.numpy() - earlier).max() > 1e-3
    trained.save(tmp_path / "cut.keras")
    loaded = keras.models.load_model(tmp_path / "cut.keras")
    for one in (trained, loaded):
        one.fit(a, b, batch_size=2, epochs=2, initial_epoch=1, verbose=0)
    parts = zip(
        [*trained.weights, *trained._plan.own_weights, *trained.generator_optimizer.variables],
        [*loaded.weights, *loaded._plan.own_weights, *loaded.generator_optimizer.variables],
        strict=True,
    )
    for ours, theirs in parts:
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_trial_updates_leave_heads_as_they_were():
    trained = model(objectives.PatchNCE(layers=["wide"], patches=5, width=4))
    before = [weight.numpy() for weight in trained._plan.own_weights]
    with trained.trial_updates():
        trained.train_on_batch(samples(0), samples(1))
    for weight, earlier in zip(trained._plan.own_weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), earlier)


def test_the_places_are_other_ones_at_each_step_and_each_place_is_taken_once():
    objective = objectives.PatchNCE(patches=6)
    features = tf.zeros((2, 4, 4, 3))
    taken = [np.sort(objective._places(features, Draws(tf.constant([seed, 0], tf.int64)))) for seed in range(2)]
    assert all(len(set(one)) == 6 for one in taken)
    assert not np.array_equal(*taken)


def test_queries_carry_the_gradient_and_keys_none():
    found = model(objectives.PatchNCE(layers=["wide"], patches=9, width=3, identity=False))
    a, made = tf.constant(samples(0)), tf.constant(samples(1))
    networks = {"generator": found.generator}
    step = StepOutputs(
        Batch(a, a), {"samples": made}, {}, found.generator, networks, Draws(tf.constant([0, 0], "int64"))
    )
    step = step._replace(own=found._plan.objective_networks["patch_nce"])
    with tf.GradientTape() as tape:
        tape.watch([a, made])
        loss = found.objectives[0].generator_loss(step)
    by_keys, by_queries = tape.gradient(loss, [a, made])
    assert by_keys is None
    assert np.abs(by_queries).max() > 0.0


def test_what_it_cannot_read_is_refused():
    with pytest.raises(ValueError, match="layers=None, and a generator that is no"):
        model(objectives.PatchNCE())
    with pytest.raises(ValueError, match="'wide'"):
        model(objectives.PatchNCE(layers=["wider"]))
    with pytest.raises(ValueError, match="Expected temperature > 0"):
        objectives.PatchNCE(temperature=0.0)
    with pytest.raises(ValueError, match="patches"):
        objectives.PatchNCE(patches=1)
    found = model(objectives.PatchNCE(layers=["wide"]))
    with pytest.raises(ValueError, match="brings no networks"):
        found.pretrain("patch_nce")


def test_an_objective_of_the_discriminator_that_brings_networks_is_refused():
    class Both(objectives.PatchNCE):
        def discriminator_loss(self, step):
            return 0.0

    with pytest.raises(ValueError, match="Expected an objective of the generator alone"):
        model(Both(layers=["wide"], name="both"))
