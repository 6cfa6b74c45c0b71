"""Runs by the recipe of progressive growing: their schedule, going on in the middle of a fade, what they export."""

import json
from dataclasses import replace

import families
import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

import kgan
from kgan import callbacks, export, run
from kgan.data import Splits
from kgan.data.sources import digits
from kgan.run import growth, training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

SETTINGS = {
    "generator.width": 3,
    "discriminator.width": 3,
    "generator.latent_dim": 4,
    "features": "none",
    "callbacks.progressive_growing.images": 60,
    "callbacks.progressive_growing.fade": 200,
}


def plan(source="digits", epochs=2, **settings):
    return run.Plan.make(
        str(source), "pggan", settings=SETTINGS | settings, epochs=epochs, batch_size=50, seed=5, image_size=8
    )


def unset(epochs, **settings):
    """A plan whose schedule is the recipe's, but for such settings."""
    others = {name: value for name, value in SETTINGS.items() if not name.startswith("callbacks")}
    return run.Plan.make(
        "digits", "pggan", settings=others | settings, epochs=epochs, batch_size=50, seed=5, image_size=8
    )


def built(plan):
    return plan.recipe.build(Splits(None, None, (8, 8, 1)))


def test_a_published_schedule_is_shared_out_over_the_run_and_kept_in_its_plan():
    published, said = unset(epochs=3), []
    (growing,) = published.recipe.fit_callbacks()
    assert growing.is_published
    shared = growth.within(published, built(published), 1_040, said.append)
    (growing,) = shared.recipe.fit_callbacks()
    assert (growing.images, growing.fade) == (1_000, None)  # of 3,000 in whole batches: 4 pixels, the fade, 8 pixels
    assert said == [
        "Each size trains for 1,000 images and fades in over as many: 3 epochs of 1,040 images are shared among sizes."
    ]
    source = shared.recipe.source_of("callbacks.progressive_growing.images")
    assert source == "kgan: in proportion, for 3 epochs of 1,040 images; pggan has 600000"


def test_a_fade_that_is_written_out_in_the_recipe_is_shared_out_too():
    layer = {"callbacks": {"progressive_growing": {"fade": 600_000}}}
    given = unset(epochs=3)
    written = replace(given, recipe=given.recipe.over(layer, "recipe ours"))
    (growing,) = growth.within(written, built(written), 1_040, lambda line: None).recipe.fit_callbacks()
    assert (growing.images, growing.fade) == (1_000, 1_000)


@pytest.mark.parametrize("name", ["images", "fade"])
def test_a_published_number_that_the_user_sets_stays(name):
    asked, said = unset(epochs=3, **{f"callbacks.progressive_growing.{name}": 600_000}), []
    assert growth.within(asked, built(asked), 1_040, said.append) is asked
    assert said == [
        "The images do not grow to full size: that takes 1,200,000 of them, and the run has 3 epochs of 1,040 images."
    ]


def test_a_schedule_that_was_set_stays_and_what_it_does_not_reach_is_said():
    asked, said = plan(epochs=1), []
    assert growth.within(asked, built(asked), 200, said.append) is asked
    assert said == [
        "The images do not grow to full size: that takes 260 of them, and the run has 1 epoch of 200 images."
    ]
    assert growth.within(asked, built(asked), 300, said.append) is asked
    assert growth.within(asked, built(asked), None, said.append) is asked
    assert len(said) == 1


def test_a_recipe_without_callbacks_has_none():
    recipe = kgan.recipes.get("digits")
    assert recipe.fit_callbacks() == []
    assert not any(name.startswith("callbacks") for name in recipe.leaves())


def test_what_does_not_grow_is_refused_before_a_folder_is_made(tmp_path):
    for settings, message in [
        ({"callbacks.progressive_growing.start": 5}, "Expected start to be one of 4, 8"),
        ({"discriminator.architecture": "dcgan_discriminator"}, "Received: 2 in 'generator', 1 in 'discriminator'"),
    ]:
        with pytest.raises(ValueError, match=message):
            training.train(plan(**settings), tmp_path / "run", verbose=0)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match=r"callbacks\.progressive_growing\.images >= 1"):
        plan(**{"callbacks.progressive_growing.images": 0})


def test_the_recipe_has_the_paper_s_numbers():
    recipe = kgan.recipes.get("pggan")
    gan = recipe.changed({"generator.width": 2, "discriminator.width": 2}).build(Splits(None, None, (8, 8, 3)))
    assert gan.adversarial_loss.name == "wasserstein"
    assert [(one.name, one.weight) for one in gan.penalties] == [("wgangp_penalty", 10.0), ("drift_penalty", 1e-3)]
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.0, 0.99, 1e-8)
        assert float(optimizer.learning_rate) == pytest.approx(1e-3)
    assert gan.ema_half_life == pytest.approx(16 * np.log(0.5) / np.log(0.999), rel=0.01)
    assert (gan.latent_dim, recipe.batch_size, recipe.discriminator_steps) == (512, 16, 1)
    (growing,) = recipe.fit_callbacks()
    assert growing.is_published


