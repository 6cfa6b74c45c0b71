"""How small pictures are made of large ones, from nothing but the picture and a seed.

Reference:
    Wang et al., 2021, Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, sections 3 and
    4.1. arXiv:2107.10833
"""

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from kgan._support import lookup
from kgan._support.checks import whole
from kgan.data import depth
from kgan.data.filtering import filtered
from kgan.data.splits import DataError

__all__ = ["DEGRADATIONS", "check_degradation", "degrade", "enlarged"]

_BICUBIC, _BILINEAR, _AREA = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.BOX
_FILTERS = (_AREA, _BILINEAR, _BICUBIC)
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_SIZES = range(7, 22, 2)  # pixels of a kernel's side
_SINC = 0.1  # share of blurs that are sinc filters
_FINAL_SINC = 0.8
_GREY_NOISE = 0.4
_KERNELS = ("gaussian", "generalized", "plateau")
_SHARES = (0.7, 0.15, 0.15)
_ISOTROPIC = (0.45 / 0.7, 0.8, 0.8)  # of each of these, in the authors' program; the paper does not say


@dataclass(frozen=True)
class _Order:
    """One of the two rounds of degradations, as section 4.1 has it; sizes of noise are of 255.

    Attributes:
        blur: Share of pictures that are blurred.
        sigma: Range of the blur's standard deviation, in pixels.
        larger: Share of pictures that are enlarged, `smaller` of those that are shrunk; the rest keeps its size.
        smaller: The same of those that are shrunk.
        resize: Range of factors.
        gaussian: Range of the noise's standard deviation.
        poisson: Range of the Poisson noise's scale.
    """

    blur: float
    sigma: tuple[float, float]
    larger: float
    smaller: float
    resize: tuple[float, float]
    gaussian: tuple[float, float]
    poisson: tuple[float, float]


_FIRST = _Order(1.0, (0.2, 3.0), 0.2, 0.7, (0.15, 1.5), (1.0, 30.0), (0.05, 3.0))
_SECOND = _Order(0.8, (0.2, 1.5), 0.3, 0.4, (0.3, 1.2), (1.0, 25.0), (0.05, 2.5))
_QUALITY = (30, 95)  # of JPEG


def check_degradation(degradation: str) -> str:
    """The name of a degradation.

    Raises:
        DataError: if there is none of that name.
    """
    if degradation not in DEGRADATIONS:
        raise DataError(
            f"Expected degradation as {' or '.join(map(repr, DEGRADATIONS))}. Received: degradation={degradation!r}."
            f"{lookup.nearest(str(degradation), DEGRADATIONS)}"
        )
    return degradation


def degrade(picture: np.ndarray, scale: int = 4, degradation: str = "bicubic", seed: int = 0) -> np.ndarray:
    """A picture made `scale` times smaller, and worse.

    Args:
        picture: `(height, width, channels)`, uint8, or float32 in [-1, 1]; sides multiples of `scale`.
        scale: How many times smaller, at least 1.
        degradation: `"bicubic"` shrinks by bicubic interpolation (Keys, a = -0.5) with a filter that covers all pixels,
            as papers do. `"second_order"` is Real-ESRGAN's: twice over blur, resizing, noise and JPEG, then a sinc
            filter, with the shares and ranges of the paper.
        seed: Of all that is drawn; `"bicubic"` draws nothing.

    Returns:
        `(height / scale, width / scale, channels)` of the same type; uint8 is rounded.

    Examples:
        >>> picture = np.full((8, 8, 3), 100, np.uint8)
        >>> kgan.data.degrade(picture, scale=4)[0, 0].tolist()
        [100, 100, 100]

    Raises:
        DataError: if there is no such degradation, or the sides are no multiples of `scale`.
        ValueError: if `scale` is less than 1.
    """
    scale = whole("scale", scale, 1)
    change = DEGRADATIONS[check_degradation(degradation)]
    if picture.ndim != 3 or picture.shape[0] % scale or picture.shape[1] % scale:
        raise DataError(
            f"Expected a picture (height, width, channels) whose sides {scale} divides, scale. Received: shape "
            f"{picture.shape}. Cut it first."
        )
    unit = (depth.from_bytes(picture) if picture.dtype == np.uint8 else picture) / 2.0 + 0.5
    size = picture.shape[0] // scale, picture.shape[1] // scale
    small = np.clip(change(unit.astype(np.float32), size, np.random.RandomState(seed % 2**32)), 0.0, 1.0)
    return np.rint(255.0 * small).astype(np.uint8) if picture.dtype == np.uint8 else 2.0 * small - 1.0


def enlarged(picture: np.ndarray, scale: int) -> np.ndarray:
    """A picture `(height, width, channels)` float32, `scale` times as high and wide by bicubic interpolation.

    It may overshoot the picture's own values.
    """
    return _resized(picture, (picture.shape[0] * scale, picture.shape[1] * scale), _BICUBIC)


def _bicubic(picture: np.ndarray, size: tuple[int, int], random: np.random.RandomState) -> np.ndarray:
    return _resized(picture, size, _BICUBIC)


def _second_order(picture: np.ndarray, size: tuple[int, int], random: np.random.RandomState) -> np.ndarray:
    """Degrades twice; the last resizing goes to the size, before or after JPEG."""
    x = picture
    for order in (_FIRST, _SECOND):
        if random.uniform() < order.blur:
            x = filtered(x, _kernel(order.sigma, random))
        base = picture.shape[:2] if order is _FIRST else size
        x = _resized(x, _drawn_size(base, order, random), _FILTERS[random.randint(3)])
        x = _noisy(x, order, random)
        if order is _FIRST:
            x = _jpeg(x, random)
    kernel = _sinc_kernel(random) if random.uniform() < _FINAL_SINC else np.ones((1, 1), np.float32)
    filter_of_size = _FILTERS[random.randint(3)]
    if random.uniform() < 0.5:
        return _jpeg(filtered(_resized(x, size, filter_of_size), kernel), random)
    return filtered(_resized(_jpeg(x, random), size, filter_of_size), kernel)


