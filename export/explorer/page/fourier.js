/* The discrete Fourier transform of real signals of any length, by Cooley and Tukey's method. */

/** A transform of one length; `magnitudes(signal)` gives |X|, of the frequencies 0 to half of it. */
export class Fourier {
  constructor(size) {
    this.size = size;
    this.factors = primes(size);
    this.cosines = Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.sines = Float64Array.from({ length: size }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
    const most = Math.max(1, ...this.factors);
    [this.real, this.imaginary] = [new Float64Array(size), new Float64Array(size)];
    [this.reals, this.imaginaries] = [new Float64Array(most), new Float64Array(most)];
  }

  magnitudes(signal) {
    this.#transform(signal, 0, 1, 0, 0, this.size);
    return Float64Array.from({ length: Math.floor(this.size / 2) + 1 }, (_, i) =>
      Math.hypot(this.real[i], this.imaginary[i]),
    );
  }

  /** The transform of every `stride`-th sample from `at` on, `length` of them, into the places from `to` on. */
  #transform(signal, at, stride, level, to, length) {
    if (length === 1) {
      this.real[to] = signal[at];
      this.imaginary[to] = 0;
      return;
    }
    const parts = this.factors[level];
    const size = length / parts;
    for (let k = 0; k < parts; k++) {
      this.#transform(signal, at + k * stride, stride * parts, level + 1, to + k * size, size);
    }
    for (let i = 0; i < size; i++) this.#joined(to + i, size, parts, i * stride, size * stride);
  }

  /** X[q * size + i] = sum over k of Y_k[i] * exp(-2 pi sqrt(-1) k (q * size + i) / length), in place. */
  #joined(place, size, parts, first, step) {
    for (let k = 0; k < parts; k++) {
      this.reals[k] = this.real[place + k * size];
      this.imaginaries[k] = this.imaginary[place + k * size];
    }
    for (let q = 0; q < parts; q++) {
      const turn = first + q * step;
      let [real, imaginary] = [this.reals[0], this.imaginaries[0]];
      for (let k = 1, angle = turn; k < parts; k++, angle += turn) {
        const [cosine, sine] = [this.cosines[angle % this.size], this.sines[angle % this.size]];
        real += this.reals[k] * cosine - this.imaginaries[k] * sine;
        imaginary += this.reals[k] * sine + this.imaginaries[k] * cosine;
      }
      this.real[place + q * size] = real;
      this.imaginary[place + q * size] = imaginary;
    }
  }
}

/** The prime factors of a number, the largest first. */
function primes(number) {
  const found = [];
  for (let one = 2; number > 1; one++) {
    for (; number % one === 0; number /= one) found.unshift(one);
    if (one * one > number && number > 1) {
      found.unshift(number);
      break;
    }
  }
  return found;
}
