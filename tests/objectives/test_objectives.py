"""What each objective adds, against NumPy in float64, and how it enters both players' steps."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kgan
from games import first_latents, small_dcgan
from kgan import latents, objectives
from kgan._game.batch import Batch, DiscriminatorOutputs, StepOutputs

RANDOM = np.random.RandomState(0)


def step_outputs(generated=None, generated_outputs=None, real_outputs=None, generate=None, **batch):
    tensors = lambda outputs: {  # noqa: E731
        name: tf.constant(value, tf.float32) for name, value in (outputs or {}).items()
    }
    batch = {"generator_inputs": None, "real": None, **batch}
    return StepOutputs(
        batch=Batch(**batch),
        outputs={"samples": generated},
        discriminators={"discriminator": DiscriminatorOutputs(tensors(generated_outputs), tensors(real_outputs))},
        generate=generate,
    )


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_every_objective_is_tested_here_or_beside():
    assert set(objectives.OBJECTIVES) == {
        "feature_matching",
        "mode_seeking",
        "auxiliary_classifier",
        "mutual_information",
        "l1",  # in files of their own
        "feature_distance",
        "orthogonal_regularization",
        "reconstruction",  # of FastGAN
        "path_length",  # of StyleGAN2
        "gradient_difference",  # of films
        "cycle_consistency",
        "identity",
        "face_reconstruction",  # of faces
        "mask_of_change",
        "patch_nce",
        "condition_cross_entropy",  # of tables
        "likelihood",  # of molecules
        "deep_feature_matching",  # of waves
        "mel_distance",
        "class_cross_entropy",  # of domains
    }


def test_feature_matching_is_the_squared_distance_of_the_mean_features():
    real, generated = RANDOM.randn(5, 3, 2), RANDOM.randn(5, 3, 2)
    value = objectives.FeatureMatching("f").generator_loss(
        step_outputs(real_outputs={"f": real}, generated_outputs={"f": generated})
    )
    assert float(value) == pytest.approx(np.sum((real.mean(0) - generated.mean(0)) ** 2), rel=1e-5)


def test_the_auxiliary_classifier_is_the_cross_entropy_of_both_sides():
    real, generated, labels = RANDOM.randn(4, 3), RANDOM.randn(4, 3), np.array([0, 2, 1, 2])
    seen = step_outputs(
        real_outputs={"classes": real}, generated_outputs={"classes": generated}, labels=tf.constant(labels)
    )
    cross = [-np.mean(np.log(softmax(logits)[np.arange(4), labels])) for logits in (real, generated)]
    objective = objectives.AuxiliaryClassifier()
    assert float(objective.discriminator_loss(seen)) == pytest.approx(sum(cross), rel=1e-5)
    assert float(objective.generator_loss(seen)) == pytest.approx(cross[1], rel=1e-5)


@pytest.mark.parametrize("times", [1, 7])
def test_tags_are_held_against_as_many_sigmoids_whose_mean_does_not_grow_with_their_number(times):
    logits, tags = RANDOM.randn(4, 3), np.float32([[0, 1, 1], [0, 0, 0], [1, 0, 1], [1, 1, 1]])
    repeated = [np.tile(one, (1, times)) for one in (logits, tags)]
    seen = step_outputs(generated_outputs={"classes": repeated[0]}, labels=tf.constant(repeated[1]))
    p = 1 / (1 + np.exp(-logits))
    expected = -np.mean(tags * np.log(p) + (1 - tags) * np.log(1 - p))
    assert float(objectives.AuxiliaryClassifier().generator_loss(seen)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("conditional", [False, True])
def test_mode_seeking_is_the_inverse_ratio_of_distances(conditional):
    # G(z) = 3 z + label: the ratio of distances is 3 whatever the latents are, because the labels stay.
    z, labels = tf.constant(RANDOM.randn(6, 2), tf.float32), tf.constant([[0.0], [5], [9], [0], [2], [1]])

    def generate(inputs):
        return 3 * inputs[0] + inputs[1] if conditional else 3 * inputs

    inputs = [z, labels] if conditional else z
    seen = step_outputs(generated=generate(inputs), generate=generate, generator_inputs=inputs, latents=z)
    value = objectives.ModeSeeking(weight=7.0).generator_loss(seen)
    assert float(value) == pytest.approx(1 / (3 + 1e-5), rel=1e-4)


def test_mutual_information_is_the_codes_negative_log_likelihood():
    coded = latents.Coded(noise=1, categorical=(3, 2), continuous=2)
    z = coded.draw(5, coded.latent_dim, seed=0)
    head = RANDOM.randn(5, 3 + 2 + 2 * 2)
    value = objectives.MutualInformation(coded, continuous_weight=0.25).generator_loss(
        step_outputs(generated_outputs={"codes": head}, latents=tf.constant(z))
    )
    _, (first, second), continuous = coded.split(z.astype(np.float64))
    mean, deviation = head[:, 5:7], np.exp(head[:, 7:9])
    density = np.exp(-((continuous - mean) ** 2) / (2 * deviation**2)) / np.sqrt(2 * np.pi * deviation**2)
    expected = -np.mean(np.log(np.sum(softmax(head[:, :3]) * first, axis=1)))
    expected -= np.mean(np.log(np.sum(softmax(head[:, 3:5]) * second, axis=1)))
    expected -= 0.25 * np.mean(np.sum(np.log(density), axis=1))
    assert float(value) == pytest.approx(expected, rel=1e-4)


# --- in the game ---


def game_of(generator, discriminator, **arguments):
    return kgan.GAN(generator, discriminator, seed=0, **arguments)


def linear_generator(a=0.7):
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(2, use_bias=False)])
    generator.set_weights([np.float32(a * np.eye(2))])
    return generator


@pytest.mark.parametrize("jit", [False, True])
def test_mode_seeking_reaches_the_generator_through_both_of_its_samples(jit):
    """With G(z) = A z and a flat discriminator, the gradient in A is that of 1 / (d(A z, A z') / d(z, z'))."""
    gan = game_of(linear_generator(), keras.Sequential([keras.Input((2,)), layers.Dense(1)]))
    gan.discriminator.set_weights([np.zeros((2, 1)), np.zeros(1)])
    gan.compile(
        keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0), objectives=[objectives.ModeSeeking(2.0)], jit_compile=jit
    )
    z = first_latents(gan, 6)
    logs = gan.train_on_batch(np.zeros((6, 2), np.float32), return_dict=True)

    def loss(a):
        turned = np.roll(z, 1, axis=0)
        return 2.0 / (np.mean(np.abs((z - turned) @ a)) / np.mean(np.abs(z - turned)) + 1e-5)

    a, gradient = 0.7 * np.eye(2), np.zeros((2, 2))
    for place in np.ndindex(2, 2):
        step = np.zeros((2, 2))
        step[place] = 1e-5
        gradient[place] = (loss(a + step) - loss(a - step)) / 2e-5
    assert logs["generator_mode_seeking_loss"] == pytest.approx(loss(a), rel=1e-4)
    np.testing.assert_allclose(gan.generator.get_weights()[0], a - 0.1 * gradient, atol=1e-4)


def two_headed(units, name="classes", shape=(2,)):
    inputs = keras.Input(shape)
    x = layers.Flatten(name="features")(inputs)
    return keras.Model(inputs, {"logits": layers.Dense(1)(x), name: layers.Dense(units, name=name)(x)})


@pytest.mark.parametrize("jit", [False, True])
def test_the_auxiliary_classifier_enters_both_updates(jit):
    """The head's weights move by the gradient of the cross-entropies alone, derived by hand."""
    inputs = [keras.Input((2,)), keras.Input((), dtype="int32")]
    generator = keras.Model(inputs, layers.Add()([layers.Dense(2)(inputs[0]), layers.Embedding(3, 2)(inputs[1])]))
    gan = game_of(generator, two_headed(3), num_classes=3)
    gan.compile(
        keras.optimizers.SGD(0.0),
        keras.optimizers.SGD(0.1),
        objectives=[objectives.AuxiliaryClassifier(0.5)],
        jit_compile=jit,
    )
    x, y = RANDOM.randn(4, 2).astype(np.float32), np.int32([0, 2, 1, 1])
    fake = generator([first_latents(gan, 4).astype(np.float32), y]).numpy()
    head = gan.discriminator.get_layer("classes")
    w, b = head.get_weights()
    expected, total = w.copy(), 0.0
    for samples in (x, fake):
        p = softmax(samples @ w + b)
        total += -0.5 * np.mean(np.log(p[np.arange(4), y]))
        expected -= 0.1 * 0.5 * samples.T @ (p - np.eye(3)[y]) / 4
    logs = gan.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(head.get_weights()[0], expected, atol=1e-5)
    assert logs["discriminator_auxiliary_classifier_loss"] == pytest.approx(total, rel=1e-4)
    assert np.isfinite(logs["generator_auxiliary_classifier_loss"])


