"""How far a picture is from natural photographs, without a truth to compare it with: NIQE.

Reference:
    Mittal et al., 2013, Making a "Completely Blind" Image Quality Analyzer. IEEE Signal Processing Letters 20 (3)
"""

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

import numpy as np
from PIL import Image

__all__ = ["NaturalScenes", "naturalness"]

_BLOCK = 96  # pixels of a block's side; half of it in the picture at half its size
_SHARP = 0.75  # blocks at least so sharp beside the sharpest of their photograph are learned from
_GREY = np.array([0.299, 0.587, 0.114])
_WINDOW = np.exp(-0.5 * (np.arange(-3, 4) / (7.0 / 6.0)) ** 2)
_WINDOW /= _WINDOW.sum()
_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))  # neighbours whose products are looked at
_ALPHAS = np.arange(0.2, 10.0, 0.001)  # shapes of distributions that are tried


def _gamma(values: np.ndarray) -> np.ndarray:
    return np.exp([math.lgamma(value) for value in values])


_RATIOS = _gamma(2.0 / _ALPHAS) ** 2 / (_gamma(1.0 / _ALPHAS) * _gamma(3.0 / _ALPHAS))


@dataclass(frozen=True)
class NaturalScenes:
    """The Gaussian that features of blocks of natural photographs have.

    Attributes:
        mean: `(36,)`.
        covariance: `(36, 36)`.
    """

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def fit(cls, photographs: Iterable[np.ndarray]) -> "NaturalScenes":
        """Learns it from the sharp blocks of photographs.

        Args:
            photographs: `(height, width, channels)` uint8, each at least 96 pixels high and wide.

        Raises:
            ValueError: if a photograph is smaller or not uint8, or there are fewer than 37 sharp blocks, so that a
                covariance of 36 features is not worked out.
        """
        found = []
        for photograph in photographs:
            features, sharpness = _features(_levels(photograph))
            found.append(features[sharpness > _SHARP * sharpness.max()])
        features = np.concatenate(found) if found else np.zeros((0, 36))
        if len(features) < 37:
            raise ValueError(f"Expected photographs with at least 37 sharp blocks. Received: {len(features)}.")
        return cls(features.mean(axis=0), np.cov(features, rowvar=False))

    @classmethod
    @functools.cache
    def known(cls) -> "NaturalScenes":
        """Those that come with kgan: of photographs in Debian's packages, see `kgan/metrics/embedded/README.md`."""
        with (
            resources.files("kgan.metrics").joinpath("embedded/natural_scenes.npz").open("rb") as file,
            np.load(file, allow_pickle=False) as content,
        ):
            return cls(content["mean"].astype(np.float64), content["covariance"].astype(np.float64))


def naturalness(picture: np.ndarray, scenes: NaturalScenes | None = None) -> float:
    """NIQE: the distance between what the blocks of a picture are like and what those of natural photographs are like.

    `sqrt((m_1 - m_2)^T ((C_1 + C_2) / 2)^-1 (m_1 - m_2))` of means and covariances of 36 features of blocks of 96 x 96
    pixels: the shapes and widths of the distributions of locally normalised luminance and of products of neighbours, at
    the picture's size and at half of it. Lower is better; blur, noise and blocks of JPEG raise it. It knows no truth: a
    picture may be as natural as can be and show another thing than it should. Figures of other scenes than those that
    come with kgan, as those of the paper's authors, are not comparable.

    Args:
        picture: `(height, width, channels)` uint8, grey or in colour.
        scenes: What photographs are like; those that come with kgan by default.

    Raises:
        ValueError: if the picture is not uint8, or has room for fewer than two blocks.

    Examples:
        >>> noise = np.random.RandomState(0).randint(0, 256, (96, 192, 1)).astype(np.uint8)
        >>> kgan.metrics.naturalness(noise) > 10.0
        True

    Reference:
        Mittal et al., 2013, Making a "Completely Blind" Image Quality Analyzer. IEEE Signal Processing Letters 20 (3)
    """
    features, _ = _features(_levels(picture))
    if len(features) < 2:
        raise ValueError(
            f"Expected a picture with room for two blocks of {_BLOCK}x{_BLOCK} pixels. Received: one of "
            f"{picture.shape[0]}x{picture.shape[1]}. Take larger pictures."
        )
    scenes = NaturalScenes.known() if scenes is None else scenes
    difference = scenes.mean - features.mean(axis=0)
    between = (scenes.covariance + np.cov(features, rowvar=False)) / 2.0
    return float(np.sqrt(difference @ np.linalg.pinv(between) @ difference))


