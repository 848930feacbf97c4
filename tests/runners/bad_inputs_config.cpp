#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/runners/bad_inputs.h"
#include "tests/sound_experiment.h"

namespace agon {

namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Make = std::function<Arguments(const ScratchFolder&)>;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// `check` of a file with this text.
Make file(const std::string& text) {
  return [=](const ScratchFolder& folder) -> Arguments {
    write_text(folder / "t.yaml", text);
    return {"check", folder / "t.yaml"};
  };
}

Make sound_and(const std::string& more) {
  return file(sound_experiment() + more);
}

Make sound_but(const std::string& from, const std::string& to) {
  return file(sound_with(from, to));
}

/// `check` of the sound file with a key set.
Make set(const std::string& setting) {
  return [=](const ScratchFolder& folder) -> Arguments {
    write_text(folder / "t.yaml", sound_experiment());
    return {"check", folder / "t.yaml", "--set", setting};
  };
}

/// `check` of something that `make` puts at the path.
Make at(void (*make)(const std::string& path)) {
  return [=](const ScratchFolder& folder) -> Arguments {
    make(folder / "t.yaml");
    return {"check", folder / "t.yaml"};
  };
}

Make train(const std::string& setting, void (*prepare)(const ScratchFolder&) = nullptr) {
  return [=](const ScratchFolder& folder) -> Arguments {
    write_text(folder / "t.yaml", sound_experiment());
    if (prepare != nullptr) prepare(folder);
    return {"train", folder / "t.yaml", "--set", setting, "--runs", folder / "runs"};
  };
}

std::string laughs() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
            repeated(before + ", ", 8) + before + "]\n";
  }
  return text;
}

std::string utf16(const std::string& text) {
  std::string wide = "\xFF\xFE";
  for (const char c : text) {
    wide += c;
    wide += '\0';
  }
  return wide;
}