def test_feature_matching_reads_a_layer_by_its_name_and_pulls_the_means_together():
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), layers.Rescaling(1.0, name="same"), layers.Dense(1)])
    discriminator.set_weights([np.zeros((2, 1)), np.zeros(1)])
    gan = game_of(generator, discriminator)
    gan.compile(keras.optimizers.Adam(0.05), keras.optimizers.SGD(0.0), objectives=[objectives.FeatureMatching("same")])
    x = np.float32([3.0, -2.0]) + 0.1 * RANDOM.randn(640, 2).astype(np.float32)
    history = gan.fit(x, batch_size=64, epochs=20, verbose=0)
    np.testing.assert_allclose(gan.generate(5000, seed=0).mean(axis=0), [3.0, -2.0], atol=0.2)
    losses = history.history["generator_feature_matching_loss"]
    assert losses[-1] < 0.05 * losses[0]


@pytest.mark.slow  # four hundred steps; its value is held by hand above
def test_mutual_information_teaches_the_discriminator_to_read_the_code():
    coded = latents.Coded(noise=2, categorical=(4,), continuous=1)
    generator = keras.Sequential(
        [keras.Input((coded.latent_dim,)), layers.Dense(32, activation="relu"), layers.Dense(2)]
    )
    inputs = keras.Input((2,))
    x = layers.Dense(64, activation="relu")(inputs)
    discriminator = keras.Model(inputs, {"logits": layers.Dense(1)(x), "codes": layers.Dense(4 + 2)(x)})
    gan = game_of(generator, discriminator, latents=coded)
    gan.compile(
        keras.optimizers.Adam(3e-3), keras.optimizers.Adam(3e-3), objectives=[objectives.MutualInformation(coded)]
    )
    angles = RANDOM.randint(0, 4, 3200) * np.pi / 2
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.1 * RANDOM.randn(3200, 2)
    gan.fit(x.astype(np.float32), batch_size=64, epochs=8, verbose=0)
    z = coded.draw(500, coded.latent_dim, seed=0)
    told = gan.discriminator(gan.generator(z))["codes"].numpy()[:, :4]
    _, (code,), _ = coded.split(z)
    assert np.mean(told.argmax(1) == code.argmax(1)) > 0.9


