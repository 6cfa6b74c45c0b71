"""Domain adaptation: what a step moves, by hand; classes that stay after saving; what is refused."""

import keras
import numpy as np
import pytest
from domain_games import CLASSES, JUDGE, WEIGHT, lines, numbers, pictures_model

import kgan
from kgan import callbacks, losses, objectives

RATE = 0.1
IMAGES = np.random.RandomState(0).randint(0, 256, (24, 8, 8, 1)).astype(np.uint8)
LABELS = np.arange(24) % 3


def compiled(model, **arguments):
    still, moving = keras.optimizers.SGD(0.0), keras.optimizers.SGD(RATE)
    model.compile(moving, still, objectives=["class_cross_entropy"], jit_compile=False, **arguments)
    return model


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def slopes(source, labels, target):
    """By the weight of the features, in float64: of the cross-entropy, and of the discriminator's loss."""
    source, target = source[:, 0].astype(np.float64), target[:, 0].astype(np.float64)
    logits = WEIGHT * np.outer(source, CLASSES)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    of_classes = np.mean(source * ((shares - np.eye(2)[labels]) @ np.asarray(CLASSES)))
    of_source = np.mean(-sigmoid(-JUDGE * WEIGHT * source) * JUDGE * source)
    return of_classes, of_source + np.mean(sigmoid(JUDGE * WEIGHT * target) * JUDGE * target)


@pytest.mark.parametrize("strength", [1.0, 0.3])
def test_reversed_gradients_of_both_domains_reach_the_features(strength):
    model = compiled(lines(), loss=losses.GradientReversal(strength))
    source, labels, target = numbers()
    model.train_on_batch((source, labels), target)
    of_classes, of_domains = slopes(source, labels, target)
    found = float(model.features.get_weights()[0].item())
    assert found == pytest.approx(WEIGHT - RATE * (of_classes - strength * of_domains), rel=1e-5)


def test_matching_moves_the_target_s_features_alone():
    model = compiled(lines(shared=False), loss="non_saturating")
    source, labels, target = numbers()
    model.train_on_batch((source, labels), target)
    x = target[:, 0].astype(np.float64)
    slope = np.mean(-sigmoid(-JUDGE * WEIGHT * x) * JUDGE * x)  # of -log D(f(x))
    assert float(model.features.get_weights()[0].item()) == pytest.approx(WEIGHT - RATE * slope, rel=1e-5)
    np.testing.assert_allclose(model.generator.source_features.get_weights()[0], [[WEIGHT]], rtol=1e-7)
    np.testing.assert_allclose(model.classifier.get_weights()[0], [CLASSES], rtol=1e-7)


def test_before_the_game_classes_are_learned_and_then_the_source_s_features_are_those():
    model = compiled(lines(shared=False), loss="non_saturating")
    source, labels, target = numbers()
    model.pretrain("class_cross_entropy")
    model.train_on_batch((source, labels), target)
    learned = WEIGHT - RATE * slopes(source, labels, target)[0]
    assert float(model.features.get_weights()[0].item()) == pytest.approx(learned, rel=1e-5)
    assert abs(float(model.classifier.get_weights()[0][0, 0]) - CLASSES[0]) > 1e-4
    np.testing.assert_allclose(model.generator.source_features.get_weights()[0], [[WEIGHT]], rtol=1e-7)
    model.pretrain(None)
    np.testing.assert_array_equal(model.generator.source_features.get_weights(), model.features.get_weights())


def test_labels_of_the_target_are_never_trained_on():
    weights = []
    for labels in (np.arange(24) % 3, np.zeros(24, int)):
        model = pictures_model()
        model.compile(loss="gradient_reversal", objectives=["class_cross_entropy"])
        splits = kgan.data.load_domains(((IMAGES, LABELS), (IMAGES[::-1].copy(), labels)), 4)
        model.fit(splits, epochs=1, verbose=0)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def fitted():
    model = pictures_model(class_names=["a", "b", "c"], ema_half_life=40, shared=False)
    model.compile(objectives=["class_cross_entropy"], metrics=["class_accuracy"])
    steps = [callbacks.Pretraining(images=48, objective="class_cross_entropy")]
    held_out = ((IMAGES, LABELS), (255 - IMAGES, LABELS))
    history = model.fit(
        (IMAGES, LABELS), 255 - IMAGES, batch_size=8, epochs=3, verbose=0, validation_data=held_out, callbacks=steps
    )
    return model, history.history


