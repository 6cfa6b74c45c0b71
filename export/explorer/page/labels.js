/* Classes to choose, or tags to switch on: what a generator takes besides latents. */

import { by, make } from "./dom.js";
import { straight } from "./latentspace.js";

const MOST_CHIPS = 12; // classes that stand side by side; more are in a list
const MOST_UNSEARCHED = 24; // tags that are seen without a search field

/** A name as `--labels` takes it. */
function typed(name) {
  return /[",+]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** A word as a shell takes it. */
function quoted(text) {
  return /^[\w@%:=,.+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A generator without labels. */
const none = { of: () => null, batch: () => null, text: () => "", blend: () => null, saved: () => "", command: () => "" };

/** The control for the labels of a generator; `changed` is called after each choice, `saved` is an earlier one. */
export function labelControl(facts, saved, changed) {
  const names = facts.classes ?? facts.tags;
  if (!names) return none;
  by("label-part").hidden = false;
  return facts.classes ? classes(names, saved, changed) : tags(names, saved, changed);
}

function classes(names, saved, changed) {
  let chosen = saved !== "" && names[Number(saved)] !== undefined ? Number(saved) : -1; // -1: each in turn
  const choose = (value) => {
    chosen = Number(value);
    changed();
  };
  const options = ["Each in turn", ...names].map((name, i) => ({ name, value: i - 1 }));
  if (options.length <= MOST_CHIPS) {
    const chips = options.map(({ name, value }) => {
      const input = make("input", { type: "radio", name: "class", value, checked: value === chosen });
      input.addEventListener("change", () => choose(value));
      return make("label", { class: "chip" }, input, make("span", {}, name));
    });
    by("label-part").append(make("fieldset", { class: "chips" }, make("legend", {}, "Class"), ...chips));
  } else {
    const list = make("select", { id: "class" });
    list.append(...options.map(({ name, value }) => make("option", { value, selected: value === chosen }, name)));
    list.addEventListener("change", () => choose(list.value));
    by("label-part").append(make("h2", {}, make("label", { for: "class" }, "Class")), list);
  }
  return {
    of: (i) => (chosen < 0 ? i % names.length : chosen),
    batch: (labels) => labels,
    text: (label) => `class ${names[label]}`,
    blend: (first, last, share) => (share < 0.5 ? first : last),
    saved: () => (chosen < 0 ? "" : String(chosen)),
    command: () => (chosen < 0 ? "" : ` --labels ${quoted(typed(names[chosen]))}`),
  };
}

function tags(names, saved, changed) {
  let inTurn = saved === "";
  const on = new Set(inTurn ? [] : saved.split(".").filter((one) => names[Number(one)] !== undefined).map(Number));
  const turn = make("input", { type: "checkbox", checked: inTurn });
  const boxes = names.map((name, i) => make("input", { type: "checkbox", value: i, checked: on.has(i) }));
  const follow = () => {
    on.clear();
    boxes.forEach((box, i) => box.checked && on.add(i));
    changed();
  };
  turn.addEventListener("change", () => {
    inTurn = turn.checked;
    if (inTurn) boxes.forEach((box) => (box.checked = false));
    follow();
  });
  boxes.forEach((box) =>
    box.addEventListener("change", () => {
      inTurn = turn.checked = false;
      follow();
    }),
  );
  const chips = names.map((name, i) => make("label", { class: "chip" }, boxes[i], make("span", {}, name)));
  const many = names.length > MOST_UNSEARCHED;
  const alone = make("label", { class: "chip" }, turn, make("span", {}, "Each alone, in turn"));
  const legend = make("legend", {}, "Tags");
  const field = many ? [searched(names, chips)] : [];
  by("label-part").append(make("fieldset", { class: many ? "chips many" : "chips" }, legend, alone, ...field, ...chips));
  const row = () => names.map((_, i) => Number(on.has(i)));
  return {
    of: (i) => (inTurn ? names.map((_, k) => Number(k === i % names.length)) : row()),
    batch: (labels) => labels.flat(),
    text: (label) => names.filter((_, i) => label[i] > 0.5).join(" + ") || "no tag",
    blend: straight,
    saved: () => (inTurn ? "" : [...on].join(".") || "-"),
    command: () => {
      if (inTurn) return "";
      return on.size ? ` --labels ${quoted([...on].map((i) => typed(names[i])).join("+"))}` : null;
    },
  };
}

/** A field that leaves the tags with a text in their names. */
function searched(names, chips) {
  const field = make("input", { type: "search", placeholder: "Find a tag", "aria-label": "Find a tag" });
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    chips.forEach((chip, i) => (chip.hidden = wanted !== "" && !names[i].toLowerCase().includes(wanted)));
  });
  return field;
}
