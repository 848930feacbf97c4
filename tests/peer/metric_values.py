#!/usr/bin/env python3
"""What other programs say of the pictures, features and points that tests/runners/metric_values_test.cpp makes.

    tests/peer/metric_values.py tests/peer/metric_values.json

Needs numpy, scipy, scikit-image, scikit-learn, prdc, pytorch-msssim and POT from PyPI. Inputs are formulas, so
none are stored: `unit` is an integer hash, and everything is rounded to float32.
"""
import hashlib
import json
import math
import sys

import numpy as np
import ot
import prdc
import scipy.linalg
import torch
from pytorch_msssim import ms_ssim
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.metrics.pairwise import polynomial_kernel

MASK = 0xFFFFFFFF


def unit(i):
    x = (i * 2654435761 + 12345) & MASK
    x ^= x >> 15
    x = x * 2246822519 & MASK
    x ^= x >> 13
    x = x * 3266489917 & MASK
    x ^= x >> 16
    return (x >> 8) / 2**24


def pictures(count, height, width, channels):
    real = np.zeros((count, height, width, channels))
    fake = np.zeros_like(real)
    k = 0
    for n in range(count):
        for y in range(height):
            for x in range(width):
                for c in range(channels):
                    wave = 0.7 * math.sin(0.21 * y + 0.5 * n) * math.cos(0.17 * x + 0.9 * c)
                    real[n, y, x, c] = wave + 0.2 * (2 * unit(k) - 1)
                    fake[n, y, x, c] = 0.8 * wave + 0.15 * (2 * unit(k + 7777777) - 1) + 0.05
                    k += 1
    return fake.astype(np.float32).astype(np.float64), real.astype(np.float32).astype(np.float64)


def features(count, size):
    base = np.zeros((2, count, size))
    for side in range(2):
        for i in range(count):
            for j in range(size):
                first = ((side * count + i) * size + j) * 4
                base[side, i, j] = sum(unit(first + t) for t in range(4)) - 2
    fake = 1.2 * base[0] + 0.3 * np.roll(base[0], -2, axis=1) + 0.25
    real = base[1] + 0.5 * np.roll(base[1], -1, axis=1)
    return fake.astype(np.float32).astype(np.float64), real.astype(np.float32).astype(np.float64)


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def directions(size, count, seed=1):
    """Normal numbers of the stream metrics/sliced_wasserstein (Box and Muller), each direction of length 1."""
    digest = hashlib.sha256(f"agon-random/1/{seed}/metrics/sliced_wasserstein".encode()).digest()
    key = (int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little"))
    result = np.zeros((size, count))
    for d in range(count):
        words = [w for block in range((2 * size + 3) // 4) for w in philox((block, 0, d, 0), key)]
        for i in range(size):
            u, v = (words[2 * i] >> 8) / 2**24, (words[2 * i + 1] >> 8) / 2**24
            result[i, d] = math.sqrt(-2 * math.log(1 - u)) * math.cos(2 * math.pi * v)
    return result / np.linalg.norm(result, axis=0)


def frechet(fake, real):
    a, b = np.cov(fake, rowvar=False), np.cov(real, rowvar=False)
    root = scipy.linalg.sqrtm(a @ b)
    return float(np.sum((fake.mean(0) - real.mean(0)) ** 2) + np.trace(a + b - 2 * root.real))


def kernel_distance(fake, real):
    kernel = lambda x, y: polynomial_kernel(x, y, degree=3, gamma=1 / x.shape[1], coef0=1)
    m, ff, rr = len(fake), kernel(fake, fake), kernel(real, real)
    return float((ff.sum() - np.trace(ff) + rr.sum() - np.trace(rr)) / (m * (m - 1)) - 2 * kernel(fake, real).mean())


def as_torch(x):
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


values = {}
fake, real = pictures(4, 16, 13, 3)
values["psnr"] = float(np.mean([peak_signal_noise_ratio(r, f, data_range=2) for f, r in zip(fake, real)]))
values["ssim"] = float(np.mean([structural_similarity(r, f, data_range=2, channel_axis=2, gaussian_weights=True, sigma=1.5,
                                                      use_sample_covariance=False) for f, r in zip(fake, real)]))
values["l1"] = float(np.abs(fake - real).mean())
values["l2"] = float(((fake - real) ** 2).mean())
for c, name in enumerate(["red", "green", "blue"]):
    for side, x in [("fake", fake), ("real", real)]:
        values[f"statistics.{name}.{side}_mean"] = float(x[..., c].mean())
        values[f"statistics.{name}.{side}_std"] = float(x[..., c].std())
values["sliced_wasserstein"] = float(ot.sliced_wasserstein_distance(
    fake.reshape(4, -1), real.reshape(4, -1), projections=directions(16 * 13 * 3, 128), p=2))

fake, real = pictures(2, 192, 176, 3)
values["ms_ssim"] = float(ms_ssim(as_torch(fake), as_torch(real), data_range=2))

fake, real = features(60, 6)
values["fid"] = frechet(fake, real)
values["kid"] = kernel_distance(fake, real)
for k, names in [(3, ["precision", "recall"]), (5, ["density", "coverage"])]:
    found = prdc.compute_prdc(real, fake, nearest_k=k)
    values.update({name: float(found[name]) for name in names})
json.dump(values, open(sys.argv[1], "w"), indent=2)
open(sys.argv[1], "a").write("\n")