DEGRADATIONS: Mapping[str, Callable[[np.ndarray, tuple[int, int], np.random.RandomState], np.ndarray]] = {
    "bicubic": _bicubic,
    "second_order": _second_order,
}


def _resized(picture: np.ndarray, size: tuple[int, int], how: Image.Resampling) -> np.ndarray:
    """float32, each channel by itself, with a filter that covers every pixel where it shrinks."""
    if picture.shape[:2] == size:
        return picture
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(picture, -1, 0)]
    return np.stack([np.asarray(plane.resize(size[::-1], how)) for plane in planes], axis=-1)


def _drawn_size(base: tuple[int, int], order: _Order, random: np.random.RandomState) -> tuple[int, int]:
    choice, low, high = random.uniform(), *order.resize
    factor = 1.0
    if choice < order.larger:
        factor = random.uniform(1.0, high)
    elif choice < order.larger + order.smaller:
        factor = random.uniform(low, 1.0)
    return max(1, round(base[0] * factor)), max(1, round(base[1] * factor))


def _kernel(sigmas: tuple[float, float], random: np.random.RandomState) -> np.ndarray:
    """A kernel of blur: a sinc filter, or a Gaussian, generalised or with a plateau, round or not, turned any way."""
    size = int(random.choice(_SIZES))
    if random.uniform() < _SINC:
        return _sinc(size, random.uniform(math.pi / 3 if size < 13 else math.pi / 5, math.pi))
    kind = random.choice(3, p=_SHARES)
    first = random.uniform(*sigmas)
    second, angle = first, 0.0
    if random.uniform() >= _ISOTROPIC[kind]:
        second, angle = random.uniform(*sigmas), random.uniform(-math.pi, math.pi)
    places = np.arange(size) - size // 2
    x, y = np.meshgrid(places, places)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    squared = (along / first) ** 2 + (across / second) ** 2
    if _KERNELS[kind] == "gaussian":
        weights = np.exp(-0.5 * squared)
    elif _KERNELS[kind] == "generalized":
        weights = np.exp(-0.5 * squared ** _shape(0.5, 4.0, random))
    else:
        weights = 1.0 / (1.0 + squared ** _shape(1.0, 2.0, random))
    return (weights / weights.sum()).astype(np.float32)


def _shape(low: float, high: float, random: np.random.RandomState) -> float:
    """The exponent beta: as often below 1 as above, where the range allows."""
    return random.uniform(low, 1.0) if random.uniform() < 0.5 else random.uniform(1.0, high)


def _sinc_kernel(random: np.random.RandomState) -> np.ndarray:
    return _sinc(int(random.choice(_SIZES)), random.uniform(math.pi / 3, math.pi))


def _sinc(size: int, cutoff: float) -> np.ndarray:
    """The circular low-pass filter, `cutoff / (2 pi r) J_1(cutoff r)`, which rings as sharpened pictures do."""
    places = np.arange(size) - size // 2
    radius = np.hypot(*np.meshgrid(places, places))
    centre = radius == 0
    radius[centre] = 1.0
    weights = cutoff * _bessel(cutoff * radius) / (2.0 * math.pi * radius)
    weights[centre] = cutoff**2 / (4.0 * math.pi)
    return (weights / weights.sum()).astype(np.float32)


def _bessel(x: np.ndarray) -> np.ndarray:
    """J_1: the mean of `cos(t - x sin t)` over a turn, which so many points give to a rounding error for |x| < 100."""
    turn = np.arange(256) * (2.0 * math.pi / 256)
    return np.cos(turn - x[..., None] * np.sin(turn)).mean(axis=-1)


def _noisy(picture: np.ndarray, order: _Order, random: np.random.RandomState) -> np.ndarray:
    """Gaussian noise or Poisson's, as often; the same in all channels, in two of five."""
    grey = random.uniform() < _GREY_NOISE
    if random.uniform() < 0.5:
        shape = (*picture.shape[:2], 1) if grey else picture.shape
        noise = random.normal(0.0, random.uniform(*order.gaussian) / 255.0, shape)
    else:
        scale = random.uniform(*order.poisson)
        mean = (picture @ _GREY)[..., None] if grey and picture.shape[2] == 3 else picture
        levels = 2.0 ** math.ceil(math.log2(max(len(np.unique(np.rint(mean * 255.0))), 1)))
        mean = np.clip(np.rint(mean * 255.0), 0, 255) / 255.0
        noise = scale * (random.poisson(mean * levels) / levels - mean)
    return np.clip(picture + noise, 0.0, 1.0).astype(np.float32)


def _jpeg(picture: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Written and read as JPEG of 8 bits; pictures of other channels than 1 and 3 plane by plane."""
    quality = int(random.randint(_QUALITY[0], _QUALITY[1] + 1))
    pixels = np.rint(255.0 * np.clip(picture, 0.0, 1.0)).astype(np.uint8)
    groups = [pixels] if pixels.shape[2] == 3 else [pixels[..., plane] for plane in range(pixels.shape[2])]
    read = []
    for group in groups:
        with io.BytesIO() as file:
            Image.fromarray(group).save(file, "JPEG", quality=quality)
            with Image.open(file) as image:
                read.append(np.atleast_3d(np.asarray(image)))
    return np.concatenate(read, axis=-1).astype(np.float32) / np.float32(255.0)
