import re

import keras
import pytest

import kgan
from games import small_dcgan
from kgan import recipes
from kgan.diagnostics.advice import Advice
from kgan.diagnostics.compiled_settings import CompiledSettings, settings_of

DIGITS = CompiledSettings(
    loss="relativistic_pairing",
    penalties={"r1": 1.0, "r2": 1.0},
    rates={"discriminator": 1e-3, "generator": 1e-3},
    beta_1={"discriminator": 0.0, "generator": 0.0},
)


def typed(suggestion):
    """What the suggestion says to type at the command line, as settings."""
    return dict(word.split("=", 1) for word in re.findall(r"--set ([^ )]+)", suggestion))


def test_settings_are_read_off_the_compiled_model_in_the_words_of_its_user():
    gan = small_dcgan()
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.9)),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5, global_clipnorm=1.0),
        loss="hinge",
        penalties=[kgan.penalties.R1(3.0), kgan.penalties.R2(kgan.schedules.Cosine(1.0, 0.1, images=10))],
        objectives=["mode_seeking"],
        augmentation="translation",
        jit_compile=False,
    )
    found = settings_of(gan)
    assert found.loss == "hinge"
    assert found.penalties == {"r1": 3.0, "r2": None}
    assert found.objectives == {"mode_seeking": 1.0}
    assert found.augmentation == "diff_augment"
    assert found.rates == {"discriminator": pytest.approx(2e-4), "generator": None}
    assert found.beta_1["discriminator"] == 0.5
    assert not found.clips  # one player alone does
    assert not found.mixes_batch
    gan.discriminator_optimizer.learning_rate = 1e-4  # as a callback does
    assert settings_of(gan).rates["discriminator"] == pytest.approx(1e-4)


def test_what_is_already_so_is_not_advised():
    advice = Advice(DIGITS)
    assert advice.loss("relativistic_pairing", "relativistic_average") == ""
    assert advice.less_momentum() == ""
    assert "Take R1" not in advice.penalties()
    assert Advice(CompiledSettings(augmentation="ada")).augment() == ""
    assert Advice(CompiledSettings(objectives={"mode_seeking": 1.0})).mode_seeking() == ""
    assert Advice(CompiledSettings(clips=True)).clip() == ""
    assert Advice(CompiledSettings()).weaker_penalties() == ""


def test_advice_in_python_is_an_argument_or_a_statement_with_a_number():
    advice = Advice(DIGITS)
    assert advice.penalties() == (
        "Strengthen the gradient penalties (penalties=[kgan.penalties.R1(3), kgan.penalties.R2(3)])."
    )
    assert advice.rate("discriminator", 0.5) == (
        "Lower the discriminator's learning rate from 0.001 to 0.0005 "
        "(gan.discriminator_optimizer.learning_rate = 0.0005)."
    )
    assert Advice().penalties() == "Take R1 and R2 penalties (penalties=['r1', 'r2'])."
    assert "penalties=['drift', 'r1', 'r2']" in Advice(CompiledSettings(penalties={"drift": 1e-3})).penalties()
    assert Advice(CompiledSettings(rates={"generator": None})).rate("generator", 2.0) == (
        "Raise the generator's learning rate."
    )


def test_a_discriminator_that_mixes_the_batch_loses_that_before_it_gets_a_penalty():
    settings = CompiledSettings(mixes_batch=True)
    assert "without batch normalisation" in Advice(settings).penalties()
    assert typed(Advice(settings, "command line").penalties())["discriminator.batch_norm"] == "false"


@pytest.mark.parametrize("recipe", ["digits", "dcgan"])
def test_every_setting_that_is_advised_at_the_command_line_is_one_that_it_takes(recipe):
    gan = recipes.get(recipe).changed({"generator.width": "4", "discriminator.width": "4"}).build("digits")
    advice = Advice(settings_of(gan), "command line")
    suggestions = [
        advice.rate("generator", 10.0),
        advice.rates(0.5),
        advice.set_rate("discriminator", 1e-4),
        advice.less_momentum(),
        advice.clip(),
        advice.penalties(),
        advice.loss("hinge"),
        advice.mode_seeking(),
        advice.augment(),
    ]
    before = recipes.get(recipe)
    for suggestion in filter(None, suggestions):
        settings = typed(suggestion)
        assert settings
        assert before.changed(settings).content() != before.content()


def test_advice_on_pairs_is_taken_by_their_recipe():
    before = recipes.get("pix2pix")
    for settings in (CompiledSettings(objectives={"l1": 100.0}), CompiledSettings()):
        assert typed(Advice(settings, "command line").more_l1())["objectives.l1.weight"] in ("300", "100")
    mixing = CompiledSettings(mixes_batch=True, without_mixing="discriminator.normalization=instance")
    of_batches = before.changed({"discriminator.normalization": "batch"})
    asked = typed(Advice(mixing, "command line").penalties())
    assert of_batches.changed(asked).discriminator["normalization"] == "instance"
    assert before.changed({"objectives.l1.weight": "300"}).objectives["l1"]["weight"] == 300.0
    assert Advice(CompiledSettings(objectives={"l1": None})).more_l1() == (
        "Raise the weight of L1 against the adversarial loss."
    )


def test_no_more_is_advised_than_helps_and_nothing_where_there_is_nothing():
    assert Advice.of("", "One.", "", "Two.", "Three.") == "One. Two."
    assert Advice.of("", "") == ""


def test_another_reader_is_refused():
    with pytest.raises(ValueError, match="Expected advice_for to be one of python, command line. Received"):
        kgan.callbacks.EquilibriumMonitor(advice_for="cli")
    with pytest.raises(ValueError, match="Received: advice_for='cli'"):
        kgan.callbacks.TranslationMonitor(advice_for="cli")
