#!/usr/bin/env python3
"""Makes the inputs of tests/fuzz/corpus that are not plain text: seeds.py [FOLDER]

Each is small and shows one feature of its format, or one way to be wrong. Files made by hand and past
findings lie beside them and are left alone.
"""

import gzip
import hashlib
import json
import pathlib
import struct
import sys
import zlib


def part(content):
    """A part of an input, as parts.h takes it: three bytes of length, then the content."""
    return struct.pack("<I", len(content))[:3] + content


# PNG ------------------------------------------------------------------------------------------------

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_head(width, height, depth, color, interlaced=0):
    fields = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", fields)


def png_rows(width, height, depth, color, filtered=0):
    stride = (width * depth * SAMPLES[color] + 7) // 8
    return b"".join(bytes([filtered]) + bytes((37 * y + 11 * x) % 256 for x in range(stride)) for y in range(height))


def png(width, height, depth, color, before=b"", after=b"", filtered=0):
    rows = zlib.compress(png_rows(width, height, depth, color, filtered), 9)
    return png_head(width, height, depth, color) + before + chunk(b"IDAT", rows) + after + chunk(b"IEND")


def interlaced_png(width, height):
    rows = b""
    for left, top, right, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        across, along = len(range(left, width, right)), len(range(top, height, down))
        if across:
            rows += png_rows(across, along, 8, RGB)
    return png_head(width, height, 8, RGB, 1) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND")


def pngs():
    palette = chunk(b"PLTE", bytes(range(12)))
    whole = png(3, 2, 8, RGB)
    rows = zlib.compress(png_rows(4, 4, 8, GREY), 9)
    yield "grey_1", png(9, 3, 1, GREY)
    yield "grey_2", png(5, 3, 2, GREY)
    yield "grey_4", png(5, 3, 4, GREY)
    yield "grey_8", png(4, 4, 8, GREY)
    yield "grey_16", png(3, 3, 16, GREY)
    yield "grey_16_transparent", png(3, 3, 16, GREY, chunk(b"tRNS", b"\x00\x0b"))
    yield "grey_2_transparent_out_of_range", png(5, 3, 2, GREY, chunk(b"tRNS", b"\xff\x01"))
    yield "grey_alpha", png(3, 2, 8, GREY_ALPHA)
    yield "rgb", whole
    yield "rgb_16", png(2, 2, 16, RGB)
    yield "rgb_transparent", png(2, 2, 8, RGB, chunk(b"tRNS", b"\0\0\0\x0b\0\x16"))
    yield "rgba", png(3, 2, 8, RGBA)
    yield "rgba_16", png(2, 2, 16, RGBA)
    yield "palette_2", png(4, 3, 2, PALETTE, palette + chunk(b"tRNS", b"\x80\xff"))
    yield "palette_8_out_of_range", png(4, 3, 8, PALETTE, palette)
    yield "interlaced", interlaced_png(9, 9)
    yield "filter_up", png(4, 4, 8, GREY, filtered=2)
    yield "filter_paeth", png(4, 4, 8, RGB, filtered=4)
    yield "several_idat", png_head(4, 4, 8, GREY) + chunk(b"IDAT", rows[:5]) + chunk(b"IDAT", rows[5:]) + chunk(b"IEND")
    yield "text_and_profile", png(4, 4, 8, GREY, chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(64))), chunk(b"tEXt", b"a\0b"))
    yield "wrong_checksum", whole[:-20] + b"\xff" + whole[-19:]
    yield "cut_short", whole[:50]
    yield "too_many_pixels", png_head(16384, 16384, 8, GREY) + chunk(b"IDAT", b"")
    yield "no_pixels", png_head(0, 3, 8, GREY) + chunk(b"IEND")


# JPEG: every block has the same few coefficients, so that the codes are one bit long -----------------

def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def huffman(kind, symbols):
    """Symbols of one code table, shortest first: codes 0, 10, 110, ..."""
    counts = [1 if i < len(symbols) else 0 for i in range(16)]
    return segment(0xC4, bytes([kind] + counts) + bytes(symbols))


