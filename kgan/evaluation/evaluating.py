"""How good what a run makes is: its kind of model measures, and the figures are written down."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kgan._support import files, limits
from kgan._support.checks import whole
from kgan.data import faults
from kgan.evaluation.results import Evaluation
from kgan.evaluation.true_pairs import against_pairs
from kgan.metrics.extractors import Extractor
from kgan.run import Run

__all__ = ["evaluate"]


@faults.named()
def evaluate(
    run: Run,
    num_samples: int | None = None,
    features: "str | Extractor | None" = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
    pairs: Any = None,
    balance: str | None = None,
) -> Evaluation:
    """Measures the generator that is exported, the averaged one where there is one; writes `evaluation.json`.

    What the generator makes is compared with training data, where learning it by heart would look best, and with
    held-out data, where it does not help. Beside the latter stands a floor: what something else would score in its
    place, as `evaluation.wording` says.

    Args:
        run: The run; `run.with_data(FOLDER)` where its data have moved, which is then kept.
        num_samples: How many samples to make, and to compare them with, at most; `None` for what suits the data.
        features: What to look through, as for `kgan.metrics`; `None` takes the run's.
        seed: Of the latents and of what is chosen to be shown.
        say: Called with a line of progress now and then.
        pairs: For a model of two collections: held-out samples with their true partners, as `kgan.data.load_pairs`
            takes them. Each direction is measured on them, too, by PSNR, SSIM and the mean absolute error.
        balance: For rows of a table, a column whose rare values are filled up by drawn rows; for pictures with classes,
            `"label"`. A classifier that learns from them is tried on held-out samples, as `kgan.augment` has it, and
            they are written beside `evaluation.json`.

    Raises:
        DataError: if the data of the run cannot be loaded any more, or `pairs` cannot, or they have other sizes.
        ExtractorError: if the features cannot be had, or do not take such samples.
        RunError: if nothing was saved yet, or labels, the held-out part or most samples of the data have become others.
        ValueError: if a number is out of range, there are no such features, there are too few training samples, or
            `pairs` or `balance` are given for another kind of model, or `balance` is no column of several values.
    """
    kind = run.plan.kind
    if pairs is not None and not kind.takes_pairs:
        raise ValueError(
            f"Expected pairs=None for a run of the kind {kind.name}, which has truths of its own or none. Received: "
            f"pairs={limits.shortened(repr(pairs))}. Leave pairs out."
        )
    if balance is not None and not kind.takes_balance:
        raise ValueError(
            f"Expected balance=None for a run of the kind {kind.name}: rare classes of tables and pictures are filled "
            f"up. Received: balance={limits.shortened(repr(balance))}. Leave balance out."
        )
    seed = whole("seed", seed, 0)
    if balance is not None:
        kind.check_balance(run, balance)  # what follows takes long
    evaluation = kind.evaluate(run, num_samples, features, seed, say)
    if pairs is not None:
        say("Measuring translations against their true partners ...")
        evaluation = replace(evaluation, figures=[*evaluation.figures, *against_pairs(run, pairs)])
    if balance is not None:
        evaluation = kind.balanced(run, evaluation, balance, seed, say)
    run.keep(run.plan)  # its data may have moved
    files.write_json(run.evaluation, evaluation.record())
    return evaluation
