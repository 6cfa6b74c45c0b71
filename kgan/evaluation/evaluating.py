"""How good what a run makes is: its kind of model measures, and the figures are written down."""

from collections.abc import Callable

from kgan._support import files
from kgan._support.checks import whole
from kgan.data import faults
from kgan.evaluation.results import Evaluation
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

    Raises:
        DataError: if the data of the run cannot be loaded any more.
        ExtractorError: if the features cannot be had, or do not take such samples.
        RunError: if nothing was saved yet, or labels, the held-out part or most samples of the data have become others.
        ValueError: if a number is out of range, there are no such features, or there are too few training samples.
    """
    evaluation = run.plan.kind.evaluate(run, num_samples, features, whole("seed", seed, 0), say)
    run.keep(run.plan)  # its data may have moved
    files.write_json(run.evaluation, evaluation.record())
    return evaluation
