/* Opens the page: reads what the network is, loads it, and shows the controls that it has. */

import { by } from "./dom.js";
import { Engine } from "./engine.js";
import { explore } from "./generator.js";
import { translate } from "./translator.js";

const FORM = 1;
const CHANNELS = { 1: "grey", 3: "colour", 4: "colour with transparency" };

/** Says what went wrong, where everyone sees it. */
export function tell(error) {
  by("error").textContent = error instanceof Error ? error.message : String(error);
  by("error").hidden = false;
}

function described(facts) {
  const [height, width, channels] = facts.shape;
  const drawn = CHANNELS[channels] ?? `${channels} channels`;
  const size = height === null ? "any size" : `${width} × ${height} pixels`;
  const megabytes = Math.max(facts.bytes.network / 1e6, 0.1).toFixed(1);
  const kind = facts.kind === "generator" ? "Draws pictures" : "Makes pictures of pictures";
  return `${kind}: ${size}, ${drawn}; ${megabytes} MB.`;
}

async function start() {
  const answer = await fetch("facts.json");
  if (!answer.ok) throw new Error(`Expected facts.json beside the page. Received: status ${answer.status}.`);
  const facts = await answer.json();
  if (facts.form !== FORM) throw new Error("Expected files of one kgan. Received: a page and facts.json of two.");
  document.title = `${facts.title} · kgan`;
  by("title").textContent = facts.title;
  by("about").textContent = described(facts);
  const engine = new Engine();
  by("loading").hidden = false;
  await engine.open(facts, (share) => (by("loading-bar").value = share));
  by("loading").hidden = true;
  by(facts.kind).hidden = false;
  await (facts.kind === "generator" ? explore : translate)(facts, engine, tell);
  document.documentElement.dataset.state = "ready";
}

start().catch((error) => {
  by("loading").hidden = true;
  tell(error);
});
