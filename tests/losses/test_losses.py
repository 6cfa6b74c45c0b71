import keras
import numpy as np
import pytest

from kgan import losses

REAL = np.array([[2.0], [-1.0], [0.5]])
GENERATED = np.array([[-3.0], [1.5], [0.25]])


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.asarray(x, np.float64)))


def relativistic(difference):
    return -np.mean(np.log(sigmoid(difference)))


# name -> (discriminator's loss, generator's loss), each written from its paper with probabilities, in float64
FORMULAS = {
    "minimax": (
        -np.mean(np.log(sigmoid(REAL))) - np.mean(np.log(1 - sigmoid(GENERATED))),
        np.mean(np.log(1 - sigmoid(GENERATED))),
    ),
    "non_saturating": (
        -np.mean(np.log(sigmoid(REAL))) - np.mean(np.log(1 - sigmoid(GENERATED))),
        -np.mean(np.log(sigmoid(GENERATED))),
    ),
    "gradient_reversal": (
        -np.mean(np.log(sigmoid(REAL))) - np.mean(np.log(1 - sigmoid(GENERATED))),
        np.mean(np.log(sigmoid(REAL))) + np.mean(np.log(1 - sigmoid(GENERATED))),
    ),
    "least_squares": (
        0.5 * np.mean((REAL - 1) ** 2) + 0.5 * np.mean(GENERATED**2),
        0.5 * np.mean((GENERATED - 1) ** 2),
    ),
    "wasserstein": (GENERATED.mean() - REAL.mean(), -GENERATED.mean()),
    "hinge": (
        np.mean(np.maximum(0, 1 - REAL)) + np.mean(np.maximum(0, 1 + GENERATED)),
        -GENERATED.mean(),
    ),
    "relativistic_pairing": (relativistic(REAL - GENERATED), relativistic(GENERATED - REAL)),
    "relativistic_average": (
        relativistic(REAL - GENERATED.mean()) - np.mean(np.log(1 - sigmoid(GENERATED - REAL.mean()))),
        relativistic(GENERATED - REAL.mean()) - np.mean(np.log(1 - sigmoid(REAL - GENERATED.mean()))),
    ),
}


def both(loss, real, generated):
    real, generated = (keras.ops.convert_to_tensor(logits, "float32") for logits in (real, generated))
    return float(loss.discriminator_loss(real, generated)), float(loss.generator_loss(generated, real))


def test_every_loss_has_a_formula_here():
    assert set(FORMULAS) == set(losses.LOSSES)


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_losses_equal_their_published_formula(name):
    np.testing.assert_allclose(both(losses.get(name), REAL, GENERATED), FORMULAS[name], rtol=1e-6)


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
@pytest.mark.parametrize(("real", "generated"), [(100.0, -100.0), (-100.0, 100.0)])
def test_losses_and_their_gradients_are_finite_where_the_discriminator_is_sure(name, real, generated):
    import tensorflow as tf

    loss = losses.get(name)
    real, generated = tf.constant([[real]]), tf.constant([[generated]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, generated])
        values = [loss.discriminator_loss(real, generated), loss.generator_loss(generated, real)]
    for value in values:
        assert np.isfinite(value)
        gradients = tape.gradient(value, [real, generated], unconnected_gradients=tf.UnconnectedGradients.ZERO)
        assert np.isfinite(gradients).all()


def test_real_is_one_so_a_right_discriminator_has_no_loss():
    discriminator_loss, _ = both(losses.get("non_saturating"), [[50.0]], [[-50.0]])
    assert discriminator_loss == pytest.approx(0.0, abs=1e-12)


def test_the_saturating_gradient_vanishes_where_the_non_saturating_one_does_not():
    import tensorflow as tf

    slopes = {}
    for name in ("minimax", "non_saturating"):
        logit = tf.constant([[-10.0]])
        with tf.GradientTape() as tape:
            tape.watch(logit)
            value = losses.get(name).generator_loss(logit)
        slopes[name] = float(tape.gradient(value, logit)[0, 0])
    assert slopes["minimax"] == pytest.approx(-sigmoid(-10.0), rel=1e-5)
    assert slopes["non_saturating"] == pytest.approx(-sigmoid(10.0), rel=1e-5)


