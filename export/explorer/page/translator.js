/* The page of a network from pictures to pictures: one is dropped, pasted or chosen, and stands beside what it became. */

import { by, download, fileName, make, show } from "./dom.js";
import { onFiles } from "./drop.js";
import { fromRgba, toRgba } from "./pixels.js";
import { png } from "./png.js";
import { applied } from "./tiles.js";

const SIDES = [256, 512, 1024, 2048]; // pixels, to choose from
const FIRST_SIDE = 512;
const MOST_PIXELS = 16e6; // of the result: what a browser holds several times over

class Translator {
  constructor(facts, engine, tell) {
    Object.assign(this, { facts, engine, tell, bitmap: null, name: "", drawn: null, turn: 0 });
  }

  /** Connects the controls. */
  start() {
    const [height, width] = this.facts.inputShape;
    const options =
      height === null
        ? [["0", "As it is"], ...SIDES.map((side) => [side, `At most ${side} pixels`])]
        : [["-1", `Its middle, at ${width} × ${height}`], ["0", "As it is, in tiles"]];
    by("size").append(...options.map(([value, text]) => make("option", { value }, text)));
    by("size").value = height === null ? FIRST_SIDE : -1;
    by("size").addEventListener("change", () => this.draw());
    onFiles(by("drop"), by("file"), ([file]) => this.open(file));
    by("save-drawn").addEventListener("click", async () => {
      download(`${fileName(this.name)}-${fileName(this.facts.title)}.png`, await png(this.drawn));
    });
  }

  say(text) {
    by("drop-status").textContent = text;
  }

  async open(file) {
    try {
      this.bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    } catch {
      this.say(`Expected a picture that this browser opens. Received: ${file.name}.`);
      return;
    }
    this.name = file.name.replace(/\.[^.]*$/, "");
    await this.draw();
  }

  /** The picture in the size that was chosen, as RGBA. */
  pixels() {
    const { width, height } = this.bitmap;
    const side = Number(by("size").value);
    let [wide, high] = [width, height];
    let from = [0, 0, width, height];
    if (side < 0) {
      [high, wide] = this.facts.inputShape;
      const scale = Math.min(width / wide, height / high);
      from = [(width - wide * scale) / 2, (height - high * scale) / 2, wide * scale, high * scale];
    } else if (side && Math.max(width, height) > side) {
      [wide, high] = [width, height].map((one) => Math.max(1, Math.round((one * side) / Math.max(width, height))));
    }
    if (wide * high * this.facts.scale ** 2 > MOST_PIXELS) {
      throw new Error(
        `Expected at most ${MOST_PIXELS / 1e6} million pixels in the end. Received: ` +
          `${wide * this.facts.scale} × ${high * this.facts.scale}. Choose a smaller size, or type kgan apply.`,
      );
    }
    const context = new OffscreenCanvas(wide, high).getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(this.bitmap, ...from, 0, 0, wide, high);
    return { width: wide, height: high, data: context.getImageData(0, 0, wide, high).data };
  }

  async draw() {
    if (!this.bitmap) return;
    const turn = ++this.turn;
    try {
      const picture = this.pixels();
      show(by("source"), picture);
      by("pair").hidden = false;
      by("pair").setAttribute("aria-busy", "true");
      this.say("The network is at work");
      const begun = performance.now();
      const run = async (request) => (turn === this.turn ? this.engine.run("tiles", request) : null);
      const done = (number, all) => all > 1 && this.say(`${number} of ${all} tiles`);
      const made = await applied(this.facts, fromRgba(picture, this.facts.inputShape[2], this.facts.inputRange), run, done);
      if (made === null || turn !== this.turn) return;
      this.drawn = pictureOf(this.facts, made, picture);
      show(by("drawn"), this.drawn);
      by("pair").setAttribute("aria-busy", "false");
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      by("source-caption").textContent = `Yours, ${picture.width} × ${picture.height}`;
      by("drawn-caption").textContent = `The network’s, ${made.width} × ${made.height}`;
      this.say(`Done in ${seconds} s.`);
    } catch (error) {
      this.say(error.message);
    }
  }
}

/** Whether a picture, RGBA, has no colour. */
function isGrey(data) {
  for (let i = 0; i < data.length; i += 4) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  return true;
}

/** Colours as their mean, within the range, for a picture that was grey and is to stay so. */
function greyed(values, channels, [low, high]) {
  values = values.map((value) => Math.min(high, Math.max(low, value)));
  const to = Float32Array.from(values);
  for (let i = 0; i < values.length; i += channels) to.fill((values[i] + values[i + 1] + values[i + 2]) / 3, i, i + 3);
  return to;
}

/** What the network made as a picture, with the transparency of the one that it was made of, unless it has its own. */
function pictureOf(facts, { width, height, channels, values }, { width: wide, data: from }) {
  const staysGrey = facts.keepsForm && channels >= 3 && isGrey(from);
  const data = toRgba(staysGrey ? greyed(values, channels, facts.range) : values, channels, facts.range);
  let clear = false;
  for (let y = 0; channels !== 4 && facts.inputShape[2] !== 4 && y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = from[(Math.floor(y / facts.scale) * wide + Math.floor(x / facts.scale)) * 4 + 3];
      data[(y * width + x) * 4 + 3] = alpha;
      clear ||= alpha < 255;
    }
  }
  return { width, height, channels: clear || channels === 4 ? 4 : channels, data };
}

/** Shows the page of a network from pictures to pictures. */
export const translate = (facts, engine, tell) => new Translator(facts, engine, tell).start();
