import keras
import numpy as np
import tensorflow as tf

from kgan._step import ema


def dense(value):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1), keras.layers.BatchNormalization()])
    model.set_weights([np.full_like(weight, value) for weight in model.get_weights()])
    return model


def test_after_one_half_life_half_of_the_old_weights_is_left():
    average, model = dense(0.0), dense(1.0)
    for _ in range(10):
        ema.update(average, model, batch_size=100, images_seen=10**9, half_life=1000.0)
    for weight in average.get_weights():  # BatchNormalization's statistics among them
        np.testing.assert_allclose(weight, 0.5, rtol=1e-5)


def test_the_first_step_forgets_the_random_weights_of_the_start():
    average, model = dense(5.0), dense(1.0)
    ema.update(average, model, batch_size=64, images_seen=0, half_life=10_000.0)
    for weight in average.get_weights():
        np.testing.assert_allclose(weight, 1.0, rtol=1e-6)


def test_while_few_images_were_seen_the_half_life_is_a_share_of_them():
    average, model = dense(0.0), dense(1.0)
    ema.update(average, model, batch_size=50, images_seen=tf.constant(1000, tf.int64), half_life=10_000.0)
    np.testing.assert_allclose(average.get_weights()[0], 1 - 0.5 ** (50 / 50), rtol=1e-5)


def test_a_copy_has_equal_weights_that_no_optimizer_sees():
    model = dense(3.0)
    copy = ema.copy_of(model)
    assert copy.trainable_variables == []
    model.set_weights([weight * 2 for weight in model.get_weights()])
    for weight in copy.get_weights():
        np.testing.assert_array_equal(weight, 3.0)


@keras.saving.register_keras_serializable("kgan_tests")
class Subclassed(keras.Model):
    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = keras.layers.Dense(units)

    def call(self, x):
        return self.dense(x)

    def get_config(self):
        return {"units": self.units}


def test_a_subclassed_model_can_be_averaged():
    model = Subclassed()
    model(np.zeros((1, 3), np.float32))
    copy = ema.copy_of(model)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(copy(x), model(x))