def _levels(picture: np.ndarray) -> np.ndarray:
    """Grey levels, 0 to 255, `(height, width)` float64."""
    if picture.ndim != 3 or picture.dtype != np.uint8 or min(picture.shape[:2]) < _BLOCK:
        raise ValueError(
            f"Expected a picture (height, width, channels) uint8, at least {_BLOCK} pixels high and wide. Received: "
            f"shape {picture.shape}, {picture.dtype}."
        )
    return np.rint(picture[..., :3] @ _GREY) if picture.shape[2] >= 3 else picture[..., 0].astype(np.float64)


def _features(levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features of each block, `(n, 36)`, and how sharp it is, `(n,)`."""
    height, width = (side // _BLOCK * _BLOCK for side in levels.shape)
    found, sharpness = [], np.zeros(0)
    for factor in (1, 2):
        scaled = levels[:height, :width]
        if factor == 2:
            image = Image.fromarray(scaled.astype(np.float32))
            scaled = np.asarray(image.resize((width // 2, height // 2), Image.Resampling.BICUBIC), np.float64)
        normalised, deviation = _normalised(scaled)
        blocks = _blocks(normalised, _BLOCK // factor)
        found.append(np.stack([_of_block(block) for block in blocks]))
        if factor == 1:
            sharpness = _blocks(deviation, _BLOCK).mean(axis=(1, 2))
    return np.concatenate(found, axis=1), sharpness


def _normalised(levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Levels less their local mean, over their local standard deviation plus 1; and that deviation."""
    mean = _smoothed(levels)
    deviation = np.sqrt(np.abs(_smoothed(levels**2) - mean**2))
    return (levels - mean) / (deviation + 1.0), deviation


def _smoothed(levels: np.ndarray) -> np.ndarray:
    padded = np.pad(levels, 3, mode="edge")
    rows = sum(weight * padded[:, start : start + levels.shape[1]] for start, weight in enumerate(_WINDOW))
    return sum(weight * rows[start : start + levels.shape[0]] for start, weight in enumerate(_WINDOW))


def _blocks(plane: np.ndarray, side: int) -> np.ndarray:
    """`(n, side, side)`."""
    height, width = (size // side for size in plane.shape)
    return plane.reshape(height, side, width, side).swapaxes(1, 2).reshape(-1, side, side)


def _of_block(block: np.ndarray) -> np.ndarray:
    """The 18 features of a block of normalised luminance."""
    alpha, left, right = _asymmetric(block)
    found = [alpha, (left + right) / 2.0]
    for shift in _SHIFTS:
        alpha, left, right = _asymmetric(block * np.roll(block, shift, axis=(0, 1)))
        mean = (right - left) * math.exp(math.lgamma(2.0 / alpha) - math.lgamma(1.0 / alpha))
        found += [alpha, mean, left, right]
    return np.array(found)


def _asymmetric(values: np.ndarray) -> tuple[float, float, float]:
    """Shape and both widths of the asymmetric generalised Gaussian that has the moments of the values."""
    below, above = values[values < 0.0], values[values > 0.0]
    left, right = (math.sqrt(np.mean(one**2)) if one.size else 1e-6 for one in (below, above))
    share = left / right
    ratio = np.mean(np.abs(values)) ** 2 / max(np.mean(values**2), 1e-12)
    ratio *= (share**3 + 1.0) * (share + 1.0) / (share**2 + 1.0) ** 2
    alpha = float(_ALPHAS[np.argmin((_RATIOS - ratio) ** 2)])
    width = math.exp(0.5 * (math.lgamma(1.0 / alpha) - math.lgamma(3.0 / alpha)))
    return alpha, left * width, right * width
