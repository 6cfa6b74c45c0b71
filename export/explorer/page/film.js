/* The page of a network that continues films: one is given, and plays beside the frames that the network makes after it. */

import { continued } from "./continued.js";
import { afterPause, by, download, fileName, make, show } from "./dom.js";
import { onFiles } from "./drop.js";
import { readFilm } from "./filmfile.js";
import { fromRgba, toPictures } from "./pixels.js";
import { animatedPng } from "./png.js";

const MOST_AHEAD = 200; // frames
const MOST_IN_STRIP = 12; // of the given ones, the last
const LEAST_MILLISECONDS = 20; // of a frame: browsers show shorter ones for longer

class Films {
  constructor(facts, engine) {
    Object.assign(this, { facts, engine, film: null, name: "", given: [], made: [], turn: 0, frame: 0, timer: 0 });
  }

  /** Connects the controls. */
  start() {
    const [frames, height, width] = this.facts.inputShape;
    by("film-help").textContent =
      `a GIF, WebP or APNG, several pictures, or a .npy file, of ${frames} frames or more. Films of another size than ` +
      `${width} × ${height} are scaled and cut about the centre. It stays in this browser.`;
    by("ahead").max = MOST_AHEAD;
    onFiles(by("film-drop"), by("film-file"), (files) => this.open(files));
    by("ahead").addEventListener("input", afterPause(300, () => this.film && this.draw()));
    by("play-films").addEventListener("click", () => this.play(!this.timer));
    by("save-films").addEventListener("click", async () => {
      const film = await animatedPng([...this.given, ...this.made], this.film.milliseconds);
      download(`${fileName(this.name)}-${fileName(this.facts.title)}.png`, film, "image/apng");
    });
  }

  say(text) {
    by("film-said").textContent = text;
  }

  async open(files) {
    const turn = ++this.turn;
    this.say("Reading the film");
    try {
      const [least, ...shape] = this.facts.inputShape;
      const film = await readFilm(files, shape);
      if (turn !== this.turn) return;
      if (film.frames.length < least) {
        throw new Error(
          `Expected a film of at least ${least} frames, which the network is given. Received: ${film.frames.length}. ` +
            `Choose a longer one.`,
        );
      }
      const milliseconds = Math.max(Math.round(film.milliseconds), LEAST_MILLISECONDS);
      this.film = { ...film, milliseconds, ...this.seen(film.frames) };
      this.name = files[0].name.replace(/\.[^.]*$/, "");
      await this.draw();
    } catch (error) {
      if (turn === this.turn) this.say(error.message);
    }
  }

  /** The frames as the network sees them, grey where it takes grey; and the values of the `last`, which it is given. */
  seen(frames) {
    const [least, height, width, channels] = this.facts.inputShape;
    const range = this.facts.inputRange;
    const values = (frame) => fromRgba(frame, channels, range).values;
    const last = new Float32Array(least * height * width * channels);
    frames.slice(-least).forEach((frame, i) => last.set(values(frame), i * height * width * channels));
    const shown = frames.map((frame) => {
      if (channels >= 3) return { ...frame, channels: channels === 4 ? 4 : 3 };
      return toPictures(values(frame), [1, height, width, channels], range)[0];
    });
    return { frames: shown, last };
  }

  /** How many frames ahead are asked for; `null`, and marked, where it is no such number. */
  get ahead() {
    const asked = Number(by("ahead").value);
    const right = Number.isInteger(asked) && asked >= 1 && asked <= MOST_AHEAD;
    by("ahead").setAttribute("aria-invalid", String(!right));
    return right ? asked : null;
  }

  async draw() {
    const turn = ++this.turn;
    const { ahead, facts } = this;
    if (ahead === null) {
      this.say(`Expected 1 to ${MOST_AHEAD} frames ahead. Received: ${by("ahead").value || "none"}.`);
      return;
    }
    try {
      const begun = performance.now();
      const [height, width, channels] = facts.inputShape.slice(1);
      const run = async (request, done) => {
        this.say(`${done} of ${ahead} frames`);
        return turn === this.turn ? this.engine.run("frames", request) : null;
      };
      const made = await continued(facts, this.film.last, ahead, run);
      if (made === null || turn !== this.turn) return;
      this.given = this.film.frames;
      this.made = toPictures(made, [ahead, height, width, channels], facts.range);
      this.show();
      this.say(`Done in ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
    } catch (error) {
      if (turn === this.turn) this.say(error.message);
    }
  }

  show() {
    const [height, width] = this.film.size;
    const [due, across] = this.facts.inputShape.slice(1);
    const cut = height === due && width === across ? "" : `, of ${width} × ${height} pixels`;
    by("given-film-caption").textContent = `Yours, ${counted(this.given)}${cut}`;
    by("made-film-caption").textContent = `What follows, ${counted(this.made)}`;
    const last = this.given.slice(-MOST_IN_STRIP);
    by("strip").replaceChildren(
      ...[...last, ...this.made].map((picture, i) => {
        const ahead = i - last.length + 1;
        const canvas = make("canvas", { role: "img", "aria-label": ahead > 0 ? `${ahead} ahead` : `given, ${ahead}` });
        show(canvas, picture);
        return make("figure", { class: ahead > 0 ? "made" : false }, canvas, make("figcaption", {}, signed(ahead)));
      }),
    );
    by("films").hidden = false;
    this.frame = 0;
    this.play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  /** Plays both films, each from its beginning after its end, or stops them. */
  play(playing) {
    clearInterval(this.timer);
    this.timer = playing ? setInterval(() => this.next(), this.film.milliseconds) : 0;
    by("play-films").textContent = playing ? "Pause" : "Play";
    by("play-films").setAttribute("aria-pressed", String(playing));
    this.next();
  }

  next() {
    show(by("given-film"), this.given[this.frame % this.given.length]);
    show(by("made-film"), this.made[this.frame % this.made.length]);
    this.frame++;
  }
}

const counted = (frames) => `${frames.length} ${frames.length === 1 ? "frame" : "frames"}`;
const signed = (ahead) => (ahead > 0 ? `+${ahead}` : String(ahead).replace("-", "−"));

/** Shows the page of a network that continues films. */
export const continueFilms = (facts, engine) => new Films(facts, engine).start();
