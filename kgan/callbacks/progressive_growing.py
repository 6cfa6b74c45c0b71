"""Networks that grow while they train."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import keras

from kgan._support.checks import whole

__all__ = ["ProgressiveGrowing"]

_PUBLISHED = 600_000  # images, in the authors' program; the paper has 800,000


class ProgressiveGrowing(keras.callbacks.Callback):
    """Trains small images first, and lets the networks grow to twice the height and width at a time.

    A size trains for `images` images, then the next fades in over `fade` images, and so on; the last trains until `fit`
    ends. Reals lose the detail that the networks do not have yet, and fade as they do. At each growth both optimizers
    start afresh and the step is traced anew; nothing is computed for sizes to come. The stage and the fade are saved
    with the model, so that training goes on from any checkpoint with the same callback.

    Put it first in the list of callbacks, before those that save. The networks are `kgan.architectures.pggan_generator`
    and `pggan_discriminator`, or others with a `kgan.layers.Growing`; data have the full size. Whatever is drawn or
    exported at an earlier stage has the full size too, in squares of equal pixels. In the logs, `growth_pixels` is the
    shorter side of images now and `growth_fade` the weight of that size in [0, 1].

    Args:
        images: Images for which a size trains before the next begins to fade in: a whole number, or a list of one for
            each size but the last. The default is that of the authors' program.
        fade: Images in which a size fades in: a whole number, or a list of one for each size but the first; with 0 it
            is there at once. `None` for as many as the size before it trained for, as in the paper.
        start: Shorter side of the first images, in pixels; `None` for the smallest, 4 to 7.
        say: Called with a line at each growth; `None` says nothing.

    Examples:
        >>> growing = kgan.callbacks.ProgressiveGrowing(images=20_000, start=8)  # fit(callbacks=[growing])
        >>> growing.images, growing.fade
        (20000, None)

    Raises:
        ValueError: if `images` is less than 1 or `fade` negative; when training begins, if the networks cannot grow,
            there is no such `start`, a list is too short or too long, or a model that has seen images is at another
            stage than this schedule would have it.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs for Improved Quality, Stability, and Variation, section 2 and
        appendix A.1. arXiv:1710.10196
    """

    def __init__(
        self,
        images: "int | Sequence[int]" = _PUBLISHED,
        fade: "int | Sequence[int] | None" = None,
        start: int | None = None,
        say: Callable[[str], None] | None = None,
    ):
        super().__init__()
        self.images = _each("images", images, 1)
        self.fade = None if fade is None else _each("fade", fade, 0)
        self.start = None if start is None else whole("start", start, 1)
        self._say = say
        self._sizes: list[tuple[int, int]] = []  # of all stages
        self._begins: dict[int, int] = {}  # by stage: after how many images it does
        self._fades: dict[int, int] = {}
        self._seen = self._most = self._calls = self._next_look = 0

    @property
    def is_published(self) -> bool:
        """Whether sizes train and fade in for as many images as in the authors' program."""
        return self.images == _PUBLISHED and self.fade in (None, _PUBLISHED)

    def needs_for(self, model: Any) -> int:
        """Images until the last size has faded in.

        Args:
            model: A compiled `kgan.GAN` whose networks grow.

        Raises:
            ValueError: if the networks cannot grow, there is no such `start`, or a list is too short or too long.
        """
        self._plan(model)
        last = max(self._begins)
        return self._begins[last] + self._fades[last]

    def shortened_for(self, model: Any, images: int) -> int:
        """For how many images each size trains, and fades in over, where so many images are shared among them alike.

        Args:
            model: As in `needs_for`.
            images: Of all training.

        Raises:
            ValueError: as `needs_for`, if the networks cannot grow so.
        """
        self._plan(model)
        return max(1, images // (2 * len(self._begins) - 1))

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._plan(self.model)
        self._seen = int(self.model.images_seen.numpy())
        if self._seen:
            self._check_stage()
        else:
            self.model.grow(min(self._begins))
        self._most = self._calls = 0
        self._next_look = 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._calls += 1
        if self._calls < self._next_look:
            return
        seen = int(self.model.images_seen.numpy())
        self._most = max(self._most, seen - self._seen if self._calls <= 2 else 0)  # of a call; one may be short
        self._seen = seen
        stage = self._stage_at(seen)
        if stage > self.model.stage:
            self._grow(stage)
        left = self._begins.get(stage + 1, 2**62) - seen
        self._next_look = self._calls + max(1, left // (2 * self._most) if self._calls > 1 and self._most else 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            layer = self.model.growing_layers[0]
            logs |= {"growth_pixels": float(min(self._sizes[layer.stage])), "growth_fade": float(layer.fade.numpy())}

    def _plan(self, model: Any) -> None:
        """Works out when each stage begins, for the networks of this model."""
        if not hasattr(model, "growing_layers"):
            raise ValueError(
                f"Expected a kgan.GAN for ProgressiveGrowing. Received: {type(model).__name__}, which cannot grow."
            )
        model.check_grows()
        last = model.growing_layers[0].last
        height, width = model.sample_shape[:2]
        self._sizes = [(height // 2 ** (last - stage), width // 2 ** (last - stage)) for stage in range(last + 1)]
        sides = [min(size) for size in self._sizes]
        if self.start is not None and self.start not in sides:
            raise ValueError(
                f"Expected start to be one of {', '.join(map(str, sides))}, the shorter sides of images of "
                f"{height} x {width} pixels as they grow. Received: start={self.start}."
            )
        first = 0 if self.start is None else sides.index(self.start)
        stable, fades = self._lists(last + 1 - first)
        self._begins, self._fades, at = {first: 0}, {first: 0}, 0
        for stage, trains, fades_in in zip(itertools.count(first + 1), stable, fades, strict=False):
            at += trains
            self._begins[stage], self._fades[stage] = at, fades_in
            at += fades_in

    def _lists(self, sizes: int) -> tuple[list[int], list[int]]:
        """For each growth: how long the size before it trains, and how long it fades in."""
        stable = _of("images", self.images, sizes - 1)
        return stable, stable if self.fade is None else _of("fade", self.fade, sizes - 1)

    def _stage_at(self, images: int) -> int:
        return max(stage for stage, begins in self._begins.items() if begins <= images)

    def _grow(self, stage: int) -> None:
        begins, lasts = self._begins[stage], self._fades[stage]
        self.model.grow(stage, begins, lasts)
        if self._say is not None:
            how = f"fade in over {lasts:,}" if lasts else "are there at once"
            self._say(f"Images grow to {self._pixels(stage)} pixels after {self._seen:,} of them, and {how}.")

    def _check_stage(self) -> None:
        """Refuses a model that has trained by another schedule, or by none."""
        layer, stage = self.model.growing_layers[0], self._stage_at(self._seen)
        expected = (stage, self._begins[stage], self._fades[stage]) if self._fades[stage] else (stage, 0, 0)
        received = (layer.stage, 0, 0)
        if layer.fades:
            received = (layer.stage, int(layer.fade_begins.numpy()), int(layer.fade_lasts.numpy()))
        if expected != received:
            raise ValueError(
                f"Expected a model that has grown by this schedule: after {self._seen:,} images, at "
                f"{self._told(*expected)}. Received: one at {self._told(*received)}. Go on with the schedule that it "
                f"began with, or take it where this one has it: gan.grow{expected}."
            )

    def _told(self, stage: int, begins: int, lasts: int) -> str:
        fades = f", which fade in from {begins:,} to {begins + lasts:,}" if lasts else ""
        return f"{self._pixels(stage)} pixels{fades}"

    def _pixels(self, stage: int) -> str:
        return " x ".join(map(str, self._sizes[stage]))


def _each(argument: str, value: "int | Sequence[int]", least: int) -> "int | list[int]":
    if isinstance(value, list | tuple):
        return [whole(f"{argument}[{number}]", one, least) for number, one in enumerate(value)]
    return whole(argument, value, least)


def _of(argument: str, value: "int | list[int]", growths: int) -> list[int]:
    """A number for each growth."""
    if not isinstance(value, list):
        return [value] * growths
    if len(value) != growths:
        raise ValueError(
            f"Expected {argument} as one number, or a list of {growths}, because the images grow {growths} times. "
            f"Received: {argument}={value}. Pass start=... for networks that begin with larger images."
        )
    return value
