"""What the report shows of a model of pairs: input, output and truth side by side, the best and the worst."""

from kgan import pictures
from kgan.evaluation.of_pairs import PairsEvaluation, Triples
from kgan.models.kind import Panel
from kgan.report import markup
from kgan.report.film import film
from kgan.run import Run

__all__ = ["PANELS", "sections"]

_SHARE = (-0.03, 1.03)  # of a vertical axis for shares

PANELS = (
    Panel({"held_out_error": "Error, held out", "train_error": "Error, training"}, "mean absolute error"),
    Panel({"held_out_psnr": "PSNR, held out", "train_psnr": "PSNR, training"}, "dB"),
    Panel(
        {"separation": "Separation", "memorisation": "Memorisation"},
        "share of pairs ranked right",
        limits=_SHARE,
        level=(0.5, "luck"),
    ),
    Panel({"response": "Response to the input"}, "relative to truths", level=(1.0, "as truths vary")),
    Panel(
        {"discriminator_change": "Discriminator's weights", "generator_change": "Generator's weights"},
        "way moved over norm",
        logarithmic=True,
    ),
)


def sections(run: Run, evaluation: PairsEvaluation) -> list[str]:
    """All of them, as HTML; empty where there is nothing to show."""
    return [_pairs(run, evaluation), _extremes(evaluation)]


def _pairs(run: Run, evaluation: PairsEvaluation) -> str:
    if evaluation.shown is None:
        return ""
    which = "Held-out pairs" if evaluation.held_out else "Training pairs, because none are held out"
    return markup.section(
        "Input, output, truth",
        markup.side_by_side(
            markup.picture(_drawn(evaluation.shown), "Inputs, outputs and truths, a pair a row", f"{which}.", "pixels"),
            film(
                run,
                "An animation of the outputs for the same pairs, epoch by epoch",
                "How they came to be: the same pairs after each epoch.",
            ),
            kind="natural",
        ),
    )


def _extremes(evaluation: PairsEvaluation) -> str:
    if evaluation.nearest is None or evaluation.farthest is None:
        return ""
    which = "held-out" if evaluation.held_out else "training"
    return markup.section(
        "The nearest and the farthest",
        markup.paragraph(
            f"Of all {which} pairs that were measured, those whose outputs are nearest to their truths, and farthest "
            f"from them.",
            "faint",
        ),
        markup.side_by_side(
            _captioned(evaluation.nearest, "The nearest to their truths"),
            _captioned(evaluation.farthest, "The farthest from their truths"),
            kind="natural",
        ),
    )


def _captioned(triples: Triples, said: str) -> str:
    decibels = ", ".join(f"{psnr:.1f}" for psnr in triples.psnr)
    return markup.picture(_drawn(triples), said, f"{said}. PSNR in dB, row by row: {decibels}.", "pixels")


def _drawn(triples: Triples):
    return pictures.beside({"input": triples.inputs, "output": triples.outputs, "truth": triples.truths})
