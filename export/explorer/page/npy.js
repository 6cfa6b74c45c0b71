/* Arrays in NumPy's files. */

const READERS = {
  // by what NumPy calls the type: bytes of a number, and what reads one
  "|u1": [1, (view, at) => view.getUint8(at)],
  "<f4": [4, (view, at) => view.getFloat32(at, true)],
  ">f4": [4, (view, at) => view.getFloat32(at, false)],
  "<f8": [8, (view, at) => view.getFloat64(at, true)],
  ">f8": [8, (view, at) => view.getFloat64(at, false)],
};

/** The array of a file: `{type, shape, values}`, with values in the order of rows. */
export function readArray(buffer, name = "the file") {
  const view = new DataView(buffer);
  const { header, at } = headerOf(view, name);
  const type = /'descr': *'([^']+)'/.exec(header)?.[1];
  const shape = /'shape': *\(([0-9, ]*)\)/.exec(header)?.[1].split(",").filter((one) => one.trim()).map(Number);
  if (!(type in READERS) || !shape) {
    throw new Error(
      `Expected an array of float32, float64 or uint8. Received: ${name} of ${type ?? "another kind"}. Type ` +
        `array.astype("float32") before it is saved.`,
    );
  }
  const [size, read] = READERS[type];
  const count = shape.reduce((product, one) => product * one, 1);
  if (at + count * size > buffer.byteLength) {
    throw new Error(`Expected a whole array. Received: ${name}, which ends too early.`);
  }
  const values = new (type === "|u1" ? Uint8ClampedArray : Float32Array)(count);
  const place = header.includes("'fortran_order': True") ? columnsFirst(shape) : (i) => i;
  for (let i = 0; i < count; i++) values[i] = read(view, at + place(i) * size);
  return { type, shape, values };
}

function headerOf(view, name) {
  const magic = "\x93NUMPY";
  const begins = view.byteLength > 12 && [...magic].every((letter, i) => view.getUint8(i) === letter.charCodeAt(0));
  if (!begins) throw new Error(`Expected a NumPy array. Received: ${name}, which is another file.`);
  const [from, length] = view.getUint8(6) === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const end = Math.min(from + length, view.byteLength);
  const bytes = new Uint8Array(view.buffer, from, end - from);
  return { header: new TextDecoder("latin1").decode(bytes), at: end };
}

/** Where the i-th number in the order of rows lies, in a file in the order of columns. */
function columnsFirst(shape) {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, one) => product * one, 1));
  return (i) => {
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (i % shape[axis]) * strides[axis];
      i = Math.floor(i / shape[axis]);
    }
    return place;
  };
}
