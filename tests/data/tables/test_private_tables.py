"""Tables that are read with differential privacy: noise, what is released, batches by chance, what is refused."""

import dataclasses
import math
import sys
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

import kgan
from kgan.data.tables import poisson, private_loading
from kgan.data.tables.privacy import noise_of_table, paid
from kgan.data.tables.reading import Source
from kgan.data.tables.released import Released

pytest.importorskip("dp_accounting", reason="pip install 'kgan[privacy]'")
COUNT = 4_000


def frame(count=COUNT):
    random = np.random.default_rng(0)
    kind = random.choice(["a", "b", "c"], count, p=[0.6, 0.3, 0.1])
    size = random.normal(50.0, 5.0, count)
    size[::10] = np.nan
    born = np.datetime64("1990-01-01") + random.integers(0, 3_000, count).astype("timedelta64[D]")
    stars = random.integers(1, 6, count)
    return pd.DataFrame({"kind": kind, "size": size, "born": born, "stars": stars, "paid": random.random(count) < 0.5})


def loaded(rows=None, **options):
    rows = frame() if rows is None else rows
    return kgan.data.load_table(
        rows,
        100,
        **{"epsilon": 5.0, "private_epochs": 3, "joint": 0.0, "numbers": "modes", "secret": 1, "modes": 2, **options},
    )


@pytest.fixture(scope="module")
def splits():
    return loaded()


def exact_delta(noise, epsilon):
    """Of one Gaussian mechanism of sensitivity 1, as Balle and Wang, 2018, arXiv:1805.06530, have it."""
    normal = NormalDist()
    first = normal.cdf(0.5 / noise - epsilon * noise)
    return first - math.exp(epsilon) * normal.cdf(-0.5 / noise - epsilon * noise)


@pytest.mark.parametrize("epsilon", [0.5, 3.0])
def test_noise_spends_no_more_than_epsilon_and_little_less_where_every_row_is_in_every_batch(epsilon):
    found = paid(epsilon, 1e-5, 1e6, 1, rows=100, batch=100, epochs=20)  # a table that costs nothing
    of_all = found.noise_multiplier / math.sqrt(20)  # of 20 steps together
    assert exact_delta(of_all, epsilon) < 0.9e-5
    assert exact_delta(of_all, 0.85 * epsilon) > 0.9e-5
    assert found.epsilon == pytest.approx(epsilon, rel=1e-4)
    assert found.epsilon_after(20) == found.epsilon
    assert 0.0 < found.epsilon_after(1) < found.epsilon_after(10) < epsilon


def test_batches_of_few_rows_take_less_noise_and_more_steps_take_more():
    noise = [paid(3.0, 1e-6, 1e6, 1, rows, 100, 10).noise_multiplier for rows in (1_000, 10_000)]
    assert noise[1] < noise[0]
    assert paid(3.0, 1e-6, 1e6, 1, 1_000, 100, 50).noise_multiplier > noise[0]


def test_reading_the_table_takes_its_share_of_epsilon():
    noise = noise_of_table(3.0, 1e-5, releases=16)
    assert exact_delta(noise / 4.0, 0.9) < 1e-5 < exact_delta(noise / 4.0, 0.7)


def test_columns_keep_their_kinds_and_their_ranges_roughly(splits):
    kinds = {one.name: one.kind for one in splits.table.columns}
    assert kinds == {"kind": "category", "size": "number", "born": "date", "stars": "integer", "paid": "boolean"}
    by_name = {one.name: one for one in splits.table.columns}
    assert by_name["kind"].values == ("a", "b", "c")
    noise = splits.table.privacy.table_noise
    for value, count in zip(by_name["kind"].values, by_name["kind"].counts, strict=True):
        true = (frame()["kind"] == value).sum()
        assert 0 < abs(count - true) < 5 * noise
    assert by_name["size"].missing
    quantiles = np.concatenate([np.array(one) for one in by_name["size"].quantiles])
    assert 30.0 < quantiles.min() < 45.0 < 55.0 < quantiles.max() < 70.0
    days = np.array([quantile for one in by_name["born"].quantiles for quantile in one])
    assert 7_305 - 100 < days.min() < 7_305 + 100  # 1990-01-01
    assert set(np.concatenate([np.array(one) for one in by_name["stars"].quantiles])) <= {1.0, 2.0, 3.0, 4.0, 5.0}


def test_a_value_that_one_row_has_is_not_released_and_the_row_is_left_out():
    rows = frame()[["kind", "paid"]]
    rows.loc[7, "kind"] = "the only one"
    found = loaded(rows)
    assert found.table.column("kind").values == ("a", "b", "c")
    assert found.count + found.held_out == COUNT - 1
    assert found.found.notes[-1].startswith("Left out 1 rows")


def test_counts_have_the_noise_that_is_accounted_for():
    source = Source(frame())
    kinds = {"paid": "boolean"}
    drawn = [Released(source, kinds, 20.0, 1e-5, np.random.default_rng(seed)).rows for seed in range(300)]
    assert np.mean(drawn) == pytest.approx(COUNT, abs=4)
    assert np.std(drawn) == pytest.approx(20.0, rel=0.15)


