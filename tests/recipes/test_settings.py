"""Changing settings: what `--set KEY=VALUE` reaches, and how what is wrong is refused."""

import pytest

from kgan import recipes

DIGITS = recipes.get("digits")


def test_settings_are_read_by_the_type_of_their_place():
    changed = DIGITS.changed(
        {"latent_dim": "128", "conditional": "False", "loss": "minimax", "ema_half_life": "none", "beta_1": "0.25"}
    )
    assert (changed.generator["latent_dim"], changed.model["conditional"], changed.loss) == (128, False, "minimax")
    assert changed.model["ema_half_life"] is None
    for optimizer in (changed.generator_optimizer, changed.discriminator_optimizer):
        assert optimizer["beta_1"] == 0.25
    assert DIGITS.changed({"ema_half_life": "500"}).model["ema_half_life"] == 500.0


@pytest.mark.parametrize("name", sorted(recipes.SHORT_NAMES))
def test_every_short_name_stands_for_settings_that_there_are(name):
    assert set(recipes.SHORT_NAMES[name]) <= set(DIGITS.leaves())


@pytest.mark.parametrize(
    ("name", "text", "leaf", "value"),
    [
        ("discriminator_optimizer.learning_rate", "1e-4", "discriminator_optimizer.learning_rate", 1e-4),
        ("penalties.r1.gamma", ".5", "penalties.r1.gamma", 0.5),
        ("generator.width", "64", "generator.width", 64),
        ("penalties.wgangp.weight", "5", "penalties.wgangp.weight", 5.0),
        ("objectives.mode_seeking", "{}", "objectives.mode_seeking.weight", 1.0),
        ("loss", "non_saturating", "loss.label_smoothing", 0.0),
        ("loss", "{name = non_saturating, label_smoothing = 0.1}", "loss.label_smoothing", 0.1),
        ("augmentation", "ada", "augmentation.target", 0.6),
        ("augmentation", "translation,cutout", "augmentation.policy", "translation,cutout"),
        ("latents", "truncated_normal", "model.latents.threshold", 2.0),
        ("validation_split", "0.2", "data.validation_split", 0.2),
        ("image_size", "[64, 32]", "data.image_size", [64, 32]),
        ("features", "inception:weights.pth", "features", "inception:weights.pth"),
        ("features", "none", "features", None),
        ("jit_compile", "false", "jit_compile", False),
        ("batch_size", 7, "batch_size", 7),
        ("penalties.r1.gamma", "{name=cosine, start=1.0, end=0.1, images=1e5}", "penalties.r1.gamma.images", 1e5),
    ],
)
def test_any_leaf_is_reached(name, text, leaf, value):
    assert DIGITS.changed({name: text}).leaves()[leaf] == value


def test_a_schedule_s_own_leaf_is_reached():
    scheduled = DIGITS.changed({"penalties.r1.gamma": "{name=cosine, start=1.0, end=0.1, images=1000}"})
    changed = scheduled.changed({"penalties.r1.gamma.end": "0.2"})
    assert changed.penalties["r1"]["gamma"] == {"name": "cosine", "start": 1.0, "end": 0.2, "images": 1000.0}


def test_settings_are_changed_in_the_order_in_which_they_are_given():
    changed = DIGITS.changed({"latents": "truncated_normal", "latents.threshold": "1.5"})
    assert changed.model["latents"] == {"name": "truncated_normal", "threshold": 1.5}


def test_none_takes_a_penalty_out():
    assert list(DIGITS.changed({"penalties.r1": "none"}).penalties) == ["r2"]
    assert DIGITS.changed({"penalties": "none"}).penalties == {}
    assert list(DIGITS.changed({"penalties.r2": None}).penalties) == ["r1"]


def test_another_optimizer_keeps_the_settings_that_it_takes_too():
    changed = DIGITS.changed({"discriminator_optimizer.name": "adamw"}).discriminator_optimizer
    assert (changed["beta_2"], changed["weight_decay"]) == (0.99, 0.004)
    sgd = DIGITS.changed({"discriminator_optimizer.name": "sgd"}).discriminator_optimizer
    assert sgd["learning_rate"] == 1e-3
    assert "beta_1" not in sgd


def test_what_was_changed_says_so_in_the_sources():
    changed = DIGITS.changed({"latent_dim": 128, "penalties.r1": "none", "penalties.drift.weight": 0.1})
    assert changed.sources["generator.latent_dim"] == "set; digits has 64"
    assert changed.sources["penalties.drift.weight"] == "set"
    assert not any(name.startswith("penalties.r1") for name in changed.sources)
    assert changed.sources["generator.width"] == DIGITS.sources["generator.width"]