def frame(marker, width, height, sampling, depth=8):
    components = b"".join(struct.pack("BBB", i + 1, size, 0) for i, size in enumerate(sampling))
    return segment(marker, struct.pack(">BHHB", depth, height, width, len(sampling)) + components)


def scan(components, first, last, bits, data):
    chosen = b"".join(bytes([i, 0]) for i in components)
    return segment(0xDA, bytes([len(components)]) + chosen + bytes([first, last, bits])) + data


TABLES = segment(0xDB, b"\0" + bytes([8] * 64)) + huffman(0x00, [0, 3]) + huffman(0x10, [0])


def jpeg(width, height, sampling, data, before=b"", marker=0xC0, tables=TABLES):
    components = range(1, len(sampling) + 1)
    pixels = frame(marker, width, height, sampling) + scan(components, 0, 63, 0, data)
    return b"\xff\xd8" + before + tables + pixels + b"\xff\xd9"


def exif(orientation, order=b"II"):
    end = "<" if order == b"II" else ">"
    tiff = order + struct.pack(end + "HIH", 42, 8, 1) + struct.pack(end + "HHIHHI", 0x0112, 3, 1, orientation, 0, 0)
    return segment(0xE1, b"Exif\0\0" + tiff)


def progressive(width, height, bands):
    """The first scan, one for each band of coefficients, and one for the last bit of the first."""
    start = b"\xff\xd8" + TABLES + frame(0xC2, width, height, [0x11]) + scan([1], 0, 0, 1, b"\x7f")
    return start + b"".join(scan([1], *band, 0, b"\x7f") for band in bands) + scan([1], 0, 0, 0x10, b"\x7f") + b"\xff\xd9"


def jpegs():
    grey = jpeg(8, 8, [0x11], b"\x3f")
    adobe = segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 2))
    yield "grey", grey
    yield "grey_lighter", jpeg(8, 8, [0x11], b"\xbb")
    yield "colour", jpeg(8, 8, [0x11, 0x11, 0x11], b"\x03")
    yield "colour_halved", jpeg(16, 16, [0x22, 0x11, 0x11], b"\x00\x0f")
    yield "cmyk", jpeg(8, 8, [0x11] * 4, b"\x00")
    yield "ycck", jpeg(8, 8, [0x11] * 4, b"\x00", adobe)
    yield "turned", jpeg(8, 3, [0x11], b"\x3f", exif(6))
    yield "turned_big_endian", jpeg(8, 3, [0x11], b"\x3f", exif(3, b"MM"))
    yield "turned_far_directory", jpeg(8, 8, [0x11], b"\x3f", exif(6).replace(b"\x08\0\0\0\x01", b"\xff\xff\xff\xff\x01"))
    yield "restarts", jpeg(16, 8, [0x11], b"\x3f\xff\xd0\x3f", segment(0xDD, b"\0\1"))
    yield "progressive", progressive(8, 8, [(1, 63)])
    yield "progressive_64_scans", progressive(8, 8, [(i, i) for i in range(1, 63)])
    yield "progressive_65_scans", progressive(8, 8, [(i, i) for i in range(1, 64)])
    yield "arithmetic", jpeg(8, 8, [0x11], b"\x00\x00", marker=0xC9)
    yield "twelve_bits", grey.replace(b"\x0b\x08\0", b"\x0b\x0c\0")
    yield "no_tables", jpeg(8, 8, [0x11], b"\x3f", tables=b"")
    yield "too_many_pixels", jpeg(16385, 16385, [0x11], b"\x3f")
    yield "cut_short", grey[:-3]


# Sets of files ---------------------------------------------------------------------------------------

def idx(magic, sizes, body):
    return struct.pack(">I", magic) + b"".join(struct.pack(">I", size) for size in sizes) + body


