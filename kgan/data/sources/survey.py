"""What the headers of all pictures say together, and what is decided from it: channels, and depth."""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kgan.data import colours, depth, resizing
from kgan.data.depth import Levels
from kgan.data.found import Sizes
from kgan.data.sources.picture_file import Look, Pixels
from kgan.data.splits import DataError

__all__ = ["Survey", "Target", "Wish"]

_LOOKED_AT = 1000  # pictures of more than 8 bits whose pixels are looked at for their levels, evenly spread
_LOOKED_AT_PIXELS = 2**28  # of them all
_FEWEST = 16  # of them, however large
_BYTES_LOOKED_AT = 8  # pictures of 8 bits
_DARK = 0.02  # of white, on average
_DARKEST = 16  # of 255, at most
_BYTES = "8 bits"


class Wish(NamedTuple):
    """How pictures are asked for; arguments of `kgan.data.load`, checked.

    Attributes:
        size: `(height, width)`; `None` keeps theirs.
        crop: Whether resizing cuts or stretches.
        channels: 1 to 16; `None` for what the pictures need.
        background: Of what is transparent.
        depth: One of `depth.DEPTHS`.
        levels: Values of black and white; `None` for what the pictures hold.
    """

    size: resizing.Size | None = None
    crop: bool = True
    channels: int | None = None
    background: str = "white"
    depth: str = "auto"
    levels: Levels | None = None


class Target(NamedTuple):
    """What every picture is made to be.

    Attributes:
        size: `(height, width)`; `None` keeps theirs.
        crop: Whether resizing cuts or stretches.
        channels: How many.
        background: Of what is transparent.
        full: Whether they become float32 in [-1, 1], or uint8.
        levels: By the word for the depth, of pictures of more than 8 bits.
        all_seen: Whether the levels come from all these pictures.
        planes: Pages or bands of a file that are channels, if it has so many; 0 for none.
        alpha: Whether the last channel is one of transparency.
    """

    size: resizing.Size | None
    crop: bool
    channels: int
    background: str
    full: bool
    levels: dict[str, Levels]
    all_seen: bool = True
    planes: int = 0
    alpha: bool = False

    @property
    def dtype(self) -> type:
        """Of the arrays that are made."""
        return np.float32 if self.full else np.uint8


