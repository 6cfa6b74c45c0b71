"""The distance to the truth in the features of a frozen network: the perceptual loss."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan._support import lookup
from kgan.metrics import extractors
from kgan.metrics.extractors.prepared_network import PreparedNetwork
from kgan.objectives.compared import Compared, compared, output_shape_of
from kgan.schedules import Schedule

__all__ = ["FeatureDistance"]

_FREE = 64  # stands for a side of any length


@keras.saving.register_keras_serializable("kgan")
class FeatureDistance(Compared):
    """The generator's outputs come near their truths as a frozen network sees them (perceptual or content loss).

    It minimises the sum over layers f of `mean (f(y) - f(G(x)))^2`, over the batch and all features of the layer. No
    gradient reaches the network's weights, and it runs in inference mode: training leaves it as it is.

    Args:
        features: The network: `"digits"`, `"efficientnet-lite0"`, `"inception"` (Keras's) or `"pixels"`, of which the
            name is saved; or a built Keras model, whose config and weights are saved. It sees the samples as they are,
            images in [-1, 1].
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        layers: Names of layers of the network, whose outputs are compared; `None` compares its output, or that named
            `"features"` where it has several.
        output: Name of the generator's output, where it has several.
        discriminator: Name of the discriminator whose reals are the truths, where several have reals of their own.
        name: In the logs, as `generator_<name>_loss`, where two of a kind are to be told apart. Defaults to
            `"feature_distance"`, or `"feature_distance_<output>"`.

    Raises:
        TypeError: if `features` is neither a name nor a Keras model.
        ValueError: if `weight` is negative, `name` is no identifier, or no network has that name; in `compile`, if the
            network has no such layer, does not take the samples or has no gradient by them, or if `output` or
            `discriminator` is unknown.

    Reference:
        Johnson et al., 2016, Perceptual Losses for Real-Time Style Transfer and Super-Resolution. arXiv:1603.08155
    """

    def __init__(
        self,
        features: "str | keras.Model",
        weight: "float | Schedule" = 1.0,
        layers: Sequence[str] | None = None,
        output: str | None = None,
        discriminator: str | None = None,
        name: str | None = None,
    ):
        if not isinstance(features, str | keras.Model):
            raise TypeError(
                f"Expected features as the name of a network or a built keras.Model. Received: {features!r} of type "
                f"{type(features).__name__}. What is minimised must have a gradient in TensorFlow."
            )
        if isinstance(features, str):
            extractors.checked(features)
        super().__init__(weight, output, discriminator, name)
        self.features = features
        self.layers = None if layers is None else tuple(layers)
        self._reading: tuple[keras.Model, keras.Model] | None = None

    @property
    def saved_by(self) -> str:
        """By `"reference"` where the network was named, else by `"value"`."""
        return "reference" if isinstance(self.features, str) else "value"

    @property
    def frozen(self) -> Mapping[str, keras.Model]:
        """The network, `"features"`; a named one is loaded at the first use. None behind `"pixels"`."""
        network = self._network
        model = network if isinstance(network, keras.Model) else getattr(network, "model", None)
        return {} if model is None else {"features": model}

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        super().check(model, outputs)
        shape = [size or _FREE for size in output_shape_of(model, self.output)[1:]]
        samples = tf.random.stateless_uniform((2, *shape), (0, 0), -1.0, 1.0)
        try:
            with tf.GradientTape() as tape:
                tape.watch(samples)
                total = tf.add_n([tf.reduce_sum(one) for one in self._features(samples)])
            slope = tape.gradient(total, samples)
        except (ValueError, tf.errors.InvalidArgumentError) as error:
            if isinstance(error, extractors.ExtractorError) or str(error).startswith("Expected"):
                raise
            raise ValueError(
                f"Expected a network that takes the samples, {tuple(shape)}. Received: {self._name}, which does not: "
                f"{error}. Pass a network of that input, or one with None for sides that are free."
            ) from error
        if slope is None or not tf.reduce_any(slope != 0.0):
            raise ValueError(
                f"Expected a network with a gradient by the samples. Received: {self._name}, which rounds them or cuts "
                f"the gradient. Take another network, as 'efficientnet-lite0' for images in colour."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        generated, real = compared(step, self.output, self.discriminator)
        pairs = zip(self._features(generated), self._features(ops.stop_gradient(real)), strict=True)
        return sum(ops.mean(ops.square(one - other)) for one, other in pairs)

    def get_config(self) -> dict:
        """Every constructor argument; a Keras model as Keras writes it, without its weights."""
        features = self.features
        if not isinstance(features, str):
            features = keras.saving.serialize_keras_object(features)
        return {**super().get_config(), "features": features}

    @property
    def _name(self) -> str:
        return repr(self.features if isinstance(self.features, str) else self.features.name)

    @property
    def _network(self):
        """What takes samples: the user's model, or what the extractor of that name looks through."""
        if not isinstance(self.features, str):
            return self.features
        with tf.init_scope():  # weights are made once, and not in the graph of a step
            return extractors.get(self.features).network

    def _features(self, samples: tf.Tensor) -> list[tf.Tensor]:
        """What is compared, one tensor for each layer, float32."""
        network = self._network
        if isinstance(network, PreparedNetwork):
            samples = network.prepare(samples)
        elif not isinstance(network, keras.Model):
            return [network(samples)]
        model = self.frozen["features"]
        constants = [(weight, tf.stop_gradient(weight.value)) for weight in model.weights]
        with keras.StatelessScope(state_mapping=constants):
            outputs = self._with_layers(model)(samples, training=False)
        if self.layers is None and isinstance(outputs, dict):
            outputs = lookup.find("features", "features", outputs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        return [tf.cast(one, tf.float32) for one in outputs]

    def _with_layers(self, model: keras.Model) -> keras.Model:
        """The network on the same weights, with the layers as its outputs."""
        if self.layers is None:
            return model
        if self._reading is None or self._reading[0] is not model:
            known = {layer.name: layer for layer in getattr(model, "layers", []) if hasattr(model, "outputs")}
            found = [lookup.find("layers", name, known).output for name in self.layers]
            self._reading = (model, keras.Model(model.inputs, found))
        return self._reading[1]
