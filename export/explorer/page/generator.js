/* The page of a generator: a seed draws candidates, one of them is moved along sliders, two are ends of a passage. */

import { Candidates } from "./candidates.js";
import { afterPause, by, download, fileName, make, show } from "./dom.js";
import { labelControl } from "./labels.js";
import { categorised, drawn, joined, moved, sliders, truncated } from "./latentspace.js";
import { Passage } from "./passage.js";
import { tiled } from "./pixels.js";
import { png } from "./png.js";

const LARGEST_SEED = 4294967295;
const FIRST_MILLISECONDS = 80; // that a part of the grid may take, so that a slider is answered meanwhile
const FEW_FROM = 256 ** 2; // pixels of a picture from which 12 are drawn at first, not 24

class Explorer {
  constructor(facts, engine, tell) {
    Object.assign(this, { facts, engine, tell, directions: sliders(facts) });
    const saved = new URLSearchParams(location.hash.slice(1));
    const number = (name, otherwise, least, most) => {
      const value = saved.has(name) ? Number(saved.get(name)) : otherwise;
      return value >= least && value <= most ? value : otherwise;
    };
    const few = facts.shape[0] * facts.shape[1] >= FEW_FROM;
    const counts = [...by("count").options].map((one) => Number(one.value));
    this.seed = Math.floor(number("seed", 0, 0, LARGEST_SEED));
    this.count = counts.find((one) => one === number("count", 0, 0, 96)) ?? (few ? 12 : 24);
    this.pick = Math.floor(number("pick", 0, 0, this.count - 1));
    this.psi = number("psi", 1, 0, 1.5);
    const strengths = (saved.get("sliders") ?? "").split(",").map(Number);
    this.strengths = this.directions.map(({ most }, i) => Math.min(most, Math.max(-most, strengths[i] || 0)));
    this.chosen = (facts.latents.options.categorical ?? []).map(() => -1);
    this.pictures = [];
    this.each = FIRST_MILLISECONDS; // milliseconds that a picture takes, before one was drawn
    this.labels = labelControl(facts, saved.get("label") ?? "", () => this.redraw());
    this.candidates = new Candidates((i) => this.take(i));
    this.passage = new Passage(facts, this.labels, engine, tell);
    this.save = afterPause(250, () => this.remember());
    by("caption").textContent = this.name(this.pick);
    this.announce = afterPause(400, () => (by("caption").textContent = this.name(this.pick)));
  }

  /** Connects the controls, and draws for the first time. */
  async start() {
    by("seed").value = this.seed;
    by("seed").addEventListener("input", () => this.readSeed());
    by("new-seed").addEventListener("click", () => {
      by("seed").value = crypto.getRandomValues(new Uint32Array(1))[0] % 100_000;
      this.readSeed();
    });
    by("count").value = this.count;
    by("count").addEventListener("change", () => {
      this.count = Number(by("count").value);
      this.pick = Math.min(this.pick, this.count - 1);
      this.redraw();
    });
    by("psi").value = this.psi;
    by("psi").addEventListener("input", () => {
      this.psi = Number(by("psi").value);
      this.redraw();
    });
    by("reset").addEventListener("click", () => this.reset());
    by("save").addEventListener("click", async () => {
      const name = `${fileName(this.facts.title)}-seed${this.seed}-${this.pick}.png`;
      download(name, await png(this.picture));
    });
    by("save-grid").addEventListener("click", async () => {
      download(`${fileName(this.facts.title)}-seed${this.seed}.png`, await png(tiled(this.pictures)));
    });
    by("keep-first").addEventListener("click", () => this.passage.keep(0, this.moved()));
    by("keep-last").addEventListener("click", () => this.passage.keep(1, this.moved()));
    this.makeSliders();
    this.makeCategories();
    await this.redraw();
    const other = Math.min(this.pick + 1, this.count - 1);
    await Promise.all([this.passage.keep(0, this.moved()), this.passage.keep(1, this.at(other))]);
  }

  makeSliders() {
    by("no-sliders").hidden = this.directions.length + this.chosen.length > 0;
    by("reset").hidden = this.directions.length === 0;
    this.ranges = this.directions.map(({ name, most }, i) => {
      const range = make("input", { type: "range", id: `slider-${i}`, min: -most, max: most, step: 0.05 });
      const value = make("output", { for: range.id });
      const spoken = name.replaceAll("_", " ");
      range.value = this.strengths[i];
      range.addEventListener("input", () => {
        this.strengths[i] = Number(range.value);
        this.redrawPicture();
      });
      by("sliders").append(make("div", { class: "slider both" }, make("label", { for: range.id }, spoken), value, range));
      return { range, value };
    });
  }

  makeCategories() {
    const lists = (this.facts.latents.options.categorical ?? []).map((size, i) => {
      const list = make("select", { id: `category-${i}` }, make("option", { value: -1 }, "As drawn"));
      for (let k = 0; k < size; k++) list.append(make("option", { value: k }, String(k)));
      list.addEventListener("change", () => {
        this.chosen[i] = Number(list.value);
        this.redraw();
      });
      return make("div", { class: "row between-ends" }, make("label", { for: list.id }, `Category ${i + 1}`), list);
    });
    by("sliders").prepend(...lists);
  }

