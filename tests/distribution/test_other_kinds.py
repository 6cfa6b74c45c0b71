"""Other kinds of models on two replicas, in a process of its own: see replicas.py."""

import numpy as np
import pytest
import replicas
from replicas_apart import PROGRAM, ended, found, started


@pytest.mark.slow
@pytest.mark.parametrize("role", ["collections", "films", "upscaling"])
def test_they_come_to_the_weights_pools_and_heads_of_one_process(role, tmp_path):
    ((status, output),) = ended([started([PROGRAM, role, tmp_path])])
    assert status == 0, output
    assert found(tmp_path)["unequal"] == []
    expected = replicas.play_kinds(role, replicas.KINDS[role]())
    with np.load(tmp_path / "state.npz") as state:
        assert len(state.files) == len(expected)  # of the same order: names of optimizers count those of a process
        for (name, value), place in zip(sorted(expected.items()), sorted(state.files), strict=True):
            np.testing.assert_allclose(state[place], value, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.slow
def test_a_table_s_model_stays_the_same_on_both_replicas_and_samples_what_is_asked_for(tmp_path):
    ((status, output),) = ended([started([PROGRAM, "tables", tmp_path])])
    assert status == 0, output
    assert found(tmp_path)["unequal"] == []
    assert found(tmp_path)["cuts"] == ["Fair"]