def test_evaluation_compares_samples_of_one_generator():
    """The average is G(z) = z, the one in training G(z) = 100 z: the ratio of distances is 1 or 100, nothing else."""
    gan = game_of(linear_generator(100.0), keras.Sequential([keras.Input((2,)), layers.Dense(1)]), ema_half_life=10)
    gan.ema_generator.set_weights([np.float32(np.eye(2))])
    gan.compile(objectives=["mode_seeking"], jit_compile=False)
    data = tf.data.Dataset.from_tensors(np.zeros((8, 2), np.float32))
    figures = [
        gan.evaluate(data, verbose=0, return_dict=True, averaged=averaged)["generator_mode_seeking_loss"]
        for averaged in (True, False)
    ]
    assert figures == pytest.approx([1.0, 0.01], rel=1e-3)
    assert gan.test_on_batch(np.zeros((8, 2), np.float32), return_dict=True)[
        "generator_mode_seeking_loss"
    ] == pytest.approx(1.0, rel=1e-3)


@keras.saving.register_keras_serializable("kgan_tests")
class Curious(objectives.Objective):
    """Looks at more samples in the discriminator's turn."""

    def discriminator_loss(self, step):
        return 0.0 * tf.reduce_mean(step.generate(step.batch.generator_inputs))


def test_a_look_at_more_samples_moves_nothing():
    generator = keras.Sequential([keras.Input((2,)), layers.BatchNormalization(), layers.Dense(2)])
    gan = game_of(generator, keras.Sequential([keras.Input((2,)), layers.Dense(1)]))
    gan.compile(objectives=[Curious()], jit_compile=False)
    gan.freeze("generator")
    before = [weight.tobytes() for weight in generator.get_weights()]
    gan.train_on_batch(np.zeros((8, 2), np.float32))
    assert [weight.tobytes() for weight in generator.get_weights()] == before