class Survey:
    """Takes in the headers of pictures one by one."""

    def __init__(self) -> None:
        self.count = 0
        self.formats: Counter[str] = Counter()
        self.sizes: Counter[resizing.Size] = Counter()
        self.kinds: Counter[tuple[int, bool]] = Counter()
        self.depths: Counter[str] = Counter()
        self.modes: Counter[str] = Counter()
        self.cut: Counter[tuple[str, str]] = Counter()
        self.animated: Counter[str] = Counter()
        self.bands: Counter[int] = Counter()
        self.planed: Counter[tuple[int, bool, int]] = Counter()
        self._first: dict[tuple[int, int], str] = {}
        self._names: dict[str, list[str]] = {}
        self._notes: list[str] = []

    def add(self, name: str, look: Look) -> None:
        """Takes in one header."""
        self.count += 1
        self.formats[look.format] += 1
        self.sizes[look.size] += 1
        self.kinds[look.channels, look.alpha] += 1
        self.planed[look.channels, look.alpha, look.planes] += 1
        self.depths[look.depth] += 1
        self._first.setdefault((look.channels, look.planes), name)
        self._names.setdefault(look.depth, []).append(name)
        if look.mode:
            self.modes[look.mode] += 1
        if look.cut:
            self.cut[look.format, look.cut] += 1
        if look.frames > 1:
            self.animated["first page of several" if look.planes else "first frame of an animation or series"] += 1
        if look.planes > look.channels and look.frames == 1:
            self.bands[look.planes] += 1

    def target(self, wish: Wish, read: Callable[[str, int], "Pixels | None"]) -> Target:
        """What the pictures are made to be.

        Args:
            wish: How they are asked for.
            read: From a name, and a number of planes or 0, to the pixels as they are kept, `None` for a damaged file.

        Raises:
            DataError: if pictures have other channels than are asked for, or than one another, in a way that none can
                be made of the other.
        """
        channels = self._channels(wish)
        deep = self.count - self.depths[_BYTES]
        full = wish.depth == "full" or (wish.depth == "auto" and 2 * deep > self.count)
        levels, all_seen = {}, True
        for word, names in self._names.items():
            if word == _BYTES:
                self._look_for_darkness(names, read)
                continue
            looked_at = names[:: self._step(names)]
            found = depth.Range()
            for name in looked_at:
                _take_in(found, name, wish.channels or 0, read)
            levels[word] = wish.levels or depth.levels_of(found)
            all_seen = all_seen and len(looked_at) == len(names)
            self._tell_levels(word, found, levels[word], len(looked_at) < len(names))
        alpha = channels in (2, 4) and all(channels in (1, 3) for channels, _ in self.kinds)
        planes = wish.channels or 0
        return Target(wish.size, wish.crop, channels, wish.background, full, levels, all_seen, planes, alpha)

    def found(self, target: Target) -> dict[str, Any]:
        """Attributes of `Found` that the headers tell."""
        kinds = {colours.word_for(*kind): count for kind, count in self.kinds.items()}
        return {
            "formats": dict(self.formats),
            "sizes": Sizes.of(self.sizes),
            "channels": kinds,
            "depth": dict(self.depths),
            "converted": self._converted(target),
            "notes": list(self._notes),
        }

    # --- channels ---

    def _channels(self, wish: Wish) -> int:
        if wish.channels is not None:
            for (channels, planes), name in self._first.items():
                if not _can_become(channels, planes, wish.channels):
                    raise DataError(
                        f"Expected pictures that can have channels={wish.channels}. Received: {name} with {channels}. "
                        f"Ask for channels={channels}, or leave the argument out."
                    )
            return wish.channels
        found = {channels for channels, _ in self.kinds}
        if found <= {1, 3}:
            red, green, blue = colours.parse_background(wish.background)
            coloured = self.kinds[1, True] and not red == green == blue
            return 3 if 3 in found or coloured else 1
        if len(found) > 1:
            some = [f"{name} with {channels}" for (channels, _), name in self._first.items()][:2]
            raise DataError(
                f"Expected pictures of one number of channels. Received: {' and '.join(some)}. Put one kind into "
                f"another folder, or pass channels."
            )
        return found.pop()

    def _converted(self, target: Target) -> dict[str, int]:
        counted: dict[str, int] = {}

        def note(reason: str, count: int) -> None:
            if count:
                counted[reason] = counted.get(reason, 0) + count

        wanted = target.channels
        for (channels, alpha), all_of_them in self.kinds.items():
            count = all_of_them - (self.planed[channels, alpha, target.planes] if target.planes else 0)
            note("grey made colour", count if channels == 1 and wanted in (3, 4) else 0)
            note("colour made grey", count if channels == 3 and wanted in (1, 2) else 0)
            note(f"with transparency laid over {target.background}", count if alpha and wanted in (1, 3) else 0)
            note(
                "made opaque, for want of an alpha channel",
                count if not alpha and _alpha_added(channels, wanted) else 0,
            )
        for mode, count in self.modes.items():
            note("MONOCHROME1 inverted" if mode == "MONOCHROME1" else f"{mode} made RGB", count)
        for word, count in self.animated.items():
            note(word, 0 if "page" in word and target.planes > 1 else count)
        for bands, count in self.bands.items():
            note(f"first 3 of {bands} bands (channels={bands} keeps all)", count if wanted != bands else 0)
        for word, count in self.depths.items():
            if word != _BYTES:
                note(f"of {word} brought to {'[-1, 1]' if target.full else '8 bits'} from {target.levels[word]}", count)
        for (name, bits), count in self.cut.items():
            way = "pip install 'kgan[tiff]'" if name == "TIFF" else "PNG or TIFF of 16 bits"
            note(f"of {bits} cut to 8 by the reader of {name} ({way} keeps them)", count)
        note("of 8 bits brought to [-1, 1] beside deeper ones", self.depths[_BYTES] if target.full else 0)
        if target.size is not None:
            height, width = target.size
            small = sum(count for (h, w), count in self.sizes.items() if h < height or w < width)
            note(f"enlarged to {width} x {height}", small)
        return counted

    # --- depth ---

    def _step(self, names: list[str]) -> int:
        """Every how many pictures are looked at."""
        largest = max(height * width for height, width in self.sizes)
        most = max(_FEWEST, min(_LOOKED_AT, _LOOKED_AT_PIXELS // largest))
        return -(-len(names) // most)

    def _tell_levels(self, word: str, found: depth.Range, levels: depth.Levels, some: bool) -> None:
        count = self.depths[word]
        of = f" in the {found.count:,} looked at" if some else ""
        self._notes.append(
            f"{count:,} of {word}: values from {found.low:,.6g} to {found.high:,.6g}{of} ({levels.meaning}), so black "
            f"is {depth.written(levels.low)} and white {depth.written(levels.high)}. levels=[black, white] sets them."
        )
        if found.gaps:
            self._notes.append(f"{found.gaps:,} of {word} hold values that are no numbers; they become black.")
        scaled = (found.mean - levels.low) / (levels.high - levels.low)
        if found.count and scaled < _DARK:
            self._notes.append(
                f"Pictures of {word} are nearly black: {scaled:.1%} of white on average. Pass levels=[black, white] "
                f"if their white is lower."
            )

    def _look_for_darkness(self, names: list[str], read: Callable[[str, int], "Pixels | None"]) -> None:
        found = depth.Range()
        for name in names[:: -(-len(names) // _BYTES_LOOKED_AT)]:
            _take_in(found, name, 0, read)
        if found.count and found.high < _DARKEST:
            self._notes.append(
                f"Pictures of 8 bits are nearly black: values up to {found.high:.0f} of 255 in the {found.count:,} "
                f"looked at. Stretch them first if they are masks or hold fewer bits."
            )


def _take_in(found: depth.Range, name: str, planes: int, read: Callable[[str, int], "Pixels | None"]) -> None:
    """One picture's values into the range, where it can be read."""
    pixels = read(name, planes)
    if pixels is not None:
        found.update(pixels.values[..., :-1] if pixels.alpha else pixels.values)


def _can_become(channels: int, planes: int, wanted: int) -> bool:
    return wanted in (channels, planes) or (channels in (1, 3) and wanted <= 4)


def _alpha_added(channels: int, wanted: int) -> bool:
    return channels in (1, 3) and wanted in (2, 4)
