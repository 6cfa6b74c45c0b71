"""What the report shows of a generator of rows: columns, how alike they are, and some rows."""

from html import escape

from kgan.evaluation.of_tables import TableEvaluation
from kgan.models.kind import Panel
from kgan.report import markup
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
    rows = [(escape(name), f"{alike:.4f}") for name, alike in worst_first]
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
        markup.section("Columns", markup.side_by_side(markup.table(["Column", "Shape"], rows, numbers=[1]), made)),
        markup.section("Rows", markup.table([escape(name) for name in drawn.columns], cells)),
    ]
