"""What loading found in the data, in a few plain lines and as a table for `config.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from kgan._support import limits

__all__ = ["Found", "Sizes", "about_damaged", "count_labels", "listed", "of_pairs", "of_shape", "size_of"]

_NAMED = 8  # classes, formats or reasons that a line names
_LONGEST = 60  # characters of a name


class Sizes(NamedTuple):
    """Sizes of the pictures found, `(height, width)` each, before they are resized.

    Attributes:
        smallest: By its number of pixels.
        commonest: The one that most pictures have.
        largest: By its number of pixels.
    """

    smallest: tuple[int, int]
    commonest: tuple[int, int]
    largest: tuple[int, int]

    @classmethod
    def of(cls, counted: Mapping[tuple[int, int], int]) -> "Sizes | None":
        """From how many pictures have each size; `None` where there is none."""
        if not counted:
            return None
        by_area = sorted(counted, key=lambda size: (size[0] * size[1], size))
        return cls(by_area[0], max(by_area, key=lambda size: counted[size]), by_area[-1])


@dataclass(frozen=True)
class Found:
    """What loading found, before training: nothing is read for it that loading does not look at anyway.

    Attributes:
        what: What is counted: `"pictures"`, `"samples"`, `"pairs"`.
        count: How many, held-out ones among them; `None` where the source cannot say before it is read.
        held_out: How many of these are held out; `None` where the source cannot say.
        formats: How many of each format, as `{"PNG": 380}`.
        sizes: Of pictures; `None` for other samples.
        channels: How many of each kind: `"grey"`, `"colour"`, `"grey with alpha"`, `"colour with alpha"`,
            `"5 channels"`.
        depth: How many of each: `"8 bits"`, `"16 bits"`, `"float"`.
        classes: Samples of each class, held-out ones among them, in the order of their label numbers; a number is
            `None` where the source cannot say. `None` for data without classes.
        tags: Samples that have each tag; `None` for data without tags.
        ignored: How many files are left out, by the reason.
        converted: How many pictures are changed beyond their size, by what is done with them.
        notes: Whole sentences on what else should be known.
    """

    what: str = "samples"
    count: int | None = None
    held_out: int | None = None
    formats: Mapping[str, int] = field(default_factory=dict)
    sizes: Sizes | None = None
    channels: Mapping[str, int] = field(default_factory=dict)
    depth: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int | None] | None = None
    tags: Mapping[str, int] | None = None
    ignored: Mapping[str, int] = field(default_factory=dict)
    converted: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def lines(self) -> list[str]:
        """A few plain lines for a terminal; long lists of classes, reasons and formats are cut short."""
        lines = [self._headline()]
        lines += [] if self.classes is None else [self._labels(self.classes, "class", "classes")]
        lines += [] if self.tags is None else [self._labels(self.tags, "tag", "tags")]
        for title, counted in (("Ignored", self.ignored), ("Converted", self.converted)):
            if counted:
                lines.append(f"{title}: {listed([f'{count:,} {reason}' for reason, count in counted.items()], '; ')}.")
        return [_printable(line) for line in [*lines, *self.notes]]

    def to_dict(self) -> dict[str, Any]:
        """The same in plain values, for `config.json`; sizes are `[height, width]`."""
        sizes = None if self.sizes is None else {name: list(size) for name, size in self.sizes._asdict().items()}
        return {
            "what": self.what,
            "count": self.count,
            "held_out": self.held_out,
            "formats": dict(self.formats),
            "sizes": sizes,
            "channels": dict(self.channels),
            "depth": dict(self.depth),
            "classes": None if self.classes is None else dict(self.classes),
            "tags": None if self.tags is None else dict(self.tags),
            "ignored": dict(self.ignored),
            "converted": dict(self.converted),
            "notes": list(self.notes),
        }

    def _headline(self) -> str:
        count = "an unknown number of" if self.count is None else f"{self.count:,}"
        what = self.what[:-1] if self.count == 1 else self.what
        are = "is" if self.held_out == 1 else "are"
        held_out = f" {self.held_out:,} of them {are} held out." if self.held_out else ""
        kinds = [_shares(self.formats), self._sizes(), _shares(self.channels), _shares(self.depth)]
        kinds = [kind for kind in kinds if kind]
        return f"Found {count} {what}{': ' + '; '.join(kinds) if kinds else ''}.{held_out}"

    def _sizes(self) -> str:
        if self.sizes is None:
            return ""
        smallest, commonest, largest = (f"{width} x {height}" for height, width in self.sizes)
        if smallest == largest:
            return f"{smallest} pixels (width x height)"
        return f"{smallest} to {largest} pixels (width x height), most often {commonest}"

    @staticmethod
    def _labels(counted: Mapping[str, int | None], one: str, many: str) -> str:
        known = [count for count in counted.values() if count is not None]
        names = [_shortened(name) + ("" if count is None else f" {count:,}") for name, count in counted.items()]
        text = f"{len(counted):,} {one if len(counted) == 1 else many}: {listed(names)}"
        if len(counted) > _NAMED and known:
            least, most = min(known), max(known)
            text += f", of {least:,} samples each" if least == most else f", of {least:,} to {most:,} samples each"
        return f"{text}."


def listed(names: Sequence[str], separator: str = ", ") -> str:
    """The first names, and how many more there are."""
    if len(names) <= _NAMED:
        return separator.join(names)
    return f"{separator.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1:,} more"


def about_damaged(skipped: Mapping[str, str], what: str) -> list[str]:
    """A sentence on damaged files, which are counted; none where there are none.

    Args:
        skipped: What is wrong with each, by its name.
        what: What is counted: `"pictures"`, `"files"`.
    """
    if not skipped:
        return []
    first = limits.shortened(next(iter(skipped)))
    if len(skipped) == 1:
        return [f"1 of these {what} is damaged ({first}): it is counted above, and another takes its place."]
    return [
        f"{len(skipped):,} of these {what} are damaged ({first}, ...): they are counted above, and others take their "
        f"places."
    ]


def count_labels(labels: np.ndarray, names: Sequence[str]) -> dict[str, int]:
    """Samples of each class, by its name; `labels` are numbers `(n,)`."""
    return dict(zip(names, np.bincount(labels, minlength=len(names)).tolist(), strict=True))


def of_shape(shape: Sequence[int | None], dtype: Any, count: int | None, **others: Any) -> Found:
    """What a source of samples that are alike holds.

    Args:
        shape: Of one sample, before it is resized; `None` where an axis is free.
        dtype: Its NumPy type.
        count: How many samples, `None` where the source cannot say.
        **others: Further attributes of `Found`.
    """
    depth = {"8 bits" if dtype == np.uint8 else np.dtype(dtype).name: count or 0}
    if len(shape) != 3:
        return Found(count=count, depth=depth, **others)
    height, width, channels = shape
    sizes = None if None in (height, width) else Sizes(*[(int(height or 0), int(width or 0))] * 3)
    kinds = {} if channels is None else {_kind(channels): count or 0}
    return Found("images", count, sizes=sizes, channels=kinds, depth=depth, **others)


def of_pairs(
    input_shape: Sequence[int | None],
    target_shape: Sequence[int | None],
    count: int | None,
    held_out: int | None,
    **others: Any,
) -> Found:
    """What a source of pairs that are alike holds; shapes are of one input and one target, before they are resized."""
    sides = [size_of(shape) for shape in (input_shape, target_shape)]
    return Found("pairs", count, held_out, notes=[f"Inputs are {sides[0]}; targets {sides[1]}."], **others)


def size_of(shape: Sequence[int | None]) -> str:
    """The size of a sample as its files have it, width before height: `"24 x 32 pixels (width x height), colour"`.

    Args:
        shape: Of the sample; three axes are height, width and channels, `None` where one is free.
    """
    if len(shape) != 3:
        return " x ".join("any" if side is None else str(side) for side in shape)
    height, width = ("any" if side is None else str(side) for side in shape[:2])
    order = "" if height == width else " (width x height)"
    return f"{width} x {height} pixels{order}{'' if shape[2] is None else f', {_kind(shape[2])}'}"


def _kind(channels: int) -> str:
    return {1: "grey", 3: "colour", 4: "colour with alpha"}.get(channels, f"{channels} channels")


def _shares(counted: Mapping[str, int]) -> str:
    """Kinds with their numbers, the commonest first; a number only where there are several kinds."""
    if len(counted) == 1:
        return next(iter(counted))
    kinds = sorted(counted.items(), key=lambda kind: -kind[1])
    return listed([f"{count:,} {kind}" for kind, count in kinds])


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else limits.shortened(name)


def _printable(line: str) -> str:
    """Names of files and folders may hold what a terminal takes for orders."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)
