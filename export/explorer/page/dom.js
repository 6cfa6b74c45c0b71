/* Elements by their names, and small ones to make. */

/** The element of that id. */
export const by = (id) => document.getElementById(id);

/** A new element: `make("button", { type: "button", class: "chip" }, "Text")`. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Draws a picture, `{width, height, data}`, whole, in its own size; the style sheet enlarges it. */
export function show(canvas, picture) {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.classList.toggle("small", Math.min(picture.width, picture.height) < 128);
  }
  canvas.getContext("2d").putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
}

/** Hands bytes to the reader as a file. */
export function download(name, bytes, type = "image/png") {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = make("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A function that runs once the calls pause for so many milliseconds. */
export function afterPause(milliseconds, run) {
  let timer = 0;
  return (...what) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...what), milliseconds);
  };
}

/** What a file may be called on every system. */
export const fileName = (text) => text.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80) || "kgan";
