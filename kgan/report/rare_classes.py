"""What the report says of rare classes that were filled up by drawn samples."""

from html import escape

from kgan.evaluation import spelled
from kgan.evaluation.balance import Balance
from kgan.report import markup

__all__ = ["sections"]


def sections(found: Balance | None) -> list[str]:
    """One section as HTML; none where nobody asked."""
    if found is None:
        return []
    rows = [
        (escape(name), f"{one['rows']:,}", *(spelled(one[key]) for key in ("f1", "recall", "worst", "accuracy")))
        for name, one in ((name, found.outcomes[way]) for way, name in found.ways.items())
    ]
    head = ["Taught by", found.what.capitalize(), "F1", "Recall", "Worst class", "Accuracy"]
    added = ", ".join(f"{count:,} of {value}" for value, count in found.added.items()) or "none"
    said = f"{found.classifier} learns {found.column}. {found.what.capitalize()} drawn: {added}. See {found.file}."
    return [
        markup.section(
            "Rare classes",
            markup.paragraph(found.verdict),
            markup.table(head, rows, numbers=[1, 2, 3, 4, 5]),
            *(markup.paragraph(one, "faint") for one in (said, *found.notes)),
        )
    ]
