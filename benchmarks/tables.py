"""What drawn rows are worth: kgan beside PyPI's ctgan, a Gaussian copula, SMOTE and the table itself.

python benchmarks/tables.py diamonds.csv --target price --cache FOLDER --ctgan ENVIRONMENT/bin/python
python benchmarks/tables.py diamonds.csv --target price --cache FOLDER --ways kgan copula --seconds 60 --seeds 1
python benchmarks/tables.py diamonds.csv --target price --cache FOLDER --ways kgan --seeds 1 --first 2

A fifth of the rows, 10,000 at most, is held out. kgan and ctgan train for `--seconds` of processor time each, then
draw as many rows as they learned from; `--ctgan` names the Python of an environment that has it
(`pip install ctgan==0.12.1`). Drawn rows are kept in the cache. Each line of the table is the mean over seeds; `real`
has training rows in their place. Seconds are of the processor, and so are rows a second.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
from peers import copula

import kgan
from kgan.balancing.smote import smote
from kgan.evaluation.of_tables.leaks import leaks
from kgan.metrics import tables
from kgan.metrics.tables.coverages import coverage_of
from kgan.metrics.tables.learning import detector_of, usefulness_of
from kgan.metrics.tables.likeness import shapes_of, trends_of

WAYS = ("real", "kgan", "ctgan", "copula", "smote")
_MOST_HELD_OUT = 10_000
_FEW = 20  # different numbers up to which a column is one of values, as kgan takes it
_HERE = Path(__file__).parent


def drawn_by_kgan(train: pd.DataFrame, seconds: float, seed: int) -> tuple[pd.DataFrame, dict]:
    """Rows of the recipe `tabular`, and what they took.

    Its rates fall over the planned epochs, so that an epoch is timed before as many are planned as there is time for.
    """

    def trained(epochs: int) -> tuple[kgan.Tabular, float, float]:
        """A model, and what its first epoch took, and all."""
        begun = time.process_time()
        recipe = kgan.recipes.get("tabular").changed({"epochs": epochs})
        splits = kgan.data.load_table(train, recipe.batch_size, **{**recipe.data, "validation_split": 0.0}, seed=seed)
        model = recipe.build(splits, seed=seed)
        model.fit(splits, epochs=1, verbose=0)
        first = time.process_time() - begun
        if epochs > 1:
            model.fit(splits, epochs=epochs, initial_epoch=1, verbose=0)
        return model, first, time.process_time() - begun

    _, first, whole = trained(3)
    epochs = 1 + max(0, int((seconds - first) / max((whole - first) / 2, 1e-3)))
    model, _, took = trained(epochs)
    begun = time.process_time()
    drawn = model.sample(len(train), seed=seed)
    return drawn, {"epochs": epochs, "training_s": took, "drawing_s": time.process_time() - begun}


def drawn_by_ctgan(
    python: str, source: Path, out: Path, discrete: list[str], count: int, seconds: float, seed: int
) -> dict:
    """Writes rows of ctgan, and says what they took."""
    command = [python, str(_HERE / "peers" / "ctgan_rows.py"), str(source), str(out), "--discrete", *discrete]
    command += ["--count", str(count), "--seconds", str(seconds), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def between_rows(rows: tables.MixedRows, count: int, seed: int) -> tables.MixedRows:
    """Rows of SMOTE where all are of one class."""
    one = rows._replace(codes=np.pad(rows.codes, ((0, 0), (0, 1))), unordered=(*rows.unordered, ""))
    made = smote(one, "", {0: count}, np.random.default_rng(seed))
    return rows._replace(numbers=made.numbers[rows.rows :], codes=made.codes[rows.rows :, :-1])


def figures(train: tables.MixedRows, test: tables.MixedRows, drawn: tables.MixedRows, target: str, seed: int) -> dict:
    """All of them, by name."""
    learned = usefulness_of(train, drawn, test, target)
    found = {
        "shapes": np.mean(list(shapes_of(test, drawn).values())),
        "trends": np.mean(list(trends_of(test, drawn).values())),
        "coverage": np.mean(list(coverage_of(test, drawn).values())),
        "detector": detector_of(test, drawn, seed).value,
        learned.score: learned.drawn,
        f"{learned.score}_of_the_table": learned.real,
    }
    return found | {one.name: one.value for one in leaks(train, test, drawn, seed)}


def discrete_of(frame: pd.DataFrame) -> list[str]:
    """The columns that are taken as values: text, booleans, and few different numbers."""
    in_order = tables.ordered_columns(frame)
    return [name for name in frame if name not in in_order or frame[name].nunique() <= _FEW]


def speeds(took: dict, learned: int, drawn: int) -> dict:
    """Rows a second in training and in drawing, of what took so long."""
    found = {"drawn_rows_s": drawn / took["drawing_s"]}
    if "training_s" in took:
        found["trained_rows_s"] = took["epochs"] * learned / took["training_s"]
    return found


def main(
    source: str, target: str, cache: Path, ways: list[str], seconds: float, seeds: int, first: int, ctgan: str | None
) -> None:
    """Draws what is not in the cache, measures, and prints the table."""
    cache.mkdir(parents=True, exist_ok=True)
    frame, name = pd.read_csv(source), Path(source).stem
    order = np.random.default_rng(7).permutation(len(frame))
    held_out = min(_MOST_HELD_OUT, len(frame) // 5)
    test, train = (frame.iloc[part].reset_index(drop=True) for part in (order[:held_out], order[held_out:]))
    discrete = [one for one in discrete_of(train) if one != target or target not in tables.ordered_columns(train)]
    ordered = [one for one in frame if one not in discrete]
    rows = {}
    for way in ways:
        found = []
        for seed in range(first, first + seeds):
            kept = cache / f"{name}-{way}-{seconds:g}s-{seed}.csv"
            if way in ("kgan", "ctgan") and not kept.exists():
                if way == "kgan":
                    made, took = drawn_by_kgan(train, seconds, seed)
                    made.to_csv(kept, index=False)
                else:
                    whole = cache / f"{name}-train.csv"
                    train.to_csv(whole, index=False)
                    took = drawn_by_ctgan(ctgan, whole, kept, discrete, len(train), seconds, seed)
                kept.with_suffix(".json").write_text(json.dumps(took))
            made = pd.read_csv(kept)[list(frame)] if way in ("kgan", "ctgan") else train
            real, unseen, drawn = tables.mixed_rows(train, test, made, ordered=ordered)
            begun, took = time.process_time(), {}
            if way in ("copula", "smote"):
                drawn = (copula.draw if way == "copula" else between_rows)(real, len(train), seed)
                took = {"drawing_s": time.process_time() - begun}
            elif way != "real":
                took = json.loads(kept.with_suffix(".json").read_text())
            took |= speeds(took, len(train), len(train)) if took else {}
            found.append({**figures(real, unseen, drawn, target, seed), **took})
            print(json.dumps({"way": way, "seed": seed, **{key: float(value) for key, value in found[-1].items()}}))
        rows[way] = pd.DataFrame(found).mean()
    table = pd.DataFrame(rows).T
    print("\n| rows of | " + " | ".join(table.columns) + " |")
    print("| --- |" + " --- |" * len(table.columns))
    for way, values in table.iterrows():
        print(f"| {way} | " + " | ".join("" if np.isnan(one) else f"{one:.4g}" for one in values) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", help="a CSV file")
    parser.add_argument("--target", required=True, help="the column that is learned from drawn rows")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--seconds", type=float, default=300.0, help="of processor time")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--ctgan", help="the Python of an environment that has ctgan")
    asked = parser.parse_args()
    if "ctgan" in asked.ways and asked.ctgan is None:
        parser.error("Expected --ctgan for the way 'ctgan'. Name a Python that has it, or leave the way out by --ways.")
    main(**vars(asked))
