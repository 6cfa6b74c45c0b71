import keras
import numpy as np
import pytest
from cycle_games import SHAPE, collections, compiled, line, lines, mean_of

import kgan
from kgan import objectives


def test_the_step_has_the_losses_of_the_paper():
    """G(x) = x / 2 + 0.1, F(x) = 3 x / 2 - 0.2, D(x) = mean x: all of it by hand in float64."""
    a, b = collections(4, 4)
    logs = compiled(lines()).train_on_batch(a, b, return_dict=True)
    a, b = a.astype(np.float64), b.astype(np.float64)
    to_b, to_a = (lambda x: 0.5 * x + 0.1), (lambda x: 1.5 * x - 0.2)
    judged = lambda x: x.mean(axis=(1, 2, 3))  # noqa: E731
    cycle = np.abs(to_a(to_b(a)) - a).mean() + np.abs(to_b(to_a(b)) - b).mean()
    kept = np.abs(to_a(a) - a).mean() + np.abs(to_b(b) - b).mean()
    assert logs["generator_cycle_consistency_loss"] == pytest.approx(10.0 * cycle, rel=1e-5)
    assert logs["generator_identity_loss"] == pytest.approx(5.0 * kept, rel=1e-5)
    assert logs["b_generator_loss"] == pytest.approx(np.mean((judged(to_b(a)) - 1.0) ** 2) / 2, rel=1e-5)
    assert logs["a_generator_loss"] == pytest.approx(np.mean((judged(to_a(b)) - 1.0) ** 2) / 2, rel=1e-5)
    of_a = (np.mean((judged(a) - 1.0) ** 2) + np.mean(judged(to_a(b)) ** 2)) / 2
    assert logs["a_discriminator_loss"] == pytest.approx(of_a, rel=1e-5)
    assert logs["generator_loss"] == pytest.approx(logs["a_generator_loss"] + logs["b_generator_loss"], rel=1e-6)


def test_the_cycle_moves_both_translators_by_its_gradient():
    """d/dg |f g x - x| at f g < 1 is -f |x|: without offsets, weights of both move alike."""
    model = lines((0.5, 0.0), (1.5, 0.0), identity=False)
    rates = {"generator_optimizer": keras.optimizers.SGD(0.1), "discriminator_optimizer": keras.optimizers.SGD(0.0)}
    for discriminator in model.discriminators.values():
        discriminator.set_weights([np.zeros((1, 1)), np.zeros(1)])
    compiled(model, objectives=[objectives.CycleConsistency(1.0)], **rates)
    a, b = collections(4, 4)
    model.train_on_batch(a, b)
    size = np.abs(a).mean(dtype=np.float64) + np.abs(b).mean(dtype=np.float64)
    assert model.to_b.get_weights()[0].item() == pytest.approx(0.5 + 0.1 * 1.5 * size, rel=1e-5)
    assert model.to_a.get_weights()[0].item() == pytest.approx(1.5 + 0.1 * 0.5 * size, rel=1e-5)


def test_each_direction_is_translated_by_its_own_network():
    model = lines()
    a, _ = collections()
    np.testing.assert_allclose(model.translate(a), 0.5 * a + 0.1, atol=1e-6)
    np.testing.assert_allclose(model.translate(a, "b2a"), 1.5 * a - 0.2, atol=1e-6)
    with pytest.raises(ValueError, match="direction='a2c'"):
        model.translate(a, "a2c")
    with pytest.raises(ValueError, match="This is about the samples of b"):
        model.translate(a[..., 0], "b2a")


def test_collections_of_two_lengths_train_an_epoch_of_the_longer_one():
    model = compiled(lines())
    model.fit(*collections(10, 4), batch_size=2, epochs=2, verbose=0)
    assert int(model.steps.numpy()) == 10
    assert int(model.images_seen.numpy()) == 20


