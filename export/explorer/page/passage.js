/* From one kept picture to another: a slider, a film to watch, and the film as a file. */

import { by, download, fileName, show } from "./dom.js";
import { between, joined, straight } from "./latentspace.js";
import { enlarged } from "./pixels.js";
import { animatedPng, png } from "./png.js";

const STEPS = 24; // frames from A to B, and as many back
const MILLISECONDS = 60; // of a frame, as in kgan's films
const AT_ONCE = 8; // frames of a film
const SMALLEST_SIDE = 256; // pixels of a film; smaller ones are enlarged by a whole factor

export class Passage {
  #ends = [null, null]; // {z, label, psi, offset}
  #facts;
  #labels;
  #engine;
  #tell;
  #picture = null;
  #since = null;

  constructor(facts, labels, engine, tell) {
    this.#facts = facts;
    this.#labels = labels;
    this.#engine = engine;
    this.#tell = tell;
    by("way").addEventListener("input", () => this.#draw());
    by("play").addEventListener("click", () => this.#play());
    by("save-between").addEventListener("click", async () => download(this.#name("png"), await png(this.#picture)));
    by("save-film").addEventListener("click", () => this.#save().catch(tell));
  }

  /** Keeps a point as the first end (0) or the last (1). */
  async keep(end, point) {
    this.#ends[end] = point;
    try {
      const name = end ? "last" : "first";
      const answer = await this.#engine.run(name, this.#request([end], [point, point]));
      if (answer !== null) show(by(name), answer.pictures[0]);
    } catch (error) {
      this.#tell(error);
    }
    await this.#draw();
  }

  get #ready() {
    return this.#ends[0] !== null && this.#ends[1] !== null;
  }

  #name(suffix) {
    return `${fileName(this.#facts.title)}-a-to-b.${suffix}`;
  }

  /** What the network is asked for at shares of the way. */
  #request(shares, [first, last] = this.#ends) {
    const latents = joined(shares.map((share) => between(first.z, last.z, share)));
    const offsets = joined(shares.map((share) => straight(first.offset, last.offset, share)));
    const labels = this.#labels.batch(shares.map((share) => this.#labels.blend(first.label, last.label, share)));
    const psi = (1 - shares[0]) * first.psi + shares[0] * last.psi;
    return { count: shares.length, latents, offsets, labels, psi };
  }

  async #draw() {
    const share = Number(by("way").value);
    by("way-value").value = `${Math.round(share * 100)} %`;
    if (!this.#ready) return;
    try {
      const answer = await this.#engine.run("between", this.#request([share]));
      if (answer === null) return;
      this.#picture = answer.pictures[0];
      show(by("between"), this.#picture);
    } catch (error) {
      this.#tell(error);
    }
  }

  #play() {
    const playing = this.#since === null;
    this.#since = playing ? performance.now() : null;
    by("play").setAttribute("aria-pressed", String(playing));
    by("play").textContent = playing ? "Pause" : "Play";
    if (playing) this.#next();
  }

  async #next() {
    if (this.#since === null) return;
    const round = ((performance.now() - this.#since) / (STEPS * MILLISECONDS)) % 2;
    by("way").value = round < 1 ? round : 2 - round;
    await this.#draw();
    requestAnimationFrame(() => this.#next());
  }

  /** Writes the film there and back; frames of the way back are those of the way there. */
  async #save() {
    const button = by("save-film");
    button.disabled = true;
    try {
      const there = [];
      for (let i = 0; i <= STEPS; i += AT_ONCE) {
        const shares = Array.from({ length: Math.min(AT_ONCE, STEPS + 1 - i) }, (_, k) => (i + k) / STEPS);
        there.push(...(await this.#frames(shares)));
        by("film-status").textContent = `${there.length} of ${STEPS + 1} pictures drawn`;
      }
      const { width, height } = there[0];
      const factor = Math.max(1, Math.ceil(SMALLEST_SIDE / Math.min(width, height)));
      const large = there.map((picture) => enlarged(picture, factor));
      const film = await animatedPng([...large, ...large.slice(1, -1).reverse()], MILLISECONDS);
      download(this.#name("film.png"), film, "image/apng");
      by("film-status").textContent = `A film of ${2 * STEPS} pictures, ${(film.length / 1000).toFixed(0)} kB.`;
    } finally {
      button.disabled = false;
    }
  }

  async #frames(shares) {
    const styled = this.#facts.truncation === "styles" && this.#ends[0].psi !== this.#ends[1].psi;
    if (!styled) return (await this.#engine.run("film", this.#request(shares))).pictures;
    const drawn = []; // each with a truncation of its own
    for (const share of shares) drawn.push(...(await this.#engine.run("film", this.#request([share]))).pictures);
    return drawn;
  }
}
