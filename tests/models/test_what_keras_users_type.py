"""`compile` in the words of Keras and of the scripts that everybody copies."""

import keras
import numpy as np
import pytest

import kgan
from games import linear_game, small_dcgan
from tiny_games import in_order, tiny_game


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        ({"optimizer": "adam"}, "generator_optimizer=... and discriminator_optimizer=..."),
        ({"optimizer": "adam", "loss_fn": "bce"}, "generator_optimizer=... and discriminator_optimizer=..."),
        ({"optimizer": "adam", "loss_fn": "bce"}, "pass loss=..."),
        ({"d_optimizer": "adam"}, "pass discriminator_optimizer=..."),
        ({"g_optimizer": "adam"}, "pass generator_optimizer=..."),
        ({"g_loss_fn": len, "d_loss_fn": len}, "pass loss=..."),
        ({"gp_weight": 10.0}, "pass penalties=[kgan.penalties.WGANGP(weight=...)]"),
        ({"discriminator_extra_steps": 3}, "pass discriminator_steps=..."),
        ({"weighted_metrics": ["accuracy"]}, "a GAN weighs all samples alike"),
        ({"auto_scale_loss": True}, "leave it out"),
        ({"learning_rate": 1e-4}, "keras.optimizers.Adam(...)"),
        ({"ema_half_life": 1e4}, "an argument of the model's constructor"),
        ({"epochs": 3}, "an argument of fit"),
        ({"penaltys": ["r1"]}, "Did you mean 'penalties'?"),
        ({"zzz": 1}, "there is no such argument"),
    ],
)
def test_an_argument_by_another_name_is_told_what_it_is_called_here(arguments, instead):
    gan = linear_game()
    with pytest.raises(TypeError, match="Expected the arguments of compile of a GAN: generator_optimizer, ") as error:
        gan.compile(**arguments)
    assert instead in str(error.value)
    assert all(name in str(error.value) for name in arguments)
    assert not gan.compiled


def test_one_optimizer_without_a_name_is_not_taken_for_both():
    with pytest.raises(TypeError, match=r"Received: compile\('adam'\).*discriminator_optimizer"):
        linear_game().compile("adam")
    linear_game().compile(generator_optimizer="adam")  # named, it is plain which is meant
    linear_game().compile("adam", "adam")


@pytest.mark.parametrize("second", ["binary_crossentropy", keras.optimizers.Adam, 3])
def test_what_is_no_optimizer_is_refused_with_the_names_of_the_two(second):
    with pytest.raises(ValueError, match="Expected generator_optimizer and discriminator_optimizer, the first two"):
        linear_game().compile("adam", second)


def test_an_optimizer_may_be_a_config():
    gan = linear_game()
    gan.compile({"class_name": "SGD", "config": {"learning_rate": 0.5}}, "sgd")
    assert float(gan.generator_optimizer.learning_rate) == 0.5


def test_penalties_objectives_metrics_augmentation_and_weights_may_be_none():
    gan = linear_game()
    gan.compile(penalties=None, objectives=None, metrics=None, augmentation=None, loss_weights=None, beta_2=None)
    assert gan.penalties == gan.objectives == gan.sample_metrics == []
    gan.compile(penalties={"discriminator": None})
    assert gan.penalties == []


@pytest.mark.parametrize("weights", [1.0, [1.0]])
def test_loss_weights_of_keras_in_a_list_are_refused(weights):
    with pytest.raises(ValueError, match="Expected loss_weights as a dictionary.*'discriminator'"):
        linear_game().compile(loss_weights=weights)


@pytest.mark.parametrize("penalty", ["R1", kgan.penalties.R1, {"class_name": "R1", "config": {"gamma": 1.0}}])
def test_a_penalty_alone_in_any_spelling_is_that_penalty(penalty):
    gan = linear_game()
    gan.compile(penalties=penalty)
    assert [type(one) for one in gan.penalties] == [kgan.penalties.R1]


def test_two_penalties_of_a_kind_are_told_apart_in_the_logs_and_both_count():
    def penalty_of(*penalties):
        keras.utils.set_random_seed(0)
        gan = linear_game()
        gan.compile(penalties=penalties, jit_compile=False)
        reals = np.linspace(0.0, 1.0, 8, dtype="float32")[:, None]
        return gan.fit(reals, batch_size=8, shuffle=False, verbose=0).history, gan

    history, _ = penalty_of(kgan.penalties.R1(1.0, name="r1_a"), kgan.penalties.R1(3.0, name="r1_b"))
    alone, _ = penalty_of(kgan.penalties.R1(4.0))
    assert history["r1_b"][0] == pytest.approx(3 * history["r1_a"][0], rel=1e-5)
    assert history["r1_a"][0] + history["r1_b"][0] == pytest.approx(alone["r1_penalty"][0], rel=1e-5)


NEEDS = {"FeatureDistance": ["pixels"], "MutualInformation": [kgan.latents.Coded()]}  # what some cannot do without
NAMED = [
    kind(*NEEDS.get(kind.__name__, []), name="own")
    for kind in (*kgan.penalties.PENALTIES.values(), *kgan.objectives.OBJECTIVES.values())
]


@pytest.mark.parametrize("one", NAMED, ids=lambda one: type(one).__name__)
def test_every_penalty_and_objective_takes_a_name_that_makes_the_round_trip(one):
    assert one.name == "own"
    assert keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(one)).name == "own"
    fresh = type(one).from_config({**one.get_config(), "name": None})
    assert fresh.name.startswith(kgan._support.lookup.snake_case(type(one).__name__))


def test_two_of_a_kind_that_remember_something_remember_it_apart(tmp_path):
    gan = tiny_game(
        penalties=[kgan.penalties.LeCam(start=1, name="slow"), kgan.penalties.LeCam(start=1, decay=0.5, name="fast")],
        augmentation=None,
    )
    gan.fit(in_order(), verbose=0)
    kept = {key: variable.numpy() for key, variable in gan._remembered().items()}
    assert kept["memory.slow.real_logit"] != kept["memory.fast.real_logit"]
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert [one.name for one in loaded.penalties] == ["slow", "fast"]
    assert {key: variable.numpy() for key, variable in loaded._remembered().items()} == kept


@pytest.mark.parametrize("name", ["", "r1 a", "r1.a", "memory/r1", 3])
def test_a_name_that_cannot_stand_in_logs_and_files_is_refused(name):
    with pytest.raises(ValueError, match="Expected name of letters, digits and underscores, as 'r1_a'"):
        kgan.penalties.R1(name=name)


def test_a_name_that_a_figure_has_already_is_refused():
    with pytest.raises(ValueError, match="Received: 'generator_loss' twice"):
        linear_game().compile(penalties=[kgan.penalties.R1(name="generator_loss")])


def test_two_of_a_kind_without_names_are_told_how_to_name_them():
    with pytest.raises(ValueError, match=r"tell them apart: R1\(\.\.\., name='r1_penalty_a'\)"):
        small_dcgan().compile(penalties=["r1", kgan.penalties.R1(2.0)])
