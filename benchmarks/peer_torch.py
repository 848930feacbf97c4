#!/usr/bin/env python3
"""The training steps of agon's benchmark configs in PyTorch, for a ratio measured in one sitting.

    python3 -m venv peer && peer/bin/pip install torch
    peer/bin/python benchmarks/peer_torch.py MODEL [--mode MODE] [--batch N] [--steps N] [--shared] [--threads N] [--json]

MODEL                                                          agon's config
  mlp_gan     perceptrons on 28x28 pictures, batch 16           configs/bench/mlp_gan.yaml
  conv_gan28  5x5 kernels on 28x28 pictures, batch 64           configs/bench/conv_gan28.yaml
  dcgan64     DCGAN on 3x64x64 pictures, batch 64               configs/bench/dcgan64.yaml
  vae_conv    convolutional VAE on 28x28 pictures, batch 128    configs/vae/conv.yaml
  wgan_gp     WGAN-GP, five critic turns a step, batch 64       configs/wgan/gp.yaml
MODE: eager, channels_last, compile, or all of them one after another in this process.
--shared runs a GAN's generator once for both updates (configs/bench/*_shared.yaml).
--width changes the channels of all models but mlp_gan, as `--set width=` does in agon.

Each mode prints its median and least ms/step over 5 repeats, images a second, the seconds from the start of this process to the
end of the mode's first step (of use with one mode alone), and the most memory held so far.
"""
import argparse
import json
import os
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F

REPEATS = 5
REPEAT_SECONDS = 0.7
MODES = ("eager", "channels_last", "compile")


def process_age():
    """Seconds since the system started this process."""
    with open("/proc/self/stat", encoding="ascii") as file:
        started = int(file.read().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")


class Gan:
    """One step: the discriminator's update on real and made pictures, then the generator's."""

    adam = dict(lr=2e-4, betas=(0.5, 0.999))

    def __init__(self, generator, discriminator, noise, picture, batch):
        self.generator, self.discriminator = generator, discriminator
        self.networks = (generator, discriminator)
        self.noise, self.picture, self.batch = noise, picture, batch
        self.range = (-1, 1)
        self.images_per_step = batch

    def prepare(self, compiled, shared):
        wrap = torch.compile if compiled else (lambda f: f)
        self.shared = shared
        self.d_loss, self.d_turn, self.g_turn = wrap(self._d_loss), wrap(self._d_turn), wrap(self._g_turn)
        self.generate, self.logits_loss = wrap(self.generator), wrap(self._logits_loss)
        self.d_optimizer = torch.optim.Adam(self.discriminator.parameters(), fused=True, **self.adam)
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), fused=True, **self.adam)

    def _logits_loss(self, pictures, target):
        logits = self.discriminator(pictures)
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

    def _d_loss(self, real, fake):
        return self._logits_loss(real, 1.0) + self._logits_loss(fake, 0.0)

    def _d_turn(self, real, noise):
        with torch.no_grad():
            fake = self.generator(noise)
        return self._d_loss(real, fake)

    def _g_turn(self, noise):
        return self._logits_loss(self.generator(noise), 1.0)

    def draw(self):
        return torch.randn(self.batch, *self.noise)

    def step(self, real):
        if self.shared:
            fake = self.generate(self.draw())
            self._update(self.d_optimizer, lambda: self.d_loss(real, fake.detach()))
        else:
            self._update(self.d_optimizer, lambda: self.d_turn(real, self.draw()))
        self.discriminator.requires_grad_(False)
        if self.shared:
            self._update(self.g_optimizer, lambda: self.logits_loss(fake, 1.0))
        else:
            self._update(self.g_optimizer, lambda: self.g_turn(self.draw()))
        self.discriminator.requires_grad_(True)

    @staticmethod
    def _update(optimizer, loss):
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        optimizer.step()


def perceptron(*sizes):
    layers = []
    for size_in, size_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(size_in, size_out), nn.LeakyReLU(0.2)]
    return layers[:-1]


def mlp_gan(batch, _width):
    generator = nn.Sequential(*perceptron(100, 128, 256, 512, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))
    discriminator = nn.Sequential(nn.Flatten(), *perceptron(784, 512, 256, 128, 1))
    return Gan(generator, discriminator, (100,), (1, 28, 28), batch or 16)


