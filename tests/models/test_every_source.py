"""The same look at the first batch, whatever it comes from, and nothing lost by looking."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from pair_games import linear_translator

import kgan
from batch_sources import (
    GOOD,
    LABELS,
    POINTS,
    Sequence,
    batches,
    dataset,
    distributed,
    loader,
    torch_tensors,
    tuple_of_arrays,
)
from games import Counter, linear_game, small_dcgan

SOURCES = [dataset, distributed, Sequence, batches, loader, torch_tensors, tuple_of_arrays]

FAULTS = [
    (GOOD * 100 + 128, LABELS, r"Expected images in \[-1, 1\].*x / 127.5 - 1"),
    (
        np.where(np.arange(16) == 0, np.nan, 1.0)[:, None, None, None] * GOOD,
        LABELS,
        "Expected finite samples.*sample 0",
    ),
    (
        np.where(np.arange(16) == 1, np.inf, 1.0)[:, None, None, None] * GOOD,
        LABELS,
        "Expected finite samples.*sample 1",
    ),
    (GOOD, LABELS + 1, r"Expected labels between 0 and 2 \(num_classes=3\).*to 3"),
    (GOOD, LABELS.astype("float32"), "as integers, one class each"),
    (GOOD.repeat(3, axis=-1), LABELS, r"Expected samples of shape \(8, 8, 1\)"),
    (GOOD.astype("int64"), LABELS, "uint8 in .* or as floats.*Received: int64"),
]


@pytest.fixture(scope="module")
def conditional():
    """One GAN for all that is refused: it leaves nothing behind."""
    gan = small_dcgan(num_classes=3)
    gan.compile()
    return gan


@pytest.fixture(scope="module")
def translation():
    inputs = keras.Input((8, 8, 1))
    generator = keras.Model(inputs, keras.layers.Conv2D(1, 1)(inputs))
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(inputs))
    model = kgan.Translation(generator, keras.Model(inputs, logits), seed=0)
    model.compile()
    return model


@pytest.mark.parametrize(("samples", "labels", "message"), FAULTS)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("as_validation", [False, True])
def test_a_fault_of_the_first_batch_is_named_before_the_first_step(
    conditional, source, samples, labels, message, as_validation
):
    with pytest.raises(ValueError, match=message):
        if as_validation:
            conditional.fit(GOOD, LABELS, validation_data=source(samples, labels), validation_steps=1, batch_size=4)
        else:
            conditional.fit(source(samples, labels), steps_per_epoch=2)
    with pytest.raises(ValueError, match=message):
        conditional.evaluate(source(samples, labels))
    assert int(conditional.steps.numpy()) == 0


@pytest.mark.parametrize(("samples", "labels", "message"), FAULTS)
@pytest.mark.parametrize("method", ["evaluate", "train_on_batch", "test_on_batch"])
def test_a_fault_of_a_batch_alone_is_named_as_well(conditional, samples, labels, message, method):
    with pytest.raises(ValueError, match=message):
        getattr(conditional, method)(samples, labels)
    assert int(conditional.steps.numpy()) == 0


@pytest.mark.parametrize("source", [dataset, distributed, Sequence, batches, loader, tuple_of_arrays])
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((GOOD * 100 + 128, GOOD), r"\[-1, 1\].*about the inputs"),
        ((GOOD, GOOD * np.nan), "finite samples.*about the targets"),
        ((GOOD, GOOD.repeat(3, axis=-1)), "Expected samples of shape.*about the targets"),
        ((GOOD > 0, GOOD), r"Received: bool.*x\.astype\('uint8'\) \* 255.*about the inputs"),
        ((GOOD,), "pairs.*Received: (inputs only|elements of 1 parts)"),
    ],
)
def test_pairs_are_looked_at_in_the_same_way(translation, source, parts, message):
    model = translation
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=message):
            method(source(*parts), verbose=0)
    if source is tuple_of_arrays:
        for method in (model.train_on_batch, model.test_on_batch):
            with pytest.raises(ValueError, match=message):
                method(source(*parts))
    assert int(model.steps.numpy()) == 0


@keras.saving.register_keras_serializable("kgan_tests")
class MeanOfReals(kgan.objectives.Objective):
    sees_reals = True

    def discriminator_loss(self, step):
        return keras.ops.mean(step.batch.real)


def means_seen(gan, source, **arguments):
    gan.compile(objectives=[MeanOfReals()], jit_compile=False)
    counter = Counter()
    gan.fit(source, verbose=0, callbacks=[counter], **arguments)
    totals = [logs["discriminator_mean_of_reals_loss"] for logs in counter.batches]
    return [round(total * (n + 1) - (totals[n - 1] * n if n else 0.0)) for n, total in enumerate(totals)]


@pytest.mark.parametrize("source", [dataset, Sequence, batches, loader])
def test_no_source_loses_its_first_batch_by_being_looked_at(source):
    arguments = {"shuffle": False} if source is Sequence else {"steps_per_epoch": 4} if source is batches else {}
    assert means_seen(linear_game(), source(POINTS + 0.5), **arguments) == [2, 6, 10, 14]


def test_a_generator_of_bare_arrays_an_iterator_and_a_dictionary_are_read_to_the_end():
    parts = np.split(POINTS + 0.5, 4)
    for source in ((part for part in parts), iter(parts), ({"image": part} for part in parts)):
        assert means_seen(linear_game(), source, steps_per_epoch=4) == [2, 6, 10, 14]


def test_the_order_that_a_loader_draws_is_the_same_with_a_look_and_without():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.tensor(POINTS))

    def drawn(look, generator):
        torch.manual_seed(3)
        if generator is not None:
            generator.manual_seed(3)
        shuffled = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True, generator=generator)
        if look:
            kgan.data.first_batch.of(shuffled)
        return [int(value) for (batch,) in shuffled for value in batch]

    for generator in (None, torch.Generator()):
        assert drawn(True, generator) == drawn(False, generator)


def test_an_empty_generator_and_something_else_are_named():
    gan = linear_game()
    gan.compile()
    with pytest.raises(ValueError, match="at least one batch. Received: an empty generator"):
        gan.fit(iter_of_nothing())
    with pytest.raises(ValueError, match="Expected samples as an array, or a source of batches.*Received: 3"):
        gan.fit(3)
    with pytest.raises(ValueError, match=r"Received: the path 'photos'. Pass kgan\.data\.load\('photos'"):
        gan.fit("photos")


def iter_of_nothing():
    yield from ()


def test_a_loader_of_bare_tensors_is_named():
    torch = pytest.importorskip("torch")
    gan = linear_game()
    gan.compile()
    with pytest.raises(ValueError, match=r"Received: one of bare tensors.*TensorDataset"):
        gan.fit(torch.utils.data.DataLoader(torch.tensor(POINTS), batch_size=4))


def test_a_data_frame_is_read_and_split_as_an_array_is():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(POINTS.astype("float64"))
    gan = linear_game()
    gan.compile(jit_compile=False)
    history = gan.fit(frame, validation_split=0.25, batch_size=4, verbose=0).history
    assert int(gan.images_seen.numpy()) == 12
    assert {name for name in history if name.startswith("val_")}
    assert gan.fit_data is None
    with pytest.raises(ValueError, match="Expected finite samples.*sample 2"):
        gan.fit(frame.replace(2.0, np.nan), batch_size=4)
    with pytest.raises(ValueError, match=r"float type. Received: int64. Convert them with x\.astype\('float32'\)"):
        gan.fit(frame.astype("int64"), batch_size=4)
    with pytest.raises(ValueError, match="float type. Received: object"):
        gan.fit(pandas.DataFrame([["a"], ["b"]]), batch_size=2)


IMAGES = [np.full((8, 8, 1), value, np.uint8) for value in range(2, 66)]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (IMAGES, r"Expected an array\. Received: a list of 64 arrays\. Pass numpy\.stack\(images\)\."),
        (tuple(IMAGES), r"Received: a tuple of 64 arrays\. Pass numpy\.stack"),
        ([tf.constant(image) for image in IMAGES], r"a list of 64 arrays"),
        ([IMAGES[0], IMAGES[1][:4]], "a list of 2 arrays of different shapes.*once all have one size"),
        ([[0.0], [1.0]], r"a list of 2 list objects\. Pass numpy\.array\(x\)"),
        (["a.png", "b.png"], r"a list of 2 paths\. Pass kgan\.data\.load"),
        ([], "an empty list"),
        ((IMAGES, LABELS), r"a list of 64 arrays\. Pass numpy\.stack\(images\)"),
        (((IMAGES, LABELS), (IMAGES, LABELS)), "Received: a pair of pairs.*fit\\(train_images, train_labels\\)"),
        (tf.ragged.constant([[1.0], [1.0, 2.0]]), "one shape. Received: a RaggedTensor"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
@pytest.mark.parametrize("kind", ["conditional", "translation"])
def test_a_list_of_images_is_named_with_what_makes_an_array_of_it(request, x, message, method, kind):
    with pytest.raises(ValueError, match=message):
        getattr(request.getfixturevalue(kind), method)(x)


def test_pillow_pictures_in_a_list_are_named():
    from PIL import Image

    gan = small_dcgan()
    gan.compile()
    with pytest.raises(ValueError, match=r"a list of 1 pictures. Pass numpy\.stack\(\[numpy\.asarray\(image\)"):
        gan.fit([Image.new("L", (8, 8))])


def test_a_list_of_targets_is_named_too():
    with pytest.raises(ValueError, match="a list of 64 arrays"):
        linear_translator().fit(np.zeros((64, 16, 16, 1), np.uint8), IMAGES)
