"""`kgan sample` of a bundle that writes molecules, and options that these have no use for."""

import pytest

import kgan
import molecule_games
from commands import kgan as command


@pytest.fixture(scope="module")
def bundle():
    return molecule_games.bundle()


def test_molecules_are_written_and_counted(bundle, tmp_path):
    out = tmp_path / "out.smi"
    done = command("sample", bundle, "--count", 30, "--seed", 4, "--out", out)
    assert done.code == 0, done.err
    assert done.out.startswith(f"30 molecules of seed 4 in {out}, ")
    assert len(out.read_text().splitlines()) == 30
    done = command("sample", bundle, "--count", 10, "--seed", 4, "--valid", "--out", out)
    assert done.code == 0, done.err
    assert done.out.strip() == f"10 molecules of seed 4 in {out}, all of which rdkit parses"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--out", "x.png"), "Expected --out to end in .smi"),
        (("--each", "drawn"), "Received: --each drawn. Leave it out."),
        (("--labels", "3", "--out", "x.smi"), "Received: --labels 3. Leave it out."),
        (("--where", "a=b", "--out", "x.smi"), "Leave it out."),
        (("--truncation-psi", "0.5", "--out", "x.smi"), "Received: --truncation-psi 0.5. Leave it out."),
    ],
)
def test_what_molecules_have_no_use_for_is_refused(bundle, tmp_path, monkeypatch, typed, words):
    monkeypatch.chdir(tmp_path)
    done = command("sample", bundle, *typed)
    assert done.code == 2
    assert words in done.err
    assert not list(tmp_path.iterdir())


def test_valid_is_for_molecules_alone(tmp_path):
    gan = kgan.GAN(
        kgan.architectures.mlp_generator((2,), latent_dim=2, width=4),
        kgan.architectures.mlp_discriminator((2,), width=4),
    )
    points = kgan.export.save(gan, tmp_path / "points", formats=("onnx",))
    done = command("sample", points, "--valid", "--out", tmp_path / "x.npy")
    assert done.code == 2
    assert "for a bundle that writes molecules" in done.err
