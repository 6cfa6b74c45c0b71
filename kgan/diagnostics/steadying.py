"""Verdicts that do not flip: a new one is given once it held for two looks."""

from kgan.diagnostics.verdict import DIVERGED, FAR, TOO_EARLY, WELL, Verdict

__all__ = ["steadied"]


def steadied(now: Verdict, before: str, shown: "Verdict | None") -> Verdict:
    """The verdict to give: the one of this look, or the one given before, where only one look contradicts it.

    That training diverged needs no second look, nor does the first verdict after it was too early for one, nor that
    samples are far from the data where all was said to be well.

    Args:
        now: What this look alone says.
        before: The name of what the look before alone said; empty at the first.
        shown: The verdict that was given at the look before; `None` at the first.
    """
    if shown is None or now.name in (shown.name, before, DIVERGED) or shown.name == TOO_EARLY:
        return now
    if shown.name in WELL and now.samples.startswith(FAR):
        return now
    return shown