  readSeed() {
    const field = by("seed");
    field.setAttribute("aria-invalid", String(!field.checkValidity()));
    if (!field.checkValidity()) return;
    this.seed = Number(field.value);
    this.redraw();
  }

  reset() {
    this.strengths.fill(0);
    this.ranges.forEach(({ range }) => (range.value = 0));
    this.redrawPicture();
  }

  /** What a candidate is drawn from: latents, its label, truncation, and what is added to w. */
  at(i) {
    const z = categorised(this.facts, truncated(this.facts, this.latents[i], this.psi), this.chosen);
    return { z, label: this.labels.of(i), psi: this.psi, offset: new Float32Array(this.facts.styleSize ?? 0) };
  }

  name(i) {
    const label = this.labels.text(this.labels.of(i));
    const parts = this.directions.flatMap(({ name }, k) =>
      this.strengths[k] && i === this.pick ? [`${name.replaceAll("_", " ")} at ${this.strengths[k]}`] : [],
    );
    return [`Picture ${i + 1} of seed ${this.seed}`, ...(label ? [label] : []), ...parts].join(", ");
  }

  request(points) {
    const latents = joined(points.map(({ z }) => z));
    const offsets = joined(points.map(({ offset }) => offset));
    const labels = this.labels.batch(points.map(({ label }) => label));
    return { count: points.length, latents, offsets, labels, psi: this.psi };
  }

  /** The chosen candidate, moved along the sliders: in w where the network takes an offset, else in z. */
  moved() {
    const point = this.at(this.pick);
    const where = this.facts.styleSize ? "offset" : "z";
    return { ...point, [where]: moved(point[where], this.directions, this.strengths) };
  }

  take(i) {
    this.pick = i;
    this.redrawPicture();
  }

  /** Draws everything anew, in parts that leave room for sliders. */
  async redraw() {
    this.latents = drawn(this.facts, this.count, this.seed);
    const names = this.latents.map((_, i) => this.labels.text(this.labels.of(i)));
    const spoken = names.map((label, i) => `Picture ${i + 1}${label ? `, ${label}` : ""}`);
    this.candidates.prepare(spoken, this.pick, this.facts.shape);
    this.showCommand();
    await Promise.all([this.redrawPicture(), this.redrawGrid()]);
  }

  async redrawGrid() {
    const turn = (this.turn = Symbol("the newest redrawing"));
    const points = this.latents.map((_, i) => this.at(i));
    this.candidates.busy = true;
    try {
      for (let first = 0; first < points.length; ) {
        const part = points.slice(first, first + Math.max(1, Math.min(16, Math.floor(FIRST_MILLISECONDS / this.each))));
        const answer = await this.engine.run("grid", this.request(part));
        if (answer === null || turn !== this.turn) return;
        this.candidates.show(answer.pictures, first);
        answer.pictures.forEach((picture, i) => (this.pictures[first + i] = picture));
        this.each = Math.max(answer.milliseconds / part.length, 0.1);
        first += part.length;
      }
      this.pictures.length = points.length;
      this.candidates.busy = false;
    } catch (error) {
      this.tell(error);
    }
  }

  async redrawPicture() {
    this.directions.forEach((_, i) => (this.ranges[i].value.value = this.strengths[i].toFixed(2)));
    by("psi-value").value = this.psi.toFixed(2);
    this.save();
    this.announce();
    try {
      const answer = await this.engine.run("picture", this.request([this.moved()]));
      if (answer === null) return;
      this.picture = answer.pictures[0];
      show(by("picture"), this.picture);
      by("speed").hidden = false;
      by("speed").textContent = `${answer.milliseconds.toFixed(answer.milliseconds < 10 ? 1 : 0)} ms a picture`;
    } catch (error) {
      this.tell(error);
    }
  }

  showCommand() {
    const labels = this.labels.command();
    const psi = this.psi === 1 ? "" : ` --truncation-psi ${this.psi}`;
    const command = `kgan sample BUNDLE --seed ${this.seed} --count ${this.count}${labels ?? ""}${psi} --out grid.png`;
    const words = command.split(" ").flatMap((word) => [" ", make("span", {}, word)]); // lines break between words
    by("command").replaceChildren(...words.slice(1));
    by("seed-help").hidden = labels === null || this.chosen.some((one) => one >= 0); // no command draws those
  }

  /** Notes the state in the address, so that a link or a reload comes back to it. */
  remember() {
    const state = { seed: this.seed, pick: this.pick, count: this.count, psi: this.psi };
    const label = this.labels.saved();
    if (label) state.label = label;
    if (this.strengths.some(Boolean)) state.sliders = this.strengths.join(",");
    history.replaceState(null, "", `#${new URLSearchParams(state)}`);
  }
}

/** Shows the page of a generator. */
export const explore = (facts, engine, tell) => new Explorer(facts, engine, tell).start();
