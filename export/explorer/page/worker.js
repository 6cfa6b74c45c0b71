/* Runs the network, beside the page, so that sliders stay fluid while it computes. */

import * as ort from "./runtime/ort.wasm.bundle.min.mjs";
import { melSpectrogram } from "./mel.js";
import { channelsFirst, channelsLast, toPictures } from "./pixels.js";

let session = null;
let facts = null;

/** The content of a file; says how many bytes have come. */
async function fetched(name, came) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`Expected ${name} beside the page. Received: status ${response.status}.`);
  const parts = [];
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(value);
    came(value.length);
  }
}

async function open(about) {
  facts = about;
  const total = facts.bytes.network + facts.bytes.runtime;
  let loaded = 0;
  const came = (bytes) => postMessage({ loaded: Math.min((loaded += bytes) / total, 1) });
  const [runtime, network] = await Promise.all([
    fetched("runtime/ort-wasm-simd-threaded.wasm", came),
    fetched("generator.onnx", came),
  ]);
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1; // more need headers that few static hosts send
  ort.env.wasm.wasmBinary = runtime.buffer;
  session = await ort.InferenceSession.create(network, { executionProviders: ["wasm"], logSeverityLevel: 3 });
}

function feedsOf({ count, latents, labels, psi, offsets, image, array, shape }) {
  if (array) return { [facts.input]: new ort.Tensor("float32", array, shape) };
  if (image) return { [facts.input]: pictureOf(image, shape) };
  const feeds = { latents: new ort.Tensor("float32", latents, [count, facts.latents.size]) };
  if (facts.classes) feeds.labels = new ort.Tensor("int64", BigInt64Array.from(labels, BigInt), [count]);
  if (facts.tags) feeds.labels = new ort.Tensor("float32", Float32Array.from(labels), [count, facts.tags.length]);
  if (facts.truncation === "styles") {
    feeds.truncation_psi = new ort.Tensor("float32", new Float32Array(count).fill(psi), [count]);
  }
  if (facts.styleSize) feeds.style_offset = new ort.Tensor("float32", offsets, [count, facts.styleSize]);
  return feeds;
}

/** Pixels of (batch, height, width, channels) in the range of the network, in the form that its file takes. */
function pictureOf(image, shape) {
  const [values, dims] = facts.layout === "nchw" ? channelsFirst(image, shape) : [image, shape];
  if (facts.pixels !== "uint8") return new ort.Tensor("float32", values, dims);
  const [low, high] = facts.inputRange;
  const levels = Uint8ClampedArray.from(values, (value) => ((value - low) * 255) / (high - low));
  return new ort.Tensor("uint8", new Uint8Array(levels.buffer), dims);
}

/** What the network makes of a picture: (batch, height, width, channels) in its range. */
function restored(drawn) {
  const [values, dims] =
    facts.layout === "nchw" ? channelsLast(drawn.data, drawn.dims) : [drawn.data, [...drawn.dims]];
  if (drawn.type !== "uint8") return { values: Float32Array.from(values), dims };
  const [low, high] = facts.range;
  return { values: Float32Array.from(values, (value) => (value * (high - low)) / 255 + low), dims };
}

async function run(request) {
  if (request.wave) return { mel: melSpectrogram(request.wave, facts.spectrogram) };
  const begun = performance.now();
  const results = await session.run(feedsOf(request));
  const drawn = results[facts.output];
  const milliseconds = performance.now() - begun;
  if (request.array) return { values: drawn.data, dims: [...drawn.dims], milliseconds };
  if (request.image) return { ...restored(drawn), milliseconds };
  const range = drawn.type === "uint8" ? [0, 255] : facts.range;
  const [values, dims] = facts.layout === "nchw" ? channelsLast(drawn.data, drawn.dims) : [drawn.data, drawn.dims];
  return { pictures: toPictures(values, dims, range), milliseconds };
}

self.onmessage = async ({ data }) => {
  try {
    if (data.open) {
      await open(data.open);
      postMessage({ opened: true });
    } else {
      postMessage({ id: data.id, ...(await run(data.request)) });
    }
  } catch (error) {
    postMessage({ id: data.id, error: error instanceof Error ? error.message : String(error) });
  }
};
