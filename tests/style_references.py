"""StyleGAN2 in NumPy's float64, sample by sample and with kernels that are really made: what kgan is held against."""

import numpy as np


def filtered(x, gain, padding, strides=1):
    """The filter [1, 3, 3, 1] / 8 in both directions by its definition, in float64."""
    taps = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64 * gain
    x = np.pad(np.float64(x), ((0, 0), padding, padding, (0, 0)))
    height, width = x.shape[1] - 3, x.shape[2] - 3
    full = sum(taps[i, j] * x[:, i : i + height, j : j + width] for i in range(4) for j in range(4))
    return full[:, ::strides, ::strides]


def convolved(image, kernel):
    """A convolution as the field has it, with zeros around the image; the kernel `(k, k, in, out)`."""
    size, (height, width) = len(kernel), image.shape[:2]
    around = np.pad(image, ((size // 2, size // 2), (size // 2, size // 2), (0, 0)))
    return sum(around[i : i + height, j : j + width] @ kernel[i, j] for i in range(size) for j in range(size))


def doubled(image, kernel):
    """Each pixel times the kernel `(3, 3, out, in)`, written at every other place and summed; then the filter."""
    height, width = image.shape[:2]
    scattered = np.zeros((2 * height + 1, 2 * width + 1, kernel.shape[2]))
    for i in range(3):
        for j in range(3):
            scattered[i : i + 2 * height : 2, j : j + 2 * width : 2] += image @ kernel[i, j].T
    taps, around = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16, np.pad(scattered, ((1, 1), (1, 1), (0, 0)))
    return sum(taps[i, j] * around[i : i + 2 * height, j : j + 2 * width] for i in range(4) for j in range(4))


def by_equations(layer, weights, x, w, noise=None):
    """Equations 1 and 3 of the paper, sample by sample."""
    outputs = []
    for place, (image, style) in enumerate(zip(np.float64(x), np.float64(w), strict=True)):
        s = style @ weights["style_kernel"] / np.sqrt(len(style)) + weights["style_bias"]
        kernel = weights["kernel"] / np.sqrt(np.prod(weights["kernel"].shape[:2]) * image.shape[-1])
        kernel = kernel * (s if layer.upsample else s[:, None])
        if layer.demodulate:
            axes = (0, 1, 3) if layer.upsample else (0, 1, 2)
            kernel = kernel / np.sqrt(np.sum(kernel**2, axis=axes, keepdims=True) + 1e-8)
        y = (doubled if layer.upsample else convolved)(image, kernel) + weights["bias"]
        if noise is not None:
            y = y + weights["noise_strength"] * np.float64(noise[place % len(noise)])
        outputs.append(np.sqrt(2) * np.where(y > 0, y, 0.2 * y) if layer.rectify else y)
    return np.stack(outputs)


def rectified(x):
    return np.sqrt(2) * np.where(x > 0, x, 0.2 * x)


def normed(x):
    return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-8)


def mapped(mapping, z, of_labels=None):
    """w of a mapping without labels, or with features of them."""
    x = normed(np.float64(z))
    if of_labels is not None:
        kernel, bias = (np.float64(one) for one in mapping.get_layer("embedding").get_weights())
        x = np.concatenate([x, normed(of_labels @ kernel / np.sqrt(len(kernel)) + bias)], axis=1)
    number = 0
    while any(layer.name == f"dense_{number}" for layer in mapping.layers):
        kernel, bias = (np.float64(one) for one in mapping.get_layer(f"dense_{number}").get_weights())
        x, number = rectified(0.01 * (x @ kernel / np.sqrt(len(kernel)) + bias)), number + 1
    return x


def synthesised(synthesis, styles, noise):
    """Images of styles `(batch, places, style_dim)` and noise `(batch, numbers)`."""

    def layer(name):
        return synthesis.get_layer(name)

    def run(name, x, place, noise=None):
        weights = {weight.name: np.float64(weight.numpy()) for weight in layer(name).weights}
        return by_equations(layer(name), weights, x, styles[:, place], noise)

    start, stage = 0, 0
    x = np.repeat(np.float64(layer("grid").grid.numpy())[None], len(styles), axis=0)

    def noise_of(grid):
        nonlocal start
        start += grid[0] * grid[1]
        return noise[:, start - grid[0] * grid[1] : start].reshape(-1, *grid, 1)

    x = run("convolution_0", x, 0, noise_of(x.shape[1:3]))
    images = run("colours_0", x, 1)
    while any(one.name == f"upsample_{stage + 1}" for one in synthesis.layers):
        stage += 1
        grid = tuple(2 * side for side in x.shape[1:3])
        x = run(f"upsample_{stage}", x, 2 * stage - 1, noise_of(grid))
        x = run(f"convolution_{stage}", x, 2 * stage, noise_of(grid))
        spread = np.zeros((len(images), *grid, images.shape[-1]))
        spread[:, ::2, ::2] = images
        images = filtered(spread, 4.0, (2, 1)) + run(f"colours_{stage}", x, 2 * stage + 1)
    return images


def judged(discriminator, images):
    """Logits of a batch that is one group of the minibatch standard deviation."""

    def convolution(name, x):
        kernel, *bias = (np.float64(one) for one in discriminator.get_layer(name).get_weights())
        kernel = kernel / np.sqrt(np.prod(kernel.shape[:3]))
        return np.stack([convolved(image, kernel) for image in x]) + (bias[0] if bias else 0.0)

    x, stage = rectified(convolution("colours", np.float64(images))), 0
    while any(one.name == f"block_{stage}" for one in discriminator.layers):
        skip = convolution(f"skip_{stage}", filtered(x, 1.0, (1, 1), 2))
        x = rectified(convolution(f"convolution_{stage}", x))
        x = rectified(convolution(f"halved_{stage}", filtered(x, 1.0, (2, 2)))[:, 1:-1:2, 1:-1:2])
        x, stage = (skip + x) / np.sqrt(2), stage + 1
    deviation = np.mean(np.sqrt(np.var(x, axis=0) + 1e-8))
    x = np.concatenate([x, np.full((*x.shape[:3], 1), deviation)], axis=-1)
    x = rectified(convolution("convolution_last", x)).reshape(len(x), -1)
    for name, last in (("features", False), ("logits", True)):
        kernel, bias = (np.float64(one) for one in discriminator.get_layer(name).get_weights())
        x = x @ kernel / np.sqrt(len(kernel)) + bias
        x = x if last else rectified(x)
    return x
