import face_games
import keras
import numpy as np
import pytest

import kgan
from kgan import objectives
from kgan._support import marks

SHAPE = (16, 16, 1)


def linear(masks=True):
    """E is a face's mean; D_a draws the mean, D_b its negative; masks are 1/4 and 1/2 everywhere."""
    face = keras.Input(SHAPE)
    encoder = keras.Model(face, keras.layers.GlobalAveragePooling2D()(face), name="encoder")
    decoders = []
    for side, sign, mask in (("a", 1.0, 0.25), ("b", -1.0, 0.5)):
        code = keras.Input((1,))
        grid = keras.layers.UpSampling2D(16)(keras.layers.Reshape((1, 1, 1))(code))
        drawn = keras.layers.Conv2D(2 if masks else 1, 1, name="drawn")
        decoders.append(keras.Model(code, drawn(grid), name=f"decoder_{side}"))
        kernel, bias = ([sign, 0.0], [0.0, mask]) if masks else ([sign], [0.0])
        drawn.set_weights([np.reshape(kernel, (1, 1, 1, -1)), np.array(bias)])
    judges = []
    for side in "ab":
        sample = keras.Input(SHAPE)
        logit = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(sample))
        judges.append(keras.Model(sample, logit, name=f"discriminator_{side}"))
        judges[-1].set_weights([np.ones((1, 1)), np.zeros(1)])
    return kgan.FaceSwap(encoder, *decoders, *judges, seed=0)


def faces(count=4, seed=0):
    random = np.random.RandomState(seed)
    return tuple(random.uniform(-1, 1, (count, *SHAPE)).astype(np.float32) for _ in range(2))


def around(x, size):
    """The mean of the square around each pixel, `(batch, 16, 16, 1)`, as far as it is in the picture."""
    reach = size // 2
    rows = [
        [x[:, max(i - reach, 0) : i + reach + 1, max(j - reach, 0) : j + reach + 1].mean((1, 2, 3)) for j in range(16)]
        for i in range(16)
    ]
    return np.moveaxis(np.array(rows), -1, 0)[..., None]


def test_the_step_has_its_losses_by_hand():
    model = linear()
    still = keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0)
    asked = [
        objectives.FaceReconstruction(2.0, detail=4.0),
        objectives.CycleConsistency(3.0),
        objectives.MaskOfChange(0.5, tolerance=0.4),
    ]
    model.compile(*still, loss="least_squares", objectives=asked, jit_compile=False)
    a, b = faces()
    logs = model.train_on_batch(a, b, return_dict=True)
    a, b = a.astype(np.float64), b.astype(np.float64)
    mean = lambda x: x.mean(axis=(1, 2, 3), keepdims=True)  # noqa: E731
    kept = 0.0
    for x, drawn in ((a, mean(a)), (b, -mean(b))):
        weights = 1.0 + 4.0 * np.abs(x - around(x, 7))
        kept += (weights / weights.mean(axis=(1, 2, 3), keepdims=True) * np.abs(drawn - x)).mean()
    again = np.abs(-mean(a) - a).mean() + np.abs(-mean(b) - b).mean()
    assert logs["generator_face_reconstruction_loss"] == pytest.approx(2.0 * kept, rel=1e-5)
    assert logs["generator_cycle_consistency_loss"] == pytest.approx(3.0 * again, rel=1e-5)
    entropy = 0.0
    for x, drawn, mask in ((a, -mean(a), 0.5), (b, mean(b), 0.25)):
        due = np.clip(around(np.abs(drawn - x), 5) / 0.4 - 1.0, 0.0, 1.0)
        entropy -= (due * np.log(mask) + (1.0 - due) * np.log(1.0 - mask)).mean()
    assert 0.0 < due.mean() < 1.0
    assert logs["generator_mask_of_change_loss"] == pytest.approx(0.5 * entropy, rel=1e-5)
    assert logs["b_generator_loss"] == pytest.approx(np.mean((-mean(a) - 1.0) ** 2) / 2, rel=1e-5)
    of_a = (np.mean((mean(a) - 1.0) ** 2) + np.mean(mean(b) ** 2)) / 2
    assert logs["a_discriminator_loss"] == pytest.approx(of_a, rel=1e-5)


def test_masks_learn_where_a_swap_differs_and_nothing_of_the_game():
    model = linear()
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.0),
        loss="least_squares",
        objectives=["face_reconstruction", "cycle_consistency", objectives.MaskOfChange(0.0)],
        jit_compile=False,
    )
    decoder = model.generator.decoder_b.get_layer("drawn")
    before = [weight.numpy() for weight in decoder.weights]
    model.train_on_batch(*faces())
    after = [weight.numpy() for weight in decoder.weights]
    np.testing.assert_array_equal(before[0][..., 1], after[0][..., 1])
    assert np.abs(before[0][..., 0] - after[0][..., 0]).max() > 0.0