def idx_sets():
    """By name what targets/idx.cpp takes: bits, training pictures and labels, test pictures and labels."""
    pictures, labels = idx(0x803, [3, 2, 2], bytes(range(12))), idx(0x801, [3], b"\1\2\3")
    tests, test_labels = idx(0x803, [1, 2, 2], b"\1\2\3\4"), idx(0x801, [1], b"\x09")
    yield "pictures", 0, pictures
    yield "labelled", 1, pictures, labels
    yield "whole", 7, pictures, labels, tests, test_labels
    yield "packed", 7, *(gzip.compress(file, mtime=0) for file in (pictures, labels, tests, test_labels))
    yield "resized_in_colour", 1 | 16 | 32, pictures, labels
    yield "share_for_validation", 1 | 64, pictures, labels
    yield "tests_without_labels", 3, pictures, labels, tests
    yield "label_out_of_range", 1, pictures, idx(0x801, [3], b"\1\2\x0a")
    yield "too_few_labels", 1, pictures, idx(0x801, [2], b"\1\2")
    yield "wrong_magic", 0, labels + bytes(9)
    yield "claims_too_much", 0, idx(0x803, [0xFFFFFFFF, 0x4000, 0x4000], b"")
    yield "claims_16_mib", 0, gzip.compress(idx(0x803, [1 << 8, 256, 256], b"\0"), mtime=0)
    yield "claims_4_gib", 0, gzip.compress(idx(0x803, [15, 1 << 14, 1 << 14], b"\0"), mtime=0)
    yield "no_examples", 0, idx(0x803, [0, 2, 2], b"")
    yield "cut_short", 0, pictures[:-1]
    yield "half_a_header", 0, pictures[:10]
    yield "packed_cut_short", 0, gzip.compress(pictures, mtime=0)[:-9]
    yield "packed_and_more", 0, gzip.compress(pictures, mtime=0) + b"x"
    yield "other_size_of_tests", 2, pictures, b"", idx(0x803, [1, 1, 2], b"\1\2")


def cifar10_sets():
    """Bits; records and beginning of two training batches and the test batch; names of classes."""
    names = "".join(f"class {i}\n" for i in range(10)).encode()
    yield "one_record", 0, (1, b"\1\2\3")
    yield "two_batches", 1, (2, b"\1"), (1, b"\2")
    yield "whole", 6, (1, b"\1"), (0, b""), (2, b"\x09"), names
    yield "resized_grey", 16 | 32, (1, b"\1\xff\x80")
    yield "label_out_of_range", 0, (1, b"\x0a")
    yield "no_whole_record", 0, (0, bytes(100))
    yield "empty", 0, (0, b"")
    yield "names_with_carriage_returns", 4, (1, b"\1"), (0, b""), (0, b""), names.replace(b"\n", b"\r\n")
    yield "nine_names", 4, (1, b"\1"), (0, b""), (0, b""), names[:-8]


def gzip_files():
    """The size that is expected, and the file."""
    packed = gzip.compress(b"a few bytes, a few bytes", mtime=0)
    yield "plain", 5, b"plain"
    yield "plain_of_another_size", 6, b"plain"
    yield "packed", 24, packed
    yield "packed_stored", 5, gzip.compress(b"plain", 0, mtime=0)
    yield "with_a_name", 1, b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"name\0" + gzip.compress(b"x", mtime=0)[10:]
    yield "more_than_expected", 23, packed
    yield "less_than_expected", 25, packed
    yield "cut_short", 24, packed[:-9]
    yield "wrong_checksum", 24, packed[:-5] + b"\0" + packed[-4:]
    yield "two_members", 24, packed + packed
    yield "not_gzip_after_all", 2, b"\x1f\x8b"
    yield "empty", 0, b""
    yield "thousandfold", 65535, gzip.compress(bytes(65535), 9, mtime=0)


