/* The frames that follow a film, as portable/film.py makes them: what the network makes at once, and on from its own. */

/**
 * The frames that follow, values `(frames, height, width, channels)` of the network; `null` where `run` gives none.
 *
 * `given` are the values of a film, of at least as many frames as the network takes, in its input range; `run` is
 * called with `{array, shape}` and gives `{values}`.
 */
export async function continued({ inputShape, shape, inputRange }, given, frames, run) {
  const size = inputShape.slice(1).reduce((product, one) => product * one, 1);
  const [low, high] = inputRange;
  const made = new Float32Array(frames * size);
  let seen = given.slice(given.length - inputShape[0] * size);
  for (let done = 0; done < frames; done += shape[0]) {
    const answer = await run({ array: seen, shape: [1, ...inputShape] }, done);
    if (answer === null) return null;
    const { values } = answer;
    if (values.length !== shape[0] * size || !values.every(Number.isFinite)) {
      throw new Error(`Expected ${shape[0]} finite frames from the network. Received: others. Export the generator anew.`);
    }
    made.set(values.subarray(0, (Math.min(frames, done + shape[0]) - done) * size), done * size);
    const longer = new Float32Array(seen.length + values.length);
    longer.set(seen);
    longer.set(values, seen.length);
    seen = longer.slice(-seen.length).map((one) => Math.min(high, Math.max(low, one)));
  }
  return made;
}
