"""How a classifier of two domains does: shares of samples that are told right, and what is taken for what."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from kgan._support.checks import whole
from kgan.diagnostics.domain_signs import DomainSubjects, some_of_domains
from kgan.evaluation.results import (
    HELD_OUT,
    TRAINING,
    Evaluation,
    Figure,
    Wording,
    common_facts,
    finite,
    players_on,
)
from kgan.run import Run, loaded, same_data

__all__ = ["DomainsEvaluation", "evaluate"]

MOST = 10_000  # samples of each domain
_SHOWN = 300


@dataclass(frozen=True)
class DomainsEvaluation(Evaluation):
    """What `evaluate` found of a classifier of two domains.

    Attributes:
        sides: Names of the source and of the target.
        class_names: Of the classes.
        confusion: How often samples of the target of a class, by row, are told to be of each, by column; `None` where
            the target has no labels.
        told: How many samples of the target are told to be of each class.
        seen: Samples of the target to draw, with their classes where these are known.
        seen_told: The class that is told of each.
    """

    wording: ClassVar[Wording] = Wording(
        made="predictions",
        instead="commonest class",
        columns=("On held-out samples", "The commonest class in their place", "On training samples"),
        explained="Accuracy is the share of samples whose class is told right, of the source and, where held-out "
        "samples of it have labels, of the target. Labels of the target were not trained on. Telling the commonest "
        "class of every sample scores what stands beside. Below each: predictions : samples.",
    )

    sides: tuple[str, str]
    class_names: list[str]
    confusion: list[list[int]] | None
    told: dict[str, int]
    seen: DomainSubjects = field(repr=False)
    seen_told: np.ndarray = field(repr=False)


def evaluate(run: Run, num_samples: int | None, seed: int, say: Callable[[str], None]) -> DomainsEvaluation:
    """Measures on held-out samples of both domains, where there are any, and on training samples of the source.

    Args:
        run: The run.
        num_samples: Samples of each domain to take at most; `None` for 10,000.
        seed: Of the choice of samples.
        say: Called with a line of progress now and then.

    Raises:
        ValueError: if `num_samples` is less than 1.
    """
    most = MOST if num_samples is None else whole("num_samples", num_samples, 1)
    choice = run.chosen_before()
    model = loaded(choice.checkpoint)
    splits = run.plan.load(say)
    same_data.check(run, splits, say, choice.checkpoint)
    one_by_one = replace(run.plan, recipe=replace(run.plan.recipe, batch_size=1))
    sources = {HELD_OUT: splits.validation, TRAINING: one_by_one.load().train}
    notes, figures, looks = [], [], {}
    for against, source in sources.items():
        if source is None:
            notes.append("No held-out samples: a classifier that has learned its source by heart looks best.")
            continue
        say(f"Telling classes of {'held-out' if against == HELD_OUT else 'training'} samples ...")
        found = some_of_domains(source, most, seed, throughout=against == HELD_OUT)
        looks[against] = (found, model.classify(found.target))
        figures += _figures(model, found, looks[against][1], against)
    seen, probabilities = looks.get(HELD_OUT) or looks[TRAINING]
    if seen.target_labels is None:
        notes.append("The target has no labels among held-out samples: how much of it is right is not known.")
    names = list(model.class_names or map(str, range(model.num_classes)))
    told = probabilities.argmax(axis=1)
    counts = Counter(told.tolist())
    return DomainsEvaluation(
        players=players_on(model, splits.validation),
        figures=figures,
        notes=notes,
        features="none",
        **common_facts(model, splits, seed, choice),
        sides=("source", "target") if splits.sides is None else splits.sides,
        class_names=names,
        confusion=None if seen.target_labels is None else _confusion(seen.target_labels, told, len(names)),
        told={name: counts[number] for number, name in enumerate(names)},
        seen=DomainSubjects(*(None if part is None else part[:_SHOWN] for part in seen)),
        seen_told=told[:_SHOWN],
    )


def _figures(model: Any, found: DomainSubjects, of_target: np.ndarray, against: str) -> list[Figure]:
    sides = [("source", found.labels, model.classify(found.source)), ("target", found.target_labels, of_target)]
    figures = []
    for side, truths, probabilities in sides:
        if truths is None:
            continue
        figures.append(
            Figure(
                name=f"{side}_class_accuracy",
                label=f"Accuracy on the {side}",
                better="max",
                against=against,
                value=finite(float((probabilities.argmax(axis=1) == truths).mean())),
                floor=float(np.bincount(truths).max() / len(truths)),
                real_samples=len(truths),
                generated_samples=len(truths),
                floor_samples=len(truths),
            )
        )
    return figures


def _confusion(truths: np.ndarray, told: np.ndarray, classes: int) -> list[list[int]]:
    counts = np.bincount(truths.astype(np.int64) * classes + told, minlength=classes**2)
    return counts.reshape(classes, classes).tolist()
