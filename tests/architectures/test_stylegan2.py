import keras
import numpy as np
import pytest
import tensorflow as tf
from style_references import judged, mapped, synthesised

import kgan
from kgan.architectures import StyleParts, stylegan2_discriminator, stylegan2_generator


def latents(batch=3, size=6, seed=0):
    return np.random.RandomState(seed).standard_normal((batch, size)).astype(np.float32)


def small(shape=(8, 12, 3), **settings):
    return stylegan2_generator(shape, 6, width=3, max_width=5, mapping_layers=2, seed=0, **settings)


def small_discriminator(shape=(8, 12, 3), **settings):
    return stylegan2_discriminator(shape, width=3, max_width=5, mapping_layers=2, seed=1, **settings)


def moved(model, seed=0):
    """Weights that are not those of the start: biases, strengths of noise and the mean of w are no longer 0."""
    random = np.random.RandomState(seed)
    for weight in model.weights:
        if "seed" not in weight.path:
            size = max(float(np.std(weight)), 0.3)
            weight.assign(weight + random.normal(0.0, 0.3 * size, weight.shape))
    return model


def parameters(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)


@pytest.mark.parametrize(
    ("side", "width", "of_generator", "of_discriminator"),
    [
        (256, 64, 24_767_458, 24_001_089),
        pytest.param(1024, 32, 30_370_060, 29_012_513, marks=pytest.mark.slow),
    ],
)
def test_the_paper_s_networks_have_its_parameters(side, width, of_generator, of_discriminator):
    """At 256 as the paper's appendix and its program have it; at 1,024, counted from the layers of configuration F."""
    assert parameters(stylegan2_generator((side, side, 3), width=width)) == of_generator
    assert parameters(stylegan2_discriminator((side, side, 3), width=width)) == of_discriminator


def test_256_pixels_have_fourteen_styles_and_the_channels_of_the_paper():
    synthesis = StyleParts.of(stylegan2_generator((256, 256, 3), latent_dim=2, width=2, max_width=16)).synthesis
    assert synthesis.inputs[0].shape == (None, 14, 2)
    assert synthesis.inputs[1].shape == (None, sum(4**k * (1 if k == 2 else 2) for k in range(2, 9)))
    assert [synthesis.get_layer(f"convolution_{stage}").filters for stage in range(7)] == [16, 16, 16, 16, 8, 4, 2]


@pytest.mark.parametrize("kind", [None, "classes", "tags"])
def test_the_generator_computes_the_equations_of_the_paper(kind):
    generator = moved(small(**({} if kind is None else {f"num_{kind}": 3})))
    parts, z = StyleParts.of(generator), latents()
    labels = {"classes": np.int32([2, 0, 2]), "tags": np.float32([[1, 0, 1], [0, 0, 0], [0, 1, 0]])}.get(kind)
    rows = None if kind is None else np.eye(3)[labels] if kind == "classes" else labels
    w = mapped(parts.mapping, z, rows)
    noise = np.repeat(np.float64(parts.noise.fixed.numpy()), 3, axis=0)
    expected = synthesised(parts.synthesis, np.repeat(w[:, None], 4, axis=1), noise)
    outputs = generator(z if labels is None else [z, labels]).numpy()
    assert expected.std() > 0.1
    np.testing.assert_allclose(outputs, expected, rtol=1e-3, atol=1e-4)


def test_truncation_and_noise_from_outside_are_those_of_the_equations():
    parts, z = StyleParts.of(moved(small())), latents()
    w, mean = mapped(parts.mapping, z), parts.styles.mean.numpy()
    noise = np.random.RandomState(3).standard_normal((3, parts.noise_size)).astype(np.float32)
    styles = np.repeat((mean + 0.6 * (w - mean))[:, None], 4, axis=1)
    images = parts.images(z, truncation_psi=0.6, noise=noise).numpy()
    np.testing.assert_allclose(images, synthesised(parts.synthesis, styles, noise), rtol=1e-3, atol=1e-4)
    flat = parts.images(z, truncation_psi=0.0).numpy()
    np.testing.assert_allclose(flat, np.repeat(flat[:1], 3, axis=0), atol=1e-5)


def test_the_discriminator_computes_the_residual_blocks_of_the_paper():
    discriminator = moved(small_discriminator((16, 8, 2)))
    images = np.random.RandomState(0).uniform(-1, 1, (4, 16, 8, 2)).astype(np.float32)
    np.testing.assert_allclose(discriminator(images), judged(discriminator, images), rtol=1e-3, atol=1e-4)


