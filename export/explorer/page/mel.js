/* Log-mel spectrograms, as portable/mel_spectrograms.py computes them for the bundle's program. */

import { Fourier } from "./fourier.js";

const CORNER = 1000; // Hz: Slaney's mel scale is linear below, and logarithmic above
const SLOPE = 3 / 200;
const STEP = Math.log(6.4) / 27;

/** The least magnitude of a band, before the logarithm. */
export const FLOOR = 1e-5;

/**
 * The log-mel spectrogram of a wave, a Float32Array (frames, mels) with a frame for each `hop` samples.
 *
 * `form` is `{sample_rate, fft, hop, window, mels, low, high}`; the wave has at least `fft` samples in [-1, 1].
 */
export function melSpectrogram(wave, form) {
  const { fft, hop, mels } = form;
  const [window, padded, bands] = [hann(form), reflected(wave, form), triangles(form)];
  const frames = Math.floor((padded.length - fft) / hop) + 1;
  const fourier = new Fourier(fft);
  const frame = new Float64Array(fft);
  const found = new Float32Array(frames * mels);
  for (let i = 0; i < frames; i++) {
    for (let k = 0; k < fft; k++) frame[k] = padded[i * hop + k] * window[k];
    const magnitudes = fourier.magnitudes(frame);
    bands.forEach(({ first, weights }, band) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * magnitudes[first + k];
      found[i * mels + band] = Math.log(Math.max(sum, FLOOR));
    });
  }
  return found;
}

/** The window in the middle of a frame. */
function hann({ fft, window }) {
  const length = window ?? fft;
  const before = Math.floor((fft - length) / 2);
  const found = new Float32Array(fft);
  for (let i = 0; i < length; i++) found[before + i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
  return found;
}

/** The wave without what is left after its last whole hop, reflected by (fft - hop) / 2 samples at each end. */
function reflected(wave, { fft, hop }) {
  const length = Math.floor(wave.length / hop) * hop;
  const beside = Math.floor((fft - hop) / 2);
  const padded = new Float32Array(length + 2 * beside);
  for (let i = 0; i < padded.length; i++) {
    const place = Math.abs(i - beside);
    padded[i] = wave[place < length ? place : 2 * (length - 1) - place];
  }
  return padded;
}

/** Triangles of one area on the mel scale: of each band the first frequency that counts, and the weights from there. */
function triangles({ sample_rate: rate, fft, mels, low, high }) {
  const [bottom, top] = [melOf(low), melOf(high ?? rate / 2)];
  const corners = Array.from({ length: mels + 2 }, (_, i) => hertzOf(bottom + ((top - bottom) * i) / (mels + 1)));
  return Array.from({ length: mels }, (_, band) => {
    const [left, middle, right] = corners.slice(band, band + 3);
    const all = Array.from({ length: Math.floor(fft / 2) + 1 }, (_, i) => {
      const hertz = (i * rate) / fft;
      const height = Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle));
      return (Math.max(0, height) * 2) / (right - left);
    });
    const first = Math.max(0, all.findIndex((weight) => weight > 0));
    return { first, weights: all.slice(first, all.findLastIndex((weight) => weight > 0) + 1) };
  });
}

const melOf = (hertz) =>
  hertz < CORNER ? hertz * SLOPE : CORNER * SLOPE + Math.log(hertz / CORNER) / STEP;

const hertzOf = (mel) =>
  mel < CORNER * SLOPE ? mel / SLOPE : CORNER * Math.exp(STEP * (mel - CORNER * SLOPE));
