"""What MLP, WGAN-GP, SNGAN, SAGAN and BigGAN promise alike: sizes, labels, files, ONNX, XLA, and that they train."""

import inspect
import itertools

import keras
import numpy as np
import pytest
from families import assert_exported, called, example, saved_and_loaded, trained

from kgan import architectures

CONVOLUTIONAL = ("wgan_gp_resnet", "sngan", "sagan", "biggan")
FAMILIES = ("mlp", *CONVOLUTIONAL)
SLOW = pytest.mark.slow
# WGAN-GP's generator is made by the same lines as SNGAN's.
FAST = ("mlp", pytest.param("wgan_gp_resnet", marks=SLOW), "sngan", "sagan", "biggan")


def networks(family, shape, width=4, seed=0, **arguments):
    """Small ones, with a latent of 12."""
    generator, discriminator = (getattr(architectures, f"{family}_{side}") for side in ("generator", "discriminator"))
    takes = inspect.signature(discriminator).parameters
    return (
        generator(shape, latent_dim=12, width=width, seed=seed, **arguments),
        discriminator(shape, width=width, seed=seed + 100, **{k: v for k, v in arguments.items() if k in takes}),
    )


def randomised(model, seed=0):
    """Moving statistics, biases and gains that are not those of the start."""
    random = np.random.RandomState(seed)
    for weight in model.weights:
        if "variance" in weight.name:
            weight.assign(random.uniform(0.5, 2.0, weight.shape))
        elif len(weight.shape) <= 1 and weight.name != "u":
            weight.assign(random.normal(1.0 if weight.name in ("gamma", "gain") else 0.0, 0.3, weight.shape))
        elif not np.any(weight.numpy()):
            weight.assign(random.normal(0.0, 0.3, weight.shape))
    return model


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shape", [(33, 21, 16), *(pytest.param(one, marks=SLOW) for one in ((8, 8, 1), (96, 64, 4)))])
def test_any_size_and_any_number_of_channels(family, shape):
    generator, discriminator = networks(family, shape, width=2)
    assert generator.output_shape == (None, *shape)
    assert discriminator.input_shape == (None, *shape)
    assert discriminator.output_shape == (None, 1)
    assert [one.name for one in (*generator.inputs, *discriminator.inputs)] == ["latents", "images"]


@pytest.mark.parametrize("family", FAMILIES)
def test_images_are_within_the_range_of_tanh_and_follow_their_latents(family):
    generator, discriminator = networks(family, (17, 12, 3))
    images = called(randomised(generator), example(generator, 4))
    assert images.shape == (4, 17, 12, 3)
    assert np.abs(images).max() <= 1.0
    assert images.std(axis=0).max() > 1e-4
    logits = called(discriminator, [images])
    assert len(np.unique(logits)) == 4


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("labels", ["num_classes", "num_tags"])
def test_labels_change_what_is_made_and_how_it_is_judged(family, labels):
    generator, discriminator = networks(family, (8, 8, 3), **{labels: 3})
    names = ["latents", "labels", "images"]
    discriminator_takes_them = family != "wgan_gp_resnet"
    if discriminator_takes_them:
        names.append("labels")
    assert [one.name for one in (*generator.inputs, *discriminator.inputs)] == names
    z = np.repeat(np.random.RandomState(0).randn(1, 12), 2, axis=0).astype(np.float32)
    rows = np.int32([0, 2]) if labels == "num_classes" else np.float32([[1, 0, 0], [1, 0, 1]])
    images = called(randomised(generator), [z, rows])
    assert np.abs(images[0] - images[1]).max() > 5e-5
    if discriminator_takes_them:
        first, second = called(randomised(discriminator), [images[:1].repeat(2, axis=0), rows])[:, 0]
        assert first != second
    else:
        outputs = discriminator(images)
        assert {name: tuple(one.shape) for name, one in outputs.items()} == {"logits": (2, 1), "classes": (2, 3)}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAST)
def test_saved_networks_come_back_with_the_same_outputs(family, tmp_path):
    for network in networks(family, (12, 8, 3), num_classes=2, seed=3):
        randomised(network)
        loaded = saved_and_loaded(network, tmp_path)
        inputs = example(network) if len(network.inputs) > 1 else example(network)[0]
        for one, other in zip(keras.tree.flatten(network(inputs)), keras.tree.flatten(loaded(inputs)), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAST)
def test_the_seed_fixes_every_weight_and_another_seed_every_kernel(family):
    one, two, other = (networks(family, (8, 8, 3), num_classes=2, seed=seed) for seed in (1, 1, 2))
    for first, second, third in zip(one, two, other, strict=True):
        keras.utils.set_random_seed(np.random.randint(1000))  # which has no say
        drawn = 0
        for a, b, c in zip(first.weights, second.weights, third.weights, strict=True):
            np.testing.assert_array_equal(a, b)
            assert a.path == b.path == c.path
            if np.std(a.numpy()) > 0:
                assert np.any(a.numpy() != c.numpy()), a.path
                drawn += 1
        kernels = [weight.numpy().ravel()[:8] for weight in first.weights if weight.name == "kernel"]
        assert drawn >= 3
        assert not any(np.array_equal(a, b) for a, b in itertools.pairwise(kernels))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAST)
