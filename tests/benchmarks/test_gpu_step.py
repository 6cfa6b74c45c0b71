"""A training step as an XLA program: what is written, and that JAX's XLA trains by it as `fit` does."""

import dataclasses
import gzip
import importlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kgan
from kgan.data.sources import digits

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
STEPS, BATCH = 50, 16


@pytest.fixture(scope="module")
def benchmark():
    """The benchmark's modules, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        patch.delitem(sys.modules, "peers", raising=False)  # the tests have a module of that name, too
        yield importlib.import_module
        for name in [name for name in sys.modules if name.partition(".")[0] in ("peers", "gpu_step", "gpu_games")]:
            del sys.modules[name]  # before the one of the tests comes back


@pytest.fixture(scope="module")
def gpu_step(benchmark):
    return benchmark("gpu_step")


def game(**compiled):
    """A small conditional-free game on digits, with an average of its generator."""
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator((28, 28, 1), latent_dim=8, width=8, seed=0),
        kgan.architectures.dcgan_discriminator((28, 28, 1), width=8, seed=1),
        seed=0,
        ema_half_life=1000,
    )
    optimizers = (keras.optimizers.Adam(2e-4, 0.0, 0.99) for _ in range(2))
    chosen = {"loss": "relativistic_pairing", "penalties": ["r1", "r2"], "jit_compile": True}
    gan.compile(*optimizers, **(chosen | compiled))
    return gan


def python_with_jax():
    """An interpreter that has JAX: this one, or another that the environment names."""
    python = os.environ.get("KGAN_JAX_PYTHON")
    if python is None and importlib.util.find_spec("jax") is None:
        pytest.skip(
            'jax is not installed: pip install "kgan[gpu-bench]" on Python 3.12 or later, or name an interpreter that '
            "has it in KGAN_JAX_PYTHON"
        )
    return python or sys.executable


def images_by_index(benchmark, images, steps):
    indices = benchmark("peers.xla_program").batch_indices(len(images), BATCH)
    return np.concatenate([images[next(indices)] for _ in range(steps)])


@pytest.fixture(scope="module")
def written(gpu_step, tmp_path_factory):
    """A game, the folder of its program, and its row."""
    folder, images, gan = tmp_path_factory.mktemp("step"), digits.read()[0][:320], game()
    np.savez_compressed(folder / "images.npz", images=images)
    row = gpu_step.write(gan, images[:BATCH], folder, "game", draws=True, images="images.npz")
    return gan, folder, row


def test_a_program_has_every_variable_of_the_step_and_says_which_result_is_its_next_value(written):
    gan, _, row = written
    following = {one["name"].split("/")[0]: one["result"] for one in row["state"]}
    assert set(following) >= {"generator", "discriminator", "ema_generator", "generator_optimizer"}
    kept = [one["name"] for one in row["state"] if one["result"] is None]
    assert all("learning_rate" in name for name in kept), kept
    moved = [one["result"] for one in row["state"] if one["result"] is not None]
    assert sorted(moved) == list(range(len(row["logs"]), len(row["logs"]) + len(moved)))
    assert set(row["logs"]) == set(gan._trackers)


def test_the_model_is_as_it_was_after_its_step_was_written(written):
    gan, _, _ = written
    assert int(gan.steps) == 0
    assert int(gan.generator_optimizer.iterations) == 0


def test_a_step_is_traced_as_on_a_gpu_with_plain_convolutions(gpu_step, written):
    _, folder, row = written
    module = gpu_step._parsed(gzip.decompress((folder / row["program"]).read_bytes()))
    operations = [one for part in module.computations for one in part.instructions]
    assert not [one.custom_call_target for one in operations if one.opcode == "custom-call"]
    strided = [
        one
        for one in operations
        if one.opcode == "convolution" and any(axis.stride > 1 for axis in one.window.dimensions)
    ]
    assert strided, "of a CPU's forms none has a stride"


def test_large_weights_are_drawn_and_not_stored_and_both_ways_are_read_alike(gpu_step, benchmark, written):
    gan, folder, row = written
    values = benchmark("peers.xla_program").initial_values(folder, row)
    assert {one["value"]["kind"] for one in row["state"]} == {"zeros", "like", "normal", "stored"}
    variables = gpu_step.named_variables(gan)
    for one in row["state"]:
        value, own = values[one["parameter"]], variables[one["name"]].numpy()
        assert value.shape == own.shape
        assert value.dtype == own.dtype
        if one["value"]["kind"] == "stored":
            np.testing.assert_array_equal(value, own)
        elif one["value"]["kind"] == "normal":
            np.testing.assert_allclose(value.std(), own.std(), rtol=0.05)


def test_a_model_whose_step_xla_does_not_compile_whole_is_refused_and_nothing_is_written(gpu_step, tmp_path):
    gan = game(jit_compile=False)
    with pytest.raises(ValueError, match="Expected a model whose step XLA compiles as a whole on a GPU"):
        gpu_step.write(gan, np.zeros((4, 28, 28, 1), np.uint8), tmp_path, "game")
    assert not list(tmp_path.glob("game*"))


def test_every_row_of_the_benchmark_names_a_game_of_published_networks(benchmark):
    games = benchmark("gpu_games")
    assert {row.game for row in games.ROWS.values()} == set(games.SPECS)
    json.dumps([dataclasses.asdict(spec) for spec in games.SPECS.values()])


def test_results_become_tables_with_ratios_first_steps_and_failures(benchmark):
    rows = [
        {"name": "matrix", "contender": "kgan", "tf32": True, "error": None, "matrix_tflops": {"tf32": 400.0}},
        {
            "name": "a",
            "contender": "kgan",
            "variant": "default",
            "tf32": True,
            "error": None,
            "ms": 2.0,
            "images_per_second": 32000.0,
            "peak_mb": 100.0,
            "tflops": 100.0,
            "parity": {
                "steps": 50,
                "gradients_after_1": 1e-7,
                "figures_after_1": 1e-6,
                "weights_after_1": 1e-5,
                "figures_after_50": 1e-3,
                "weights_after_50": 0.01,
            },
        },
        {"name": "a", "contender": "kgan", "variant": "tf32_off", "tf32": False, "error": None, "ms": 5.0},
    ]
    torch = [
        {"name": "a", "contender": "eager", "tf32": True, "error": None, "ms": 3.0, "peak_mb": 90.0},
        {"name": "b", "contender": "eager", "tf32": True, "error": "out of\nmemory"},
    ]
    about = {"device": "a card", "versions": {"jax": "0.11.2"}, "date": "2026-11-27"}
    text = benchmark("gpu_table").table([{**about, "rows": rows}, {**about, "rows": torch}])
    assert "| a | 2.00 | 32,000 | 100 | 100.0 | 25% | 3.00 | 90 | 1.50 |" in text
    assert "| a | on | 1.0e-07 | 1.0e-06 | 1.0e-05 | 50 | 1.0e-03 | 1.0e-02 |" in text
    assert "| a | kgan | tf32_off | 5.00 | 2.50 |" in text
    assert "- b, eager, : out of memory" in text


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [{}, {"loss": "wasserstein", "penalties": ["wgangp"], "discriminator_steps": 5}])
def test_fifty_steps_of_a_program_in_jax_are_fifty_steps_of_fit(gpu_step, benchmark, tmp_path, compiled):
    """To 5 digits in weights after one step; after 50, rounding differences have grown by Adam's division."""
    python = python_with_jax()
    images, gan = digits.read()[0][:320], game(**compiled)
    np.savez_compressed(tmp_path / "images.npz", images=images)
    gpu_step.write(gan, images[:BATCH], tmp_path, "game", images="images.npz")
    command = [python, BENCHMARKS / "peers" / "run_step.py", tmp_path, "--train", "game", "--every", "1"]
    for steps, tolerance in ((5, 1e-4), (STEPS, 2e-2)):
        saved = tmp_path / f"{steps}.npz"
        subprocess.run([*command, "--steps", str(steps), "--save", saved], check=True, capture_output=True)
        trained, by_jax = game(**compiled), game(**compiled)
        start = [weight.numpy() for weight in trained.ema_generator.weights]
        history = trained.fit(
            images_by_index(benchmark, images, steps), batch_size=BATCH, epochs=1, shuffle=False, verbose=0
        )
        gpu_step.load(by_jax, tmp_path, "game", saved)
        assert int(by_jax.steps) == steps == int(trained.steps)
        for ours, other in ((trained.generator, by_jax.generator), (trained.ema_generator, by_jax.ema_generator)):
            apart = sum(np.sum((a.numpy() - b.numpy()) ** 2) for a, b in zip(ours.weights, other.weights, strict=True))
            moved = sum(np.sum((a.numpy() - b) ** 2) for a, b in zip(ours.weights, start, strict=True))
            assert np.sqrt(apart / moved) < tolerance, steps
        with np.load(saved, allow_pickle=False) as file:
            last = dict(zip(file["figure_names"].tolist(), file["figures"][-1], strict=True))
        for name, values in history.history.items():
            np.testing.assert_allclose(last[name], values[0], rtol=10 * tolerance, atol=10 * tolerance, err_msg=name)
