/* Log-mel spectrograms as pictures: time to the right, frequency upwards, bright where it is loud. */

const MOST_COLUMNS = 4096; // of a picture; several frames share one in longer sound
const COLOURS = [
  // from silence to the loudest, in even steps; each is lighter than the one before
  [8, 8, 24],
  [58, 24, 98],
  [150, 44, 128],
  [228, 88, 92],
  [252, 164, 94],
  [252, 240, 200],
];

/** The picture `{width, height, data}` of a spectrogram (frames, bands) between two levels. */
export function drawnSpectrogram(mel, bands, [low, high]) {
  const frames = mel.length / bands;
  const each = Math.ceil(frames / MOST_COLUMNS);
  const width = Math.ceil(frames / each);
  const data = new Uint8ClampedArray(width * bands * 4);
  for (let x = 0; x < width; x++) {
    const [first, last] = [x * each, Math.min(frames, (x + 1) * each)];
    for (let band = 0; band < bands; band++) {
      let level = 0;
      for (let i = first; i < last; i++) level += mel[i * bands + band] / (last - first);
      data.set(colour((level - low) / (high - low)), ((bands - 1 - band) * width + x) * 4);
    }
  }
  return { width, height: bands, data };
}

/** The colour of a share of the way from silence to the loudest. */
function colour(share) {
  const place = Math.min(1, Math.max(0, share)) * (COLOURS.length - 1);
  const step = Math.min(Math.floor(place), COLOURS.length - 2);
  const [from, to] = [COLOURS[step], COLOURS[step + 1]];
  return [...from.map((one, i) => one + (to[i] - one) * (place - step)), 255];
}
