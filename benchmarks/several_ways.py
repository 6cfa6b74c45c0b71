"""What XLA is worth for a step of several ways (lazy penalties, several discriminator steps), and what it costs first.

    python benchmarks/several_ways.py --width 32

Each row is a process of its own: one game on random 28 x 28 images, compiled by XLA and left to `"auto"`. Seconds and
milliseconds are of processor time, so that what else the machine does counts for little.
"""

import argparse
import subprocess
import sys

CHILD = """
import resource
import keras, numpy as np
import kgan
width, game, jit_compile = WIDTH, GAME, JIT_COMPILE
networks = (
    kgan.architectures.dcgan_generator((28, 28, 1), 64, width, seed=1),
    kgan.architectures.dcgan_discriminator((28, 28, 1), width, seed=2),
)
gan = kgan.GAN(*networks, seed=1)
arguments = {
    "lazy R1": {"penalties": [kgan.penalties.R1(1.0, every=16)]},
    "WGAN-GP, 5 to 1": {"loss": "wasserstein", "penalties": ["wgangp"], "discriminator_steps": 5},
    "ADA, lazy R1": {"penalties": [kgan.penalties.R1(1.0, every=16)], "augmentation": "ada"},
}
gan.compile(**arguments[game], jit_compile=jit_compile)
marks = []
def mark(batch, logs):
    if batch in (0, 99, 299):
        used = resource.getrusage(resource.RUSAGE_SELF)
        marks.append(used.ru_utime + used.ru_stime)
images = np.random.default_rng(0).integers(0, 256, (6400, 28, 28, 1), dtype=np.uint8)
used = resource.getrusage(resource.RUSAGE_SELF)
begun = used.ru_utime + used.ru_stime
batches = kgan.data.load(images, 64, validation_split=0.0).train.repeat()
gan.fit(batches, steps_per_epoch=300, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=mark)])
print(marks[0] - begun, marks[1] - begun, (marks[2] - marks[1]) / 200 * 1000)
"""
GAMES = ("lazy R1", "WGAN-GP, 5 to 1", "ADA, lazy R1")


def main(width: int) -> None:
    """Plays every game both ways and prints the table."""
    print("| game | jit_compile | to the first step, s | to the hundredth, s | a step after it, ms |")
    print("| --- | --- | --- | --- | --- |")
    for game in GAMES:
        for jit_compile in (True, "auto"):
            script = CHILD.replace("WIDTH", str(width)).replace("GAME", repr(game))
            script = script.replace("JIT_COMPILE", repr(jit_compile))
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr)
            first, hundredth, step = map(float, done.stdout.split()[-3:])
            print(f"| {game} | {jit_compile!r} | {first:.1f} | {hundredth:.1f} | {step:.1f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--width", type=int, default=32)
    main(**vars(parser.parse_args()))
