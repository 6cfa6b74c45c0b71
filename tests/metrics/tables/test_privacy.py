"""What drawn rows give away, against closed forms and an independent derivation over all pairs."""

import numpy as np
import pandas as pd
import pytest

from kgan.metrics.tables import (
    adversarial_accuracy,
    auc,
    closest_records,
    membership_inference,
    mixed_rows,
    singling_out,
)
from kgan.metrics.tables.distances import closest, ranges_of


def numbers(*values):
    return pd.DataFrame({"x": np.array(values, float)})


def mixed(count, seed):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": random.normal(size=count), "y": random.normal(size=count)})
    frame["c"] = random.choice(["a", "b", None], count)
    frame.loc[random.random(count) < 0.2, "y"] = np.nan
    return frame


def gower(one, other, ranges):
    """The distance of two rows, cell by cell."""
    total = 0.0
    for name in one.index:
        a, b = one[name], other[name]
        if pd.isna(a) or pd.isna(b):
            total += pd.isna(a) != pd.isna(b)
        elif name in ranges:
            total += min(abs(a - b) / ranges[name], 1.0)
        else:
            total += a != b
    return total / len(one)


def test_the_distance_to_the_closest_row_is_gowers_over_all_pairs():
    table, rows = mixed(40, 0), mixed(30, 1)
    wide = {name: table[name].max() - table[name].min() for name in ("x", "y")}
    expected = [[gower(one, other, wide) for _, other in table.iterrows()] for _, one in rows.iterrows()]
    coded = mixed_rows(table, rows)
    found = closest(coded[1], coded[0], ranges_of(coded[0]))
    np.testing.assert_allclose(found.distance, np.min(expected, axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.number, np.argmin(expected, axis=1))


def test_a_row_is_not_close_to_itself_where_it_is_told():
    (rows,) = mixed_rows(numbers(0, 1, 3, 10))
    found = closest(rows, rows, ranges_of(rows), but_itself=True)
    np.testing.assert_allclose(found.distance, [0.1, 0.1, 0.2, 0.7], rtol=1e-6)


def test_parts_of_the_distance_matrix_make_the_whole(monkeypatch):
    coded = mixed_rows(mixed(40, 0), mixed(30, 1))
    whole = closest(coded[1], coded[0], ranges_of(coded[0]))
    monkeypatch.setattr("kgan.metrics.tables.distances._CELLS", 7 * 40)
    np.testing.assert_array_equal(closest(coded[1], coded[0], ranges_of(coded[0])).distance, whole.distance)


def test_closest_records_of_copies_lie_at_nothing_and_those_of_held_out_rows_do_not():
    training, held_out = numbers(0, 10, 20), numbers(4, 14, 24)
    found = closest_records(training, held_out, training)
    assert found.drawn == 0.0
    assert found.held_out == pytest.approx(0.2)
    assert (found.nearer_training, found.copies, found.copies_held_out) == (1.0, 1.0, 0.0)
    between = closest_records(training, held_out, numbers(2, 12))
    assert between.nearer_training == 0.5  # a tie, counted half
    assert between.drawn == pytest.approx(0.1)


def test_adversarial_accuracy_is_0_for_copies_1_for_others_and_a_half_for_rows_alike():
    real = numbers(0, 1, 2, 3)
    assert adversarial_accuracy(real, real) == 0.0
    assert adversarial_accuracy(real, numbers(100, 101, 102, 103)) == 1.0
    random = np.random.default_rng(0)
    some, others = (pd.DataFrame(random.normal(size=(1000, 2)), columns=["x", "y"]) for _ in range(2))
    assert adversarial_accuracy(some, others) == pytest.approx(0.5, abs=0.03)


def test_adversarial_accuracy_wants_as_many_rows_of_both_kinds():
    with pytest.raises(ValueError, match="Expected as many real rows as drawn ones, 2 at least. Received: 2 and 3"):
        adversarial_accuracy(numbers(0, 1), numbers(0, 1, 2))


def test_membership_inference_finds_members_that_were_copied_and_no_others():
    random = np.random.default_rng(0)
    training, held_out, drawn = (pd.DataFrame(random.normal(size=(400, 3)), columns=list("xyz")) for _ in range(3))
    assert membership_inference(training, held_out, training).value == 1.0
    found = membership_inference(training, held_out, drawn)
    assert abs(found.value - 0.5) < 3 * found.error
    half = pd.concat([training[:200], drawn[:200]])
    assert membership_inference(training, held_out, half).value == pytest.approx(0.75, abs=3 * found.error)


def test_the_area_under_the_curve_is_the_share_of_pairs_ranked_right():
    random = np.random.default_rng(0)
    high, low = random.integers(0, 6, 40), random.integers(0, 5, 50)
    pairs = np.sign(high[:, None] - low) * 0.5 + 0.5
    found = auc(high, low)
    assert found.value == pytest.approx(pairs.mean())
    variance = pairs.mean(axis=1).var(ddof=1) / 40 + pairs.mean(axis=0).var(ddof=1) / 50
    assert found.error == pytest.approx(np.sqrt(variance))
    assert np.isnan(auc([1.0], [0.0]).error)
    with pytest.raises(ValueError, match="Received: 0 and 1"):
        auc([], [1.0])
    with pytest.raises(ValueError, match="of which 1 are NaN"):
        auc([np.nan], [1.0])


def test_singling_out_gains_all_where_rows_are_copies_and_nothing_where_they_are_new():
    random = np.random.default_rng(0)
    training, held_out, drawn = (
        pd.DataFrame({name: random.integers(0, 10**6, 200).astype(str) for name in "ab"}) for _ in range(3)
    )
    copied = singling_out(training, held_out, training, guesses=100, columns=2)
    assert (copied.training, copied.held_out, copied.risk, copied.guesses) == (1.0, 0.0, 1.0, 100)
    new = singling_out(training, held_out, drawn, guesses=100, columns=2)
    assert (new.training, new.held_out, new.risk) == (0.0, 0.0, 0.0)


def test_the_risk_of_singling_out_is_none_within_its_error_for_rows_of_the_same_kind():
    found = singling_out(mixed(300, 0), mixed(300, 1), mixed(300, 2), guesses=400, columns=2, seed=1)
    assert found.training > 0
    assert abs(found.risk) < 3 * found.error
    assert found == singling_out(mixed(300, 0), mixed(300, 1), mixed(300, 2), guesses=400, columns=2, seed=1)


def test_the_errors_of_attacks_are_the_spread_of_their_figures_over_tables_of_one_kind():
    found = []
    for seed in range(40):
        tables = [mixed(50, 3 * seed + which) for which in range(3)]
        guessed = singling_out(*tables, guesses=100, columns=2, seed=seed)
        found.append([guessed.risk, guessed.error, *membership_inference(*tables)])
    risk, error, value, of_auc = np.array(found).T
    assert risk.std() == pytest.approx(error.mean(), rel=0.35)
    assert value.std() == pytest.approx(of_auc.mean(), rel=0.35)
    assert abs(risk.mean()) < 3 * error.mean() / 40**0.5
    assert abs(value.mean() - 0.5) < 3 * of_auc.mean() / 40**0.5


def test_guesses_of_numbers_say_at_least_above_the_median_and_at_most_below():
    training, held_out = numbers(0, 1, 2, 3, 4), numbers(-9, -8, 2, 13, 14)
    # Drawn -1 and 9 ask for "<= -1" and ">= 9": no training record, two held-out ones each.
    found = singling_out(training, held_out, numbers(-1, 9, 4, 4), guesses=200, columns=1)
    assert found.held_out == 0.0
    assert 0.3 < found.training < 0.7  # ">= 4", which half of the drawn rows ask for, fits one of training
