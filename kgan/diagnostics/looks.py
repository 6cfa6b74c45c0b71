"""What monitors share: a look every so many epochs, a verdict, and a record of both."""

import math
import os
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar

import keras

from kgan._support import files
from kgan._support.checks import whole
from kgan.diagnostics.advice import Advice
from kgan.diagnostics.compiled_settings import settings_of
from kgan.diagnostics.steadying import steadied
from kgan.diagnostics.verdict import Verdict

__all__ = ["LookingCallback"]


class LookingCallback(keras.callbacks.Callback):
    """A callback that looks at the model every so many epochs and says a verdict when it changes.

    The signs that it reads are added to the logs as `monitor_...`; callbacks after it in the list see them. A subclass
    sets `signs` and overrides `begin`, `look` and `judge`. Where `begin` finds too little data to look at, there are no
    looks and no verdicts, and what it adds to the logs is NaN. So it is while the generator is pre-trained.

    Args:
        every: Epochs between two looks.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        say: Called with the line.
        advice_for: Who reads the advice: `"python"` is told arguments of `compile`, `"command line"` settings of
            `kgan train`.

    Attributes:
        signs: The dataclass of figures that a look gives.
        missing: What a figure that is not finite is read back as, by its name; NaN for the others.
        epochs: The epochs, from 1, after which it looked.
        history: The signs of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look: a new one once two looks in a row say so.
        seen: The name of what each look alone said.

    Raises:
        ValueError: if `every` is less than 1, or `advice_for` is neither of the two.
    """

    signs: ClassVar[type]
    missing: ClassVar[dict[str, float]] = {}

    def __init__(
        self,
        every: int = 1,
        path: "str | os.PathLike | None" = None,
        verbose: int = 1,
        say: Callable[[str], None] = print,
        advice_for: str = "python",
    ):
        super().__init__()
        Advice(reader=advice_for)  # one that there is not is refused now, not after the first epoch
        self.advice_for = advice_for
        self.every = whole("every", every, 1)
        self.path = None if path is None else Path(path)
        self.verbose = verbose
        self.say = say
        self._sees = True
        self._earlier: dict[str, Any] = {"looks": []}
        self._look_back()

    def begin(self) -> bool:
        """Called when training begins, with `self.model` set; gives back whether there is enough data to look at."""
        return True

    def look(self) -> Any:
        """The signs now."""
        raise NotImplementedError(f"Expected {type(self).__name__} to override `look`.")  # Keras callbacks are no ABCs

    def judge(self) -> Verdict:
        """What `self.history` means, whose last entry is new; a verdict that one look alone contradicts stays."""
        raise NotImplementedError(f"Expected {type(self).__name__} to override `judge`.")

    @property
    def advice(self) -> Advice:
        """What to suggest for the model as it is compiled."""
        return Advice(settings_of(self.model), self.advice_for)

    def recall(self, record: dict, epochs: int) -> None:
        """Lets the next training go on from the looks of an earlier one.

        What a look measures since the one before it is NaN in the first.

        Args:
            record: As `record` gave it.
            epochs: Epochs of it that count; looks after later ones are forgotten.
        """
        self._earlier = {**record, "looks": [look for look in record["looks"] if look["epoch"] <= epochs]}

    def _look_back(self) -> None:
        looks = self._earlier["looks"]
        self.epochs: list[int] = [look["epoch"] for look in looks]
        self.history: list[Any] = [self._read(look["signs"]) for look in looks]
        self.verdicts: list[Verdict] = [Verdict(**look["verdict"]) for look in looks]
        self.seen: list[str] = [look.get("seen", look["verdict"]["name"]) for look in looks]

    def _read(self, values: dict) -> Any:
        return self.signs(
            **{key: self.missing.get(key, math.nan) if value is None else value for key, value in values.items()}
        )

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._sees = self.begin()
        self._look_back()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if (epoch + 1) % self.every or not self._sees or self._is_pretrained:
            if logs is not None:  # a column that begins late is one that Keras's CSVLogger leaves out
                logs.update({f"monitor_{field.name}": math.nan for field in fields(self.signs)})
            return
        self.epochs.append(epoch + 1)
        self.history.append(self.look())
        seen = self.judge()
        before = self.seen[-1] if self.seen else ""
        self.seen.append(seen.name)
        self.verdicts.append(steadied(seen, before, self.verdicts[-1] if self.verdicts else None))
        if logs is not None:
            logs.update({f"monitor_{name}": value for name, value in asdict(self.history[-1]).items()})
        changed = len(self.verdicts) < 2 or self.verdicts[-2].name != self.verdicts[-1].name
        if self.verbose > 1 or (self.verbose and changed):
            self.say(f"\nEpoch {epoch + 1}, {self.verdicts[-1]}")
        if self.path is not None:
            files.write_json(self.path, self.record())

    @property
    def _is_pretrained(self) -> bool:
        """Whether the generator is pre-trained now, so that there is no game to look at."""
        return getattr(self.model, "pretraining", None) is not None

    def record(self) -> dict:
        """All looks as plain values, a figure that is not finite as `None`."""
        looks = [
            {
                "epoch": epoch,
                "verdict": asdict(verdict),
                "seen": seen,
                "signs": {key: value if math.isfinite(value) else None for key, value in asdict(signs).items()},
            }
            for epoch, signs, verdict, seen in zip(self.epochs, self.history, self.verdicts, self.seen, strict=True)
        ]
        return {"looks": looks}
