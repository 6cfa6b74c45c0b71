"""The kind of `kgan.SuperResolution`: recipes, figures, runs."""

import json

import numpy as np
import pytest
from PIL import Image
from upscaling_games import compiled, data, pictures, small_recipe

import kgan
from kgan import recipes, run
from kgan.models import kind
from kgan.run import training

KIND = kind.named("super_resolution")


def test_a_model_is_of_this_kind():
    assert kind.of(compiled()) is KIND


@pytest.mark.parametrize("name", ["srgan", "esrgan", "real-esrgan", "compact"])
def test_recipes_state_a_source_for_every_setting(name):
    recipe = recipes.get(name)
    assert recipe.kind == "super_resolution"
    unsaid = [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)]
    assert unsaid == ["name", "source", "kind"]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_generator_takes_its_scale_from_the_data(scale):
    recipe = small_recipe(**{"data.scale": scale, "data.patch": 8 * scale, "scale": scale})
    model = recipe.build(np.zeros((8, 32, 32, 3), np.uint8))
    assert (model.scale, model.sample_shape) == (scale, (8 * scale, 8 * scale, 3))
    assert model.discriminator.input_shape == (None, 8 * scale, 8 * scale, 3)


def test_figures_are_of_the_luminance_without_as_many_pixels_as_the_scale():
    found = KIND.metrics(None, data(), 3)
    assert [metric.name for metric in found] == ["psnr", "ssim", "l1"]
    assert found[0].get_config() | {"luminance": True, "border": 2} == found[0].get_config()
    assert KIND.about_metrics(None, None, data(), 3)[0].startswith("PSNR, dB (Y); SSIM (Y); Mean absolute error")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    place = tmp_path_factory.mktemp("upscaling")
    (place / "pictures").mkdir()
    for number, picture in enumerate(pictures(20, 20)):
        Image.fromarray(picture).save(place / "pictures" / f"{number:02}.png")
    lines = []
    plan = run.Plan.make(str(place / "pictures"), small_recipe())
    return training.train(plan, place / "run", verbose=0, say=lines.append).run, lines


def test_a_run_pretrains_for_half_of_it_and_keeps_the_number(trained):
    made, lines = trained
    assert "Pre-training on l1 for the first 16 images of 2 epochs of 18 images." in lines
    assert made.plan.recipe.callbacks == {"pretraining": {"images": 16, "objective": "l1"}}
    figures = made.figures()
    assert np.isnan(figures["discriminator_loss"]).tolist() == [True, False]
    assert np.isfinite(figures["val_psnr"]).all()


def test_its_evaluation_stands_beside_bicubic(trained):
    made, _ = trained
    evaluation = KIND.evaluate(made, None, None, 0, lambda line: None)
    psnr = next(one for one in evaluation.figures if one.name == "psnr" and one.against == "held-out reals")
    small, large = next(iter(made.plan.load().validation.as_numpy_iterator()))
    metric = kgan.metrics.PSNR(luminance=True, border=2)
    metric.update_state(large, made.load().enlarged(small))
    assert psnr.floor == pytest.approx(float(metric.result()), abs=1e-3)
    assert "Bicubic" in evaluation.wording.explained
    json.dumps(evaluation.notes)
