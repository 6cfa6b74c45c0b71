"""Recipes with several discriminators, by names of one's own."""

import keras
import numpy as np
import pytest

import kgan
from kgan import recipes
from kgan.data import Splits

OWN = """
base = "pix2pix"
discriminator = "none"

[generator]
width = 4
dropout = 0.0

[discriminators.fine]
architecture = "patchgan_discriminator"
width = 4
layers = 1

[discriminators.coarse]
architecture = "patchgan_discriminator"
width = 2
layers = 2
loss_weight = 0.5
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    return recipes.get(str(tmp_path / "own.toml"))


def built(recipe, seed=0):
    return recipe.build(Splits(None, None, (16, 16, 1), input_shape=(16, 16, 1)), seed)


def test_each_has_its_own_network_weights_and_share_of_the_loss(own):
    model = built(own)
    assert list(model.discriminators) == ["fine", "coarse"]
    assert model.discriminator is None
    assert model.get_compile_config()["loss_weights"] == {"fine": 1.0, "coarse": 0.5}
    alike = own.changed({"discriminators.coarse": "{architecture=patchgan_discriminator, width=4, layers=1}"})
    one, other = (network.get_weights()[0] for network in built(alike).discriminators.values())
    assert one.shape == other.shape
    assert not np.array_equal(one, other)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model with its history, its monitor, and the weights that it began with."""
    path = tmp_path_factory.mktemp("recipe") / "own.toml"
    path.write_text(OWN)
    model = built(recipes.get(str(path)).changed({"jit_compile": "false"}))
    before = {name: one.get_weights()[0] for name, one in model.discriminators.items()}
    pictures = np.random.RandomState(0).randint(0, 256, (4, 16, 16, 1)).astype(np.uint8)
    monitor = kgan.callbacks.TranslationMonitor(verbose=0)
    history = model.fit(pictures, pictures[:, ::-1], batch_size=2, epochs=2, verbose=0, callbacks=[monitor]).history
    return model, history, monitor, before


def test_each_sees_the_input_beside_the_sample_and_learns(trained):
    model, history, _, before = trained
    assert model.discriminator_takes_input
    figures = ("discriminator_loss", "generator_loss", "real_accuracy", "generated_accuracy")
    assert {f"{name}_{figure}" for name in ("fine", "coarse") for figure in figures} < set(history)
    together = history["fine_discriminator_loss"][0] + 0.5 * history["coarse_discriminator_loss"][0]
    assert history["discriminator_loss"][0] == pytest.approx(together, rel=1e-5)
    for name, one in model.discriminators.items():
        assert not np.array_equal(one.get_weights()[0], before[name])


def test_the_monitor_reads_all_of_them(trained):
    signs = trained[2].history[-1]
    assert 0.0 <= signs.separation <= 1.0
    assert signs.discriminator_change > 0.0


def test_a_model_of_them_comes_back_from_its_file(trained, tmp_path):
    model = trained[0]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.get_compile_config()["loss_weights"] == {"fine": 1.0, "coarse": 0.5}
    for weight, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_its_file_says_all_and_reads_back(own, tmp_path):
    (tmp_path / "again.toml").write_text(own.to_toml(explained=True))
    again = recipes.get(str(tmp_path / "again.toml"))
    assert again.content() == own.content() | {"name": again.name}
    assert "[discriminator]" not in own.to_toml()
    assert "[discriminators.coarse]" in own.to_toml()
    assert "[discriminators" not in recipes.get("pix2pix").to_toml()
    assert recipes.Recipe.from_dict(own.content()) == own


def test_settings_of_one_can_be_set_by_its_name_and_it_can_be_taken_out(own):
    leaves = own.changed({"discriminators.coarse.width": "8", "discriminators.fine": "none"}).leaves()
    assert leaves["discriminators.coarse.width"] == 8
    assert not [name for name in leaves if name.startswith(("discriminators.fine", "discriminator."))]
    assert own.meanings()["discriminators.fine.loss_weight"]
    assert own.source_of("discriminators.coarse.loss_weight") == "recipe own"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"discriminators.coarse": "none", "discriminators.fine": "none"}, "a recipe with neither"),
        ({"discriminator": "patchgan_discriminator"}, "Received: discriminator and discriminators.fine"),
        ({"discriminators.coarse.loss_weight": "-1"}, "Expected discriminators.coarse.loss_weight >= 0"),
        ({"discriminators.coarse.depth": "3"}, "discriminators.coarse.depth"),
        ({"discriminators.coarse.architecture": "unet_generator"}, "discriminators.coarse.architecture"),
        ({"discriminators": {"a b": {"architecture": "patchgan_discriminator"}}}, "names in discriminators"),
        ({"discriminators": "3"}, "Expected discriminators as tables"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(own, settings, words):
    with pytest.raises(ValueError, match=words):
        own.changed(settings)


def test_a_kind_that_takes_one_refuses_several():
    several = {"discriminators": {"one": {"architecture": "dcgan_discriminator"}}, "discriminator": "none"}
    with pytest.raises(ValueError, match="Expected one discriminator for kind='gan'"):
        recipes.get("digits").changed(several)


def test_sources_of_what_stands_in_none_of_them_are_refused(own):
    with pytest.raises(ValueError, match="sources"):
        recipes.Recipe.from_dict(own.content() | {"sources": {"discriminators.other.width": "somewhere"}})


def test_a_single_network_of_several_is_asked_for_by_the_other_function(own):
    with pytest.raises(ValueError, match="Call discriminator_networks"):
        own.network("discriminator", sample_shape=(16, 16, 1))
