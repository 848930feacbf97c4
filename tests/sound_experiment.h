#pragma once
#include <string>

namespace agon {

/// The turns of a GAN: what a discriminator and a generator of z [latent] minimize, each by Adam
/// with the param lr.
inline std::string gan_turns() {
  return R"(step:
  z: normal([batch, latent])
  fake: generator(z)
losses:
  d: bce_with_logits(discriminator(data.image), 1) + bce_with_logits(discriminator(fake), 0)
  g: bce_with_logits(discriminator(fake), 1)
optimizers:
  d: {minimize: d, update: discriminator, adam: {lr: lr}}
  g: {minimize: g, update: generator, adam: {lr: lr}}
)";
}

/// The same of networks g and d over points, every place for a `device` written.
inline std::string point_gan_turns() {
  return R"(step:
  real: {value: data.point * 2, device: auto}
  z: normal([batch, 4])
  fake: g(z)
losses:
  ld: bce_with_logits(d(real), 1) + bce_with_logits(d(fake), 0)
  lg: bce_with_logits(d(fake), 1)
optimizers:
  d: {minimize: ld, update: d, adam: 1e-3}
  g: {minimize: lg, update: g, adam: 1e-3}
)";
}

/// A small experiment without a mistake, for tests to spoil.
inline std::string sound_experiment() {
  return R"(agon: 1
name: t
params: {latent: 8, lr: 1e-3}
data: {source: digits}
networks:
  generator:
    input: {z: [latent]}
    layers:
      - dense: 784
      - reshape: [1, 28, 28]
  discriminator:
    input: {image: data.image}
    layers:
      - flatten
      - dense: 1
)" + gan_turns() +
         R"(train: {steps: 10, batch: 4}
)";
}

/// A GAN on pictures of 8x8, with batch norm, an average and dropout; what is still to be said are
/// training, samples, evaluations and checkpoints.
inline std::string tiny_picture_gan() {
  return R"(
agon: 1
name: tiny
seed: 5
lanes: 2
params: {latent: 4, width: 4, lr: 1e-3}
data: {source: faces, size: 8, count: 100}
networks:
  generator:
    input: {z: [latent]}
    average: 0.9
    layers:
      - dense: 16 * width
      - reshape: [width, 4, 4]
      - batch_norm
      - relu
      - conv_transpose: {filters: data.channels, kernel: 4, stride: 2, padding: 1}
      - tanh
  discriminator:
    input: {image: data.image}
    layers:
      - conv: {filters: width, kernel: 4, stride: 2, padding: 1}
      - leaky_relu: 0.2
      - dropout: 0.3
      - flatten
      - dense: 1
)" + gan_turns();
}

}  // namespace agon
