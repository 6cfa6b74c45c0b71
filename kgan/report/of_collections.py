"""What the report shows of translators between collections: samples, translations, and what comes back."""

from collections.abc import Mapping

from kgan import pictures
from kgan.evaluation.of_collections import CollectionsEvaluation
from kgan.models.kind import Panel
from kgan.report import markup
from kgan.report.film import film
from kgan.run import Run

__all__ = ["ONE_WAY", "PANELS", "sections"]

_WEIGHTS = Panel(
    {"discriminator_change": "Discriminators' weights", "generator_change": "Translators' weights"},
    "way moved over norm",
    logarithmic=True,
)
PANELS = (
    Panel({"cycle_error": "Cycle error"}, "mean absolute error"),
    Panel({"a2b_change": "Change, a to b", "b2a_change": "Change, b to a"}, "mean absolute difference"),
    Panel(
        {"a_separation": "Separation in a", "b_separation": "Separation in b"},
        "share of samples ranked right",
        limits=(-0.03, 1.03),
        level=(0.5, "luck"),
    ),
    Panel(
        {"a2b_response": "Response, a to b", "b2a_response": "Response, b to a"},
        "relative to samples",
        level=(1.0, "as samples vary"),
    ),
    _WEIGHTS,
)
ONE_WAY = (  # where there is a translator from a to b alone
    Panel({"change": "Change"}, "mean absolute difference"),
    Panel({"separation": "Separation"}, "share of samples ranked right", limits=(-0.03, 1.03), level=(0.5, "luck")),
    Panel({"response": "Response"}, "relative to samples", level=(1.0, "as samples vary")),
    _WEIGHTS,
)


def sections(run: Run, evaluation: CollectionsEvaluation, texts: "Mapping[str, str] | None" = None) -> list[str]:
    """All of them, as HTML; empty where there is nothing to show.

    Args:
        run: The run.
        evaluation: What was found.
        texts: What pictures say of themselves, by PNG's keywords.
    """
    if not evaluation.shown:
        return []
    which = "Held-out samples" if evaluation.held_out else "Training samples, because none are held out"
    shown = []
    for way, cycles in evaluation.shown.items():
        first, second = evaluation.sides if way[0] == "a" else evaluation.sides[::-1]
        columns = {"sample": cycles.samples, "translated": cycles.there}
        title = "Samples and translations"
        if cycles.back is not None:
            columns["back"], title = cycles.back, "Samples, translations and what comes back"
        said = f"{first} to {second}"
        shown.append(markup.picture(pictures.beside(columns), f"{title}: {said}", f"{said}.", "pixels", texts=texts))
    made = film(
        run,
        "An animation of the translations of the same samples, epoch by epoch",
        "How they came to be: the same samples after each epoch.",
    )
    return [
        markup.section(
            "There and back" if len(evaluation.shown) > 1 else "Translations",
            markup.paragraph(f"{which}.", "faint"),
            markup.side_by_side(*shown, made, kind="natural"),
        )
    ]
