"""The kind of `kgan.SuperResolution`: recipes, figures, runs."""

import json

import numpy as np
import pytest
from PIL import Image
from upscaling_games import compiled, data, pictures, small_recipe

import kgan
from kgan import recipes, run
from kgan.data import whole_pairs
from kgan.evaluation import of_whole_pictures
from kgan.models import kind
from kgan.run import training
from kgan_cli import bundles

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

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


def test_learning_rates_fall_at_shares_of_the_game():
    changed = {"model.rate_falls": "[0.25, 0.5]", "epochs": 10, "generator_optimizer.learning_rate": 8e-4}
    built = small_recipe(**changed).build(data(validation_split=0.0))  # 240 images, half of them of the game
    rate = built.generator_optimizer._learning_rate
    assert [float(rate(images // 4)) for images in (0, 28, 32, 56, 60, 119)] == pytest.approx(
        [8e-4, 8e-4, 4e-4, 4e-4, 2e-4, 2e-4]
    )
    assert built.discriminator_optimizer._learning_rate.schedule.after == [30.0, 60.0]


def test_the_length_of_pretraining_is_no_part_of_the_game():
    changed = {"model.rate_falls": "[0.5]", "epochs": 10, "callbacks.pretraining.images": 40}
    built = small_recipe(**changed).build(data(validation_split=0.0))
    assert built.generator_optimizer._learning_rate.schedule.after == [100.0]


def test_rates_on_a_schedule_of_their_own_and_runs_without_a_game_are_left_alone():
    own = {"name": "linear", "start": 1e-3, "end": 1e-4, "images": 100}
    changed = {"model.rate_falls": "[0.5]", "epochs": 10}
    built = small_recipe(**changed, **{"generator_optimizer.learning_rate": own}).build(data(validation_split=0.0))
    assert built.generator_optimizer._learning_rate.schedule.end == 1e-4
    alone = small_recipe(**changed, **{"callbacks.pretraining.images": 10**6}).build(data(validation_split=0.0))
    assert float(alone.generator_optimizer.learning_rate) == pytest.approx(1e-4)


@pytest.mark.parametrize("falls", ["[0.5, 0.25]", "[0.0]", "[1.0]", '["half"]'])
def test_shares_that_are_none_are_refused(falls):
    recipe = small_recipe(**{"model.rate_falls": falls})
    with pytest.raises(ValueError, match=r"Expected model\.rate_falls as ascending shares between 0 and 1"):
        recipe.build(data())


def test_cards_say_how_small_pictures_were_made_and_what_the_losses_look_through():
    assert KIND.told(recipes.get("esrgan")) == {
        "Small pictures": "1/4 of the size, degradation bicubic",
        "Perceptual network": "efficientnet-lite0, layers _blocks.0._bn2, _blocks.2._bn2, _blocks.4._bn2",
    }
    assert KIND.told(small_recipe(**{"data.sharpen": True})) == {
        "Small pictures": "1/2 of the size, degradation bicubic, truths sharpened",
        "Perceptual network": "none",
    }


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
    assert made.plan.recipe.callbacks == {"pretraining": {"images": 16, "objective": "l1", "learning_rate_factor": 1.0}}
    figures = made.figures()
    assert np.isnan(figures["discriminator_loss"]).tolist() == [True, False]
    assert np.isfinite(figures["val_psnr"]).all()


def test_its_bundle_says_how_it_was_trained(trained):
    made, _ = trained
    bundles.export_run(made, formats=("onnx",))
    said = (made.export / "README.md").read_text()
    assert "- Small pictures: 1/2 of the size, degradation bicubic.\n- Perceptual network: none.\n" in said


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
    whole = next(one for one in evaluation.figures if one.name == "whole_psnr")
    assert whole.against == "held-out reals"
    assert whole.real_samples == 2
    assert np.isfinite([whole.value, whole.floor]).all()
    assert whole.floor != psnr.floor  # 20 pixels of each side, and not 16


def test_whole_pictures_of_any_size_are_measured_beside_bicubic_and_by_niqe():
    model = compiled()
    large = np.stack([*pictures(3, 205)])[:, :, :199]
    pairs = whole_pairs.WholePairs(lambda number: large[number], np.array([2, 0]), 2, "bicubic", 0)
    found, notes = of_whole_pictures.figures(model, pairs, lambda: [kgan.metrics.PSNR(luminance=True)], print)
    by_name = {one.name: one for one in found}
    assert list(by_name) == ["whole_psnr", "niqe"]
    expected = []
    for number in (2, 0):
        truth = large[number, :204, :198]
        assert next(iter(pairs.pairs(1, 1024)))[1].shape == truth.shape
        metric = kgan.metrics.PSNR(luminance=True)
        metric.update_state(truth[None], model.enlarge(kgan.data.degrade(truth, 2))[None])
        expected.append(float(metric.result()))
    assert by_name["whole_psnr"].value == pytest.approx(np.mean(expected), abs=1e-2)
    assert by_name["whole_psnr"].floor > by_name["whole_psnr"].value  # nothing was learned
    assert by_name["niqe"].real_samples == 2
    assert "truths' own NIQE is" in notes[0]


def test_whole_pictures_are_cut_about_the_centre_to_a_number_of_pixels():
    picture = np.arange(40 * 30 * 3, dtype=np.uint32).reshape(40, 30, 3).astype(np.uint8)
    pairs = whole_pairs.WholePairs(lambda number: picture, np.array([0]), 3, "bicubic", 0)
    small, large = next(pairs.pairs(1, 20))
    np.testing.assert_array_equal(large, picture[11:29, 6:24])
    assert small.shape == (6, 6, 3)


def test_a_picture_of_any_size_is_enlarged_in_one_piece():
    model = compiled()
    picture = pictures(1, 24)[0]
    whole = model.enlarge(picture)
    assert whole.shape == (48, 48, 3)
    np.testing.assert_allclose(model.enlarge(picture[:8, :8]), model.translate(picture[None, :8, :8])[0], atol=1e-6)
    with pytest.raises(ValueError, match=r"Expected a picture \(height, width, 3\). Received: shape \(8, 8\)"):
        model.enlarge(picture[:8, :8, 0])
