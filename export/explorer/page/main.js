/* Opens the page: reads what the network is, loads it, and shows the controls that it has. */

import { by } from "./dom.js";
import { Engine } from "./engine.js";
import { continueFilms } from "./film.js";
import { explore } from "./generator.js";
import { translate } from "./translator.js";
import { vocode } from "./vocoder.js";

const FORM = 1;
const CHANNELS = { 1: "grey", 3: "colour", 4: "colour with transparency" };

/** Says what went wrong, where everyone sees it. */
export function tell(error) {
  by("error").textContent = error instanceof Error ? error.message : String(error);
  by("error").hidden = false;
}

/** Of each kind of network: what its page is shown by, and what is said of it. */
const PAGES = {
  generator: { show: explore, about: ({ shape }) => `Draws pictures: ${sized(shape)}` },
  translator: { show: translate, about: ({ shape }) => `Makes pictures of pictures: ${sized(shape)}` },
  sound: {
    show: vocode,
    about: ({ spectrogram: { mels, sample_rate: rate } }) =>
      `Makes sound of spectrograms: ${mels} bands, ${rate.toLocaleString("en")} samples in a second`,
  },
  film: {
    show: continueFilms,
    about: ({ inputShape: [frames, ...shape] }) => `Continues films, from their last ${frames} frames: ${sized(shape)}`,
  },
};

function sized([height, width, channels]) {
  const size = height === null ? "any size" : `${width} × ${height} pixels`;
  return `${size}, ${CHANNELS[channels] ?? `${channels} channels`}`;
}

async function start() {
  const answer = await fetch("facts.json");
  if (!answer.ok) throw new Error(`Expected facts.json beside the page. Received: status ${answer.status}.`);
  const facts = await answer.json();
  if (facts.form !== FORM) throw new Error("Expected files of one kgan. Received: a page and facts.json of two.");
  document.title = `${facts.title} · kgan`;
  by("title").textContent = facts.title;
  const page = PAGES[facts.kind];
  by("about").textContent = `${page.about(facts)}; ${Math.max(facts.bytes.network / 1e6, 0.1).toFixed(1)} MB.`;
  const engine = new Engine();
  by("loading").hidden = false;
  await engine.open(facts, (share) => (by("loading-bar").value = share));
  by("loading").hidden = true;
  by(facts.kind).hidden = false;
  await page.show(facts, engine, tell);
  document.documentElement.dataset.state = "ready";
}

start().catch((error) => {
  by("loading").hidden = true;
  tell(error);
});
