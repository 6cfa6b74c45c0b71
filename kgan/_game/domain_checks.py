"""What kgan refuses in the three networks of a domain adaptation."""

from typing import NamedTuple

import keras

from kgan._game import squashing
from kgan._game.networks import Shape, input_shapes, output_shape


class DomainShapes(NamedTuple):
    """What the networks take and tell.

    Attributes:
        sample: Of a sample, with the batch axis.
        classes: How many classes there are.
    """

    sample: Shape
    classes: int


def check(features: keras.Model, classifier: keras.Model, discriminator: keras.Model) -> DomainShapes:
    """Refuses networks that do not fit each other.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if one takes more than one input, features are no vector of a known length, classifier and
            discriminator take others, the classifier ends in a softmax or the like or tells less than two classes, or
            the discriminator gives more than one logit.
    """
    given = {"features": features, "classifier": classifier, "discriminator": discriminator}
    inputs = {name: input_shapes(network, name) for name, network in given.items()}
    for name, shapes in inputs.items():
        if len(shapes) != 1:
            raise ValueError(f"Expected {name} to take one input. Received: inputs of shapes {shapes}.")
    made = output_shape(features, inputs["features"])
    if len(made) != 2 or made[1] is None:
        raise ValueError(
            f"Expected features of shape (batch, n). Received: {features.name!r}, which makes {made}. End it with "
            f"keras.layers.Flatten() or GlobalAveragePooling2D()."
        )
    for name in ("classifier", "discriminator"):
        if inputs[name][0][1:] != made[1:]:
            raise ValueError(
                f"Expected {name} to take features of shape {made[1:]}. Received: {given[name].name!r}, which takes "
                f"{inputs[name][0][1:]}. Build it for the features."
            )
    told = output_shape(classifier, inputs["classifier"])
    if len(told) != 2 or told[1] is None or told[1] < 2:
        raise ValueError(
            f"Expected the classifier to return logits of two classes or more, (batch, classes). Received: an output "
            f"of shape {told}."
        )
    activation = squashing.find(classifier, "logits")
    if activation:
        raise ValueError(
            f"Expected the classifier to return logits, any real number. Received: {classifier.name!r} ends in "
            f"{activation}. Remove that activation."
        )
    judged = output_shape(discriminator, inputs["discriminator"])
    if judged[1:] != (1,):
        raise ValueError(
            f"Expected the discriminator to return one logit for each vector of features, (batch, 1). Received: an "
            f"output of shape {judged}. End it with keras.layers.Dense(1)."
        )
    return DomainShapes(inputs["features"][0], told[1])
