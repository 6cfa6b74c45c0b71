/* Sound in WAV files: read as it is, because a browser's own decoder changes the sample rate without a word. */

const [WHOLE, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe]; // how fmt says what samples are
const READERS = {
  // by their coding and bits, each in [-1, 1]
  "1:8": (view, at) => (view.getUint8(at) - 128) / 128,
  "1:16": (view, at) => view.getInt16(at, true) / 2 ** 15,
  "1:24": (view, at) => (view.getUint8(at) + view.getInt16(at + 1, true) * 256) / 2 ** 23,
  "1:32": (view, at) => view.getInt32(at, true) / 2 ** 31,
  "3:32": (view, at) => view.getFloat32(at, true),
  "3:64": (view, at) => view.getFloat64(at, true),
};

const named = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));

/** The samples, a Float32Array in [-1, 1], and the sample rate of a WAV file of one channel. */
export function readWave(buffer, name = "the file") {
  const view = new DataView(buffer);
  if (buffer.byteLength < 12 || named(view, 0) !== "RIFF" || named(view, 8) !== "WAVE") {
    throw new Error(`Expected a WAV file. Received: ${name}, which is another. Convert it: sox IN out.wav.`);
  }
  const chunks = chunksOf(view);
  if (!chunks.has("fmt ") || chunks.get("fmt ").size < 16 || !chunks.has("data")) {
    throw new Error(`Expected a whole WAV file. Received: ${name}, which is damaged.`);
  }
  const { at, size } = chunks.get("fmt ");
  const [said, channels, rate] = [view.getUint16(at, true), view.getUint16(at + 2, true), view.getUint32(at + 4, true)];
  const bits = view.getUint16(at + 14, true);
  const coding = said === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : said;
  const read = READERS[`${coding}:${bits}`];
  if (!read) {
    const what = { [WHOLE]: "whole numbers", [FLOAT]: "floats" }[coding] ?? `coding ${coding}`;
    throw new Error(
      `Expected whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64. Received: ${name} with ${what} of ` +
        `${bits} bits. Convert it: sox IN -b 16 out.wav.`,
    );
  }
  if (channels !== 1) {
    throw new Error(
      `Expected sound of one channel. Received: ${name}, which has ${channels}. Mix them down: sox IN -c 1 out.wav.`,
    );
  }
  const data = chunks.get("data");
  const samples = new Float32Array(Math.floor(data.size / (bits / 8)));
  for (let i = 0; i < samples.length; i++) samples[i] = read(view, data.at + (i * bits) / 8);
  if (!samples.every(Number.isFinite)) {
    throw new Error(`Expected finite samples. Received: NaN or infinity in ${name}.`);
  }
  return { samples, rate };
}

/** Where the chunks of a file lie, by name; what is said to go on beyond the end goes to the end. */
function chunksOf(view) {
  const chunks = new Map();
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = Math.min(view.getUint32(at + 4, true), view.byteLength - at - 8);
    if (!chunks.has(named(view, at))) chunks.set(named(view, at), { at: at + 8, size });
    at += 8 + size + (size % 2);
  }
  return chunks;
}

/** Samples in [-1, 1] as the bytes of a WAV file of 16 bits and one channel. */
export function wave(samples, rate) {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const put = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  put(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  put(8, "WAVEfmt ");
  [[16, 4], [WHOLE, 2], [1, 2], [rate, 4], [2 * rate, 4], [2, 2], [16, 2]].reduce((at, [value, size]) => {
    if (size === 4) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    return at + size;
  }, 16);
  put(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((one, i) => view.setInt16(44 + 2 * i, Math.round(Math.min(1, Math.max(-1, one)) * 32767), true));
  return bytes;
}
