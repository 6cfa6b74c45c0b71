"""Runs on a handful of samples: they train, and say what is left out; what is refused leaves nothing behind."""

import numpy as np
import pytest
import tensorflow as tf
from pair_games import pairs
from pair_games import train as train_pairs
from PIL import Image

from kgan import evaluation, run
from kgan.data import DataError, load, load_pairs
from kgan.data.splits import TooFewSamplesError
from kgan.models.adversarial import AdversarialModel
from kgan.run import training
from kgan.run.course import Course

SETTINGS = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4", "features": "pixels"}


@pytest.fixture(autouse=True)
def _cache_of_its_own(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path_factory.mktemp("cache")))


def plan(tmp_path, count, **arguments):
    folder = tmp_path / f"photos-{count}"
    folder.mkdir()
    pixels = np.random.RandomState(count).randint(256, size=(count, 8, 8), dtype=np.uint8)
    for number, image in enumerate(pixels):
        Image.fromarray(image).save(folder / f"{number:03d}.png")
    return run.Plan.make(str(folder), settings=SETTINGS, epochs=1, seed=5, **arguments)


def trained(tmp_path, count, **arguments):
    lines = []
    return training.train(plan(tmp_path, count, **arguments), tmp_path / "out", verbose=0, say=lines.append), lines


def test_sixty_pictures_in_batches_of_sixteen_train_and_say_what_six_held_out_ones_are_too_few_for(tmp_path):
    result, lines = trained(tmp_path, 60, batch_size=16)
    assert "The run goes without metrics of samples: 6 held-out reals are too few for them, 10 do." in lines
    assert lines[0] == f"Reading {tmp_path / 'photos-60'} ..."
    assert (
        "An epoch is 3 batches of 16: 6 of 54 pictures wait for the next, others each time. "
        "Batches of 13 would leave 2."
    ) in lines
    assert any(line.startswith("Training on ") for line in lines)
    assert "The monitor needs 10 held-out reals, and finds 6: it looks at training data alone." in lines
    assert result.verdict is not None
    assert int(result.run.load().steps.numpy()) == 3  # 54 pictures
    assert np.isfinite(result.run.figures()["monitor_separation"]).all()


@pytest.mark.parametrize(("count", "batch", "taken"), [(5, 64, 4), pytest.param(12, 16, 8, marks=pytest.mark.slow)])
def test_fewer_pictures_than_a_batch_train_in_smaller_batches_which_the_plan_keeps(tmp_path, count, batch, taken):
    result, lines = trained(tmp_path, count, batch_size=batch)
    left = count - round(0.1 * count)
    assert lines[0] == f"Reading {tmp_path / f'photos-{count}'} ..."
    assert lines[1] == f"Batches of {taken}, not of {batch}: the training data has {left} sample(s)."
    assert run.Run(result.run.folder).plan.recipe.batch_size == taken
    assert f"The monitor needs 10 training reals, and finds {taken}: there are no verdicts." in lines
    assert (result.verdict, result.run.verdict, result.run.looks()) == (None, None, [])


def test_data_are_loaded_again_for_smaller_batches_alone(tmp_path, monkeypatch):
    loaded, made = [], plan(tmp_path, 12, batch_size=16)
    load = run.Plan.load
    monkeypatch.setattr(run.Plan, "load", lambda self, say=None: loaded.append(self.recipe.batch_size) or load(self))
    assert Course.begun(made, None, print).splits.count == 11
    assert loaded == [16, 8]
    loaded.clear()
    Image.new("L", (9, 9)).save(tmp_path / "photos-12" / "other.png")
    with pytest.raises(DataError, match="Expected images of one size"):
        Course.begun(made, None, print)
    assert loaded == [16]


@pytest.mark.parametrize("source", ["folder", "array", "stream", "pairs"])
def test_of_each_source_too_few_samples_are_an_error_of_their_own_with_their_number(tmp_path, source):
    images = np.zeros((10, 8, 8, 1), np.uint8)
    with pytest.raises(TooFewSamplesError, match="from 1 to the number of .*, 9. Received") as raised:
        if source == "folder":
            plan(tmp_path, 10, batch_size=16).load()
        elif source == "pairs":
            load_pairs((images, images), 16, validation_split=0.1)
        else:
            load(images if source == "array" else tf.data.Dataset.from_tensor_slices(images), 16, validation_split=0.1)
    assert raised.value.count == 9


def test_a_run_on_five_pictures_is_evaluated_and_goes_on(tmp_path):
    result, _ = trained(tmp_path, 5)
    found = evaluation.evaluate(result.run)
    assert "No figures of samples: they need 10 training reals, and there are 5." in found.notes
    assert found.figures == []
    again = training.resume(run.Run(result.run.folder), epochs=2, verbose=0)
    assert again.epochs == 2


def test_two_pairs_train_and_say_what_they_are_too_few_for(tmp_path):
    inputs, truths = pairs(12)
    np.savez(tmp_path / "pairs.npz", inputs=inputs, targets=truths)
    lines = []
    result = train_pairs(tmp_path / "pairs.npz", tmp_path / "out", say=lines.append, epochs=1, batch_size=32)
    assert lines[1] == "Batches of 8, not of 32: the training data has 11 sample(s)."
    assert "The monitor needs 2 held-out pairs, and finds 1: it looks at training data alone." in lines
    assert result.verdict is not None


@pytest.mark.parametrize("stands", [False, True])
def test_a_run_that_is_refused_before_its_first_step_leaves_nothing_behind(tmp_path, monkeypatch, stands):
    def refuse(self, *args, **kwargs):
        raise ValueError("no")

    monkeypatch.setattr(AdversarialModel, "fit", refuse)
    if stands:
        (tmp_path / "out").mkdir()
    with pytest.raises(ValueError, match="^no$"):
        training.train(plan(tmp_path, 20, batch_size=5), tmp_path / "out", verbose=0)
    assert (tmp_path / "out").exists() == stands
    assert not stands or list((tmp_path / "out").iterdir()) == []
