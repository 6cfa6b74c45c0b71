"""Several replicas, several workers: in processes of their own, see replicas.py; and what is refused, in this one."""

import functools
import json
import os
import re
import subprocess

import keras
import numpy as np
import pytest
import replicas
import tensorflow as tf
from replicas_apart import PROGRAM, ended, found, started

import kgan
from games import linear_game
from kgan import distribution
from kgan._step import optimizers
from kgan._support.checkpoint_files import Checkpoints
from kgan.distribution import checks, sharding
from kgan.run import training


@functools.cache
def alone() -> tuple[dict, dict]:
    """The figures and the state of the same game in one process, without a strategy."""
    gan = replicas.game()
    history = replicas.play(gan)
    return history, {name: variable.numpy() for name, variable in replicas.state(gan).items()}


def assert_like_alone(history, state):
    expected_history, expected_state = alone()
    assert set(history) == set(expected_history)
    for name, figures in expected_history.items():
        np.testing.assert_allclose(history[name], figures, rtol=1e-5, atol=1e-5, err_msg=name)
    assert len(state) == len(expected_state)
    for (name, value), expected in zip(sorted(state.items()), sorted(expected_state.items()), strict=True):
        np.testing.assert_allclose(value, expected[1], rtol=1e-5, atol=1e-5, err_msg=name)


# --- two replicas in one process ---


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mirrored")
    ((status, output),) = ended([started([PROGRAM, "mirrored", folder])])
    assert status == 0, output
    return found(folder), dict(np.load(folder / "state.npz"))


@pytest.mark.slow
def test_two_replicas_come_to_the_weights_counters_and_figures_of_one_process_on_the_same_batches(mirrored):
    assert_like_alone(mirrored[0]["history"], mirrored[1])


@pytest.mark.slow
def test_nothing_that_training_moves_differs_between_replicas(mirrored):
    assert mirrored[0]["unequal"] == []


@pytest.mark.slow
def test_path_length_and_growing_networks_stay_the_same_on_both_replicas(tmp_path):
    ((status, output),) = ended([started([PROGRAM, "families", tmp_path])])
    assert status == 0, output
    assert found(tmp_path)["unequal"] == []
    assert np.isfinite(found(tmp_path)["length"])
    pixels = found(tmp_path)["pixels"]
    assert (pixels[0], pixels[-1]) == (4, 8)


@pytest.mark.slow
def test_each_replica_draws_its_own_latents_and_dropout_the_first_those_of_one_process(mirrored):
    z, dropped = (np.array(mirrored[0][name]) for name in ("z", "dropped"))
    assert np.abs(z[0] - z[1]).min() > 0
    assert (dropped[0] != dropped[1]).any()
    gan = replicas.plain()
    expected_z, expected_dropped = replicas.drawn(gan)
    np.testing.assert_array_equal(z[0], expected_z.numpy())
    np.testing.assert_array_equal(dropped[0], expected_dropped.numpy())


@pytest.mark.slow
def test_a_model_loaded_in_the_scope_goes_on_to_the_bit(mirrored):
    assert mirrored[0]["resumed alike"]


@pytest.mark.slow
def test_a_rehearsal_on_replicas_is_forgotten(mirrored):
    assert mirrored[0]["rehearsed"]
    assert mirrored[0]["forgotten"]


@pytest.mark.slow
def test_a_batch_that_replicas_cannot_share_alike_is_refused(mirrored):
    assert "a multiple of 2 for batch_size" in mirrored[0]["odd batch"]
    assert "Received: batch_size=5" in mirrored[0]["odd batch"]
    told = mirrored[0]["short batch"]
    assert "ValueError: Expected batches that 2 replicas share alike" in told
    assert told.endswith(
        "Received: a batch of another size, the short last one of an epoch perhaps. Nothing was learned from it.\n"
    )
    assert "InvalidArgumentError" not in told  # the sentence alone


