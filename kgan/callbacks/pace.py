"""How fast a fit goes, and how long it still takes."""

import time
from collections.abc import Callable

__all__ = ["Pace", "clock", "duration"]


class Pace:
    """Seconds a step and seconds between epochs, from which follow the seconds to the end of a fit.

    The first step, which compiles, counts for nothing; so does what follows the first epoch, once a second was seen.

    Args:
        epochs: Where the fit ends.
        now: The clock, in seconds.

    Attributes:
        epoch: The one in progress, from 0.
        step: Steps of it that are done.
        steps: How many it has; `None` where that is not known.
    """

    def __init__(self, epochs: int, now: Callable[[], float] = time.monotonic):
        self.epochs = epochs
        self.epoch = self.step = 0
        self.steps: int | None = None
        self._whole: int | None = None  # steps of an epoch that was not resumed
        self._now = now
        self._stepping = self._stepped = 0.0  # seconds, and the steps that took them
        self._between: list[float] = []
        self._last: float | None = None  # when the last step ended
        self._began = now()

    def begin_epoch(self, epoch: int, steps: int | None, done: int = 0) -> None:
        """An epoch begins, of so many steps as far as that is known; some may be done before the fit begins."""
        now = self._now()
        if self._last is not None:
            self._between.append(now - self._last)
            self._whole = self._whole or self.step
        self.epoch, self.step, self._began = epoch, done, now
        self.steps = steps if steps is not None else self._whole
        self._last = None if self._last is None else now

    def end_step(self) -> None:
        """A step is done."""
        now = self._now()
        if self._last is not None:
            self._stepping, self._stepped = self._stepping + now - self._last, self._stepped + 1
        self._last, self.step = now, self.step + 1

    @property
    def seconds_of_a_step(self) -> float | None:
        """The mean; `None` before the second step is done."""
        return self._stepping / self._stepped if self._stepped else None

    @property
    def seconds_of_the_epoch(self) -> float:
        """Since it began."""
        return self._now() - self._began

    @property
    def seconds_left(self) -> float | None:
        """To the end of the fit; `None` where nothing is known yet.

        Before the first epoch has ended, they lack what comes between epochs: `is_whole` says so.
        """
        step, later = self.seconds_of_a_step, self.epochs - self.epoch - 1
        steps = self.steps
        if step is None or steps is None:
            return None
        between = self._between[1:] or self._between or [0.0]
        rest = sum(between) / len(between)
        return (max(steps - self.step, 0) + later * (self._whole or steps)) * step + (later + 1) * rest

    @property
    def seconds_of_later_epochs(self) -> float | None:
        """Of the epochs after the one that ends now, what comes between included; `None` where nothing is known yet."""
        step, steps = self.seconds_of_a_step, self._whole or self.steps
        if step is None or steps is None or self._last is None:
            return None
        between = self._between[1:] or self._between or [self._now() - self._last]
        return (self.epochs - self.epoch - 1) * (steps * step + sum(between) / len(between))

    @property
    def is_whole(self) -> bool:
        """Whether `seconds_left` knows what comes between epochs: metrics, pictures, checkpoints."""
        return bool(self._between)

    @property
    def share(self) -> float | None:
        """Of the epochs up to the last one, how much is done, in [0, 1]."""
        if self.steps is None:
            return None
        return min((self.epoch + self.step / max(self.steps, 1)) / max(self.epochs, 1), 1.0)


def duration(seconds: float) -> str:
    """`"12 s"`, `"4 min 12 s"`, `"2 h 5 min"`, `"3 d 4 h"`."""
    whole = round(seconds)
    for large, small, inner, outer in ((86_400, 3_600, "h", "d"), (3_600, 60, "min", "h"), (60, 1, "s", "min")):
        if whole >= large:
            return f"{whole // large} {outer} {whole % large // small} {inner}"
    return f"{whole} s"


def clock(seconds: float) -> str:
    """`"0:12"`, `"4:12"`, `"2:05:00"`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