def test_generators_export_with_onnx_s_own_operators_and_the_same_values(family):
    generator, _ = networks(family, (17, 12, 3), num_classes=2)
    assert_exported(randomised(generator))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("labels", [{}, {"num_tags": 3}], ids=str)
def test_generators_of_published_sizes_export_without_labels_and_with_tags(family, labels):
    generator, _ = networks(family, (64, 64, 3), width=16 if family != "biggan" else 4, **labels)
    for _ in range(10):  # the power method settles, as it does in training
        called(generator, example(generator), training=True)
    assert_exported(randomised(generator))


@pytest.mark.parametrize("family", CONVOLUTIONAL)
@pytest.mark.parametrize(
    ("shape", "nearest"),
    [
        ((7, 8, 3), r"\(8, 8, 3\) and \(9, 8, 3\)"),
        ((32, 5, 3), r"\(32, 8, 3\) and \(32, 9, 3\)"),
        ((32, 2000, 3), None),
        ((32, 32, 0), r"\(32, 32, 1\) and \(32, 32, 2\)"),
    ],
)
def test_sizes_out_of_range_are_refused_with_the_nearest_two(family, shape, nearest):
    largest = 512 if family == "biggan" else 1024
    nearest = nearest or rf"\(32, {largest}, 3\) and \(32, {largest - 1}, 3\)"
    for side in ("generator", "discriminator"):
        with pytest.raises(ValueError, match=f"Received: shape=.*The nearest two that can be made: {nearest}"):
            getattr(architectures, f"{family}_{side}")(shape)


@pytest.mark.parametrize("family", CONVOLUTIONAL)
def test_what_is_no_shape_is_refused(family):
    for shape in ((32, 32), (None, None, 3), (32.0, 32, 3)):
        with pytest.raises(ValueError, match=r"Expected shape as \(height, width, channels\) with sides from 8 to"):
            getattr(architectures, f"{family}_generator")(shape)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 2, "num_tags": 2}, "Expected num_classes or num_tags, not both"),
        ({"num_tags": 1}, "Expected num_tags >= 2; one tag is two classes"),
        ({"num_classes": 0}, "Expected num_classes >= 1"),
        ({"width": 0}, "Expected width >= 1. Received: width=0"),
    ],
)
def test_bad_counts_are_named(family, arguments, message):
    for side in ("generator", "discriminator"):
        with pytest.raises(ValueError, match=message):
            getattr(architectures, f"{family}_{side}")((8, 8, 3), **arguments)


LOSSES = {
    "mlp": {"loss": "non_saturating"},
    "wgan_gp_resnet": {"loss": "wasserstein", "penalties": ["wgangp"], "objectives": ["auxiliary_classifier"]},
    "sngan": {"loss": "hinge"},
    "sagan": {"loss": "hinge"},
    "biggan": {"loss": "hinge"},
}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_two_hundred_steps_on_real_colour_pictures_end_in_numbers(family):
    width = {"biggan": 4, "mlp": 128}.get(family, 16)  # of 16 rectifiers in a row all may come to be dead
    pair = networks(family, (32, 32, 3), width=width, num_classes=3)
    before = [weight.numpy() for weight in pair[0].weights]
    gan, logs = trained(*pair, steps=200, generator_optimizer="adam", discriminator_optimizer="adam", **LOSSES[family])
    assert all(np.isfinite(value) for one in logs for value in one.values())
    for weight, start in zip(gan.generator.weights, before, strict=True):
        assert np.all(np.isfinite(weight.numpy())), weight.path
        assert np.any(weight.numpy() != start), weight.path
    images = gan.generate(16, labels=np.arange(16) % 3, seed=0)
    assert np.abs(images).max() <= 1.0
    least = 1e-6 if family == "mlp" else 1e-3  # weights of an MLP start within 0.05: 200 steps are few for it
    assert images.std(axis=0).mean() > least  # they differ


@pytest.mark.slow
@pytest.mark.xla
@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_compiled_by_xla_is_the_same_as_without(family):
    dropout = {"dropout": 0.0, "input_dropout": 0.0} if family == "mlp" else {}  # XLA draws other numbers
    states = []
    for jit in (False, True):
        generator = getattr(architectures, f"{family}_generator")((8, 8, 3), latent_dim=12, width=8, seed=0)
        discriminator = getattr(architectures, f"{family}_discriminator")((8, 8, 3), width=8, seed=1, **dropout)
        arguments = {**LOSSES[family], "jit_compile": jit}
        if family == "wgan_gp_resnet":
            arguments |= {"penalties": ["r1"], "objectives": []}  # WGAN-GP's draws differ with XLA
        gan, logs = trained(
            generator, discriminator, 2, generator_optimizer="sgd", discriminator_optimizer="sgd", **arguments
        )
        states.append(([weight.numpy() for weight in gan.weights], logs))
    for one, other in zip(states[0][0], states[1][0], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    for name, value in states[0][1][-1].items():
        assert states[1][1][-1][name] == pytest.approx(value, rel=1e-3, abs=1e-4)
