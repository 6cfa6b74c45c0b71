/* PNG files, and films as animated ones: exact, where a canvas would multiply colours by their opacity. */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const COLOUR = { 1: 0, 3: 2, 4: 6 }; // what PNG calls grey, RGB and RGBA

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? 0xedb88320 ^ (word >>> 1) : word >>> 1;
  return word >>> 0;
});

function checksum(bytes) {
  let word = 0xffffffff;
  for (const byte of bytes) word = TABLE[(word ^ byte) & 255] ^ (word >>> 8);
  return (word ^ 0xffffffff) >>> 0;
}

function chunk(name, content) {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, checksum(bytes.subarray(4, content.length + 8)));
  return bytes;
}

/** Whole numbers of 4 bytes each, or of as many as `[number, bytes]` says. */
function numbers(...values) {
  return values.flatMap((value) => {
    const [number, size] = Array.isArray(value) ? value : [value, 4];
    return Array.from({ length: size }, (_, i) => (number >>> (8 * (size - 1 - i))) & 255);
  });
}

/** The rows of a picture, compressed. */
async function rows({ width, height, channels, data }) {
  const line = 1 + width * channels; // each begins with its filter: 0, none
  const bytes = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        bytes[y * line + 1 + x * channels + c] = data[(y * width + x) * 4 + c];
      }
    }
  }
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

const header = ({ width, height, channels }) =>
  chunk("IHDR", numbers(width, height, [8, 1], [COLOUR[channels], 1], [0, 3]));

async function joined(...parts) {
  return new Uint8Array(await new Blob([Uint8Array.from(SIGNATURE), ...parts, chunk("IEND", [])]).arrayBuffer());
}

/** A picture as the bytes of a PNG file. */
export async function png(picture) {
  return joined(header(picture), chunk("IDAT", await rows(picture)));
}

/** Pictures of one size as an animated PNG that starts over at its end, so many milliseconds each. */
export async function animatedPng(pictures, milliseconds) {
  const { width, height } = pictures[0];
  const parts = [header(pictures[0]), chunk("acTL", numbers(pictures.length, 0))];
  let place = 0;
  for (const [i, picture] of pictures.entries()) {
    const shown = numbers(place++, width, height, 0, 0, [milliseconds, 2], [1000, 2], [0, 2]);
    parts.push(chunk("fcTL", shown));
    const packed = await rows(picture);
    if (i === 0) {
      parts.push(chunk("IDAT", packed));
    } else {
      const numbered = new Uint8Array(packed.length + 4);
      numbered.set(numbers(place++));
      numbered.set(packed, 4);
      parts.push(chunk("fdAT", numbered));
    }
  }
  return joined(...parts);
}
