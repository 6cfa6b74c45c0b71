"""Faces that are drawn, of people who do not live: whose face it is and how it looks are known of each."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from kgan._support.checks import whole

__all__ = ["EXPRESSIONS", "IDENTITIES", "DrawnFaces", "drawn_faces"]

EXPRESSIONS = ("neutral", "smile", "frown", "surprise", "wink")
_FINE = 4  # pixels of a drawing to one of the face, so that edges are smooth
_LEAST = 16
_SHIFT, _TURN, _SCALE = 0.05, 12.0, (0.9, 1.08)  # shares of a side, degrees, factors


class DrawnFaces(NamedTuple):
    """Faces, and what is known of them.

    Attributes:
        images: uint8 `(n, size, size, 3)`.
        expressions: int64 `(n,)`, places in `EXPRESSIONS`.
        masks: bool `(n, size, size)`, true where head and hair are.
    """

    images: np.ndarray
    expressions: np.ndarray
    masks: np.ndarray

    @property
    def names(self) -> list[str]:
        """The expression of each in words."""
        return [EXPRESSIONS[one] for one in self.expressions]


class _Looks(NamedTuple):
    """What stays the same in every picture of somebody."""

    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    eyes: tuple[int, int, int]
    lips: tuple[int, int, int]
    head: float  # half of its width, as a share of the side
    cut: str  # of the hair: short, long, bun or none
    brows: float  # their thickness
    glasses: bool
    beard: bool


IDENTITIES = {
    "ada": _Looks((244, 205, 176), (92, 46, 20), (66, 110, 60), (190, 70, 80), 0.26, "long", 0.012, False, False),
    "ben": _Looks((196, 138, 98), (30, 26, 26), (40, 30, 24), (150, 80, 70), 0.29, "short", 0.024, True, True),
}


def drawn_faces(identity: "str | int", count: int, image_size: int = 64, seed: int = 0) -> DrawnFaces:
    """Draws faces of one person with other expressions, poses, light and surroundings each time.

    A face looks up from the middle, turned by at most 12 degrees, shifted by at most a twentieth of the side; its
    expression is one of `neutral`, `smile`, `frown`, `surprise` and `wink`, each as often. It is for `kgan.FaceSwap`,
    where nobody's picture is to be used.

    Args:
        identity: `"ada"` or `"ben"`; or a number of 0 or more for somebody whose looks are drawn with that seed.
        count: How many, 1 or more.
        image_size: Pixels of a side, 16 or more.
        seed: Of expressions, poses, light and surroundings.

    Returns:
        The faces, with what is known of them.

    Raises:
        ValueError: if there is no such identity, or `count`, `image_size`, `seed` or the number of an identity is out
            of range.

    Examples:
        >>> faces = kgan.data.drawn_faces("ada", 3, image_size=32)
        >>> faces.images.shape, faces.names
        ((3, 32, 32, 3), ['frown', 'smile', 'neutral'])
    """
    if isinstance(identity, str):
        if identity not in IDENTITIES:
            names = " or ".join(map(repr, IDENTITIES))
            raise ValueError(f"Expected identity as {names}, or a number. Received: identity={identity!r}.")
        looks = IDENTITIES[identity]
    else:
        looks = _somebody(whole("identity", identity, 0))
    whole("count", count, 1)
    whole("image_size", image_size, _LEAST)
    random = np.random.RandomState(whole("seed", seed, 0))
    expressions = random.permutation(np.arange(count) % len(EXPRESSIONS)).astype(np.int64)
    drawn = [_face(looks, EXPRESSIONS[one], image_size, random) for one in expressions]
    return DrawnFaces(np.stack([one for one, _ in drawn]), expressions, np.stack([one for _, one in drawn]))


def _somebody(seed: int) -> _Looks:
    random = np.random.RandomState(seed)

    def between(low, high):
        return tuple(int(one) for one in np.asarray(low) + random.rand() * (np.asarray(high) - np.asarray(low)))

    return _Looks(
        skin=between((120, 78, 52), (250, 216, 190)),
        hair=between((20, 16, 14), (214, 176, 96)),
        eyes=between((38, 26, 20), (90, 140, 190)),
        lips=between((130, 50, 56), (214, 100, 106)),
        head=float(random.uniform(0.24, 0.31)),
        cut=str(random.choice(["short", "long", "bun", "none"])),
        brows=float(random.uniform(0.01, 0.026)),
        glasses=bool(random.rand() < 0.3),
        beard=bool(random.rand() < 0.25),
    )


def _face(looks: _Looks, expression: str, size: int, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """One picture uint8 `(size, size, 3)`, and where the head is."""
    side = size * _FINE
    head = Image.new("RGBA", (side, side))
    _Head(ImageDraw.Draw(head), side, looks, float(random.uniform(-1.0, 1.0))).draw(expression)
    shift = random.uniform(-_SHIFT, _SHIFT, 2) * side
    scale = random.uniform(*_SCALE)
    head = head.rotate(random.uniform(-_TURN, _TURN), Image.Resampling.BICUBIC, translate=tuple(map(int, shift)))
    grown = round(side * scale)
    edge = (side - grown) / 2
    head = head.transform(
        (side, side), Image.Transform.AFFINE, (1 / scale, 0, -edge / scale, 0, 1 / scale, -edge / scale), Image.BILINEAR
    )
    ends = random.randint(40, 230, (2, 3))  # a wall that fades from one colour to another
    wall = ends[0] + np.linspace(0.0, 1.0, side)[:, None, None] * (ends[1] - ends[0])
    picture = Image.fromarray(np.broadcast_to(wall, (side, side, 3)).astype(np.uint8)).convert("RGBA")
    picture.alpha_composite(head)
    light = random.uniform(0.85, 1.1)
    pixels = np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BOX), np.float64) * light
    mask = np.asarray(head.getchannel("A").resize((size, size), Image.Resampling.BOX)) > 127
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), mask


class _Head:
    """The strokes of a head, in shares of the side."""

    def __init__(self, draw: ImageDraw.ImageDraw, side: int, looks: _Looks, gaze: float):
        self.draw_on, self.side, self.looks, self.gaze = draw, side, looks, gaze

    def _box(self, x: float, y: float, across: float, down: float) -> list[float]:
        return [one * self.side for one in (x - across, y - down, x + across, y + down)]

    def _oval(self, x: float, y: float, across: float, down: float, colour: tuple) -> None:
        self.draw_on.ellipse(self._box(x, y, across, down), fill=colour)

    def _arc(self, x: float, y: float, across: float, down: float, angles: tuple, colour: tuple, thick: float) -> None:
        self.draw_on.arc(self._box(x, y, across, down), *angles, fill=colour, width=max(1, round(thick * self.side)))

    def _line(self, ends: list[tuple[float, float]], colour: tuple, thick: float) -> None:
        points = [(x * self.side, y * self.side) for x, y in ends]
        self.draw_on.line(points, fill=colour, width=max(1, round(thick * self.side)))

    def draw(self, expression: str) -> None:
        """The whole head."""
        looks = self.looks
        dark = tuple(int(one * 0.8) for one in looks.skin)
        if looks.cut == "long":
            self._oval(0.5, 0.56, looks.head + 0.07, 0.4, looks.hair)
        if looks.cut == "bun":
            self._oval(0.5, 0.13, 0.1, 0.09, looks.hair)
        if looks.cut != "none":
            self._oval(0.5, 0.42, looks.head + 0.035, 0.29, looks.hair)
        for way in (-1, 1):
            self._oval(0.5 + way * looks.head, 0.54, 0.04, 0.06, looks.skin)
        self._oval(0.5, 0.54, looks.head, 0.33, looks.skin)
        if looks.cut != "none":  # a fringe
            self.draw_on.chord(self._box(0.5, 0.42, looks.head, 0.2), 180, 360, fill=looks.hair)
        if looks.beard:
            self.draw_on.chord(self._box(0.5, 0.6, looks.head * 0.93, 0.265), 15, 165, fill=looks.hair)
        self._oval(0.5, 0.575, 0.03, 0.045, dark)
        self._eyes(expression)
        self._mouth(expression)

    def _eyes(self, expression: str) -> None:
        looks = self.looks
        for way in (-1, 1):
            x, y = 0.5 + way * 0.115, 0.475
            if expression == "wink" and way == 1:
                self._arc(x, y, 0.055, 0.03, (10, 170), (40, 30, 30), 0.016)
            else:
                tall = 0.058 if expression == "surprise" else 0.036
                self._oval(x, y, 0.055, tall, (250, 250, 250))
                self._oval(x + 0.018 * self.gaze, y, 0.028, min(tall, 0.034), looks.eyes)
                self._oval(x + 0.018 * self.gaze, y, 0.013, 0.014, (10, 10, 10))
            lifted, inner = {"surprise": (0.05, 0.0), "frown": (0.0, 0.035)}.get(expression, (0.015, 0.0))
            brow = [(x - way * 0.05, y - 0.065 - lifted + inner), (x + way * 0.055, y - 0.065 - lifted)]
            self._line(brow, tuple(int(one * 0.7) for one in looks.hair), looks.brows)
            if looks.glasses:
                self._arc(x, y, 0.085, 0.075, (0, 360), (20, 20, 30), 0.014)
        if looks.glasses:
            self._line([(0.47, 0.475), (0.53, 0.475)], (20, 20, 30), 0.014)

    def _mouth(self, expression: str) -> None:
        lips = self.looks.lips
        if expression == "smile":
            self.draw_on.chord(self._box(0.5, 0.685, 0.11, 0.075), 0, 180, fill=lips)
            self.draw_on.chord(self._box(0.5, 0.685, 0.085, 0.035), 0, 180, fill=(250, 250, 245))
        elif expression == "frown":
            self._arc(0.5, 0.775, 0.1, 0.065, (190, 350), lips, 0.026)
        elif expression == "surprise":
            self._oval(0.5, 0.725, 0.055, 0.075, lips)
            self._oval(0.5, 0.73, 0.035, 0.052, (60, 16, 20))
        elif expression == "wink":
            self._arc(0.5, 0.69, 0.085, 0.045, (0, 180), lips, 0.026)
        else:
            self._line([(0.41, 0.715), (0.59, 0.715)], lips, 0.026)
