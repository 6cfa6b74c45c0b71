import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game
from kgan.callbacks.finite_guard import FiniteGuard, NotFiniteError

DATA = np.random.RandomState(0).normal(size=(64, 1)).astype(np.float32)


@keras.saving.register_keras_serializable("kgan_tests")
class Breaks(kgan.losses.NonSaturating):
    """A loss that is NaN from a logit on, or whose gradient is while it is finite itself."""

    def __init__(self, player, what):
        super().__init__()
        self.player, self.what = player, what

    def broken(self, player, loss, logits):
        if player != self.player:
            return loss
        nothing = tf.reduce_sum(logits) * 0.0
        return loss + (nothing / nothing if self.what == "loss" else tf.sqrt(nothing * nothing))

    def discriminator_loss(self, real_logits, generated_logits):
        loss = super().discriminator_loss(real_logits, generated_logits)
        return self.broken("discriminator", loss, real_logits)

    def generator_loss(self, generated_logits, real_logits=None):
        return self.broken("generator", super().generator_loss(generated_logits, real_logits), generated_logits)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("what", ["loss", "weights"])
def test_training_stops_at_the_step_and_names_the_player(player, what):
    gan = linear_game()
    gan.compile(loss=Breaks(player, what))
    with pytest.raises(NotFiniteError, match=f"the {what} of the {player} .* not finite after step 1") as caught:
        gan.fit(DATA, batch_size=8, epochs=2, verbose=0, callbacks=[FiniteGuard()])
    assert (caught.value.player, caught.value.what, caught.value.step) == (player, what, 1)
    assert int(gan.steps.numpy()) == 1


def test_a_sound_game_is_left_alone_and_a_player_without_a_turn_too():
    gan = linear_game()
    gan.compile(discriminator_steps=5)
    history = gan.fit(DATA, batch_size=16, epochs=1, verbose=0, callbacks=[FiniteGuard()]).history
    assert np.isnan(history["generator_loss"]).all()  # four steps: none of the generator
    assert int(gan.steps.numpy()) == 4