def test_labels_are_judged_by_the_product_of_features_with_their_mapping():
    discriminator = moved(small_discriminator(num_classes=3))
    images = np.random.RandomState(0).uniform(-1, 1, (4, 8, 12, 3)).astype(np.float32)
    labels = np.int32([0, 1, 2, 0])
    inner = keras.Model(discriminator.inputs, discriminator.get_layer("features_relu").output)([images, labels])
    kernel, bias = discriminator.get_layer("to_project").get_weights()
    features = np.float64(inner) @ kernel / np.sqrt(len(kernel)) + bias
    kernel, bias = discriminator.get_layer("embedding").get_weights()
    embedded = np.eye(3)[labels] @ kernel / np.sqrt(3) + bias
    of_labels = mapped(discriminator, embedded)  # which norms them first
    expected = np.sum(features * of_labels, axis=1, keepdims=True) / np.sqrt(5)
    np.testing.assert_allclose(discriminator([images, labels]), expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("shape", [(28, 28, 1), (96, 64, 3), (8, 8, 16)])
def test_sizes_that_are_no_squares_and_one_to_sixteen_channels(shape):
    images = small(shape)(latents())
    assert images.shape == (3, *shape)
    assert np.all(np.isfinite(images))
    assert small_discriminator(shape)(images).shape == (3, 1)


@pytest.mark.parametrize("build", [stylegan2_generator, stylegan2_discriminator])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (33, 32, 3)}, "The nearest two that can be made: "),
        ({"shape": (32, 32, 0)}, "Expected 1 channel or more"),
        ({"width": 0}, "Expected width >= 1"),
        ({"max_width": 0}, "Expected max_width >= 1"),
        ({"mapping_layers": 0}, "Expected mapping_layers >= 1"),
        ({"width": 10**6, "max_width": 10**6}, "Expected width for which 16 GiB of memory suffice"),
        ({"num_classes": 2, "num_tags": 2}, "Expected num_classes or num_tags, not both"),
        ({"num_classes": 0}, "Expected num_classes >= 1"),
        ({"num_tags": 1}, "Expected num_tags >= 2; one tag is two classes"),
    ],
)
def test_what_cannot_be_built_is_refused(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**{"shape": (32, 32, 3), "width": 2, "max_width": 4, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent_dim": 0}, "Expected latent_dim >= 1"),
        ({"style_dim": 0}, "Expected style_dim >= 1"),
        ({"latent_dim": 10**6}, "Expected latent_dim for which 16 GiB of memory suffice"),
        ({"style_mixing": 1.5}, r"Expected mixing in \[0, 1\]"),
    ],
)
def test_a_generator_of_impossible_latents_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        stylegan2_generator((16, 16, 3), **{"latent_dim": 4, "width": 2, "max_width": 4, **arguments})


def test_training_draws_noise_and_mixes_and_inference_does_neither():
    generator, z = moved(small()), latents()
    np.testing.assert_array_equal(generator(z), generator(z))
    np.testing.assert_allclose(generator(z)[:1], generator(z[:1]), atol=1e-5)
    first, second = generator(z, training=True).numpy(), generator(z, training=True).numpy()
    assert not np.allclose(first, second)
    assert not np.allclose(first, generator(z))


def test_without_mixing_the_generator_maps_once():
    names = [layer.name for layer in small(style_mixing=0.0).layers]
    assert names == ["latents", "mapping", "styles", "noise", "synthesis"]


def test_a_style_in_the_last_place_changes_colours_alone():
    parts, z = StyleParts.of(moved(small())), latents()
    styles = parts.styles(parts.mapping(z)).numpy()
    changed = np.concatenate([styles[:, :-1], styles[::-1, -1:]], axis=1)
    features = keras.Model(parts.synthesis.inputs, parts.synthesis.get_layer("convolution_1").output)
    noise = parts.noise(z).numpy()
    np.testing.assert_array_equal(features([styles, noise]), features([changed, noise]))
    assert not np.allclose(parts.synthesis([styles, noise]), parts.synthesis([changed, noise]))


def test_a_generator_without_such_parts_is_refused():
    with pytest.raises(ValueError, match="Expected a generator with layers named 'mapping', 'styles'.*without them"):
        StyleParts.of(kgan.architectures.dcgan_generator((8, 8, 1), 2, 2))


