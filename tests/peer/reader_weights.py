#!/usr/bin/env python3
"""Rewrites a LeNet's weights whose last layer lies as [inputs, outputs] in PyTorch's order, [outputs, inputs].

    tests/peer/reader_weights.py mnist-cnn.safetensors reader.safetensors
"""
import json
import struct
import sys

raw = open(sys.argv[1], "rb").read()
(length,) = struct.unpack("<Q", raw[:8])
header = json.loads(raw[8 : 8 + length])
header.pop("__metadata__", None)
data = bytearray(raw[8 + length :])
entry = header["fc.weight"]
(rows, columns), (begin, end) = entry["shape"], entry["data_offsets"]
values = struct.unpack(f"<{rows * columns}f", data[begin:end])
turned = [values[row * columns + column] for column in range(columns) for row in range(rows)]
data[begin:end] = struct.pack(f"<{rows * columns}f", *turned)
entry["shape"] = [columns, rows]
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + data)
