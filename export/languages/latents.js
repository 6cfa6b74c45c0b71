/* Latents of a seed, to the bit those of kgan in Python: NumPy's RandomState (MT19937) in JavaScript.
 *
 *   const z = kganLatents.drawLatents("normal", 64, 100, 0); // Float32Array(64 * 100), row by row
 *
 * A classic script: <script src="latents.js"></script> sets `kganLatents`, and so does `import "./latents.js"`. In Node
 * also `const kganLatents = require("./latents.js")`. `card.json` of a bundle says
 * what to draw: latent_distribution, latent_arguments.
 */
(function (scope) {
  "use strict";

  /** The stream of numpy.random.RandomState(seed), for a whole seed from 0 to 2**32 - 1. */
  function randomState(seed) {
    const words = new Uint32Array(624);
    let at = 624;
    let spare = null; // the polar method draws two at a time
    words[0] = seed;
    for (let i = 1; i < 624; i++) {
      words[i] = Math.imul(1812433253, words[i - 1] ^ (words[i - 1] >>> 30)) + i;
    }

    function word() {
      if (at === 624) {
        for (let i = 0; i < 624; i++) {
          const both = (words[i] & 0x80000000) | (words[(i + 1) % 624] & 0x7fffffff);
          words[i] = words[(i + 397) % 624] ^ (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0);
        }
        at = 0;
      }
      let drawn = words[at++];
      drawn ^= drawn >>> 11;
      drawn ^= (drawn << 7) & 0x9d2c5680;
      drawn ^= (drawn << 15) & 0xefc60000;
      return (drawn ^ (drawn >>> 18)) >>> 0;
    }

    /** random_sample(): 53 bits, in [0, 1). */
    function uniform() {
      return ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
    }

    /** standard_normal(). */
    function normal() {
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return kept;
      }
      for (;;) {
        const x = 2 * uniform() - 1;
        const y = 2 * uniform() - 1;
        const square = x * x + y * y;
        if (square > 0 && square < 1) {
          const scale = Math.sqrt((-2 * Math.log(square)) / square);
          spare = scale * x;
          return scale * y;
        }
      }
    }
    return { word, uniform, normal };
  }

  /**
   * Latents as kgan draws them: a Float32Array of `count * latentDim` numbers, row by row.
   *
   * `distribution` and `options` are those of `card.json`: "normal", "uniform", "truncated_normal" with `threshold`,
   * "coded" with `noise`, `categorical` and `continuous`.
   */
  function drawLatents(distribution, count, latentDim, seed, options = {}) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 4294967295) {
      throw new RangeError(`Expected a whole seed between 0 and 4294967295. Received: seed=${seed}.`);
    }
    if (distribution === "coded") return coded(count, latentDim, seed, options);
    const random = randomState(seed);
    const draws = {
      normal: random.normal,
      uniform: () => -1 + 2 * random.uniform(),
      truncated_normal: () => {
        for (;;) {
          const drawn = random.normal();
          if (Math.abs(drawn) <= options.threshold) return drawn;
        }
      },
    };
    if (!Object.hasOwn(draws, distribution)) {
      throw new RangeError(
        `Expected latents from one of: ${Object.keys(draws).join(", ")}, coded. Received: ${distribution}.`,
      );
    }
    const latents = new Float32Array(count * latentDim);
    for (let i = 0; i < latents.length; i++) latents[i] = draws[distribution]();
    return latents;
  }

  /** Noise, categories as ones among zeros, and numbers in [-1, 1): each from a stream of its own. */
  function coded(count, latentDim, seed, { noise, categorical, continuous }) {
    const seeds = randomState(seed);
    const [ofNoise, ofNumbers, ...ofCategories] = Array.from({ length: 2 + categorical.length }, () =>
      randomState(seeds.word()),
    );
    const latents = new Float32Array(count * latentDim);
    for (let row = 0; row < count; row++) {
      let at = row * latentDim;
      for (let i = 0; i < noise; i++) latents[at++] = ofNoise.normal();
      categorical.forEach((size, i) => {
        latents[at + Math.floor(ofCategories[i].uniform() * size)] = 1;
        at += size;
      });
      for (let i = 0; i < continuous; i++) latents[at++] = -1 + 2 * ofNumbers.uniform();
    }
    return latents;
  }

  scope.kganLatents = { drawLatents, randomState };
  if (typeof module === "object") module.exports = scope.kganLatents;
})(globalThis);
