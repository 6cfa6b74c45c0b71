"""The adversarial core: two players, one step of their game, and saving both whole."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kgan import ema, losses, penalties
from kgan.discrimination import DiscriminatorPass, judge, may_mix, mixing_layer

LATENTS, _PENALTIES = 0, 1  # the purposes of random draws, see `random_seed`


class Round(NamedTuple):
    """One batch as the players see it.

    Attributes:
        generator_inputs: What the generator is called with.
        real: What a generated sample is held against, `(batch, ...)` float32.
        conditions: Further inputs of the discriminator, the same for reals and generated.
    """

    generator_inputs: Any
    real: tf.Tensor
    conditions: tuple[tf.Tensor, ...] = ()


class AdversarialModel(keras.Model):
    """A generator and a discriminator that learn from each other.

    Subclass it for a game of another kind (image to image, say) by overriding `play`, which turns a batch of data into
    a `Round`; the step, the optimizers, the logs and saving stay as they are. `kgan.GAN` is such a subclass.

    Args:
        generator: A built Keras model. Its output has the shape of the discriminator's first input.
        discriminator: A built Keras model that returns logits.
        ema_half_life: Half-life, in images, of the average of the generator's weights that samples are drawn from;
            `None` samples from the weights in training.
        seed: Where every random draw of training starts from; `None` takes a fresh one and keeps it as `self.seed`.
        name: Name of the model.

    Raises:
        ValueError: `ema_half_life` is not positive.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        ema_half_life: float | None = None,
        seed: int | None = None,
        name: str | None = None,
    ):
        super().__init__(name=name)
        if ema_half_life is not None and not ema_half_life > 0:
            raise ValueError(f"Expected ema_half_life > 0 images, or None. Received: ema_half_life={ema_half_life}.")
        self.generator = generator
        self.discriminator = discriminator
        self.ema_half_life = None if ema_half_life is None else float(ema_half_life)
        self.ema_generator = ema.copy_of(generator) if ema_half_life is not None else None
        self.seed = secrets.randbelow(2**31) if seed is None else int(seed)
        self.steps = self.add_weight(name="steps", shape=(), dtype="int64", initializer="zeros", trainable=False)
        self.images_seen = self.add_weight(
            name="images_seen", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.built = True
        self._trackers: dict[str, keras.metrics.Metric] = {}
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
        discriminator_steps: int = 1,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: "bool | str" = "auto",
    ) -> None:
        """Says how the game is played.

        Args:
            generator_optimizer: Of the generator; `None` is `Adam(2e-4, beta_1=0.5)`, as in the DCGAN paper.
            discriminator_optimizer: Of the discriminator; the same default, an object of its own.
            loss: Name of a loss (see `kgan.losses`) or a `kgan.losses.AdversarialLoss`.
            penalties: Names or `kgan.penalties.Penalty` objects, added to the discriminator's loss.
            discriminator_steps: How many steps of the discriminator, each on reals of its own, come to one of the
                generator: with 5, the generator learns at every fifth batch.
            run_eagerly: Run step by step in Python, for a debugger.
            steps_per_execution: Batches per call of the compiled function.
            jit_compile: Compile the step with XLA. `"auto"` does so wherever every layer supports it, on CPU too, where
                Keras itself would not.

        Raises:
            ValueError: A name is unknown, a number is out of range, one optimizer object is given to both players, or
                a penalty needs each sample's own gradient and the discriminator mixes the batch.
        """
        if discriminator_steps < 1:
            raise ValueError(f"Expected discriminator_steps >= 1. Received: discriminator_steps={discriminator_steps}.")
        self.discriminator_steps = int(discriminator_steps)
        self.generator_optimizer = _optimizer(generator_optimizer, self.generator)
        self.discriminator_optimizer = _optimizer(discriminator_optimizer, self.discriminator)
        if self.generator_optimizer is self.discriminator_optimizer:
            raise ValueError(
                "Expected an optimizer of its own for each player. Received: the same object twice; its momenta "
                "belong to one set of weights. Build two."
            )
        self.adversarial_loss = losses.get(loss)
        self.penalties = _penalties(penalties)
        self._concatenate = not may_mix(self.discriminator)
        self._needs = frozenset().union(*(penalty.needs for penalty in self.penalties))
        slopes = [penalty.name for penalty in self.penalties if penalty.differentiates]
        mixing = mixing_layer(self.discriminator)
        if slopes and mixing is not None:
            raise ValueError(
                f"Expected a discriminator whose logits depend on their own sample only, because {', '.join(slopes)} "
                f"differentiates each by its own input. Received: {self.discriminator.name!r}, whose layer {mixing!r} "
                f"mixes the batch. Replace it (LayerNormalization for BatchNormalization, say), or drop the penalty."
            )
        if tf.distribute.has_strategy() or self.distribute_strategy.num_replicas_in_sync > 1:
            raise ValueError(
                "Expected one replica. Received: a tf.distribute strategy, which kgan does not support yet: every "
                "replica would draw the same latents. Build and compile the GAN outside its scope."
            )
        if jit_compile == "auto" and not run_eagerly:
            jit_compile = all(layer.supports_jit for layer in self._flatten_layers())
        super().compile(
            auto_scale_loss=False,  # both optimizers have theirs already
            optimizer=self.generator_optimizer,  # the one that Keras's learning-rate callbacks drive
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        names = ["generator_loss", "discriminator_loss", "real_accuracy", "generated_accuracy"]
        names += [penalty.name for penalty in self.penalties]
        self._trackers = {name: _MeanOfTurns(name=name) for name in names}
        self._compile_arguments = {
            "discriminator_steps": discriminator_steps,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": self.jit_compile,
        }

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
        game = self.play(data, training=True)
        # Moving statistics and dropout's seeds wait in the scope until it is the generator's turn.
        with tf.GradientTape() as tape:
            with keras.StatelessScope() as moved:
                generated = tf.cast(self.generator(game.generator_inputs, training=True), tf.float32)
            regularisation = self.generator.losses
        _if(self._turn("discriminator"), lambda: self._update_discriminator(game, generated))
        _if(self._turn("generator"), lambda: self._update_generator(game, generated, regularisation, tape, moved))
        self.steps.assign_add(1)
        self.images_seen.assign_add(tf.shape(game.real, out_type=tf.int64)[0])
        return {name: tracker.result() for name, tracker in self._trackers.items()}

    def _turn(self, player: str) -> "bool | tf.Tensor":
        """Whether the player learns in this step; a Python bool where it always does."""
        turn = True
        if player == "generator" and self.discriminator_steps > 1:
            turn = tf.equal((self.steps.value + 1) % self.discriminator_steps, 0)
        if self._learning is not None:
            turn = tf.logical_and(turn, self._learning[player])
        return turn

    def hold(self, player: "str | None") -> None:
        """Stops one player from learning, by not one bit, until told otherwise; the other plays on.

        The first call lets the step be traced anew, later ones only set a variable.

        Args:
            player: `"generator"`, `"discriminator"`, or `None` for neither.

        Raises:
            ValueError: There is no such player.
        """
        if player not in (None, "generator", "discriminator"):
            raise ValueError(
                f"Expected player to be 'generator', 'discriminator' or None. Received: player={player!r}."
            )
        if self._learning is None:
            self._learning = {name: tf.Variable(True) for name in ("generator", "discriminator")}
            self.make_train_function(force=True)
        for name, learning in self._learning.items():
            learning.assign(name != player)

    def _update_discriminator(self, game: Round, generated: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            judgement = DiscriminatorPass(
                self.discriminator,
                game.real,
                generated,
                conditions=game.conditions,
                needs=self._needs,
                concatenate=self._concatenate,
                seed=self.random_seed(_PENALTIES, training=True),
            )
            adversarial = self.adversarial_loss.discriminator_loss(judgement.real_logits, judgement.generated_logits)
            values = {penalty.name: penalty(judgement) for penalty in self.penalties}
            total = tf.add_n([adversarial, *values.values(), *self.discriminator.losses])
            total = self.discriminator_optimizer.scale_loss(total)
        weights = self.discriminator.trainable_variables
        self.discriminator_optimizer.apply(tape.gradient(total, weights), weights)
        self._log(discriminator_loss=adversarial, **values)
        self._log_accuracies(judgement.real_logits, judgement.generated_logits)

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
        with tf.GradientTape(watch_accessed_variables=False) as sample_tape, keras.StatelessScope():
            sample_tape.watch(generated)
            generated_logits = judge(self.discriminator, generated, game.conditions)
            real_logits = None
            if self.adversarial_loss.generator_sees_reals:
                real_logits = judge(self.discriminator, game.real, game.conditions)
            loss = self.adversarial_loss.generator_loss(generated_logits, real_logits)
        scale = self.generator_optimizer.scale_loss(1.0)  # 1 but for float16
        slopes = [
            scale * sample_tape.gradient(loss, generated),
            *(scale * tf.ones_like(term) for term in regularisation),
        ]
        weights = self.generator.trainable_variables
        gradients = tape.gradient([generated, *regularisation], weights, output_gradients=slopes)
        self.generator_optimizer.apply(gradients, weights)
        for variable in self.generator.variables:
            value = moved.get_current_value(variable)
            if value is not None:
                variable.assign(value)
        if self.ema_generator is not None:
            images = tf.shape(game.real, out_type=tf.int64)[0] * self.discriminator_steps
            ema.update(self.ema_generator, self.generator, images, self.images_seen.value, self.ema_half_life)
        self._log(generator_loss=loss)

    def test_step(self, data):
        """The same figures on held-out data, both players in inference mode, nothing moved."""
        game = self.play(data, training=False)
        generated = tf.cast(self.inference_generator(game.generator_inputs, training=False), tf.float32)
        real_logits = judge(self.discriminator, game.real, game.conditions, training=False)
        generated_logits = judge(self.discriminator, generated, game.conditions, training=False)
        self._log(
            discriminator_loss=self.adversarial_loss.discriminator_loss(real_logits, generated_logits),
            generator_loss=self.adversarial_loss.generator_loss(generated_logits, real_logits),
        )
        self._log_accuracies(real_logits, generated_logits)
        names = ("generator_loss", "discriminator_loss", "real_accuracy", "generated_accuracy")
        return {name: self._trackers[name].result() for name in names}

    def _log(self, **values) -> None:
        for name, value in values.items():
            self._trackers[name].update_state(value)

    def _log_accuracies(self, real_logits, generated_logits) -> None:
        """Apart, because their mean hides "all reals right, no generated right"."""
        threshold = self.adversarial_loss.threshold(real_logits, generated_logits)
        self._log(
            real_accuracy=tf.reduce_mean(tf.cast(real_logits > threshold, tf.float32)),
            generated_accuracy=tf.reduce_mean(tf.cast(generated_logits < threshold, tf.float32)),
        )

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
        return tf.stack([tf.constant(self.seed + stream * 2**32, tf.int64), number])

    # --- saving ---

    def get_config(self) -> dict:
        """Both networks and every other constructor argument."""
        serialize = keras.saving.serialize_keras_object
        return {
            "name": self.name,
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "ema_half_life": self.ema_half_life,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "AdversarialModel":
        """The model that `get_config` describes, with fresh weights."""
        return cls(**_deserialized(config, custom_objects))

    def get_compile_config(self) -> dict:
        """Every argument of `compile`, so that loading compiles again."""
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "generator_optimizer": serialize(self.generator_optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
            "loss": serialize(self.adversarial_loss),
            "penalties": [serialize(penalty) for penalty in self.penalties],
            **self._compile_arguments,
        }

    def compile_from_config(self, config: dict) -> None:
        """Compiles as `get_compile_config` says; `compile` builds both optimizers before their state is read."""
        self.compile(**_deserialized(config))


class _MeanOfTurns(keras.metrics.Mean):
    """A mean that is NaN, not 0, where its player has not had a turn."""

    def result(self):
        return tf.where(tf.equal(self.count.value, 0.0), float("nan"), super().result())


def _if(turn: "bool | tf.Tensor", update: Callable[[], None]) -> None:
    """Runs an update where it is the player's turn, without a branch in the graph where it always is."""
    if turn is True:
        update()
    else:
        tf.cond(turn, lambda: (update(), tf.constant(True))[1], lambda: tf.constant(False))


def _deserialized(config: dict, custom_objects: dict | None = None) -> dict:
    def value(entry):
        if isinstance(entry, list):
            return [value(one) for one in entry]
        if isinstance(entry, dict) and "class_name" in entry:
            return keras.saving.deserialize_keras_object(entry, custom_objects=custom_objects)
        return entry

    return {key: value(entry) for key, entry in config.items()}


def _optimizer(identifier, player: keras.Model) -> keras.optimizers.Optimizer:
    """The player's optimizer; with a loss scale of its own when the player computes in float16."""
    optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5) if identifier is None else keras.optimizers.get(identifier)
    in_float16 = any(layer.compute_dtype == "float16" for layer in player._flatten_layers())
    if in_float16 and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _penalties(identifiers) -> list[penalties.Penalty]:
    if isinstance(identifiers, str | penalties.Penalty):
        identifiers = [identifiers]
    found = [penalties.get(identifier) for identifier in identifiers]
    names = [penalty.name for penalty in found]
    if len(set(names)) < len(names):
        raise ValueError(f"Expected each penalty once. Received: penalties={names}. Add up their strengths instead.")
    return found
