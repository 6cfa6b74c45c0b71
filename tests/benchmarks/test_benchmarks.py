"""What the benchmarks count."""

import dataclasses
import gzip
import importlib
import importlib.util
import math
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kgan

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    """A benchmark by name, as a module."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "peers", raising=False)  # the tests have a module of that name, too
    yield importlib.import_module
    for name in [
        name
        for name in sys.modules
        if name.partition(".")[0]
        in ("peers", "train", "inference", "quality_time", "scaling", "convolutions", "roofline")
    ]:
        del sys.modules[name]  # before the one of the tests comes back


@pytest.fixture
def train(benchmark):
    return benchmark("train")


@pytest.fixture
def roofline(benchmark):
    return benchmark("roofline")


@pytest.fixture
def quality_time(benchmark):
    return benchmark("quality_time")


@pytest.fixture
def scaling(benchmark):
    return benchmark("scaling")


def forward(model):
    """Multiplications and additions of a pass over one sample, counted layer by layer."""
    work = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            work += 2 * layer.kernel.shape[0] * layer.kernel.shape[1]
        elif isinstance(layer, keras.layers.Conv2D):
            work += 2 * keras.ops.size(layer.kernel) * layer.output.shape[1] * layer.output.shape[2]
        elif isinstance(layer, keras.layers.Conv2DTranspose):
            work += 2 * keras.ops.size(layer.kernel) * layer.input.shape[1] * layer.input.shape[2]
    return int(work)


def counted(game):
    """Multiplications and additions of an iteration of DCGAN on the networks that kgan builds."""
    shape, width = (game.size, game.size, game.channels), game.filters[0]
    generator = kgan.architectures.dcgan_generator(shape, game.latent_dim, width)
    discriminator = kgan.architectures.dcgan_discriminator(shape, width)
    g, d = forward(generator), forward(discriminator)
    dense = 2 * math.prod(generator.get_layer("dense").kernel.shape)
    first = 2 * 16 * game.channels * width * (game.size // 2) ** 2
    # G: forwards, to its kernels, to its inputs but z. D learns: the same but for the images, on twice the batch. D
    # judges for G: forwards, and back to the images.
    return game.batch * (3 * g - dense + 2 * (3 * d - first) + 2 * d)


def test_the_work_of_an_iteration_is_counted_from_the_layers(train):
    game = train.GAMES["DCGAN 64 x 64 x 3"]
    assert train.work(game) == counted(game)


def test_the_products_of_an_iteration_are_all_that_its_convolutions_come_to(train, roofline):
    for name, game in train.GAMES.items():
        products = 0.0
        for number, layer in enumerate(roofline.layers_of(game)):
            times = sum(roofline.products_of(game, is_first=number == 0).values())
            products += times * roofline.multiply_adds(game.batch, *layer)
        # Both dense layers: D's as often as a later convolution, but for what G's mirrors; G's at each draw, and to W.
        grid = 2.0 * (game.size // 2**game.stages) ** 2 * game.filters[-1] * game.batch
        draws = game.discriminator_steps
        of_d = sum(roofline.products_of(game, is_first=False).values()) - draws - 2
        assert products + grid * (of_d + (draws + 1) * game.latent_dim) == train.work(game), name


def test_a_machine_of_one_rate_plays_at_that_rate(train, roofline):
    game = train.GAMES["DCGAN 64 x 64 x 3"]
    layers = roofline.layers_of(game)
    fastest = roofline.Fastest(
        {layer: dict.fromkeys("CTW", 1e11) for layer in layers},
        {layer: dict.fromkeys(roofline.PASSES, 0.001) for layer in layers},
    )
    products, passes = roofline.seconds_of(game, fastest)
    assert products == pytest.approx(train.work(game) / 1e11, rel=0.01)  # but for the dense layers
    # The discriminator's reals and samples, and the samples once more for the generator: forwards and back. The
    # generator's own, normalised: forwards and back.
    assert passes == pytest.approx(4 * 64 * 0.001 * (3 + 3 + 1 + 1))


def test_the_passes_of_an_iteration_are_counted_by_the_turns(train, roofline):
    counts = {name: tuple(roofline.passes_of(game).values()) for name, game in train.GAMES.items()}
    assert counts["DCGAN 28 x 28 x 1"] == (3, 3, 1, 1)
    # R1 + R2: of reals and of samples, logits and slopes, and back through both; the generator's judgement.
    assert counts["DCGAN 28 with R1 + R2"] == (5, 5, 1, 1)
    # Five times reals, samples, points between and their slopes, and back through them, but for the points themselves.
    assert counts["WGAN-GP, 5 steps"] == (21, 16, 5, 1)


def test_the_weights_that_adam_is_timed_on_are_those_of_the_networks(train, roofline):
    for name, game in train.GAMES.items():
        shape, width = (game.size, game.size, game.channels), game.filters[0]
        built = {
            "generator": kgan.architectures.dcgan_generator(shape, game.latent_dim, width),
            "discriminator": kgan.architectures.dcgan_discriminator(shape, width),
        }
        for player, shapes in roofline.weights_of(game).items():
            assert sorted(shapes) == sorted(tuple(one.shape) for one in built[player].trainable_variables), name


def test_the_work_of_every_point_of_a_sweep_is_counted_from_the_layers(scaling):
    games = {game for name in ("batch", "resolution", "width") for game in scaling.SWEEPS[name].values()}
    assert len(games) == 13  # the three share a point
    for game in games:
        assert scaling.work(game) == counted(game), game


def test_a_law_is_found_in_times_that_follow_it(scaling):
    operations = np.array([1e9, 2e9, 5e9, 2e10])
    law = scaling.Law.fitted(operations, 0.004 + operations / 3e11)
    assert law.fixed == pytest.approx(0.004)
    assert law.per_operation == pytest.approx(1 / 3e11)
    np.testing.assert_allclose(law(operations), 0.004 + operations / 3e11)


def test_a_law_has_no_negative_part(scaling):
    """Times that rise faster than the work are left to the work alone, the inverse of the mean of w / t."""
    law = scaling.Law.fitted([1e9, 2e9], [0.01, 0.05])
    ratios = np.array([1e11, 4e10])
    assert law.fixed == 0.0
    assert law.per_operation == pytest.approx(ratios.sum() / (ratios**2).sum())
    falling = scaling.Law.fitted([1e9, 2e9], [0.05, 0.01])
    assert falling.per_operation == 0.0


def test_the_same_work_at_every_point_is_a_fixed_time(scaling):
    law = scaling.Law.fitted([1e9, 1e9, 1e9], [0.02, 0.02, 0.02])
    assert (law.fixed, law.per_operation) == (pytest.approx(0.02), 0.0)
    swept = scaling.Swept([5, 50, 500], [1e9] * 3, [0.02, 0.02, 0.025], law)
    assert swept.farthest == pytest.approx(0.2)


def test_an_exponent_is_that_of_a_power(scaling):
    x = np.array([8.0, 16.0, 32.0, 64.0])
    assert scaling.exponent(x, 7 * x**1.5) == pytest.approx(1.5)


def test_a_game_reaches_a_contender_whole(scaling):
    pairing = importlib.import_module("peers.pairing")
    for sweep in scaling.SWEEPS.values():
        for game in sweep.values():
            assert pairing.named(scaling.as_argument(game)) == game
    game = pairing.Game(8, 1, (4,), images=50, mapped=True)
    mapped = pairing.images(game)
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, pairing.images(dataclasses.replace(game, mapped=False)))


def test_a_threshold_is_crossed_on_the_line_between_two_looks(quality_time):
    course = quality_time.Course(seconds=[5.0, 10.0, 20.0, 30.0], distances=[math.nan, 90.0, 40.0, 60.0])
    assert course.reached(65.0) == pytest.approx(15.0)
    assert course.reached(100.0) == 10.0  # nothing finite before it
    assert course.reached(40.0) == 20.0
    assert course.reached(39.0) == math.inf


def test_how_much_sooner_is_a_median_or_a_bound(quality_time):
    assert quality_time.sooner([10.0, 10.0, 20.0], [30.0, 50.0, 20.0], 100.0) == "3.0"
    assert quality_time.sooner([10.0, 10.0, 20.0], [math.inf, 50.0, 20.0], 100.0) == "> 5.0"
    assert quality_time.sooner([10.0, math.inf, 20.0], [30.0, 50.0, 20.0], 100.0) == "< 1.0"
    assert quality_time.sooner([math.inf], [math.inf], 100.0) == "unknown"
    assert quality_time.within(math.inf, 60.0) == "not within 60 s"


def test_the_thresholds_of_digits_are_the_distances_of_reals_that_lack_classes(quality_time):
    data = quality_time.DATA["digits"](quality_time.FASHION)
    assert len({image.tobytes() for image in data.images} & {image.tobytes() for image in data.held_out}) == 0
    judge = quality_time.Judge(data)
    for lacking, threshold in data.thresholds.items():
        classes = quality_time.LACKING[lacking]
        assert quality_time.reals_without(judge, data, classes) == pytest.approx(threshold, rel=0.03)
    assert abs(quality_time.reals_without(judge, data, 0)) < 1.0


def test_an_idx_file_is_read_with_its_shape(quality_time, tmp_path):
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    header = bytes([0, 0, 8, 3]) + np.array(values.shape, ">u4").tobytes()
    (tmp_path / "images.gz").write_bytes(gzip.compress(header + values.tobytes()))
    np.testing.assert_array_equal(quality_time.idx(tmp_path / "images.gz"), values)
    with pytest.raises(SystemExit, match="dataset-fashion-mnist"):
        quality_time.idx(tmp_path / "labels.gz")


def test_the_contenders_play_on_networks_of_the_same_size(train, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    plain = importlib.import_module("plain_keras")
    for game in train.GAMES.values():
        shape = (game.size, game.size, game.channels)
        for mine, other in (
            (kgan.architectures.dcgan_generator(shape, game.latent_dim, game.filters[0]), plain.generator(game)),
            (kgan.architectures.dcgan_discriminator(shape, game.filters[0]), plain.discriminator(game)),
        ):
            assert [tuple(weight.shape) for weight in mine.weights] == [tuple(weight.shape) for weight in other.weights]


@pytest.mark.slow
def test_what_inference_times_comes_to_keras_s_images_in_each_runtime_that_is_here(benchmark, tmp_path, monkeypatch):
    inference = benchmark("inference")
    inference.prepare(tmp_path, (8, 8, 1), litert=False)
    draw_images = benchmark("peers.draw_images")
    with np.load(tmp_path / "expected.npz") as archive:
        z, expected = archive["latents"][:3], archive["images"][:3]
    ways = [*(["pytorch_eager"] if importlib.util.find_spec("torch") else []), "raw_onnxruntime", "saved_model"]
    for way in [*ways, "tf_function", "keras_predict"]:
        built = draw_images.WAYS[way](tmp_path)
        draw = built[0] if isinstance(built, tuple) else built
        np.testing.assert_allclose(draw(z), expected, atol=1e-4, err_msg=way)
    drawn, of_latents = draw_images.WAYS["kgan_sampler"](tmp_path)
    np.testing.assert_allclose(of_latents(z), expected, atol=1e-4)
    assert drawn(z).shape == expected.shape
    assert np.abs(drawn(z) - expected).max() > 0.01  # of seeds of its own
    assert inference.size(tmp_path / "saved_model") > inference.size(tmp_path / "saved_model" / "saved_model.pb") > 0


def test_the_work_of_inference_is_that_of_its_layers(benchmark, tmp_path):
    inference = benchmark("inference")
    generator = kgan.architectures.dcgan_generator((16, 16, 3), latent_dim=5, width=4)
    inference._write_layers(generator, tmp_path)
    # 5 -> 4 x 4 x 8; 4 x 4 kernels once for each pixel of the smaller grid: 8 -> 4 on 4 x 4, then 4 -> 3 on 8 x 8.
    expected = 2 * (5 * 128 + 16 * 16 * 8 * 4 + 64 * 16 * 4 * 3)
    assert inference.work(tmp_path) == expected


def test_a_turn_of_inference_counts_the_batches_of_its_time(benchmark, monkeypatch):
    draw_images = benchmark("peers.draw_images")
    now = iter([0.0, 0.0, 0.4, 0.8, 1.2])
    monkeypatch.setattr(draw_images.time, "perf_counter", lambda: next(now))
    monkeypatch.setattr(draw_images.time, "process_time", lambda: 5.0)
    found = draw_images._turn(lambda z: None, None, 1.0)
    assert found == {"batches": 3, "seconds": 1.2, "processor": 0.0}


def test_memory_of_tables_is_measured_and_drawn(benchmark, tmp_path):
    table_memory = benchmark("table_memory")
    rows = tmp_path / "rows.parquet"
    table_memory.written(rows, 1_000)
    splits = kgan.data.load_table(str(rows), batch_size=500)
    assert (splits.count, splits.table.names) == (900, ("size", "price", "name", "sold"))
    assert table_memory.peak() > 10.0
    found = {rows: {"loaded_mib": 500.0, "trained_mib": 1_024.0} for rows in (1_000, 100_000)}
    table_memory.plot(found, tmp_path / "plot.svg")
    drawn = (tmp_path / "plot.svg").read_text()
    assert 'points="70.0,' in drawn
    assert "100,000" in drawn
