"""What epsilon costs, and what it hides: rows drawn with and without differential privacy, and attacks on both.

python benchmarks/private.py diamonds.csv --target price --cache FOLDER
python benchmarks/private.py diamonds.csv --target price --cache FOLDER --epsilons none 3 --epochs 2 --seeds 1

A model learns from `--rows` rows with the recipe `private`, for each epsilon and seed; `none` has the same networks,
and as many steps, without clipping and noise; `tabular` is the recipe of that name. As many other rows were never
seen. Two attackers tell the two kinds apart: one has drawn rows alone, and takes for a member whoever has one close
by; the other has the discriminator, and takes for a member whoever gets a high logit. An AUC of 0.5 is luck. What was
found is kept in the cache.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

import kgan
from kgan.data.tables.encoding import encoded
from kgan.metrics import tables
from kgan.metrics.tables.learning import usefulness_of
from kgan.metrics.tables.likeness import shapes_of, trends_of
from kgan.metrics.tables.privacy import membership_inference_of
from kgan.metrics.tables.singling import singling_out_of

NONE, TABULAR = "none", "tabular"
_SECRET = 20_261  # one that everybody knows: of rows that anybody has


def trained(train: pd.DataFrame, way: str, epochs: int, seed: int) -> tuple[kgan.Tabular, dict]:
    """A model of the rows, and what it took."""
    begun = time.process_time()
    recipe = kgan.recipes.get(TABULAR if way == TABULAR else "private").changed({"epochs": epochs})
    options = {**recipe.data, "validation_split": 0.0}
    if way not in (NONE, TABULAR):
        options |= {"epsilon": float(way), "private_epochs": epochs, "secret": _SECRET + seed}
    elif way == NONE:
        options["epsilon"] = None
    splits = kgan.data.load_table(train, recipe.batch_size, seed=seed, **options)
    model = recipe.build(splits, seed=seed)
    model.fit(splits, epochs=epochs, verbose=0)
    took = {"updates": int(model.discriminator_updates), "training_s": time.process_time() - begun}
    if model.privacy is not None:
        took |= {"epsilon": model.privacy.epsilon, "noise": model.privacy.noise_multiplier}
    return model, took


def logits_of(model: kgan.Tabular, rows: pd.DataFrame) -> np.ndarray:
    """What the discriminator says of rows with no condition, those that the table cannot hold at its lowest."""
    values = {one.name: set(one.values) for one in model.table.columns if not one.is_continuous}
    known = np.all([rows[name].isin(kept) for name, kept in values.items()], axis=0)
    codes = encoded(model.table, rows[known], 0)
    chosen = np.zeros((len(codes), len(model.table.blocks)), bool)
    batch = model.batch_of(codes, chosen, None, None)
    judged = np.full(len(rows), -np.inf)
    judged[known] = model.discriminator.predict([batch.real, *batch.conditions], verbose=0)[:, 0]
    return np.where(np.isfinite(judged), judged, judged[known].min())


def figures(model: kgan.Tabular, train: pd.DataFrame, test: pd.DataFrame, target: str, seed: int) -> dict:
    """Use of drawn rows, and what attackers make of them and of the discriminator."""
    drawn = model.sample(len(train), seed=seed)
    real, unseen, made = tables.mixed_rows(train, test, drawn)
    learned = usefulness_of(real, made, unseen, target)
    by_rows = membership_inference_of(real, unseen, made)
    by_logits = tables.auc(logits_of(model, train), logits_of(model, test))
    guesses = singling_out_of(real, unseen, made, seed=seed)
    return {
        "shapes": float(np.mean(list(shapes_of(unseen, made).values()))),
        "trends": float(np.mean(list(trends_of(unseen, made).values()))),
        learned.score: learned.drawn,
        f"{learned.score}_of_the_table": learned.real,
        "attack_by_rows": by_rows.value,
        "attack_by_rows_error": by_rows.error,
        "attack_by_discriminator": by_logits.value,
        "attack_by_discriminator_error": by_logits.error,
        "singling_out": guesses.risk,
        "singling_out_error": guesses.error,
    }


def main(source: str, target: str, cache: Path, epsilons: list[str], rows: int, epochs: int, seeds: int) -> None:
    """Works out what is not in the cache, and prints the table."""
    cache.mkdir(parents=True, exist_ok=True)
    frame, name = pd.read_csv(source), Path(source).stem
    order = np.random.default_rng(7).permutation(len(frame))
    train, test = (frame.iloc[order[part * rows :][:rows]].reset_index(drop=True) for part in range(2))
    found = {}
    for way in epsilons:
        each = []
        for seed in range(seeds):
            kept = cache / f"{name}-private-{way}-{rows}-{epochs}-{seed}.json"
            if not kept.exists():
                model, took = trained(train, way, epochs, seed)
                kept.write_text(json.dumps({**figures(model, train, test, target, seed), **took}))
            each.append(json.loads(kept.read_text()))
            print(json.dumps({"way": way, "seed": seed, **each[-1]}), flush=True)
        found[way] = pd.DataFrame(each).mean()
    table = pd.DataFrame(found).T
    print("\n| epsilon | " + " | ".join(table.columns) + " |")
    print("| --- |" + " --- |" * len(table.columns))
    for way, values in table.iterrows():
        print(f"| {way} | " + " | ".join("" if np.isnan(one) else f"{one:.4g}" for one in values) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", help="a CSV file")
    parser.add_argument("--target", required=True, help="the column that is learned from drawn rows")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--epsilons", nargs="+", default=[TABULAR, NONE, "10", "3", "1"])
    parser.add_argument("--rows", type=int, default=10_000, help="that are learned from; as many are not")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    main(**vars(parser.parse_args()))
