/* Latents: drawn from a seed, truncated, moved along directions, and between two of them; as kgan does in Python. */

import "./latents.js";

/** The latents of a seed, one Float32Array a sample. */
export function drawn(facts, count, seed) {
  const { distribution, size, options } = facts.latents;
  const all = globalThis.kganLatents.drawLatents(distribution, count, size, seed, options);
  return Array.from({ length: count }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** Latents drawn towards their mean; of coded ones the noise alone; as they are for networks of styles. */
export function truncated(facts, z, psi) {
  if (psi === 1 || facts.truncation === "styles") return z;
  const noise = facts.latents.options.noise ?? z.length;
  return z.map((number, i) => (i < noise ? Math.fround(number * Math.fround(psi)) : number));
}

/** Latents moved along directions, `[{vector}]`, by as many strengths. */
export function moved(z, directions, strengths) {
  const to = Float32Array.from(z);
  directions.forEach(({ vector }, i) => {
    if (strengths[i]) for (let k = 0; k < to.length; k++) to[k] += Math.fround(strengths[i]) * Math.fround(vector[k]);
  });
  return to;
}

/** Latents with some of their categories chosen: `chosen` has a place for each, or -1 for what was drawn. */
export function categorised(facts, z, chosen) {
  const { noise = 0, categorical = [] } = facts.latents.options;
  const to = Float32Array.from(z);
  let at = noise;
  categorical.forEach((size, i) => {
    if (chosen[i] >= 0) to.fill(0, at, at + size)[at + chosen[i]] = 1;
    at += size;
  });
  return to;
}

/** Sliders: directions of the file, and an axis for each continuous code. */
export function sliders(facts) {
  const { noise = 0, categorical = [], continuous = 0 } = facts.latents.options;
  const first = categorical.reduce((sum, size) => sum + size, noise);
  const codes = Array.from({ length: continuous }, (_, i) => ({
    name: `code ${i + 1}`,
    most: 2,
    vector: Array.from({ length: facts.latents.size }, (_, k) => Number(k === first + i)),
  }));
  return [...codes, ...facts.directions.map((one) => ({ ...one, most: 3 }))];
}

/** Numbers on the straight way between two lists. */
export const straight = (first, last, share) => first.map((number, i) => (1 - share) * number + share * last[i]);

/** Lists of one length, one after the other. */
export function joined(lists) {
  const all = new Float32Array(lists.length * lists[0].length);
  lists.forEach((list, i) => all.set(list, i * list.length));
  return all;
}

/** A point on the way between two latents, at an even pace: along the sphere, unless they point (nearly) one way. */
export function between(first, last, share) {
  const dot = (a, b) => a.reduce((sum, number, i) => sum + number * b[i], 0);
  const lengths = Math.sqrt(dot(first, first) * dot(last, last));
  const angle = lengths ? Math.acos(Math.min(1, Math.max(-1, dot(first, last) / lengths))) : 0;
  let [one, other] = [1 - share, share];
  if (Math.sin(angle) > 1e-6) {
    one = Math.sin((1 - share) * angle) / Math.sin(angle);
    other = Math.sin(share * angle) / Math.sin(angle);
  }
  return Float32Array.from(first, (number, i) => one * number + other * last[i]);
}
