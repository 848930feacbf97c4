#!/usr/bin/env python3
"""Compares agon's search methods with Optuna's samplers of the same name, seed by seed.

optuna_compare.py SEARCH_TRACE [--seeds 20] [--first-seed 0] [--only tpe/branin ...] [--kept FILE]

Needs optuna, scipy, cmaes and torch (for GPSampler) in the Python that runs it. SEARCH_TRACE is the program built from
search_trace.cpp. Prints a Markdown table: the mean regret of both sides (best value found less the known minimum), their
ratio, and the p of a one-sided Wilcoxon signed-rank test that ours is worse. Exits 1 where p <= 0.05 or the ratio is
above 1.1. Optuna's results are kept in FILE, as they take long.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OMP_NUM_THREADS", "1")

BUDGETS = {
    "tpe": {"branin": 60, "hartmann6": 120, "rosenbrock10": 200, "mixed": 120},
    "gp": {"branin": 60, "hartmann6": 120, "rosenbrock10": 100},
    "evolution": {"branin": 60, "hartmann6": 120, "rosenbrock10": 600},
}
LOWEST_RATIO_SCALE = 1e-12  # two regrets below this are equal

HARTMANN_A = ((10, 3, 17, 3.5, 1.7, 8), (0.05, 10, 17, 0.1, 8, 14), (3, 3.5, 1.7, 10, 17, 8), (17, 8, 0.05, 10, 0.1, 14))
HARTMANN_C = (1, 1.2, 3, 3.2)
HARTMANN_P = ((1312, 1696, 5569, 124, 8283, 5886), (2329, 4135, 8307, 3736, 1004, 9991),
              (2348, 1451, 3522, 2883, 3047, 6650), (4047, 8828, 8732, 5743, 1091, 381))


def branin(x):
    a, b = x["x0"], x["x1"]
    return ((b - 5.1 / (4 * math.pi**2) * a * a + 5 / math.pi * a - 6) ** 2
            + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10)


def hartmann6(x):
    return -sum(c * math.exp(-sum(w * (x[f"x{i}"] - 1e-4 * p) ** 2 for i, (w, p) in enumerate(zip(row, place))))
                for c, row, place in zip(HARTMANN_C, HARTMANN_A, HARTMANN_P))


def rosenbrock(x):
    return sum(100 * (x[f"x{i + 1}"] - x[f"x{i}"] ** 2) ** 2 + (1 - x[f"x{i}"]) ** 2 for i in range(len(x) - 1))


def mixed(x):
    """As training a small network behaves: 0 with adam, lr 1e-3, beta1 0.9, 5 layers of 256, dropout 0.15."""
    rate = math.log10(x["lr"])
    value = 0.05 * abs(x["depth"] - 5) + 0.1 * math.log2(x["width"] / 256) ** 2 + 2 * (x["dropout"] - 0.15) ** 2
    if x["optimizer"] == 0:
        value += 0.1 + 4 * (x["momentum"] - 0.9) ** 2 + (0, 0.1)[int(x["nesterov"])] + 0.3 * (rate + 1) ** 2
    elif x["optimizer"] == 1:
        value += 4 * (x["beta1"] - 0.9) ** 2 + 0.3 * (rate + 3 + 0.2 * (x["depth"] - 5)) ** 2
    else:
        value += 0.15 + 0.3 * (rate + 4) ** 2
    return value


def suggest_reals(count, low, high):
    return lambda trial: {f"x{i}": trial.suggest_float(f"x{i}", low, high) for i in range(count)}


def suggest_branin(trial):
    return {"x0": trial.suggest_float("x0", -5, 10), "x1": trial.suggest_float("x1", 0, 15)}


def suggest_mixed(trial):
    x = {"optimizer": trial.suggest_categorical("optimizer", [0, 1, 2]), "lr": trial.suggest_float("lr", 1e-5, 1, log=True),
         "depth": trial.suggest_int("depth", 1, 8), "width": trial.suggest_int("width", 16, 1024, log=True),
         "dropout": trial.suggest_float("dropout", 0, 0.5, step=0.05)}
    if x["optimizer"] == 0:
        x["momentum"] = trial.suggest_float("momentum", 0, 0.99)
        x["nesterov"] = trial.suggest_categorical("nesterov", [0, 1])
    elif x["optimizer"] == 1:
        x["beta1"] = trial.suggest_float("beta1", 0.5, 0.999)
    return x


FUNCTIONS = {  # what is made small, how Optuna is asked for a setting, and the known minimum
    "branin": (branin, suggest_branin, 0.39788735772973816),
    "hartmann6": (hartmann6, suggest_reals(6, 0, 1), -3.3223680114155147),
    "rosenbrock10": (rosenbrock, suggest_reals(10, -5, 10), 0),
    "mixed": (mixed, suggest_mixed, 0),
}


def optuna_best(method, function, seed, budget):
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers = {"tpe": optuna.samplers.TPESampler, "gp": optuna.samplers.GPSampler, "evolution": optuna.samplers.CmaEsSampler}
    value, suggest, _ = FUNCTIONS[function]
    study = optuna.create_study(sampler=samplers[method](seed=seed))
    study.optimize(lambda trial: value(suggest(trial)), n_trials=budget)
    return study.best_value


def our_best(program, method, function, seed, budget):
    trace = json.loads(subprocess.run([program, function, method, str(seed), str(budget)],
                                      capture_output=True, text=True, check=True).stdout)
    best, again = trace["best"][-1], FUNCTIONS[function][0](trace["setting"])
    if len(trace["best"]) != budget or not math.isclose(best, again, rel_tol=1e-9, abs_tol=1e-9):
        sys.exit(f"{method}/{function}: the two sides do not measure the same: {best} and {again}")
    return best


def run_all(pool, ask, cases, seeds):
    jobs = [(case, pool.submit(ask, *case, BUDGETS[case[0]][case[1]]))
            for case in ((method, function, seed) for method, function in cases for seed in seeds)]
    return {"/".join(map(str, case)): job.result() for case, job in jobs}


class OurSide:
    def __init__(self, program):
        self.program = str(program.resolve())

    def __call__(self, *case):
        return our_best(self.program, *case)


def optuna_results(options, pool, cases, seeds):
    kept = json.loads(options.kept.read_text()) if options.kept and options.kept.exists() else {}
    for method, function in cases:
        missing = [seed for seed in seeds if f"{method}/{function}/{seed}" not in kept]
        kept.update(run_all(pool, optuna_best, [(method, function)], missing))
        if options.kept and missing:
            options.kept.write_text(json.dumps(kept, indent=0))
    return kept


def print_row(method, function, ours, theirs):
    from scipy.stats import wilcoxon
    lowest = FUNCTIONS[function][2]
    ours, theirs = ([max(value - lowest, LOWEST_RATIO_SCALE) for value in side] for side in (ours, theirs))
    mean, other = sum(ours) / len(ours), sum(theirs) / len(theirs)
    differ = any(a != b for a, b in zip(ours, theirs))
    p = wilcoxon(ours, theirs, alternative="greater").pvalue if differ else 1.0
    good = p > 0.05 and mean <= 1.1 * other
    print(f"| {method} | {function} | {BUDGETS[method][function]} | {mean:.4g} | {other:.4g} | {mean / other:.2f} | {p:.3f} |"
          + ("" if good else " missed"), flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, nargs="?", help="search_trace; without it only Optuna runs")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", metavar="METHOD/FUNCTION")
    parser.add_argument("--kept", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    cases = [(method, function) for method, functions in BUDGETS.items() for function in functions
             if not options.only or f"{method}/{function}" in options.only or method in options.only]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    with ProcessPoolExecutor(options.jobs) as pool:
        theirs = optuna_results(options, pool, cases, seeds)
        if not options.program:
            return 0
        print("| method | function | trials | mean regret | Optuna's | ratio | p (worse) |\n|---|---|---|---|---|---|---|")
        good = True
        for method, function in cases:
            ours = run_all(pool, OurSide(options.program), [(method, function)], seeds)
            pairs = [f"{method}/{function}/{seed}" for seed in seeds]
            good &= print_row(method, function, [ours[key] for key in pairs], [theirs[key] for key in pairs])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
