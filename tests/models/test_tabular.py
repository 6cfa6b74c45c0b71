"""`kgan.Tabular`: what is asked of rows holds, seeds repeat, the step is the paper's, and saving keeps everything."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import kgan
import table_games
from kgan.data import DataError


@pytest.fixture(scope="module")
def data():
    return table_games.splits()


@pytest.fixture(scope="module")
def model():
    return table_games.trained()


CONDITIONS = [
    ({"cut": "Fair"}, lambda rows: rows["cut"] == "Fair"),
    ({"cut": ["Fair", "Good"]}, lambda rows: rows["cut"].isin(["Fair", "Good"])),
    ({"size": (9.5, 10.5)}, lambda rows: rows["size"].between(9.5, 10.5)),
    ({"size": (None, 0)}, lambda rows: rows["size"] <= 0),
    ({"size": (22.0, None)}, lambda rows: rows["size"] >= 22.0),
    ({"size": (4.5, 5.5)}, lambda rows: rows["size"].between(4.5, 5.5)),  # between the modes, where hardly a row is
    ({"price": (1_000, 1_010)}, lambda rows: rows["price"].between(1_000, 1_010)),
    ({"price": 1_234}, lambda rows: rows["price"] == 1_234),
    ({"price": None}, lambda rows: rows["price"].isna()),
    ({"sold": True}, lambda rows: rows["sold"]),
    ({"stars": (2, 3)}, lambda rows: rows["stars"].isin([2, 3])),
    ({"stars": 5}, lambda rows: rows["stars"] == 5),
    ({"day": ("2024-03-01", "2024-03-31")}, lambda rows: rows["day"].between("2024-03-01", "2024-03-31")),
    ({"day": "2024-02-29"}, lambda rows: rows["day"] == "2024-02-29"),
    (
        {
            "cut": "Ideal",
            "size": (0, 5),
            "sold": False,
            "stars": [1, 5],
            "price": (500, 600),
        },  # of which there is no row
        lambda rows: (
            (rows["cut"] == "Ideal")
            & rows["size"].between(0, 5)
            & ~rows["sold"]
            & rows["stars"].isin([1, 5])
            & rows["price"].between(500, 600)
        ),
    ),
]


@pytest.mark.parametrize(
    ("where", "holds"), CONDITIONS, ids=[str(list(one)) + str(n) for n, (one, _) in enumerate(CONDITIONS)]
)
def test_every_row_holds_what_is_asked(model, where, holds):
    rows = model.sample(600, seed=0, where=where)
    assert len(rows) == 600
    assert holds(rows).all()


def test_cells_are_of_the_kinds_of_the_table_and_within_it(model):
    rows, truth = model.sample(600, seed=1), table_games.frame()
    assert list(rows.columns) == list(truth.columns)
    assert {str(one) for one in rows.dtypes[["price", "sold", "stars"]]} == {"Int64", "bool", "int64"}
    assert set(rows["cut"]) <= set(truth["cut"])
    assert rows["size"].between(truth["size"].min(), truth["size"].max()).all()
    assert (rows["size"].round(2) == rows["size"]).all()
    assert rows["price"].isna().any()
    assert (rows["day"] == rows["day"].dt.normalize()).all()


def test_what_nothing_is_asked_of_has_the_shares_of_the_table_where_it_is_the_condition(model):
    """A third of the rows are conditioned on the cut, and have its shares whatever the generator learned."""
    rows = model.sample(6_000, seed=2)
    assert rows["cut"].value_counts(normalize=True)["Ideal"] > 0.6 / 3 - 0.02


def test_a_seed_repeats_and_the_first_rows_do_not_depend_on_how_many(model):
    where = {"size": (9.5, 10.5)}
    many, few = model.sample(700, seed=3, where=where), model.sample(7, seed=3, where=where)
    pd.testing.assert_frame_equal(many.head(7), few)
    assert not model.sample(7, seed=4, where=where).equals(few)


def test_numbers_that_no_round_gave_are_counted(model):
    taken = model.sample(50, seed=0, where={"price": (1_000, 1_001)}).attrs["taken_from_training"]
    assert set(taken) == {"price"}
    assert 1 <= taken["price"] <= 50
    assert model.sample(50, seed=0).attrs["taken_from_training"] == {}


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"where": {"cute": "Ideal"}}, "conditions on the columns .*Received: 'cute'. Did you mean 'cut'"),
        (
            {"where": {"cut": "ideal"}},
            "one of its 3 values: Ideal, Good, Fair. Received: 'ideal'. Did you mean 'Ideal'",
        ),
        ({"where": {"cut": None}}, "a value for the column 'cut', which has no missing cells"),
        ({"where": {"cut": ("Fair", "Good")}}, "a value or a list of values: its kind is category"),
        ({"where": {"size": (90, 100)}}, "a range with a value of the training data's in it"),
        ({"where": {"price": (100.2, 100.7)}}, "with 0 decimals. Received: one with none"),
        ({"where": {"price": "many"}}, "numbers of the column 'price'. Received: many"),
        ({"where": {"day": "soon"}}, "ISO dates, 2024-02-29, of the column 'day'"),
        ({"where": {"day": 5}}, "dates of the column 'day'. Received: 5"),
        ({"where": {"size": [1, 2]}}, "one number, or a pair .low, high., of the column 'size'"),
        ({"where": {"cut": []}}, "Received: an empty list"),
        ({"where": "cut=Ideal"}, "where as"),
        ({"seed": -1}, "seed between 0 and 4294967295"),
        ({"n": 0}, "n >= 1"),
    ],
)
def test_what_cannot_be_asked_is_refused(model, named, words):
    with pytest.raises(ValueError, match=words):
        model.sample(**{"n": 5, "seed": 0, **named})


def test_a_batch_is_rows_spread_out_and_the_condition_is_a_part_of_them(data, model):
    rows, chosen = next(iter(data.train))
    batch = model.batch((rows, chosen), training=True)
    first = len(data.table.continuous)
    spread, condition = model.with_parts(batch.real).numpy(), batch.conditions[0].numpy()
    assert spread.shape == (50, data.table.spread_dim)
    at = first
    for number, (_, size) in enumerate(data.table.blocks):
        block = spread[:, at : at + size]
        assert (block.argmax(axis=1) == rows.numpy()[:, first + number]).all()
        np.testing.assert_allclose(block.sum(axis=1), 1.0, atol=1e-6)
        asked = condition[:, at - first : at - first + size]
        np.testing.assert_array_equal(asked, block * chosen.numpy()[:, number, None])
        at += size


def test_training_draws_codes_by_the_probabilities_of_the_scores(data, model):
    """Gumbel's maximum: the share of each code is its softmax."""
    scores = tf.constant(np.tile(np.log([[0.2, 0.5, 0.3]]), (20_000, 1)), tf.float32)
    uniform = tf.random.stateless_uniform((20_000, 3), (0, 1), minval=1e-20)
    layer = kgan.models.row_generator.RowActivation([3])
    rows, logarithms = layer([scores, -tf.math.log(-tf.math.log(uniform))])
    shares = np.bincount(rows.numpy().argmax(axis=1), minlength=3) / 20_000
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=0.015)
    np.testing.assert_allclose(np.exp(logarithms[0]), [0.2, 0.5, 0.3], rtol=1e-5)


