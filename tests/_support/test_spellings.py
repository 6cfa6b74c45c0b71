"""Every spelling of what `compile` and `kgan.GAN` look up by name: the class's, a config, the class itself."""

import keras
import pytest

import kgan
from kgan import augmentation, latents, losses, metrics, objectives, penalties, schedules
from kgan.metrics import resolve

TABLES = {
    "losses": (losses.get, losses.LOSSES),
    "penalties": (penalties.get, penalties.PENALTIES),
    "objectives": (objectives.get, objectives.OBJECTIVES),
    "augmentation": (augmentation.get, augmentation.AUGMENTATIONS),
    "latents": (latents.get, latents.DISTRIBUTIONS),
}
NEEDED = {
    objectives.MutualInformation: {"latents": latents.Coded()},
    objectives.FeatureDistance: {"features": "pixels"},
}
EVERY = [(get, name, cls) for get, table in TABLES.values() for name, cls in table.items()]
WITH_DEFAULTS = [one for one in EVERY if one[2] not in NEEDED]


@pytest.mark.parametrize(("get", "name", "cls"), WITH_DEFAULTS, ids=lambda one: getattr(one, "__name__", one))
def test_the_name_of_the_class_and_the_class_do_as_well_as_the_name(get, name, cls):
    for spelling in (name, cls.__name__, name.replace("_", "-"), name.upper(), cls):
        assert type(get(spelling)) is cls, spelling


@pytest.mark.parametrize(("get", "name", "cls"), EVERY, ids=lambda one: getattr(one, "__name__", one))
def test_a_config_dictionary_of_keras_is_the_object_that_it_describes(get, name, cls):
    made = cls(**NEEDED.get(cls, {}))
    written = keras.saving.serialize_keras_object(made)
    for config in (written, {"class_name": cls.__name__, "config": written["config"]}):
        assert get(config).get_config() == made.get_config()
    assert get(made) is made


@pytest.mark.parametrize("cls", NEEDED)
def test_an_objective_that_needs_arguments_says_which(cls):
    (argument,) = NEEDED[cls]
    with pytest.raises(TypeError, match=rf"Pass kgan\.objectives\.{cls.__name__}\({argument}=\.\.\.\)"):
        objectives.get(cls.__name__)


def test_arguments_of_a_config_reach_the_object():
    assert penalties.get({"class_name": "r1", "config": {"gamma": 10.0}}).gamma == 10.0
    assert losses.get({"class_name": "NonSaturating", "config": {"label_smoothing": 0.1}}).label_smoothing == 0.1
    assert penalties.get({"class_name": "WGANGP"}).weight == 10.0


def test_a_schedule_within_a_config_is_made_whole():
    config = keras.saving.serialize_keras_object(penalties.R1(schedules.Cosine(1.0, 0.1, 1e6)))
    assert isinstance(penalties.get(config).gamma, schedules.Cosine)


@keras.saving.register_keras_serializable("kgan_tests")
class Mine(penalties.Penalty):
    """A penalty of a user's own."""

    differentiates = False

    def __call__(self, seen):
        return keras.ops.mean(seen.real_logits)


def test_a_class_of_ones_own_that_is_registered_is_found_by_its_config():
    assert isinstance(penalties.get(keras.saving.serialize_keras_object(Mine())), Mine)


def test_a_config_of_something_else_is_refused():
    with pytest.raises(ValueError, match=r"config of a kgan\.penalties\.Penalty: one of R1, .*Received: 'Dense'"):
        penalties.get({"class_name": "Dense", "config": {}})
    with pytest.raises(ValueError, match=r"Received: \['gamma'\] besides. Put arguments into 'config'"):
        penalties.get({"class_name": "R1", "gamma": 1.0})


def test_what_is_spelled_wrongly_is_told_what_there_is():
    with pytest.raises(ValueError, match="one of dragan, drift, le_cam, r1, r2, wgangp. Received: penalties='r3'"):
        penalties.get("r3")


@pytest.mark.parametrize("policy", ["Translation,Cutout", ["translation", "cutout"], "translation, cutout"])
def test_a_policy_of_augmentation_in_other_spellings(policy):
    assert augmentation.get(policy).policy == "translation,cutout"


@pytest.mark.parametrize("name", sorted(resolve.PAIR_METRICS))
def test_metrics_of_pairs_by_the_name_of_their_class(name):
    cls = resolve.PAIR_METRICS[name]
    if name != "pair_feature_distance":  # which loads a network
        assert type(resolve.get(cls.__name__)) is type(resolve.get(cls)) is cls


@pytest.mark.parametrize("name", ["accuracy", "Accuracy", "acc"])
def test_an_accuracy_is_told_that_it_is_logged_anyhow(name):
    with pytest.raises(ValueError, match="Leave it out: real_accuracy and generated_accuracy are logged"):
        resolve.get(name)


def test_metrics_of_samples_by_the_name_of_their_class():
    assert type(resolve.get("KernelDistance")) is metrics.KernelDistance


def test_latents_of_a_gan_in_other_spellings():
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, latents="TruncatedNormal")
    assert isinstance(gan.latents, latents.TruncatedNormal)