def test_the_recipe_that_is_changed_stays_as_it_was():
    before = DIGITS.to_toml()
    DIGITS.changed({"penalties.r1.gamma": "9", "penalties.r2": "none", "latent_dim": "3"})
    assert DIGITS.to_toml() == before


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("latent_dims", "3", "Expected a setting of the recipe.*Did you mean 'latent_dim'"),
        ("source", "me", "Expected a setting to be one of"),
        ("sources.epochs", "me", "Expected a setting of the recipe"),
        ("generatr.width", "3", "Did you mean 'generator.width'"),
        (
            "generator.widht",
            "3",
            "Expected a setting of generator to be one of latent_dim, width, batch_norm, upsampling. "
            "Received: generator.widht. Did you mean 'generator.width'",
        ),
        ("width", "3", "Expected a setting by its full name: generator.width, discriminator.width. Received: width"),
        ("gamma", "3", "penalties.r1.gamma, penalties.r2.gamma"),
        (
            "latent_dim",
            "many",
            "Expected generator.latent_dim as a whole number. Received: generator.latent_dim='many'",
        ),
        ("conditional", "maybe", "Expected model.conditional as true or false"),
        ("epochs", "0", "Expected epochs >= 1, a whole number. Received: epochs=0"),
        ("epochs", "1\nbatch_size = 3", "Expected epochs as a whole number"),
        ("batch_size", True, "Expected batch_size as a whole number. Received: batch_size=True"),
        ("loss", "hing", "Expected loss to be one of .*Did you mean 'hinge'"),
        ("loss.label_smoothing", "0.1", "Expected no settings of loss, which takes none"),
        ("loss", "{name = non_saturating, label_smoothing = 0.7}", r"Expected loss.label_smoothing in \[0, 0.5\)"),
        (
            "penalties.r3.gamma",
            "1",
            "Expected a setting of penalties to be one of .*Received: penalties.r3. Did you mean",
        ),
        ("penalties.r1.gama", "1", "Did you mean 'penalties.r1.gamma'"),
        ("penalties.r1.gamma", "-1", "Expected penalties.r1.gamma >= 0. Received: penalties.r1.gamma=-1"),
        ("penalties.r1.gamma", "nan", "Expected penalties.r1.gamma as a number or a schedule"),
        ("penalties.r1.every", "0", "Expected penalties.r1.every >= 1"),
        (
            "penalties.r1.gamma",
            "{name=cosin, start=1, end=0, images=9}",
            "penalties.r1.gamma.name.*Did you mean 'cosine'",
        ),
        ("penalties.r1.gamma", "{name=cosine, start=1, end=0, image=9}", "Did you mean 'penalties.r1.gamma.images'"),
        ("penalties.r1.gamma", "{name=cosine, start=1, end=0}", "Expected penalties.r1.gamma.images to be given"),
        ("penalties.r1.gamma", "{name=cosine, start=1, end=0, images=-9}", "Expected penalties.r1.gamma.images > 0"),
        (
            "penalties.r1.gamma",
            "{name=cosine, start={name=linear}, end=0, images=9}",
            "Expected penalties.r1.gamma.start as a number. Received: penalties.r1.gamma.start={'name': 'linear'}",
        ),
        ("objectives.mode_seekin.weight", "1", "Did you mean 'objectives.mode_seeking'"),
        ("objectives.mode_seeking.weight", "-2", "Expected objectives.mode_seeking.weight >= 0"),
        ("augmentation", "colour", "Expected augmentation to be one of .*Did you mean 'color'"),
        ("augmentation", "trans,cutout", "Did you mean 'translation'"),
        (
            "generator.architecture",
            "dcgan_generater",
            "Expected generator.architecture.*Did you mean 'dcgan_generator'",
        ),
        ("generator.architecture", "dcgan_discriminator", "Expected generator.architecture to be one of"),
        ("discriminator_optimizer.name", "adan", "Expected discriminator_optimizer.name.*Did you mean 'adam'"),
        ("discriminator_optimizer.learningrate", "1", "Did you mean 'discriminator_optimizer.learning_rate'"),
        ("learning_rate", "-1", "Expected generator_optimizer.learning_rate > 0"),
        ("beta_1", "1.0", r"Expected generator_optimizer.beta_1 in \[0, 1\)"),
        ("latents", "{name=truncated_normal, threshold=9.0}", "Expected model.latents.threshold from 0.01 to 5"),
        ("data.image_sise", "64", "Did you mean 'data.image_size'"),
        (
            "generator_optimizer.beta_2",
            "{name=linear, start=0.9, end=0.99, images=9}",
            "Expected generator_optimizer.beta_2 and discriminator_optimizer.beta_2 to follow the same schedule",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_its_dotted_name(name, text, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        DIGITS.changed({name: text})


def test_a_schedule_that_contains_itself_is_refused():
    gamma = {"name": "cosine", "end": 0.1, "images": 100}
    gamma["start"] = gamma
    with pytest.raises(ValueError, match=r"Expected penalties.r1.gamma.start as a table that ends. .*a cycle"):
        DIGITS.over({"penalties": {"r1": {"gamma": gamma}}}, "a test")
    with pytest.raises(ValueError, match="a cycle"):
        DIGITS.changed({"penalties.r1.gamma": gamma})


def test_a_bare_name_that_one_setting_ends_in_is_enough():
    assert DIGITS.changed({"label_smoothing": 0.2} if "label_smoothing" in DIGITS.leaves() else {"crop": "false"})
    assert DIGITS.changed({"loss": "minimax"}).changed({"channels": "3"}).data["channels"] == 3


def test_what_is_set_to_the_recipe_s_own_value_is_set_all_the_same():
    changed = DIGITS.changed({"r1_gamma": "1.0", "data": {"crop": True}})
    assert changed.leaves() == DIGITS.leaves()
    assert changed.source_of("penalties.r1.gamma") == changed.source_of("data.crop") == "set"
    assert changed.source_of("penalties.r2.gamma") == DIGITS.source_of("penalties.r2.gamma")
