import keras
import pytest
from cycle_games import compiled, lines

import kgan
from kgan import objectives


@pytest.mark.parametrize(("name", "kind"), [("cycle_consistency", "CycleConsistency"), ("identity", "Identity")])
def test_both_are_found_by_name_and_come_back_from_their_config(name, kind):
    found = objectives.get({"class_name": kind, "config": {"weight": 3.0, "name": "mine"}})
    assert type(objectives.get(name)).__name__ == kind
    assert (found.weight, found.name) == (3.0, "mine")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(found))
    assert again.get_config() == found.get_config()
    with pytest.raises(ValueError, match="weight"):
        type(found)(-1.0)


def test_a_model_without_two_translators_is_refused():
    inputs = keras.Input((2,))
    gan = kgan.GAN(
        keras.Model(inputs, keras.layers.Dense(2)(inputs)), keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    )
    with pytest.raises(ValueError, match="as kgan.CycleTranslation has always"):
        gan.compile(objectives=["cycle_consistency"])


def test_an_output_that_nothing_reads_is_refused():
    with pytest.raises(ValueError, match="'a_kept', 'b_kept', which nothing uses"):
        compiled(lines(), objectives=["cycle_consistency"])
