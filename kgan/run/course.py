"""A plan with its data loaded, from which models are built."""

import contextlib
from dataclasses import dataclass, replace

import tensorflow as tf

from kgan import data, recipes
from kgan._support.checkpoint_files import Checkpoint
from kgan.data import faults
from kgan.data.splits import TooFewSamplesError, extract
from kgan.models.adversarial import AdversarialModel
from kgan.models.kind import Kind, Say, Standard
from kgan.run import choice
from kgan.run.folder import RunError, loaded
from kgan.run.init_from import copy_weights
from kgan.run.plan import Plan

__all__ = ["Course"]

_LITTLE = 0.05  # of the samples: so many unseen in an epoch are worth no line


@dataclass(frozen=True)
class Course:
    """A plan with its data loaded.

    Attributes:
        plan: The plan.
        strategy: On which replicas; `None` for one.
        splits: The data.
        held_out: How many samples are held out.
    """

    plan: Plan
    strategy: "tf.distribute.Strategy | None"
    splits: data.Splits
    held_out: int

    @classmethod
    def of(cls, plan: Plan, strategy: "tf.distribute.Strategy | None", say: Say = lambda line: None) -> "Course":
        """Loads the data.

        Args:
            plan: The plan.
            strategy: On which replicas; `None` for one.
            say: Called with a line before data are read that may take long.

        Raises:
            DataError: if the data cannot be loaded, or is not what this kind of model trains on.
        """
        splits = plan.load(say)
        told = (one for one in (splits.held_out, splits.found.held_out) if one is not None)
        held_out = next(told, None)  # else they are read through to be counted
        return cls(plan, strategy, splits, _count(splits.validation) if held_out is None else held_out)

    @classmethod
    def begun(cls, plan: Plan, strategy: "tf.distribute.Strategy | None", say: Say) -> "Course":
        """As `of`, but where a batch is larger than the training data, with smaller batches, which the plan keeps.

        Args:
            plan: The plan.
            strategy: On which replicas; `None` for one.
            say: Called with a line before data are read, and where batches are made smaller.

        Raises:
            DataError: if the data cannot be loaded, or is not what this kind of model trains on.
        """
        try:
            return cls.of(plan, strategy, say)
        except TooFewSamplesError as error:
            count = error.count
            if count < 1:
                raise
            asked, smaller = plan.recipe.batch_size, 2 ** (count.bit_length() - 1)
            replicas = 1 if strategy is None else strategy.num_replicas_in_sync
            if smaller % replicas:
                raise
        say(f"Batches of {smaller}, not of {asked}: the training data has {count} sample(s).")
        return cls.of(replace(plan, recipe=replace(plan.recipe, batch_size=smaller)), strategy)

    def seen_by(self, asked: str | None) -> "Course":
        """The same, with features that take such samples where the recipe left them to the data.

        Args:
            asked: Features as the recipe has them, perhaps `"auto"`, which come to a network for pictures in colour.
        """
        shape = self.splits.sample_shape
        if asked != recipes.AUTO or self.plan.recipe.features is None or shape[-1] in (1, 3, 4):
            return self
        return replace(self, plan=replace(self.plan, recipe=replace(self.plan.recipe, features="pixels")))

    @property
    def kind(self) -> Kind:
        """Of the model."""
        return self.plan.kind

    @property
    def standard(self) -> Standard | None:
        """By what the best epoch is told; `None` where nothing tells it."""
        return self.kind.standard(self.plan.recipe.features, self.held_out)

    def check_export(self) -> None:
        """Refuses to promise the best epoch where nothing will tell it.

        Raises:
            DataError: if the plan exports the best, and there are no metrics on held-out data.
        """
        if self.plan.export == choice.BEST and self.standard is None:
            raise data.DataError(
                f"Expected metrics on held-out data to tell the best epoch by. Received: {self.held_out} held-out "
                f"samples, features={self.plan.recipe.features}. Hold out more, or pass export='last'."
            )

    def about_epochs(self) -> list[str]:
        """A line on what an epoch leaves to the next, where that is more than a little; nothing otherwise."""
        count, batch_size = self.splits.count, self.plan.recipe.batch_size
        if count is None or count % batch_size < _LITTLE * count:
            return []
        rest, steps = count % batch_size, count // batch_size
        line = f"An epoch is {steps:,} batch{'' if steps == 1 else 'es'} of {batch_size}: {rest} of {count:,} "
        line += f"{self.splits.found.what} wait for the next, others each time."
        fitting = min(range(batch_size, (3 * batch_size - 1) // 4, -1), key=lambda size: count % size)
        if 2 * (count % fitting) < rest:
            line += f" Batches of {fitting} would leave {count % fitting or 'none'}."
        return [line]

    def about_data(self) -> dict:
        """What `config.json` holds of the data: what was found in them, and names of classes or tags."""
        names = self.splits.class_names or self.splits.tag_names
        return {"found": self.splits.found.to_dict(), "class_names": None if names is None else list(names)}

    def build(self) -> AdversarialModel:
        """The model with fresh weights, or with those of the run that the plan starts from.

        Raises:
            RunError: if the networks are not those of the run that the plan starts from.
            ExtractorError: if the features that metrics look through cannot be had, or do not take such samples.
        """
        metrics = self.kind.metrics(self.plan.recipe.features, self.splits, self.held_out)
        with self._scope():
            model = self.kind.build(self.plan.recipe, self.splits, self.plan.seed, metrics)
            if self.plan.init_from is not None:
                copy_weights(model, self.plan.init_from)
        return model

    def load(self, checkpoint: Checkpoint) -> AdversarialModel:
        """The model of a checkpoint.

        Raises:
            RunError: if it is no model of kgan, or was trained on other data.
        """
        with self._scope():
            model = loaded(checkpoint)
        try:
            self.kind.check_same_data(model, self.splits)
        except ValueError as error:
            raise RunError(str(error)) from error
        return model

    def _scope(self):
        return contextlib.nullcontext() if self.strategy is None else self.strategy.scope()


def _count(source: "tf.data.Dataset | None") -> int:
    """How many samples there are."""
    with faults.named():
        return 0 if source is None else sum(len(extract(batch)[0]) for batch in source.as_numpy_iterator())
