"""`benchmarks/peers/torch_step.py`: the games of `gpu_step.py` in PyTorch, on kgan's networks and with its steps."""

import dataclasses
import importlib
import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kgan

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")

PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"
PROGRAMS = {path.stem for path in PEERS.glob("*.py")}
ROW = {
    "name": "tiny",
    "batch": 4,
    "dtype": "float32",
    "size": 8,
    "channels": 1,
    "parameters": [1169, 265],
    "images": "images.npz",
    "spec": {
        "networks": "dcgan",
        "latent_dim": 8,
        "filters": [8],
        "loss": "non_saturating",
        "rates": [1e-3, 1e-3],
        "betas": [0.5, 0.9],
        "epsilon": 1e-2,  # so large that rounding does not decide where a step goes
        "ema": 0.9,
    },
}
FAMILIES = {
    "dcgan": {"loss": "relativistic_pairing", "r1": 1.0, "r2": 0.5},
    "r3gan": {"loss": "relativistic_pairing", "r1": 0.5, "r2": 0.5},
    "wgan_gp_resnet": {"loss": "wasserstein", "wgangp": 10.0, "discriminator_steps": 2},
    "stylegan2": {"max_width": 16, "r1": 1.0, "r1_every": 4, "path_length": 2.0, "path_length_every": 2},
}


@pytest.fixture
def program(monkeypatch):
    """A program of a contender by name, as a module."""
    monkeypatch.syspath_prepend(str(PEERS))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # tensors are tiny, and TensorFlow has threads of its own
    yield importlib.import_module
    torch.set_num_threads(threads)
    for name in PROGRAMS:
        sys.modules.pop(name, None)


def kgans(family: str, size: int, width: int, latent_dim: int) -> tuple[keras.Model, keras.Model]:
    """kgan's networks, for colour."""
    shape, widest = (size, size, 3), {"max_width": 16} if family == "stylegan2" else {}
    generator, discriminator = (
        getattr(kgan.architectures, f"{family}_{side}") for side in ("generator", "discriminator")
    )
    return generator(shape, latent_dim, width, **widest), discriminator(shape, width, **widest)


def counts(networks) -> tuple[int, ...]:
    return tuple(sum(int(np.prod(one.shape)) for one in network.trainable_variables) for network in networks)


