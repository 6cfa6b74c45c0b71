"""What the report shows of pictures to texts: held-out captions, their pictures, and what is drawn for them."""

import numpy as np

from kgan.callbacks.caption_sheet import first_of, sheet
from kgan.evaluation import SamplesEvaluation
from kgan.models.text_to_image import TextToImage
from kgan.report import markup
from kgan.run import Run

__all__ = ["sections"]

_TEXTS, _EACH = 10, 6


def sections(run: Run, model: TextToImage, evaluation: SamplesEvaluation) -> list[str]:
    """All of them, as HTML; empty where nothing is held out."""
    shown = first_of(run.plan.load().validation, _TEXTS, model)
    if shown is None:
        return []
    count = len(shown.rows)
    drawn = model.generate(count * _EACH, seed=evaluation.seed, labels=np.repeat(shown.rows, _EACH, axis=0))
    if not np.isfinite(drawn).all():
        return []
    picture = sheet(shown, drawn.reshape(count, _EACH, *drawn.shape[1:]), model.value_range)
    said = f"In each row a held-out caption, its picture, and {_EACH} samples of seed {evaluation.seed} for it."
    alt = f"Samples for held-out captions: {'; '.join(shown.texts)}"
    return [markup.section("Held-out captions", markup.picture(picture, alt, said, "pixels"))]
