"""Films that tests share: squares that move evenly, in memory and in files."""

import numpy as np
from PIL import Image


def squares(count=4, frames=8, size=16, channels=1, seed=0):
    """uint8 `(count, frames, size, size, channels)`: a bright square that moves by one pixel a frame."""
    random = np.random.RandomState(seed)
    films = np.zeros((count, frames, size, size, channels), np.uint8)
    for film in films:
        top, left = random.randint(0, size // 2, 2)
        down, right = ((1, 0), (0, 1), (1, 1), (-1, 1))[random.randint(4)]
        colour = random.randint(100, 256, channels)
        for number, frame in enumerate(film):
            rows = np.arange(top + number * down, top + number * down + size // 4) % size
            columns = np.arange(left + number * right, left + number * right + size // 4) % size
            frame[np.ix_(rows, columns)] = colour
    return films


def write_gif(path, film, rate=10.0):
    """Writes one film `(frames, height, width, channels)`; each frame differs, so that none is dropped."""
    pictures = [Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame) for frame in film]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=round(1000 / rate), loop=0)


def write_frames(folder, film):
    """Writes one film as a folder of frames, `frame8.png` before `frame10.png`."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(film):
        Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame).save(folder / f"frame{number}.png")
