"""A game of a third kind, which needs nothing but a subclass: two discriminators on one output, and a real of its own.

The generator maps a pair (x, y) of points to `moved`, y moved, and `kept`, what it makes of x by the same weights. Two
discriminators, `coarse` and `fine`, compare `moved` with the data; `own` compares it with `kept`, its own output.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan

LOSS_WEIGHTS = {"coarse": 0.5, "fine": 2.0}
RATE = 0.05


@keras.saving.register_keras_serializable("kgan_tests")
class Moving(kgan.AdversarialModel):
    def batch(self, data, training):
        x, y = data
        return kgan.Batch(generator_inputs=[x, y], real={"coarse": x, "fine": x})


@keras.saving.register_keras_serializable("kgan_tests")
class Stay(kgan.objectives.Objective):
    """The mean squared distance of two outputs, read by name."""

    generator_outputs = ("kept", "moved")

    def generator_loss(self, step):
        return tf.reduce_mean(tf.square(step.outputs["kept"] - step.outputs["moved"]))


def fixed(seed):
    return keras.initializers.RandomNormal(stddev=0.5, seed=seed)


def generator():
    x, y = keras.Input((2,)), keras.Input((2,))
    move = keras.layers.Dense(2, kernel_initializer=fixed(1))
    return keras.Model([x, y], {"kept": move(x), "moved": move(y)}, name="generator")


def critic(seed):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer=fixed(seed))])


def game(**arguments):
    return Moving(
        generator(),
        {"coarse": critic(2), "fine": critic(3), "own": critic(4)},
        compares={"coarse": "moved", "fine": "moved", "own": "moved"},
        reals={"own": "kept"},
        seed=0,
        **arguments,
    )


def compiled(**arguments):
    model = game()
    sgd = lambda: keras.optimizers.SGD(RATE)  # noqa: E731
    model.compile(sgd(), sgd(), objectives=[Stay()], loss_weights=LOSS_WEIGHTS, **arguments)
    return model


@pytest.fixture
def points():
    random = np.random.RandomState(0)
    return random.standard_normal((16, 2)).astype("float32"), random.standard_normal((16, 2)).astype("float32")


def dataset(points, batch=8):
    return tf.data.Dataset.from_tensor_slices(points).batch(batch)


def by_hand(model, x, y, penalty=0.0):
    """One step in NumPy, float64: non-saturating losses of linear networks, whose gradients are known."""
    sigmoid = lambda logits: 1.0 / (1.0 + np.exp(-logits))  # noqa: E731
    matrix, bias = (one.numpy().astype(np.float64) for one in model.generator.weights)
    critics = {
        name: [one.numpy().astype(np.float64) for one in critic.weights]
        for name, critic in model.discriminators.items()
    }
    kept, moved, count = x @ matrix + bias, y @ matrix + bias, len(x)
    slope = np.zeros_like(moved)
    for name, (w, c) in critics.items():
        weight = LOSS_WEIGHTS.get(name, 1.0)
        real = kept if name == "own" else x
        by_real = weight * (sigmoid(real @ w + c) - 1.0) / count
        by_generated = weight * sigmoid(moved @ w + c) / count
        w -= RATE * (real.T @ by_real + moved.T @ by_generated + (penalty * w if name == "fine" else 0.0))
        c -= RATE * (by_real.sum(axis=0) + by_generated.sum(axis=0))
        slope += weight * (sigmoid(moved @ w + c) - 1.0) / count @ w.T  # after the critic's own update
    apart = 2.0 * (moved - kept) / moved.size
    slope += apart
    matrix = matrix - RATE * (y.T @ slope - x.T @ apart)
    bias = bias - RATE * (slope - apart).sum(axis=0)
    return matrix, bias, critics


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_step_of_three_discriminators_is_the_sum_of_their_weighted_losses(points, jit):
    model = compiled(jit_compile=jit)
    matrix, bias, critics = by_hand(model, *points)
    model.fit(dataset(points, 16), verbose=0)
    np.testing.assert_allclose(model.generator.weights[0].numpy(), matrix, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.generator.weights[1].numpy(), bias, rtol=1e-5, atol=1e-6)
    for name, critic in model.discriminators.items():
        for found, expected in zip(critic.get_weights(), critics[name], strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_penalties_by_name_apply_to_their_discriminator_alone(points):
    model = compiled(penalties={"fine": [kgan.penalties.R1(0.3)]})
    matrix, _, critics = by_hand(model, *points, penalty=0.3)
    history = model.fit(dataset(points, 16), verbose=0).history
    np.testing.assert_allclose(model.discriminators["fine"].get_weights()[0], critics["fine"][0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.generator.weights[0].numpy(), matrix, rtol=1e-5, atol=1e-6)
    assert [name for name in history if "r1" in name] == ["fine_r1_penalty"]


def test_the_logs_name_each_discriminator_and_add_up(points):
    history = compiled().fit(dataset(points), validation_data=dataset(points), verbose=0).history
    for before in ("", "val_"):
        parts = {name: history[f"{before}{name}_discriminator_loss"][0] for name in ("coarse", "fine", "own")}
        total = sum(LOSS_WEIGHTS.get(name, 1.0) * value for name, value in parts.items())
        assert history[f"{before}discriminator_loss"][0] == pytest.approx(total, rel=1e-5)
        accuracies = [history[f"{before}{name}_real_accuracy"][0] for name in parts]
        assert history[f"{before}real_accuracy"][0] == pytest.approx(np.mean(accuracies))
    assert "generator_stay_loss" in history


def test_it_is_saved_whole_and_goes_on_to_the_same_bits(points, tmp_path):
    model = compiled(penalties=[kgan.penalties.R1(0.3, every=2), kgan.penalties.LeCam(start=0)])
    model.fit(dataset(points), epochs=2, verbose=0)
    model.save(tmp_path / "moving.keras")
    loaded = keras.models.load_model(tmp_path / "moving.keras")
    assert list(loaded.discriminators) == ["coarse", "fine", "own"]
    assert (dict(loaded.compares), dict(loaded.reals)) == (dict(model.compares), dict(model.reals))
    for one in (model, loaded):
        one.fit(dataset(points), epochs=2, verbose=0)
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_trial_updates_of_several_discriminators_are_taken_back(points):
    model = compiled()
    before = [variable.numpy() for variable in model.variables]
    with model.trial_updates():
        model.discriminator_step(points)
        assert any(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=False))
    for value, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(value, variable.numpy())


@keras.saving.register_keras_serializable("kgan_tests")
class Remembering(Moving):
    """Shows its discriminators the samples of the step before, which it keeps in a variable."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.earlier = self.add_weight(name="earlier", shape=(8, 2), initializer="zeros", trainable=False)

    def discriminator_pairs(self, pairs, batch):
        shown = {name: pair._replace(generated=tf.identity(self.earlier.value)) for name, pair in pairs.items()}
        self.earlier.assign(pairs["own"].generated)
        return shown


