"""Directions in a space that change samples in one way, as named sliders; SeFa finds some in closed form."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._game import networks
from kgan._game.style_parts import StyleParts
from kgan._support import files, lookup
from kgan._support.checks import whole
from kgan.latent_tools.spaces import Space, StyleSpace, space_of

__all__ = [
    "Directions",
    "FirstLayerError",
    "check_space",
    "first_directions",
    "first_matrices",
    "sefa",
    "style_directions",
]

_MOST_BYTES = 2**26  # of a file of directions
_ROWS = 4096  # of a matrix that are squared at once


class FirstLayerError(ValueError):
    """A generator has no first layer that takes latents as they are."""


@dataclass(frozen=True, eq=False)
class Directions:
    """Named directions in a space.

    Attributes:
        names: No two alike, as `"direction_1"`.
        vectors: `(n, dim)` float32, each of length 1.
        space: `"z"` or `"w"`.
        slopes: How much the first layer changes along each, `||A n||^2`, the largest first; empty where not known.

    Raises:
        ValueError: if names and vectors differ in number, two names are alike, a vector is 0 or not finite, or there is
            no such space.

    Examples:
        >>> directions = kgan.latent_tools.Directions(("smile",), np.float32([[3.0, 4.0]]))
        >>> directions.moved(np.zeros((1, 2)), smile=2.0).round(1).tolist()
        [[1.2000000476837158, 1.600000023841858]]
    """

    names: tuple[str, ...]
    vectors: np.ndarray
    space: str = "z"
    slopes: tuple[float, ...] = field(default=())

    def __post_init__(self) -> None:
        vectors = np.asarray(self.vectors, np.float64)
        if vectors.ndim != 2 or len(vectors) != len(self.names) or not len(vectors):
            raise ValueError(
                f"Expected a vector (dim,) for each of {len(self.names)} names. Received: vectors of shape "
                f"{vectors.shape}."
            )
        if len(set(self.names)) != len(self.names) or not all(isinstance(one, str) and one for one in self.names):
            raise ValueError(f"Expected names as text, no two alike. Received: {', '.join(map(repr, self.names))}.")
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise ValueError("Expected directions that are finite, and none of length 0. Received: another one.")
        lookup.find("space", self.space, {"z": "z", "w": "w"})
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "vectors", (vectors / lengths[:, None]).astype(np.float32))
        object.__setattr__(self, "slopes", tuple(float(one) for one in self.slopes))

    def moved(self, points: np.ndarray, **strengths: float) -> np.ndarray:
        """Points moved along directions.

        Args:
            points: `(n, dim)`.
            **strengths: How far, by the names of directions.

        Returns:
            float32 `(n, dim)`.

        Raises:
            ValueError: if there is no direction of a name; the message has the nearest.
        """
        rows = {name: row for row, name in enumerate(self.names)}
        moved = np.array(points, np.float32)
        for name, strength in strengths.items():
            moved += np.float32(strength) * self.vectors[lookup.find("direction", name, rows)]
        return moved

    def renamed(self, names: "Mapping[str, str] | Sequence[str]") -> "Directions":
        """The same under other names.

        Args:
            names: The new name by the old one; or new ones for the first directions, in order.

        Raises:
            ValueError: if there is no direction of a name, there are too many names, or two become alike.
        """
        if not isinstance(names, Mapping):
            if len(names) > len(self.names):
                raise ValueError(f"Expected at most {len(self.names)} names. Received: {len(names)}.")
            names = dict(zip(self.names, names, strict=False))
        lookup.check_known("names", names, dict.fromkeys(self.names))
        return replace(self, names=tuple(names.get(name, name) for name in self.names))

    def save(self, path: "str | os.PathLike") -> None:
        """Writes them as JSON, whole or not at all."""
        files.write_json(Path(path), self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """The same in plain values."""
        return {
            "space": self.space,
            "names": list(self.names),
            "slopes": list(self.slopes),
            "vectors": [[float(number) for number in vector] for vector in self.vectors],
        }

    @classmethod
    def load(cls, path: "str | os.PathLike") -> "Directions":
        """Reads what `save` has written.

        Raises:
            ValueError: if the file is no such one.
        """
        path = Path(path)
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"Expected a file of directions, as kgan latents RUN sliders writes. Received: {path}.")
        content = files.read_json(path)
        try:
            names, vectors = content["names"], np.array(content["vectors"], np.float32)
            return cls(tuple(names), vectors, content["space"], tuple(content["slopes"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"Expected {path} as Directions.save writes it. Received: {error}.") from error


def sefa(
    gan: Any, count: int = 5, *, places: Sequence[int] | None = None, space: str | None = None, averaged: bool = True
) -> Directions:
    """The directions along which the generator's first layer changes most (SeFa): no data, no labels, no training.

    Of `A`, the matrix of the first layer that z goes through, or of all layers that make styles of w, one on the other,
    they are the eigenvectors of `A^T A` with the largest eigenvalues: `argmax ||A n||^2` for `||n|| = 1`, each at right
    angles to those before. What each one means is for the eye: look at `slider_grid`, then name them.

    Args:
        gan: A `kgan.GAN`.
        count: How many, at most the numbers of a point.
        places: In w, which places of the synthesis count, from 0; `None` for all. The first say shapes, the last ones
            colours.
        space: `"z"` or `"w"`; `None` for w where the generator has one.
        averaged: Whether of the averaged generator, where there is one.

    Returns:
        Directions named `direction_1` and so on, the strongest first.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4, seed=0),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4, seed=0),
        ... )
        >>> directions = kgan.latent_tools.sefa(gan, count=2).renamed(["thick"])
        >>> directions.names, directions.vectors.shape
        (('thick', 'direction_2'), (2, 4))

    Raises:
        TypeError: if the model is no `kgan.GAN`.
        ValueError: if `count` or a place is out of range, or there is no such space.
        FirstLayerError: if no first layer takes latents as they are.

    Reference:
        Shen and Zhou, 2021, Closed-Form Factorization of Latent Semantics in GANs. arXiv:2007.06600
    """
    chosen = space_of(gan, space, averaged)
    count = whole("count", count, 1)
    if count > chosen.dim:
        raise ValueError(f"Expected count of at most {chosen.dim}, the size of {chosen.name}. Received: count={count}.")
    if isinstance(chosen, StyleSpace):
        matrices = _of_styles(chosen, places)
    else:
        if places is not None:
            raise ValueError(f"Expected places=None in z, which has none. Received: places={places}.")
        matrices = first_matrices(chosen.generator)
    return _strongest(matrices, count, chosen.name)


def first_directions(generator: keras.Model, count: int) -> Directions:
    """What `sefa` finds in z, of a generator without its game.

    Args:
        generator: As `first_matrices` takes it.
        count: How many, at most the numbers of z.

    Raises:
        FirstLayerError: if no first layer takes latents as they are.
    """
    return _strongest(first_matrices(generator), count, "z")


def style_directions(parts: StyleParts, count: int) -> Directions:
    """What `sefa` finds in w, of the parts of a generator without its game.

    Args:
        parts: Of a generator of styles.
        count: How many, at most the numbers of w.

    Raises:
        FirstLayerError: if no layer of the synthesis makes styles of w.
    """
    return _strongest(
        _matrices([layer for layer in parts.synthesis.layers if hasattr(layer, "style_kernel")]), count, "w"
    )


def _strongest(matrices: Sequence[np.ndarray], count: int, space: str) -> Directions:
    """The eigenvectors of `A^T A` with the largest eigenvalues, of matrices `(outputs, dim)` one on the other."""
    blocks = (a[start : start + _ROWS].astype(np.float64) for a in matrices for start in range(0, len(a), _ROWS))
    values, vectors = np.linalg.eigh(sum(block.T @ block for block in blocks))  # no copy of A is made
    order = np.argsort(-values)[:count]
    found = vectors.T[order]
    found *= np.sign(found[np.arange(count), np.abs(found).argmax(axis=1)])[:, None]  # a sign that does not jump about
    names = tuple(f"direction_{number}" for number in range(1, count + 1))
    return Directions(names, found, space, tuple(values[order]))


def _of_styles(space: StyleSpace, places: Sequence[int] | None) -> list[np.ndarray]:
    """The matrices from w to the styles of the layers at places, `(channels, dim)` each."""
    for place in places or ():
        if not 0 <= place < space.places:
            raise ValueError(f"Expected places from 0 to {space.places - 1}. Received: {place}.")
    layers = _style_layers(space.parts)
    if places is not None:
        layers = [layer for layer in layers if _place_of(space, layer) in places]
    return _matrices(layers)


def _style_layers(parts: StyleParts) -> list[keras.layers.Layer]:
    return [layer for layer in parts.synthesis.layers if hasattr(layer, "style_kernel")]


def _matrices(layers: Sequence[keras.layers.Layer]) -> list[np.ndarray]:
    if not layers:
        raise FirstLayerError("Expected layers that make styles of w. Received: a synthesis without, or places=[].")
    return [np.asarray(layer.style_kernel).T for layer in layers]


def _place_of(space: StyleSpace, layer: keras.layers.Layer) -> int:
    """Which of the styles a layer of the synthesis reads: several may read one."""
    style = next(tensor for tensor in keras.tree.flatten(layer.input) if len(tensor.shape) == 2)
    styles = tf.repeat(tf.range(space.places, dtype=tf.float32)[None, :, None], space.dim, axis=2)
    noise = tf.zeros((1, *space.parts.synthesis.inputs[1].shape[1:]))
    return round(float(keras.Model(space.parts.synthesis.inputs, style)([styles, noise])[0, 0]))


def first_matrices(generator: keras.Model) -> list[np.ndarray]:
    """The matrices of the first layers that latents go through, from z to their outputs, `(outputs, latent_dim)`.

    Args:
        generator: Functional or sequential, its first input the latents.

    Raises:
        FirstLayerError: if there is none, or what is done to z before is not known.
    """
    found = []
    if hasattr(generator, "outputs") and not isinstance(generator, keras.Sequential):
        found = _first_layers(generator)
    elif isinstance(generator, keras.Sequential):
        first = next((layer for layer in generator.layers if _kernel(layer) is not None), None)
        found = [] if first is None else [(first, first.input)]
    matrices = [_matrix(generator, layer, tensor) for layer, tensor in found]
    if not matrices:
        raise FirstLayerError(
            f"Expected a generator that begins with a dense layer or a transposed convolution on latents. Received: "
            f"{generator.name!r}, in which none was found. kgan.latent_tools.Directions(names, vectors) takes "
            f"directions of your own."
        )
    return matrices


def _first_layers(generator: keras.Model) -> list[tuple[Any, Any]]:
    """Layers with a kernel that latents reach through none with another, and the tensors that they take."""
    reached = {id(generator.inputs[0])}
    found = []
    for operation in generator.operations:
        for node in operation._inbound_nodes:
            inputs = [tensor for tensor in node.input_tensors if id(tensor) in reached]
            if not inputs:
                continue
            if _kernel(operation) is not None:
                found.append((operation, inputs[0]))
            elif not isinstance(operation, keras.Model):
                reached |= {id(tensor) for tensor in node.outputs}
    return found


def _kernel(layer: Any) -> np.ndarray | None:
    """The kernel as `(inputs, outputs)`; `None` for a layer without one that z could be multiplied by."""
    inside = layer.layer if isinstance(layer, keras.layers.Wrapper) else layer
    kernel = getattr(inside, "kernel", None)
    if not isinstance(kernel, keras.Variable):
        return None
    values = np.asarray(kernel, np.float32)
    if values.ndim == 2:
        return values
    if isinstance(inside, keras.layers.Conv2DTranspose):  # (height, width, outputs, inputs)
        return values.reshape(-1, values.shape[-1]).T
    return None


def _matrix(generator: keras.Model, layer: Any, tensor: Any) -> np.ndarray:
    """`A` from z: the layer's own, times what comes before it, as a choice of some numbers, or labels beside them."""
    kernel, dim = np.asarray(_kernel(layer)), generator.inputs[0].shape[-1]
    before = _in_float32(keras.Model(generator.inputs, tensor), generator.name)
    slope = _slope(before, 0)  # (inputs, dim)
    if np.allclose(slope, _slope(before, 1), atol=1e-5):
        return kernel.T @ slope
    if kernel.shape[0] == dim:  # z is brought to one length, as PixelNorm does: its direction is what counts
        return kernel.T
    raise FirstLayerError(
        f"Expected latents to reach the layer {layer.name!r} as they are, or in part. Received: {generator.name!r}, "
        f"which changes them before. kgan.latent_tools.Directions(names, vectors) takes directions of your own."
    )