def test_the_same_seed_gives_the_same_networks_and_another_others():
    for first, second in zip(small().get_weights(), small().get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    one, other = small_discriminator(), stylegan2_discriminator((8, 12, 3), 3, max_width=5, mapping_layers=2, seed=2)
    assert not np.allclose(one.get_layer("features").layer.kernel, other.get_layer("features").layer.kernel)


def test_kernels_of_one_shape_are_not_alike():
    kernels = [
        weight.numpy().ravel()
        for model in (small((16, 16, 3)), small_discriminator((16, 16, 3)))
        for weight in model.trainable_variables
        if "kernel" in weight.name and np.prod(weight.shape) > 20
    ]
    for number, one in enumerate(kernels):
        assert not any(np.array_equal(one, other) for other in kernels[number + 1 :])


@pytest.mark.parametrize("settings", [{"style_mixing": 0.0}, {"num_tags": 4}])
def test_saved_networks_come_back_with_every_setting(settings, tmp_path):
    of_discriminator = {name: value for name, value in settings.items() if name.startswith("num_")}
    labels = [np.eye(4, dtype=np.float32)[:3]] if of_discriminator else []
    generator = moved(small(**settings))
    images = generator([latents(), *labels] if labels else latents()).numpy()
    for model, inputs in ((generator, latents()), (moved(small_discriminator(**of_discriminator)), images)):
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        assert loaded.to_json() == model.to_json()
        given = [inputs, *labels] if labels else inputs
        np.testing.assert_array_equal(loaded(given), model(given))


def test_golden_output_of_seed_0():
    """Of this program on TensorFlow 2.21 and Keras 3.15.1 when it was written, on a CPU."""
    images = small()(latents(2)).numpy()
    logits = small_discriminator()(images).numpy()
    np.testing.assert_allclose(images[0, 3, 5], [-0.21109681, -0.04596841, -0.60055822], rtol=1e-3)
    np.testing.assert_allclose(images[1, 7, 0], [-0.1884774, 0.04440115, 0.03852739], rtol=1e-3)
    np.testing.assert_allclose([images.mean(), images.std()], [-0.36733973, 1.06805372], rtol=1e-4)
    np.testing.assert_allclose(logits.ravel(), [0.03754007, 1.3477571], rtol=1e-3)


def test_half_precision_computes_the_same_images_up_to_rounding():
    generator = small()
    with_policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = small()
    finally:
        keras.config.set_dtype_policy(with_policy)
    half.set_weights(generator.get_weights())
    images = generator(latents()).numpy()
    error = tf.cast(half(latents()), tf.float32).numpy() - images
    assert np.sqrt(np.mean(error**2)) < 0.05 * np.sqrt(np.mean(images**2))


@pytest.mark.slow
def test_a_step_with_labels_path_lengths_and_lazy_r1_is_the_same_in_half_precision_up_to_rounding():
    """The first step, at which both lazy terms are due; SGD, whose step is the gradient itself."""
    policy, moves, logs = keras.config.dtype_policy(), [], []
    images = np.random.RandomState(1).uniform(-1, 1, (4, 8, 8, 3)).astype(np.float32)
    for dtype in ("float32", "mixed_bfloat16"):
        keras.config.set_dtype_policy(dtype)
        try:
            pair = small((8, 8, 3), style_mixing=0.0, num_classes=3), small_discriminator((8, 8, 3), num_classes=3)
        finally:
            keras.config.set_dtype_policy(policy)
        gan = kgan.GAN(*pair, num_classes=3, seed=0, ema_half_life=None)
        gan.compile(
            keras.optimizers.SGD(1e-2),
            keras.optimizers.SGD(1e-2),
            penalties=[kgan.penalties.R1(1.0, every=16)],
            objectives=[kgan.objectives.PathLength()],
            jit_compile=False,
        )
        before = [[weight.numpy() for weight in network.trainable_weights] for network in pair]
        logs.append(gan.train_on_batch(images, np.int32([0, 2, 1, 2]), return_dict=True))
        after = [[weight.numpy() for weight in network.trainable_weights] for network in pair]
        moves.append(
            [
                np.concatenate([(b - a).ravel() for a, b in zip(*one, strict=True)])
                for one in zip(before, after, strict=True)
            ]
        )
    for one, half in zip(*moves, strict=True):
        assert 0.0 < np.linalg.norm(half - one) < 0.25 * np.linalg.norm(one)
    for name in ("generator_path_length_loss", "r1_penalty"):
        assert logs[1][name] == pytest.approx(logs[0][name], rel=0.15)
        assert logs[0][name] > 0
