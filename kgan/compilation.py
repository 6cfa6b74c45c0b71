"""How much of a training step XLA compiles."""

import enum

from kgan import xla_on_cpu


class Compilation(enum.Enum):
    """How much it is."""

    WHOLE = "the step as one function, Keras's jit_compile"
    WAYS = "each way that the step can take on its own, see kgan.branches"
    NOTHING = "nothing"

    @classmethod
    def of_step(
        cls, asked: "bool | str", *, in_graph: bool, supported: bool, branches: bool, holds: bool
    ) -> "Compilation":
        """What an argument `jit_compile` comes to.

        Args:
            asked: `True`, `False`, or `"auto"`: wherever it can be had and is faster.
            in_graph: Whether the step is a graph of one replica: XLA cannot compile where replicas meet.
            supported: Whether XLA can compile every layer.
            branches: Whether what a step does depends on its number. XLA's convolutions run on one core in a branch on
                CPU, so that each way is compiled on its own there.
            holds: Whether it depends on which player is held too, which would be too many ways.
        """
        if asked != "auto":
            return cls.WHOLE if asked else cls.NOTHING
        if not (in_graph and supported):
            return cls.NOTHING
        if not ((branches or holds) and xla_on_cpu.has_only_cpu()):
            return cls.WHOLE
        return cls.NOTHING if holds else cls.WAYS


def check(asked: "bool | str", is_distributed: bool) -> None:
    """Refuses what is no `jit_compile`, or cannot be had.

    Raises:
        ValueError: It is, or cannot.
    """
    if asked not in ("auto", True, False):
        raise ValueError(f"Expected jit_compile as 'auto', True or False. Received: jit_compile={asked!r}.")
    if asked is True and is_distributed:
        raise ValueError(
            "Expected jit_compile as 'auto' or False on a tf.distribute strategy: replicas meet in every update, "
            "which XLA cannot compile. Received: jit_compile=True."
        )
