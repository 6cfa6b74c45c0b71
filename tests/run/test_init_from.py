"""Starting from another run's weights."""

import json

import numpy as np
import pytest

import kgan
from kgan import run
from kgan.data.sources import digits
from kgan.run import init_from

SETTINGS = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4", "features": "none"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    images, labels = digits.read()
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, images=images[::20, 2:26:3, 2:26:3], labels=labels[::20])
    return path


def plan(source, init_from=None, seed=5, **settings):
    return run.Plan.make(
        str(source), settings=SETTINGS | settings, epochs=1, batch_size=50, seed=seed, init_from=init_from
    )


@pytest.fixture(scope="module")
def earlier(source, tmp_path_factory):
    return run.train(plan(source), tmp_path_factory.mktemp("runs") / "earlier", verbose=0).run


def begun(plan):
    """The model as training would begin with it."""
    model = plan.recipe.build(plan.load(), plan.seed)
    run.copy_weights(model, plan.init_from)
    return model


def test_training_starts_from_the_other_run_s_weights(source, earlier):
    model, other = begun(plan(source, earlier.folder, seed=9)), earlier.load()
    for ours, theirs in (
        (model.generator, other.generator),
        (model.discriminator, other.discriminator),
        (model.ema_generator, other.ema_generator),
    ):
        for one, two in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)
    assert int(model.steps.numpy()) == 0
    assert int(model.generator_optimizer.iterations.numpy()) == 0
    momenta = [variable.numpy() for variable in model.generator_optimizer.variables if "momentum" in variable.path]
    assert momenta
    assert not any(momentum.any() for momentum in momenta)


@pytest.mark.slow  # two more runs; those above start from another's weights
def test_a_run_says_what_it_started_from_and_goes_on(source, earlier, tmp_path):
    result = run.train(plan(source, earlier.folder, seed=6), tmp_path / "later", verbose=0)
    opened = run.Run(result.run.folder)
    assert opened.plan.init_from == str(earlier.folder)
    assert opened.plan.settings()["init_from"] == str(earlier.folder)
    later, first = (one.load().discriminator.get_weights() for one in (opened, earlier))
    moved = max(np.abs(a - b).max() for a, b in zip(later, first, strict=True))
    assert 0.0 < moved < 0.1  # four steps of Adam at 1e-3 away, and not fresh weights away


@pytest.mark.slow
def test_an_average_begins_with_the_weights_in_training_where_the_other_has_none(source, earlier, tmp_path):
    without = run.train(plan(source, ema_half_life="none"), tmp_path / "without", verbose=0).run
    model, other = begun(plan(source, without.folder)), without.load()
    for one, two in zip(model.ema_generator.get_weights(), other.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_networks_that_differ_are_named_layer_by_layer(source, earlier):
    with pytest.raises(run.RunError) as caught:
        begun(plan(source, earlier.folder, latent_dim="5", conditional="false", generator_batch_norm="false"))
    said = str(caught.value)
    assert "Expected networks as those of" in said
    assert "generator: embedding is there alone, embeddings (10, 4)" in said
    assert "generator: dense is kernel (5, 64), bias (64,) here and kernel (8, 64) there" in said
    assert "generator: norm_0 is there alone, gamma" in said
    assert "discriminator: embedding is there alone" in said
    assert "downsample_0" not in said


def test_networks_that_differ_leave_no_run_folder(source, earlier, tmp_path):
    with pytest.raises(run.RunError, match="Expected networks as those of"):
        run.train(plan(source, earlier.folder, generator_width="5"), tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


def test_a_run_of_another_kind_is_refused_by_name(earlier, tmp_path):
    pairs = run.Plan.make("no-pairs-are-looked-for", "pix2pix", init_from=earlier.folder)
    with pytest.raises(run.RunError, match=r"Expected a run of kind 'translation' .* Received: .*, of kind 'gan'"):
        run.train(pairs, tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("what", "message"), [("nothing", "does not exist"), ("begun", "ended before its first")])
def test_what_is_no_run_or_has_no_checkpoint_is_refused(source, tmp_path, what, message):
    if what == "begun":
        run.Run.create(tmp_path / "begun", plan(source))
    with pytest.raises(run.RunError, match=message):
        run.train(plan(source, tmp_path / what), tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


def test_the_plan_keeps_the_folder_from_the_root(source, earlier, monkeypatch):
    monkeypatch.chdir(earlier.folder.parent)
    kept = plan(source, earlier.folder.name)
    assert kept.init_from == str(earlier.folder)
    assert json.loads(json.dumps(kept.init_from)) == kept.init_from


def test_networks_that_grow_take_the_weights_and_stay_at_their_own_stage(monkeypatch):
    def game(seed):
        networks = kgan.architectures.pggan_generator, kgan.architectures.pggan_discriminator
        generator, discriminator = networks[0]((8, 8, 1), 4, 3, seed=seed), networks[1]((8, 8, 1), 3, seed=seed + 1)
        gan = kgan.GAN(generator, discriminator, seed=0)
        gan.compile()
        return gan

    class Earlier:
        """A run that ended while its second stage faded in."""

        def __init__(self, folder):
            self.load = lambda: other

    ours, other = game(0), game(5)
    ours.grow(0)
    other.grow(1, fade_begins=10, fade_lasts=20)
    monkeypatch.setattr(init_from, "Run", Earlier)
    run.copy_weights(ours, "earlier")
    growth = {id(one) for layer in ours.growing_layers for one in layer.growth}
    weights = [
        (one, two)
        for mine, theirs in ((ours.generator, other.generator), (ours.discriminator, other.discriminator))
        for one, two in zip(mine.weights, theirs.weights, strict=True)
        if id(one) not in growth
    ]
    assert len(weights) > 10
    for one, two in weights:
        np.testing.assert_array_equal(one, two)
    for layer in ours.growing_layers:
        assert (layer.stage, layer.fades) == (0, False)
        assert [float(one) for one in layer.growth] == [1.0, 0.0, 0.0, 0.0]
        assert not layer.take_stage()  # what was computed and what the variables say are one
