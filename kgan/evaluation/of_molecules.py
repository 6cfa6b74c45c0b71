"""How a generator of molecules does: MOSES's figures, against held-out and training molecules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from kgan._support.checks import whole
from kgan.evaluation.results import (
    HELD_OUT,
    NOTHING,
    TRAINING,
    Evaluation,
    Figure,
    Wording,
    common_facts,
    finite,
    players_on,
)
from kgan.metrics import molecules as measures
from kgan.run import Run, loaded, same_data

__all__ = ["MoleculesEvaluation", "evaluate"]

MOST = 5_000  # molecules
_SHOWN = 30
_NAMED = 10  # of those that are none
_APART = (  # name, label
    ("logP", "Distance of logP"),
    ("QED", "Distance of QED"),
    ("SA", "Distance of SA, how hard to make"),
    ("weight", "Distance of weight, daltons"),
)


@dataclass(frozen=True)
class MoleculesEvaluation(Evaluation):
    """What `evaluate` found of a generator of molecules.

    Attributes:
        invalid: The first drawn SMILES that rdkit cannot parse.
        drawn: The first drawn molecules, SMILES.
    """

    wording: ClassVar[Wording] = Wording(
        made="molecules",
        instead="reals instead",
        columns=("Molecules against held-out ones", "Training ones in their place", "Against training molecules"),
        explained="By the definitions of MOSES (arXiv:1811.12823): valid is what rdkit parses; uniqueness, novelty and "
        "internal diversity (by Morgan fingerprints, radius 2, 1,024 bits) are of valid ones; distances of properties "
        "are Wasserstein's, in units of the property. The Frechet distance is that of twelve descriptors in standard "
        "deviations of the reals.",
    )

    invalid: list[str]
    drawn: list[str] = field(repr=False)


def evaluate(run: Run, num_samples: int | None, seed: int, say: Callable[[str], None]) -> MoleculesEvaluation:
    """Measures drawn molecules against held-out ones, where there are any, and training ones.

    Args:
        run: The run.
        num_samples: Molecules to draw and to compare with, at most; `None` for 5,000.
        seed: Of the molecules.
        say: Called with a line of progress now and then.

    Raises:
        ValueError: if `num_samples` is less than 1.
    """
    most = MOST if num_samples is None else whole("num_samples", num_samples, 1)
    choice = run.chosen_before()
    model = loaded(choice.checkpoint)
    splits = run.plan.load(say)
    same_data.check(run, splits, say, choice.checkpoint)
    training = _smiles(model.vocabulary, splits.train)
    held_out = [] if splits.validation is None else _smiles(model.vocabulary, splits.validation)
    random = np.random.default_rng(seed)
    reals, others = (_some(part, most, random) for part in (training, held_out))
    say(f"Drawing {most:,} molecules ...")
    drawn = model.sample(most, seed=seed)
    say("Measuring molecules ...")
    figures = _alone(drawn, reals)
    figures += _apart(drawn, others, reals) if others else []
    figures.append(_novelty(drawn, training, others))
    notes = [] if others else ["No molecules are held out: only what is counted is measured, and not how alike."]
    parsed = measures.canonical(drawn)
    return MoleculesEvaluation(
        players=players_on(model, splits.validation),
        figures=figures,
        notes=notes,
        features="none",
        **common_facts(model, splits, seed, choice),
        invalid=[text for text, one in zip(drawn, parsed, strict=True) if one is None][:_NAMED],
        drawn=drawn[:_SHOWN],
    )


def _smiles(vocabulary, batches) -> list[str]:
    return [one for codes in batches.as_numpy_iterator() for one in vocabulary.decode(codes)]


def _some(smiles: list[str], most: int, random: np.random.Generator) -> list[str]:
    if len(smiles) <= most:
        return smiles
    return [smiles[place] for place in np.sort(random.choice(len(smiles), most, replace=False))]


def _alone(drawn: Sequence[str], reals: Sequence[str]) -> list[Figure]:
    """What needs nothing to compare with; training molecules in their place."""
    found = []
    for name, label, better, measure in (
        ("validity", "Valid", "max", measures.validity),
        ("uniqueness", "Unique among the valid", "max", measures.uniqueness),
        ("internal_diversity", "Internal diversity", "floor", measures.internal_diversity),
        ("internal_diversity_2", "Internal diversity 2", "floor", lambda some: measures.internal_diversity(some, 2)),
        ("qed", "QED, the mean", "floor", lambda some: _mean(measures.properties(some, "QED"))),
    ):
        found.append(_figure(name, label, better, NOTHING, (measure(drawn), measure(reals)), drawn, [], reals))
    return found


def _apart(drawn: Sequence[str], others: Sequence[str], reals: Sequence[str]) -> list[Figure]:
    """How far drawn molecules are from held-out ones, and training ones from these."""
    against = (drawn, others, reals)
    pair = [measures.descriptor_distance(some, others) for some in (drawn, reals)]
    found = [_figure("descriptor_distance", "Frechet distance (descriptors)", "min", HELD_OUT, pair, *against)]
    for name, label in _APART:
        pair = [measures.property_distance(some, others, name) for some in (drawn, reals)]
        found.append(_figure(f"{name.lower()}_distance", label, "min", HELD_OUT, pair, *against))
    pair = [measures.nearest_similarity(some, others) for some in (drawn, reals)]
    found.append(_figure("nearest_similarity", "Similarity to the nearest", "max", HELD_OUT, pair, *against))
    return found


def _novelty(drawn: Sequence[str], training: Sequence[str], others: Sequence[str]) -> Figure:
    pair = measures.novelty(drawn, training), measures.novelty(others, training) if others else float("nan")
    return _figure("novelty", "New: not in the training data", "floor", TRAINING, pair, drawn, training, others)


def _figure(name, label, better, against, pair, drawn, reals, floor) -> Figure:
    return Figure(
        name=name,
        label=label,
        better=better,
        against=against,
        value=finite(pair[0]),
        floor=finite(pair[1]),
        real_samples=len(reals),
        generated_samples=len(drawn),
        floor_samples=len(floor),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
