#!/usr/bin/env python3
"""Copies the last sample grids of runs into this folder and draws their loss curves.

    docs/results/collect.py RUN_DIRECTORY...

Writes <name>.png (<name>-<spec>.png with several specs) and <name>.svg, and prints a row of the table in docs/results.md for each
run: steps, minutes, last losses, last evaluation.
"""
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).parent
COLOURS = ["#1f5fbf", "#c4452d", "#2c8f4e", "#8a4fb5"]
WIDTH, HEIGHT, MARGIN = 480, 200, 36


def rows_of(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def smoothed(points, pieces=240):
    """Means over runs of neighbouring points, at most `pieces` of them."""
    size = max(1, len(points) // pieces)
    parts = [points[i : i + size] for i in range(0, len(points), size)]
    return [(sum(x for x, _ in p) / len(p), sum(y for _, y in p) / len(p)) for p in parts]


def curves(run, rows):
    names = [k for k in rows[0] if k.startswith("losses.")]
    series = {n: smoothed([(r["step"], r[n]) for r in rows if r.get(n) is not None]) for n in names}
    values = sorted(y for points in series.values() for _, y in points)
    low, high = values[len(values) // 100], values[-1 - len(values) // 100]
    high = high if high > low else low + 1
    last = rows[-1]["step"]

    def place(x, y):
        y = min(max(y, low), high)
        return f"{MARGIN + x / last * (WIDTH - MARGIN - 8):.1f},{HEIGHT - 20 - (y - low) / (high - low) * (HEIGHT - 40):.1f}"

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="10">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="2" y="24">{high:.3g}</text><text x="2" y="{HEIGHT - 18}">{low:.3g}</text>',
           f'<text x="{WIDTH - 60}" y="{HEIGHT - 5}">step {last}</text>']
    for i, (name, points) in enumerate(series.items()):
        colour = COLOURS[i % len(COLOURS)]
        line = " ".join(place(x, y) for x, y in points)
        svg.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.2"/>')
        svg.append(f'<text x="{MARGIN + 90 * i}" y="10" fill="{colour}">{name.removeprefix("losses.")}</text>')
    (HERE / f"{run.parent.name}.svg").write_text("\n".join(svg + ["</svg>", ""]))


def pictures(run):
    newest = max(int(p.name[5:11]) for p in (run / "samples").glob("step-*.png"))
    for path in sorted((run / "samples").glob(f"step-{newest:06d}*.png")):
        shutil.copyfile(path, HERE / f"{run.parent.name}{path.stem[11:]}.png")


def figures(row, prefix):
    return ", ".join(f"{k.removeprefix(prefix)} {v:.4g}" for k, v in row.items() if k.startswith(prefix) and v is not None)


for argument in sys.argv[1:]:
    run = pathlib.Path(argument)
    rows = rows_of(run)
    curves(run, rows)
    pictures(run)
    seconds = [json.loads(line) for line in (run / "timing.jsonl").read_text().splitlines()][-1].get("seconds", 0)
    evaluated = [r for r in rows if any(k.startswith("evaluate.") for k in r)]
    print(f"| `{run.parent.name}` | {rows[-1]['step']} | {seconds / 60:.1f} | {figures(rows[-1], 'losses.')} | {figures(evaluated[-1], 'evaluate.') if evaluated else ''} |")