def game_of(program, family: str, size: int, parameters=None, **spec):
    """A game of a family's networks, as they are read from a list."""
    counted = counts(kgans(family, size, 8, 8)) if parameters is None else parameters
    width = {"generator_width": 8, "discriminator_width": 8, "networks": family}
    width |= {"filters": [8 * 2**stage for stage in range((size // 4).bit_length() - 1)]}
    row = {**ROW, "size": size, "channels": 3, "parameters": counted, "spec": {**ROW["spec"], **width, **spec}}
    return program("step_games")._game(row)


@pytest.mark.parametrize("family", ["dcgan", "r3gan", "sngan", "sagan", "wgan_gp_resnet", "stylegan2"])
def test_pytorchs_networks_have_as_many_parameters_as_kgans_at_64_pixels(program, family):
    spec = {"max_width": 16} if family == "stylegan2" else {}
    program("torch_players").networks(game_of(program, family, 64, **spec))  # refuses others


def test_networks_of_another_number_of_parameters_are_refused(program):
    game = dataclasses.replace(game_of(program, "dcgan", 16), parameters=(1, 2))
    with pytest.raises(ValueError, match=r"Expected networks of 1 and 2 parameters for 'tiny'\. Received: "):
        program("torch_players").networks(game)


def test_a_row_without_an_entry_is_refused_by_its_name(program):
    row = {key: value for key, value in ROW.items() if key != "batch"}
    with pytest.raises(ValueError, match=r"Expected a row with batch\. Received: 'tiny' without\."):
        program("step_games")._game(row)


def test_rows_of_models_that_nobody_wrote_in_pytorch_are_left_out(program, tmp_path):
    (tmp_path / "games.json").write_text(json.dumps({"rows": [{"name": "mine", "batch": 4}, ROW]}))
    assert [game.name for game in program("step_games").read(tmp_path / "games.json")] == ["tiny"]


def test_a_loss_that_pytorchs_program_has_not_is_refused(program):
    with pytest.raises(ValueError, match=r"Expected loss of 'tiny' as one of .* Received: 'least_squares'\."):
        program("step_games")._game({**ROW, "spec": {**ROW["spec"], "loss": "least_squares"}})


@pytest.mark.parametrize("side", ["generator", "discriminator"])
def test_r3gan_in_pytorch_computes_what_kgans_does(program, side):
    networks = program("torch_r3gan")
    game = game_of(program, "r3gan", 16)
    mine = kgans("r3gan", 16, 8, 8)[side == "discriminator"]
    theirs = networks.Generator(game) if side == "generator" else networks.Discriminator(game)
    rng = np.random.default_rng(0)
    of_kgan = [rng.normal(0.0, 0.3, one.shape).astype("float32") for one in mine.trainable_variables]
    mine.set_weights(of_kgan)
    if side == "generator":
        of_kgan[:2] = of_kgan[1::-1]  # the basis, then what projects onto it
    with torch.no_grad():
        for one, value in zip(theirs.parameters(), of_kgan, strict=True):
            one.copy_(torch.from_numpy(in_pytorchs_order(value, tuple(one.shape))))
    inputs = rng.normal(size=(2, 8) if side == "generator" else (2, 16, 16, 3)).astype("float32")
    given = torch.from_numpy(inputs if inputs.ndim == 2 else inputs.transpose(0, 3, 1, 2).copy())
    found = theirs(given).detach().numpy()
    expected = np.array(mine(inputs))
    found = found.transpose(0, 2, 3, 1) if found.ndim == 4 else found
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def in_pytorchs_order(value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A weight with its axes where PyTorch has them."""
    if value.ndim == 4:  # a depthwise kernel's channels are inputs
        value = value.transpose(2, 3, 0, 1) if value.shape[3] == 1 and shape[1] == 1 else value.transpose(3, 2, 0, 1)
    elif value.ndim == 3:
        value = value.transpose(2, 0, 1)
    elif value.ndim == 2:
        value = value.T
    assert value.shape == shape
    return np.ascontiguousarray(value)


def test_the_filter_by_pools_is_the_filter_by_convolution(program):
    networks = program("torch_stylegan2")
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 3, 6, 4)).astype("float32"))
    for settings in ({"padding": 1, "stride": 2}, {"padding": 2}, {"padding": 1, "gain": 4.0}):
        layer = networks.Filter(**settings)
        torch.testing.assert_close(layer.pooled(x), layer(x))
    doubled = networks.Filter(padding=1, stride=2, doubles=True, gain=4.0)
    torch.testing.assert_close(doubled.pooled(x), doubled(x))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_step_that_is_compiled_whole_moves_weights_as_the_eager_one(program, family):
    players, whole = program("torch_players"), program("torch_whole")
    game = game_of(program, family, 16, **FAMILIES[family])
    images = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), np.uint8)
    found = []
    for player in (players.Eager, whole.Whole):
        one = player(game, images, players.Settings(), torch.device("cpu"))
        start = [weight.detach().clone() for weight in weights_of(one)]
        torch.manual_seed(1)
        for _ in range(4):
            one.play()
        assert one.is_finite()
        found.append([after.detach() - before for before, after in zip(start, weights_of(one), strict=True)])
        found[-1] += [average.detach() for average in averages_of(one)]
    assert sum(bool(moved.any()) for moved in found[0]) > 0.9 * len(found[0])  # a critic's last bias stays, say
    for eager, compiled in zip(*found, strict=True):
        torch.testing.assert_close(compiled, eager, rtol=1e-3, atol=1e-6)


def averages_of(player) -> list:
    """Those of weights; eagerly, batch normalisation counts the samples that only the discriminator sees, too."""
    return player.averaged[: len(list(player.plain_generator.parameters()))]


def weights_of(player) -> list:
    return [*player.plain_generator.parameters(), *player.plain_discriminator.parameters()]


def test_of_a_loss_without_curvature_relativistic_pairing_counts_differences_alone(program):
    objectives = program("torch_objectives")
    real, fake = torch.tensor([[2.0]]), torch.tensor([[0.0]])
    assert objectives.of_discriminator("relativistic_pairing", real, fake).item() == pytest.approx(0.126928)
    assert objectives.of_generator("relativistic_pairing", fake, real).item() == pytest.approx(2.126928)


@pytest.mark.slow
def test_the_command_times_what_it_can_and_writes_why_it_could_not(program, tmp_path):
    wrong = {**ROW, "name": "wrong", "parameters": [1, 2]}
    (tmp_path / "games.json").write_text(json.dumps({"rows": [ROW, wrong]}))
    np.savez(tmp_path / "images.npz", images=np.zeros((8, 8, 8, 1), np.uint8))
    options = ["--out", str(tmp_path / "torch.json"), "--contenders", "eager", "--seconds", "0.01"]
    program("torch_step").main([str(tmp_path / "games.json"), *options])
    tiny, wrong = json.loads((tmp_path / "torch.json").read_text())["rows"]
    assert (tiny["contender"], tiny["error"], tiny["finite"]) == ("eager", None, True)
    assert tiny["images_per_second"] == pytest.approx(4000.0 / tiny["ms"], rel=1e-2)
    assert wrong["error"].startswith("ValueError: Expected networks of 1 and 2 parameters for 'wrong'.")
