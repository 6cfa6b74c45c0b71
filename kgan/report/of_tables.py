"""What the report shows of a generator of rows: columns, what can be learned from rows and of them, and some rows."""

from html import escape

from kgan.evaluation.of_tables import TableEvaluation
from kgan.evaluation.results import spelled
from kgan.models.kind import Panel
from kgan.report import markup, rare_classes
from kgan.report.film import film
from kgan.run import Run

__all__ = ["PANELS", "sections"]

PANELS = (
    Panel(
        {"column_shapes": "All columns, the mean", "worst_column_shape": "The worst column"},
        "one less total variation",
        limits=(-0.03, 1.03),
    ),
    Panel({"separation": "Separation"}, "share of packs ranked right", limits=(-0.03, 1.03), level=(0.5, "luck")),
    Panel(
        {"discriminator_change": "Discriminator's weights", "generator_change": "Generator's weights"},
        "way moved over norm",
        logarithmic=True,
    ),
)


def sections(run: Run, evaluation: TableEvaluation) -> list[str]:
    """All of them, as HTML."""
    worst_first = sorted(evaluation.columns.items(), key=lambda one: one[1])
    rows = [(escape(name), f"{alike:.4f}", *_of_column(evaluation, name)) for name, alike in worst_first]
    head = ["Column", "Shape", "Coverage", "Score", "learned from drawn rows", "from training rows"]
    drawn = evaluation.drawn
    blank = drawn.isna().to_numpy()
    cells = [
        ["" if missing else escape(str(cell)) for cell, missing in zip(row, gaps, strict=True)]
        for row, gaps in zip(drawn.to_numpy(object), blank, strict=True)
    ]
    made = film(
        run,
        "An animation of histograms of all columns, epoch by epoch",
        "How they came to be: the table in grey, drawn rows as a line, after each epoch.",
    )
    return [
        markup.section("Columns", markup.table(head, rows, numbers=[1, 2, 4, 5]), made),
        *_leaks(evaluation),
        *rare_classes.sections(evaluation.balance),
        markup.section("Rows", markup.table([escape(name) for name in drawn.columns], cells)),
    ]


def _of_column(evaluation: TableEvaluation, name: str) -> list[str]:
    """Cells of one column: coverage, and how well it is predicted."""
    covered = f"{evaluation.covered[name]:.4f}"
    if name not in evaluation.useful:
        return [covered, "", "", ""]
    found = evaluation.useful[name]
    score = {"r2": "R<sup>2</sup>", "f1": "F1"}[found["score"]]
    return [covered, score, spelled(found["drawn"]), spelled(found["training"])]


def _leaks(evaluation: TableEvaluation) -> list[str]:
    """The section of privacy; none where no rows are held out."""
    if not evaluation.leaks:
        return []
    rows = [
        (escape(one.label), spelled(one.value), spelled(one.expected), spelled(one.error)) for one in evaluation.leaks
    ]
    return [
        markup.section(
            "Privacy",
            markup.table(["", "Drawn rows", "Nothing given away", "Standard error"], rows, numbers=[1, 2, 3]),
            markup.paragraph(
                "Distances are Gower's, 0 for a copy and 1 for rows that share nothing. Whoever attacks membership "
                "takes for a training record what has a drawn row close by; whoever singles out guesses four columns "
                "of a record by a drawn row. An attack that finds nothing is no proof that none would.",
                "faint",
            ),
        )
    ]
