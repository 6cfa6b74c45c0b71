"""One pass of the discriminator over reals and generated: the logits, and the input gradients that penalties read."""

import contextlib
from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from kgan._game.draws import Draws

Augment = Callable[[tf.Tensor, Draws], tf.Tensor]


class DiscriminatorPass:
    """One run of a discriminator on a batch of reals and a batch of generated samples.

    Build it inside the gradient tape of the discriminator's update. Where no layer mixes the batch, reals and generated
    go through in one concatenated pass; where one might, in two, so that each is normalised by its own statistics. A
    penalty's input gradients come from the same pass as the logits. Augmentation lies between the samples and the
    discriminator: gradients are with respect to the samples as they were before it, as in StyleGAN2-ADA.

    Args:
        discriminator: The discriminator, called with `training=True`.
        real: Real samples, `(batch, ...)`.
        generated: Generated samples, the same shape.
        conditions: Further inputs of the discriminator, such as labels; the same for reals and generated.
        needs: Which input gradients will be read: `"real"`, `"generated"`.
        concatenate: Whether reals and generated may share a pass.
        seed: Where the random draws of penalties and augmentation start from, an integer tensor of shape (2,).
        augment: Called with samples and `Draws`, returns what the discriminator sees in their place.
        images_seen: Images that training has seen, for schedules.
        memory: For each penalty that keeps something from step to step, by its name: its variables, by theirs.
        generated_conditions: Those of generated samples, where they are others; `None` for the same.

    Attributes:
        real_outputs: The discriminator's outputs by name, `(batch, ...)` float32.
        generated_outputs: The same on generated samples.
        regularisation: What the discriminator's regularizers and `add_loss` came to, the mean over reals and generated.
    """

    def __init__(
        self,
        discriminator: keras.Model,
        real: tf.Tensor,
        generated: tf.Tensor,
        conditions: Sequence[tf.Tensor] = (),
        needs: frozenset[str] = frozenset(),
        concatenate: bool = False,
        seed: tf.Tensor | None = None,
        augment: Augment | None = None,
        images_seen: "tf.Tensor | int" = 0,
        memory: Mapping[str, Mapping[str, keras.Variable]] | None = None,
        generated_conditions: Sequence[tf.Tensor] | None = None,
    ):
        self.discriminator = discriminator
        self.real = real
        self.generated = generated
        self.conditions = tuple(conditions)
        of_generated = self.conditions if generated_conditions is None else tuple(generated_conditions)
        self.images_seen = images_seen
        self.memory = memory or {}
        self.draws = Draws(tf.zeros(2, tf.int64) if seed is None else seed)
        self._augment = augment
        # A gradient of one half would cost the whole concatenated batch, so the passes part when only one is asked for.
        if concatenate and len(needs) != 1:
            both = tf.concat([real, generated], axis=0)
            twice = [tf.concat(pair, axis=0) for pair in zip(self.conditions, of_generated, strict=True)]
            outputs, gradient = self._run(both, twice, taped=bool(needs))
            self.regularisation = _sum(discriminator.losses)
            halves = {name: tf.split(output, 2) for name, output in outputs.items()}
            self.real_outputs, self.generated_outputs = (
                {name: half[which] for name, half in halves.items()} for which in (0, 1)
            )
            self._real_gradient, self._generated_gradient = (None, None) if gradient is None else tf.split(gradient, 2)
        else:
            self.real_outputs, self._real_gradient = self._run(real, self.conditions, "real" in needs)
            of_reals = _sum(discriminator.losses)  # Keras forgets them at the next call
            self.generated_outputs, self._generated_gradient = self._run(generated, of_generated, "generated" in needs)
            self.regularisation = (of_reals + _sum(discriminator.losses)) / 2

    @property
    def real_logits(self) -> tf.Tensor:
        """`D(x_i)`, `(batch, ...)` float32."""
        return self.real_outputs["logits"]

    @property
    def generated_logits(self) -> tf.Tensor:
        """`D(G(z_i))`, `(batch, ...)` float32."""
        return self.generated_outputs["logits"]

    @property
    def real_gradient(self) -> tf.Tensor:
        """`d D(x_i) / d x_i`, the shape of `real`."""
        return self._checked(self._real_gradient, "real")

    @property
    def generated_gradient(self) -> tf.Tensor:
        """`d D(G(z_i)) / d G(z_i)`, the shape of `generated`."""
        return self._checked(self._generated_gradient, "generated")

    def gradient_at(self, samples: tf.Tensor) -> tf.Tensor:
        """`d D(x_i) / d x_i` at samples of the penalty's own choice, by a pass of its own."""
        return self._checked(self._run(samples, self.conditions, taped=True)[1], "penalty's")

    def uniform(self, shape) -> tf.Tensor:
        """Numbers from U(0, 1), others at each call and at each step."""
        return self.draws.uniform(shape)

    def _checked(self, gradient, which):
        if gradient is None:
            raise ValueError(
                f"The gradient with respect to the {which} samples was not taped, or does not exist. Expected the "
                f"penalty to name it in `needs`, and the discriminator to be differentiable in its first input."
            )
        return gradient

    def _run(self, samples, conditions, taped):
        with tf.GradientTape(watch_accessed_variables=False) if taped else contextlib.nullcontext() as tape:
            if taped:
                tape.watch(samples)
            seen = samples if self._augment is None else self._augment(samples, self.draws)
            outputs = run_discriminator(self.discriminator, seen, conditions)
        # The gradient of the summed logits, which is each sample's own where no layer mixes the batch.
        return outputs, tape.gradient(outputs["logits"], samples) if taped else None


def _sum(losses: Sequence[tf.Tensor]) -> tf.Tensor:
    return tf.add_n([tf.zeros(()), *(tf.cast(loss, tf.float32) for loss in losses)])


def one_logit_each(logits: tf.Tensor) -> tf.Tensor:
    """One logit for each sample, `(batch,)`: the mean over its patches, where it has several."""
    return tf.reduce_mean(tf.reshape(logits, (tf.shape(logits)[0], -1)), axis=1)


def run_discriminator(
    discriminator: keras.Model, samples, conditions: Sequence = (), training: bool = True
) -> dict[str, tf.Tensor]:
    """The discriminator's outputs in float32, by name; a discriminator of one output gives `"logits"`."""
    outputs = discriminator([samples, *conditions] if conditions else samples, training=training)
    named = outputs if isinstance(outputs, dict) else {"logits": outputs}
    return {name: tf.cast(output, "float32") for name, output in named.items()}
