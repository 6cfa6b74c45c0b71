"""Growth of a model's networks, stage by stage."""

from typing import Any

import keras
import numpy as np

from kgan._step import growth
from kgan.layers import Growing, grown

__all__ = ["Growable", "start_afresh"]


class Growable:
    """What callbacks that let a `kgan.AdversarialModel` grow call; mixed in before `keras.Model`.

    It reads the layers of the networks that are `kgan.layers.Growing`. The stage is saved with the model, and so is how
    far it has faded in: training goes on along the fade, whoever trains.
    """

    # Of the model, where this is mixed in.
    generator: keras.Model
    ema_generator: "keras.Model | None"
    discriminators: dict[str, keras.Model]
    generator_optimizer: keras.optimizers.Optimizer
    discriminator_optimizer: keras.optimizers.Optimizer
    _assert_compile_called: Any
    _plan: Any

    @property
    def stage(self) -> int | None:
        """The stage that the networks have reached, from 0; `None` where none of them grows."""
        return next((layer.stage for layer in self.growing_layers), None)

    @property
    def growing_layers(self) -> list[Growing]:
        """The layers that grow, of the generator first; none of most models."""
        return grown(*self._grown_networks)

    @property
    def _grown_networks(self) -> "tuple[keras.Model | None, ...]":
        return (self.generator, self.ema_generator, *self.discriminators.values())

    def grow(self, stage: int, fade_begins: int = 0, fade_lasts: int = 0) -> None:
        """Takes all networks that grow to another stage; optimizers start afresh, and steps are traced anew.

        Weights stay as they are. Of the optimizers' state only learning rates stay; a schedule of one begins again.

        Args:
            stage: From 0.
            fade_begins: After how many images seen it begins to fade in.
            fade_lasts: Images in which it does; 0 for a stage that is there at once.

        Raises:
            ValueError: if no network grows, they have different numbers of stages, there is no such stage, or a number
                of images is negative.
        """
        self._assert_compile_called("grow")
        self.check_grows()
        for layer in self.growing_layers:
            layer.grow(stage, fade_begins, fade_lasts)
        start_afresh(self.generator_optimizer, [self.generator, *self._plan.own_networks])
        start_afresh(self.discriminator_optimizer, list(self.discriminators.values()))
        self._trace_anew()

    def set_weights(self, weights: "list[np.ndarray]") -> None:
        """As `keras.Model.set_weights`; networks that grow go to the stage that the weights belong to."""
        super().set_weights(weights)
        if any([layer.take_stage() for layer in self.growing_layers]):  # each of them
            self._trace_anew()

    def load_weights(self, *arguments: Any, **named: Any) -> None:
        """As `keras.Model.load_weights`; networks that grow go to the stage that the weights belong to."""
        before = growth.stages(*self._grown_networks)
        super().load_weights(*arguments, **named)
        if growth.stages(*self._grown_networks) != before:
            self._trace_anew()

    def _trace_anew(self) -> None:
        for name in ("train", "test", "predict"):
            if getattr(self, f"{name}_function") is not None:
                getattr(self, f"make_{name}_function")(force=True)

    def check_grows(self) -> None:
        """Refuses networks that cannot grow together.

        Raises:
            ValueError: if no network grows, only one side does, or they have different numbers of stages.
        """
        each = {"generator": grown(self.generator)} | {
            name: grown(discriminator) for name, discriminator in self.discriminators.items()
        }
        numbers = {name: [layer.last + 1 for layer in layers] or [1] for name, layers in each.items()}
        if len({number for found in numbers.values() for number in found}) > 1 or not self.growing_layers:
            told = ", ".join(f"{max(found)} in {name!r}" for name, found in numbers.items())
            raise ValueError(
                f"Expected networks that grow, all with one number of stages, 2 or more. Received: {told}. Build both "
                f"with kgan.architectures.pggan_generator and pggan_discriminator, for one shape."
            )


def start_afresh(optimizer: keras.optimizers.Optimizer, networks: list[keras.Model]) -> None:
    """Gives an optimizer the state of a new one with its numbers of now."""
    fresh = type(optimizer).from_config(optimizer.get_config())
    fresh.build(growth.learnable(*networks))
    for variable, initial in zip(optimizer.variables, fresh.variables, strict=True):
        variable.assign(initial)
