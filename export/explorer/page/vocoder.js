/* The page of a network from spectrograms to waves: a sound is given, and stands above what is made of its spectrogram. */

import { by, download, fileName, show } from "./dom.js";
import { onFiles } from "./drop.js";
import { FLOOR } from "./mel.js";
import { readArray } from "./npy.js";
import { drawnSpectrogram } from "./spectrogram.js";
import { readWave, wave } from "./wav.js";

const MOST_SAMPLES = 2 ** 20; // for which a browser's memory suffices
const NUMBERS = new Intl.NumberFormat("en");

/** The spectrogram `(frames, mels)` in a .npy file, as the network takes it; refuses others. */
export function givenMel(buffer, name, { mels }) {
  const { type, shape, values } = readArray(buffer, name);
  if (shape.length !== 2 || shape[1] !== mels || !shape[0] || type === "|u1") {
    const turned = shape.length === 2 && shape[0] === mels ? " Transpose it: mel.T." : "";
    throw new Error(
      `Expected a spectrogram (frames, ${mels}) of floats. Received: ${type} of shape (${shape.join(", ")}).${turned}`,
    );
  }
  if (!values.every(Number.isFinite)) {
    throw new Error(`Expected a finite spectrogram. Received: NaN or infinity in ${name}. Mend it first.`);
  }
  return values;
}

/** The samples in a WAV file, as the network was trained on; refuses others. */
export function givenWave(buffer, name, { sample_rate: due, fft }) {
  const { samples, rate } = readWave(buffer, name);
  if (rate !== due) {
    throw new Error(
      `Expected sound of ${NUMBERS.format(due)} samples in a second, as the network was trained on. Received: ${name} ` +
        `with ${NUMBERS.format(rate)}. Convert it: sox IN -r ${due} out.wav.`,
    );
  }
  if (samples.length < fft) {
    throw new Error(
      `Expected sound of ${NUMBERS.format(fft)} samples or more. Received: ${name} of ${NUMBERS.format(samples.length)}.`,
    );
  }
  return samples;
}

class Vocoder {
  constructor(facts, engine) {
    Object.assign(this, { facts, engine, form: facts.spectrogram, name: "", made: null, turn: 0, addresses: {} });
  }

  /** Connects the controls. */
  start() {
    const { sample_rate: rate, mels, high } = this.form;
    by("sound-help").textContent =
      `a WAV file of one channel and ${NUMBERS.format(rate)} samples in a second, or a spectrogram of ${mels} bands in ` +
      `a .npy file. It stays in this browser.`;
    by("sound-axes").textContent =
      `Time goes to the right, frequency upwards to ${NUMBERS.format(high ?? rate / 2)} Hz. Bright is loud, on one ` +
      `scale for both.`;
    onFiles(by("sound-drop"), by("sound-file"), ([file]) => this.open(file));
    by("save-sound").addEventListener("click", () => {
      download(`${fileName(this.name)}-${fileName(this.facts.title)}.wav`, wave(this.made, this.form.sample_rate), "audio/wav");
    });
  }

  say(text) {
    by("sound-said").textContent = text;
  }

  async open(file) {
    const turn = ++this.turn;
    this.say("The network is at work");
    try {
      const begun = performance.now();
      const given = await this.given(await file.arrayBuffer(), file.name);
      if (given === null || turn !== this.turn) return;
      const made = await this.spoken(given.mel);
      if (made === null || turn !== this.turn) return;
      const mel = made.length < this.form.fft ? null : (await this.engine.run("sound", { wave: made }))?.mel;
      if (mel === undefined || turn !== this.turn) return;
      this.name = file.name.replace(/\.[^.]*$/, "");
      this.made = made;
      this.show(given, made, mel);
      this.say(`Done in ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
    } catch (error) {
      if (turn === this.turn) this.say(error.message);
    }
  }

  /** The spectrogram of a file, and its samples where it has some; `null` where a newer file has come. */
  async given(buffer, name) {
    const { hop, mels } = this.form;
    const isArray = /\.npy$/i.test(name);
    const samples = isArray ? null : givenWave(buffer, name, this.form);
    const array = isArray ? givenMel(buffer, name, this.form) : null;
    const count = isArray ? (array.length / mels) * hop : samples.length;
    if (count > MOST_SAMPLES) {
      throw new Error(
        `Expected at most ${NUMBERS.format(MOST_SAMPLES)} samples. Received: ${name} of ${NUMBERS.format(count)}. Cut it, ` +
          `or type kgan apply.`,
      );
    }
    const answer = isArray ? { mel: array } : await this.engine.run("sound", { wave: samples });
    return answer && { mel: answer.mel, samples };
  }

  /** The wave that the network makes of a spectrogram; `null` where a newer file has come. */
  async spoken(mel) {
    const frames = mel.length / this.form.mels;
    const answer = await this.engine.run("sound", { array: mel, shape: [1, frames, this.form.mels] });
    if (answer === null) return null;
    const due = frames * this.form.hop;
    if (answer.values.length !== due || !answer.values.every(Number.isFinite)) {
      throw new Error(
        `Expected ${NUMBERS.format(due)} finite samples from the network, as the file says. Received: ` +
          `${NUMBERS.format(answer.values.length)}, or NaN. Export the generator anew.`,
      );
    }
    return answer.values;
  }

  show({ mel: givenMel, samples }, made, madeMel) {
    const mels = [givenMel, ...(madeMel ? [madeMel] : [])];
    const high = Math.max(...mels.map((one) => one.reduce((most, level) => Math.max(most, level), -Infinity)));
    const levels = [Math.log(FLOOR), Math.max(high, Math.log(FLOOR) + 1)];
    by("sounds").hidden = false; // before audio is loaded, which may not be in what is hidden
    show(by("given-mel"), drawnSpectrogram(givenMel, this.form.mels, levels));
    by("made-mel").hidden = !madeMel;
    if (madeMel) show(by("made-mel"), drawnSpectrogram(madeMel, this.form.mels, levels));
    this.play("given-sound", samples);
    this.play("made-sound", made);
    const seconds = (count) => `${(count / this.form.sample_rate).toFixed(2)} s`;
    by("given-caption").textContent = samples ? `Yours, ${seconds(samples.length)}` : "Your spectrogram";
    by("made-caption").textContent = `The network’s, ${seconds(made.length)}`;
    by("mel-distance").hidden = madeMel?.length !== givenMel.length;
    if (madeMel?.length === givenMel.length) {
      const distance = givenMel.reduce((sum, level, i) => sum + Math.abs(level - madeMel[i]), 0) / givenMel.length;
      by("mel-distance").textContent = `The two spectrograms, which are logarithms, differ by ${distance.toFixed(2)} on average.`;
    }
  }

  /** Gives samples to a player, which is hidden where there are none. */
  play(name, samples) {
    URL.revokeObjectURL(this.addresses[name]);
    by(name).hidden = !samples;
    if (!samples) {
      by(name).removeAttribute("src");
      return;
    }
    this.addresses[name] = URL.createObjectURL(new Blob([wave(samples, this.form.sample_rate)], { type: "audio/wav" }));
    by(name).src = this.addresses[name];
  }
}

/** Shows the page of a network from spectrograms to waves. */
export const vocode = (facts, engine) => new Vocoder(facts, engine).start();
