"""`kgan sample` of a bundle that makes rows: conditions, files, and options that rows have no use for."""

import csv

import pytest

import kgan
import table_games
from commands import kgan as command


@pytest.fixture(scope="module")
def bundle():
    return table_games.bundle()


def test_rows_hold_what_is_typed(bundle, tmp_path):
    out = tmp_path / "rows.csv"
    where = ("--where", "cut=Ideal,Good", "--where", "size=1..2", "--where", "price=")
    done = command("sample", bundle, "--count", 30, "--seed", 4, *where, "--out", out)
    assert done.code == 0, done.err
    assert done.out.startswith(f"30 rows of seed 4 in {out}")
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert all(row["cut"] in ("Ideal", "Good") and 1 <= float(row["size"]) <= 2 and not row["price"] for row in rows)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--where", "cut=Idael", "--out", "x.csv"), "Did you mean 'Ideal'?"),
        (("--where", "cut", "--out", "x.csv"), "Expected --where COLUMN=VALUE. Received: cut"),
        (("--out", "x.png"), "Expected --out to end in .csv"),
        (("--each", "drawn"), "Received: --each drawn. Leave it out."),
        (("--labels", "3", "--out", "x.csv"), "Received: --labels 3. Leave it out."),
        (("--truncation-psi", "0.5", "--out", "x.csv"), "Received: --truncation-psi 0.5. Leave it out."),
    ],
)
def test_what_rows_have_no_use_for_is_refused(bundle, tmp_path, monkeypatch, typed, words):
    monkeypatch.chdir(tmp_path)
    done = command("sample", bundle, *typed)
    assert done.code == 2
    assert words in done.err
    assert not list(tmp_path.iterdir())


def test_conditions_on_columns_are_for_tables_alone(tmp_path):
    gan = kgan.GAN(
        kgan.architectures.mlp_generator((2,), latent_dim=2, width=4),
        kgan.architectures.mlp_discriminator((2,), width=4),
    )
    points = kgan.export.save(gan, tmp_path / "points", formats=("onnx",))
    done = command("sample", points, "--where", "cut=Ideal", "--out", tmp_path / "x.npy")
    assert done.code == 2
    assert "for a bundle that makes rows of a table" in done.err
