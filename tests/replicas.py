"""A game on several replicas, played in a process of its own: TensorFlow's devices are settled once it has begun.

python tests/replicas.py mirrored FOLDER            two logical CPUs
python tests/replicas.py families FOLDER            two logical CPUs: path length, networks that grow
python tests/replicas.py films FOLDER               two logical CPUs: collections, films, upscaling, tables
python tests/replicas.py worker FOLDER              one of the workers that TF_CONFIG names
python tests/replicas.py worker FOLDER --dies-at 3  the same, and the last worker is killed at the end of that epoch
"""

import argparse
import functools
import hashlib
import json
import os
import signal
import socket
import traceback
from pathlib import Path

import cycle_games
import keras
import numpy as np
import tensorflow as tf
import upscaling_games
import video_games

import kgan
import table_games
from kgan import distribution

BATCH = 8  # rows, that of all replicas together


@keras.saving.register_keras_serializable("kgan_tests")
class Rows(kgan.latents.Latents):
    """Latents by the row of the global batch, so that replicas draw what one process would."""

    def sample(self, shape, seed):
        replica, number = seed[1] // 2**40, seed[1] % 2**40
        training = 1 - tf.cast(seed[0] // 2**32 % 2, tf.float32)  # a short batch is held out, and has other shares
        share = BATCH // tf.distribute.get_strategy().num_replicas_in_sync
        first = tf.cast(replica * share * shape[1], tf.float32)
        places = first + tf.range(tf.cast(shape[0] * shape[1], tf.float32))
        return tf.reshape(tf.sin((1.0 + training * places) * (1.0 + tf.cast(number, tf.float32))), shape)

    def rows(self, count, latent_dim, random):
        return np.zeros((count, latent_dim))


def data():
    """(32, 2) to train on, (11, 2) held out: of the last, short batch one replica gets nothing."""
    points = np.random.default_rng(0).normal(size=(43, 2)).astype(np.float32)
    return points[:32], points[32:]


def game() -> kgan.GAN:
    """One whose gradients come from the whole batch in every way there is, and that takes its turns and pays lazily."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    generator = keras.Sequential(
        [keras.Input((3,)), layers.Dense(6), layers.BatchNormalization(synchronized=True), layers.Dense(2)]
    )
    judging = keras.Input((2,))
    features = layers.Dense(6, activation="tanh", name="features")(judging)
    discriminator = keras.Model(judging, layers.Dense(1, kernel_constraint=keras.constraints.MaxNorm(1.0))(features))
    gan = kgan.GAN(generator, discriminator, latents=Rows(), ema_half_life=50.0, seed=1)
    gan.compile(
        keras.optimizers.SGD(0.05, momentum=0.5, clipnorm=0.1),
        keras.optimizers.SGD(0.05, weight_decay=0.01),
        loss="relativistic_average",
        penalties=[kgan.penalties.R1(every=2), kgan.penalties.LeCam(start=0)],
        objectives=[kgan.objectives.FeatureMatching("features")],
        discriminator_steps=2,
    )
    return gan


def state(gan: kgan.GAN) -> dict[str, keras.Variable]:
    """Everything that training moves, but for the logs."""
    parts = (gan, gan.generator_optimizer, gan.discriminator_optimizer)
    logs = {id(variable) for metric in gan.metrics for variable in metric.variables}
    found = [one for part in parts for one in part.variables if id(one) not in logs]
    named = {f"{number:03d} {one.path}": one for number, one in enumerate(found)}
    return named | gan._remembered()


def play(gan: kgan.GAN, epochs: int = 2, callbacks=()) -> dict:
    """Trains; returns the figures of each epoch."""
    train, held_out = data()
    history = gan.fit(
        train, batch_size=BATCH, epochs=epochs, validation_data=held_out, verbose=0, callbacks=[*callbacks]
    )
    return history.history


def plain() -> kgan.GAN:
    """One that draws its latents at random, and drops out."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(6), layers.BatchNormalization(), layers.Dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(6), layers.Dropout(0.5), layers.Dense(1)])
    gan = kgan.GAN(generator, discriminator, ema_half_life=50.0, seed=1)
    augmentation = kgan.augmentation.InstanceNoise(0.1)
    gan.compile(penalties=["wgangp"], loss="wasserstein", augmentation=augmentation)
    return gan


def drawn(gan: kgan.GAN):
    """What the next step draws on this replica: latents, and the discriminator's dropout of ones."""
    z = gan.latents.sample((4, 3), gan.random_seed(0, training=True))
    with distribution.own_draws(gan):
        dropped = gan.discriminator.layers[1](tf.ones((1, 64)), training=True)
    return z, dropped


def results(strategy, values) -> list:
    return [one.numpy().tolist() for one in strategy.experimental_local_results(values)]


def digest(gan: kgan.GAN) -> str:
    return hashlib.sha256(b"".join(one.numpy().tobytes() for one in state(gan).values())).hexdigest()


def two_cpus() -> tf.distribute.MirroredStrategy:
    """A replica on each of two logical CPUs."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def unequal(strategy, *games: kgan.GAN) -> list[str]:
    """What training moves and both replicas hold other values of."""
    found = []
    for gan in games:
        for name, variable in state(gan).items():
            first, second = (np.asarray(value) for value in results(strategy, variable.value))
            if not np.array_equal(first, second):
                found.append(name)
    return found


def mirrored(folder: Path) -> dict:
    strategy = two_cpus()
    with strategy.scope():
        gan, noisy = game(), plain()
    found = {"history": play(gan)}
    z, dropped = strategy.run(tf.function(lambda: drawn(noisy)))
    found |= {"z": results(strategy, z), "dropped": results(strategy, dropped)}
    play(noisy)
    before = digest(noisy)
    with noisy.trial_updates():
        noisy.discriminator_step(tf.constant(data()[0][:8]))
        found["rehearsed"] = digest(noisy) != before
    found["forgotten"] = digest(noisy) == before
    found["unequal"] = unequal(strategy, gan, noisy)
    np.savez(folder / "state.npz", **{name: one.numpy() for name, one in state(gan).items()})
    gan.save(folder / "game.keras")
    with strategy.scope():
        loaded = keras.models.load_model(folder / "game.keras")
    play(gan, epochs=1)
    play(loaded, epochs=1)
    found["resumed alike"] = digest(gan) == digest(loaded)
    try:
        gan.fit(data()[0], batch_size=5, verbose=0)
    except ValueError as error:
        found["odd batch"] = str(error)
    short = tf.data.Dataset.from_tensor_slices(data()[0][:11]).batch(8)
    try:
        gan.fit(short, verbose=0)
    except ValueError as error:
        found["short batch"] = "".join(traceback.format_exception(error))
    return found


def families(folder: Path) -> dict:
    """Games with what depends on the whole batch in ways of its own: path length, and networks that grow in `fit`."""
    strategy = two_cpus()
    images = np.random.default_rng(0).uniform(-1, 1, (32, 8, 8, 3)).astype(np.float32)
    architectures = kgan.architectures
    with strategy.scope():
        styled = kgan.GAN(
            architectures.stylegan2_generator((8, 8, 3), 8, 4, max_width=8, seed=0),
            architectures.stylegan2_discriminator((8, 8, 3), 4, max_width=8, seed=0),
            seed=1,
        )
        growing = kgan.GAN(
            architectures.pggan_generator((8, 8, 3), 8, 4, seed=0),
            architectures.pggan_discriminator((8, 8, 3), 4, seed=0),
            seed=1,
        )
        lengths = kgan.objectives.PathLength(2.0, every=2)
        styled.compile(penalties=[kgan.penalties.R1(every=2)], objectives=[lengths], jit_compile=False)
        growing.compile(loss="wasserstein", penalties=["wgangp"], jit_compile=False)
    length = styled.fit(images, batch_size=BATCH, epochs=2, verbose=0).history["generator_path_length_loss"]
    grows = kgan.callbacks.ProgressiveGrowing(start=4, images=64, fade=32)
    pixels = growing.fit(images, batch_size=BATCH, epochs=4, verbose=0, callbacks=[grows]).history["growth_pixels"]
    return {"unequal": unequal(strategy, styled, growing), "length": length[-1], "pixels": pixels}


def of_collections() -> list[keras.Model]:
    """Models of two collections: a pool of earlier samples of the global batch, and an objective with networks."""
    optimizers = {
        f"{player}_optimizer": keras.optimizers.SGD(0.05, momentum=0.5) for player in ("generator", "discriminator")
    }
    both_ways = cycle_games.compiled(cycle_games.lines(pool_size=3, ema_half_life=50.0), **optimizers)
    one_way = kgan.ContrastiveTranslation(
        cycle_games.line(0.5, 0.1, "to_b"), cycle_games.mean_of("discriminator"), seed=1
    )
    patches = kgan.objectives.PatchNCE(layers=["line"], patches=64, width=4)  # all there are, so draws do not matter
    optimizers = {name: keras.optimizers.SGD(0.002) for name in optimizers}
    one_way.compile(loss="least_squares", objectives=[patches], jit_compile=False, **optimizers)
    return [both_ways, one_way]


def of_films() -> list[keras.Model]:
    """A model of films with two discriminators, and two objectives beside the game."""
    return [video_games.compiled(keras.optimizers.SGD, 0.01)]


def of_upscaling() -> list[keras.Model]:
    """A model of super-resolution that begins with L1 alone."""
    return [upscaling_games.compiled(keras.optimizers.SGD, 0.01, ema_half_life=50.0)]


KINDS = {"collections": of_collections, "films": of_films, "upscaling": of_upscaling}


def play_kinds(role: str, models: list[keras.Model]) -> dict[str, np.ndarray]:
    """Trains each; returns everything that training moves."""
    for model in models:
        if role == "collections":
            model.fit(*cycle_games.collections(24, 16), batch_size=BATCH, epochs=2, verbose=0)
            continue
        games = video_games if role == "films" else upscaling_games
        begins = [kgan.callbacks.Pretraining(16)] if role == "upscaling" else []
        train = games.data(count=24, batch_size=BATCH, validation_split=0.0).train
        model.fit(train, epochs=2, verbose=0, callbacks=begins)
    return {
        f"{number} {name}": one.numpy() for number, model in enumerate(models) for name, one in state(model).items()
    }


def kinds(role: str, folder: Path) -> dict:
    """Two replicas of other kinds of models."""
    strategy = two_cpus()
    with strategy.scope():
        models = KINDS[role]()
    found = play_kinds(role, models)
    np.savez(folder / "state.npz", **{name.replace("/", "|"): one for name, one in found.items()})
    return {"unequal": unequal(strategy, *models)}


def tables(folder: Path) -> dict:
    """Two replicas of a model of rows, which draw conditions of their own."""
    strategy, data = two_cpus(), table_games.splits(batch_size=40)
    with strategy.scope():
        model = table_games.compiled(data, pac=5)
    model.fit(data.train, epochs=2, verbose=0)
    rows = model.sample(20, seed=0, where={"cut": "Fair"})
    return {"unequal": unequal(strategy, model), "cuts": sorted(set(rows["cut"]))}


class Killed(keras.callbacks.Callback):
    """Ends the process at once, as the loss of its machine would."""

    def __init__(self, epoch: int):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            os.kill(os.getpid(), signal.SIGKILL)


def worker(folder: Path, dies_at: int | None) -> dict:
    if dies_at is not None:
        _notice_soon()
    strategy = distribution.strategy("multi_worker")
    task = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    workers = distribution.num_workers(strategy)
    with strategy.scope():
        gan = game()
    dies = [Killed(dies_at)] if dies_at is not None and task == workers - 1 else []
    found = {"chief": distribution.is_chief(strategy), "workers": workers}
    try:
        found["history"] = play(gan, 2 if dies_at is None else 200, dies)
    except distribution.ClusterError as error:
        return found | {"error": str(error)}
    found |= {"digest": digest(gan), "images_seen": int(gan.images_seen.numpy())}
    with strategy.scope():
        noisy = plain()
    z, _ = strategy.run(tf.function(lambda: drawn(noisy)))
    play(noisy)
    found |= {"z": results(strategy, z), "noisy digest": digest(noisy)}
    if found["chief"]:
        np.savez(folder / "state.npz", **{name: one.numpy() for name, one in state(gan).items()})
    (folder / "shared").mkdir(exist_ok=True)
    checkpoint = kgan.callbacks.ResumableCheckpoint(folder / "shared" / "checkpoints")
    checkpoint.set_model(gan)
    checkpoint.save()
    return found


def _notice_soon() -> None:
    """Lets TensorFlow miss a worker after 5 seconds without a heartbeat, not half a minute; it has no public way to."""
    from tensorflow.python.eager import context

    context.context().configure_coordination_service(
        "standalone", service_leader="/job:worker/replica:0/task:0", heartbeat_timeout_in_ms=5_000
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def tf_configs(count: int) -> list[str]:
    """TF_CONFIG of each of so many workers on this machine."""
    cluster = {"worker": [f"localhost:{port}" for port in free_ports(count)]}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}) for index in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["mirrored", "families", "worker", "tables", *KINDS])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dies-at", type=int)
    asked = parser.parse_args()
    roles = {"mirrored": mirrored, "families": families, "tables": tables}
    roles |= {role: functools.partial(kinds, role) for role in KINDS}
    roles["worker"] = lambda folder: worker(folder, asked.dies_at)
    found = roles[asked.role](asked.folder)
    index = json.loads(os.environ.get("TF_CONFIG", '{"task": {"index": 0}}'))["task"]["index"]
    (asked.folder / f"found-{index}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