def test_state_of_a_subclass_is_saved_and_restored(points, tmp_path):
    model = Remembering(
        generator(), {"own": critic(4), "fine": critic(3)}, compares={"own": "moved", "fine": "moved"},
        reals={"own": "kept", "fine": "kept"}, seed=0,
    )  # fmt: skip
    model.compile()
    model.fit(dataset(points), verbose=0)
    kept = model.earlier.numpy()
    assert np.abs(kept).max() > 0
    model.save(tmp_path / "remembering.keras")
    loaded = keras.models.load_model(tmp_path / "remembering.keras")
    np.testing.assert_array_equal(loaded.earlier.numpy(), kept)
    for one in (model, loaded):
        one.fit(dataset(points), verbose=0)
    np.testing.assert_array_equal(loaded.earlier.numpy(), model.earlier.numpy())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"discriminator": {}}, "at least one discriminator"),
        ({"discriminator": {"a b": critic(2)}}, "names of discriminators that can stand in the logs.*'a b'"),
        ({"discriminator": {"fine": critic(2)}}, "'kept', 'moved'. Received: 'fine', which has no namesake"),
        ({"compares": {"fine": "move"}}, "'move' for 'fine'. Did you mean 'moved'"),
        ({"compares": {"fines": "moved"}}, "compares by these names: 'fine'. Received: 'fines'. Did you mean 'fine'"),
        ({"reals": {"fine": "keep"}}, "reals by these names: 'kept', 'moved'. Received: 'keep'"),
    ],
)
def test_names_that_do_not_fit_are_refused(arguments, message):
    named = {"discriminator": {"fine": critic(2)}, "compares": {"fine": "moved"}, **arguments}
    if "discriminator" in arguments:
        named.pop("compares")
    with pytest.raises(ValueError, match=message):
        Moving(generator(), **named)