def test_held_out_accuracies_are_those_of_the_probabilities(fitted):
    model, figures = fitted
    for domain, images in (("source", IMAGES), ("target", 255 - IMAGES)):
        told = model.classify(images)
        np.testing.assert_allclose(told.sum(axis=1), 1.0, rtol=1e-5)
        assert figures[f"val_{domain}_class_accuracy"][-1] == pytest.approx((told.argmax(axis=1) == LABELS).mean())
    assert np.isnan(figures["discriminator_loss"][0])
    assert np.isfinite(figures["discriminator_loss"][-1])
    alone = model.evaluate((IMAGES, LABELS), 255 - IMAGES, return_dict=True, verbose=0)
    assert np.isnan(alone["target_class_accuracy"])


def test_it_comes_back_from_its_file(fitted, tmp_path):
    model, _ = fitted
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.classify(IMAGES), model.classify(IMAGES))
    np.testing.assert_allclose(again.predict(IMAGES, verbose=0), model.classify(IMAGES), atol=1e-6)
    assert (again.class_names, again.shared) == (("a", "b", "c"), False)
    for one, other in zip(again.generator.get_weights(), model.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    fields = ("source_class_accuracy", "target_class_accuracy")
    assert [metric.name for metric in again.sample_metrics] == list(fields)


def test_networks_that_do_not_fit_are_refused():
    build = kgan.architectures
    features, classifier = build.picture_features((8, 8, 1), widths=(4,)), build.dense_classifier((64,), 3)
    judge = build.domain_discriminator((64,))
    with pytest.raises(ValueError, match=r"classifier to take features of shape \(64,\)"):
        kgan.DomainAdaptation(features, build.dense_classifier((32,), 3), judge)
    softmax = keras.Sequential([keras.Input((64,)), keras.layers.Dense(3, activation="softmax")])
    with pytest.raises(ValueError, match="ends in softmax"):
        kgan.DomainAdaptation(features, softmax, judge)
    maps = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=r"features of shape \(batch, n\)"):
        kgan.DomainAdaptation(maps, classifier, judge)
    with pytest.raises(ValueError, match="one of class_names for each of 3"):
        kgan.DomainAdaptation(features, classifier, judge, class_names=["a", "b"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"objectives": []}, "an objective that learns the classes of the source"),
        ({"objectives": ["class_cross_entropy"], "augmentation": "ada"}, "augmentation=None"),
        ({"objectives": ["class_cross_entropy"], "metrics": ["psnr"]}, "metrics of classes, 'class_accuracy'"),
        ({"objectives": ["class_cross_entropy"], "loss": "gradient_reversal", "top_k": 0.5}, "because top_k"),
    ],
)
def test_what_compile_cannot_work_on_is_refused(arguments, error):
    with pytest.raises(ValueError, match=error):
        pictures_model().compile(**arguments)


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ((IMAGES, LABELS), None, "Expected .*images, labels.*, target_images"),
        ((IMAGES, LABELS + 1), IMAGES, "integers from 0 to 2.*from 1 to 3"),
        ((IMAGES, LABELS[:5]), IMAGES, r"labels of the source of shape \(24,\)"),
        ((IMAGES, LABELS), IMAGES[:, :4], "samples of shape .8, 8, 1.*about the target"),
        ((IMAGES, LABELS), IMAGES[:0], "Expected samples. Received: none.*about the target"),
        ((IMAGES.astype(np.float32), LABELS), IMAGES, r"images in \[-1, 1\].*about the source"),
    ],
)
def test_data_that_the_networks_do_not_take_are_named(source, target, error):
    model = pictures_model()
    model.compile(objectives=["class_cross_entropy"], loss="gradient_reversal")
    with pytest.raises(ValueError, match=error):
        model.fit(source, target, verbose=0)


def test_other_models_refuse_what_is_for_classes():
    gan = kgan.GAN(
        kgan.architectures.mlp_generator((2,), latent_dim=2, width=4, activation=None),
        kgan.architectures.mlp_discriminator((2,), width=4),
    )
    with pytest.raises(ValueError, match="output 'classes', as that of a kgan.DomainAdaptation"):
        gan.compile(objectives=[objectives.ClassCrossEntropy()])
    with pytest.raises(ValueError, match="Samples have none"):
        gan.compile(metrics=["class_accuracy"])
    with pytest.raises(ValueError, match="kgan.DomainAdaptation in its fit"):
        monitor = callbacks.DomainMonitor()
        monitor.set_model(gan)
        monitor.on_train_begin()
    with pytest.raises(ValueError, match="kgan.DomainAdaptation in its fit"):
        grid = callbacks.ClassGrid("nowhere")
        grid.set_model(gan)
        grid.on_train_begin()
