"""How good a run's samples are: figures against two kinds of reals, and what reals score against reals."""

import datetime
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kgan import recipes
from kgan._support import files, limits
from kgan._support.checks import whole
from kgan.data import faults
from kgan.evaluation.figures import copies, finite, metric_figures, variety
from kgan.evaluation.looking import FEWEST, MOST, Closest, draw_pictured, seen_in_samples, seen_in_training
from kgan.evaluation.results import Evaluation, Neighbours
from kgan.metrics import InceptionScore, extractors
from kgan.metrics.extractors import Extractor, presentable
from kgan.metrics.reference import Reference
from kgan.run import Run, versions


@faults.named()
def evaluate(
    run: Run,
    num_samples: int | None = None,
    features: "str | Extractor | None" = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Evaluation:
    """Measures the generator of the last checkpoint, the averaged one where there is one; writes `evaluation.json`.

    Samples are held against the training reals, where copying them would look best, and against the held-out reals,
    where it does not help. Beside the latter stands the floor: the training reals in the samples' place, which is what
    a perfect generator would come to at these numbers of samples. Images are streamed; features are what is kept.

    Args:
        run: The run.
        num_samples: How many samples to generate, at least 10, and how many training reals to take at most; `None` for
            as many samples as there are training reals, at most 5,000.
        features: What to look through, as for `kgan.metrics`; `None` takes the run's.
        seed: Of the samples' latents.
        say: Called with a line of progress now and then.

    Raises:
        DataError: The data of the run cannot be loaded any more.
        ExtractorError: The features cannot be had, or do not take such images.
        RunError: Nothing was saved yet.
        ValueError: A number is out of range, there are no such features, or there are fewer than 10 training reals.
    """
    num_samples = None if num_samples is None else whole("num_samples", num_samples, FEWEST)
    seed = whole("seed", seed, 0)
    if features is None:
        features = run.plan.recipe.features_for(run.plan.source) or "pixels"
    features = extractors.checked(features)
    gan = run.load()
    extractor = extractors.get(features)
    blank = extractor(np.zeros((1, *gan.sample_shape), np.float32))
    held = blank.features.shape[1] + 3 * gan.latent_dim  # float32: features, and latents that were float64 before
    asked = limits.array_bytes((num_samples or 1, 2, held))
    limits.check_bytes("num_samples", num_samples, asked, "Ask for fewer; figures hardly change beyond 50,000.")
    splits = run.plan.load()
    notes = []

    players = {}
    if splits.validation is None:
        notes.append("No held-out reals: against training reals alone, a generator that copies them looks best.")
    else:
        gan.sample_metrics = []  # they are worked out below, on more samples
        players = gan.evaluate(splits.validation, return_dict=True, verbose=0)
        players = {name: finite(float(value)) for name, value in players.items()}

    pictured, classes = draw_pictured(gan, seed)
    closest = None if pictured is None else Closest(extractor(presentable(pictured)).features)
    say(f'Measuring training reals on the features "{extractor.name}" ...')
    wanted = recipes.sample_metrics(features, gan.sample_shape)
    if len(wanted) < 6:
        notes.append("No Frechet distance: samples of this size have too many pixels for their covariance.")
    if blank.logits is not None:
        wanted.append(InceptionScore(features))
    needs = frozenset({"features"}).union(*(metric.needs for metric in wanted))
    one_by_one = replace(run.plan, recipe=replace(run.plan.recipe, batch_size=1))  # else the last ones are left out
    training, of_training, labels, reals = seen_in_training(
        gan, one_by_one.load(), extractor, needs, num_samples or MOST, closest
    )

    count = num_samples or training.count
    say(f"Measuring {count:,} samples ...")
    rows = np.arange(count) % training.count
    generated = seen_in_samples(
        gan, extractor, needs, count, seed, labels[rows] if gan.generator_takes_labels else None
    )
    held_out = None
    if splits.validation is not None:
        reference = Reference(splits.validation, value_range=gan.value_range)
        held_out = reference.seen(extractor, needs - {"predictions"})
        if held_out.count < FEWEST:
            notes.append(f"No figures against held-out reals: they need {FEWEST}, and there are {held_out.count}.")
            held_out = None

    if generated is not None and count > training.count:
        notes.append(f"Reals against reals are {training.count:,}, fewer than samples: few of them look worse by bias.")
    if generated is None:
        notes.append("No figures of samples: the generator makes numbers that are not finite.")
        figures = []
    else:
        figures = [
            *metric_figures(wanted, training, held_out, generated),
            *variety(extractor, of_training, generated, labels if gan.generator_takes_labels else None),
            *copies(extractor, training, held_out, generated),
        ]
    evaluation = Evaluation(
        players=players,
        figures=figures,
        notes=notes,
        features=extractor.name,
        averaged=gan.ema_generator is not None,
        seed=seed,
        images_seen=int(gan.images_seen.numpy()),
        data=str(splits),
        class_names=splits.class_names,
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        versions=versions(),
        reals=reals,
        neighbours=None if closest is None else Neighbours(pictured, classes, *closest.found()),
    )
    files.write_json(run.evaluation, evaluation.record())
    return evaluation
