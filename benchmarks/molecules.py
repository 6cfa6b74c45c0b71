"""What a game adds to a language model of molecules, by MOSES's figures, beside reals.

    python benchmarks/molecules.py --cache found --data molecules.smi --seeds 0 1 2
    python benchmarks/molecules.py --cache found --seeds 0 --minutes 2        # MOSES's own data, where molsets is there

All rows are trained for the same processor time (`--minutes`, one thread, without loading and compiling) on the same
molecules, with networks of one size:

- `characters, LSTM`: a recurrent language model of symbols, as MOSES's CharRNN, an LSTM in kgan's tokens where nothing
  is merged, with as many weights in its cell as the GRU of the others;
- `language model`: pieces of SMILES, `kgan.Molecules` that is pre-trained throughout;
- `game, weight w`: half of the time the language model, the same as that of the row above; then the game, in which the
  likelihood counts `w` times;
- `reals`: training molecules in the place of drawn ones.

In all of them the generator's learning rate falls at half of the time, as the recipe has it where its game begins: no
row is ahead by its rate alone.

Each row is kept in the cache as JSON, with the drawn molecules beside it, and is made once. Figures are of as many
drawn molecules as `--draw` says, against as many held-out ones.
"""

import argparse
import gzip
import importlib.util
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REALS, CHARACTERS, LANGUAGE = "reals", "characters, LSTM", "language model"
OF_LSTM = 0.85  # of the width of a GRU: an LSTM then has as many weights
COLUMNS = {
    "validity": "valid",
    "uniqueness": "unique",
    "novelty": "new",
    "internal_diversity": "diversity",
    "qed": "QED",
    "descriptor_distance": "Frechet distance, descriptors",
    "logP": "logP apart",
    "SA": "SA apart",
    "weight": "weight apart",
    "nearest_similarity": "nearest",
}


