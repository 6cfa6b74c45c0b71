"""`compile`: what a model's step is made of."""

from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan import distribution, losses, metrics, objectives, penalties, schedules
from kgan._game import network_checks
from kgan._kernels import library
from kgan._step import best_samples, compilation, growth, logs, optimizers, precision
from kgan._step.compilation import Compilation
from kgan._step.plan import StepPlan, check_packs, output_shapes
from kgan._support.checks import whole
from kgan.metrics import resolve as sample_metrics
from kgan.models.spellings import refuse_other_spellings

__all__ = ["Compiled", "Penalties"]

Penalties = str | penalties.Penalty | Sequence[str | penalties.Penalty] | None


class Compiled:
    """`compile` of a `kgan.AdversarialModel`, and what can be read of it afterwards; mixed in before `keras.Model`."""

    _plan: StepPlan | None = None
    _is_distributed = False
    _left_xla = False  # by `jit_compile="auto"`, see `kgan.models.auto_xla`
    _learning: "dict[str, tf.Variable] | None" = None  # by player, once one was frozen

    @refuse_other_spellings
    def compile(
        self,
        generator_optimizer: "str | keras.optimizers.Optimizer | None" = None,
        discriminator_optimizer: "str | keras.optimizers.Optimizer | None" = None,
        loss: "str | losses.AdversarialLoss | Callable" = "non_saturating",
        penalties: "Penalties | Mapping[str, Penalties]" = (),
        objectives: "str | objectives.Objective | Sequence[str | objectives.Objective] | None" = (),
        augmentation: "str | augmentations.Augmentation | None" = None,
        discriminator_steps: int = 1,
        beta_2: "float | schedules.Schedule | None" = None,
        metrics: "Sequence[str | metrics.FeatureMetric]" = (),
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: "bool | str" = "auto",
        loss_weights: Mapping[str, float] | None = None,
        top_k: "float | schedules.Schedule | None" = None,
    ) -> None:
        """Sets the optimizers, the loss and everything else that a training step is made of.

        A second call starts over: it forgets the state of optimizers, penalties and augmentation.

        In the scope of a `tf.distribute` strategy, each replica draws its own latents, dropout and augmentation.
        Gradients, counters and the averaged generator are those of the global batch. BatchNormalization normalises by
        the replica's part of the batch, or by the whole batch with `synchronized=True`.

        Args:
            generator_optimizer: A Keras optimizer or its name. `None` is `Adam(2e-4, beta_1=0.5)`, as in DCGAN.
            discriminator_optimizer: Another optimizer object; the same default. It serves all discriminators.
            loss: The adversarial loss: a name of `kgan.losses`, a `kgan.losses.AdversarialLoss`, or a function from
                `(real_logits, generated_logits)` to `(discriminator_loss, generator_loss)`. `gan.loss` is the object.
            penalties: Names or `kgan.penalties.Penalty` objects, added to the discriminator's loss; two of a kind have
                names of their own, as `R1(1.0, name="r1_a")`. `None` is none, as everywhere below. With several
                discriminators, a list applies to each, and a dictionary says which penalties apply to which. A lazy
                penalty, as `R1(10.0, every=16)`, is applied in an update of its own at every 16th step, 16 times as
                strong; the learning rate and betas of Adam are corrected for the extra updates (StyleGAN2).
            objectives: Names or `kgan.objectives.Objective` objects, added to the loss of one side or of both.
            augmentation: What the discriminator sees in place of the samples, of reals and generated, in both sides'
                updates: a `kgan.augmentation.Augmentation`, or a policy of `DiffAugment` as `"translation,cutout"`.
                Samples are not augmented where they are drawn, evaluated or exported.
            discriminator_steps: Updates of the discriminator for each update of the generator. With 5, the generator
                is updated at every fifth batch.
            beta_2: Sets the beta_2 of both optimizers, which must be of Adam's family: a number, or a
                `kgan.schedules.Schedule` over images. `None` leaves the optimizers' own.
            metrics: Names or `kgan.metrics` objects that measure samples. `evaluate` computes them, and `fit` does on
                its validation data: `val_frechet_distance` and so on in the logs.
            run_eagerly: Runs the step in Python, for a debugger.
            steps_per_execution: Batches in one call of the compiled step.
            jit_compile: Whether XLA compiles the step. `"auto"` does where all layers support it, except on a strategy
                and where TensorFlow's oneDNN kernels are faster: on CPUs with AVX-512, for networks whose convolutions
                have 131,072 weights or more, XLA compiles their largest convolutions only. It leaves XLA alone where a
                penalty differentiates a recurrent loop, and goes on without it, with one line in the log `kgan`, where
                XLA lacks an operation or compiles anew at each step. With `KGAN_XLA=0` in the environment it compiles
                nothing.
            loss_weights: With several discriminators, what each adversarial loss is multiplied by, by the
                discriminators' names; 1 by default.
            top_k: Share of a batch, in (0, 1], that the generator's adversarial loss is the mean over: the samples with
                the highest logits, `max(1, round(top_k * batch))` of them, on each replica of its own. A number, or a
                `kgan.schedules.Schedule`: the paper goes from 1 to 0.5, 1% less each epoch, as
                `Exponential(1.0, 0.5, images=69 * len(x))` does. `None` takes all (Sinha et al., arXiv:2002.06224).

        Examples:
            >>> gan = kgan.GAN(
            ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
            ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
            ... )
            >>> gan.compile(
            ...     generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0),
            ...     discriminator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0),
            ...     loss="relativistic_pairing",
            ...     penalties=[kgan.penalties.R1(gamma=1.0), "r2"],
            ...     augmentation="translation,cutout",
            ... )

        Raises:
            TypeError: if an argument has a name that there is not, as `optimizer`; if one is of another type.
            ValueError: if a name is unknown; if two penalties, objectives or figures have one name; if a number is out
                of range; if both optimizers are one object; if a penalty differentiates a discriminator that mixes the
                batch or has a layer without a second derivative; if an objective reads an output that the discriminator
                does not have; if an output of the generator or of a discriminator is used by nothing; if `beta_2` is
                given for an optimizer without one; if `top_k` is given for a loss that compares with means of the
                batch; if a strategy cannot do what is asked.
        """
        self.discriminator_steps = whole("discriminator_steps", discriminator_steps, 1)
        self._set_optimizers(generator_optimizer, discriminator_optimizer, beta_2, steps_per_execution)
        self.adversarial_loss = losses.get(loss)
        self.top_k = best_samples.checked(top_k, self.adversarial_loss)
        self.sample_metrics = self.check_metrics(sample_metrics.get_all(metrics))
        plan = StepPlan.of(self.discriminators, penalties, objectives, augmentation, loss_weights or {})
        check_packs(plan.objectives, self.pac)
        self.check_augmentation(plan.augmentation)
        for objective in plan.objectives:
            judges = plan.discriminators.get(objective.discriminator) or next(iter(plan.discriminators.values()))
            objective.check(self, output_shapes(judges.view))
        self._check_outputs_used(plan)
        self._plan = plan = plan.with_networks(self)
        compilation.check(jit_compile, self._is_distributed)
        super().compile(
            auto_scale_loss=False,  # both optimizers have theirs already
            optimizer=self.generator_optimizer,  # the one that Keras's learning-rate callbacks drive
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=False,  # until the arguments that it depends on are known, below
        )
        self.loss = self.adversarial_loss
        self.generator_optimizer.build(growth.learnable(self.generator, *plan.own_networks))
        self.discriminator_optimizer.build(growth.learnable(*self.discriminators.values()))
        self._trackers = {name: logs.MeanOfTurns(name=name) for name in self._names_of_figures(plan)}
        self._compile_arguments = {
            "discriminator_steps": discriminator_steps,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
            "loss_weights": dict(loss_weights or {}),
        }
        self._left_xla = False
        self.jit_compile = self._compilation is Compilation.WHOLE
        self.check_compiled()

    def _set_optimizers(self, for_generator, for_discriminator, beta_2, steps_per_execution: int) -> None:
        discriminators = self.discriminators.values()
        # The generator's gradient comes through the discriminators, and may underflow in any of them.
        self.generator_optimizer = optimizers.get(for_generator, self.generator, *discriminators)
        self.discriminator_optimizer = optimizers.get(for_discriminator, *discriminators)
        distribution.check(self, self.generator_optimizer, self.discriminator_optimizer)
        self._is_distributed = tf.distribute.has_strategy()
        if self._is_distributed and steps_per_execution > 1:
            raise ValueError(
                f"Expected steps_per_execution=1 on a tf.distribute strategy: TensorFlow cannot run Keras's loop over "
                f"steps there. Received: steps_per_execution={steps_per_execution}."
            )
        if self.generator_optimizer is self.discriminator_optimizer:
            raise ValueError(
                "Expected an optimizer of its own for each player. Received: the same object twice; its momenta "
                "belong to one set of weights. Build two."
            )
        self.beta_2 = None if beta_2 is None else schedules.number_or_schedule("beta_2", beta_2, most=1.0)
        if beta_2 is not None:
            optimizers.check_beta_2(self.beta_2, self.generator_optimizer, self.discriminator_optimizer)

    def _names_of_figures(self, plan: StepPlan) -> list[str]:
        names = logs.names(plan)
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"Expected every figure of the logs to have a name of its own. Received: {name!r} twice. Pass "
                    f"another name=... to the penalty or objective of that name."
                )
        for metric in self.sample_metrics:
            if metric.name in (*names, "real_samples", "generated_samples"):
                raise ValueError(
                    f"Expected metrics of other names than the players' figures. Received: {metric.name!r}. "
                    f"Pass another name=..."
                )
        return names

    def _check_outputs_used(self, plan: StepPlan) -> None:
        """Refuses a named output of the generator that nothing uses."""
        read = {name for one in plan.objectives for name in one.generator_outputs}
        used = {*self.compares.values(), *self.reals.values(), *read}
        used |= self.passed_on(used)
        unused = [name for name in self.generator_outputs if name not in used]
        if unused and len(self.generator_outputs) > 1:
            raise ValueError(
                f"Expected every output of the generator to be compared by a discriminator or read by an objective, or "
                f"it would never learn. Received: {', '.join(map(repr, unused))}, which nothing uses. Name a "
                f"discriminator after it, pass compares={{discriminator: output}}, or an objective that names it in "
                f"`generator_outputs`."
            )

    def passed_on(self, used: "set[str]") -> "set[str]":
        """Outputs of the generator that need not be used by anything: none, unless a subclass passes some on.

        Args:
            used: Names of those that are.
        """
        return set()

    @property
    def uses_xla(self) -> bool:
        """Whether XLA compiles the training step: as a whole, `jit_compile`, or each of its branches on its own."""
        return self.jit_compile or self._compilation is Compilation.WAYS

    @property
    def _library(self) -> "library.Library | None":
        """Whose kernels compute a step; replicas take what TensorFlow gives them."""
        return None if self._is_distributed else self._compilation.library

    @property
    def _compilation(self) -> Compilation:
        """How much of a step XLA compiles, as players are frozen now."""
        networks = (self.generator, *self.discriminators.values())
        loops = any(
            plan.is_differentiated and compilation.has_recurrent_loop(self.discriminators[name])
            for name, plan in self._plan.discriminators.items()
        )
        return Compilation.of_step(
            self._compile_arguments["jit_compile"],
            [layer for network in networks for layer in network._flatten_layers()],
            supported=not self._left_xla and all(layer.supports_jit for layer in self._flatten_layers()) and not loops,
            in_graph=not (self.run_eagerly or self._is_distributed),  # replicas meet in every update
            branches=self.discriminator_steps > 1 or bool(self._plan.intervals or self._plan.generator_intervals),
            freezes=self._learning is not None,
        )

    def make_train_function(self, force: bool = False) -> Callable:
        precision.check_available(self.generator, *self.discriminators.values())
        if force or self.train_function is None:
            self._check_trainable()
        for plan in self._plan.discriminators.values():  # a layer may have been set free since
            plan.check_not_mixing()
        return super().make_train_function(force)

    def _check_trainable(self) -> None:
        network_checks.check_trainable({"generator": self.generator, **self.discriminators})

    @property
    def penalties(self) -> "list[penalties.Penalty]":
        """As given to `compile`, each once; none before."""
        return [] if self._plan is None else self._plan.penalties

    @property
    def objectives(self) -> "list[objectives.Objective]":
        """As given to `compile`; none before."""
        return [] if self._plan is None else self._plan.objectives

    @property
    def augmentation(self) -> "augmentations.Augmentation | None":
        """As given to `compile`; `None` before."""
        return None if self._plan is None else self._plan.augmentation

    def check_augmentation(self, augmentation: "augmentations.Augmentation | None") -> None:
        """Refuses an augmentation that does not fit the samples; a subclass that knows its samples overrides it."""

    def check_metrics(self, metrics: "list[metrics.FeatureMetric]") -> "list[metrics.FeatureMetric]":
        """Refuses metrics of samples: a subclass that can draw them, as `kgan.GAN`, overrides it."""
        if metrics:
            raise ValueError(
                f"Expected no metrics of samples. Received: {metrics[0].name!r}; {type(self).__name__} does not say "
                f"how samples are drawn. Measure them with the metric's update_state(real, generated) and result()."
            )
        return metrics
