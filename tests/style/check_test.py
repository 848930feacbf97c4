"""Every rule of check.py finds what it is for, and leaves the same thing alone where it is allowed."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import check

# path, text, expected finding (None: nothing)
INCLUDES = [
    ("ops/a.h", "#pragma once\n", None),
    ("ops/a.h", "int a;\n", "header without #pragma once"),
    ("ops/a-inl.h", "#if defined(A_H_) == defined(HWY_TARGET_TOGGLE)\n#endif\n", None),
    ("ops/a.h", "#pragma once\nusing namespace std;\n", "using namespace in a header"),
    ("ops/a.cpp", "using namespace std;\n", None),
    ("ops/a.cpp", '#include "engine/ir/x.h"\n', None),
    ("engine/ir/a.cpp", '#include "ops/x.h"\n', "engine/ir may not include ops/x.h"),
    ("engine/base/a.cpp", '#include "engine/ir/x.h"\n', "engine/base may not include engine/ir/x.h"),
    ("engine/passes/a.cpp", '#include "engine/plan/x.h"\n', "engine/passes may not include engine/plan/x.h"),
    ("engine/plan/a.cpp", '#include "engine/runtime/x.h"\n', None),
    ("ops/a.cpp", '#include "graphs/x.h"\n', "ops may not include graphs/x.h"),
    ("graphs/a.cpp", '#include "runners/x.h"\n', "graphs may not include runners/x.h"),
    ("runners/a.cpp", '#include "graphs/x.h"\n', None),
    ("ops/a.cpp", '#include "x.h"\n', "not a path from the root"),
    ("ops/a.cpp", '#include "../engine/ir/x.h"\n', "not a path from the root"),
    ("ops/a.cpp", "#include <oneapi/dnnl/dnnl.hpp>\n", "headers of oneDNN do not belong here"),
    ("ops/a.cpp", '#include "dnnl.hpp"\n', "headers of oneDNN do not belong here"),
    ("ops/a_onednn.cpp", "#include <oneapi/dnnl/dnnl.hpp>\n", None),
    ("engine/runtime/cpu/a.h", "#pragma once\n#include <dnnl.hpp>\n", None),
    ("engine/runtime/a.cpp", "#include <dnnl.hpp>\n", "headers of oneDNN do not belong here"),
    ("ops/a.cpp", "#include <cuda_runtime.h>\n", "headers of CUDA do not belong here"),
    ("engine/ir/a.cpp", "#include <yaml-cpp/yaml.h>\n", "headers of yaml-cpp do not belong here"),
    ("graphs/a.cpp", "#include <yaml-cpp/yaml.h>\n", None),
    ("graphs/a.cpp", "#include <png.h>\n", "headers of an image library do not belong here"),
]
HOME = "/ho" + "me/"
FILES = [
    ("ops/conv/conv2d.cpp", "int a;\n", None),
    ("ops/conv_helper.cpp", "int a;\n", "the name says nothing: 'helper'"),
    ("ops/util/a.cpp", "int a;\n", "the name says nothing: 'util'"),
    ("ops/utility_function.cpp", "int a;\n", None),
    ("ops/a.cpp", "int a; \n", "white space at the end of the line"),
    ("ops/a.cpp", "\tint a;\n", "tab"),
    ("ops/a.cpp", "int a;", "no line end at the end of the file"),
    ("ops/a.cpp", "int a;\n" * 600, None),
    ("ops/a.cpp", "int a;\n" * 601, "601 lines, at most 600"),
    ("docs/a.md", f"see {HOME}me/x\n", "a path of one machine"),
    ("docs/a.md", f"see https://example.org{HOME}me\n", None),
    ("docs/a.md", "two spaces break a line  \n", None),
]
EXISTING = ["engine/base/x.h", "engine/ir/x.h", "engine/plan/x.h", "engine/runtime/x.h", "ops/x.h", "graphs/x.h",
            "runners/x.h"]


def findings_in(run, path, text):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in EXISTING + [path]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("#pragma once\n")
        (root / path).write_text(text)
        with contextlib.redirect_stdout(io.StringIO()):
            return run(root)


class Checks(unittest.TestCase):
    def run_table(self, run, table):
        for path, text, expected in table:
            with self.subTest(path=path, text=text[:60]):
                findings = findings_in(run, path, text)
                if expected is None:
                    self.assertEqual(findings, [])
                else:
                    self.assertEqual(len(findings), 1, findings)
                    self.assertIn(expected, findings[0])
                    self.assertTrue(findings[0].startswith(path + ":"), findings[0])

    def test_includes(self):
        self.run_table(check.check_includes, INCLUDES)

    def test_files(self):
        self.run_table(check.check_files, FILES)

    def test_format(self):
        if not check.find_clang_format():
            self.skipTest("the pinned clang-format is not installed")
        run = lambda root: check.check_format(root, fix=False)
        self.assertEqual(findings_in(run, "ops/a.cpp", "int a;\n"), [])
        self.assertEqual(findings_in(run, "ops/a.cpp", "int a;\nint   b;\n"),
                         ["ops/a.cpp:2: not as clang-format writes it"])


if __name__ == "__main__":
    unittest.main()
