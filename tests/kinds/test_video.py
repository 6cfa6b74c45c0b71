"""The kind of `kgan.VideoPrediction`: its recipe, runs, figures, and what is drawn."""

import films
import keras
import numpy as np
import pytest
import video_games

import kgan
from kgan import callbacks, recipes, run
from kgan.data import DataError
from kgan.kinds.video import standing_still
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("video_prediction")


class Ends(keras.callbacks.Callback):
    """Lets training end at a step, by an exception that nobody expects."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def restore(self):
        """As `StopOnTerminate` has it."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == self.step:
            raise KeyboardInterrupt


def train(place, **options):
    plan = run.Plan.make(str(place / "films"), video_games.small_recipe())
    return training.train(plan, place / options.pop("out", "run"), verbose=0, **options)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("video")
    (place / "films").mkdir()
    for number, film in enumerate(films.squares(8, frames=10, size=video_games.SIZE)):
        films.write_gif(place / "films" / f"{number}.gif", film)
    return place


@pytest.fixture(scope="module")
def trained(place):
    lines = []
    return train(place, say=lines.append).run, lines


def state(model):
    """All that a run goes on from."""
    parts = (model, model.generator_optimizer, model.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables]


def test_a_model_is_of_this_kind():
    assert kind.of(video_games.compiled()) is KIND


def test_the_recipe_states_a_source_for_every_setting():
    recipe = recipes.get("video")
    unsaid = [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)]
    assert unsaid == ["name", "source", "kind"]


def test_the_generator_makes_as_many_frames_as_the_data_ask_for():
    made = films.squares(8, frames=10, size=16)
    model = video_games.small_recipe(**{"data.target_frames": 5}).build(made)
    assert (model.input_frames, model.output_frames) == (3, 5)
    assert list(model.discriminators) == ["film", "picture"]


def test_moving_digits_are_trained_on_with_this_recipe_unless_told_otherwise():
    plan = run.Plan.make("moving_digits", recipes.AUTO)
    assert plan.recipe.name == "video"
    assert "films" in plan.chosen


def test_a_run_begins_on_l1_measures_each_epoch_and_draws_the_same_films(trained):
    made, lines = trained
    assert any(line.startswith("Pre-training on l1") for line in lines)
    figures = made.figures()
    assert np.isnan(figures["discriminator_loss"]).tolist() == [True, False]
    for name in ("val_psnr", "val_ssim", "val_gradient_energy", "val_l1"):
        assert np.isfinite(figures[name]).all()
    assert len(made.frames()) == 2


def test_a_run_that_ends_in_the_middle_comes_to_the_same_bits(trained, place, monkeypatch):
    whole = trained[0]
    for step in (1, 4):
        with monkeypatch.context() as patch:
            patch.setattr(callbacks, "StopOnTerminate", lambda step=step: Ends(step))
            with pytest.raises(KeyboardInterrupt):
                train(place, out=f"run-{step}", policy=training.CheckpointPolicy(1e-9))
        opened = run.Run(place / f"run-{step}")
        training.resume(opened, verbose=0)
        for found, expected in zip(state(opened.load()), state(whole.load()), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_figures_are_of_each_frame_ahead_beside_a_film_that_stands_still(trained):
    made, _ = trained
    evaluation = KIND.evaluate(made, None, None, 0, lambda line: None)
    held_out = {one.name: one for one in evaluation.figures if one.against == "held-out reals"}
    for name in ("psnr", "ssim", "gradient_energy"):
        ahead = [held_out[f"{name}_frame_{frame}"].value for frame in (1, 2)]
        assert held_out[name].value == pytest.approx(np.mean(ahead), rel=1e-4)
    still = kgan.metrics.OfFrames(kgan.metrics.PSNR())
    for given, following in made.plan.load().validation.as_numpy_iterator():
        still.update_state(following, standing_still(given, 2))
    assert held_out["psnr"].floor == pytest.approx(float(still.result()), abs=1e-3)
    assert evaluation.shown.outputs.shape[1:] == (2, 16, 16, 1)
    assert "What follows" in "".join(KIND.sections(made, made.load(), evaluation))


def test_films_whose_sides_cannot_be_halved_are_refused_with_their_size(tmp_path):
    np.save(tmp_path / "films.npy", films.squares(4, frames=8, size=15))
    plan = run.Plan.make(str(tmp_path / "films.npy"), video_games.small_recipe(**{"generator.depth": "none"}))
    with pytest.raises(DataError, match="This is about frames of 15 x 15 pixels"):
        training.train(plan, tmp_path / "run", verbose=0)
