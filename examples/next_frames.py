"""Predicting films: five frames of two bouncing digits in, the next five out.

    python examples/next_frames.py --windows 2_000

The first half of the windows teaches L1 alone; then a discriminator of films and one of frames join it (Mathieu et al.,
2015, arXiv:1511.05440). Prints how near predictions are to the true frames, and how sharp, beside a film that stands
still, and draws some of them.
"""

import argparse

import keras
import numpy as np

import kgan

GIVEN, AHEAD, SIDE = 5, 5, 64


def predictor(width: int) -> kgan.VideoPrediction:
    """A model of the recipe's networks, compiled."""
    given, following = (GIVEN, SIDE, SIDE, 1), (AHEAD, SIDE, SIDE, 1)
    networks = kgan.architectures
    model = kgan.VideoPrediction(
        networks.next_frames_generator(given, AHEAD, width=width, reach=5, seed=0),  # digits move 4 pixels at most
        {
            "film": networks.film_discriminator(following, given, width=width, seed=1),
            "picture": networks.frame_discriminator(following, width=width // 2, seed=2),
        },
        seed=0,
    )
    model.compile(
        generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(4e-4, beta_1=0.5),
        objectives=[kgan.objectives.L1(20.0), kgan.objectives.GradientDifference(20.0)],
    )
    return model


def main(windows: int = 2_000, width: int = 32, out: str = "next_frames.png") -> dict[str, float]:
    """Trains, draws, and returns PSNR in dB and gradient energy of predictions, and PSNR of standing still."""
    films = kgan.data.moving_digits(max(windows // 2, 20), frames=20, seed=0)
    splits = kgan.data.load_films(films, batch_size=8, input_frames=GIVEN, target_frames=AHEAD)
    model = predictor(width)
    epochs = max(windows // (splits.count // 8 * 8), 1)
    model.fit(splits.train, epochs=epochs, callbacks=[kgan.callbacks.Pretraining(images=windows // 2)], verbose=2)

    given, truth = next(iter(splits.validation.unbatch().batch(8).as_numpy_iterator()))
    predicted, still = model.continued(given, AHEAD), given[:, -1:].repeat(AHEAD, axis=1)
    found = {}
    for name, metric, frames in (
        ("psnr", kgan.metrics.PSNR(), predicted),
        ("gradient_energy", kgan.metrics.GradientEnergy(), predicted),
        ("psnr_standing_still", kgan.metrics.PSNR(), still.astype(np.float32) / 127.5 - 1.0),
    ):
        of_frames = kgan.metrics.OfFrames(metric)
        of_frames.update_state(truth, frames)
        found[name] = float(of_frames.result())
        print(f"{name} {found[name]:.3f}")
    kgan.pictures.strips(given[:4], predicted[:4], truth[:4]).save(out)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=2_000, help="how many the network sees")
    parser.add_argument("--width", type=int, default=32, help="of the networks")
    parser.add_argument("--out", default="next_frames.png", help="where the picture goes")
    main(**vars(parser.parse_args()))
