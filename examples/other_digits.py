"""Domain adaptation: labels of white digits on black, and a classifier that reads digits on photographs.

    pip install scikit-image
    python examples/other_digits.py

The classifier sees labels of the source alone, and pictures of the target without any (Ganin et al., 2016,
arXiv:1505.07818). Labels of held-out digits say how many are read right, without adaptation and with it.
"""

import argparse

import keras
import numpy as np
import skimage.data

import kgan

SHAPE = (28, 28, 3)
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee")  # those that come with scikit-image


def on_photographs(digits: np.ndarray, seed: int) -> np.ndarray:
    """Digits `(n, 28, 28, 1)` on parts of photographs, `|photograph - digit|` in each colour, as MNIST-M is made."""
    random, photographs = np.random.RandomState(seed), [getattr(skimage.data, name)() for name in PHOTOGRAPHS]
    made = np.empty((len(digits), *SHAPE), np.uint8)
    for number, digit in enumerate(digits.astype(np.int16)):
        photograph = photographs[random.randint(len(photographs))]
        top, left = (random.randint(side - 28) for side in photograph.shape[:2])
        made[number] = np.abs(photograph[top : top + 28, left : left + 28].astype(np.int16) - digit)
    return made


def model() -> kgan.DomainAdaptation:
    """Features, a classifier and a discriminator of domains: the recipe `dann` at half of the filters."""
    features = kgan.architectures.picture_features(SHAPE, widths=(16, 24), kernel_size=3, seed=0)
    shape = features.output_shape[1:]
    found = kgan.DomainAdaptation(
        features,
        kgan.architectures.dense_classifier(shape, num_classes=10, seed=1),
        kgan.architectures.domain_discriminator(shape, seed=2),
        seed=0,
    )
    found.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        loss=kgan.losses.GradientReversal(strength=0.3),
        penalties=[kgan.penalties.R1(1.0)],
        objectives=["class_cross_entropy"],
    )
    return found


def main(epochs: int = 12, out: str = "other_digits") -> tuple[float, float]:
    """Trains twice, exports, and returns the shares of the target that are read right: without adaptation, and with."""
    data = kgan.data.load("digits", batch_size=4500, validation_split=0.1)
    (images, labels), (test, truths) = (next(iter(split.unbatch().batch(4500).as_numpy_iterator())) for split in data)
    half = len(images) // 2
    source = (images[:half].repeat(3, axis=-1), labels[:half])
    target, test = on_photographs(images[half:], 0), on_photographs(test, 1)  # no digit is on both sides

    def read(classifier: kgan.DomainAdaptation) -> float:
        return float((classifier.classify(test).argmax(axis=1) == truths).mean())

    plain, adapted = model(), model()
    alone = kgan.callbacks.Pretraining(2 * epochs * half, "class_cross_entropy")  # longer than it trains
    plain.fit(source, target, batch_size=32, epochs=epochs, callbacks=[alone], verbose=0)
    adapted.fit(source, target, batch_size=32, epochs=epochs, verbose=2)
    before, after = read(plain), read(adapted)
    print(f"Digits on photographs that are read right: {before:.1%} without adaptation, {after:.1%} with it")

    bundle = kgan.export.save(adapted, out, formats=("onnx",))
    told, names = adapted.classify(test).argmax(axis=1), [str(number) for number in range(10)]
    kgan.pictures.by_class(test, told, names, truths).save(f"{out}.png")
    print(f"Held-out digits under the class that is told of them in {out}.png, the classifier in {bundle}")
    return before, after


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--out", default="other_digits")
    main(**vars(parser.parse_args()))
