"""What to try, in the words of where it is read, and never what is already so."""

from collections.abc import Sequence

from kgan.diagnostics.compiled_settings import PLAYERS, CompiledSettings

__all__ = ["READERS", "Advice"]

READERS = ("python", "command line")
_STRONGER = 3.0  # times, of penalties
_PENALTIES = {
    "r1": ("R1", "gamma"),
    "r2": ("R2", "gamma"),
    "wgangp": ("WGANGP", "weight"),
    "dragan": ("DRAGAN", "weight"),
}
_MOST = 2  # suggestions at once: the first that helps is worth more than a list


class Advice:
    """Suggestions for a model, each a sentence with what to type; empty where that is already so.

    Args:
        settings: What the model was compiled with.
        reader: `"python"` for arguments of `compile`, `"command line"` for `--set` of `kgan train`.

    Raises:
        ValueError: if there is no such reader.
    """

    def __init__(self, settings: "CompiledSettings | None" = None, reader: str = "python"):
        if reader not in READERS:
            raise ValueError(f"Expected advice_for to be one of {', '.join(READERS)}. Received: advice_for={reader!r}.")
        self.settings = CompiledSettings() if settings is None else settings
        self._at_command_line = reader == "command line"

    @staticmethod
    def of(*suggestions: str, most: int = _MOST) -> str:
        """The first suggestions that there are, as one text."""
        return " ".join([one for one in suggestions if one][:most])

    # --- learning rates ---

    def rate(self, player: str, factor: float) -> str:
        """Another learning rate of a player, by a factor."""
        verb = "Lower" if factor < 1.0 else "Raise"
        now = self.settings.rates.get(player)
        if not now:  # a schedule, or one of 0, whose multiples are 0
            if self._at_command_line:
                return f"{verb} the {player}'s learning rate (--set {player}_optimizer.learning_rate=...)."
            return f"{verb} the {player}'s learning rate."
        new = float(f"{now * factor:.2g}")
        return f"{verb} the {player}'s learning rate from {now:g} to {new:g} ({self._rate(player, new)})."

    def rates(self, factor: float) -> str:
        """Another learning rate of both players, by a factor."""
        now = {player: rate for player, rate in self.settings.rates.items() if rate}
        if len(now) == len(PLAYERS):
            new = {player: float(f"{rate * factor:.2g}") for player, rate in now.items()}
            typed = (" " if self._at_command_line else "; ").join(self._rate(*one) for one in new.items())
            verb = "Lower" if factor < 1.0 else "Raise"
            return f"{verb} both learning rates ({typed})."
        return "Lower both learning rates." if factor < 1.0 else "Raise both learning rates."

    def _rate(self, player: str, rate: float) -> str:
        if self._at_command_line:
            return f"--set {player}_optimizer.learning_rate={rate:g}"
        return f"gan.{player}_optimizer.learning_rate = {rate:g}"

    def set_rate(self, player: str, rate: float) -> str:
        """A learning rate for a player that has none."""
        typed = self._rate(player, rate)
        return f"Give the {player}'s optimizer a learning rate above 0 ({typed}), or let its layers train."

    def less_momentum(self) -> str:
        """beta_1 of 0."""
        if not any(self.settings.beta_1.values()):
            return ""
        typed = "--set beta_1=0" if self._at_command_line else "Adam(..., beta_1=0.0)"
        return f"Take beta_1 of 0 in both optimizers ({typed})."

    def clip(self) -> str:
        """Clipped gradients."""
        if self.settings.clips:
            return ""
        typed = "Adam(..., global_clipnorm=1.0)"
        if self._at_command_line:
            typed = " ".join(f"--set {player}_optimizer.global_clipnorm=1" for player in PLAYERS)
        return f"Clip both gradients ({typed})."

    # --- what the players learn ---

    def penalties(self) -> str:
        """Zero-centred penalties, or stronger ones where there are some."""
        present = [name for name in self.settings.penalties if name in _PENALTIES]
        if not present:
            return self._new_penalties()
        known = {name: self.settings.penalties[name] for name in present}
        if not all(known.values()):
            return "Strengthen the gradient penalties."
        new = {name: float(f"{_STRONGER * strength:.2g}") for name, strength in known.items() if strength}
        if self._at_command_line:
            typed = " ".join(f"--set penalties.{name}.{_PENALTIES[name][1]}={new[name]:g}" for name in present)
        else:
            kept = [repr(name) for name in self.settings.penalties if name not in _PENALTIES]
            made = [f"kgan.penalties.{_PENALTIES[name][0]}({new[name]:g})" for name in present]
            typed = f"penalties=[{', '.join(made + kept)}]"
        return f"Strengthen the gradient penalties ({typed})."

    def _new_penalties(self) -> str:
        without = " and a discriminator without batch normalisation" if self.settings.mixes_batch else ""
        if self._at_command_line:
            typed = "--set penalties.r1.gamma=1 --set penalties.r2.gamma=1"
            if self.settings.mixes_batch:
                typed = f"--set {self.settings.without_mixing} {typed}"
        else:
            names = [*self.settings.penalties, "r1", "r2"]
            typed = f"penalties=[{', '.join(map(repr, names))}]"
        return f"Take R1 and R2 penalties{without} ({typed})."

    def weaker_penalties(self) -> str:
        """Weaker penalties, where there are some; else nothing."""
        return "Weaken the discriminator's penalties." if self.settings.penalties else ""

    def loss(self, *names: str) -> str:
        """The first of some losses, unless the model has one of them."""
        if self.settings.loss in names:
            return ""
        typed = f"--set loss={names[0]}" if self._at_command_line else f"loss={names[0]!r}"
        return f"Take another loss ({typed})."

    def mode_seeking(self) -> str:
        """The objective that keeps samples apart."""
        if "mode_seeking" in self.settings.objectives:
            return ""
        names = [*self.settings.objectives, "mode_seeking"]
        typed = f"objectives=[{', '.join(map(repr, names))}]"
        if self._at_command_line:
            typed = "--set objectives.mode_seeking.weight=1"
        return f"Let the generator keep samples apart ({typed})."

    def more_l1(self) -> str:
        """A larger weight of the objective L1, which holds outputs to their truths."""
        weight = self.settings.objectives.get("l1", 0.0)
        if weight is None:  # it follows a schedule
            return "Raise the weight of L1 against the adversarial loss."
        if not weight:
            typed = "--set objectives.l1.weight=100" if self._at_command_line else "objectives=['l1']"
            return f"Hold outputs to their truths ({typed})."
        new = float(f"{_STRONGER * weight:.2g}")
        typed = f"--set objectives.l1.weight={new:g}" if self._at_command_line else f"kgan.objectives.L1({new:g})"
        return f"Raise the weight of L1 from {weight:g} to {new:g} ({typed})."

    def more_pairs(self) -> str:
        """More of the pairs that there are."""
        typed = "load_pairs(..., random_crop=..., flip=True)"
        if self._at_command_line:
            typed = "--set data.random_crop=... --set data.flip=true"
        return f"Gather more pairs; random crops and flips, where they are not on, make more of them ({typed})."

    def augment(self) -> str:
        """Augmentation, unless the strongest there is."""
        if self.settings.augmentation == "ada":
            return ""
        typed = "--set augmentation=ada" if self._at_command_line else "augmentation='ada'"
        return f"Augment adaptively ({typed})."

    def train_longer(self) -> str:
        """More epochs."""
        return "Train on (kgan resume with more --epochs)." if self._at_command_line else "Train on."

    def wider(self, players: Sequence[str] = PLAYERS) -> str:
        """Larger networks."""
        who = " and ".join(players)
        typed = f" ({' '.join(f'--set {player}.width=...' for player in players)})" if self._at_command_line else ""
        return f"Widen the {who}{typed}."
