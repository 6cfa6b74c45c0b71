"""How fast kgan trains: against the script that everybody copies, against PyTorch, and against the machine itself.

    python benchmarks/train.py --rounds 5

Each contender is a process of its own, and all play the same game: the same networks, batch, optimizer and images. They
take turns, so that a machine whose speed drifts slows all alike; ratios are worked out turn by turn, and their medians
printed. Published families, and games that map pictures to pictures, are played beside PyTorch alone, on networks of as
many parameters, which each contender checks at its start. PyTorch runs in an environment of its own, made on first use
(`--torch-python` names another).

"Of the machine" is the share of its matrix-product rate: the multiplications and additions that kgan's iteration cannot
do without, over its time, over the rate of `tf.matmul` on 2,048 x 2,048 float32 in the same round; others have none.
"""

import argparse
import statistics
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from peers.family_rows import FAMILIES
from peers.pair_rows import MAPPINGS
from peers.pairing import GAMES, MATRIX_SIDE, Game
from told_process import ToldProcess

HERE = Path(__file__).parent
TORCH = "torch==2.13.0"
PROBES = 4  # iterations that settle how many make a turn

CONTENDERS = {
    "kgan": ("kgan_fit.py",),
    "kgan with XLA": ("kgan_fit.py", "--xla", "on"),
    "plain Keras": ("plain_keras.py",),
    "PyTorch eager": ("torch_script.py", "--mode", "eager", "--layout", "channels_last"),
    "PyTorch eager NCHW": ("torch_script.py", "--mode", "eager", "--layout", "contiguous"),
    "PyTorch compile": ("torch_script.py", "--mode", "compile", "--layout", "channels_last"),
}


def of_others(kgan: str, torch: str) -> dict[str, tuple[str, ...]]:
    """The contenders of other games; the script that everybody copies is none of these."""
    return {
        name: (program[0].replace("kgan_fit", kgan).replace("torch_script", torch), *program[1:])
        for name, program in CONTENDERS.items()
        if name != "plain Keras"
    }


ROWS = {**GAMES, **FAMILIES, **MAPPINGS}
OF_FAMILIES = of_others("kgan_family", "torch_family")
OF_MAPPINGS = of_others("kgan_pairs", "torch_pairs")


class Contender(ToldProcess):
    """A process that plays as many iterations as it is told.

    Attributes:
        first: Seconds from its start to the end of its first iteration: imports, networks, compilation.
    """

    def __init__(self, python: str, program: Sequence[str], argument: str, **environment: str):
        super().__init__(python, program[0], (argument, *program[1:]), **environment)

    def play(self, iterations: int) -> float:
        """The seconds of one iteration, over so many."""
        return self._tell(str(iterations))["seconds"] / iterations

    def end(self) -> float:
        """Ends the process; its peak memory in MB."""
        self._process.stdin.close()
        peak = self._answer()["peak"]
        self._wait()
        return peak


def work(game: Game) -> float:
    """Floating-point operations of the convolutions and products of one iteration, a multiply-add counted as two.

    A layer costs its products once forwards, once for the gradient of its input and once for that of its kernel. A
    generator's turn takes all three of the generator, and of the discriminator the two that lead to the samples; a
    discriminator's turn takes the discriminator's forwards and kernel gradients, and, but for the first layer, those of
    its inputs, on reals and samples. A gradient penalty differentiates to the images and back again: through both
    passes where the logits count too; at points of its own through the second alone, because rectifiers do not bend.
    """
    sides = [game.size // 2**stage for stage in range(1, game.stages + 1)]
    channels = [game.channels, *game.filters]
    convolutions = [
        2.0 * side**2 * 16 * before * after for side, before, after in zip(sides, channels, channels[1:], strict=False)
    ]
    grid = sides[-1] ** 2 * game.filters[-1]
    discriminator, first = sum(convolutions) + 2.0 * grid, convolutions[0]
    generator, dense = sum(convolutions) + 2.0 * grid * game.latent_dim, 2.0 * grid * game.latent_dim
    # Slopes take a pass to the images, and the three products of both passes once more.
    turn = 2 * (6 * discriminator if game.zero_centred else 3 * discriminator - first)
    if game.wasserstein:  # forwards and to the images at the points between, and two products of the latter once more
        turn += 4 * discriminator
    turns = game.discriminator_steps * turn + (game.discriminator_steps - 1) * generator
    return game.batch * (turns + 3 * generator - dense + 2 * discriminator)


def torch_python() -> str:
    """The interpreter of PyTorch's environment, made where there is none yet."""
    folder = HERE / ".torch"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", TORCH, "numpy"], check=True)
    return str(python)


def compare(name: str, contenders: Sequence[str], python: str, rounds: int, seconds: float) -> dict[str, dict]:
    """Plays one game in turns; the figures of each contender."""
    programs = CONTENDERS if name in GAMES else OF_FAMILIES if name in FAMILIES else OF_MAPPINGS
    game = ROWS[name]
    started = {}
    for contender in [one for one in contenders if one in programs]:
        program = programs[contender]
        started[contender] = Contender(python if "PyTorch" in contender else sys.executable, program, name)
    machine = Contender(sys.executable, ("matrix_product.py",), name) if name in GAMES else None
    iterations = {one: max(1, round(seconds / process.play(PROBES))) for one, process in started.items()}
    turns: dict[str, list[float]] = {one: [] for one in started}
    rates = []
    for _ in range(rounds):
        if machine:
            rates.append(2.0 * MATRIX_SIDE**3 / machine.play(3))
        for one, process in started.items():
            turns[one].append(process.play(iterations[one]))
    figures = {
        one: {
            "rate": game.reals / statistics.median(times),
            "ratio": statistics.median(other / mine for other, mine in zip(times, turns["kgan"], strict=True)),
            "peak": started[one].end(),
            "first": started[one].first,
        }
        for one, times in turns.items()
    }
    if machine:
        machine.end()
        shares = [work(game) / (seconds * rate) for seconds, rate in zip(turns["kgan"], rates, strict=True)]
        figures["kgan"]["share"] = statistics.median(shares)
        figures["kgan"]["machine"] = statistics.median(rates)
    return figures


def main() -> None:
    """Plays the games, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of a turn")
    parser.add_argument("--games", help="rows whose name has this in it")
    parser.add_argument("--contenders", default=",".join(CONTENDERS), help="names with commas between; kgan among them")
    parser.add_argument("--torch-python", help="an interpreter that has PyTorch")
    arguments = parser.parse_args()
    contenders = [one for one in CONTENDERS if one in arguments.contenders.split(",")]
    python = arguments.torch_python or (torch_python() if any("PyTorch" in one for one in contenders) else "")
    print("| game | contender | images/s | kgan is faster, times | peak memory, MB | first step, s | of the machine |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in ROWS:
        if arguments.games and arguments.games not in name:
            continue
        for one, found in compare(name, contenders, python, arguments.rounds, arguments.seconds).items():
            share = f"{found['share']:.0%} of {found['machine'] / 1e9:.0f} GFLOP/s" if "share" in found else ""
            print(
                f"| {name} | {one} | {found['rate']:,.0f} | {found['ratio']:.2f} | {found['peak']:,.0f} | "
                f"{found['first']:.1f} | {share} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
