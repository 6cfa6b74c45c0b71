"""What the report shows of a generator of molecules: structures, and how they came to be."""

from html import escape

from kgan.callbacks.molecule_grid import drawn_molecules
from kgan.evaluation.of_molecules import MoleculesEvaluation
from kgan.models.kind import Panel
from kgan.report import markup
from kgan.report.film import film
from kgan.run import Run

__all__ = ["PANELS", "sections"]

PANELS = (
    Panel({"validity": "Valid", "uniqueness": "Unique among the valid"}, "share", limits=(-0.03, 1.03)),
    Panel({"likelihood": "Held-out molecules"}, "nats a molecule"),
    Panel({"separation": "Separation"}, "share of pairs ranked right", limits=(-0.03, 1.03), level=(0.5, "luck")),
    Panel(
        {"discriminator_change": "Discriminator's weights", "generator_change": "Generator's weights"},
        "way moved over norm",
        logarithmic=True,
    ),
)


def sections(run: Run, evaluation: MoleculesEvaluation) -> list[str]:
    """All of them, as HTML."""
    shown = markup.picture(drawn_molecules(evaluation.drawn), "Drawn molecules", "The first that were drawn.")
    made = film(
        run,
        "An animation of molecules of the same noise, epoch by epoch",
        "How they came to be: molecules of the same noise after each epoch.",
    )
    broken = [[escape(one) or "(nothing)"] for one in evaluation.invalid]
    return [
        markup.section("Molecules", markup.side_by_side(shown, made)),
        markup.section("Not molecules", markup.table(["The first that rdkit cannot parse"], broken)) if broken else "",
    ]