def _in_float32(before: keras.Model, name: str) -> keras.Model:
    """What comes before a layer, without the rounding of a generator in mixed precision."""
    try:
        return networks.in_float32(before)
    except (TypeError, ValueError) as error:
        raise FirstLayerError(
            f"Expected a generator of which Keras can make a copy in float32. Received: {name!r} ({error})"
        ) from error


def _slope(before: keras.Model, seed: int) -> np.ndarray:
    """How what reaches a layer changes with each number of z, `(inputs, latent_dim)`, from one place on."""
    dim = before.inputs[0].shape[-1]
    start = np.random.RandomState(seed).normal(size=(1, dim))
    z = tf.constant(np.concatenate([start, start + np.eye(dim)]), tf.float32)
    others = [tf.zeros((dim + 1, *tensor.shape[1:]), tensor.dtype) for tensor in before.inputs[1:]]
    seen = np.asarray(before([z, *others] if others else z, training=False), np.float32).reshape(dim + 1, -1)
    return (seen[1:] - seen[0]).T


def check_space(space: Space, directions: Directions) -> None:
    """Refuses directions of another space or size.

    Args:
        space: Where they are to lead.
        directions: They.

    Raises:
        ValueError: if they do not fit.
    """
    if directions.space != space.name or directions.vectors.shape[1] != space.dim:
        raise ValueError(
            f"Expected directions in {space.name} of size {space.dim}. Received: directions in {directions.space} of "
            f"size {directions.vectors.shape[1]}. Find them anew: kgan.latent_tools.sefa(gan)."
        )