def label_tables():
    """The table of the training pictures and that of the test pictures."""
    one = b"file,label\na.png,0\nb.png,1\n"
    two = b"file,colour,age\na.png,red,0\nb.png,blue,2\n"
    yield "numbers", one, one
    yield "words_and_numbers", two, b"file,colour,age\nc.png,blue,1\n"
    three = b"file,a,b,c\n1.png,0,x,2\n2.png,1,y,0\n"
    yield "three_columns", three, three
    yield "quoted", b'file,label\n"a,b.png",0\n"say ""a"".png",1\n"two\nlines.png",1\n', one
    yield "bom_and_carriage_returns", b"\xef\xbb\xbf" + one.replace(b"\n", b"\r\n"), one
    yield "empty_lines", one.replace(b"\n", b"\n\n"), one
    yield "no_end_of_line", one[:-1], one[:-1]
    yield "unknown_word", two, b"file,colour,age\nc.png,bleu,0\n"
    yield "fewer_columns_of_tests", three, one
    yield "other_columns_of_tests", two, b"file,age,colour\nc.png,1,blue\n"
    yield "number_out_of_range", one, b"file,label\nc.png,7\n"
    yield "too_many_cells", b"file,label\na.png,0,1\n", one
    yield "taken_names", b"file,count,label,label,a b\na.png,1,1,1,1\n", one
    yield "file_twice", b"file,label\na.png,0\na.png,1\n", one
    yield "empty_cell", b"file,label\na.png,\n", one
    yield "quote_without_end", b'file,label\n"a.png,0\n', one
    yield "text_after_quote", b'file,label\n"a.png"x,0\n', one
    yield "large_number", b"file,label\na.png,99999999999999999999\n", one
    yield "only_a_header", b"file,label\n", b"file,label\n"
    yield "one_column", b"file\na.png\n", one
    yield "empty", b"", b""


# Checkpoints -----------------------------------------------------------------------------------------

