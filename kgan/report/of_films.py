"""What the report shows of a model of films: the frames given, predicted and true, the best and the worst."""

from PIL import Image

from kgan import pictures
from kgan.evaluation.of_pairs import PairsEvaluation, Triples
from kgan.report import markup
from kgan.report.film import film
from kgan.run import Run

__all__ = ["sections"]


def sections(run: Run, evaluation: PairsEvaluation) -> list[str]:
    """All of them, as HTML; empty where there is nothing to show."""
    if evaluation.shown is None or evaluation.nearest is None or evaluation.farthest is None:
        return []
    which = "Held-out films" if evaluation.held_out else "Training films, because none are held out"
    return [
        markup.section(
            "What follows",
            markup.picture(_drawn(evaluation.shown), "Films: frames given, predicted and true", f"{which}.", "pixels"),
            film(
                run,
                "An animation of the predictions for the same films, epoch by epoch",
                "How they came to be: the same films after each epoch.",
            ),
        ),
        markup.section(
            "The nearest and the farthest",
            _captioned(evaluation.nearest, "The nearest to their truths"),
            _captioned(evaluation.farthest, "The farthest from their truths"),
        ),
    ]


def _captioned(triples: Triples, said: str) -> str:
    decibels = ", ".join(f"{psnr:.1f}" for psnr in triples.psnr)
    return markup.picture(_drawn(triples), said, f"{said}. PSNR in dB, film by film: {decibels}.", "pixels")


def _drawn(triples: Triples) -> Image.Image:
    return pictures.strips(triples.inputs, triples.outputs, triples.truths)