# --- several workers ---


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers")
    configs = replicas.tf_configs(2)
    for status, output in ended([started([PROGRAM, "worker", folder], config) for config in configs]):
        assert status == 0, output
    return [found(folder, 0), found(folder, 1)], folder


@pytest.mark.slow
def test_two_workers_come_to_what_one_process_comes_to(two_workers):
    (chief, other), folder = two_workers
    assert_like_alone(chief["history"], dict(np.load(folder / "state.npz")))
    assert other["history"] == chief["history"]


@pytest.mark.exhaustive
def test_four_workers_come_to_what_one_process_comes_to(tmp_path):
    configs = replicas.tf_configs(4)
    for status, output in ended([started([PROGRAM, "worker", tmp_path], config) for config in configs]):
        assert status == 0, output
    workers = [found(tmp_path, index) for index in range(4)]
    assert_like_alone(workers[0]["history"], dict(np.load(tmp_path / "state.npz")))
    assert len({worker["digest"] for worker in workers}) == 1


@pytest.mark.slow
def test_two_workers_hold_the_same_state_to_the_bit(two_workers):
    (chief, other), _ = two_workers
    assert chief["digest"] == other["digest"]
    assert chief["noisy digest"] == other["noisy digest"]
    assert chief["images_seen"] == other["images_seen"] == 64


@pytest.mark.slow
def test_two_workers_draw_latents_of_their_own(two_workers):
    (chief, other), _ = two_workers
    assert np.abs(np.array(chief["z"]) - np.array(other["z"])).min() > 0


@pytest.mark.slow
def test_the_chief_alone_writes_the_checkpoint_that_all_take_part_in(two_workers):
    (chief, other), folder = two_workers
    assert (chief["chief"], other["chief"]) == (True, False)
    assert (chief["workers"], other["workers"]) == (2, 2)
    assert [file.name for file in (folder / "shared").iterdir()] == ["checkpoints"]
    loaded = keras.models.load_model(Checkpoints(folder / "shared" / "checkpoints").newest().model)
    assert replicas.digest(loaded) == chief["digest"]


@pytest.mark.slow
def test_when_a_worker_is_killed_the_others_stop_and_say_what_to_do(tmp_path):
    configs = replicas.tf_configs(2)
    processes = [started([PROGRAM, "worker", tmp_path, "--dies-at", 2], config) for config in configs]
    (status, output), (killed, _) = ended(processes, within=120.0)
    assert killed == -9
    assert status == 0, output
    error = found(tmp_path)["error"]
    assert "Expected all 2 workers to train to the end. Received: one that is gone." in error
    assert "resume from the last checkpoint" in error


def on_two_workers(*command):
    """The output of `kgan` on each of two workers."""
    arguments = ["-c", "from kgan_cli import main; main()", *command, "--strategy", "multi_worker"]
    results = ended([started(arguments, config) for config in replicas.tf_configs(2)])
    for status, output in results:
        assert status == 0, output
    return [output for _, output in results]


@pytest.mark.slow
def test_the_command_line_trains_and_resumes_on_two_workers_and_the_chief_alone_writes(tmp_path, small_images):
    np.save(tmp_path / "small.npy", small_images)
    settings = {"generator_width": 4, "discriminator_width": 4, "latent_dim": 4, "features": "none"}
    arguments = ["train", tmp_path / "small.npy", "--recipe", "digits", "--batch-size", 60]
    for key, value in settings.items():
        arguments += ["--set", f"{key}={value}"]
    chief, other = on_two_workers(*arguments, "--epochs", 1, "--out", tmp_path / "run")
    assert "Trained to epoch 1 of" in chief
    assert "This worker trains along" in other
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run", "small.npy"]
    broken = kgan.run.Run(tmp_path / "run")
    assert broken.trained["epochs"] == 1
    assert len(broken.log.read_text().splitlines()) == 2
    assert (tmp_path / "run" / "export" / "generator.onnx").is_file()
    on_two_workers("resume", tmp_path / "run", "--epochs", 2)
    on_two_workers(*arguments, "--epochs", 2, "--out", tmp_path / "whole")
    whole = kgan.run.Run(tmp_path / "whole").load()
    resumed = kgan.run.Run(tmp_path / "run").load()
    assert int(resumed.steps.numpy()) == int(whole.steps.numpy()) == 6
    for variable, expected in zip(resumed.variables, whole.variables, strict=True):
        np.testing.assert_allclose(variable.numpy(), expected.numpy(), rtol=1e-4, atol=1e-6)


