"""Domain adaptation: labels of white digits on black, and a classifier that reads black digits on white.

    python examples/other_digits.py

The classifier sees labels of the source alone, and pictures of the target without any (Ganin et al., 2016,
arXiv:1505.07818). Labels of held-out digits say how many are read right, before and after adaptation.
"""

import argparse

import numpy as np

import kgan

SHAPE = (28, 28, 1)


def model() -> kgan.DomainAdaptation:
    """Features, a classifier and a discriminator of domains, as in the paper but for half of the filters."""
    features = kgan.architectures.picture_features(SHAPE, widths=(16, 32), seed=0)
    shape = features.output_shape[1:]
    found = kgan.DomainAdaptation(
        features,
        kgan.architectures.dense_classifier(shape, num_classes=10, seed=1),
        kgan.architectures.domain_discriminator(shape, seed=2),
        seed=0,
    )
    found.compile(loss="gradient_reversal", objectives=["class_cross_entropy"])
    return found


def main(epochs: int = 10, out: str = "other_digits") -> tuple[float, float]:
    """Trains twice, exports, and returns the shares of the target that are read right: without adaptation, and with."""
    data = kgan.data.load("digits", batch_size=4500, validation_split=0.1)
    (images, labels), (test, truths) = (next(iter(split.unbatch().batch(4500).as_numpy_iterator())) for split in data)
    half = len(images) // 2
    source, target = (images[:half], labels[:half]), 255 - images[half:]  # no digit is on both sides

    def read(classifier: kgan.DomainAdaptation) -> float:
        return float((classifier.classify(255 - test).argmax(axis=1) == truths).mean())

    plain, adapted = model(), model()
    alone = kgan.callbacks.Pretraining(2 * epochs * half, "class_cross_entropy")  # longer than it trains
    plain.fit(source, target, epochs=epochs, callbacks=[alone], verbose=0)
    adapted.fit(source, target, epochs=epochs, verbose=2)
    before, after = read(plain), read(adapted)
    print(f"Black digits on white that are read right: {before:.1%} without adaptation, {after:.1%} with it")

    bundle = kgan.export.save(adapted, out, formats=("onnx",))
    told = adapted.classify(255 - test).argmax(axis=1)
    names = [str(number) for number in range(10)]
    kgan.pictures.by_class(255 - test, told, names, np.asarray(truths)).save(f"{out}.png")
    print(f"Held-out digits under the class that is told of them in {out}.png, the classifier in {bundle}")
    return before, after


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", default="other_digits")
    main(**vars(parser.parse_args()))
