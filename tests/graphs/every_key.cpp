#include "tests/graphs/every_key.h"

#include "graphs/document/reader.h"
#include "graphs/keys/sections.h"

namespace agon {

const char* const kEveryKey = R"yaml(agon: 1
name: dcgan
about: Deep convolutional GAN, 64x64
paper: https://arxiv.org/abs/1511.06434
seed: 7
device: auto
lanes: 4
precision: float32
determinism: strict
quick: {train.steps: 20}
params: {latent: 100, width: 64, lr: 2e-4}
data:
  source: faces
  path: pictures
  test: others
  size: [64, 2 * width]
  channels: 3
  frames: 8
  style: sketch
  labels: [a.csv, b.csv]
  count: 2000
  range: [0, 1]
  pick: replacement
  augment: [flip, {shift: 4}]
  hold_out: 0.1
  validate: 0.1
blocks:
  up(filters, kernel):
    - conv_transpose: {filters: filters, kernel: kernel}
    - relu
networks:
  generator:
    input: {z: [latent], y: data.label}
    init: normal(std=0.02)
    average: 0.999
    frozen: false
    weights: file.safetensors
    device: cuda:0
    layers:
      - dense: {units: 16 * 8 * width, bias: false}
      - {from: z, when: width > 3, leaky_relu: 0.2, as: h}
      - {relu, as: r}
      - tanh
    outputs: {mu: [{dense: latent}], logvar: [{dense: latent}]}
variables:
  k: {init: 0, shape: [1, width], next: "clip(k, 0, 1)", keep: [-width, 1]}
step:
  z: normal([batch, latent])
  fake: {value: generator(z), device: cuda}
losses:
  d: bce(generator(z), 1)
    + bce(fake, 0)
  g: mean(fake)
optimizers:
  d:
    minimize: d + g
    update: [generator, encoder.head]
    adam: {lr: lr * progress, betas: [0.5, 0.999], eps: 1e-8}
    clip_norm: 1
    weight_decay: 0.1
    keep: [-0.01, 0.01]
  a: {minimize: d, update: x, adamw: {lr: 1, betas: [0, 0], eps: 1}}
  b: {minimize: d, update: x, sgd: 0.1}
  c: {minimize: d, update: x, momentum: {lr: 1, momentum: 0.5}}
  e: {minimize: d, update: x, nesterov: {lr: 1, momentum: 0.5}}
  f: {minimize: d, update: x, rmsprop: {lr: 1, alpha: 0.5, eps: 1}}
train:
  steps: 20000
  epochs: 2.5
  batch: 64
  order: [d * 5, g]
  log: {every: 10, show: [d, g]}
  stages: [{steps: 5, set: {width: 3}, order: d}]
sample: {every: 500, image: [fake, z], grid: 8x10, with: {label: row}, on: test, batch: 8}
evaluate: {every: 9, fake: fake, real: z, on: train, count: 10, batch: 5, repeats: 2, features: net.h, classifier: net, metrics: [fid, kid, {gap: z}]}
checkpoint: {every: 1000, keep: 3, on_error: continue}
health: {every: 50, real: net(x), fake: net(z), code: [m, v], label: y, on_alarm: rollback}
)yaml";

std::string section_findings(const Yaml& document) {
  Diagnostics diagnostics;
  read_experiment_sections(document, diagnostics);
  std::string text;
  for (const Diagnostic& d : diagnostics.sorted()) text += to_text(d) + "\n";
  return text;
}

std::string section_findings(const std::string& text) {
  return section_findings(read_yaml_text(text, "f"));
}

}  // namespace agon