def test_a_discriminator_that_two_names_share_is_refused():
    shared = critic(2)
    with pytest.raises(ValueError, match=r"one model for 'coarse' and 'fine', which would be updated twice"):
        Moving(generator(), {"coarse": shared, "fine": shared}, compares={"coarse": "moved", "fine": "kept"})


def test_an_output_that_nothing_uses_is_refused():
    model = Moving(generator(), {"fine": critic(2)}, compares={"fine": "moved"})
    with pytest.raises(ValueError, match=r"Received: 'kept', which nothing uses"):
        model.compile()
    model.compile(objectives=[Stay()])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss_weights": {"fin": 1.0}}, "loss_weights by these names.*Received: 'fin'. Did you mean 'fine'"),
        ({"loss_weights": {"fine": -1.0}}, "loss_weights as numbers >= 0. Received: -1.0 for the discriminator 'fine'"),
        ({"penalties": {"own": ["r1"], "corse": ["r1"]}}, "penalties by these names.*'corse'. Did you mean 'coarse'"),
    ],
)
def test_compile_refuses_names_of_discriminators_that_there_are_not(arguments, message):
    with pytest.raises(ValueError, match=message):
        game().compile(**arguments)


def test_an_objective_that_reads_the_only_discriminator_says_so_where_there_are_several(points):
    @keras.saving.register_keras_serializable("kgan_tests")
    class Reads(kgan.objectives.Objective):
        def generator_loss(self, step):
            return tf.reduce_mean(step.generated_outputs["logits"])

    model = game()
    model.compile(objectives=[Reads()], run_eagerly=True)
    with pytest.raises(ValueError, match=r"could be a discriminator. Received: 'coarse', 'fine', 'own'. Read discr"):
        model.fit(dataset(points), verbose=0)


def test_an_objective_of_kgan_that_reads_a_discriminator_is_refused_where_there_are_several():
    with pytest.raises(ValueError, match=r"one discriminator for 'feature_matching'.*'coarse', 'fine', 'own'"):
        game().compile(objectives=["feature_matching", Stay()])


def test_an_objective_reads_the_discriminator_that_it_names(points):
    @keras.saving.register_keras_serializable("kgan_tests")
    class Logits(kgan.objectives.Objective):
        discriminator = "fine"

        def generator_loss(self, step):
            return tf.reduce_mean(step.generated_outputs["logits"])

    model = game()
    model.compile(*(keras.optimizers.SGD(0.0) for _ in range(2)), objectives=[Logits(), Stay()])
    history = model.fit(dataset(points, 16), verbose=0).history
    logits = model.discriminators["fine"](model.generator([*points])["moved"])
    assert history["generator_logits_loss"][0] == pytest.approx(float(np.mean(logits)), rel=1e-4)


def test_a_subclass_that_overrides_play_goes_on_as_it_did(points):
    class Earlier(kgan.AdversarialModel):
        def play(self, data, training):
            x, y = data
            return kgan.Round(generator_inputs=[x, y], real=x)

    class EarlierGAN(kgan.GAN):
        def play(self, data, training):
            seen = super().play(data, training)
            return seen._replace(real=seen.real + 1.0)

    model = Earlier(generator(), {"fine": critic(3)}, compares={"fine": "moved"}, seed=0)
    model.compile(objectives=[Stay()])
    model.fit(dataset(points), verbose=0)
    assert int(model.steps.numpy()) == 2
    gan = EarlierGAN(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), critic(2), seed=0)
    np.testing.assert_allclose(gan.batch(tf.zeros((3, 2)), training=True).real, 1.0)
