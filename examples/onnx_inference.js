/* An exported generator in Node: onnxruntime-node, and the bundle's own latents.js. The images are those of the same seed
 * in Python.
 *
 *   npm install onnxruntime-node
 *   node onnx_inference.js digits-generator 16 0 images.ppm      # a bundle, how many, the seed, a picture
 *
 * In a page the same lines run with onnxruntime-web: load its script and latents.js, and use `ort.InferenceSession`.
 */
"use strict";

const fs = require("fs");
const path = require("path");
const ort = require("onnxruntime-node");

/** Images of a seed: `{ data, dims }`, float32 of (count, height, width, channels), of each class in turn. */
async function sample(bundle, count, seed) {
  const { drawLatents } = require(path.resolve(bundle, "latents.js"));
  const card = JSON.parse(fs.readFileSync(path.join(bundle, "card.json"), "utf8"));
  const latentDim = card.inputs.latents.shape.at(-1);
  const latents = drawLatents(card.latent_distribution, count, latentDim, seed, card.latent_arguments);
  const feeds = { latents: new ort.Tensor("float32", latents, [count, latentDim]) };
  if (card.num_classes) {
    const labels = BigInt64Array.from({ length: count }, (_, row) => BigInt(row % card.num_classes));
    feeds.labels = new ort.Tensor("int64", labels, [count]);
  } else if (card.num_tags) {
    const tags = new Float32Array(count * card.num_tags);
    for (let row = 0; row < count; row++) tags[row * card.num_tags + (row % card.num_tags)] = 1;
    feeds.labels = new ort.Tensor("float32", tags, [count, card.num_tags]);
  }
  const session = await ort.InferenceSession.create(path.join(bundle, "generator.onnx"));
  const outputs = await session.run(feeds);
  return outputs[session.outputNames[0]];
}

/** Writes images below each other as a PPM picture; those of one channel in grey. */
function writePicture(out, { data, dims }, [low, high]) {
  const [count, height, width, channels] = dims;
  const pixels = Buffer.alloc(count * height * width * 3);
  for (let i = 0; i < count * height * width; i++) {
    for (let c = 0; c < 3; c++) {
      const value = data[i * channels + Math.min(c, channels - 1)];
      pixels[3 * i + c] = Math.max(0, Math.min(255, Math.round(((value - low) * 255) / (high - low))));
    }
  }
  fs.writeFileSync(out, Buffer.concat([Buffer.from(`P6 ${width} ${count * height} 255\n`), pixels]));
}

async function main([bundle, count, seed, out]) {
  if (out === undefined) throw new Error("usage: node onnx_inference.js BUNDLE COUNT SEED OUT.ppm");
  const images = await sample(bundle, Number(count), Number(seed));
  const card = JSON.parse(fs.readFileSync(path.join(bundle, "card.json"), "utf8"));
  writePicture(out, images, card.value_range);
}

module.exports = { sample, writePicture };
if (require.main === module) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
