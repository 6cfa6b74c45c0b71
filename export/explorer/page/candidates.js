/* The grid of candidates: one is chosen, with the pointer or with the arrow keys. */

import { by, make, show } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

export class Candidates {
  #buttons = [];
  #chosen = 0;
  #choose;

  /** `choose` is called with the number of a candidate, from 0. */
  constructor(choose) {
    this.#choose = choose;
    by("grid").addEventListener("keydown", (event) => this.#key(event));
  }

  /** Makes so many places, each under a name that is read aloud. */
  prepare(names, chosen, shape) {
    while (this.#buttons.length > names.length) this.#buttons.pop().remove();
    while (this.#buttons.length < names.length) {
      const i = this.#buttons.length;
      const canvas = make("canvas", { width: shape[1], height: shape[0], "aria-hidden": "true" });
      canvas.classList.toggle("small", Math.min(shape[0], shape[1]) < 128);
      const button = make("button", { type: "button", role: "radio", class: "candidate" }, canvas);
      button.addEventListener("click", () => this.#go(i));
      this.#buttons.push(button);
      by("grid").append(button);
    }
    names.forEach((name, i) => {
      this.#buttons[i].setAttribute("aria-label", name);
      this.#buttons[i].title = name;
    });
    this.choose(chosen);
  }

  /** Marks one as chosen. */
  choose(chosen) {
    this.#chosen = chosen;
    this.#buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
    });
  }

  /** Shows pictures in the places from a number on. */
  show(pictures, first) {
    pictures.forEach((picture, i) => show(this.#buttons[first + i].firstChild, picture));
  }

  set busy(value) {
    by("grid").setAttribute("aria-busy", String(value));
    by("save-grid").disabled = value;
  }

  #go(i) {
    this.choose(i);
    this.#choose(i);
  }

  #key(event) {
    const top = this.#buttons[0].offsetTop;
    const columns = Math.max(this.#buttons.findIndex((button) => button.offsetTop > top), 1);
    const last = this.#buttons.length - 1;
    const steps = { ...STEPS, ArrowDown: columns, ArrowUp: -columns, Home: -last, End: last };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const to = Math.min(last, Math.max(0, this.#chosen + steps[event.key]));
    this.#go(to);
    this.#buttons[to].focus();
  }
}
