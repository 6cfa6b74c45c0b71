"""What a BiGAN takes, made of a discriminator: by its equations."""

import numpy as np
import pytest

from kgan import architectures


def seen(**settings):
    return architectures.dcgan_discriminator((8, 8, 1), 2, seed=1, **settings)


def normed(x):
    return (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-3)


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def dense(network, name, x):
    kernel, bias = network.get_layer(name).get_weights()
    return x @ kernel + bias


SAMPLES = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype(np.float32)
LATENTS = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)


def features(network, samples):
    x = samples
    for layer in network.layers[1:]:
        x = layer(x)
        if layer.name == "features":
            return x.numpy()
    raise AssertionError(f"{network.name} has no features")


def test_an_encoder_is_a_line_of_normalised_features():
    encoder = architectures.latents_encoder(seen(), 5, seed=2)
    expected = dense(encoder, "latents", normed(features(seen(), SAMPLES)))
    np.testing.assert_allclose(encoder(SAMPLES), expected, atol=1e-5)


def test_pairs_are_judged_by_both_of_their_parts():
    judge = architectures.pair_discriminator(seen(), 5, 4, seed=2)
    of_samples = dense(judge, "of_samples", normed(features(seen(), SAMPLES)))
    both = leaky(np.concatenate([of_samples, dense(judge, "of_latents", LATENTS)], axis=1))
    expected = dense(judge, "pair_logits", leaky(dense(judge, "hidden", both)))
    np.testing.assert_allclose(judge([SAMPLES, LATENTS]), expected, atol=1e-5)


@pytest.mark.parametrize("make", [architectures.latents_encoder, architectures.pair_discriminator])
def test_networks_without_features_of_samples_alone_are_refused(make):
    with pytest.raises(ValueError, match=r"samples alone with a layer 'features'.*which takes \[.*\(None,\)\]"):
        make(seen(num_classes=3), 5)
    with pytest.raises(ValueError, match="a layer 'features' of .*Received: 'discriminator'"):
        make(architectures.mlp_discriminator((8, 8, 1), width=4), 5)
    with pytest.raises(ValueError, match="latent_dim >= 1"):
        make(seen(), 0)
