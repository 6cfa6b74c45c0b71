"""What papers warn of is said once, with the paper; what they train with is not."""

import keras
import pytest

import kgan
from games import linear_game
from kgan.models import cautions
from kgan.penalties import R1, R2

R3GAN = "Huang et al., 2024, arXiv:2501.05441"


def adam(beta_2=0.99):
    return keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=beta_2)


def said(caplog, **compile_arguments):
    cautions._say.cache_clear()
    arguments = {"loss": "relativistic_pairing", "penalties": [R1(1.0), R2(1.0)]}
    arguments |= {"generator_optimizer": adam(), "discriminator_optimizer": adam()} | compile_arguments
    linear_game().compile(**arguments)
    return [record.getMessage() for record in caplog.records if record.name == "kgan"]


@pytest.mark.parametrize(
    ("loss", "source"),
    [
        ("relativistic_pairing", R3GAN),
        ("relativistic_average", f"Inferred by kgan from relativistic_pairing: {R3GAN}"),  # the paper has no such run
    ],
)
@pytest.mark.parametrize("penalty", [R1(1.0, every=16), R2(1.0, every=16)])
def test_a_lazy_penalty_with_a_relativistic_loss(caplog, loss, source, penalty):
    assert said(caplog, loss=loss, penalties=[penalty]) == [
        f"A lazy R1 or R2 (every=16) fails to converge with {loss}. Pass every=1. {source}"
    ]


def test_a_beta_2_of_keras_s_own_with_r3gan_s_objective(caplog):
    (line,) = said(caplog, discriminator_optimizer=adam(0.999))
    assert line.startswith("beta_2=0.999 is slow to follow relativistic_pairing with R1 and R2")
    assert line.endswith(f"Pass compile(beta_2=0.99). {R3GAN}")


@pytest.mark.parametrize("beta_2", [0.995, kgan.schedules.Cosine(0.9, 0.999, images=100)])
def test_a_beta_2_of_compile_s_counts_wherever_it_ends(caplog, beta_2):
    (line,) = said(caplog, beta_2=beta_2)
    assert line.startswith("beta_2=0.99")


def test_float16_with_r3gan_s_objective(caplog):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        (line,) = said(caplog)
    finally:
        keras.config.set_dtype_policy(before)
    assert line == (
        "float16 hurts relativistic_pairing with R1 and R2, whose gradients underflow. Take mixed_bfloat16. " + R3GAN
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"beta_2": kgan.schedules.Cosine(0.9, 0.99, images=100)},
        {"loss": "non_saturating", "penalties": [R1(1.0, every=16)], "discriminator_optimizer": adam(0.999)},
        {"penalties": [R1(1.0)], "discriminator_optimizer": adam(0.999)},
        {"penalties": [R1(1.0), R2(1.0)], "generator_optimizer": "sgd", "discriminator_optimizer": "sgd"},
        {"penalties": ["wgangp"], "discriminator_optimizer": adam(0.999)},
    ],
)
def test_what_is_published_or_unknown_is_not_warned_of(caplog, arguments):
    assert said(caplog, **arguments) == []


def test_each_line_is_said_once_a_process(caplog):
    assert len(said(caplog, penalties=[R1(1.0, every=2)])) == 1
    linear_game().compile(adam(), adam(), loss="relativistic_pairing", penalties=[R1(1.0, every=2)])
    assert len([record for record in caplog.records if record.name == "kgan"]) == 1


@pytest.mark.parametrize("name", sorted(kgan.recipes.RECIPES))
def test_no_recipe_does_what_it_would_be_warned_of(name):
    recipe = kgan.recipes.get(name)
    lazy = max([table.get("every", 1) for table in recipe.penalties.values()], default=1)
    relativistic = str(recipe.loss).startswith("relativistic")
    assert not (relativistic and lazy > 1)
    beta_2 = recipe.discriminator_optimizer.get("beta_2", 0.0)
    most = max(beta_2["start"], beta_2["end"]) if isinstance(beta_2, dict) else beta_2
    assert not (relativistic and {"r1", "r2"} <= set(recipe.penalties) and most > 0.99)