def test_what_workers_cannot_do_together_is_refused(monkeypatch):
    monkeypatch.setattr(distribution, "num_workers", lambda strategy: 2)
    with pytest.raises(ValueError, match="Expected neither every nor retries with 2 workers"):
        training.CheckpointPolicy(every=1.0).check(tf.distribute.get_strategy())
    with pytest.raises(ValueError, match="Received: every=None, retries=1"):
        training.CheckpointPolicy(retries=1).check(tf.distribute.get_strategy())


# --- who takes part ---


def test_an_unknown_strategy_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"strategy='mirorred'. Did you mean 'mirrored'\?"):
        distribution.strategy("mirorred")


def test_one_machine_is_its_own_chief():
    strategy = distribution.strategy("mirrored")
    assert distribution.is_chief(strategy)
    assert distribution.num_workers(strategy) == 1
    assert distribution.is_chief(tf.distribute.get_strategy())


def test_several_workers_need_a_tf_config(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(distribution.ClusterError, match="Received: none. Set it on every worker"):
        distribution.strategy("multi_worker")


WORKERS = {"worker": ["a:1", "b:1"]}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("{", "JSONDecodeError"),
        ([], "TypeError"),
        ({"task": {"type": "worker", "index": 0}}, "KeyError('cluster')"),
        ({"cluster": WORKERS, "task": {"type": "worker"}}, "KeyError('index')"),
        ({"cluster": WORKERS, "task": {"type": "worker", "index": 2}}, "'worker' 2 is not among the workers"),
        ({"cluster": WORKERS, "task": {"type": "ps", "index": 0}}, "'ps' 0 is not among the workers"),
        ({"cluster": WORKERS, "task": {"type": "worker", "index": "0"}}, "'worker' '0' is not among the workers"),
        ({"cluster": {"worker": ["a:1", "a:1"]}, "task": {"type": "worker", "index": 0}}, "host:port of its own"),
        ({"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 0}}, "host:port of its own"),
    ],
)
def test_a_malformed_tf_config_is_refused_by_what_is_wrong(config, reason):
    text = config if isinstance(config, str) else json.dumps(config)
    with pytest.raises(distribution.ClusterError, match=r"Expected the environment variable TF_CONFIG") as caught:
        distribution.check_tf_config(text)
    assert reason in str(caught.value)


def test_a_tf_config_with_a_chief_or_with_workers_only_is_taken():
    distribution.check_tf_config(json.dumps({"cluster": WORKERS, "task": {"type": "worker", "index": 1}}))
    cluster = {"chief": ["c:1"], **WORKERS}
    distribution.check_tf_config(json.dumps({"cluster": cluster, "task": {"type": "chief", "index": 0}}))


# --- what is refused ---


@pytest.fixture
def one_replica():
    return tf.distribute.MirroredStrategy(["CPU:0"])


def test_gradients_of_an_embedding_s_rows_are_added_up_before_replicas_share_them(one_replica):
    rows = tf.IndexedSlices(
        tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), tf.constant([1, 1, 3]), tf.constant([4, 2])
    )
    found = []
    for gradient in (rows, tf.convert_to_tensor(rows)):
        with one_replica.scope():
            weight, adam = keras.Variable(np.ones((4, 2), np.float32)), keras.optimizers.Adam(0.1)
            adam.build([weight])
        one_replica.run(optimizers.apply, (adam, [gradient], [weight]))
        found.append([adam._velocities[0].numpy(), weight.numpy()])
    np.testing.assert_array_equal(*found)