def conv_gan28(batch, width):
    w = width or 64
    up = dict(kernel_size=5, stride=2, padding=2, output_padding=1)
    down = dict(kernel_size=5, stride=2, padding=2)
    generator = nn.Sequential(
        nn.Linear(100, 49 * 2 * w), nn.Unflatten(1, (2 * w, 7, 7)), nn.BatchNorm2d(2 * w), nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(2 * w, w, **up), nn.BatchNorm2d(w), nn.LeakyReLU(0.2), nn.ConvTranspose2d(w, 1, **up), nn.Tanh())
    discriminator = nn.Sequential(
        nn.Conv2d(1, w // 2, **down), nn.LeakyReLU(0.2), nn.Conv2d(w // 2, w, **down), nn.BatchNorm2d(w), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(49 * w, 1))
    return Gan(generator, discriminator, (100,), (1, 28, 28), batch or 64)


def dcgan64(batch, width):
    w = width or 64
    half = dict(kernel_size=4, stride=2, padding=1, bias=False)
    up = [layer for i, o in ((8 * w, 4 * w), (4 * w, 2 * w), (2 * w, w))
          for layer in (nn.ConvTranspose2d(i, o, **half), nn.BatchNorm2d(o), nn.ReLU())]
    down = [layer for i, o in ((w, 2 * w), (2 * w, 4 * w), (4 * w, 8 * w))
            for layer in (nn.Conv2d(i, o, **half), nn.BatchNorm2d(o), nn.LeakyReLU(0.2))]
    generator = nn.Sequential(nn.ConvTranspose2d(100, 8 * w, 4, bias=False), nn.BatchNorm2d(8 * w), nn.ReLU(), *up,
                              nn.ConvTranspose2d(w, 3, **half), nn.Tanh())
    discriminator = nn.Sequential(nn.Conv2d(3, w, **half), nn.LeakyReLU(0.2), *down, nn.Conv2d(8 * w, 1, 4, bias=False), nn.Flatten())
    return Gan(generator, discriminator, (100, 1, 1), (3, 64, 64), batch or 64)


class VaeConv:
    """One update of encoder and decoder."""

    def __init__(self, batch, width):
        w = width or 32
        half = dict(kernel_size=4, stride=2, padding=1)
        self.encoder = nn.Sequential(nn.Conv2d(1, w, **half), nn.ReLU(), nn.Conv2d(w, 2 * w, **half), nn.ReLU(), nn.Flatten(),
                                     nn.Linear(98 * w, 8 * w), nn.ReLU())
        self.mu, self.logvar = nn.Linear(8 * w, 20), nn.Linear(8 * w, 20)
        self.decoder = nn.Sequential(nn.Linear(20, 8 * w), nn.ReLU(), nn.Linear(8 * w, 98 * w), nn.ReLU(), nn.Unflatten(1, (2 * w, 7, 7)),
                                     nn.ConvTranspose2d(2 * w, w, **half), nn.ReLU(), nn.ConvTranspose2d(w, 1, **half))
        self.networks = (self.encoder, self.mu, self.logvar, self.decoder)
        self.picture, self.range = (1, 28, 28), (0, 1)
        self.batch = self.images_per_step = batch or 128

    def prepare(self, compiled, _shared):
        self.loss = torch.compile(self._loss) if compiled else self._loss
        parameters = [p for network in self.networks for p in network.parameters()]
        self.optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)

    def _loss(self, pictures, noise):
        hidden = self.encoder(pictures)
        mu, logvar = self.mu(hidden), self.logvar(hidden)
        again = self.decoder(mu + torch.exp(0.5 * logvar) * noise)
        examples = pictures.shape[0]
        reconstruction = F.binary_cross_entropy_with_logits(again, pictures, reduction="sum") / examples
        return reconstruction + 0.5 * (mu.square() + logvar.exp() - logvar - 1).sum() / examples

    def step(self, pictures):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(pictures, torch.randn(self.batch, 20)).backward()
        self.optimizer.step()


class SameConv(nn.Module):
    """5x5, stride 2, TensorFlow's "same": one zero more at the end than at the beginning."""

    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 5, 2)

    def forward(self, x):
        return self.conv(F.pad(x, (1, 2, 1, 2)))


class SameConvTranspose(nn.Module):
    """The gradient of SameConv: twice the size."""

    def __init__(self, channels_in, channels_out, bias):
        super().__init__()
        self.conv = nn.ConvTranspose2d(channels_in, channels_out, 5, 2, padding=1, bias=bias)

    def forward(self, x):
        return self.conv(x)[:, :, :-1, :-1]


