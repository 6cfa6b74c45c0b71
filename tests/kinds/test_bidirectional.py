"""The kind of `kgan.BiGAN`: a run of pictures, from training to a bundle with an encoder."""

import json

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from commands import kgan as command
from kgan import callbacks, export, run
from kgan.data.sources import digits
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

SMALL = {"generator.width": 4, "generator.latent_dim": 3, "discriminator.width": 4, "model.pair_width": 8}
SMALL |= {"batch_size": 20, "features": "pixels", "jit_compile": False}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    source = tmp_path_factory.mktemp("data") / "small.npy"
    np.save(source, digits.read()[0][::40, 2:26:3, 2:26:3])  # 125 of 8 x 8
    return run.Plan.make(str(source), "bigan", SMALL, epochs=2, seed=3)


@pytest.fixture(scope="module")
def trained(plan, tmp_path_factory):
    return training.train(plan, tmp_path_factory.mktemp("runs") / "small", verbose=0)


def test_a_run_is_drawn_looked_at_and_measured(trained):
    model, figures = trained.run.load(), trained.run.figures()
    assert kind.of(model) is kind.named("bidirectional")
    assert (trained.run.samples / "epoch-0002.png").exists()
    for name in ("val_kernel_distance", "monitor_separation", "monitor_real_slope", "monitor_generator_gradient"):
        assert np.isfinite(figures[name]).all(), name
    done = command("evaluate", trained.run.folder, "--samples", 20)
    assert done.code == 0, done.err
    assert "kernel_distance" in {one["name"] for one in json.loads(trained.run.evaluation.read_text())["figures"]}


def test_the_monitor_asks_how_well_pairs_are_told(trained):
    """The separation is the share of pairs of pairs that the discriminator puts right, worked out beside it."""
    model = trained.run.load()
    monitor = callbacks.EquilibriumMonitor(num_samples=20, verbose=0)
    samples = digits.read()[0][::100, 2:26:3, 2:26:3]
    model.fit(
        samples[:25],
        batch_size=5,
        epochs=2,
        initial_epoch=1,
        validation_data=samples[25:],
        verbose=0,
        callbacks=[monitor],
    )
    reals = monitor._subjects.held_out.samples / 127.5 - 1.0
    latents = monitor._subjects.latents
    drawn = model.generator.generator(latents, training=True)
    judge = model.pair_discriminator
    real = judge([tf.constant(reals), model.encoder(reals, training=True)]).numpy()
    generated = judge([drawn, tf.constant(latents)]).numpy()
    expected = (real > generated.T).mean() + 0.5 * (real == generated.T).mean()
    assert monitor.history[-1].separation == pytest.approx(expected, abs=0.02)


class Ends(keras.callbacks.Callback):
    """Lets training end in the second epoch, by an exception that nobody expects."""

    def restore(self):
        """As `StopOnTerminate` has it."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == 8:
            raise KeyboardInterrupt


def test_a_run_that_was_killed_goes_on_to_the_same_bits(monkeypatch, plan, trained, tmp_path):
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", Ends)
        with pytest.raises(KeyboardInterrupt):
            training.train(plan, tmp_path / "run", verbose=0, policy=training.CheckpointPolicy(1e-9))
    resumed = training.resume(run.Run(tmp_path / "run"), verbose=0).run
    for expected, received in zip(trained.run.load().weights, resumed.load().weights, strict=True):
        np.testing.assert_array_equal(received.numpy(), expected.numpy())


def test_a_bundle_has_the_generator_and_with_its_parts_the_encoder(trained, tmp_path):
    model = trained.run.load()
    done = command("export", trained.run.folder, "--out", tmp_path / "bundle", "--format", "onnx", "--parts")
    assert done.code == 0, done.err
    assert export.verify(tmp_path / "bundle")
    reals = np.float32(digits.read()[0][:6, 2:26:3, 2:26:3]) / 127.5 - 1.0
    session = onnxruntime.InferenceSession(tmp_path / "bundle" / "encoder.onnx")
    (codes,) = session.run(None, {"images": reals})
    np.testing.assert_allclose(codes, model.encode(reals), atol=1e-4)


def test_a_discriminator_without_features_is_refused_before_training(plan):
    changed = plan.recipe.changed({"discriminator": {"architecture": "mlp_discriminator"}})
    with pytest.raises(ValueError, match="a layer 'features' of"):
        kind.named("bidirectional").build(changed, plan.load(), seed=0)
