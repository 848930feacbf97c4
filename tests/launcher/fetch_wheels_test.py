"""fetch_wheels.py: what it keeps, what it refuses, where it looks, and that a run cut short is repaired."""

import base64
import contextlib
import functools
import hashlib
import http.server
import importlib.util
import io
import os
import pathlib
import tempfile
import threading
import unittest
import zipfile
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("fetch_wheels", ROOT / "cmake" / "fetch_wheels.py")
fetch_wheels = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fetch_wheels)

FILE = "some_part-1.0-py3-none-any.whl"
LIST = "wheel some-part 1.0 {file} {sha256}\nkeep lib/libpart.so.1\nkeep include/*\nlink lib/libpart.so libpart.so.1\n"


class Index(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class GuardedIndex(Index):
    def do_GET(self):
        expected = "Basic " + base64.b64encode(b"me:a b").decode()
        if self.headers.get("Authorization") != expected:
            self.send_error(401)
            return
        super().do_GET()


class FetchWheels(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.deps = self.root / "deps"
        self.wheels = self.root / "wheels"
        (self.wheels / "some-part").mkdir(parents=True)
        self.write_wheel(["lib/libpart.so.1", "lib/huge.so", "include/deep/part.h"])
        for patch in (mock.patch.object(fetch_wheels, "has_pip", lambda: False),
                      mock.patch.dict(os.environ, {"PIP_CONFIG_FILE": os.devnull}),
                      mock.patch.object(fetch_wheels.time, "sleep", lambda _: None)):
            patch.start()
            self.addCleanup(patch.stop)
        for name in [name for name in os.environ if name.startswith("PIP_") and name != "PIP_CONFIG_FILE"]:
            del os.environ[name]

    def write_wheel(self, names, sha256=None):
        path = self.wheels / FILE
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(f"some_part-1.0.data/data/{name}"), name)
            archive.writestr("some_part-1.0.dist-info/LICENSE.txt", "free")
        sha256 = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
        (self.root / "wheels.txt").write_text(LIST.format(file=FILE, sha256=sha256))
        (self.wheels / "some-part" / "index.html").write_text(f'<a href="../{FILE}#sha256={sha256}">{FILE}</a>')

    def fetch(self, **environment):
        with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(io.StringIO()):
            fetch_wheels.main(self.root / "wheels.txt", self.deps)

    def serve(self, handler):
        """Serves the wheels on this machine and returns host:port."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                 functools.partial(handler, directory=str(self.wheels)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"127.0.0.1:{server.server_port}"

    def fetch_from(self, url):
        self.fetch(PIP_INDEX_URL=url, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")

    def fetch_from_folder(self):
        self.fetch(PIP_FIND_LINKS=str(self.wheels))

    def assert_complete(self):
        found = sorted(p.relative_to(self.deps).as_posix() for p in self.deps.rglob("*") if not p.is_dir())
        self.assertEqual(found, ["include/deep/part.h", "lib/libpart.so", "lib/libpart.so.1",
                                 "licenses/some-part.txt", "wheels.txt"])
        self.assertEqual((self.deps / "lib/libpart.so").read_text(), "lib/libpart.so.1")

    def test_keeps_only_what_is_listed(self):
        self.fetch_from_folder()
        self.assert_complete()
        self.assertEqual((self.deps / "wheels.txt").read_text(), (self.root / "wheels.txt").read_text())

    def test_times_are_the_wheels(self):
        self.fetch_from_folder()
        first = (self.deps / "include/deep/part.h").stat().st_mtime
        self.fetch_from_folder()
        self.assertEqual((self.deps / "include/deep/part.h").stat().st_mtime, first)
        self.assertLess(first, 1e9)  # a zip without a time says 1980

    def test_index_with_password(self):
        place = self.serve(GuardedIndex)
        self.fetch_from(f"http://me:a%20b@{place}")
        self.assert_complete()
        with self.assertRaisesRegex(fetch_wheels.FetchError, "401"):
            self.fetch_from(f"http://you:a%20b@{place}")

    def test_configuration_file(self):
        config = self.root / "pip.conf"
        config.write_text(f"[global]\nfind-links = {self.wheels}\n")
        self.fetch(PIP_CONFIG_FILE=str(config))
        self.assert_complete()

    def test_no_source(self):
        with self.assertRaises(fetch_wheels.NoSource):
            self.fetch()

    def test_wrong_hash_is_refused(self):
        self.write_wheel(["lib/libpart.so.1", "include/part.h"], sha256="0" * 64)
        with self.assertRaisesRegex(fetch_wheels.FetchError, "SHA-256 .*, expected 0000"):
            self.fetch_from(f"http://{self.serve(Index)}")
        self.assertFalse((self.deps / "wheels.txt").exists())
        self.assertEqual(list((self.deps / "download").iterdir()), [])

    def test_missing_member_is_refused(self):
        self.write_wheel(["lib/libpart.so.1"])
        with self.assertRaisesRegex(fetch_wheels.FetchError, r"has no include/\*"):
            self.fetch_from_folder()

    def test_cut_short_anywhere(self):
        """Whatever rename or removal is the last to happen, the next run completes the folder."""
        for last in range(12):
            with self.subTest(renames=last):
                self.fetch_from_folder()
                done = 0
                rename = pathlib.Path.rename

                def cut(path, target):
                    nonlocal done
                    if done == last:
                        raise KeyboardInterrupt
                    done += 1
                    return rename(path, target)

                with contextlib.suppress(KeyboardInterrupt), mock.patch.object(pathlib.Path, "rename", cut):
                    self.fetch_from_folder()
                    self.assert_complete()
                    continue
                self.assertFalse((self.deps / "wheels.txt").exists())
                self.fetch_from_folder()
                self.assert_complete()


if __name__ == "__main__":
    unittest.main()