class WganGp:
    """Five updates of the critic on fresh pictures and noise, then one of the generator."""

    critic_turns = 5
    adam = dict(lr=1e-4, betas=(0.0, 0.9))

    def __init__(self, batch, width):
        w = width or 32
        self.generator = nn.Sequential(
            nn.Linear(64, 98 * w, bias=False), nn.Unflatten(1, (2 * w, 7, 7)), nn.BatchNorm2d(2 * w), nn.ReLU(),
            SameConvTranspose(2 * w, w, False), nn.BatchNorm2d(w), nn.ReLU(), SameConvTranspose(w, 1, True), nn.Tanh())
        self.critic = nn.Sequential(SameConv(1, w), nn.LeakyReLU(0.2), SameConv(w, 2 * w), nn.LeakyReLU(0.2), nn.Flatten(),
                                    nn.Linear(98 * w, 1))
        self.networks = (self.generator, self.critic)
        self.picture, self.range = (1, 28, 28), (-1, 1)
        self.batch = batch or 64
        self.images_per_step = self.critic_turns * self.batch

    def prepare(self, compiled, _shared):
        # a second derivative is beyond torch.compile: only the generator's turn is compiled
        self.generate = torch.compile(self.generator) if compiled else self.generator
        self.g_loss = torch.compile(self._g_loss) if compiled else self._g_loss
        self.c_optimizer = torch.optim.Adam(self.critic.parameters(), fused=True, **self.adam)
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), fused=True, **self.adam)
        with torch.no_grad():
            self.average = [p.clone() for p in self.generator.parameters()]

    def _g_loss(self, noise):
        return -self.critic(self.generator(noise)).mean()

    def _update_critic(self, real, fake):
        mix = torch.lerp(fake, real, torch.rand(self.batch, 1, 1, 1)).requires_grad_(True)
        gradient, = torch.autograd.grad(self.critic(mix).sum(), mix, create_graph=True)
        penalty = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
        self.c_optimizer.zero_grad(set_to_none=True)
        (self.critic(fake).mean() - self.critic(real).mean() + 10 * penalty).backward()
        self.c_optimizer.step()

    def step(self, real):
        for _ in range(self.critic_turns):
            with torch.no_grad():
                fake = self.generate(torch.randn(self.batch, 64))
            self._update_critic(real, fake)
        self.critic.requires_grad_(False)
        self.g_optimizer.zero_grad(set_to_none=True)
        self.g_loss(torch.randn(self.batch, 64)).backward()
        self.g_optimizer.step()
        self.critic.requires_grad_(True)
        torch._foreach_lerp_(self.average, list(self.generator.parameters()), 1e-3)


MODELS = {"mlp_gan": mlp_gan, "conv_gan28": conv_gan28, "dcgan64": dcgan64, "vae_conv": VaeConv, "wgan_gp": WganGp}


def measure(args, mode):
    torch.manual_seed(0)
    model = MODELS[args.model](args.batch, args.width)
    low, high = model.range
    batches = [torch.rand(model.batch, *model.picture) * (high - low) + low for _ in range(4)]
    if mode == "channels_last":
        for network in model.networks:
            network.to(memory_format=torch.channels_last)
        batches = [batch.contiguous(memory_format=torch.channels_last) for batch in batches]
    model.prepare(mode == "compile", args.shared)

    def run(steps):
        begin = time.perf_counter()
        for i in range(steps):
            model.step(batches[i % len(batches)])
        return (time.perf_counter() - begin) / steps

    run(1)
    first = process_age()
    seconds = min(run(2) for _ in range(3))
    steps = args.steps or max(1, round(REPEAT_SECONDS / seconds))
    times = sorted(run(steps) for _ in range(REPEATS))
    median = times[REPEATS // 2]
    return {"model": args.model + ("_shared" if args.shared else ""), "batch": model.batch, "mode": mode, "threads": torch.get_num_threads(),
            "parameters": [sum(p.numel() for p in network.parameters()) for network in model.networks],
            "ms_per_step": {"median": 1e3 * median, "min": 1e3 * times[0]}, "images_per_second": model.images_per_step / median,
            "first_step_seconds": first, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "torch": torch.__version__}


def text(row):
    return (f"{row['model']:14s} batch {row['batch']:<4d} {row['mode']:14s} median {row['ms_per_step']['median']:9.3f} ms/step  "
            f"min {row['ms_per_step']['min']:9.3f}  {row['images_per_second']:9.0f} images/s  "
            f"first step {row['first_step_seconds']:6.2f} s  peak {row['peak_bytes'] / 2**20:7.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=list(MODELS))
    parser.add_argument("--mode", default="all", choices=[*MODES, "all"])
    parser.add_argument("--batch", type=int)
    parser.add_argument("--width", type=int)
    parser.add_argument("--steps", type=int, help="in a repeat (some 0.7 s of them)")
    parser.add_argument("--shared", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.shared and args.model not in ("mlp_gan", "conv_gan28", "dcgan64"):
        parser.error("--shared is for the GANs mlp_gan, conv_gan28 and dcgan64")
    if args.threads:
        torch.set_num_threads(args.threads)
    for mode in MODES if args.mode == "all" else (args.mode,):
        row = measure(args, mode)
        print(json.dumps(row) if args.json else text(row), flush=True)


if __name__ == "__main__":
    main()
