#!/usr/bin/env python3
"""Writes tests/peer/*.safetensors: two training steps of three shipped configs at small size and of words.yaml, computed by PyTorch.

    python3 -m venv peer && peer/bin/pip install torch numpy && peer/bin/python tests/peer/step_vectors.py

Each file holds the pictures of both steps (batch.0, batch.1), every variable before (before.<name>) and after
(after.<name>), in PyTorch's shapes, and the losses of each step (loss.<step>.<name>). Everything is computed in float64 from
float32 beginnings, so that the file is the truth and the difference is ours. Random numbers are made here from their definition
(SHA-256 key, Philox4x32-10 counter, inverse normal distribution), not taken from the program.
"""
import hashlib
import json
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
SEED = 1
STEPS = 2


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def normal(stream, step, shape):
    """Draw 0 of `step`, as float32 values in float64."""
    key = struct.unpack("<II", hashlib.sha256(f"agon-random/1/{SEED}/{stream}".encode()).digest()[:8])
    count = int(np.prod(shape))
    words = [w for block in range((count + 3) // 4) for w in philox((block, 0, step, 0), key)][:count]
    uniform = (torch.tensor(words, dtype=torch.float64) + 0.5) / 2.0**32
    return torch.special.ndtri(uniform).float().double().reshape(shape)


class Net:
    """Named parameters and running statistics, float64."""

    def __init__(self, name, rng, parameters, norms):
        self.name = name
        self.p = {k: torch.tensor(rng.uniform(-s, s, shape).astype(np.float32)).double().requires_grad_() for k, (shape, s) in parameters.items()}
        self.stats = {}
        for layer, channels in norms.items():
            self.p[layer + ".weight"] = torch.tensor(rng.uniform(0.5, 1.5, channels).astype(np.float32)).double().requires_grad_()
            self.p[layer + ".bias"] = torch.tensor(rng.uniform(-0.5, 0.5, channels).astype(np.float32)).double().requires_grad_()
            self.stats[layer + ".running_mean"] = torch.zeros(channels, dtype=torch.float64)
            self.stats[layer + ".running_var"] = torch.ones(channels, dtype=torch.float64)
        self.moves = []

    def __getitem__(self, key):
        return self.p[key]

    def batch_norm(self, layer, x):
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        n = x.numel() / x.shape[1]
        self.moves.append((layer, mean.detach(), (var * n / (n - 1)).detach()))
        y = (x - mean[None, :, None, None]) / torch.sqrt(var + 1e-5)[None, :, None, None]
        return y * self[layer + ".weight"][None, :, None, None] + self[layer + ".bias"][None, :, None, None]

    def move_statistics(self, calls):
        for layer, mean, var in calls:
            for part, value in (("mean", mean), ("var", var)):
                key = f"{layer}.running_{part}"
                self.stats[key] = 0.9 * self.stats[key] + 0.1 * value

    def state(self):
        both = {**self.p, **self.stats}
        return {f"{self.name}.{k}": v.detach().clone() for k, v in both.items()}


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def same_conv(x, w, b):  # 5x5, stride 2, as TensorFlow's `same`: the odd pixel at the end
    return F.conv2d(F.pad(x, (1, 2, 1, 2)), w, b, stride=2)


def same_conv_transpose(x, w, b):
    y = F.conv_transpose2d(x, w, b, stride=2, padding=1)
    return y[:, :, : 2 * x.shape[2], : 2 * x.shape[3]]


class Averages:
    def __init__(self, net):
        self.net, self.values, self.t = net, net.state(), 0

    def move(self):
        self.t += 1
        decay = min(0.999, (1 + self.t) / (10 + self.t))
        for key, new in self.net.state().items():
            self.values[key] = decay * self.values[key] + (1 - decay) * new

    def state(self):
        return {"average/" + k: v for k, v in self.values.items()}


def gan_step(generator, discriminator, g, d, averages, optimizers, real, z):
    """Turn d, then turn g: one draw, one forward pass of the generator; statistics move only in turns that update the network."""
    g.moves, d.moves = [], []
    fake = generator(z)
    loss_d = bce(discriminator(real), 1.0) + bce(discriminator(fake), 0.0)
    grads = torch.autograd.grad(loss_d, list(d.p.values()), retain_graph=True)
    apply(optimizers[0], d, grads)
    d.move_statistics(d.moves)
    loss_g = bce(discriminator(fake), 1.0)
    grads = torch.autograd.grad(loss_g, list(g.p.values()))
    apply(optimizers[1], g, grads)
    g.move_statistics(g.moves)
    averages.move()
    return {"d": loss_d.detach(), "g": loss_g.detach()}


def apply(optimizer, net, grads):
    """New tensors instead of new values in place: the generator's graph still needs the old discriminator's."""
    fresh = {k: v.detach().clone().requires_grad_() for k, v in net.p.items()}
    for group, values in zip(optimizer.param_groups, [list(fresh.values())]):
        for old, new, grad in zip(list(group["params"]), values, grads):
            new.grad = grad
            if old in optimizer.state:
                optimizer.state[new] = optimizer.state.pop(old)
        group["params"] = values
    optimizer.step()
    net.p = {k: v.detach().requires_grad_() for k, v in fresh.items()}
    for group in optimizer.param_groups:
        for old, new in zip(list(group["params"]), net.p.values()):
            optimizer.state[new] = optimizer.state.pop(old)
        group["params"] = list(net.p.values())


def adam(net, lr, betas):
    return torch.optim.Adam(list(net.p.values()), lr=lr, betas=betas)


def gan_conv():
    rng, width, batch, latent = np.random.default_rng(7), 4, 5, 6
    g = Net("generator", rng, {
        "dense1.weight": ((49 * 2 * width, latent), 0.4),
        "conv_transpose1.weight": ((2 * width, width, 5, 5), 0.1),
        "conv_transpose2.weight": ((width, 1, 5, 5), 0.1), "conv_transpose2.bias": ((1,), 0.1)},
        {"batch_norm1": 2 * width, "batch_norm2": width})
    d = Net("discriminator", rng, {
        "conv1.weight": ((width // 2, 1, 5, 5), 0.2), "conv1.bias": ((width // 2,), 0.1),
        "conv2.weight": ((width, width // 2, 5, 5), 0.1),
        "dense1.weight": ((1, 49 * width), 0.1), "dense1.bias": ((1,), 0.1)}, {"batch_norm1": width})

    def generator(z):
        h = F.linear(z, g["dense1.weight"]).reshape(-1, 2 * width, 7, 7)
        h = F.leaky_relu(g.batch_norm("batch_norm1", h), 0.2)
        h = same_conv_transpose(h, g["conv_transpose1.weight"], None)
        h = F.leaky_relu(g.batch_norm("batch_norm2", h), 0.2)
        return torch.tanh(same_conv_transpose(h, g["conv_transpose2.weight"], g["conv_transpose2.bias"]))

    def discriminator(x):
        h = F.leaky_relu(same_conv(x, d["conv1.weight"], d["conv1.bias"]), 0.2)
        h = F.leaky_relu(d.batch_norm("batch_norm1", same_conv(h, d["conv2.weight"], None)), 0.2)
        return F.linear(h.flatten(1), d["dense1.weight"], d["dense1.bias"])

    return run_gan("gan_conv", rng, g, d, generator, discriminator, (batch, 1, 28, 28), latent)


def dcgan_faces64():
    rng, width, batch, latent = np.random.default_rng(8), 2, 4, 5
    ups = [(8 * width, 4 * width), (4 * width, 2 * width), (2 * width, width)]
    downs = [(width, 2 * width), (2 * width, 4 * width), (4 * width, 8 * width)]
    g = Net("generator", rng, {
        "dense1.weight": ((16 * 8 * width, latent), 0.4),
        **{f"up{i}/conv_transpose1.weight": ((a, b, 4, 4), 0.15) for i, (a, b) in enumerate(ups, 1)},
        "conv_transpose1.weight": ((width, 3, 4, 4), 0.2), "conv_transpose1.bias": ((3,), 0.1)},
        {"batch_norm1": 8 * width, **{f"up{i}/batch_norm1": b for i, (a, b) in enumerate(ups, 1)}})
    d = Net("discriminator", rng, {
        "conv1.weight": ((width, 3, 4, 4), 0.15), "conv1.bias": ((width,), 0.1),
        **{f"down{i}/conv1.weight": ((b, a, 4, 4), 0.15) for i, (a, b) in enumerate(downs, 1)},
        "dense1.weight": ((1, 16 * 8 * width), 0.1), "dense1.bias": ((1,), 0.1)},
        {f"down{i}/batch_norm1": b for i, (a, b) in enumerate(downs, 1)})

    def generator(z):
        h = F.linear(z, g["dense1.weight"]).reshape(-1, 8 * width, 4, 4)
        h = F.relu(g.batch_norm("batch_norm1", h))
        for i in (1, 2, 3):
            h = F.conv_transpose2d(h, g[f"up{i}/conv_transpose1.weight"], None, stride=2, padding=1)
            h = F.relu(g.batch_norm(f"up{i}/batch_norm1", h))
        return torch.tanh(F.conv_transpose2d(h, g["conv_transpose1.weight"], g["conv_transpose1.bias"], stride=2, padding=1))

    def discriminator(x):
        h = F.leaky_relu(F.conv2d(x, d["conv1.weight"], d["conv1.bias"], stride=2, padding=1), 0.2)
        for i in (1, 2, 3):
            h = d.batch_norm(f"down{i}/batch_norm1", F.conv2d(h, d[f"down{i}/conv1.weight"], None, stride=2, padding=1))
            h = F.leaky_relu(h, 0.2)
        return F.linear(h.flatten(1), d["dense1.weight"], d["dense1.bias"])

    return run_gan("dcgan_faces64", rng, g, d, generator, discriminator, (batch, 3, 64, 64), latent)


def run_gan(name, rng, g, d, generator, discriminator, shape, latent):
    averages = Averages(g)
    optimizers = [adam(d, 2e-4, (0.5, 0.999)), adam(g, 2e-4, (0.5, 0.999))]
    tensors = {"before." + k: v for k, v in {**g.state(), **d.state()}.items()}
    for step in range(STEPS):
        real = torch.tensor(rng.uniform(-1, 1, shape).astype(np.float32)).double()
        tensors[f"batch.{step}"] = real
        losses = gan_step(generator, discriminator, g, d, averages, optimizers, real, normal("step.z/normal1", step, (shape[0], latent)))
        tensors.update({f"loss.{step}.{k}": v for k, v in losses.items()})
    tensors.update({"after." + k: v for k, v in {**g.state(), **d.state(), **averages.state()}.items()})
    write(name, tensors)


def vae_conv():
    rng, width, batch, latent = np.random.default_rng(9), 2, 5, 3
    shapes = {
        "encoder": {"conv1": ((width, 1, 4, 4), 0.3), "conv2": ((2 * width, width, 4, 4), 0.2), "dense1": ((8 * width, 49 * 2 * width), 0.1),
                    "mu/dense1": ((latent, 8 * width), 0.3), "logvar/dense1": ((latent, 8 * width), 0.1)},
        "decoder": {"dense1": ((8 * width, latent), 0.5), "dense2": ((49 * 2 * width, 8 * width), 0.2),
                    "conv_transpose1": ((2 * width, width, 4, 4), 0.2), "conv_transpose2": ((width, 1, 4, 4), 0.2)}}

    def parameters(layers):
        result = {}
        for layer, (shape, scale) in layers.items():
            result[layer + ".weight"] = (shape, scale)
            result[layer + ".bias"] = ((shape[1] if "transpose" in layer else shape[0],), 0.1)
        return result
    e = Net("encoder", rng, parameters(shapes["encoder"]), {})
    d = Net("decoder", rng, parameters(shapes["decoder"]), {})

    def linear(net, layer, x):
        return F.linear(x, net[layer + ".weight"], net[layer + ".bias"])

    optimizer = torch.optim.Adam(list(e.p.values()) + list(d.p.values()), lr=1e-3)
    tensors = {"before." + k: v for k, v in {**e.state(), **d.state()}.items()}
    for step in range(STEPS):
        x = torch.tensor(rng.uniform(0, 1, (batch, 1, 28, 28)).astype(np.float32)).double()
        tensors[f"batch.{step}"] = x
        h = F.relu(F.conv2d(x, e["conv1.weight"], e["conv1.bias"], stride=2, padding=1))
        h = F.relu(F.conv2d(h, e["conv2.weight"], e["conv2.bias"], stride=2, padding=1))
        h = F.relu(linear(e, "dense1", h.flatten(1)))
        mu, logvar = linear(e, "mu/dense1", h), linear(e, "logvar/dense1", h)
        z = mu + torch.exp(0.5 * logvar) * normal("step.again/normal1", step, (batch, latent))
        h = F.relu(linear(d, "dense2", F.relu(linear(d, "dense1", z)))).reshape(-1, 2 * width, 7, 7)
        h = F.relu(F.conv_transpose2d(h, d["conv_transpose1.weight"], d["conv_transpose1.bias"], stride=2, padding=1))
        again = F.conv_transpose2d(h, d["conv_transpose2.weight"], d["conv_transpose2.bias"], stride=2, padding=1)
        reconstruction = F.binary_cross_entropy_with_logits(again, x, reduction="sum") / batch
        kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum() / batch
        loss = reconstruction + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for key, value in (("reconstruction", reconstruction), ("kl", kl), ("elbo", loss)):
            tensors[f"loss.{step}.{key}"] = value.detach()
    tensors.update({"after." + k: v for k, v in {**e.state(), **d.state()}.items()})
    write("vae_conv", tensors)


class Spectral(Net):
    """A network whose weights of `matrices` {layer: dim} are divided by their largest singular values."""

    def __init__(self, name, rng, parameters, matrices):
        super().__init__(name, rng, parameters, {})
        self.matrices = matrices
        for layer in matrices:
            rows, columns = self.matrix(layer).shape
            for part, size in (("_u", rows), ("_v", columns)):
                start = torch.tensor(rng.normal(size=size)).double()
                self.stats[layer + part] = F.normalize(start, dim=0).float().double()

    def matrix(self, weight):  # as torch.nn.utils.spectral_norm sees it
        w, dim = self[weight], self.matrices[weight]
        return w.permute(dim, *[d for d in range(w.dim()) if d != dim]).flatten(1)

    def iterate(self):
        for weight in self.matrices:
            m = self.matrix(weight).detach()
            self.stats[weight + "_v"] = F.normalize(m.T @ self.stats[weight + "_u"], dim=0, eps=1e-12)
            self.stats[weight + "_u"] = F.normalize(m @ self.stats[weight + "_v"], dim=0, eps=1e-12)

    def w(self, layer):
        key = layer + ".weight"
        return self[key] / (self.stats[key + "_u"] @ self.matrix(key) @ self.stats[key + "_v"])

    def b(self, layer):
        return self[layer + ".bias"]

    def descend(self, loss, lr):
        grads = torch.autograd.grad(loss, list(self.p.values()), retain_graph=True)
        self.p = {k: (v - lr * g).detach().requires_grad_() for (k, v), g in zip(self.p.items(), grads)}


def as_pytorch_has_it(net, weight, module):
    """Checks Spectral against PyTorch's own: the same weight and vectors after its iteration."""
    module = torch.nn.utils.spectral_norm(module.double())
    with torch.no_grad():
        module.weight_orig.copy_(net[weight])
        module.weight_u.copy_(net.stats[weight + "_u"])
        module.weight_v.copy_(net.stats[weight + "_v"])
    for hook in module._forward_pre_hooks.values():
        hook(module, None)
    normalised = module.weight.detach()
    net.iterate()
    assert torch.allclose(normalised, net.w(weight.removesuffix(".weight")).detach(), rtol=1e-12), weight


def words():
    rng, width, batch, latent, lr = np.random.default_rng(10), 4, 4, 6, 0.05
    f, c = "self_attention1.", width
    g = Spectral("generator", rng, {
        "dense1.weight": ((49 * 2 * c, latent), 0.4), "dense1.bias": ((49 * 2 * c,), 0.2),
        "group_norm1.weight": ((2 * c,), 1), "group_norm1.bias": ((2 * c,), 0.5),
        "conv_transpose1.weight": ((2 * c, c, 4, 4), 0.2), "conv_transpose1.bias": ((c,), 0.1),
        "instance_norm1.weight": ((c,), 1), "instance_norm1.bias": ((c,), 0.5), "prelu1.weight": ((c,), 0.5),
        f + "f.weight": ((2, c, 1, 1), 0.5), f + "f.bias": ((2,), 0.2), f + "g.weight": ((2, c, 1, 1), 0.5), f + "g.bias": ((2,), 0.2),
        f + "h.weight": ((c, c, 1, 1), 0.5), f + "h.bias": ((c,), 0.2), f + "gamma": ((1,), 0.5),
        "conv1.weight": ((1, c, 3, 3), 0.2), "conv1.bias": ((1,), 0.1)},
        {"dense1.weight": 0, "conv_transpose1.weight": 1, f + "f.weight": 0, f + "g.weight": 0, f + "h.weight": 0})
    d = Spectral("discriminator", rng, {
        "conv1.weight": ((c, 1, 4, 4), 0.2), "conv1.bias": ((c,), 0.1),
        "conv2.weight": ((2 * c, c + 1, 3, 3), 0.2), "conv2.bias": ((2 * c,), 0.1),
        "layer_norm1.weight": ((2 * c, 7, 7), 1), "layer_norm1.bias": ((2 * c, 7, 7), 0.2),
        "dense1.weight": ((1, 49 * 2 * c), 0.1), "dense1.bias": ((1,), 0.1)},
        {"conv1.weight": 0, "conv2.weight": 0, "dense1.weight": 0})
    tensors = {"before." + k: v for k, v in {**g.state(), **d.state()}.items()}
    binomial = torch.outer(torch.tensor([1.0, 2, 1]), torch.tensor([1.0, 2, 1])).double().expand(c, 1, 3, 3) / 16

    def attention(x):
        n, h, w = x.shape[0], x.shape[2], x.shape[3]
        a, b, v = (F.conv2d(x, g.w(f + k), g.b(f + k)).flatten(2) for k in "fgh")
        shares = torch.softmax(b.transpose(1, 2) @ a, dim=2)  # [n, where to, where from]
        return x + g[f + "gamma"] * (v @ shares.transpose(1, 2)).reshape(n, c, h, w)

    def generator(z):
        h = F.linear(z, g.w("dense1"), g.b("dense1")).reshape(-1, 2 * c, 7, 7)
        h = F.relu(F.group_norm(h, 2, g["group_norm1.weight"], g["group_norm1.bias"]))
        h = F.conv_transpose2d(h, g.w("conv_transpose1"), g.b("conv_transpose1"), stride=2, padding=1)
        h = F.prelu(F.instance_norm(h, weight=g["instance_norm1.weight"], bias=g["instance_norm1.bias"]), g["prelu1.weight"])
        h = F.interpolate(attention(h), scale_factor=2, mode="bilinear", align_corners=False)
        h = F.pad(F.conv2d(h, binomial, padding=1, groups=c), (1, 1, 1, 1), mode="reflect")
        return torch.tanh(F.conv2d(h, g["conv1.weight"], g["conv1.bias"]))

    def deviation(x):  # groups of 2: examples i and i + batch / 2
        spread = x.reshape(2, batch // 2, *x.shape[1:])
        each = torch.sqrt(spread.var(0, unbiased=False) + 1e-8).mean((1, 2, 3)).repeat(2)
        return torch.cat([x, each[:, None, None, None].expand(-1, 1, *x.shape[2:])], 1)

    def discriminator(x):
        h = deviation(F.leaky_relu(F.conv2d(x, d.w("conv1"), d.b("conv1"), stride=2, padding=1), 0.2))
        h = F.conv2d(h, d.w("conv2"), d.b("conv2"), stride=2, padding=1)
        h = F.leaky_relu(F.layer_norm(h, h.shape[1:], d["layer_norm1.weight"], d["layer_norm1.bias"]), 0.2)
        return F.linear(h.flatten(1), d.w("dense1"), d.b("dense1"))

    def total_variation(x):
        return (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean() + (x[:, :, 1:] - x[:, :, :-1]).abs().mean()

    for step in range(STEPS):
        real = torch.tensor(rng.uniform(-1, 1, (batch, 1, 28, 28)).astype(np.float32)).double()
        tensors[f"batch.{step}"] = real
        fake = generator(normal("step.z/normal1", step, (batch, latent)))  # with the vectors kept so far
        d.iterate()
        loss_d = F.relu(1 - discriminator(real)).mean() + F.relu(1 + discriminator(fake)).mean()
        d.descend(loss_d, lr)
        g.iterate()
        small = F.interpolate(fake, size=(20, 20), mode="bicubic", align_corners=False)
        loss_g = 0.1 * total_variation(small) - discriminator(fake).mean()
        g.descend(loss_g, lr)
        tensors.update({f"loss.{step}.d": loss_d.detach(), f"loss.{step}.g": loss_g.detach()})
    tensors.update({"after." + k: v for k, v in {**g.state(), **d.state()}.items()})
    write("words", tensors)
    as_pytorch_has_it(d, "conv2.weight", torch.nn.Conv2d(c + 1, 2 * c, 3))
    as_pytorch_has_it(g, "conv_transpose1.weight", torch.nn.ConvTranspose2d(2 * c, c, 4))
    as_pytorch_has_it(g, "dense1.weight", torch.nn.Linear(latent, 49 * 2 * c))


def write(name, tensors):
    """As safetensors, float32 (safetensors' format description: 8 bytes of header length, JSON, raw values)."""
    header, data = {}, b""
    for key in sorted(tensors):
        raw = tensors[key].detach().float().contiguous().numpy().tobytes()
        header[key] = {"dtype": "F32", "shape": list(tensors[key].shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = HERE / f"{name}.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    gan_conv()
    dcgan_faces64()
    vae_conv()
    words()
