"""pix2pix, CycleGAN and super-resolution in `benchmarks/train.py`: the same game in kgan and in PyTorch."""

import dataclasses
import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PROGRAMS = ("family_rows", "pair_rows", "pairing", "kgan_family", "kgan_pairs", "torch_pairs", "torch_translators")
PROGRAMS += ("torch_objectives", "step_games")
NO_TORCH = "PyTorch is not installed: pip install torch==2.13.0"


@pytest.fixture
def program(monkeypatch):
    """A program of a contender by name, as a module."""
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    yield importlib.import_module
    for name in PROGRAMS:
        sys.modules.pop(name, None)


def noise(row):
    return np.random.default_rng(0).integers(0, 256, (8, row.size, row.size, row.channels), np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pix2pix", "cyclegan", "compact"])
def test_kgan_plays_on_as_many_parameters_as_the_row_says_and_learns(program, name):
    rows, kgan_pairs = program("pair_rows"), program("kgan_pairs")
    (row,) = (one for one in rows.MAPPINGS.values() if one.name == name)
    assert kgan_pairs.counts(kgan_pairs.GAMES[name][0](row)) == row.parameters
    small = dataclasses.replace(row, size=32, generator_width=4, discriminator_width=4, convolutions=1, batch=2)
    model = kgan_pairs.compiled(small, "off")
    small = dataclasses.replace(small, parameters=kgan_pairs.counts(model))
    logs = kgan_pairs.main(small, noise(small), "off")()
    assert np.isfinite([float(one) for one in logs.values()]).all()
    assert logs["generator_loss"] > 0


def test_pytorch_plays_on_as_many_parameters_as_the_row_says(program):
    pytest.importorskip("torch", reason=NO_TORCH)
    rows, torch_pairs = program("pair_rows"), program("torch_pairs")
    for row in rows.MAPPINGS.values():
        play = torch_pairs.main(row, noise(row), "eager", "channels_last")  # ends the program where they differ
        play()


def test_a_pool_shows_what_it_keeps_and_half_of_the_time_what_came(program):
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    pool = program("torch_pairs").Pool(2)
    shown = [int(pool.exchanged(torch.full((1, 1), float(number)))) for number in range(200)]
    assert shown[:2] == [0, 1]
    assert 60 < sum(one == number for number, one in enumerate(shown)) < 140
    assert len(set(shown)) >= 198  # the first two alone may be shown again


def test_a_row_that_there_is_not_is_refused_by_name(program):
    with pytest.raises(ValueError, match=r"Expected one of pix2pix 64 .* Received: 'pix2pix 256'\."):
        program("pair_rows").named("pix2pix 256")


@pytest.mark.slow
def test_a_mapping_is_timed_beside_pytorch(monkeypatch, capsys):
    pytest.importorskip("torch", reason=NO_TORCH)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "peers", raising=False)  # the tests have a module of that name, too
    train = importlib.import_module("train")
    monkeypatch.setattr(train, "PROBES", 1)
    options = ["--rounds", "1", "--seconds", "0", "--games", "pix2pix", "--torch-python"]
    contenders = ["--contenders", "kgan,PyTorch eager"]
    monkeypatch.setattr(sys, "argv", ["train.py", *options, sys.executable, *contenders])
    try:
        train.main()
    finally:
        for name in [one for one in sys.modules if one.partition(".")[0] in ("peers", "train")]:
            del sys.modules[name]
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["| pix2pix 64 x 64 x 3", "kgan"], ["| pix2pix 64 x 64 x 3", "PyTorch eager"]]
    assert all(math.isfinite(float(row[3])) for row in rows)
