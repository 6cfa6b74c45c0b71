"""A process ends though an iterator over data that Python reads is still alive."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kgan.data import calls

ALIVE = """
import sys, kgan
images = kgan.data.load(sys.argv[1], 8, image_size=8, validation_split=0.0).train.repeat()
batches = iter(images)
next(batches)
"""
CRASH = """
import sys, keras, kgan
images = kgan.data.load(sys.argv[1], 8, image_size=8, validation_split=0.0).train
generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))])
discriminator = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
gan = kgan.GAN(generator, discriminator)
gan.compile(jit_compile=False)
def crash(batch, logs):
    raise RuntimeError("the lights went out")
gan.fit(images, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=crash)])
"""


@pytest.mark.slow
@pytest.mark.parametrize(("script", "code", "said"), [(ALIVE, 0, ""), (CRASH, 1, "the lights went out")])
def test_the_interpreter_ends_while_a_folder_is_being_read(tmp_path, script, code, said):
    noise = np.random.RandomState(0).randint(0, 256, (500, 500)).astype(np.uint8)  # slow to decode
    Image.fromarray(noise).save(tmp_path / "0.png")
    for number in range(1, 200):
        os.link(tmp_path / "0.png", tmp_path / f"{number}.png")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stderr
    assert said in done.stderr


def test_no_call_begins_once_the_interpreter_ends(monkeypatch):
    ours = calls._Calls()
    monkeypatch.setattr(calls, "_calls", ours)
    double = calls.from_threads(lambda number: 2 * number)
    assert double(2) == 4
    ours.end()
    with pytest.raises(RuntimeError, match="while the interpreter ends"):
        double(2)
