"""The published families in `benchmarks/train.py`: the same game on the same networks in kgan and in PyTorch."""

import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PROGRAMS = ("family_rows", "pairing", "kgan_family", "torch_family", "torch_residual", "torch_stylegan2")
NO_TORCH = "PyTorch is not installed: pip install torch==2.13.0"


@pytest.fixture
def program(monkeypatch):
    """A program of a contender by name, as a module."""
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    yield importlib.import_module
    for name in PROGRAMS:
        sys.modules.pop(name, None)


@pytest.mark.slow
def test_kgan_plays_every_family_on_as_many_parameters_as_the_row_says(program):
    families, kgan_family = program("family_rows"), program("kgan_family")
    for family in families.FAMILIES.values():
        gan = kgan_family.compiled(family, "off")
        families.check_parameters(
            family, kgan_family.trainable(gan.generator), kgan_family.trainable(gan.discriminator)
        )


def test_pytorch_plays_every_family_on_as_many_parameters_as_the_row_says(program):
    pytest.importorskip("torch", reason=NO_TORCH)
    families, torch_family = program("family_rows"), program("torch_family")
    for family in families.FAMILIES.values():
        images = np.zeros((family.batch, family.size, family.size, family.channels), np.uint8)
        torch_family.main(family, images, "eager", "channels_last")  # ends the program where they differ


def test_networks_of_another_size_end_the_program(program):
    families = program("family_rows")
    family = families.FAMILIES["SAGAN 32 x 32 x 3"]
    with pytest.raises(SystemExit, match=r"Expected sagan with 373,892 and 68,130 .* Received: 373,892 and 68,131\."):
        families.check_parameters(family, 373_892, 68_131)


def test_a_family_that_is_no_row_is_refused_by_name(program):
    with pytest.raises(ValueError, match=r"Expected one of SNGAN .* Received: 'SNGAN 64'\."):
        program("family_rows").named("SNGAN 64")


def test_the_low_pass_filter_of_pytorchs_stylegan2_is_kgans(program):
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    from kgan import layers

    networks = program("torch_stylegan2")
    x = np.random.default_rng(0).normal(size=(2, 6, 4, 3)).astype("float32")
    pairs = [
        (networks.Filter(padding=1, stride=2), layers.Blur2D(padding=1, strides=2)),
        (networks.Filter(padding=2), layers.Blur2D(padding=2)),
        (networks.Filter(padding=1, stride=2, doubles=True, gain=4.0), layers.BlurredUpsample2D()),
    ]
    for theirs, mine in pairs:
        found = theirs(torch.from_numpy(x.transpose(0, 3, 1, 2))).numpy().transpose(0, 2, 3, 1)
        np.testing.assert_allclose(found, np.array(mine(x)), atol=1e-6)


def test_the_deviation_of_pytorchs_stylegan2_is_kgans(program):
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    from kgan import layers

    x = np.random.default_rng(0).normal(size=(8, 4, 4, 3)).astype("float32")
    found = program("torch_stylegan2").Deviation()(torch.from_numpy(x.transpose(0, 3, 1, 2))).numpy()
    mine = np.array(layers.MinibatchStandardDeviation(4)(x))
    np.testing.assert_allclose(found.transpose(0, 2, 3, 1), mine, atol=1e-6)


@pytest.mark.slow
def test_a_family_is_timed_beside_pytorch(monkeypatch, capsys):
    pytest.importorskip("torch", reason=NO_TORCH)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "peers", raising=False)  # the tests have a module of that name, too
    train = importlib.import_module("train")
    monkeypatch.setattr(train, "PROBES", 1)
    options = ["--rounds", "1", "--seconds", "0", "--games", "SAGAN", "--torch-python"]
    contenders = ["--contenders", "kgan,PyTorch eager"]
    monkeypatch.setattr(sys, "argv", ["train.py", *options, sys.executable, *contenders])
    try:
        train.main()
    finally:
        for name in [one for one in sys.modules if one.partition(".")[0] in ("peers", "train")]:
            del sys.modules[name]
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["| SAGAN 32 x 32 x 3", "kgan"], ["| SAGAN 32 x 32 x 3", "PyTorch eager"]]
    assert all(math.isfinite(float(row[3])) for row in rows)