def safetensors(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def manifest(file, tensors, extra, step=12):
    """As engine/runtime/manifest.cpp writes it; tensors by name: type, shape, bytes."""
    sha = lambda content: hashlib.sha256(content).hexdigest()
    body = {"format": 1, "step": step, "extra": extra,
            "files": {"variables.safetensors": {"bytes": len(file), "sha256": sha(file)}},
            "tensors": {name: {"dtype": t[0], "shape": t[1], "sha256": sha(t[2])} for name, t in tensors.items()}}
    body["manifest_sha256"] = sha(json.dumps(body, sort_keys=True, separators=(",", ":")).encode())
    return json.dumps(body, sort_keys=True, indent=1).encode() + b"\n"


def checkpoints():
    """The manifest and the file of tensors."""
    w, step = struct.pack("<6f", *range(6)), struct.pack("<d", 12)
    file = safetensors({"w": tensor("F32", [2, 3], 0, 24), "step": tensor("F64", [], 24, 32)}, w + step)
    tensors = {"w": ("f32", "[2, 3]", w), "step": ("f64", "[]", step)}
    text = manifest(file, tensors, {"config": "x", "lanes": 2})
    plain = lambda dtype, shape, size: safetensors({"x": tensor(dtype, shape, 0, size)}, bytes(size))
    yield "whole", text, file
    yield "another_step", text.replace(b'"step": 12', b'"step": 13'), file
    yield "numbers_beyond_64_bits", text.replace(b'"step": 12', b'"step": 1e20').replace(b'"format": 1,', b'"format": 1.0,'), file
    yield "nested_extra", manifest(file, tensors, {"a": [[[{"b": None}]], True, -1]}), file
    yield "negative_step", manifest(file, tensors, {}, -(1 << 63)), file
    yield "a_bit_flipped", text, file[:-1] + b"\x41"
    yield "no_json", b"manifest", file
    yield "list", b"[]", file
    yield "half_precision", b"", plain("F16", [3], 6)
    yield "bfloat", b"", plain("BF16", [2, 2], 8)
    yield "integers", b"", plain("I32", [2], 8)
    yield "unreadable_type", b"", plain("I64", [1], 8)
    yield "unknown_type", b"", plain("F128", [1], 16)
    yield "nothing_in_it", b"", plain("F32", [0, 7], 0)
    yield "six_axes", b"", plain("U8", [1, 1, 1, 1, 1, 2], 2)
    yield "seven_axes", b"", plain("U8", [1] * 7, 1)
    yield "metadata", b"", safetensors({"__metadata__": {"a": "b"}, "x": tensor("U8", [1], 0, 1)}, b"\1")
    yield "metadata_of_numbers", b"", safetensors({"__metadata__": {"a": 1}}, b"")
    yield "no_tensors", b"", safetensors({}, b"")
    yield "gap", b"", safetensors({"x": tensor("U8", [1], 1, 2)}, b"\1\2")
    yield "overlap", b"", safetensors({"x": tensor("U8", [2], 0, 2), "y": tensor("U8", [2], 1, 3)}, b"\1\2\3")
    yield "reversed", b"", safetensors({"x": tensor("U8", [1], 1, 0)}, b"\1")
    yield "bytes_left_over", b"", safetensors({"x": tensor("U8", [1], 0, 1)}, b"\1\2")
    yield "twice", b"", safetensors(b'{"x":{},"x":{}}', b"")
    yield "too_deep", b"", safetensors(b'{"x":{"shape":[[[[1]]]]}}', b"")
    yield "large_numbers", b"", safetensors({"x": tensor("U8", [1 << 62, 1 << 62], 0, 1 << 62)}, b"")
    yield "header_longer_than_file", b"", struct.pack("<Q", 1 << 20) + b"{}"
    yield "header_without_bound", b"", struct.pack("<Q", 1 << 63) + b"{}"
    yield "tensor_missing", manifest(file, {"w": tensors["w"]}, {}), file
    yield "pickle", b"", b"\x80\x02ctorch\nx\n.aaaaaaa"
    yield "zip", b"", b"PK\3\4" + bytes(20)


# Runs ------------------------------------------------------------------------------------------------

def locks():
    """lock.json and metrics.jsonl."""
    lock = {"lock": 1, "name": "t", "started": "2026-01-02T03:04:05Z", "config": {"hash": "ab", "directory": ".", "text": "agon: 1\n"},
            "seed": 1, "steps": 10, "lanes": 2, "precision": "float32", "determinism": "run", "versions": {"numerics": 1, "random": 1},
            "program": {"version": "0.1.0"}, "libraries": {"TBB": "2021.8"}, "cpu": {"model": "x", "isa": "avx2"},
            "environment": {"LANG": "C", "OMP_NUM_THREADS": "2"},
            "data": [{"source": "mnist", "split": "train", "count": 3, "files": [{"path": "a/b", "bytes": 28, "sha256": "cd"}]}],
            "weights": [{"network": "g", "path": "c", "sha256": "ef"}], "lineage": [{"resumed": 5, "set": ["train.steps=10"]}]}
    row = b'{"step": 10, "losses.d": 0.5, "fingerprint": "0011"}\n'
    changed = lambda **items: json.dumps({**lock, **items}).encode()
    yield "whole", changed(), row * 2
    yield "least", b'{"lock":1,"lanes":1,"steps":1,"started":"","config":{"hash":""}}', b""
    yield "another_version", changed(lock=2), row
    yield "negative_numbers", changed(lanes=-5, steps=-1, seed=-1), b'{"step": -9}'
    yield "real_numbers", changed(lanes=1.5, steps=2.5), b'{"step": 1.5}'
    yield "huge_numbers", changed(lanes=1e300, steps=1e300), b'{"step": 1e300}'
    yield "data_of_another_kind", changed(data="x"), row
    yield "set_of_another_kind", changed(data=[None]), row
    yield "source_of_another_kind", changed(data=[{"source": 1, "files": [2]}]), row
    yield "weights_of_another_kind", changed(weights=[1]), row
    yield "half_a_row", changed(), row + row[:20]
    yield "list", b"[1]", row
    yield "text", b'"lock"', row
    yield "no_json", b"lock", row
    yield "empty", b"", b""


def numbered(record):
    count, content = record
    return bytes([count]) + part(content)


def inputs():
    """(target, name, bytes) of every input."""
    for name, content in pngs():
        yield "picture", "png_" + name, content
    for name, content in jpegs():
        yield "picture", "jpeg_" + name, content
    for name, bits, *files in idx_sets():
        yield "idx", name, bytes([bits]) + b"".join(part(file) for file in files)
    for name, bits, *files in cifar10_sets():
        yield "cifar10", name, bytes([bits]) + b"".join(numbered(file) for file in files[:3]) + b"".join(files[3:])
    for name, size, file in gzip_files():
        yield "gzip", name, struct.pack("<H", size) + file
    for name, train, test in label_tables():
        yield "labels", name, part(train) + test
    for name, text, tensors in checkpoints():
        yield "checkpoint", name, part(text) + tensors
    for name, lock, metrics in locks():
        yield "lock", name, part(lock) + metrics


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "corpus"
    for target, name, content in inputs():
        path = folder / target / (name + ".seed")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