def test_objectives_are_reported_in_evaluation_and_saved(tmp_path, small_images, small_labels):
    gan = small_dcgan(num_classes=10)
    gan.compile(objectives=[objectives.FeatureMatching("features", weight=0.5), "mode_seeking"], jit_compile=False)
    gan.fit(small_images[:50], small_labels[:50], batch_size=25, verbose=0)
    data = tf.data.Dataset.from_tensor_slices((small_images[:50], small_labels[:50])).batch(25)
    before = gan.evaluate(data, verbose=0, return_dict=True)
    assert {"generator_feature_matching_loss", "generator_mode_seeking_loss"} < set(before)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert copy.objectives[0].get_config() == {"layer": "features", "weight": 0.5, "name": None}
    assert copy.evaluate(data, verbose=0, return_dict=True) == pytest.approx(before, rel=1e-5)


def test_coded_latents_and_their_objective_are_saved(tmp_path):
    coded = latents.Coded(noise=1, categorical=(2,), continuous=1)
    generator = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    gan = game_of(generator, two_headed(4, "codes"), latents=coded)
    gan.compile(objectives=[objectives.MutualInformation(coded, weight=0.5)])
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert copy.objectives[0].get_config() == gan.objectives[0].get_config()
    assert copy.latents.get_config() == coded.get_config()


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (objectives.FeatureMatching("feetures"), "an output or a layer named 'feetures'.*Did you mean 'features'"),
        (objectives.AuxiliaryClassifier(), "an output or a layer named 'classes'"),
        ("auxiliary_clasifier", "Did you mean 'auxiliary_classifier'"),
    ],
)
def test_an_output_that_is_not_there_is_named(objective, message):
    with pytest.raises(ValueError, match=message):
        small_dcgan().compile(objectives=[objective])


def test_bad_objectives_and_heads_are_named():
    with pytest.raises(ValueError, match="Expected weight >= 0"):
        objectives.ModeSeeking(-1.0)
    with pytest.raises(ValueError, match="Expected continuous_weight >= 0"):
        objectives.MutualInformation(latents.Coded(), continuous_weight=-1.0)
    with pytest.raises(TypeError, match=r"Expected latents as a kgan\.latents\.Coded"):
        objectives.MutualInformation("normal")
    with pytest.raises(ValueError, match="Expected each of the objectives once"):
        small_dcgan().compile(objectives=["mode_seeking", "mode_seeking"])
    with pytest.raises(ValueError, match="'classes' to have one logit for each class or tag, 4"):
        game_of(linear_generator(), two_headed(3), num_classes=4)
    with pytest.raises(ValueError, match="latent_dim=74"):
        small_dcgan(latents=latents.Coded())
    with pytest.raises(ValueError, match="Expected an objective for each output.*none that reads extra"):
        game_of(linear_generator(), two_headed(3, "extra")).compile()


def test_heads_that_do_not_fit_their_objective_are_named():
    coded = latents.Coded(noise=1, categorical=(2,), continuous=1)
    generator = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    with pytest.raises(ValueError, match="'codes' to be 4 wide"):
        game_of(generator, two_headed(3, "codes"), latents=coded).compile(
            objectives=[objectives.MutualInformation(coded)]
        )
    with pytest.raises(ValueError, match="Expected the GAN to draw from the objective's latents.*Received: normal"):
        game_of(generator, two_headed(4, "codes")).compile(objectives=[objectives.MutualInformation(coded)])
    with pytest.raises(ValueError, match="Expected a generator that takes labels"):
        game_of(linear_generator(), two_headed(3), num_classes=3).compile(objectives=["auxiliary_classifier"])
    with pytest.raises(ValueError, match="Expected a batch with latents"):
        objectives.ModeSeeking().generator_loss(step_outputs())