std::vector<BadInput> unreadable_texts() {
  const std::string minimal = "no experiment found; a small one:\n  agon: 1";
  return {
      {1, "empty", file(""), 78, {minimal}},
      {1, "comments", file("# nothing\n# else\n"), 78, {minimal}},
      {1, "null", file("null\n"), 78, {minimal}},
      {2, "byte_order_mark", file("\xEF\xBB\xBF" + sound_experiment()), 0, {"one step = "}},
      {2, "utf16", file(utf16(sound_experiment())), 78, {"got UTF-16 (byte order mark at byte 0)"}},
      {2,
       "invalid_utf8",
       file("a: \xC3\x28"),
       78,
       {"expected UTF-8 text, got byte 0xc3 at byte 3"}},
      {2, "nul", file(std::string("a: 1\nb\0c", 8)), 78, {"got a NUL byte at byte 6"}},
      {2,
       "binary",
       file("\x7F"
            "ELF\x02\x01\x01"),
       78,
       {"at byte 0"}},
      {3, "tab", sound_and("checkpoint:\n\tevery: 3\n"), 78, {"t.yaml:27:1: a tab", "\n  ^"}},
      {3,
       "colon",
       sound_and("checkpoint\n  every: 3\n"),
       78,
       {"t.yaml:26:1: expected 'name: value', got no ':' in this line", "^"}},
      {3,
       "bracket",
       sound_and("checkpoint: {every: [3\n"),
       78,
       {"t.yaml:26:21: this bracket is never closed", "\n  checkpoint: {every: [3", "^"}},
      {4, "two_documents", sound_and("---\nb: 1\n"), 78, {"t.yaml:26:1: line 26 starts a second"}},
      {5, "duplicate", sound_and("name: u\n"), 78, {"26:1: duplicate key 'name'", "at 2:1"}},
      {8, "laughs", file(laughs()), 78, {"alias expansion above 100,000 nodes"}},
      {8, "recursive", file("&x\n- *x\n"), 78, {"2:3: recursive alias"}},
      {9, "brackets", file("a: " + repeated("[", 10'000) + "\n"), 78, {"nesting deeper than 64"}},
      {9, "mappings", file(repeated("{a: ", 10'000) + "\n"), 78, {"nesting deeper than 64"}},
      {9, "dashes", file(repeated("- ", 10'000) + "\n"), 78, {"nesting deeper than 64"}},
      {10,
       "two_megabytes",
       file("a: " + repeated("x", 2 << 20)),
       78,
       {"at most 1 MiB, got 2.0 MiB"}},
      {10,
       "two_gigabytes",
       at([](const std::string& path) {
         write_text(path, "");
         fs::resize_file(path, std::uintmax_t{2} << 30);
       }),
       78,
       {"at most 1 MiB, got 2.0 GiB"}},
      {10,
       "zeros",
       at([](const std::string& path) { fs::create_symlink("/dev/zero", path); }),
       66,
       {"expected a regular file"}},
      {10,
       "fifo",
       at([](const std::string& path) { mkfifo(path.c_str(), 0600); }),
       66,
       {"expected a regular file"}},
      {10,
       "directory",
       at([](const std::string& path) { fs::create_directory(path); }),
       66,
       {"expected a regular file, got a directory"}},
      {10, "missing", at([](const std::string&) {}), 66, {"no such file"}},
  };
}

std::vector<BadInput> wrong_values() {
  return {
      {6,
       "misspelt",
       sound_but("adam: {lr: lr}", "adam: {learnig_rate: lr}"),
       78,
       {"unknown key 'learnig_rate' in adam; did you mean 'lr'?"}},
      {7,
       "misplaced",
       sound_but("    input: {z: [latent]}", "    lr: 3\n    input: {z: [latent]}"),
       78,
       {"unknown key 'lr' in network; it belongs under optimizers.<name>"}},
      {11, "no", sound_but("name: t", "name: no"), 0, {"one step = "}},
      {11, "off", sound_but("name: t", "name: off"), 0, {"one step = "}},
      {11, "y", sound_but("name: t", "name: y"), 0, {"one step = "}},
      {11,
       "yes_for_true",
       sound_but("    input: {z: [latent]}", "    frozen: yes\n    input: {z: [latent]}"),
       78,
       {"networks.generator.frozen: expected true or false, got 'yes'"}},
      {11, "sixty", set("train.steps=1:30"), 78, {"got '1:30'"}},
      {12, "exponent", set("lr=1e-4"), 0, {"one step = "}},
      {12, "underscore", set("lr=1_000"), 0, {"one step = "}},
      {12, "point", set("lr=.5"), 0, {"one step = "}},
      {12, "hexadecimal", set("lr=0x10"), 78, {"expected a number, got '0x10'"}},
      {12, "comma", set("lr=1,5"), 78, {"expected a number, got '1,5'"}},
      {13, "nan", set("optimizers.d.adam.lr=nan"), 78, {"unknown name 'nan'"}},
      {13, "infinite", set("optimizers.d.adam.lr=1e999"), 78, {"1e999"}},
      {13,
       "negative",
       set("optimizers.d.adam.lr=-0.1"),
       78,
       {"expected a number of at least 0, got -0.1"}},
      {13,
       "beta_of_one",
       set("optimizers.d.adam={lr: lr, betas: [1.0, 0.9]}"),
       78,
       {"betas[0]: expected a number in [0, 1), got 1"}},
      {13,
       "beta_above_one",
       set("optimizers.d.adam={lr: lr, betas: [0.5, 1.5]}"),
       78,
       {"betas[1]: expected a number in [0, 1), got 1.5"}},
      {14, "no_batch", set("train.batch=0"), 78, {"expected a whole number of at least 1, got 0"}},
      {14, "negative_batch", set("train.batch=-1"), 78, {"of at least 1, got -1"}},
      {14,
       "huge_batch",
       set("train.batch=9223372036854775808"),
       78,
       {"expected a whole number from 1 to 9007199254740992, got 9223372036854775808"}},
      {14,
       "batch_above_set",
       set("train.batch=20001"),
       78,
       {"batch is 20001, digits has 20000 examples"}},
      {14,
       "key_of_another_source",
       sound_but("{source: digits}", "{source: digits, frames: 4}"),
       78,
       {"t.yaml:4:24: data.frames: "}},
      {15,
       "overflow",
       set("networks.generator.input={z: [4000000000, 4000000000, 4000000000]}"),
       78,
       {"shape [4000000000, 4000000000, 4000000000] needs", "more than any machine has"}},
      {15,
       "eleven_terabytes",
       train("latent=1000000000"),
       78,
       {"2.9 TiB, more than any machine has"}},
      {15,
       "more_than_this_machine",
       train("latent=100000000"),
       78,
       {"the plan needs", "this machine has", "generator.dense1.weight f32[784, 100000000]"}},
  };
}

std::vector<BadInput> wrong_meanings() {
  return {
      {16,
       "cycle",
       sound_but("z: normal([batch, latent])", "z: fake"),
       78,
       {"step.z: 'z' is defined by itself: z -> fake -> z"}},
      {16, "unknown_name", sound_but("generator(z)", "generator(zz)"), 78, {"did you mean 'z'?"}},
      {16,
       "unused",
       sound_but("  fake:", "  spare: normal([batch, 2])\n  fake:"),
       0,
       {"warning ", "step.spare: never used"}},
      {17,
       "shapes",
       sound_but("dense: 784\n      - reshape: [1, 28, 28]",
                 "dense: 12288\n      - reshape: [3, 64, 64]"),
       78,
       {"losses.d: discriminator expects image [1, 28, 28] (data.image), got [3, 64, 64] from "
        "generator(z)"}},
      {18,
       "nothing_left",
       sound_but("      - flatten", "      - conv: {filters: 3, kernel: 31}\n      - flatten"),
       78,
       {"conv output height floor((28 - 31) / 1) + 1 = -2, expected at least 1"}},
      {19,
       "no_logits",
       sound_but("      - dense: 1\n", "      - dense: 1\n      - sigmoid\n"),
       78,
       {"losses.d: bce_with_logits: its logits are already a probability"}},
      {19,
       "label_missing",
       sound_but("{z: [latent]}", "{z: [latent], y: [10]}"),
       78,
       {"step.fake: generator(z, y) expects 2 inputs, got 1"}},
      {20,
       "nothing_to_update",
       sound_but("      - dense: 784\n      - reshape: [1, 28, 28]",
                 "      - reshape: [1, 2, 4]\n      - pad: [10, 16, 12, 12]"),
       78,
       {"'generator' has no parameters to update"}},
      {20,
       "two_owners",
       set("optimizers.g.update=[generator, discriminator]"),
       0,
       {"warning ", "discriminator is updated by two optimizers"}},
      {21, "upwards", set("name=../../x"), 78, {"expected a name of at most 64 letters"}},
      {21, "device", set("name=CON"), 78, {"'CON' cannot name a folder everywhere"}},
      {21, "long", set("name=" + repeated("a", 5000)), 78, {"... (5000 characters)"}},
      {21, "emoji", set("name=\xF0\x9F\x98\x80"), 78, {"expected a name of at most 64 letters"}},
      {21, "dash", set("name=-x"), 78, {"that begins with no '-'"}},
      {21,
       "step_value",
       sound_but("  fake: generator", "  ../x: generator"),
       78,
       {"expected a name of at most 64 letters, digits and '_'", "got '../x'"}},
      {22, "output_key", set("output=/etc"), 78, {"unknown path 'output'"}},
      {22,
       "linked_run",
       train("train.steps=1",
             [](const ScratchFolder& folder) {
               fs::create_directory(folder / "runs");
               fs::create_symlink("/nowhere", folder / "runs/t");
             }),
       73,
       {"runs/t': cannot make the directory"}},
      {24,
       "no_interpolation",
       set("data={source: folder, path: \"${HOME_OF_NOBODY}/d\"}"),
       66,
       {"no folder '", "${HOME_OF_NOBODY}/d'"}},
      {25,
       "newer",
       sound_but("agon: 1", "agon: 2"),
       78,
       {"the file is written for version 2 of the language, this program reads version 1"}},
      {25, "unversioned", sound_but("agon: 1\n", ""), 78, {"missing key 'agon'"}},
  };
}

/// A file that extends the next, and so on; the last is the first again or extends nothing.
Make chain(int files, bool round) {
  return [=](const ScratchFolder& folder) -> Arguments {
    const auto name = [](int i) { return i == 0 ? "t.yaml" : "f" + std::to_string(i) + ".yaml"; };
    for (int i = 0; i < files; ++i) {
      const std::string next =
          i + 1 < files || round ? "extends: " + name((i + 1) % files) + "\n" : "seed: 2\n";
      write_text(folder / name(i), i == 0 ? sound_experiment() + next : next);
    }
    return {"check", folder / "t.yaml"};
  };
}

/// Each of ten parts takes the next twice.
Arguments doubled_parts(const ScratchFolder& folder) {
  write_text(folder / "t.yaml", sound_experiment() + "extends: [f1.yaml, f1.yaml]\n");
  for (int i = 1; i < 10; ++i) {
    const std::string next = "f" + std::to_string(i + 1) + ".yaml";
    write_text(folder / ("f" + std::to_string(i) + ".yaml"),
               "extends: [" + next + ", " + next + "]\n");
  }
  write_text(folder / "f10.yaml", "seed: 2\n");
  return {"check", folder / "t.yaml"};
}

std::vector<BadInput> wrong_compositions() {
  return {
      {23,
       "loop",
       chain(3, true),
       78,
       {"a file cannot extend itself: ", "t.yaml extends ", "f1.yaml extends ", "f2.yaml extends ",
        "t.yaml"}},
      {23, "missing", sound_and("extends: nowhere.yaml\n"), 78, {"nowhere.yaml"}},
      {23, "hundred_levels", chain(100, false), 78, {"expected at most", "files that extend"}},
      {23, "doubled", doubled_parts, 0, {"one step = "}},
  };
}

}  // namespace

std::string sound_with(const std::string& from, const std::string& to) {
  std::string text = sound_experiment();
  const std::size_t at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << "no '" << from << "' in the sound experiment";
    return text;
  }
  return text.replace(at, from.size(), to);
}

std::vector<BadInput> bad_configs() {
  std::vector<BadInput> all = unreadable_texts();
  for (const auto& list : {wrong_values(), wrong_meanings(), wrong_compositions()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

std::vector<AbsentInput> absent_inputs() {
  return {
      {26, "there are no sweep files yet; `sweep:` is an unknown key"},
      {27, "there are no sweep files yet"},
  };
}

}  // namespace agon
