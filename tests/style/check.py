#!/usr/bin/env python3
"""Checks how the sources read: check.py (includes|files|format)... [--root DIR] [--fix]

includes  the arrows between folders, and which files may use which library
files     size, names, whitespace, absolute paths of somebody's machine
format    clang-format, where the pinned version is installed (--fix applies it)

Prints every finding as path:line: text and exits 1 if there is one, 77 if the check could not run.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

CLANG_FORMAT_VERSION = "14"
SKIPPED = 77
HARD_SIZE, REVIEW_SIZE = 600, 400

CODE = {".h", ".cpp"}
TEXT = CODE | {".py", ".cmake", ".txt", ".md", ".yaml", ".yml", ".json", ".sh", ".in", ".supp", ""}
FOLDERS = ("engine", "ops", "graphs", "runners", "tests", "cmake", "configs", "docs", ".ci", "benchmarks")
SKIPPED_FOLDERS = {"__pycache__", ".git"}

# From the folder that includes to the folders it may include from; the longest match counts.
ENGINE_IR = ("engine/base", "engine/ir")
MAY_INCLUDE = {
    "engine/base": ("engine/base",),
    "engine/ir": ENGINE_IR,
    "engine/autodiff": ENGINE_IR + ("engine/autodiff",),
    "engine/passes": ENGINE_IR + ("engine/passes",),
    "engine/plan": ENGINE_IR + ("engine/passes", "engine/plan", "engine/runtime"),
    "engine/runtime": ENGINE_IR + ("engine/plan", "engine/runtime"),
    "ops": ("engine", "ops"),
    "graphs": ("engine", "ops", "graphs"),
    "runners": ("engine", "ops", "graphs", "runners"),
    "runners/data": ("engine/base", "graphs", "runners/data"),
    "runners/metrics": ("engine/base", "engine/runtime", "runners/metrics"),
    "benchmarks": ("engine", "ops", "graphs", "runners"),
    "tests": ("engine", "ops", "graphs", "runners", "tests"),
}
# Header names, and the files that may include them.
LIBRARIES = (
    ("oneDNN", r"(oneapi/dnnl/|dnnl)", r"(.*_onednn\.(h|cpp)|engine/runtime/cpu/.*|tests/.*)"),
    ("CUDA", r"(cuda|cudnn|cublas|nvrtc)", r"(.*_cuda\.(h|cpp|cu)|engine/runtime/cuda/.*)"),
    ("yaml-cpp", r"yaml-cpp/", r"(graphs|runners|tests)/.*"),
    ("an image library", r"(png|jpeglib|turbojpeg)\.h", r"(runners|tests)/.*"),
    ("Eigen", r"Eigen/", r"(runners/(metrics|sweep/search)|tests)/.*"),
    ("CLI11", r"CLI/", r"(runners|tests)/.*"),
)
BAD_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers", "impl"}
# A home or working directory of one machine, which means nothing on another.
MACHINE_PATH = re.compile(r"(?<![\w.$}*/-])/(?:home|root|work|Users|mnt|tmp/w)/\w")
# Highway's headers of vector code are included once for each target.
INCLUDED_OFTEN = re.compile(r"HWY_TARGET_TOGGLE|HWY_DISABLED_TARGETS")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def under(path, folder):
    return path == folder or path.startswith(folder + "/")


def sources(root):
    """Every text file of the project, as paths relative to the root."""
    for name in sorted(os.listdir(root)):
        if (root / name).is_file() and (name == "agon" or pathlib.Path(name).suffix in TEXT - {""}):
            yield name
    for folder in FOLDERS:
        for here, folders, files in os.walk(root / folder):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            for name in sorted(files):
                if pathlib.Path(name).suffix in TEXT:
                    yield (pathlib.Path(here) / name).relative_to(root).as_posix()


def code(root):
    return (path for path in sources(root) if pathlib.Path(path).suffix in CODE)


def lines_of(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace").split("\n")


def check_project_include(root, path, target):
    if ".." in target.split("/") or not (root / target).is_file():
        return f"'{target}' is not a path from the root of the project"
    source = max((f for f in MAY_INCLUDE if under(path, f)), key=len, default=None)
    if source and not any(under(target, allowed) for allowed in MAY_INCLUDE[source]):
        return f"{source} may not include {target} (only {', '.join(MAY_INCLUDE[source])})"
    return None


def check_library_include(path, target):
    for library, headers, allowed in LIBRARIES:
        if re.match(headers, target) and not re.fullmatch(allowed, path):
            return f"headers of {library} do not belong here: {target}"
    return None


def check_includes(root):
    findings = []
    for path in code(root):
        lines = lines_of(root, path)
        if path.endswith(".h") and "#pragma once" not in lines and not INCLUDED_OFTEN.search("\n".join(lines)):
            findings.append(f"{path}:1: header without #pragma once")
        for number, line in enumerate(lines, 1):
            if path.endswith(".h") and line.startswith("using namespace"):
                findings.append(f"{path}:{number}: using namespace in a header")
            match = INCLUDE.match(line)
            if not match:
                continue
            bracket, target = match.groups()
            finding = check_library_include(path, target)
            if not finding and bracket == '"':
                finding = check_project_include(root, path, target)
            if finding:
                findings.append(f"{path}:{number}: {finding}")
    return findings


def check_name(path):
    words = set(re.split(r"[/_.\-]", path.lower()))
    return [f"{path}:1: the name says nothing: '{word}'" for word in sorted(words & BAD_WORDS)]


def check_files(root):
    findings = []
    for path in sources(root):
        findings += check_name(path)
        lines = lines_of(root, path)
        if pathlib.Path(path).suffix in CODE | {".py", ".cmake"} and len(lines) - 1 > HARD_SIZE:
            findings.append(f"{path}:{len(lines) - 1}: {len(lines) - 1} lines, at most {HARD_SIZE}")
        elif pathlib.Path(path).suffix in CODE and len(lines) - 1 > REVIEW_SIZE:
            print(f"note: {path} has {len(lines) - 1} lines, more than {REVIEW_SIZE}")
        if lines[-1] != "":
            findings.append(f"{path}:{len(lines)}: no line end at the end of the file")
        for number, line in enumerate(lines, 1):
            if line != line.rstrip() and not path.endswith(".md"):
                findings.append(f"{path}:{number}: white space at the end of the line")
            if "\t" in line and pathlib.Path(path).suffix in CODE:
                findings.append(f"{path}:{number}: tab")
            if MACHINE_PATH.search(line):
                findings.append(f"{path}:{number}: a path of one machine")
    return findings


def find_clang_format():
    for name in (f"clang-format-{CLANG_FORMAT_VERSION}", "clang-format"):
        program = shutil.which(name)
        if program:
            text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
            if re.search(rf"version {CLANG_FORMAT_VERSION}\.", text):
                return program
    return None


def check_format(root, fix):
    program = find_clang_format()
    if not program:
        print(f"skipped: clang-format {CLANG_FORMAT_VERSION} is not installed")
        sys.exit(SKIPPED)
    files = list(code(root))
    if not files:
        return []
    flags = ["-i"] if fix else ["--dry-run"]
    parts = max(1, min(len(os.sched_getaffinity(0)), len(files)))
    running = [subprocess.Popen([program, *flags, *files[i::parts]], cwd=root, stderr=subprocess.PIPE, text=True)
               for i in range(parts)]
    errors = "".join(process.communicate()[1] for process in running)
    places = re.findall(r"^(\S+?):(\d+):\d+: ", errors, re.MULTILINE)
    first = {}
    for path, line in places:
        first[path] = min(int(line), first.get(path, int(line)))
    findings = [f"{path}:{line}: not as clang-format writes it" for path, line in sorted(first.items())]
    if not findings and any(process.returncode for process in running):
        findings = [errors.strip()]
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="+", choices=("includes", "files", "format"))
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--fix", action="store_true")
    options = parser.parse_args()
    run = {"includes": check_includes, "files": check_files, "format": lambda root: check_format(root, options.fix)}
    findings = [finding for check in options.checks for finding in run[check](options.root)]
    print("\n".join(findings) if findings else f"{', '.join(options.checks)}: nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
