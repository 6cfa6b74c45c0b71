"""The kind of `kgan.Vocoder`: its recipes, runs, figures, and what is drawn."""

import wave

import keras
import numpy as np
import pytest
import wave_runs
from PIL import Image

import kgan
from kgan import callbacks, recipes, run
from kgan.evaluation import HELD_OUT
from kgan.kinds.vocoder import VocoderEvaluation
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("vocoder")
soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed: pip install 'kgan[audio]'")


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
    small = wave_runs.recipe(**{"data.segment": 2112, "data.validation_split": 0.25, "batch_size": 3})
    plan = run.Plan.make(str(place / "speech"), small)
    return training.train(plan, place / options.pop("out", "run"), verbose=0, **options)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("vocoder")
    (place / "speech").mkdir()
    for number, one in enumerate(wave_runs.waves(8, samples=2400)):
        soundfile.write(place / "speech" / f"{number}.wav", one, wave_runs.RATE)
    return place


@pytest.fixture(scope="module")
def trained(place):
    lines = []
    return train(place, say=lines.append).run, lines


def state(model):
    """All that a run goes on from."""
    parts = (model, model.generator_optimizer, model.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables]


@pytest.mark.parametrize("name", ["hifigan", "hifigan-small"])
def test_the_recipes_state_a_source_for_every_setting(name):
    recipe = recipes.get(name)
    assert [leaf for leaf in recipe.leaves() if not recipe.source_of(leaf)] == ["name", "source", "kind"]


def test_segments_that_are_too_short_for_the_spectral_distance_are_measured_without_it():
    for segment, expected in ((2048, ["mel_error"]), (2064, ["mel_error", "spectral_distance"])):
        splits = wave_runs.speech(segment=segment)
        assert [one.name for one in KIND.metrics(None, splits, 2)] == expected
        said = " ".join(KIND.about_metrics(None, None, splits, 2))
        assert ("No spectral distance: segments have no more than its 2,048 samples" in said) == (segment == 2048)


@pytest.mark.slow  # a run, as the next three need it
def test_a_run_measures_each_epoch_and_draws_and_lets_hear_the_same_segments(trained):
    made, lines = trained
    figures = made.figures()
    assert np.isfinite(figures["val_mel_error"]).all()
    assert np.isfinite(figures["val_spectral_distance"]).all()
    assert any("on 2 held-out segments after each epoch" in line for line in lines)
    assert sorted(one.name for one in made.samples.glob("*.*")) == [
        f"epoch-000{epoch}.{ending}" for epoch in (1, 2) for ending in ("png", "wav")
    ]
    with wave.open(str(made.samples / "epoch-0002.wav")) as heard:
        assert (heard.getframerate(), heard.getnframes()) == (wave_runs.RATE, 2 * 2112)


@pytest.mark.slow
def test_a_run_that_ends_in_the_middle_comes_to_the_same_weights(trained, place, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", lambda: Ends(3))
        with pytest.raises(KeyboardInterrupt):
            train(place, out="ended", policy=training.CheckpointPolicy(1e-9))
    opened = run.Run(place / "ended")
    training.resume(opened, verbose=0)
    # Mostly to the bit; on two cores with four busy processes one run of nine was off by 1.5e-8, a rounding.
    for found, expected in zip(state(opened.load()), state(trained[0].load()), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7)


@pytest.mark.slow
def test_figures_stand_beside_those_of_griffin_and_lim(trained, monkeypatch):
    made = trained[0]
    sizes = []
    real = kgan.Vocoder.translate
    monkeypatch.setattr(
        kgan.Vocoder, "translate", lambda model, inputs, **how: sizes.append(len(inputs)) or real(model, inputs, **how)
    )
    found = KIND.evaluate(made, None, None, 0, lambda line: None)
    assert sizes == [2, 6]  # not one by one
    figures = {one.name: one for one in found.figures if one.against == HELD_OUT}
    assert list(figures) == ["mel_error", "spectral_distance"]
    model = made.load()
    mels, waves = next(iter(made.plan.load().validation.as_numpy_iterator()))
    griffin_lim = model.spectrogram.griffin_lim(mels)[..., None]
    for one, name in ((real(model, mels), "value"), (griffin_lim, "floor")):
        expected = np.abs(model.mel(one) - model.mel(waves)).mean()
        assert getattr(figures["mel_error"], name) == pytest.approx(expected, rel=1e-4)
    assert isinstance(found, VocoderEvaluation)
    assert any("Griffin-Lim" in line for line in found.lines())
    assert "Input, output, truth" in "".join(KIND.sections(made, model, found))


@pytest.mark.slow
def test_the_preview_of_a_bundle_shows_spectrograms_and_leaves_one_to_begin_with(trained, tmp_path):
    made = trained[0]
    bundle = kgan.export.save(made.load(), tmp_path / "bundle", formats=("onnx",))
    shown = kgan.export.preview(bundle, made, tmp_path / "shown.png")
    assert "spectrograms of 2 held-out waves" in shown.shows
    assert np.load(made.folder / "input.npy").shape == (132, wave_runs.MELS)
    with Image.open(tmp_path / "shown.png") as picture:
        assert picture.width >= 2 * 132
