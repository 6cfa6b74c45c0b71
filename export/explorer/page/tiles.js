/* A network over a picture of any size, in tiles that overlap and are blended: as `kgan apply` does. */

const TILE = 512; // pixels: the largest side that goes through a network of free size at once

/** Where tiles begin along an axis, and how much each of their pixels counts. */
function spans(size, tile, multiple) {
  if (size === tile) return [{ start: 0, weights: new Float32Array(tile).fill(1) }];
  const overlap = Math.floor(tile / 4);
  let step = tile - overlap;
  if (step >= multiple) step -= step % multiple;
  const margin = Math.floor(overlap / 4);
  const rise = Float32Array.from({ length: tile }, (_, i) =>
    Math.min(1, Math.max(0, (i + 0.5 - margin) / Math.max(overlap - 2 * margin, 1))),
  );
  const last = size - tile;
  const starts = [];
  for (let start = 0; start < last; start += step) starts.push(start);
  return [...starts, last].map((start) => ({
    start,
    weights: rise.map((one, i) => (start === 0 ? 1 : one) * (start === last ? 1 : rise[tile - 1 - i])),
  }));
}

/** The picture `{width, height, channels, values}` with its reflection below and to the right, at that size. */
function extended({ width, height, channels, values }, high, wide) {
  const to = new Float32Array(high * wide * channels);
  for (let y = 0; y < high; y++) {
    const row = y < height ? y : 2 * (height - 1) - y;
    for (let x = 0; x < wide; x++) {
      const column = x < width ? x : 2 * (width - 1) - x;
      for (let c = 0; c < channels; c++) {
        to[(y * wide + x) * channels + c] = values[(row * width + column) * channels + c];
      }
    }
  }
  return { width: wide, height: high, channels, values: to };
}

/** The sizes, `[height, width]`, of the picture after reflection, and of a tile. */
function sizes(facts, { height, width }) {
  if (facts.inputShape[0] !== null) {
    const tile = facts.inputShape.slice(0, 2);
    return { whole: [Math.max(height, tile[0]), Math.max(width, tile[1])], tile };
  }
  const whole = [height, width].map((one) => Math.ceil(one / facts.multiple) * facts.multiple);
  const most = Math.max(Math.floor(TILE / facts.multiple), 1) * facts.multiple;
  return { whole, tile: whole.map((one) => Math.min(one, most)) };
}

/** Refuses a picture that reflection cannot extend to the least that the network takes. */
export function check(facts, { height, width }) {
  const least = [0, 1].map((axis) => Math.floor((facts.inputShape[axis] ?? facts.multiple) / 2) + 1);
  if (height < least[0] || width < least[1]) {
    throw new Error(
      `Expected a picture of at least ${least[1]} × ${least[0]} pixels. Received: ${width} × ${height}. Enlarge it first.`,
    );
  }
}

/**
 * What the network makes of a picture `{width, height, channels, values}`, in the same form.
 *
 * `run` computes a tile; `done` is called with how many of how many are computed. `null` where `run` gave way.
 */
export async function applied(facts, picture, run, done) {
  check(facts, picture);
  const { whole, tile } = sizes(facts, picture);
  const { scale } = facts;
  const image = extended(picture, ...whole);
  const channels = facts.shape[2];
  const wide = whole[1] * scale;
  const total = new Float32Array(whole[0] * scale * wide * channels);
  const weights = new Float32Array(whole[0] * scale * wide);
  const places = spans(whole[0], tile[0], facts.multiple).flatMap((down) =>
    spans(whole[1], tile[1], facts.multiple).map((across) => [down, across]),
  );
  for (const [number, [down, across]] of places.entries()) {
    const answer = await run(cut(image, down.start, across.start, tile));
    if (answer === null) return null;
    for (let y = 0; y < tile[0] * scale; y++) {
      const high = down.weights[Math.floor(y / scale)];
      for (let x = 0; x < tile[1] * scale; x++) {
        const weight = high * across.weights[Math.floor(x / scale)];
        const at = (down.start * scale + y) * wide + across.start * scale + x;
        weights[at] += weight;
        for (let c = 0; c < channels; c++) {
          total[at * channels + c] += weight * answer.values[(y * tile[1] * scale + x) * channels + c];
        }
      }
    }
    done(number + 1, places.length);
  }
  return cropped({ total, weights, wide, channels }, picture.height * scale, picture.width * scale);
}

/** A tile of a picture, as the network takes it. */
function cut({ width, channels, values }, top, left, [high, wide]) {
  const image = new Float32Array(high * wide * channels);
  for (let y = 0; y < high; y++) {
    const from = ((top + y) * width + left) * channels;
    image.set(values.subarray(from, from + wide * channels), y * wide * channels);
  }
  return { image, shape: [1, high, wide, channels] };
}

/** Sums divided by their weights, without the reflection. */
function cropped({ total, weights, wide, channels }, height, width) {
  const values = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * wide + x;
      for (let c = 0; c < channels; c++) values[(y * width + x) * channels + c] = total[at * channels + c] / weights[at];
    }
  }
  return { width, height, channels, values };
}
