"""SPADE's generator and discriminator."""

import numpy as np
import pytest

import kgan
from kgan.architectures import spade_discriminator, spade_generator


def small(**settings):
    return spade_generator((32, 32, 1), map_classes=5, width=4, hidden=8, seed=0, **settings)


def test_the_generator_of_cityscapes_has_93_million_parameters():
    # Park et al.'s program has 93.0 million, as Li et al., 2020, arXiv:2003.08936, table 1, count them.
    network = spade_generator((256, 512, 1), map_classes=36)
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_variables) == 93_048_003


def test_a_class_changes_its_own_surroundings_alone(randomised):
    network = randomised(small(doublings=1))
    maps = np.zeros((2, 32, 32, 1), np.uint8)
    maps[1, :2, :2] = 3
    both = network(np.float32(maps) / 127.5 - 1.0, training=False).numpy()
    changed = np.abs(both[1] - both[0]).max(axis=-1) > 1e-6
    assert changed[:2, :2].all()
    assert not changed[-8:, -8:].any()


def test_the_discriminator_tells_maps_whose_values_are_near_to_each_other_apart():
    network = spade_discriminator((32, 32, 3), (32, 32, 1), map_classes=5, width=4, layers=2, seed=0)
    pictures, maps = np.zeros((2, 32, 32, 3), np.float32), np.zeros((2, 32, 32, 1), np.uint8)
    maps[1] = 1
    logits = network([pictures, np.float32(maps) / 127.5 - 1.0], training=False).numpy()
    assert logits.shape == (2, 6, 6, 1)
    assert np.abs(logits[1] - logits[0]).min() > 1e-4


def test_the_coarse_discriminator_sees_means():
    network = spade_discriminator((64, 64, 3), (64, 64, 1), map_classes=2, width=4, layers=2, halvings=1)
    assert network.output_shape == (None, 6, 6, 1)  # as of 32 pixels
    assert network.get_layer("halved_0").output.shape == (None, 32, 32, 5)


@pytest.mark.slow
def test_both_export(assert_exports, randomised):
    assert_exports(randomised(small(doublings=2)))


@pytest.mark.slow
def test_label_maps_become_pictures_in_the_bundle_as_in_keras(tmp_path):
    """Hinge, R1 behind the one-hot code, two discriminators; uint8 maps through `apply.py`'s class."""
    judges = {
        "fine": spade_discriminator((32, 32, 3), (32, 32, 1), 5, width=4, layers=1, seed=1),
        "coarse": spade_discriminator((32, 32, 3), (32, 32, 1), 5, width=4, layers=1, halvings=1, seed=2),
    }
    model = kgan.Translation(small(doublings=2), judges, seed=0)
    model.compile(loss="hinge", penalties=["r1"], objectives=[kgan.objectives.L1(10.0)])
    random = np.random.RandomState(0)
    maps = random.randint(0, 5, (8, 32, 32, 1)).astype(np.uint8)
    pictures = np.uint8(maps * np.array([50, 20, 5]))
    history = model.fit(maps, pictures, batch_size=4, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    from kgan.export.portable.applier import Applier

    kgan.export.save(model, tmp_path / "bundle", formats=("onnx",))
    drawn = np.stack([Applier(tmp_path / "bundle").apply(one) for one in maps[:2]])
    expected = np.round((model.translate(maps[:2]) + 1.0) * 127.5)
    assert np.abs(drawn.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: spade_generator((32, 32, 3)), r"Expected label maps as \(height, width, 1\).*Received: \(32, 32, 3\)"),
        (lambda: spade_generator((None, 32, 1)), "of known size"),
        (lambda: spade_generator((33, 32, 1)), "Expected even sides of at least 8 pixels"),
        (lambda: spade_generator((32, 48, 1), doublings=5), "Expected sides that are multiples of 32"),
        (lambda: spade_generator((32, 32, 1), doublings=0), "Expected doublings >= 1"),
        (lambda: spade_generator((32, 32, 1), width=0), "Expected width >= 1"),
        (lambda: spade_generator((32, 32, 1), map_classes=300), "Expected map_classes of at most 256"),
        (lambda: spade_discriminator((32, 32, 3), (16, 16, 1)), "of the same height and width"),
        (lambda: spade_discriminator((32, 32, 3), (32, 32, 1), layers=5), "Expected sides of at least 65 pixels"),
        (lambda: spade_discriminator((32, 32, 3), (32, 32, 1), layers=4, halvings=1), "at least 66 pixels"),
        (lambda: spade_discriminator((32, 32, 3), (32, 32, 1), normalization="layer"), "Expected normalization as"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
