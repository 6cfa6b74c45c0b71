/* Films in files: a GIF, WebP or APNG that the browser decodes, several pictures, or an array in a .npy file. */

import { readArray } from "./npy.js";

const MOVING = /\.(gif|webp|apng|png)$/i;
const USUAL = 100; // milliseconds of a frame, where nothing says
const MOST_FRAMES = 1000;
const MOST_PIXELS = 2 ** 26; // of all frames together, as they are held: 256 MiB
const NAMES = new Intl.Collator("en", { numeric: true }); // frame8.png before frame10.png

/**
 * The frames of a film, RGBA `{width, height, data}` of the size `[height, width]`, how long each is shown, and of which
 * size they were. A film of another size is scaled until it covers that one, and cut about the centre. More frames than
 * a page holds are refused.
 */
export async function readFilm(files, size) {
  const named = files.length > 1 ? `${files.length} files` : files[0].name;
  try {
    return await decoded(files, size);
  } catch (error) {
    if (error.message?.startsWith("Expected")) throw error;
    throw new Error(`Expected a film that this browser opens. Received: ${named}: ${error.message || error}.`);
  }
}

async function decoded(files, size) {
  const [file] = files;
  if (files.length > 1) return ofPictures([...files].sort((one, other) => NAMES.compare(one.name, other.name)), size);
  if (/\.npy$/i.test(file.name)) return ofArray(readArray(await file.arrayBuffer(), file.name), file.name, size);
  if (MOVING.test(file.name)) return ofMoving(file, size);
  throw new Error(
    `Expected a GIF, WebP or APNG, several pictures, or a .npy file. Received: ${file.name}. Type kgan apply for videos.`,
  );
}

async function ofMoving(file, size) {
  if (typeof ImageDecoder === "undefined") {
    throw new Error(
      "Expected a browser with ImageDecoder, as Chrome, Edge and Firefox have it on https and on this machine. " +
        "Received: one without. Choose the frames as several pictures.",
    );
  }
  const suffix = MOVING.exec(file.name)[1].toLowerCase();
  const type = suffix === "apng" ? "image/png" : `image/${suffix}`;
  const decoder = new ImageDecoder({ data: await file.arrayBuffer(), type, colorSpaceConversion: "none" });
  try {
    await decoder.tracks.ready;
    await decoder.completed; // before it, frames are counted that have come
    const count = decoder.tracks.selectedTrack.frameCount;
    checkLength(file.name, count, size);
    const [frames, sizes] = [[], []];
    let microseconds = 0;
    for (let frameIndex = 0; frameIndex < count; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      sizes.push([image.displayHeight, image.displayWidth]);
      frames.push(fitted(image, sizes.at(-1), size));
      microseconds += image.duration || USUAL * 1000;
      image.close();
    }
    return { frames, milliseconds: microseconds / count / 1000, size: sizes[0] };
  } finally {
    decoder.close();
  }
}

async function ofPictures(files, size) {
  checkLength("pictures", files.length, size);
  const [frames, sizes] = [[], []];
  for (const file of files) {
    const picture = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    sizes.push([picture.height, picture.width]);
    frames.push(fitted(picture, sizes.at(-1), size));
    picture.close();
  }
  if (new Set(sizes.map(String)).size > 1) {
    throw new Error("Expected frames of one size. Received: pictures of several sizes. Choose those of one film.");
  }
  return { frames, milliseconds: USUAL, size: sizes[0] };
}

function ofArray({ type, shape, values }, name, size) {
  const [count, height, width, channels] = shape.length === 3 ? [...shape, 1] : shape;
  if (type !== "|u1" || shape.length < 3 || shape.length > 4 || ![1, 3].includes(channels) || !values.length) {
    throw new Error(
      `Expected uint8 (frames, height, width, 1 or 3). Received: ${name} of ${type} and shape (${shape.join(", ")}).`,
    );
  }
  checkLength(name, count, size);
  const frames = Array.from({ length: count }, (_, frame) => {
    const data = new Uint8ClampedArray(height * width * 4).fill(255);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) {
        data[4 * i + c] = values[(frame * height * width + i) * channels + (channels === 3 ? c : 0)];
      }
    }
    if (height === size[0] && width === size[1]) return { width, height, data };
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
    return fitted(canvas, [height, width], size);
  });
  return { frames, milliseconds: USUAL, size: [height, width] };
}

/** A picture over white, scaled until it covers a size, and cut about the centre. */
function fitted(picture, [height, width], [high, wide]) {
  const context = new OffscreenCanvas(wide, high).getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, wide, high);
  context.imageSmoothingQuality = "high";
  const scale = Math.min(width / wide, height / high);
  const [across, down] = [wide * scale, high * scale];
  context.drawImage(picture, (width - across) / 2, (height - down) / 2, across, down, 0, 0, wide, high);
  return { width: wide, height: high, data: context.getImageData(0, 0, wide, high).data };
}

/** Refuses more frames of a size than a page holds, before one is decoded. */
function checkLength(name, count, [height, width]) {
  const most = Math.min(MOST_FRAMES, Math.floor(MOST_PIXELS / (height * width)));
  if (count > most) {
    throw new Error(
      `Expected at most ${most} frames of ${width} × ${height} pixels, which this page holds. Received: ${name} of ` +
        `${count}. Cut it, or type kgan apply.`,
    );
  }
}
