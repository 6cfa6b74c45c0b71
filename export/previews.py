"""What a bundle makes, drawn by the program that lies in it, once a run is trained."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from kgan import pictures
from kgan.callbacks.molecule_grid import drawn_molecules
from kgan.callbacks.table_histograms import histograms
from kgan.data import Table, values
from kgan.data.splits import Splits
from kgan.data.tables import reading
from kgan.diagnostics.domain_signs import some_of_domains
from kgan.export import card, runners
from kgan.export.portable import molecules, rows, sampler
from kgan.export.portable.applier import Applier
from kgan.export.portable.classify import Classifier
from kgan.export.portable.film import Predictor
from kgan.export.portable.film_files import write_film
from kgan.export.portable.swap import Swapper
from kgan.export.portable.vocode import Vocoder
from kgan.run import Run

__all__ = ["Preview", "preview"]

SAMPLES = 100
ROWS = 1_000
STRUCTURES = 20
PAIRS = 8
FILMS = 4


class Preview(NamedTuple):
    """A picture of what a bundle makes, and how to make more.

    Attributes:
        shows: What is to be seen.
        runner: The program of the bundle.
        arguments: What to give it, and the command of `kgan` after the bundle, to draw something again.
    """

    shows: str
    runner: runners.Runner
    arguments: str


def preview(bundle: Path, run: Run, out: Path) -> Preview:
    """Draws what a bundle makes, with onnxruntime.

    Args:
        bundle: The bundle.
        run: The run that it comes from, whose held-out data may be drawn.
        out: The picture.

    Raises:
        ValueError: if the bundle has no card, or one that names no runner, or if the bundle is damaged.
        DataError: if held-out data is needed, and cannot be loaded any more.
    """
    runner = runners.named(str(card.read(bundle).get("runner", "sampler.py")))  # not in the first exports
    return _DRAWN[runner.name](runner, bundle, run, out)


def _samples(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    sampler.sample_to_file(bundle, SAMPLES, 0, out)
    return Preview(f"{SAMPLES} samples, drawn by onnxruntime", runner, f"--count {SAMPLES} --seed 1 --out grid.png")


def _applied(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    splits = run.plan.load()
    has_truths = splits.counts is None  # of two collections nothing is the truth
    inputs, truths, which = _pairs(splits)
    applier = Applier(bundle)
    outputs = np.stack([applier.apply(image) for image in inputs])
    columns = {"input": inputs, "output": outputs}
    if has_truths:
        columns["truth"] = truths
    pictures.save(pictures.beside(columns, tuple(applier.value_range)), out)
    example = run.folder / "input.png"
    pictures.save(_picture(inputs[0], tuple(applier.input_range)), example)
    shows = f"{len(inputs)} {which} inputs, what onnxruntime makes of each{', and the truth' if has_truths else ''}"
    return Preview(shows, runner, f"{example} --out output.png")


def _swapped(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    inputs, _, which = _pairs(run.plan.load())
    swapper = Swapper(bundle)
    faces = np.stack([np.atleast_3d(np.asarray(_picture(image, tuple(swapper.input_range)))) for image in inputs])
    columns = {"face": faces, "swapped": np.stack([swapper.swap(face) for face in faces])}
    pictures.save(pictures.beside(columns), out, swapper.marks["texts"])
    example = run.folder / "input.png"
    pictures.save(_picture(inputs[0], tuple(swapper.input_range)), example)
    shows = f"{len(inputs)} {which} faces, and what onnxruntime makes of each, marked"
    return Preview(shows, runner, f"{example} --out swapped.png")


def _rows(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    sampler_of_rows = rows.RowSampler(bundle)
    drawn = reading.pandas().DataFrame(sampler_of_rows.sample(ROWS, 0))
    pictures.save(histograms(Table.from_dict(sampler_of_rows.content).columns, drawn), out)
    shows = f"histograms of {ROWS:,} rows, drawn by onnxruntime, before those of the table"
    return Preview(shows, runner, f"--count {ROWS} --seed 1 --out rows.csv")


def _vocoded(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    mels, waves, which = _pairs(run.plan.load())
    vocoder = Vocoder(bundle)
    made = np.stack([vocoder.mel(vocoder.wave(one)) for one in mels])
    low, high = float(mels.min()), float(mels.max())
    columns = {"output": made, "truth": np.stack([vocoder.mel(one[:, 0]) for one in waves])}
    turned = {name: np.clip(one, low, high).transpose(0, 2, 1)[:, ::-1, :, None] for name, one in columns.items()}
    pictures.save(pictures.beside(turned, (low, high)), out)
    example = run.folder / "input.npy"
    np.save(example, mels[0])
    shows = f"spectrograms of {len(mels)} {which} waves as onnxruntime makes them, and of the true ones"
    return Preview(shows, runner, f"{example} --out speech.wav")


def _molecules(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    written = molecules.MoleculeSampler(bundle).sample(STRUCTURES, 0)
    pictures.save(drawn_molecules(written), out)
    shows = f"{STRUCTURES} molecules, written by onnxruntime"
    return Preview(shows, runner, f"--count {STRUCTURES} --seed 1 --out molecules.smi")


def _continued(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    inputs, truths, which = _pairs(run.plan.load(), FILMS)
    predictor = Predictor(bundle)
    outputs = np.stack([predictor.predict(film, truths.shape[1]) for film in inputs])
    pictures.save(pictures.strips(inputs, outputs, truths, tuple(predictor.value_range)), out)
    example = run.folder / "input.gif"
    film = inputs[0] if inputs.dtype == np.uint8 else values.to_uint8(inputs[0], tuple(predictor.input_range))
    write_film(film, example)
    shows = f"{len(inputs)} {which} films, the frames that onnxruntime lets follow, and the true ones"
    return Preview(shows, runner, f"{example} --frames 10 --out longer.gif")


def _classified(runner: runners.Runner, bundle: Path, run: Run, out: Path) -> Preview:
    splits = run.plan.load()
    held_out = splits.validation is not None
    found = some_of_domains(splits.validation if held_out else splits.train, SAMPLES, 0, held_out)
    classifier = Classifier(bundle)
    told = classifier.classify(found.target).argmax(axis=1)
    value_range = tuple(classifier.input_range)
    sheet = pictures.by_class(found.target, told, classifier.class_names, found.target_labels, value_range)
    pictures.save(sheet, out)
    example = run.folder / "input.png"
    pictures.save(_picture(found.target[0], value_range), example)
    shows = f"{len(told)} {'held-out' if held_out else 'training'} samples under the class that onnxruntime tells"
    return Preview(shows, runner, f"{example} --out classes.csv")


def _pairs(splits: Splits, count: int = PAIRS) -> tuple[np.ndarray, np.ndarray, str]:
    """The first inputs and truths that are held out, or of training where none are."""
    source, which = (splits.train, "training") if splits.validation is None else (splits.validation, "held-out")
    inputs, truths = zip(*source.unbatch().take(count).as_numpy_iterator(), strict=True)
    return np.stack(inputs), np.stack(truths), which


def _picture(image: np.ndarray, value_range: values.ValueRange) -> Image.Image:
    image = image if image.dtype == np.uint8 else values.to_uint8(image, value_range)
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


_DRAWN = {
    "sampler.py": _samples,
    "apply.py": _applied,
    "film.py": _continued,
    "rows.py": _rows,
    "classify.py": _classified,
    "vocode.py": _vocoded,
    "molecules.py": _molecules,
    "swap.py": _swapped,
}
