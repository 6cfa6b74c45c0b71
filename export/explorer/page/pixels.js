/* What the network gives, as pixels, and the other way. */

/**
 * Pictures of a batch: `[{width, height, channels, data}]`, with data as RGBA.
 *
 * `dims` are (batch, height, width, channels); `range` is [black, white]. A Uint8ClampedArray rounds and clips as
 * `numpy.clip(numpy.rint(x), 0, 255)` does.
 */
export function toPictures(values, dims, range) {
  const [count, height, width, channels] = dims;
  const size = height * width;
  return Array.from({ length: count }, (_, i) => ({
    width,
    height,
    channels: channels === 2 || channels === 1 ? 1 : channels === 4 ? 4 : 3,
    data: toRgba(values.subarray(i * size * channels, (i + 1) * size * channels), channels, range),
  }));
}

/** Values of (batch, channels, height, width) with their channels last, and the dims of those. */
export function channelsLast(values, [count, channels, height, width]) {
  const size = height * width;
  const to = new values.constructor(values.length);
  for (let i = 0, at = 0; i < count; i++) {
    for (let place = 0; place < size; place++) {
      for (let c = 0; c < channels; c++) to[at++] = values[(i * channels + c) * size + place];
    }
  }
  return [to, [count, height, width, channels]];
}

/** Values of (batch, height, width, channels) with their channels first, and the dims of those. */
export function channelsFirst(values, [count, height, width, channels]) {
  const size = height * width;
  const to = new values.constructor(values.length);
  for (let i = 0, at = 0; i < count; i++) {
    for (let place = 0; place < size; place++) {
      for (let c = 0; c < channels; c++) to[(i * channels + c) * size + place] = values[at++];
    }
  }
  return [to, [count, channels, height, width]];
}

/** RGBA of pixels with so many channels: of five and more the first three are drawn, of two the first. */
export function toRgba(values, channels, [low, high]) {
  const factor = 255 / (high - low);
  const pixels = values.length / channels;
  const data = new Uint8ClampedArray(pixels * 4);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += channels, to += 4) {
    data[to] = (values[from] - low) * factor;
    data[to + 1] = (values[from + green] - low) * factor;
    data[to + 2] = (values[from + blue] - low) * factor;
    data[to + 3] = channels === 4 ? (values[from + 3] - low) * factor : 255;
  }
  return data;
}

/** RGBA as a network takes it: over white where it takes no transparency, grey where it takes grey. */
export function fromRgba({ width, height, data }, channels, [low, high]) {
  const factor = (high - low) / 255;
  const values = new Float32Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const share = channels === 4 ? 1 : data[4 * i + 3] / 255;
    const colour = [0, 1, 2].map((c) => Math.round(data[4 * i + c] * share + 255 * (1 - share)));
    if (channels === 1) {
      const [red, green, blue] = colour; // weighted as Pillow's grey is
      values[i] = ((red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16) * factor + low;
    } else {
      for (let c = 0; c < channels; c++) values[i * channels + c] = (c === 3 ? data[4 * i + 3] : colour[c]) * factor + low;
    }
  }
  return { width, height, channels, values };
}

/** A picture enlarged by a whole factor. */
export function enlarged(picture, factor) {
  if (factor === 1) return picture;
  const { width, height } = picture;
  const from = new Uint32Array(picture.data.buffer, picture.data.byteOffset, width * height);
  const to = new Uint32Array(width * height * factor * factor);
  for (let y = 0; y < height * factor; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < width * factor; x++) to[y * width * factor + x] = from[row + Math.floor(x / factor)];
  }
  const data = new Uint8ClampedArray(to.buffer);
  return { width: width * factor, height: height * factor, channels: picture.channels, data };
}

/** Columns, rows and factor of a grid, as `kgan sample --out grid.png` has them. */
export function layout(count, height, width) {
  const square = Math.ceil(Math.sqrt(count));
  let columns = square;
  for (let one = square; one < 2 * square; one++) {
    if (count % one === 0) {
      columns = one;
      break;
    }
  }
  return { columns, rows: Math.ceil(count / columns), factor: Math.ceil(64 / Math.min(height, width)) };
}

/** Pictures side by side in rows, as `kgan sample` draws them. */
export function tiled(pictures) {
  const { height, width, channels } = pictures[0];
  const { columns, rows, factor } = layout(pictures.length, height, width);
  const [wide, high] = [columns * width * factor, rows * height * factor];
  const data = new Uint8ClampedArray(wide * high * 4).fill(255);
  pictures.forEach((picture, i) => {
    const large = enlarged(picture, factor);
    const [left, top] = [(i % columns) * large.width, Math.floor(i / columns) * large.height];
    for (let y = 0; y < large.height; y++) {
      const row = large.data.subarray(y * large.width * 4, (y + 1) * large.width * 4);
      data.set(row, ((top + y) * wide + left) * 4);
    }
  });
  return { width: wide, height: high, channels, data };
}
