"""`evaluate`: the step's figures on held-out data, and the metrics of samples."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from kgan import distribution
from kgan._game.batch import DiscriminatorOutputs
from kgan._game.discriminator_pass import run_discriminator
from kgan._step import logs
from kgan._step.generator_pass import named
from kgan._step.objective_terms import objective_terms

__all__ = ["Evaluated"]


class Evaluated:
    """`evaluate` of a `kgan.AdversarialModel`; mixed in before `keras.Model`."""

    _evaluates_average = True

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        *,
        averaged: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Computes the figures of the training step in inference mode, then the metrics of `compile(metrics=[...])`.

        All arguments but `averaged` are those of
        [`keras.Model.evaluate`](https://keras.io/api/models/model_training_apis/#evaluate-method).

        Args:
            x: The data, as `fit` takes it.
            y: Labels, for an array.
            batch_size: For an array.
            verbose: `"auto"`, 0, 1 or 2.
            sample_weight: Not used.
            steps: Batches to read; `None` for all.
            callbacks: Called during the evaluation.
            return_dict: Whether to return a dictionary in place of a list.
            averaged: Whether the averaged generator makes the samples, where there is one; `False` takes the generator
                in training.

        Raises:
            ValueError: if the data do not fit the networks or the value range.
        """
        if not kwargs.get("_use_cached_eval_dataset"):  # which `fit` has looked at
            x, y = self.look_at(x, y)
        shared = distribution.shared(x, self.distribute_strategy)
        inputs = {"x": shared, "y": y, "batch_size": batch_size, "sample_weight": sample_weight, "steps": steps}
        self._evaluates_average = averaged or self.ema_generator is None
        try:
            figures = super().evaluate(**inputs, verbose=verbose, callbacks=callbacks, return_dict=True, **kwargs)
        finally:
            self._evaluates_average = True
        measured = self.measured(x, y, steps, averaged) if self.sample_metrics else {}
        found = {name: value for name, value in (figures | measured).items() if name in self.metrics_names} | figures
        if return_dict:
            return found | measured
        return [found.pop(name) for name in self.metrics_names if name in found] + list(found.values())

    def look_at(self, x: Any, y: Any = None) -> tuple[Any, Any]:
        """What `evaluate` is given, as it came; a subclass that knows what its networks take checks it here."""
        return x, y

    def make_test_function(self, force: bool = False) -> Callable:
        """One function for each generator, of which each call takes the one that `evaluate` was told to."""
        if self.test_function is not None and not force:
            return
        functions = {}
        for averaged in (False, True):  # each is traced when it is first called
            super().make_test_function(force=True)
            functions[averaged] = self.test_function
        self.test_function = lambda iterator: functions[self._evaluates_average](iterator)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """The figures on a batch of held-out data; nothing is updated."""
        batch = self.batch(data, training=False)
        share = distribution.share(batch.first)  # the last batch may be short, and leave a replica without any
        generator = self.inference_generator if self._evaluates_average else self.generator
        outputs = named(generator(batch.generator_inputs, training=False))
        pairs, found, figures = self.pairs(batch, outputs), {}, {}
        for name, plan in self._plan.discriminators.items():
            of_real, of_generated = (
                run_discriminator(plan.view, samples, pairs[name].conditions, training=False)
                for samples in (pairs[name].real, pairs[name].generated)
            )
            found[name] = DiscriminatorOutputs(of_generated, of_real)
        terms = {}
        with keras.StatelessScope():  # what objectives remember stays as training left it
            for player in ("generator", "discriminator"):
                terms |= objective_terms(self, player, batch, outputs, found, generator, False)
        loss = self.adversarial_loss
        for name, one in found.items():
            real, generated = one.real["logits"], one.generated["logits"]
            figures[name] = {
                "discriminator_loss": loss.discriminator_loss(real, generated),
                "generator_loss": loss.generator_loss(generated, real),
                **logs.accuracies(loss.threshold(real, generated), real, generated),
            }
        values = logs.of_all(self._plan, figures) | terms
        self._log(share=share, **values)
        results = {name: self._trackers[name].result() for name in self._in_order(values)}
        self._check_compilable(results, self.jit_compile)
        return distribution.loggable(results)

    def _in_order(self, values) -> list[str]:
        return [name for name in self._trackers if name in values]

    def _log(self, share: "tf.Tensor | None" = None, **values) -> None:
        logs.update(self._trackers, share, **values)

    def _results(self) -> dict:
        """The logs of the epoch so far."""
        return {name: tracker.result() for name, tracker in self._trackers.items()}

    @property
    def metrics(self) -> list[logs.MeanOfTurns]:
        """What `fit` and `evaluate` report, in the order of the progress bar."""
        return list(self._trackers.values())

    @property
    def metrics_names(self) -> list[str]:
        """What the list that `evaluate` returns holds, in order: players' figures, then metrics of samples.

        Its dictionary also has the numbers of samples that these hold for. What penalties come to is known in training
        only, and stands in `metrics`: `train_on_batch(return_dict=True)` names each.
        """
        evaluated = [] if self._plan is None else logs.evaluated(self._plan)
        return [*evaluated, *(metric.name for metric in self.sample_metrics)]

    def measured(self, source: Any, labels: Any, steps: int | None, averaged: bool) -> dict[str, float]:
        """The figures of `compile(metrics=[...])` by name; a subclass that can draw samples overrides it."""
        return {}