def test_the_optimal_discriminator_proves_the_whole_js_divergence():
    # Two distributions on three points; D* = p / (p + q), its logit log p / q.
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    optimal = p / (p + q)
    loss = -np.sum(p * np.log(optimal)) - np.sum(q * np.log(1 - optimal))
    middle = (p + q) / 2
    divergence = (np.sum(p * np.log(p / middle)) + np.sum(q * np.log(q / middle))) / 2
    assert losses.js_divergence_lower_bound(loss) == pytest.approx(divergence, rel=1e-12)
    assert losses.js_divergence_lower_bound(2 * np.log(2)) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", ["relativistic_pairing", "relativistic_average", "wasserstein"])
def test_losses_of_differences_do_not_see_the_level_of_the_logits_and_count_by_the_midpoint(name):
    loss = losses.get(name)
    shifted, level = both(loss, REAL + 50, GENERATED + 50)[0], both(loss, REAL, GENERATED)[0]
    assert shifted == pytest.approx(level, rel=1e-4)
    real, generated = np.float32([[103.0], [101.0]]), np.float32([[100.0], [98.0]])
    assert float(loss.threshold(real, generated)) == pytest.approx(100.5)


def test_other_losses_count_between_their_targets():
    assert losses.get("non_saturating").threshold(REAL, GENERATED) == 0.0
    assert losses.get("least_squares").threshold(REAL, GENERATED) == 0.5


def test_label_smoothing_is_one_sided():
    smooth = losses.NonSaturating(label_smoothing=0.1)
    d, g = sigmoid(REAL), sigmoid(GENERATED)
    expected = -np.mean(0.9 * np.log(d) + 0.1 * np.log(1 - d)) - np.mean(np.log(1 - g))
    np.testing.assert_allclose(both(smooth, REAL, GENERATED)[0], expected, rtol=1e-6)
    # The best a discriminator can say of reals is 1 - 0.1, not 1.
    logits = np.linspace(-6, 6, 2001)
    values = [both(smooth, [[logit]], [[0.0]])[0] for logit in logits[::20]]
    assert sigmoid(logits[::20][np.argmin(values)]) == pytest.approx(0.9, abs=0.01)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(smooth))
    assert copy.label_smoothing == 0.1


@pytest.mark.parametrize("smoothing", [-0.1, 0.5])
def test_label_smoothing_out_of_range_is_refused(smoothing):
    with pytest.raises(ValueError, match="Expected label_smoothing in"):
        losses.NonSaturating(label_smoothing=smoothing)


def test_get_names_the_nearest_loss():
    with pytest.raises(ValueError, match=r"Received: loss='non_saturatin'\. Did you mean 'non_saturating'\?"):
        losses.get("non_saturatin")


@pytest.mark.parametrize(
    ("keras_loss", "instead"),
    [
        (keras.losses.BinaryCrossentropy(from_logits=True), "Pass loss='non_saturating'"),
        (keras.losses.BinaryCrossentropy, "Pass loss='non_saturating'"),
        (keras.losses.binary_crossentropy, "Pass loss='non_saturating'"),
        ("binary_crossentropy", "Pass loss='non_saturating'"),
        ("BinaryCrossentropy", "Pass loss='non_saturating'"),
        ("mse", "Pass loss='least_squares'"),
        (keras.losses.MeanSquaredError(), "Pass loss='least_squares'"),
        (keras.losses.Hinge(), "Pass loss='hinge'"),
        (keras.losses.MeanAbsoluteError(), "Write a subclass of kgan.losses.AdversarialLoss"),
    ],
)
def test_a_loss_of_keras_is_refused_with_the_game_that_it_becomes(keras_loss, instead):
    with pytest.raises(TypeError, match=r"Expected a loss for two players.*knows one player") as error:
        losses.get(keras_loss)
    assert instead in str(error.value)


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_losses_make_the_round_trip_through_their_config(name):
    config = keras.saving.serialize_keras_object(losses.get(name))
    copy = keras.saving.deserialize_keras_object(config)
    assert both(copy, REAL, GENERATED) == both(losses.get(name), REAL, GENERATED)
