"""Expected values of words over pictures by PyTorch, as rows of tests/graphs/words_pictures_test.cpp.

    python tests/peer/picture_words.py
"""
import torch
import torch.nn.functional as F

X = torch.tensor([[1.0, 2, 4, -1], [3, 0, 5, 2], [-2, 6, 1, 7]], dtype=torch.float64).view(1, 1, 3, 4)


def row(text, y):
    values = ", ".join(f"{v:.10g}" for v in y.flatten().tolist())
    print(f'{{"{text}", {{{", ".join(map(str, y.shape))}}}, {{{values}}}}},')


for mode in ["nearest", "bilinear", "bicubic"]:
    corners = {} if mode == "nearest" else {"align_corners": False}
    for size in [(5, 3), (2, 7)]:
        row(f"resize(x, [{size[0]}, {size[1]}], by={mode})", F.interpolate(X, size=size, mode=mode, **corners))
row("upsample(x, 2, by=bilinear)", F.interpolate(X, scale_factor=2, mode="bilinear", align_corners=False))
row("upsample(x)", F.interpolate(X, scale_factor=2, mode="nearest"))
row("resize(x, [1, 2], by=area)", F.interpolate(X, size=(1, 2), mode="area"))
row("pad(x, [1, 2, 2, 1], mode=reflect)", F.pad(X, (2, 1, 1, 2), mode="reflect"))
row("pad(x, [0, 1, 2, 1], mode=replicate)", F.pad(X, (2, 1, 0, 1), mode="replicate"))
row("pad(x, [1, 0])", F.pad(X, (0, 0, 1, 1)))
row("space_to_depth(slice(x, 0, 2, over=2), 2)", F.pixel_unshuffle(X[:, :, :2], 2))
row("depth_to_space(space_to_depth(slice(x, 0, 2, over=2), 2), 2)", X[:, :, :2])
row("max_pool(x, 2, stride=1)", F.max_pool2d(X, 2, 1))
row("average_pool(x, [3, 2])", F.avg_pool2d(X, (3, 2)))
row("average_pool(x, 2, padding=1, ceil=true)", F.avg_pool2d(X, 2, padding=1, ceil_mode=True))
blur = torch.outer(torch.tensor([1.0, 2, 1]), torch.tensor([1.0, 2, 1])).double().view(1, 1, 3, 3) / 16
row("blur(x)", F.conv2d(X, blur, padding=1))
row("instance_norm(x)", F.instance_norm(X))
