"""What a SavedModel holds."""

import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan


def style_gan():
    return kgan.GAN(
        kgan.architectures.stylegan2_generator((8, 8, 1), 4, 2, max_width=4, seed=0),
        kgan.architectures.stylegan2_discriminator((8, 8, 1), 2, max_width=4, seed=0),
        seed=0,
    )


@pytest.mark.slow
@pytest.mark.parametrize("game", [small_dcgan, style_gan])
def test_it_holds_each_weight_once(tmp_path, game):
    gan = game()
    path = kgan.export.save(gan, tmp_path / "bundle", formats=("saved_model",)) / "saved_model"
    stored = [shape for _, shape in tf.train.list_variables(str(path / "variables" / "variables")) if shape]
    weights = [list(one.shape) for one in gan.generator.weights]
    assert all(weights.count(shape) >= stored.count(shape) for shape in stored)
    serve = tf.saved_model.load(str(path)).signatures["serving_default"]
    z = np.random.RandomState(0).randn(3, 4).astype(np.float32)
    np.testing.assert_allclose(serve(latents=tf.constant(z))["images"], gan(z), atol=1e-5)
