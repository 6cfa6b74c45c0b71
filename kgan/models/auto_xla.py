"""`jit_compile="auto"`: XLA is tried, watched, and left where it hurts."""

from typing import Any

import tensorflow as tf

from kgan._step import xla_support
from kgan._step.compilation import Compilation
from kgan._step.watched import Watched, is_watched_or_judged
from kgan._step.xla_support import NotCompilable

__all__ = ["AutoXLA"]

_COMPILATIONS = 3  # after the second call, beside one for each way; a short last batch takes two


class AutoXLA:
    """What a `kgan.AdversarialModel` does about XLA after `compile`, mixed in before `Compiled`."""

    def leave_xla(self) -> None:
        """Makes all further calls without XLA, until `compile` is called again."""
        self._left_xla = True
        self.jit_compile = False
        for name in ("train", "test", "predict"):
            if getattr(self, f"{name}_function") is not None:
                getattr(self, f"make_{name}_function")(force=True)

    def make_train_function(self, force: bool = False) -> None:
        super().make_train_function(force)
        self._watch("train_function", self.uses_xla)

    def make_test_function(self, force: bool = False) -> None:
        super().make_test_function(force)
        self._watch("test_function", self.jit_compile)

    def make_predict_function(self, force: bool = False) -> None:
        super().make_predict_function(force)
        self._watch("predict_function", self.jit_compile)

    def _watch(self, name: str, uses_xla: bool) -> None:
        if not uses_xla or is_watched_or_judged(getattr(self, name)):
            return  # Keras asks for its functions in each `fit`, `evaluate` and batch
        if self._compile_arguments["jit_compile"] == "auto":
            ways = 2**self._questions if self._compilation is Compilation.WAYS else 0
            setattr(self, name, Watched(self, name, _COMPILATIONS + ways))

    @property
    def _questions(self) -> int:
        """How many questions a step answers to find its way."""
        plan = self._plan
        return len(plan.intervals) + len(plan.generator_intervals) + (self.discriminator_steps > 1)

    def predict_step(self, data: Any) -> Any:
        outputs = super().predict_step(data)
        self._check_compilable(outputs, self.jit_compile)
        return outputs

    def _check_compilable(self, results: Any, uses_xla: bool) -> None:
        """Refuses an operation that XLA lacks in the graph that is being traced.

        Raises:
            NotCompilable: if there is one, and `jit_compile` is `"auto"`.
            ValueError: if there is one, and XLA was asked for.
        """
        if not uses_xla or tf.executing_eagerly():
            return
        try:
            xla_support.check(tf.compat.v1.get_default_graph(), results, self._flatten_layers())
        except NotCompilable as error:
            if self._compile_arguments["jit_compile"] == "auto":
                raise
            raise ValueError(
                f"Expected layers that XLA can compile. Received: {error}, which it lacks. "
                f"Pass compile(jit_compile=False), or leave it at 'auto'."
            ) from None