def molecules_of(asked: argparse.Namespace) -> list[str]:
    """SMILES of a file, or of MOSES's training data."""
    if asked.data is not None:
        lines = asked.data.read_text().split()
        return lines[: asked.molecules]
    found = importlib.util.find_spec("moses")
    if found is None or found.origin is None:
        raise SystemExit("Expected --data FILE, a molecule in a line. Received: none, and molsets is not installed.")
    path = Path(found.origin).parent / "dataset" / "data" / "train.csv.gz"
    with gzip.open(path, "rt") as file:
        lines = [line.partition(",")[0] for line in file][1:]
    return lines[:: max(1, len(lines) // asked.molecules)][: asked.molecules]


def compiled(asked: argparse.Namespace, splits: Any, seed: int, weight: float = 1.0, **others: Any) -> Any:
    """The recipe's model for these data, with other settings of its generator."""
    import kgan
    from kgan.models import kind

    changed = {"generator.width": asked.width, "objectives.likelihood.weight": weight, "batch_size": asked.batch}
    changed |= {f"generator.{name}": value for name, value in others.items()}
    recipe = kgan.recipes.get("smiles").changed(changed)
    return kind.named(recipe.kind).build(recipe, splits, seed)


def writing(model: Any, begins: bool) -> Any:
    """The model as a language model, at the learning rate that the recipe has before its game, or that of the game."""
    import kgan

    factor = kgan.recipes.get("smiles").callbacks["pretraining"]["learning_rate_factor"] if begins else 1.0
    model.pretrain("likelihood", learning_rate_factor=factor)
    return model


def trained(model: Any, splits: Any, seconds: float) -> tuple[int, float]:
    """Trains for so much processor time; returns steps and seconds."""
    batches = iter(splits.train.repeat())
    model.train_on_batch(next(batches))  # which compiles
    steps, began = 1, time.process_time()
    while time.process_time() - began < seconds:
        model.train_on_batch(next(batches))
        steps += 1
    return steps, time.process_time() - began


def figures(drawn: Sequence[str], training: Sequence[str], held_out: Sequence[str]) -> dict[str, float]:
    """MOSES's figures of drawn molecules."""
    from kgan.metrics import molecules as measures

    found = {
        "validity": measures.validity(drawn),
        "uniqueness": measures.uniqueness(drawn),
        "novelty": measures.novelty(drawn, training),
        "internal_diversity": measures.internal_diversity(drawn),
        "qed": float(measures.properties(drawn, "QED").mean()),
        "descriptor_distance": measures.descriptor_distance(drawn, held_out),
        "nearest_similarity": measures.nearest_similarity(drawn, held_out),
    }
    return found | {name: measures.property_distance(drawn, held_out, name) for name in ("logP", "SA", "weight")}


class Rows:
    """Makes the rows of one seed that the cache does not have."""

    def __init__(self, asked: argparse.Namespace, smiles: Sequence[str], seed: int):
        self.asked, self.smiles, self.seed = asked, smiles, seed

    def splits(self, tokens: int, longest: int) -> Any:
        """The molecules in so many tokens; the same are held out whatever the tokens."""
        import kgan

        options = {"tokens": tokens, "longest": longest, "validation_split": 0.1, "seed": 0}
        return kgan.data.load_molecules(list(self.smiles), self.asked.batch, **options)

    def make(self) -> None:
        """All of them."""
        wanted = [name for name in names(self.asked) if kept(self.asked, name, self.seed) is None]
        if not wanted:
            return
        splits = self.splits(self.asked.tokens, 32)
        parts = [
            [one for codes in part.as_numpy_iterator() for one in splits.vocabulary.decode(codes)]
            for part in (splits.train, splits.validation)
        ]
        training, held_out = parts[0], spread(parts[1], self.asked.draw)  # files may be sorted
        seconds = 60.0 * self.asked.minutes
        if REALS in wanted:
            self.keep(REALS, training[: self.asked.draw], (training[self.asked.draw :], held_out), {})
        if CHARACTERS in wanted:
            spelled = self.splits(2, 64)
            width = round(OF_LSTM * self.asked.width)
            model = compiled(self.asked, spelled, self.seed, cell="lstm", width=width)
            spent = trained(writing(model, begins=True), spelled, seconds / 2)
            spent = added(spent, trained(writing(model, begins=False), spelled, seconds / 2))
            self.measure(CHARACTERS, model, (training, held_out), spent)
        if set(wanted) - {REALS, CHARACTERS}:
            self.from_half(wanted, splits, (training, held_out), seconds / 2)

    def from_half(self, wanted: Sequence[str], splits: Any, known: tuple, seconds: float) -> None:
        """The language model of half of the time, and what goes on from it."""
        model = compiled(self.asked, splits, self.seed)
        spent = trained(writing(model, begins=True), splits, seconds)
        half = [network.get_weights() for network in (model.generator, model.ema_generator)]
        for weight in self.asked.weights:
            if game_of(weight) in wanted:  # with optimizers that begin afresh, as `Pretraining` has it
                game = compiled(self.asked, splits, self.seed, weight)
                for network, weights in zip((game.generator, game.ema_generator), half, strict=True):
                    network.set_weights(weights)
                self.measure(game_of(weight), game, known, added(spent, trained(game, splits, seconds)))
        if LANGUAGE in wanted:
            self.measure(LANGUAGE, model, known, added(spent, trained(writing(model, begins=False), splits, seconds)))

    def measure(self, name: str, model: Any, known: tuple, spent: tuple[int, float]) -> None:
        """Draws and measures."""
        cost = {"steps": spent[0], "seconds": spent[1], "parameters": int(model.network().count_params())}
        self.keep(name, model.sample(self.asked.draw, seed=self.seed), known, cost)

    def keep(self, name: str, drawn: Sequence[str], known: tuple, cost: dict[str, float]) -> None:
        """Writes a row into the cache."""
        path = path_of(self.asked, name, self.seed)
        path.with_suffix(".smi").write_text("\n".join(drawn) + "\n")
        content = {"settings": settings(self.asked, self.seed), "figures": figures(drawn, *known), **cost}
        path.write_text(json.dumps(content, indent=1))
        print(f"{name}, seed {self.seed}: {content['figures']}", flush=True)


def names(asked: argparse.Namespace) -> list[str]:
    """The rows of one seed."""
    return [REALS, CHARACTERS, LANGUAGE, *map(game_of, asked.weights)]


def spread(smiles: Sequence[str], count: int) -> Sequence[str]:
    """So many molecules, from all over the list."""
    return smiles[:: max(1, len(smiles) // count)][:count]


def game_of(weight: float) -> str:
    """The row of a game with that weight of the likelihood."""
    return f"game, weight {weight:g}"


def added(some: tuple[int, float], others: tuple[int, float]) -> tuple[int, float]:
    """Steps and seconds of both."""
    return some[0] + others[0], some[1] + others[1]


def settings(asked: argparse.Namespace, seed: int) -> dict[str, Any]:
    """What a row depends on beside its name."""
    return {
        "data": None if asked.data is None else asked.data.name,
        "seed": seed,
        **{name: getattr(asked, name) for name in ("molecules", "minutes", "width", "tokens", "batch", "draw")},
    }


def path_of(asked: argparse.Namespace, name: str, seed: int) -> Path:
    """Of what one row came to."""
    return asked.cache / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}.json"


def kept(asked: argparse.Namespace, name: str, seed: int) -> "dict[str, Any] | None":
    """What a row with these settings came to; `None` where none was made."""
    path = path_of(asked, name, seed)
    found = json.loads(path.read_text()) if path.exists() else {}
    return found if found.get("settings") == settings(asked, seed) else None


def table(asked: argparse.Namespace) -> None:
    """Prints all that is in the cache: the mean over seeds, and the range where there are several."""
    print(f"| | seeds | steps | {' | '.join(COLUMNS.values())} |\n{'| --- ' * (3 + len(COLUMNS))}|")
    for name in names(asked):
        rows = [row for seed in asked.seeds if (row := kept(asked, name, seed)) is not None]
        if not rows:
            continue
        cells = [
            name,
            str(len(rows)),
            f"{statistics.mean(row['steps'] for row in rows):,.0f}" if "steps" in rows[0] else "",
        ]
        for column in COLUMNS:
            values = [row["figures"][column] for row in rows]
            spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.3f}{spread}")
        print(f"| {' | '.join(cells)} |")


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--cache", type=Path, required=True, help="a folder for the rows")
    found.add_argument("--data", type=Path, help="SMILES, a molecule in a line; MOSES's training data without it")
    found.add_argument("--molecules", type=int, default=60_000, help="how many of them")
    found.add_argument("--seeds", type=int, nargs="+", default=[0])
    found.add_argument("--minutes", type=float, default=5.0, help="of processor time that each row is trained for")
    found.add_argument("--weights", type=float, nargs="*", default=[1.0], help="of the likelihood in the game")
    found.add_argument("--width", type=int, default=512)
    found.add_argument("--tokens", type=int, default=256)
    found.add_argument("--batch", type=int, default=128)
    found.add_argument("--draw", type=int, default=3_000, help="molecules to measure")
    return found


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Makes what is not in the cache, prints the table."""
    asked = parser().parse_args(arguments)
    asked.cache.mkdir(parents=True, exist_ok=True)
    smiles = molecules_of(asked)
    for seed in asked.seeds:
        Rows(asked, smiles, seed).make()
    table(asked)


if __name__ == "__main__":
    main()