@pytest.mark.slow
def test_a_strategy_of_one_replica_trains_as_none_does(one_replica):
    with one_replica.scope():
        gan = replicas.game()
    history = replicas.play(gan)
    assert_like_alone(history, {name: variable.numpy() for name, variable in replicas.state(gan).items()})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"jit_compile": True}, "Expected jit_compile as 'auto' or False on a tf.distribute strategy"),
        ({"steps_per_execution": 2}, "Received: steps_per_execution=2"),
        ({"generator_optimizer": lambda: keras.optimizers.SGD(use_ema=True)}, "with use_ema"),
        (
            {"discriminator_optimizer": lambda: keras.optimizers.SGD(gradient_accumulation_steps=2)},
            "with gradient_accumulation_steps",
        ),
        (
            {"generator_optimizer": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())},
            "with a loss scale, as float16 needs",
        ),
    ],
)
def test_what_replicas_cannot_do_is_refused_by_name(one_replica, arguments, message):
    with one_replica.scope(), pytest.raises(ValueError, match=message):
        linear_game().compile(**{key: value() if callable(value) else value for key, value in arguments.items()})


def test_no_xla_on_a_strategy(one_replica):
    with one_replica.scope():
        gan = linear_game()
        gan.compile(discriminator_steps=2)
    assert not gan.uses_xla


def test_networks_and_optimizers_from_outside_the_scope_are_refused(one_replica):
    optimizer = keras.optimizers.SGD()
    outside = linear_game()
    with one_replica.scope():
        with pytest.raises(ValueError, match="Expected networks and optimizers built in the strategy's scope"):
            linear_game().compile(generator_optimizer=optimizer)
        with pytest.raises(ValueError, match="Expected networks and optimizers built in the strategy's scope"):
            kgan.GAN(outside.generator, outside.discriminator).compile()
        with pytest.raises(ValueError, match="Received: 'gan/steps' built outside"):
            outside.compile()
        inside = linear_game()
    with pytest.raises(ValueError, match="one without the other"):
        inside.compile()


def test_another_kind_of_strategy_is_refused():
    with tf.distribute.OneDeviceStrategy("CPU:0").scope(), pytest.raises(ValueError, match="a OneDeviceStrategy"):
        linear_game().compile()


def test_several_workers_need_a_seed_in_common(monkeypatch):
    monkeypatch.setattr(checks, "num_workers", lambda strategy: 2)
    with pytest.raises(ValueError, match="Expected a seed that 2 workers share"):
        linear_game(seed=None)


def test_every_tf_config_of_the_documentation_is_one():
    text = (PROGRAM.parents[1] / "docs" / "distribution.md").read_text()
    by_hand = re.findall(r"export TF_CONFIG='(.*)'", text)
    script = re.search(r"^ *(hosts=.*\n *export TF_CONFIG=.*)$", text, re.MULTILINE).group(1)
    in_pod = [
        subprocess.run(
            ["bash", "-c", f'{script}\nprintf %s "$TF_CONFIG"'],
            env={"PATH": os.environ["PATH"], "WORKERS": "3", "JOB_COMPLETION_INDEX": str(index)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for index in range(3)
    ]
    assert len(by_hand) == 2
    for config in (*by_hand, *in_pod):
        distribution.check_tf_config(config)
    assert json.loads(in_pod[2])["cluster"]["worker"] == [f"kgan-{index}.kgan:12345" for index in range(3)]
    assert [json.loads(config)["task"]["index"] for config in (*by_hand, *in_pod)] == [0, 1, 0, 1, 2]


def test_a_dataset_is_shared_by_its_batches_unless_it_says_otherwise(monkeypatch):
    monkeypatch.setattr(sharding, "num_workers", lambda strategy: 2)
    policy = tf.data.experimental.AutoShardPolicy
    dataset = tf.data.Dataset.range(4).batch(2)
    shared = distribution.shared(dataset, None)
    assert shared.options().experimental_distribute.auto_shard_policy == policy.DATA
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = policy.FILE
    own = dataset.with_options(options)
    assert distribution.shared(own, None) is own