@pytest.mark.slow  # 60 epochs
def test_it_learns_that_columns_go_together(data):
    """Sizes of the table are near 0, 10 and 20 by the cut; those of fresh weights are not."""
    model = table_games.compiled(data, width=64)
    before = _mistaken(model)
    model.fit(data, epochs=60, verbose=0)
    assert _mistaken(model) < 0.65 * before


def _mistaken(model):
    rows = model.sample(1_000, seed=0)
    expected = rows["cut"].map({"Fair": 0.0, "Good": 10.0, "Ideal": 20.0})
    return float(((rows["size"] - expected).abs() > 5).mean())


def test_saving_keeps_table_pack_and_rows(model, tmp_path):
    model.save(tmp_path / "table.keras")
    loaded = keras.models.load_model(tmp_path / "table.keras")
    assert loaded.table == model.table
    assert loaded.pac == 5
    pd.testing.assert_frame_equal(loaded.sample(20, seed=0), model.sample(20, seed=0))


@pytest.mark.slow  # three compiled models
def test_training_goes_on_from_the_middle_of_an_epoch_to_the_bit(data, tmp_path):
    whole = table_games.compiled(data)
    whole.fit(data, epochs=2, verbose=0)

    part = table_games.compiled(data)

    class SavesAt13(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(part.steps.numpy()) == 13:
                part.save(tmp_path / "part.keras")

    part.fit(data, epochs=2, verbose=0, callbacks=[SavesAt13()])
    loaded = keras.models.load_model(tmp_path / "part.keras")
    loaded.fit(data, epochs=2, initial_epoch=1, initial_batch=4, verbose=0)
    for expected, received in zip(whole.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(received.numpy(), expected.numpy())


def test_it_fits_and_evaluates_data_frames(data):
    model = table_games.compiled(data)
    rows = table_games.frame()
    history = model.fit(rows, batch_size=50, epochs=1, validation_split=0.2, verbose=0)
    assert np.isfinite(history.history["val_generator_condition_cross_entropy_loss"]).all()
    found = model.evaluate(rows, return_dict=True, verbose=0)
    assert np.isfinite(list(found.values())).all()


def test_a_table_of_numbers_alone_needs_no_conditions():
    rows = {"a": np.random.default_rng(0).normal(size=100), "b": np.random.default_rng(1).normal(size=100)}
    data = kgan.data.load_table(rows, 20, modes=1, alone=0.0)
    model = kgan.Tabular.of(data, latent_dim=4, width=8, pac=5, seed=0)
    model.compile(loss="wasserstein", penalties=["wgangp"])
    model.fit(data, verbose=0)
    assert model.sample(10, seed=0, where={"a": (0, 1)})["a"].between(0, 1).all()


def test_a_column_of_many_values_is_conditioned_on_by_value():
    names = [f"n{number:05}" for number in range(1_500)]
    data = kgan.data.load_table({"name": names * 2, "size": range(3_000)}, 100, validation_split=0.0)
    model = kgan.Tabular.of(data, latent_dim=4, width=8, pac=5, seed=0)
    assert set(model.sample(20, seed=0, where={"name": "n01234"})["name"]) == {"n01234"}
    assert set(model.sample(500, seed=0)["name"]) <= set(names)


def test_another_table_is_refused(data, model):
    other = kgan.data.load_table({"cut": ["Fair", "Good"] * 50}, 10)
    with pytest.raises(DataError, match="the table that the model was made for.*without 'size'"):
        model.fit(other, verbose=0)
    with pytest.raises(DataError, match="without 'size'"):
        model.fit(table_games.frame().drop(columns="size"), verbose=0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"pac": 4}, "a discriminator of packs of pac=4 rows"),
        ({"generator": (3, 2)}, "a generator from latents and a condition of"),
    ],
)
def test_networks_that_do_not_fit_the_table_are_refused(data, changed, words):
    table = data.table
    shapes = {"sample_shape": (table.spread_dim,), "condition_shape": (table.condition_dim,)}
    packs = {name: (5 * shape[0],) for name, shape in shapes.items()}
    spread, condition = changed.pop("generator", (table.spread_dim, table.condition_dim))
    with pytest.raises(ValueError, match=words):
        kgan.Tabular(
            kgan.architectures.ctgan_generator((spread,), (condition,), latent_dim=4, width=8),
            kgan.architectures.ctgan_discriminator(**packs, width=8),
            table,
            **{"pac": 5, **changed},
        )


def test_a_batch_that_the_pack_does_not_divide_is_refused():
    data = table_games.splits(batch_size=52)
    with pytest.raises(ValueError, match="a batch size that pac=5 divides"):
        table_games.compiled(data).fit(data, verbose=0)


def test_what_is_no_table_is_refused():
    with pytest.raises(TypeError, match=r"what kgan.data.load_table returns. Received: a ndarray"):
        kgan.Tabular.of(np.zeros((3, 3)))


def test_the_objective_wants_a_generator_of_tables():
    gan = kgan.GAN(
        kgan.architectures.mlp_generator((2,), latent_dim=2, width=4),
        kgan.architectures.mlp_discriminator((2,), width=4),
    )
    with pytest.raises(ValueError, match="a generator with the output 'log_probabilities'"):
        gan.compile(objectives=["condition_cross_entropy"])
