"""The adversarial core: two players, and one step of their game."""

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence

import keras
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan import distribution, losses, metrics, objectives, penalties, schedules
from kgan._game.batch import Judgement, Round
from kgan._game.discriminator_pass import DiscriminatorPass, judge
from kgan._game.draws import Draws
from kgan._kernels import library
from kgan._step import compilation, compiled_branches, ema, optimizers, plan, precision
from kgan._step.compilation import Compilation
from kgan._support.checks import whole
from kgan.metrics import resolve as sample_metrics
from kgan.models.saving import SavedWhole

# The purposes of random draws, see `random_seed`.
LATENTS, _DISCRIMINATOR, _GENERATOR, _LAZY = 0, 1, 2, 3


class AdversarialModel(SavedWhole, keras.Model):
    """A generator and a discriminator that learn from each other.

    Subclass it for a game of another kind (image to image, say) by overriding `play`, which turns a batch of data into
    a `Round`; the step, the optimizers, the logs and saving stay as they are. `kgan.GAN` is such a subclass.

    Args:
        generator: A built Keras model. Its output has the shape of the discriminator's first input.
        discriminator: A built Keras model that returns logits.
        ema_half_life: Half-life, in images, of the average of the generator's weights that samples are drawn from, a
            number or a `kgan.schedules.Schedule`; `None` samples from the weights in training.
        seed: Where every random draw of training starts from; `None` takes a fresh one and keeps it as `self.seed`, but
            not on several workers, which must agree.
        name: Name of the model.

    Raises:
        ValueError: `ema_half_life` is not positive, or several workers are given no seed.
    """

    _rules: plan.Rules | None = None
    _evaluates_average = True
    _is_distributed = False

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = None,
    ):
        super().__init__(name=name)
        if ema_half_life is not None:
            ema_half_life = schedules.number_or_schedule("ema_half_life", ema_half_life)
            if ema_half_life == 0.0:
                raise ValueError("Expected ema_half_life > 0 images, or None. Received: ema_half_life=0.")
        self.generator = generator
        self.discriminator = discriminator
        self.ema_half_life = ema_half_life
        self.ema_generator = ema.copy_of(generator) if ema_half_life is not None else None
        distribution.check_seed(seed)
        self.seed = secrets.randbelow(2**31) if seed is None else int(seed)
        self.steps = self.add_weight(name="steps", shape=(), dtype="int64", initializer="zeros", trainable=False)
        self.images_seen = self.add_weight(
            name="images_seen", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.discriminator_updates = self.add_weight(
            name="discriminator_updates", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.built = True
        self._trackers: dict[str, keras.metrics.Metric] = {}
        self.sample_metrics: list[metrics.FeatureMetric] = []
        self._learning: dict[str, tf.Variable] | None = None

    @property
    def inference_generator(self) -> keras.Model:
        """The generator that samples are drawn from: the average where there is one, else the one in training."""
        return self.generator if self.ema_generator is None else self.ema_generator

    def call(self, inputs, training=False):
        """Latents in (with labels, where the generator takes them), samples out."""
        return (self.generator if training else self.inference_generator)(inputs, training=training)

    # --- setting up ---

    def compile(
        self,
        generator_optimizer: "str | keras.optimizers.Optimizer | None" = None,
        discriminator_optimizer: "str | keras.optimizers.Optimizer | None" = None,
        loss: "str | losses.AdversarialLoss" = "non_saturating",
        penalties: Sequence["str | penalties.Penalty"] = (),
        objectives: Sequence["str | objectives.Objective"] = (),
        augmentation: "str | augmentations.Augmentation | None" = None,
        discriminator_steps: int = 1,
        beta_2: "float | schedules.Schedule | None" = None,
        metrics: Sequence["str | metrics.FeatureMetric"] = (),
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: "bool | str" = "auto",
    ) -> None:
        """Says how the game is played.

        Compiling anew starts afresh what optimizers, penalties and augmentation had gathered.

        On a `tf.distribute` strategy, both in its scope: each replica draws its own latents, dropout, augmentation and
        points of penalties; gradients, counters, the averaged generator and what penalties remember are those of the
        global batch. BatchNormalization normalises by the replica's share, or by all with `synchronized=True`; its
        moving statistics are the mean over replicas. Other layers that mix the batch see the replica's share.

        Args:
            generator_optimizer: Of the generator; `None` is `Adam(2e-4, beta_1=0.5)`, as in the DCGAN paper.
            discriminator_optimizer: Of the discriminator; the same default, an object of its own.
            loss: Name of a loss (see `kgan.losses`) or a `kgan.losses.AdversarialLoss`.
            penalties: Names or `kgan.penalties.Penalty` objects, added to the discriminator's loss. Lazy ones, as
                `R1(10.0, every=16)`, get updates of their own; where the discriminator's optimizer is of Adam's family,
                its learning rate is then multiplied by `c = 16 / 17` and its betas taken to the power of c.
            objectives: Names or `kgan.objectives.Objective` objects, added to the losses of one player or both.
            augmentation: What the discriminator sees of reals and generated samples, in both players' steps: a
                `kgan.augmentation.Augmentation`, or a policy of `DiffAugment` as `"translation,cutout"`. Samples are
                never augmented, nor is what `evaluate` judges.
            discriminator_steps: How many steps of the discriminator, each on reals of its own, come to one of the
                generator: with 5, the generator learns at every fifth batch.
            beta_2: Of both optimizers, which must be of Adam's family: a number or a `kgan.schedules.Schedule`; `None`
                leaves each its own.
            metrics: Names or `kgan.metrics` objects: how good the samples are, worked out by `evaluate`, and by `fit`
                on its validation data, where the logs have them as `val_frechet_distance` and the like.
            run_eagerly: Run step by step in Python, for a debugger.
            steps_per_execution: Batches per call of the compiled function.
            jit_compile: Compile the step with XLA. `"auto"` does so wherever every layer supports it, on CPU too, where
                Keras itself would not, but never on a strategy. Where TensorFlow computes with oneDNN, on CPUs with
                AVX-512, and the convolutions of both players together have 131,072 weights or more, `"auto"` compiles
                no more than those whose kernels are large: oneDNN is faster at all else. In a branch on CPU, XLA's
                convolutions are slow: what a step does with `discriminator_steps` above 1 or lazy penalties is compiled
                there in a function for each way it can go, and after `hold`, unless `True` asks for it, not at all.

        Raises:
            ValueError: A name is unknown, a number is out of range, one optimizer object is given to both players, a
                penalty needs each sample's own gradient and the discriminator mixes the batch or has a layer without a
                second derivative, an objective reads an output that the discriminator does not have, beta_2 is given
                for an optimizer without, or a strategy cannot do what is asked.
        """
        self.discriminator_steps = whole("discriminator_steps", discriminator_steps, 1)
        # The generator's gradient comes through the discriminator, and may underflow in either.
        self.generator_optimizer = optimizers.get(generator_optimizer, self.generator, self.discriminator)
        self.discriminator_optimizer = optimizers.get(discriminator_optimizer, self.discriminator)
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
        self.adversarial_loss = losses.get(loss)
        self.sample_metrics = self.check_metrics(sample_metrics.get_all(metrics))
        worked_out = plan.Rules.of(self.discriminator, penalties, objectives, augmentation)
        self.check_augmentation(worked_out.augmentation)
        for objective in worked_out.objectives:
            objective.check(self, plan.output_shapes(worked_out.view))
        self._rules = worked_out
        compilation.check(jit_compile, self._is_distributed)
        super().compile(
            auto_scale_loss=False,  # both optimizers have theirs already
            optimizer=self.generator_optimizer,  # the one that Keras's learning-rate callbacks drive
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=False,  # until the arguments that it depends on are known, below
        )
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        names = [*_FIGURES, *(penalty.name for penalty in self.penalties)]
        names += [f"{player}_{one.name}_loss" for one in self.objectives for player in one.players]
        if self.augmentation is not None and self.augmentation.varies:
            names.append("augmentation_strength")
        for metric in self.sample_metrics:
            if metric.name in (*names, "real_samples", "generated_samples"):
                raise ValueError(
                    f"Expected metrics of other names than the players' figures. Received: {metric.name!r}. "
                    f"Pass another name=..."
                )
        self._trackers = {name: _MeanOfTurns(name=name) for name in names}
        self._compile_arguments = {
            "discriminator_steps": discriminator_steps,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        self.jit_compile = self._compilation is Compilation.WHOLE

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
        """How much of a step XLA compiles, as players are held now."""
        return Compilation.of_step(
            self._compile_arguments["jit_compile"],
            [layer for player in (self.generator, self.discriminator) for layer in player._flatten_layers()],
            supported=all(layer.supports_jit for layer in self._flatten_layers()),
            in_graph=not (self.run_eagerly or self._is_distributed),  # replicas meet in every update
            branches=self.discriminator_steps > 1 or bool(self._rules.lazy),
            holds=self._learning is not None,
        )

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

    def measured(self, source, labels, steps, averaged) -> dict[str, float]:
        """The figures of `sample_metrics` by name; a subclass that can draw samples overrides it."""
        return {}

    @property
    def penalties(self) -> "list[penalties.Penalty]":
        """As given to `compile`; none before."""
        return [] if self._rules is None else self._rules.penalties

    @property
    def objectives(self) -> "list[objectives.Objective]":
        """As given to `compile`; none before."""
        return [] if self._rules is None else self._rules.objectives

    @property
    def augmentation(self) -> "augmentations.Augmentation | None":
        """As given to `compile`; `None` before."""
        return None if self._rules is None else self._rules.augmentation

    def make_train_function(self, force=False):
        precision.check_available(self.generator, self.discriminator)
        return super().make_train_function(force)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing, because all is built; under a strategy Keras would read a batch and take its mean over workers,
        which uint8 has none of."""

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """What `fit` and `evaluate` report, in the order of the progress bar."""
        return list(self._trackers.values())

    # --- one step ---

    def play(self, data, training: bool) -> Round:
        """Turns a batch of data into the round that the players see.

        Args:
            data: What the data pipeline yields.
            training: Whether this is a training or an evaluation step.
        """
        raise NotImplementedError(f"Expected {type(self).__name__} to override `play`.")  # Keras models are no ABCs

    def train_step(self, data):
        """One iteration of the game; the generator's forward pass serves both players."""
        with library.used(self._library), distribution.own_draws(self):
            if self._compilation is not Compilation.WAYS:
                return distribution.loggable(self._iteration(distribution.shared_alike(data), {}))
            questions = {every: self._is_due(every) for every in self._rules.lazy}
            if self.discriminator_steps > 1:
                questions["generator"] = self._turn("generator", {})
            return compiled_branches.compiled_apart(questions, lambda decided: self._iteration(data, decided))

    def _iteration(self, data, decided: compiled_branches.Decisions) -> dict:
        """What `train_step` does, with what is `decided` beforehand as constants in the graph."""
        game = self.play(data, training=True)
        # Moving statistics and dropout's seeds wait in the scope until it is the generator's turn.
        with tf.GradientTape() as tape:
            with keras.StatelessScope() as moved:
                generated = tf.cast(self.generator(game.generator_inputs, training=True), tf.float32)
            regularisation = self.generator.losses
        _if(self._turn("discriminator", decided), lambda: self._update_discriminator(game, generated, decided))
        _if(
            self._turn("generator", decided),
            lambda: self._update_generator(game, generated, regularisation, tape, moved),
        )
        self.steps.assign_add(1)
        self.images_seen.assign_add(distribution.images(game.real))
        return {name: tracker.result() for name, tracker in self._trackers.items()}

    def _turn(self, player: str, decided: compiled_branches.Decisions) -> "bool | tf.Tensor":
        """Whether the player learns in this step; a Python bool where that is known beforehand."""
        if player in decided:
            return decided[player]
        turn = True
        if player == "generator" and self.discriminator_steps > 1:
            turn = tf.equal((self.steps.value + 1) % self.discriminator_steps, 0)
        if self._learning is not None:
            turn = tf.logical_and(turn, self._learning[player])
        return turn

    def _is_due(self, every: int) -> tf.Tensor:
        """Whether the lazy penalties with this interval are paid in this step."""
        return tf.equal(self.discriminator_updates.value % every, 0)

    def hold(self, player: "str | None") -> None:
        """Stops one player from learning, by not one bit, until told otherwise; the other plays on.

        It is not saved: a model that is loaded plays both sides. The first call lets the step be traced anew, later
        ones only set a variable.

        Args:
            player: `"generator"`, `"discriminator"`, or `None` for neither.

        Raises:
            ValueError: There is no such player.
        """
        if player not in (None, "generator", "discriminator"):
            raise ValueError(
                f"Expected player to be 'generator', 'discriminator' or None. Received: player={player!r}."
            )
        self._assert_compile_called("hold")
        if self._learning is None:
            self._learning = {name: tf.Variable(True) for name in ("generator", "discriminator")}
            self.jit_compile = self._compilation is Compilation.WHOLE
            self.make_train_function(force=True)
        for name, learning in self._learning.items():
            learning.assign(name != player)

    @property
    def held(self) -> "str | None":
        """The player that `hold` keeps from learning, `None` for neither."""
        return next((player for player, learning in (self._learning or {}).items() if not learning.numpy()), None)

    def discriminator_step(self, data) -> None:
        """One update of the discriminator alone, as in `train_step`: for looking at what it can learn, in `rehearsal`.

        Args:
            data: As for `play`.
        """
        if self._is_distributed and not tf.distribute.has_strategy():  # every replica sees all of the data then
            return self.distribute_strategy.run(self.discriminator_step, args=(data,))
        game = self.play(data, training=True)
        with keras.StatelessScope():
            generated = tf.cast(self.generator(game.generator_inputs, training=True), tf.float32)
        self._update_discriminator(game, generated, {})
        self.steps.assign_add(1)

    @contextlib.contextmanager
    def rehearsal(self) -> Iterator[None]:
        """What the players learn within is forgotten after: weights, optimizers, counters and logs, to the bit."""
        optimizers = (self.generator_optimizer, self.discriminator_optimizer)
        parts = (self, *optimizers)
        variables = [*(variable for part in parts for variable in part.variables), *self._named().values()]
        values = [variable.numpy() for variable in variables]
        try:
            yield
        finally:
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _update_discriminator(self, game: Round, generated: tf.Tensor, decided: compiled_branches.Decisions) -> None:
        with tf.GradientTape() as tape:
            judged = self._judged(game, generated, self._rules.at_once, _DISCRIMINATOR)
            adversarial = self.adversarial_loss.discriminator_loss(judged.real_logits, judged.generated_logits)
            terms = {penalty.name: penalty(judged) for penalty in self._rules.at_once}
            terms |= self._objective_terms(
                "discriminator", game, generated, judged.generated_outputs, judged.real_outputs, self.generator, True
            )
            total = tf.add_n([adversarial, *terms.values()]) + judged.regularisation
            total = self.discriminator_optimizer.scale_loss(total)
        weights = self.discriminator.trainable_variables
        self._apply("discriminator", tape.gradient(total, weights), weights)
        distribution.unite(self.discriminator)
        self._log(discriminator_loss=adversarial, **terms)
        threshold = self._log_accuracies(judged.real_logits, judged.generated_logits)
        if self.augmentation is not None:
            if self.augmentation.varies:
                self._log(augmentation_strength=self._rules.augmentation_strength(self.images_seen.value))
            self._rules.adjust_augmentation(tf.stop_gradient(judged.real_logits - threshold))
        for every, lazy in self._rules.lazy.items():
            due = decided[every] if every in decided else self._is_due(every)
            _if(due, lambda lazy=lazy, every=every: self._pay(game, generated, lazy, every))
        self.discriminator_updates.assign_add(1)

    def _pay(self, game: Round, generated: tf.Tensor, lazy: "list[penalties.Penalty]", every: int) -> None:
        """The update of lazy penalties alone, `every` times as strong, because it comes as seldom."""
        with tf.GradientTape() as tape:
            judged = self._judged(game, generated, lazy, _LAZY)
            terms = {penalty.name: penalty(judged) for penalty in lazy}
            total = self.discriminator_optimizer.scale_loss(every * tf.add_n([*terms.values()]))
        weights = self.discriminator.trainable_variables
        # A bias that no slope depends on has no gradient here; its momentum goes on all the same.
        values = [weight.value for weight in weights]  # TensorFlow's own variables, which it makes the zeros for
        gradients = tape.gradient(total, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        self._apply("discriminator", gradients, weights, decays=False)
        distribution.unite(self.discriminator)
        self._log(**terms)

    def _judged(
        self, game: Round, generated: tf.Tensor, paid: "Iterable[penalties.Penalty]", purpose: int
    ) -> DiscriminatorPass:
        return DiscriminatorPass(
            self._rules.view,
            game.real,
            generated,
            conditions=game.conditions,
            needs=frozenset().union(*(penalty.needs for penalty in paid)),
            concatenate=self._rules.concatenate,
            seed=self.random_seed(purpose, training=True),
            augment=self._augment(),
            images_seen=self.images_seen.value,
            memory=self._rules.memory,
        )

    def _update_generator(
        self,
        game: Round,
        generated: tf.Tensor,
        regularisation: list,
        tape: tf.GradientTape,
        moved: keras.StatelessScope,
    ) -> None:
        """The loss's gradient with respect to the samples, pulled back through the tape of the shared forward pass.

        The discriminator judges in training mode, as it just learned to, but nothing of it may move: a StatelessScope
        catches the updates of its moving statistics and drops them.
        """
        weights = self.generator.trainable_variables
        augment, draws = self._augment(), Draws(self.random_seed(_GENERATOR, training=True))
        seen = (lambda samples: samples) if augment is None else (lambda samples: augment(samples, draws))
        with tf.GradientTape(watch_accessed_variables=False) as sample_tape, keras.StatelessScope():
            sample_tape.watch([generated, *(weight.value for weight in weights)])
            generated_outputs = judge(self._rules.view, seen(generated), game.conditions)
            real_outputs, real_logits = None, None
            if self.adversarial_loss.generator_sees_reals or any(one.sees_reals for one in self.objectives):
                real_outputs = judge(self._rules.view, seen(game.real), game.conditions)
                real_logits = real_outputs["logits"]
            loss = self.adversarial_loss.generator_loss(generated_outputs["logits"], real_logits)
            terms = self._objective_terms(
                "generator", game, generated, generated_outputs, real_outputs, self.generator, True
            )
            total = self.generator_optimizer.scale_loss(tf.add_n([loss, *terms.values()]))
        # An objective that calls the generator again reaches the weights by another way than the samples.
        slope, *direct = sample_tape.gradient(total, [generated, *weights])
        scale = self.generator_optimizer.scale_loss(1.0)  # 1 but for float16
        slopes = [slope, *(scale * tf.ones_like(term) for term in regularisation)]
        gradients = tape.gradient([generated, *regularisation], weights, output_gradients=slopes)
        self._apply("generator", [_sum(pair) for pair in zip(gradients, direct, strict=True)], weights)
        for variable in self.generator.variables:
            value = moved.get_current_value(variable)
            if value is not None:
                variable.assign(value)
        distribution.unite(self.generator)
        if self.ema_generator is not None:
            images = distribution.images(game.real) * self.discriminator_steps
            ema.update(self.ema_generator, self.generator, images, self.images_seen.value, self.ema_half_life)
        self._log(generator_loss=loss, **terms)

    def _apply(self, player: str, gradients: list, weights: list, decays: bool = True) -> None:
        optimizer = getattr(self, f"{player}_optimizer")
        beta_2 = None if self.beta_2 is None else schedules.at(self.beta_2, self.images_seen.value)
        correction = self._rules.correction if player == "discriminator" else 1.0
        optimizers.apply(optimizer, gradients, weights, beta_2=beta_2, correction=correction, decays=decays)

    def _augment(self) -> "Callable[[tf.Tensor, Draws], tf.Tensor] | None":
        if self.augmentation is None:
            return None
        strength = self._rules.augmentation_strength(self.images_seen.value)
        return lambda samples, draws: self.augmentation(samples, draws, strength)

    def _objective_terms(
        self, player: str, game, generated, generated_outputs, real_outputs, generator, training
    ) -> dict:
        """What the objectives add to the player's loss, by the names of the logs."""

        def generate(inputs):
            with keras.StatelessScope():  # a look at more samples moves nothing
                return tf.cast(generator(inputs, training=training), tf.float32)

        judgement = Judgement(
            game=game,
            generated=generated,
            generated_outputs=generated_outputs,
            real_outputs=real_outputs,
            generate=generate,
        )
        return {
            f"{player}_{one.name}_loss": schedules.at(one.weight, self.images_seen.value)
            * getattr(one, f"{player}_loss")(judgement)
            for one in self.objectives
            if player in one.players
        }

    def fit(self, x=None, *arguments, **named):
        """As `keras.Model.fit`; on several replicas, a batch is that of all together.

        Raises:
            ValueError: Replicas cannot share a batch alike.
            ClusterError: Another worker of a `multi_worker` strategy is gone.
        """
        strategy = self.distribute_strategy
        distribution.check_batch(x, strategy)
        if "validation_data" in named:
            named["validation_data"] = distribution.shared(named["validation_data"], strategy)
        with distribution.lost_workers_by_name(strategy):
            return super().fit(distribution.shared(x, strategy), *arguments, **named)

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        *,
        averaged: bool = True,
        **kwargs,
    ):
        """As `keras.Model.evaluate`, with the figures of `compile(metrics=[...])` after those of the players.

        Args:
            x: As in Keras.
            y: As in Keras.
            batch_size: As in Keras.
            verbose: As in Keras.
            sample_weight: As in Keras.
            steps: As in Keras.
            callbacks: As in Keras.
            return_dict: As in Keras.
            averaged: Judge samples of the averaged generator, where there is one; `False` judges those of the generator
                in training.
            **kwargs: As in Keras.
        """
        shared = distribution.shared(x, self.distribute_strategy)
        inputs = {"x": shared, "y": y, "batch_size": batch_size, "sample_weight": sample_weight, "steps": steps}
        averaged = averaged or self.ema_generator is None
        traced = self.test_function
        if not averaged:
            self.test_function, self._evaluates_average = None, False
        try:
            figures = super().evaluate(**inputs, verbose=verbose, callbacks=callbacks, return_dict=True, **kwargs)
        finally:
            if not averaged:
                self.test_function, self._evaluates_average = traced, True
        if self.sample_metrics:
            figures |= self.measured(x, y, steps, averaged)
        return figures if return_dict else list(figures.values())

    def test_step(self, data):
        """The same figures on held-out data, both players in inference mode, nothing moved."""
        game = self.play(data, training=False)
        share = distribution.share(game.real)  # the last batch may be short, and leave a replica without any
        generator = self.inference_generator if self._evaluates_average else self.generator
        generated = tf.cast(generator(game.generator_inputs, training=False), tf.float32)
        real, fake = (
            judge(self._rules.view, samples, game.conditions, training=False) for samples in (game.real, generated)
        )
        terms = {}
        for player in ("generator", "discriminator"):
            terms |= self._objective_terms(player, game, generated, fake, real, generator, False)
        self._log(
            discriminator_loss=self.adversarial_loss.discriminator_loss(real["logits"], fake["logits"]),
            generator_loss=self.adversarial_loss.generator_loss(fake["logits"], real["logits"]),
            share=share,
            **terms,
        )
        self._log_accuracies(real["logits"], fake["logits"], share)
        logs = {name: self._trackers[name].result() for name in (*_FIGURES, *terms)}
        return distribution.loggable(logs)

    def _log(self, share: "tf.Tensor | None" = None, **values) -> None:
        for name, value in values.items():
            self._trackers[name].update_state(value if share is None else tf.math.multiply_no_nan(value, share))

    def _log_accuracies(self, real_logits, generated_logits, share=None):
        """Apart, because their mean hides "all reals right, no generated right"."""
        threshold = self.adversarial_loss.threshold(real_logits, generated_logits)
        self._log(
            real_accuracy=tf.reduce_mean(tf.cast(real_logits > threshold, tf.float32)),
            generated_accuracy=tf.reduce_mean(tf.cast(generated_logits < threshold, tf.float32)),
            share=share,
        )
        return threshold

    def random_seed(self, purpose: int, training: bool) -> tf.Tensor:
        """A seed for a stateless draw in the graph.

        When training it is a pure function of `self.seed`, the purpose and the step, so that nothing but the step
        counter needs saving for a resumed run to draw what the uninterrupted one would have. When evaluating, the
        number of the batch takes the place of the step: each evaluation sees the same draws, whenever it is made.

        Args:
            purpose: A constant, 0 or more, that tells one draw of a step from another.
            training: Whether this is a training or an evaluation step.

        Returns:
            int64 tensor of shape (2,).
        """
        if training:
            stream, number = 2 * purpose, self.steps.value
        else:
            stream, number = 2 * purpose + 1, tf.cast(self._trackers["generator_loss"].count.value, tf.int64)
        # The draw itself scrambles its seed, so streams and steps may lie side by side.
        return tf.stack([tf.constant(self.seed + stream * 2**32, tf.int64), distribution.apart(number)])


_FIGURES = ("generator_loss", "discriminator_loss", "real_accuracy", "generated_accuracy")


class _MeanOfTurns(keras.metrics.Mean):
    """A mean that is NaN, not 0, where its player has not had a turn."""

    def result(self):
        return tf.where(tf.equal(self.count.value, 0.0), float("nan"), super().result())


def _if(turn: "bool | tf.Tensor", update: Callable[[], None]) -> None:
    """Runs an update where it is the player's turn, without a branch in the graph where that is known beforehand."""
    if turn is True:
        update()
    elif turn is not False and tf.distribute.has_strategy():
        distribution.run_if(turn, update)
    elif turn is not False:
        tf.cond(turn, lambda: (update(), tf.constant(True))[1], lambda: tf.constant(False))


def _sum(pair):
    """The sum of two gradients, of which one or both may be missing."""
    present = [tf.convert_to_tensor(gradient) for gradient in pair if gradient is not None]
    return pair[0] if pair[1] is None else tf.add_n(present)
