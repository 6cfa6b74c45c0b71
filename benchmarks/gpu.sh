#!/usr/bin/env bash
# Times kgan's training steps on a GPU beside PyTorch's: bash benchmarks/gpu.sh FOLDER OUT
# FOLDER is as `python benchmarks/gpu_step.py --out FOLDER` wrote it; OUT gets kgan.json and torch.json, which
# `python benchmarks/gpu_step.py --table OUT/kgan.json OUT/torch.json` prints as tables. It needs jax, torch and numpy, no
# TensorFlow, and ends within eight minutes. Environment: PYTHON, KGAN_SECONDS, TORCH_SECONDS, WAVE, and KGAN_ARGUMENTS
# and TORCH_ARGUMENTS, which are added to the two commands.
set -uo pipefail
folder=${1:?Expected the folder of gpu_step.py --out}
out=${2:?Expected a folder for results}
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
mkdir -p "$out"
first=dcgan-64-b64-float32
"$python" "$here/peers/run_step.py" "$folder" --out "$out/kgan.json" --wave "${WAVE:-4}" --total "${KGAN_SECONDS:-170}" \
    --profile $first r3gan-64-b64-float32 stylegan2-64-b64-float32 wgan-gp-28-b64-float32 ${KGAN_ARGUMENTS:-} \
    2>&1 | tee "$out/kgan.log"
"$python" "$here/peers/torch_step.py" "$folder/games.json" --out "$out/torch.json" --total "${TORCH_SECONDS:-170}" \
    ${TORCH_ARGUMENTS:-} 2>&1 | tee "$out/torch.log"
