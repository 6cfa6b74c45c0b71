"""What has changed in some data since they were last known, and whether training may go on with them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kgan.data.fingerprint import Fingerprint

__all__ = ["HELD_OUT", "LABELS", "SAMPLES", "SIDES", "Changes", "compare"]

LABELS, SIDES, HELD_OUT, SAMPLES = "labels", "the sides of pairs", "the held-out part", "most samples"
_ORDER = (LABELS, SIDES, HELD_OUT, SAMPLES)


@dataclass(frozen=True)
class Changes:
    """What has changed.

    Attributes:
        lines: A clause for each thing; empty where nothing has.
        shifted: What training would go wrong by: `LABELS`, `SIDES`, `HELD_OUT`, `SAMPLES`.
        unknown: Which of these may be others too, where too little is known to tell.
        as_before: Which of these are as they were, in words; empty where there is none.
    """

    lines: tuple[str, ...] = ()
    shifted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    as_before: tuple[str, ...] = ()


class _Found(NamedTuple):
    lines: list[str]
    shifted: set[str]
    unknown: set[str]
    as_before: list[str]


def compare(before: Fingerprint, now: Fingerprint) -> Changes:
    """What has changed, and whether labels, the held-out part or most samples are others than in the training so far.

    Args:
        before: As it was noted, in full or in short.
        now: In full.
    """
    if before.digest == now.digest:
        return Changes()
    if _of_files(before) and _of_files(now):
        found = _compared_files(before, now) if before.files else _compared_in_short(before, now)
    elif before.spec is not None and now.spec is not None:
        found = _compared_rows(before, now)
    else:
        lines = ["an array, where there were files" if _of_files(before) else "files, where there was an array"]
        found = _Found(lines, {SAMPLES}, set(), [])
    if before.class_names != now.class_names:
        found.lines.append(_renamed_classes(before.class_names, now.class_names))
        if len(before.class_names or ()) != len(now.class_names or ()):
            found.shifted.add(LABELS)
    return Changes(
        tuple(found.lines) or ("something else than before",),
        tuple(one for one in _ORDER if one in found.shifted),
        tuple(one for one in _ORDER if one in found.unknown - found.shifted),
        tuple(found.as_before),
    )


def _of_files(known: Fingerprint) -> bool:
    return known.spec is None


# --- files ---


class _Matched(NamedTuple):
    """Files of before and of now.

    Attributes:
        same: Names now of those that are there still, perhaps in another folder, by their names of before.
        resized: Names of those that have another size.
        removed: Names of those that are gone.
        added: Names of new ones.
    """

    same: dict[str, str]
    resized: list[str]
    removed: list[str]
    added: list[str]


def _matched(before: Fingerprint, now: Fingerprint) -> _Matched:
    old, new = before.files, now.files
    same = {name: name for name in old if name in new and old[name].size == new[name].size}
    elsewhere: dict[tuple[str, int], list[str]] = defaultdict(list)
    for name in reversed(list(new)):
        if name not in same:
            elsewhere[_last(name), new[name].size].append(name)
    for name in old:  # folders that were renamed, or exchanged: the same names and sizes below them
        if name not in same and elsewhere.get((_last(name), old[name].size)):
            same[name] = elsewhere[_last(name), old[name].size].pop()
    taken = set(same.values())
    resized = [name for name in old if name not in same and name in new and name not in taken]
    here = {*same, *resized}
    there = {*taken, *resized}
    return _Matched(same, resized, [one for one in old if one not in here], [one for one in new if one not in there])


def _compared_files(before: Fingerprint, now: Fingerprint) -> _Found:
    found = _matched(before, now)
    moved = [old for old, name in found.same.items() if old != name]
    looked_at = [old for old, name in found.same.items() if old in before.rows and name in now.rows]
    others = [old for old in looked_at if before.rows[old] != now.rows[found.same[old]]]
    counted = {"removed": found.removed, "of another size": found.resized, "in another folder": moved}
    lines = [_counted(names, len(before.files), what) for what, names in counted.items() if names]
    if found.added:
        lines.append(f"{_files(len(found.added))} added to {len(before.files):,}, such as {found.added[0]}")
    if others:
        lines.append(f"{len(others):,} of {_files(len(looked_at))} looked at of another content, such as {others[0]}")
    shifted = set()
    pairs = [(before.files[old], now.files[name]) for old, name in found.same.items()]
    pairs += [(before.files[name], now.files[name]) for name in found.resized]
    of_pairs = before.count is not None and 2 * before.count == len(before.files)
    if any(old.label != entry.label for old, entry in pairs):
        shifted.add(SIDES if of_pairs else LABELS)
        lines.append(f"other {'sides' if of_pairs else 'labels'} of the same files")
    if any(old.held_out != entry.held_out for old, entry in pairs):
        shifted.add(HELD_OUT)
    changed = len(found.resized) + (len(others) * len(found.same) // len(looked_at) if others else 0)
    if _most(changed + len(found.removed), before.files) or _most(changed + len(found.added), now.files):
        shifted.add(SAMPLES)
    return _Found(lines, shifted, set(), _kinds(before, now))


def _compared_in_short(before: Fingerprint, now: Fingerprint) -> _Found:
    """Where the single files of before are not known."""
    lines, shifted, unknown = [], set(), set()
    same_names = before.kept is not None and before.kept == now.kept
    if before.count != now.count:
        lines.append(_counts(before, now))
        few, many = sorted((before.count or 0, now.count or 0))
        if 2 * few < many:
            shifted.add(SAMPLES)
    elif same_names and before.labels == now.labels:
        lines.append("files of another size or content, of which it is not known how many there are")
    else:
        lines.append("files of other names, labels or sizes, of which it is not known which they are")
    kinds = _kinds(before, now)
    if LABELS in kinds and not (before.labels is not None and before.labels == now.labels):
        unknown.add(LABELS)
    if HELD_OUT in kinds and not same_names:
        (shifted if before.held_out != now.held_out else unknown).add(HELD_OUT)
    return _Found(lines, shifted, unknown, [kind for kind in kinds if kind not in unknown])


def _kinds(before: Fingerprint, now: Fingerprint) -> list[str]:
    """What there is that could be another: labels, and a held-out part."""
    labelled = [LABELS] if before.class_names or now.class_names else []
    return labelled + ([HELD_OUT] if before.held_out or now.held_out else [])


# --- arrays, and streams ---


def _compared_rows(before: Fingerprint, now: Fingerprint) -> _Found:
    if before.spec != now.spec:
        return _Found([f"samples of {now.spec}, where they were {before.spec}"], {SAMPLES}, set(), [])
    lines, shifted, unknown = [], set(), set()
    common = [row for row in before.rows if row in now.rows]
    same = [row for row in common if before.rows[row] == now.rows[row]]
    as_before = _kinds(before, now)
    if before.count != now.count:
        lines.append(_counts(before, now))
        if before.held_out or now.held_out:
            shifted.add(HELD_OUT)
    if len(same) < len(common):
        lines.append(f"{len(common) - len(same):,} of {len(common):,} samples looked at are others")
        if _most(len(common) - len(same), common):
            shifted.add(SAMPLES)
    few, many = sorted((before.count or 0, now.count or 0))
    if 2 * few < many:
        shifted.add(SAMPLES)
    if now.rows and not before.rows and before.count == now.count and before.labels == now.labels:
        lines.append("other samples, of which it is not known how many there are")
    if (before.labels is None) != (now.labels is None):
        lines.append("without labels" if now.labels is None else "with labels")
        shifted.add(LABELS)
    elif before.labels != now.labels:
        known = [row for row in same if row in before.row_labels and row in now.row_labels]
        if before.count == now.count or any(before.row_labels[row] != now.row_labels[row] for row in known):
            lines.append("other labels")
            shifted.add(LABELS)
        elif known:
            as_before = [f"labels of the {len(known):,} samples looked at"]
        else:
            unknown.add(LABELS)
    elif before.labels is not None:
        as_before = [LABELS, *(kind for kind in as_before if kind != LABELS)]
    return _Found(lines, shifted, unknown, as_before)


# --- words ---


def _renamed_classes(before: "tuple[str, ...] | None", now: "tuple[str, ...] | None") -> str:
    gone = [name for name in before or () if name not in (now or ())]
    new = [name for name in now or () if name not in (before or ())]
    if len(gone) == len(new) == 1:
        return f"the class {gone[0]} is called {new[0]}"
    clauses = [f"without the classes {', '.join(gone[:8])}"] if gone else []
    clauses += [f"with the classes {', '.join(new[:8])}"] if new else []
    return " and ".join(clauses) or "classes in another order"


def _most(some: int, of: "Mapping | Sequence") -> bool:
    return 2 * some > len(of)


def _counted(names: Sequence[str], of: int, what: str) -> str:
    return f"{len(names):,} of {_files(of)} {what}, such as {names[0]}"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _counts(before: Fingerprint, now: Fingerprint) -> str:
    return f"{_number(now.count)} samples, where there were {_number(before.count)}"


def _number(count: int | None) -> str:
    return "an unknown number of" if count is None else f"{count:,}"


def _last(name: str) -> str:
    return name.rpartition("/")[2]
