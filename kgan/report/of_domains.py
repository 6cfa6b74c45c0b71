"""What the report shows of a classifier of two domains: what is told of the target, and what is taken for what."""

from html import escape

from kgan import pictures
from kgan.evaluation.of_domains import DomainsEvaluation
from kgan.models.kind import Panel
from kgan.report import markup
from kgan.report.film import film
from kgan.run import Run

__all__ = ["PANELS", "sections"]

_MOST = 20  # classes that a table has room for

PANELS = (
    Panel(
        {"target_accuracy": "Target", "source_accuracy": "Source"},
        "share of samples told right",
        limits=(-0.03, 1.03),
    ),
    Panel(
        {"separation": "Separation of domains"},
        "share of samples ranked right",
        limits=(-0.03, 1.03),
        level=(0.5, "luck"),
    ),
    Panel({"classes_told": "Classes told of the target"}, "e to the entropy of their shares"),
    Panel(
        {"discriminator_change": "Discriminator's weights", "generator_change": "Weights of features and classifier"},
        "way moved over norm",
        logarithmic=True,
    ),
)


def sections(run: Run, evaluation: DomainsEvaluation) -> list[str]:
    """All of them, as HTML."""
    names, found = evaluation.class_names, evaluation.seen
    shown = ""
    if found.target.ndim == 4:
        sheet = pictures.by_class(found.target, evaluation.seen_told, names, found.target_labels)
        edge = " Those of another class have a red edge." if found.target_labels is not None else ""
        told = f"Samples of {evaluation.sides[1]} under the class that is told of them.{edge}"
        shown = markup.picture(sheet, "Samples of the target by the class that is told of them", told, "pixels")
    made = film(
        run,
        "An animation of samples of the target by the class that is told of them, epoch by epoch",
        "How they came to be told: after each epoch.",
    )
    parts = [markup.section("Classes of the target", markup.side_by_side(shown, made, kind="natural"))]
    if evaluation.confusion is not None and len(names) <= _MOST:
        head = ["Class", *(f"told {escape(name)}" for name in names)]
        rows = [
            [escape(name), *(f"{count:,}" for count in row)]
            for name, row in zip(names, evaluation.confusion, strict=True)
        ]
        table = markup.table(head, rows, numbers=range(1, len(head)))
        parts.append(markup.section("What is taken for what", table))
    return parts