def test_a_secret_repeats_and_without_one_nothing_does(splits):
    rows = frame()[["kind", "paid"]]
    same, again, *fresh = (loaded(rows, secret=one).table for one in (1, 1, None, None))
    assert same == again
    assert fresh[0] != fresh[1]
    assert kgan.data.Table.from_dict(splits.table.to_dict()) == splits.table


def test_rows_are_held_out_each_by_a_chance_of_its_own():
    first, longer = private_loading.held_out(1_000, 0.2, 5), private_loading.held_out(1_001, 0.2, 5)
    np.testing.assert_array_equal(first, longer[:-1])
    assert first.mean() == pytest.approx(0.2, abs=0.04)


def test_each_row_is_in_a_batch_by_one_chance_and_conditions_of_generated_rows_come_from_counts(splits):
    table = splits.table
    rows = np.arange(splits.count, dtype=np.float32)[:, None] * np.ones(table.row_dim, np.float32)
    drawn = poisson.PoissonRows(table, rows, np.arange(splits.count), 3)
    sizes, seen, codes = [], np.zeros(splits.count), []
    first = [place for place, _ in table.blocks].index(0)  # of `kind`
    for number in range(200):
        batch, chosen, present, asked, of_asked, _ = drawn.draw(0, number)
        there = batch[present, 0].astype(int)
        assert len(set(there)) == len(there)
        assert (chosen.sum(axis=1) == 1).all()
        sizes.append(len(there))
        seen[there] += 1
        codes.append(asked[of_asked[:, first], first])
    rate = table.privacy.rate
    assert np.mean(sizes) == pytest.approx(rate * splits.count, abs=4 * math.sqrt(100 / 200))
    assert np.std(sizes) == pytest.approx(math.sqrt(rate * (1 - rate) * splits.count), rel=0.2)
    assert seen.var() == pytest.approx(200 * rate * (1 - rate), rel=0.2)  # of independent draws
    shares = np.bincount(np.concatenate(codes).astype(int), minlength=3) / len(np.concatenate(codes))
    counts = np.array(table.column("kind").counts)
    np.testing.assert_allclose(shares, counts / counts.sum(), atol=0.03)
    for again, one in zip(drawn.draw(0, 7), drawn.draw(0, 7), strict=True):
        np.testing.assert_array_equal(again, one)
    assert (drawn.draw(0, 7)[5] != drawn.draw(1, 7)[5]).all()


def test_a_batch_has_room_for_more_rows_than_ever_come(splits):
    room = poisson.room_for(splits.table.privacy)
    assert 100 + 7 * math.sqrt(100) < room < 100 + 14 * math.sqrt(100)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0.0}, "epsilon above 0, at most 100. Received: epsilon=0.0"),
        ({"epsilon": float("nan")}, "Received: epsilon=nan"),
        ({"epsilon": 101}, "Received: epsilon=101"),
        ({"delta": 1.0}, "delta above 0, at most 0.1. Received: delta=1.0"),
        ({"delta": 1e-3}, "delta below one over the number of rows"),
        ({"private_epochs": None}, "private_epochs, the passes over the data that epsilon pays for"),
        ({"private_epochs": 0}, "private_epochs >= 1"),
        ({"joint": 0.5}, "joint=0 with epsilon"),
        ({"numbers": "ranks"}, "numbers='modes' with epsilon"),
        ({"constraints": "stars unique"}, "constraints=None with epsilon"),
        ({"secret": -1}, "secret >= 0"),
        ({"validation_split": 1.0}, r"validation_split in \[0, 1\)"),
        ({"epsilon": 0.05}, "rows or more for this epsilon. Received: about"),
    ],
)
def test_what_means_nothing_or_leaves_nothing_is_refused(options, message):
    with pytest.raises((kgan.data.DataError, ValueError), match=message):
        loaded(**options)


def test_a_column_without_a_value_that_many_share_is_refused():
    rows = frame()[["paid"]].assign(name=[f"name {number}" for number in range(COUNT)])
    with pytest.raises(kgan.data.DataError, match="cells in the column 'name' that many rows share"):
        loaded(rows)


def test_a_batch_of_more_rows_than_there_are_is_refused():
    with pytest.raises(kgan.data.DataError, match="batch_size of at most the training rows"):
        kgan.data.load_table(frame()[["paid"]], 10_000, epsilon=5.0, private_epochs=1, joint=0.0, numbers="modes")


def test_without_dp_accounting_it_says_what_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "dp_accounting", None)
    with pytest.raises(kgan.data.DataError, match=r"pip install 'kgan\[privacy\]'"):
        loaded()


def test_a_forged_privacy_is_refused(splits):
    content = {**dataclasses.asdict(splits.table.privacy), "steps": "many"}
    with pytest.raises(ValueError, match="privacy.steps='many', where int was due"):
        kgan.data.Table.from_dict({**splits.table.to_dict(), "privacy": content})
