"""FreezeD: lower layers of the discriminator keep their weights."""

import keras
import numpy as np
import pytest

import kgan
from kgan.architectures import freeze_lower_layers
from kgan.run import Plan


def test_lower_layers_are_frozen_with_what_belongs_to_them():
    network = kgan.architectures.dcgan_discriminator((16, 16, 3), width=4, batch_norm=True, num_classes=3)
    with_kernel = [layer.name for layer in network.layers if hasattr(layer, "kernel")]
    frozen = freeze_lower_layers(network, 2)
    assert with_kernel[:2] == [name for name in frozen if name in with_kernel]
    learning = [layer.name for layer in network.layers if layer.trainable and layer.weights]
    assert with_kernel[2] in learning
    assert any("embedding" in name or "label" in name for name in learning)
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert not norms[0].trainable


def test_wrapped_kernels_and_blocks_count_once():
    block = keras.Sequential(
        [keras.Input((4, 4, 2)), keras.layers.Conv2D(2, 3), keras.layers.Conv2D(2, 1)], name="block"
    )
    network = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            kgan.layers.SpectralNormalization(keras.layers.Conv2D(2, 1), name="first"),
            block,
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(1, name="last"),
        ]
    )
    assert freeze_lower_layers(network, 2) == ["first", "block", "flat"]
    assert network.trainable_variables == network.layers[-1].trainable_variables


def test_frozen_layers_stay_to_the_bit_and_are_saved_as_frozen(tmp_path):
    discriminator = kgan.architectures.dcgan_discriminator((8, 8, 1), 4, seed=1)
    names = freeze_lower_layers(discriminator, 1)
    gan = kgan.GAN(kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, seed=0), discriminator, seed=0)
    gan.compile(jit_compile=False, penalties=["r1"])
    before = {layer.name: [one.copy() for one in layer.get_weights()] for layer in discriminator.layers}
    gan.train_on_batch(np.random.RandomState(0).randint(0, 256, (4, 8, 8, 1)).astype(np.uint8))
    for layer in discriminator.layers:
        same = all(np.array_equal(a, b) for a, b in zip(before[layer.name], layer.get_weights(), strict=True))
        assert same == (layer.name in names or not layer.weights), layer.name
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert [layer.name for layer in again.discriminator.layers if not layer.trainable] == names
    assert len(again.discriminator_optimizer.variables) == len(gan.discriminator_optimizer.variables)


def test_freezing_refuses_what_would_leave_nothing_to_learn():
    network = kgan.architectures.dcgan_discriminator((8, 8, 1), 4)
    count = sum(hasattr(layer, "kernel") for layer in network.layers)
    with pytest.raises(ValueError, match=f"fewer frozen layers than the {count} .*Freeze at most {count - 1}"):
        freeze_lower_layers(network, count)
    with pytest.raises(ValueError, match="Expected count >= 1"):
        freeze_lower_layers(network, 0)

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(TypeError, match="whose order of layers is known. Received: 'mine', a Own"):
        freeze_lower_layers(Own(name="mine"), 1)


@pytest.mark.parametrize("name", ["digits", "pix2pix"])
def test_a_recipe_freezes_only_what_another_run_has_trained(name, tmp_path):
    with pytest.raises(ValueError, match=r"Expected init_from=RUN beside model\.frozen_layers"):
        Plan.make("digits", name, {"frozen_layers": "2"})
    plan = Plan.make("digits", name, {"frozen_layers": "2"}, init_from=tmp_path)
    assert plan.recipe.model["frozen_layers"] == 2
    assert "frozen_layers" not in plan.recipe.model_arguments()
    with pytest.raises(ValueError, match="Expected model.frozen_layers >= 0"):
        Plan.make("digits", name, {"frozen_layers": "-1"}, init_from=tmp_path)


def test_a_recipe_builds_a_discriminator_with_frozen_layers():
    settings = {"frozen_layers": "1", "generator_width": "4", "discriminator_width": "4", "latent_dim": "4"}
    gan = kgan.recipes.get("digits").changed(settings).build(np.zeros((80, 8, 8, 1), np.uint8))
    assert [layer.name for layer in gan.discriminator.layers if layer.weights and not layer.trainable] == [
        "downsample_0"
    ]
