"""What `fit` and `evaluate` take batches from, each made of the same arrays."""

import keras
import numpy as np
import pytest
import tensorflow as tf

GOOD = np.random.default_rng(0).uniform(-1, 1, (16, 8, 8, 1)).astype("float32")
LABELS = np.arange(16) % 3
POINTS = np.arange(16, dtype="float32")[:, None]


class Sequence(keras.utils.PyDataset):
    def __init__(self, *parts):
        super().__init__()
        self.parts = parts

    def __len__(self):
        return len(self.parts[0]) // 4

    def __getitem__(self, number):
        return tuple(part[4 * number : 4 * number + 4] for part in self.parts)


def batches(*parts):
    while True:
        for start in range(0, len(parts[0]), 4):
            yield tuple(part[start : start + 4] for part in parts)


def loader(*parts):
    torch = pytest.importorskip("torch")
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*map(torch.tensor, parts)), batch_size=4)


def dataset(*parts):
    return tf.data.Dataset.from_tensor_slices(parts).batch(4)


def distributed(*parts):
    return tf.distribute.get_strategy().experimental_distribute_dataset(dataset(*parts))


def torch_tensors(*parts):
    torch = pytest.importorskip("torch")
    return tuple(map(torch.tensor, parts))


def tuple_of_arrays(*parts):
    return parts
