#!/usr/bin/env python3
"""agon beside PyTorch in one sitting: both in turn, round after round, each run a process of its own.

    benchmarks/compare.py --agon build/agon --python peer/bin/python [--rounds 3] [--modes eager,channels_last,compile] [--json] CASE...

CASE is MODEL or MODEL:BATCH, optionally with a width: dcgan64, mlp_gan:64, dcgan64:16:128. MODEL is one of peer_torch.py's, or one of its
GANs with _shared at the end. The first round runs all modes, the others those that were no more than a fifth slower than the best. Prints
medians over the rounds of the medians, minima over the minima, and the ratio of PyTorch's best mode to agon; then, against PyTorch eager, the
start (start of the process to the end of the first step, less one step) and the peak memory.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CONFIGS = {"vae_conv": "vae/conv.yaml", "wgan_gp": "wgan/gp.yaml"}
MODES = "eager,channels_last,compile"
WORTH_REPEATING = 1.2  # times the best mode of the first round


class Case:
    def __init__(self, text):
        model, *sizes = text.split(":")
        if len(sizes) > 2 or not all(size.isdigit() for size in sizes if size):
            raise argparse.ArgumentTypeError(f"expected MODEL[:BATCH[:WIDTH]], got '{text}'")
        self.text, self.model = text, model
        self.batch, self.width = [*sizes, "", ""][:2]

    def agon(self, args):
        config = HERE.parent / "configs" / CONFIGS.get(self.model, f"bench/{self.model}.yaml")
        command = [args.agon, "bench", str(config), "--json"]
        for key, value in (("train.batch", self.batch), ("width", self.width)):
            command += ["--set", f"{key}={value}"] if value else []
        return measured([*args.before, *command])

    def peer(self, args, mode):
        model = self.model.removesuffix("_shared")
        command = [args.python, str(HERE / "peer_torch.py"), model, "--mode", mode, "--json"]
        for key, value in (("--batch", self.batch), ("--width", self.width)):
            command += [key, value] if value else []
        command += ["--shared"] if model != self.model else []
        return measured([*args.before, *command])


def measured(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def summary(runs):
    """Of several runs of one program."""
    times = [run["ms_per_step"] for run in runs]
    median = statistics.median(time["median"] for time in times)
    starts = [run["first_step_seconds"] - median / 1e3 for run in runs]
    memory = [run.get("peak_bytes") or run["memory_bytes"]["peak"] for run in runs]
    return {"median_ms": median, "min_ms": min(time["min"] for time in times), "start_s": statistics.median(starts),
            "peak_mib": statistics.median(memory) / 2**20}


def compare(case, args):
    agon, peers = [], {mode: [] for mode in args.modes}
    modes = args.modes
    for _ in range(args.rounds):
        agon.append(case.agon(args))
        for mode in modes:
            peers[mode].append(case.peer(args, mode))
        slowest = WORTH_REPEATING * min(peers[mode][0]["ms_per_step"]["median"] for mode in modes)
        modes = [mode for mode in modes if peers[mode][0]["ms_per_step"]["median"] <= slowest]
    ours = summary(agon)
    ours |= {"gemm_peak_gflops": statistics.median(run["gemm_peak_gflops"] for run in agon),
             "share_of_peak": statistics.median(run["share_of_peak"]["direct"] for run in agon)}
    theirs = {mode: summary(runs) for mode, runs in peers.items()}
    best = min(theirs, key=lambda mode: theirs[mode]["median_ms"])
    least = min(theirs.values(), key=lambda row: row["min_ms"])
    first = theirs.get("eager", theirs[best])
    return {"case": case.text, "batch": agon[0]["batch"], "agon": ours, "peer": theirs, "best": best,
            "ratio_median": theirs[best]["median_ms"] / ours["median_ms"], "ratio_min": least["min_ms"] / ours["min_ms"],
            "ratio_start": first["start_s"] / ours["start_s"], "ratio_memory": first["peak_mib"] / ours["peak_mib"]}


def text(row):
    lines = [f"{row['case']} (batch {row['batch']})"]
    for name, part in {"agon": row["agon"], **row["peer"]}.items():
        lines.append(f"  {name:14s} median {part['median_ms']:9.3f} ms  min {part['min_ms']:9.3f} ms  start {part['start_s']:6.2f} s  "
                     f"peak {part['peak_mib']:6.0f} MiB")
    lines.append(f"  {row['best']} / agon: median {row['ratio_median']:.2f}x, min {row['ratio_min']:.2f}x; start {row['ratio_start']:.1f}x, "
                 f"memory {row['ratio_memory']:.1f}x; agon at {100 * row['agon']['share_of_peak']:.0f} % of {row['agon']['gemm_peak_gflops']:.0f} GFLOP/s")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Case, metavar="CASE")
    parser.add_argument("--agon", default=str(HERE.parent / "build" / "agon"))
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has torch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", default=MODES, type=lambda modes: modes.split(","))
    parser.add_argument("--before", default="", type=str.split, help="words before each command, such as: nice -n 5")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    args = parser.parse_args()
    for case in args.cases:
        row = compare(case, args)
        print(json.dumps(row) if args.json else text(row), flush=True)


if __name__ == "__main__":
    main()