class Ends(keras.callbacks.Callback):
    """Lets training end at a step, by an exception that nobody expects."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == self.step:
            raise KeyboardInterrupt

    def restore(self):
        pass


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    images, _ = digits.read()
    path = tmp_path_factory.mktemp("data") / "small.npy"
    np.save(path, images[::20, 2:26:3, 2:26:3])
    return path


@pytest.fixture(scope="module")
def halves(source, tmp_path_factory):
    """The same training twice: without a break, and ended in the middle of a fade; 225 images, four steps an epoch."""
    folder = tmp_path_factory.mktemp("runs")
    whole = training.train(plan(source), folder / "whole", verbose=0).run
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(callbacks, "StopOnTerminate", lambda: Ends(3))
        training.train(plan(source), folder / "broken", verbose=0, policy=training.CheckpointPolicy(1e-9))
    return whole, run.Run(folder / "broken")


def state(gan):
    parts = (gan, gan.generator_optimizer, gan.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables]


@pytest.mark.slow
def test_a_run_goes_on_in_the_middle_of_a_fade_to_the_same_bits_and_exports_what_it_draws(halves, tmp_path):
    whole, broken = halves
    fading = broken.load()
    assert (fading.stage, [round(float(layer.fade), 3) for layer in fading.growing_layers]) == (1, [0.2] * 3)
    content = json.loads((broken.folder / "config.json").read_text())
    other = json.loads(json.dumps(content))
    other["plan"]["recipe"]["callbacks"]["progressive_growing"]["images"] = 500
    (broken.folder / "config.json").write_text(json.dumps(other))
    with pytest.raises(
        ValueError, match="after 150 images, at 4 x 4 pixels. Received: one at 8 x 8 pixels, which fade"
    ):
        training.resume(run.Run(broken.folder), verbose=0)
    (broken.folder / "config.json").write_text(json.dumps(content))
    assert training.resume(run.Run(broken.folder), verbose=0).epochs == 2
    for found, expected in zip(state(run.Run(broken.folder).load()), state(whole.load()), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert whole.figures()["growth_pixels"].tolist() == [8.0, 8.0]
    assert whole.figures()["growth_fade"].tolist() == pytest.approx([0.45, 1.0])
    for gan in (fading, whole.load()):
        export.save(gan, tmp_path / "bundle")
        session = onnxruntime.InferenceSession(tmp_path / "bundle" / "generator.onnx")
        z = gan.latents.draw(5, gan.latent_dim, 0)
        (images,) = session.run(None, {"latents": z})
        np.testing.assert_allclose(images, gan.generate(5, seed=0), atol=1e-4)


@pytest.mark.slow
@pytest.mark.xla
def test_two_hundred_steps_on_pictures_in_colour_stay_finite():
    """32 pixels by way of 8 and 16, by the paper's loss."""
    images = families.colour_images(64)
    gan = kgan.recipes.get("pggan").changed({"generator.width": 8, "discriminator.width": 8}).build((images, None))
    rates = [keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8) for _ in range(2)]
    gan.compile(*rates, loss="wasserstein", penalties=["wgangp", "drift"], jit_compile=True)
    watch = [callbacks.ProgressiveGrowing(images=320, start=8), callbacks.FiniteGuard()]
    gan.fit(images, batch_size=16, epochs=50, callbacks=watch, verbose=0)  # of four steps
    assert (gan.stage, int(gan.steps)) == (3, 200)
    assert np.isfinite(gan.generate(8, seed=0)).all()
    assert np.ptp(gan.generate(8, seed=0), axis=0).mean() > 0.0


@pytest.mark.slow
@pytest.mark.xla
def test_xla_computes_what_tensorflow_does():
    """The first step's figures, and both networks in the middle of a fade."""
    gans, logs = zip(
        *(
            families.trained(
                kgan.architectures.pggan_generator((16, 16, 3), 8, 8, seed=1),
                kgan.architectures.pggan_discriminator((16, 16, 3), 8, seed=2),
                steps=1,
                penalties=["r1", "drift"],
                jit_compile=compiled,
            )
            for compiled in (False, True)
        ),
        strict=True,
    )
    for name, value in logs[0][0].items():
        assert logs[1][0][name] == pytest.approx(value, rel=1e-3, abs=1e-5), name
    gan = gans[0]
    gan.grow(1, fade_begins=0, fade_lasts=100)
    for layer in gan.growing_layers:
        layer.fade.assign(0.3)
    z = np.random.RandomState(0).standard_normal((4, 8)).astype(np.float32)
    for network, inputs in ((gan.generator, z), (gan.discriminator, gan.generator(z))):
        compiled = tf.function(lambda x, network=network: network(x), autograph=False, jit_compile=True)
        np.testing.assert_allclose(compiled(inputs), network(inputs), atol=1e-4)