def test_a_model_with_pools_goes_on_from_a_file_as_if_nothing_had_happened(tmp_path):
    rates = {"generator_optimizer": keras.optimizers.Adam(0.01), "discriminator_optimizer": keras.optimizers.Adam(0.01)}
    model = compiled(lines(pool_size=3, ema_half_life=10.0), **rates)
    a, b = collections(6, 4)
    model.fit(a, b, batch_size=2, epochs=1, verbose=0)
    model.save(tmp_path / "cycle.keras")
    loaded = keras.models.load_model(tmp_path / "cycle.keras")
    assert loaded.pool_size == 3
    for one in (model, loaded):
        one.fit(a, b, batch_size=2, epochs=3, initial_epoch=1, verbose=0)
    assert len(model.weights) == len(loaded.weights)
    for ours, theirs in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert not np.array_equal(model.inference_generator.to_b.get_weights()[0], model.to_b.get_weights()[0])


def test_metrics_are_of_each_direction_and_survive_a_file(tmp_path):
    model = compiled(lines(), metrics=[kgan.metrics.FrechetDistance("pixels")])
    a, b = collections(6, 4)
    figures = model.evaluate(a, b, batch_size=4, verbose=0, return_dict=True)  # of each as many as the shorter has
    for way, given, real in (("a2b", a[:4], b), ("b2a", b, a[:4])):
        alone = kgan.metrics.FrechetDistance("pixels")
        alone.update_state(real, np.clip(model.translate(given, way), -1, 1))
        assert figures[f"{way}_frechet_distance"] == pytest.approx(float(alone.result()), rel=1e-3)
    model.save(tmp_path / "cycle.keras")
    names = [one.name for one in keras.models.load_model(tmp_path / "cycle.keras").sample_metrics]
    assert names == ["a2b_frechet_distance", "b2a_frechet_distance"]
    with pytest.raises(ValueError, match="which compares outputs with their truths"):
        compiled(lines(), metrics=[kgan.metrics.PSNR()])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"to_a": line(1.0, 0.0, "to_b")}, None),
        ({"discriminator_b": "discriminator_a"}, "a network of its own for each argument. Received: one for"),
        ({"to_a": keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(1, 1)])}, "Expected to_b to make what"),
        ({"discriminator_a": keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])}, "Expected discriminator_a"),
        ({"pool_size": -1}, "pool_size"),
    ],
)
def test_networks_that_do_not_fit_are_refused_by_name(change, said):
    networks = {"to_b": line(1.0, 0.0, "to_b"), "to_a": line(1.0, 0.0, "to_a")}
    networks |= {f"discriminator_{side}": mean_of(f"discriminator_{side}") for side in "ab"}
    changed = {name: networks.get(value, value) if isinstance(value, str) else value for name, value in change.items()}
    if said is None:  # two networks may be called alike
        kgan.CycleTranslation(**{**networks, **changed}, seed=0)
        return
    with pytest.raises(ValueError, match=said):
        kgan.CycleTranslation(**{**networks, **changed}, seed=0)


def test_identity_needs_samples_of_one_shape():
    networks = [
        keras.Sequential([keras.Input((8, 8, given)), keras.layers.Conv2D(made, 1)]) for given, made in ((1, 3), (3, 1))
    ]
    judges = [
        keras.Sequential([keras.Input((8, 8, channels)), keras.layers.Flatten(), keras.layers.Dense(1)])
        for channels in (1, 3)
    ]
    with pytest.raises(ValueError, match="Pass identity=False"):
        kgan.CycleTranslation(*networks, *judges, seed=0)
    model = kgan.CycleTranslation(*networks, *judges, identity=False, pool_size=0, seed=0)
    with pytest.raises(ValueError, match="as kgan.CycleTranslation has with identity=True"):
        compiled(model)
    compiled(model, objectives=["cycle_consistency"])
    assert model.translate(np.zeros((1, *SHAPE), np.uint8)).shape == (1, 8, 8, 3)


def test_one_collection_alone_is_refused():
    model = compiled(lines())
    a, b = collections()
    with pytest.raises(ValueError, match="Expected samples of two collections. Received: one"):
        model.fit(a, verbose=0)
    with pytest.raises(ValueError, match=r"Received: none.*This is about the samples of b"):
        model.fit(a, b[:0], verbose=0)
    with pytest.raises(ValueError, match="samples of both collections on both sides of validation_split"):
        model.fit(a, b[:1], validation_split=0.5, verbose=0)
