"""What of a step follows the growth of its networks."""

import keras

from kgan.layers import grown


def fade_in(model) -> None:
    """Brings the newest stage to its weight of this step, in the networks and in the average alike."""
    for layer in grown(model.generator, model.ema_generator, *model.discriminators.values()):
        layer.fade_in(model.images_seen.value)


def learnable(*networks: keras.Model) -> list[keras.Variable]:
    """The weights that an optimizer moves at this stage or at another, each once, in one order at all stages."""
    waiting = {id(weight) for layer in grown(*networks) if layer.trainable for weight in layer.waiting}
    found = [one for network in networks for one in network.variables if one.trainable or id(one) in waiting]
    return list({id(variable): variable for variable in found}.values())


def stages(*networks: "keras.Model | None") -> tuple[tuple[int, bool], ...]:
    """By what two traces of networks differ: the stage of each layer that grows, and whether it fades in."""
    return tuple((layer.stage, layer.fades) for layer in grown(*networks))
