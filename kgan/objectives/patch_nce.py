"""Patches that keep their content: CUT's contrastive loss between an input and its translation."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan._game.draws import Draws
from kgan._support import lookup
from kgan._support.checks import whole
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["PatchNCE"]

_EPSILON = 1e-14  # of a squared norm, whose root has no gradient at 0
_SPREAD = 0.02  # standard deviation of the heads' first weights


@keras.saving.register_keras_serializable("kgan")
class PatchNCE(Objective):
    """A patch of the output tells, among patches of the input, the one that it was made of (CUT).

    At each layer l of the generator's encoder, a head H_l, two dense layers on the way to a vector of length 1, reads
    the features at S places. The generator and the heads minimise the mean over layers, places and samples of

    `-log(exp(q_s k_s / t) / sum_r exp(q_s k_r / t))`,

    q_s being the head's vector at place s of the output G(a), k_r that at place r of the input a, which no gradient
    reaches. The places are drawn anew at each step, the same ones for all samples. With `identity` the same is added
    between samples b and what the generator makes of them, which keeps it from changing what needs no change.

    The heads belong to the objective and not to the generator: they learn with its optimizer, are saved with the model,
    and are in no artefact. The encoder is read in inference mode.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper, of both terms. Defaults to `1.0`, as there, for
            a generator's loss without the 1/2 that `kgan.losses.LeastSquares` has: with that, 0.5 is as strong.
        layers: Names of layers of the generator, a functional Keras model, whose outputs are read. `None` takes those
            of the paper in a `kgan.architectures.resnet_translator`: the pixels, both halvings, the first residual
            block and the fifth, or the last where there are fewer.
        patches: Places at each layer, S; all of a layer that has fewer.
        width: Of the heads' vectors.
        temperature: t, positive.
        identity: Whether samples of b are compared with what becomes of them; they must have the inputs' shape.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"patch_nce"`.

    Raises:
        ValueError: if `weight` is negative, `patches` is less than 2, `width` less than 1, `temperature` not positive,
            or `name` no identifier; in `compile`, if the generator has no such layers, one has no places, or `identity`
            is asked for where inputs and outputs differ in shape.

    Examples:
        >>> kgan.objectives.PatchNCE(0.5).patches  # compile(objectives=[...]) of a kgan.ContrastiveTranslation
        256

    Reference:
        Park et al., 2020, Contrastive Learning for Unpaired Image-to-Image Translation. arXiv:2007.15651
    """

    def __init__(
        self,
        weight: "float | Schedule" = 1.0,
        layers: Sequence[str] | None = None,
        patches: int = 256,
        width: int = 256,
        temperature: float = 0.07,
        identity: bool = True,
        name: str | None = None,
    ):
        self.weight = number_or_schedule("weight", weight)
        self.layers = None if layers is None else list(layers)
        self.patches = whole("patches", patches, 2)
        self.width = whole("width", width, 1)
        if not temperature > 0.0:
            raise ValueError(f"Expected temperature > 0. Received: temperature={temperature}.")
        self.temperature = float(temperature)
        self.identity = bool(identity)
        self._call_it(name)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        encoder = self._encoder(model.generator)
        inputs, (made,) = model.generator.input_shape, model.generator.outputs
        for name, features in zip(self._layers(model.generator), encoder.outputs, strict=True):
            if len(features.shape) < 3:
                raise ValueError(
                    f"Expected layers with features at places, (batch, ..., channels), for {self.name!r}. Received: "
                    f"the layer {name!r} of shape {tuple(features.shape)}. Name convolutions, layers=[...]."
                )
        if self.identity and tuple(inputs) != tuple(made.shape):
            raise ValueError(
                f"Expected outputs of the inputs' shape for identity=True of {self.name!r}. Received: inputs of shape "
                f"{tuple(inputs)}, outputs of shape {tuple(made.shape)}. Pass identity=False."
            )

    def own_networks(self, model: keras.Model) -> Mapping[str, keras.Model]:
        """A head for each layer, `"head_0"` and on."""
        found = {}
        for number, features in enumerate(self._encoder(model.generator).outputs):
            weights = [
                keras.initializers.RandomNormal(stddev=_SPREAD, seed=model.seed + 2 * number + dense)
                for dense in range(2)
            ]
            inputs = keras.Input((None, features.shape[-1]), name="features")
            x = keras.layers.Dense(self.width, activation="relu", kernel_initializer=weights[0])(inputs)
            x = keras.layers.Dense(self.width, kernel_initializer=weights[1])(x)
            found[f"head_{number}"] = keras.Model(inputs, x, name=f"head_{number}")
        return found

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        encoder = self._encoder(step.networks["generator"])
        loss = self._loss(encoder, step.batch.generator_inputs, step.generated, step)
        if self.identity:
            reals = step.batch.real
            loss += self._loss(encoder, reals, step.generate(reals), step)
        return loss

    def _loss(self, encoder: keras.Model, inputs: tf.Tensor, outputs: tf.Tensor, step: StepOutputs) -> tf.Tensor:
        """The mean over layers."""
        losses, draws = [], step.draws
        if draws is None:
            raise ValueError("Expected a step with random numbers. Received: draws=None.")
        both = zip(_listed(encoder(inputs, training=False)), _listed(encoder(outputs, training=False)), strict=True)
        for number, (keys, queries) in enumerate(both):
            places = self._places(keys, draws)
            head = step.own[f"head_{number}"]
            k, q = (_normalized(head(tf.gather(_at_places(one), places, axis=1))) for one in (keys, queries))  # (b,s,w)
            logits = tf.matmul(q, ops.stop_gradient(k), transpose_b=True) / self.temperature  # (b, s, s)
            own = tf.linalg.diag_part(logits)
            losses.append(tf.reduce_mean(tf.reduce_logsumexp(logits, axis=-1) - own))
        return tf.add_n(losses) / float(len(losses))

    def _places(self, features: tf.Tensor, draws: Draws) -> tf.Tensor:
        """The places that are compared, `(s,)` int32, each once."""
        count = tf.reduce_prod(tf.shape(features)[1:-1])
        known = _known_places(features)
        taken = min(self.patches, known) if known is not None else tf.minimum(self.patches, count)
        return tf.math.top_k(draws.uniform(tf.reshape(count, [1])), taken).indices

    def _layers(self, generator: keras.Model) -> list[str]:
        if self.layers is not None:
            return self.layers
        known = {layer.name for layer in generator.layers}
        blocks = [name for name in (f"block_{number}_sum" for number in range(5)) if name in known]
        found = ["images", "downsample_1", "downsample_2", *dict.fromkeys([*blocks[:1], *blocks[-1:]])]
        if not set(found) <= known:
            raise ValueError(
                f"Expected layers of the generator to read for {self.name!r}. Received: layers=None, and a generator "
                f"that is no kgan.architectures.resnet_translator. Name those of its encoder, layers=[...]."
            )
        return found

    def _encoder(self, generator: keras.Model) -> keras.Model:
        """The generator on the same weights, with the layers as its outputs.

        Raises:
            ValueError: if it has no such layers, or is no functional model of one input and one output.
        """
        if len(getattr(generator, "inputs", None) or ()) != 1 or len(getattr(generator, "outputs", None) or ()) != 1:
            raise ValueError(
                f"Expected a functional generator of one input and one output for {self.name!r}. Received: "
                f"{type(generator).__name__} {generator.name!r}. Build it as keras.Model(inputs, outputs)."
            )
        known = {layer.name: layer for layer in generator.layers}
        read = [lookup.find("layers", name, known).output for name in self._layers(generator)]
        return keras.Model(generator.inputs, read)


def _listed(outputs) -> list[tf.Tensor]:
    return [tf.cast(one, tf.float32) for one in (outputs if isinstance(outputs, list) else [outputs])]


def _known_places(features: tf.Tensor) -> int | None:
    return None if None in features.shape[1:-1] else int(features.shape[1:-1].num_elements())


def _at_places(features: tf.Tensor) -> tf.Tensor:
    """`(b, ..., c)` as `(b, places, c)`."""
    return tf.reshape(features, [tf.shape(features)[0], -1, features.shape[-1]])


def _normalized(vectors: tf.Tensor) -> tf.Tensor:
    return vectors * tf.math.rsqrt(tf.reduce_sum(tf.square(vectors), axis=-1, keepdims=True) + _EPSILON)
