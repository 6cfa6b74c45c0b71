import math

import numpy as np
import pytest

from kgan.diagnostics import auc, js_divergence_lower_bound

RANDOM = np.random.RandomState(0)


def test_auc_counts_the_pairs_in_order_and_half_of_the_ties():
    higher, lower = RANDOM.randint(0, 6, 40), RANDOM.randint(0, 5, 30)
    counted = np.mean([[1.0 if h > lo else 0.5 if h == lo else 0.0 for lo in lower] for h in higher])
    assert auc(higher, lower) == pytest.approx(counted, abs=1e-12)


def test_auc_of_two_normals_is_that_of_their_difference():
    higher, lower = RANDOM.normal(1.0, 1.0, 20_000), RANDOM.normal(0.0, 1.0, 20_000)
    assert auc(higher, lower) == pytest.approx(0.5 * (1 + math.erf(1.0 / 2.0)), abs=0.01)  # Phi(1 / sqrt 2)


def test_auc_does_not_see_the_scale_of_the_logits_and_turns_with_their_sign():
    higher, lower = RANDOM.normal(size=50), RANDOM.normal(size=60)
    assert auc(np.exp(higher), np.exp(lower)) == pytest.approx(auc(higher, lower))
    assert auc(-higher, -lower) == pytest.approx(1.0 - auc(higher, lower))


def test_what_is_not_finite_has_no_auc_and_no_bound():
    broken = np.array([0.0, np.nan])
    assert math.isnan(auc(broken, np.zeros(2)))
    assert math.isnan(js_divergence_lower_bound(broken, np.zeros(2)))


def jsd_of_normals(distance):
    """By quadrature, in nats."""
    x = np.linspace(-12, 12 + distance, 20_001)
    p, q = (np.exp(-0.5 * (x - m) ** 2) / math.sqrt(2 * math.pi) for m in (0.0, distance))
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.nan_to_num(p * np.log(p / middle)) + np.nan_to_num(q * np.log(q / middle))
    return float(np.trapezoid(terms, x) / 2)


@pytest.mark.parametrize("distance", [0.5, 1.0, 2.0, 4.0])
def test_the_bound_is_the_divergence_where_the_logits_are_those_of_the_best_discriminator(distance):
    real, generated = RANDOM.normal(distance, 1, 40_000), RANDOM.normal(0, 1, 40_000)
    log_ratio = [distance * x - distance**2 / 2 for x in (real, generated)]  # log p_data / p_g of two unit normals
    assert js_divergence_lower_bound(*log_ratio) == pytest.approx(jsd_of_normals(distance), abs=0.008)


def test_a_line_through_the_logits_does_not_change_the_bound():
    real, generated = RANDOM.normal(1, 1, 5_000), RANDOM.normal(0, 1, 5_000)
    bound = js_divergence_lower_bound(real, generated)
    assert js_divergence_lower_bound(100.0 * real - 7.0, 100.0 * generated - 7.0) == pytest.approx(bound, abs=1e-9)


def test_a_discriminator_that_knows_nothing_or_the_opposite_proves_nothing():
    real, generated = RANDOM.normal(0, 1, 300), RANDOM.normal(0, 1, 300)
    assert js_divergence_lower_bound(real, generated) < 0.01
    assert js_divergence_lower_bound(real - 5.0, generated) == 0.0
    assert js_divergence_lower_bound(np.ones(10), np.ones(10)) == 0.0


def test_sure_and_right_logits_prove_log_2():
    real, generated = RANDOM.normal(50, 1, 300), RANDOM.normal(-50, 1, 300)
    assert js_divergence_lower_bound(real, generated) == pytest.approx(math.log(2), abs=0.02)