def test_swaps_are_of_the_other_decoder_over_the_face_and_carry_the_mark():
    model, (a, b) = linear(), faces()
    for way, given, sign, mask in (("a2b", a, -1.0, 0.5), ("b2a", b, 1.0, 0.25)):
        expected = mask * sign * given.mean(axis=(1, 2, 3), keepdims=True) + (1 - mask) * given
        np.testing.assert_allclose(model.translated(given, way), expected, atol=1e-6)
        np.testing.assert_allclose(model.translate(given, way), marks.marked(expected, (-1.0, 1.0)), atol=1e-6)


def test_decoders_without_masks_draw_all_of_a_picture():
    model, (a, _) = linear(masks=False), faces()
    expected = np.broadcast_to(-a.mean(axis=(1, 2, 3), keepdims=True), a.shape)
    np.testing.assert_allclose(model.translated(a), expected, atol=1e-6)
    assert not [name for name in model.generator_outputs if "mask" in name]


def test_both_ways_share_one_encoder_whose_weights_are_counted_once():
    model = face_games.compiled()
    own = [getattr(model.generator, name) for name in ("encoder", "decoder_a", "decoder_b")]
    assert len(model.generator.trainable_variables) == sum(len(one.trainable_variables) for one in own)
    assert model.generator.count_params() == sum(one.count_params() for one in own)


@pytest.mark.slow  # it traces two models twice
def test_a_model_goes_on_from_a_file_as_if_nothing_had_happened(tmp_path):
    model = face_games.compiled(ema_half_life=10.0)
    a, b = face_games.faces(6)
    model.fit(a, b, batch_size=3, epochs=1, verbose=0)
    model.save(tmp_path / "swap.keras")
    loaded = keras.models.load_model(tmp_path / "swap.keras")
    for one in (model, loaded):
        one.fit(a, b, batch_size=3, epochs=2, initial_epoch=1, verbose=0)
    assert len(model.weights) == len(loaded.weights)
    for ours, theirs in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    np.testing.assert_array_equal(model.translate(a), loaded.translate(a))


def changed(**networks):
    names = ("encoder", "decoder_a", "decoder_b", "discriminator_a", "discriminator_b")
    return {**dict(zip(names, face_games.networks(), strict=True)), **networks}


def test_networks_that_do_not_fit_are_refused_by_name():
    other = kgan.architectures.face_autoencoder((16, 16, 3), width=4, code_size=9)
    grey = kgan.architectures.face_autoencoder((16, 16, 1), width=4, code_size=8)
    judge = kgan.architectures.patchgan_discriminator((16, 16, 1), width=2, layers=1)
    same = other.get_layer("decoder")
    for networks, said in (
        ({"decoder_a": same}, "Expected decoder_a to take codes of shape"),
        ({"decoder_b": grey.get_layer("decoder")}, "Expected decoder_b to draw faces of shape"),
        ({"discriminator_b": judge}, "Expected discriminator_b to take faces of shape"),
        ({"decoder_a": same, "decoder_b": same}, "a network of its own for each argument"),
    ):
        with pytest.raises(ValueError, match=said):
            kgan.FaceSwap(**changed(**networks), seed=0)
    with pytest.raises(ValueError, match="Expected value_range as"):
        kgan.FaceSwap(**changed(), value_range=None, seed=0)


def test_the_mask_s_objective_is_for_face_swaps_alone():
    faces = keras.Input((8, 8, 1))
    line = [keras.Model(faces, keras.layers.Conv2D(1, 1)(faces)) for _ in range(2)]
    judges = [keras.Model(faces, keras.layers.Dense(1)(keras.layers.Flatten()(faces))) for _ in range(2)]
    model = kgan.CycleTranslation(*line, *judges, seed=0, pool_size=0)
    with pytest.raises(
        ValueError, match=r"outputs 'a_mask' and 'b_mask' for 'mask_of_change', as a kgan\.FaceSwap with masks has"
    ):
        model.compile(objectives=["cycle_consistency", "mask_of_change"])


@pytest.mark.parametrize("tolerance", [0.0, -0.1, float("inf"), float("nan"), "0.1", None, True])
def test_a_tolerance_out_of_range_is_refused(tolerance):
    with pytest.raises(ValueError, match="Expected tolerance as a finite number above 0"):
        objectives.MaskOfChange(tolerance=tolerance)


def test_one_identity_alone_is_refused():
    model = face_games.compiled()
    with pytest.raises(ValueError, match="Expected samples of two collections. Received: one"):
        model.fit(face_games.faces()[0], verbose=0)
