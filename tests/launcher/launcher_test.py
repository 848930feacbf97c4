"""The launcher with stand-ins for every program it calls: when it installs, builds, refuses, and when it does nothing."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534
SOURCES = ["engine/a.cpp", "ops/a.cpp", "graphs/a.cpp", "runners/a.cpp", "tests/a.cpp", "CMakeLists.txt",
           "CMakePresets.json", "cmake/a.cmake"]

STAND_INS = {
    "uname": 'if [ "$1" = -m ]; then echo "${MACHINE:-x86_64}"; else echo Linux; fi',
    "grep": '''if [ "$3" = /proc/cpuinfo ] || [ "$2" = /proc/cpuinfo ]; then case " $* " in *" ${LACKS:-none} "*) exit 1;; esac; exit 0; fi
exec /usr/bin/grep "$@"''',
    "dpkg-query": '''for p in "$@"; do
  case $p in -*|*'{'*) continue;; esac
  [ "$p" = "${MISSING-}" ] && [ ! -e "$STATE/installed" ] || echo "installed $p"
done''',
    "apt-get": '''case " $* " in *" install "*) [ -z "${APT_FAILS-}" ] || { echo "E: no such package"; exit 100; }; touch "$STATE/installed";; esac''',
    "sudo": '[ -n "${SUDO-}" ] || exit 1; shift; exec "$@"',
    "cmake": '''[ "$1" = --version ] && { echo "cmake version ${CMAKE_IS:-3.25.1}"; exit; }
[ "$1" = --preset ] && mkdir -p build/$2 && touch build/$2/build.ninja build/$2/CMakeCache.txt''',
    "g++": "echo 12.2.0",
    "ninja": '''[ -n "${BUILD_FAILS-}" ] && { echo "[1/2] Building CXX object a.o"; echo "a.cpp:1: error: no"; exit 1; }
echo "[1/1] Building CXX object a.o"; sleep "${BUILD_TAKES:-0}"
printf '#!/bin/sh\\nprintf "<%%s>" "$@"; echo; pwd\\nexit ${EXIT:-0}\\n' >"$2/agon"; chmod +x "$2/agon"''',
    "ctest": 'echo "ctest $*"',
}


class Launcher(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.base = pathlib.Path(folder.name)
        self.root = self.base / "a tree"
        self.calls = self.base / "calls"
        self.calls.touch()
        for name in SOURCES:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text("1\n")
        for name in ("agon", "cmake/packages.txt", "cmake/wheels.txt", "cmake/fetch_wheels.py"):
            shutil.copy(ROOT / name, self.root / name)
        (self.root / ".deps/lib/cmake/dnnl").mkdir(parents=True)
        (self.root / ".deps/lib/cmake/dnnl/dnnl-config.cmake").touch()
        shutil.copy(ROOT / "cmake/wheels.txt", self.root / ".deps/wheels.txt")
        self.stand_ins = self.base / "bin"
        self.stand_ins.mkdir()
        for name, text in STAND_INS.items():
            path = self.stand_ins / name
            path.write_text(f'#!/bin/bash\necho "{name} $*" >>"$STATE/calls"\n{text}\n')
            path.chmod(0o755)
        self.age()

    def age(self):
        """Everything written so far counts as older than what comes now."""
        time.sleep(0.02)

    def start(self, *arguments, command=None, cwd=None, user=None, **environment):
        env = {"PATH": f"{self.stand_ins}:/usr/bin:/bin", "STATE": str(self.base), **environment}
        if user is not None:
            for path in (self.base, *self.base.rglob("*")):
                os.chown(path, user, user)
        return subprocess.Popen([command or self.root / "agon", *arguments], cwd=cwd or "/", env=env, user=user,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def agon(self, *arguments, status=0, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate()
        self.assertEqual(process.returncode, status, out + err)
        return out, err

    def called(self, name):
        return [line for line in self.calls.read_text().splitlines() if line.split()[0] == name]

    def assert_builds(self, expected, *arguments):
        before = len(self.called("ninja"))
        self.agon(*arguments)
        self.assertEqual(len(self.called("ninja")) - before, expected)
        self.age()

    def test_passes_everything_through(self):
        out, _ = self.agon("train", "a b.yaml", "--set", "x=*", "", cwd=self.base)
        self.assertEqual(out, f"<train><a b.yaml><--set><x=*><>\n{self.base}\n")
        self.agon("train", status=75, EXIT="75")
        link = self.base / "link"
        link.symlink_to(self.root / "agon")
        self.assertIn("<check>", self.agon("check", command=link)[0])
        self.assertIn("<check>", self.agon("agon", "check", command="/bin/bash", cwd=self.root)[0])

    def test_no_arguments(self):
        self.assertEqual(self.agon(cwd="/")[0], "<>\n/\n")

    def test_second_call_calls_nothing(self):
        self.agon("train")
        self.agon("test")
        before = self.calls.read_text()
        _, err = self.agon("train")
        self.assertEqual(err, "")
        self.agon("test")
        self.assertEqual(len(self.calls.read_text().splitlines()), len(before.splitlines()) + 1)  # ctest

    def test_notices_changes(self):
        self.agon("train")
        self.age()
        for name in ("engine/a.cpp", "CMakeLists.txt", "cmake/a.cmake", "cmake/packages.txt", "agon"):
            with self.subTest(changed=name):
                os.utime(self.root / name)
                self.assert_builds(1)
                self.assert_builds(0)
        (self.root / "ops/new").mkdir()
        self.age()
        self.assert_builds(1)
        (self.root / "ops/new/b.cpp").touch()
        self.assert_builds(1)
        (self.root / "ops/new/b.cpp").unlink()
        self.assert_builds(1)
        (self.root / "build/release/agon").unlink()
        self.assert_builds(1)
        self.assert_builds(0)

    def test_tests_concern_only_test(self):
        self.agon("test")
        self.age()
        (self.root / "tests/b.cpp").touch()
        self.assert_builds(0, "train")
        self.assert_builds(1, "test")
        self.assertIn("all", self.called("ninja")[-1].split())
        os.utime(self.root / "engine/a.cpp")
        self.assert_builds(1, "train")
        self.assertIn("agon", self.called("ninja")[-1].split())
        self.assert_builds(1, "test")

    def test_changed_while_building(self):
        process = self.start("train", BUILD_TAKES="0.5")
        while not self.called("ninja"):
            time.sleep(0.01)
        os.utime(self.root / "engine/a.cpp")
        process.communicate()
        self.assert_builds(1)

    def test_presets_change_the_configuration(self):
        self.agon("train")
        self.age()
        os.utime(self.root / "engine/a.cpp")
        self.agon("train")
        self.assertEqual(len([c for c in self.called("cmake") if "--preset" in c]), 1)
        os.utime(self.root / "CMakePresets.json")
        self.agon("train")
        self.assertIn("--fresh", self.called("cmake")[-1])

    def test_moved_or_copied_tree_is_configured_anew(self):
        self.agon("train")
        for transfer in (shutil.copytree, os.rename):
            with self.subTest(transfer.__name__):
                new = self.base / transfer.__name__
                transfer(self.root, new)
                self.root = new
                _, err = self.agon("train")
                self.assertIn("configuring", err)
                self.assertIn("--fresh", self.called("cmake")[-1])

    def test_test(self):
        out, _ = self.agon("test", "-R", "a b")
        self.assertIn("-LE ^slow$ -R a b\n", out)
        self.assertNotIn("slow", self.agon("test", "--all")[0])

    def test_other_presets(self):
        self.agon("train", AGON_BUILD="asan")
        self.assertTrue((self.root / "build/asan/agon").exists())
        _, err = self.agon("train", status=64, AGON_BUILD="fast")
        self.assertEqual(err, "agon: AGON_BUILD is 'fast'; expected release, debug, asan or tsan\n")

    def test_unfit_machines(self):
        for environment, expected in (({"MACHINE": "aarch64"}, "x86-64 processor; this is Linux on aarch64"),
                                      ({"LACKS": "avx2"}, "AVX2"), ({"LACKS": "fma"}, "FMA"),
                                      ({"CMAKE_IS": "3.18.4"}, "CMake 3.25 or newer; found 3.18.4")):
            with self.subTest(**environment):
                _, err = self.agon("train", status=69, **environment)
                self.assertEqual(err.count("\n"), 1, err)
                self.assertIn(expected, err)

    def test_no_debian(self):
        for name in ("dpkg-query", "apt-get", "sudo"):
            (self.stand_ins / name).unlink()
        tools = self.base / "tools"
        tools.mkdir()
        for name in ("bash", "env", "mkdir", "flock", "find", "cat"):
            (tools / name).symlink_to(shutil.which(name))
        _, err = self.agon("train", status=69, PATH=f"{self.stand_ins}:{tools}")
        self.assertIn("Debian 12", err.splitlines()[-1])

    def test_missing_package_without_rights(self):
        user = NOBODY if os.geteuid() == 0 else None
        _, err = self.agon("train", status=69, user=user, MISSING="libfmt-dev")
        self.assertEqual(err, "agon: Debian packages are missing; run: "
                              "sudo apt-get install -y --no-install-recommends libfmt-dev\n")

    def test_missing_package_is_installed(self):
        self.agon("train", MISSING="libfmt-dev", SUDO="1")
        calls = self.called("apt-get")
        self.assertEqual(len(calls), 2)
        self.assertIn("update", calls[0].split())
        self.assertTrue(calls[1].endswith("libfmt-dev"), calls[1])

    def test_failing_installation(self):
        _, err = self.agon("train", status=69, MISSING="libfmt-dev", SUDO="1", APT_FAILS="1")
        self.assertIn("E: no such package", err)
        self.assertIn("run: sudo apt-get update && sudo apt-get install", err.splitlines()[-1])

    def test_failing_build(self):
        _, err = self.agon("train", status=70, BUILD_FAILS="1")
        self.assertIn("a.cpp:1: error: no", err)
        self.assertIn("the build failed; the whole log is", err)
        self.assert_builds(1)

    def test_folder_that_cannot_be_written(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become somebody else")
        self.base.chmod(0o755)
        process = subprocess.run([self.root / "agon"], user=NOBODY, capture_output=True, text=True)
        self.assertEqual(process.returncode, 73, process.stderr)

    def test_two_at_once(self):
        both = [self.start("train", BUILD_TAKES="0.5") for _ in range(2)]
        for process in both:
            out, err = process.communicate()
            self.assertEqual((process.returncode, out), (0, "<train>\n/\n"), err)
        self.assertEqual(len(self.called("ninja")), 1)

    def test_costs_little_when_up_to_date(self):
        self.agon("train")
        times = []
        for _ in range(10):
            begin = time.monotonic()
            self.agon("train")
            times.append(time.monotonic() - begin)
        self.assertLess(min(times), 0.05)


if __name__ == "__main__":
    unittest.main()
