#include "tests/fuzz/large_inputs.h"
#include "tests/sound_experiment.h"

namespace agon {

std::string repeated(std::string_view text, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

std::string numbered(std::string_view a, std::string_view b, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all.append(a).append(std::to_string(i)).append(b);
  return all;
}

namespace {

constexpr int kNames = 250;  // nearly as many as one mapping may have

/// The sound experiment with `more` behind the first `place`.
std::string with(std::string_view place, const std::string& more) {
  std::string text = sound_experiment();
  return text.insert(text.find(place) + place.size(), more);
}
std::string with_params(const std::string& more) {
  return with("params: {", more);
}
std::string with_steps(const std::string& more) {
  return with("step:\n", more);
}
std::string with_losses(const std::string& more) {
  return with("losses:\n", more);
}
std::string with_optimizers(const std::string& more) {
  return with("optimizers:\n", more);
}
std::string with_layers(const std::string& more) {
  return with("      - flatten\n", more);
}
std::string with_order(const std::string& order) {
  return with("train: {", "order: [" + order + "], ");
}

/// "  <a>0: <a>1 + 1", ..., "  <a><n>: <last>".
std::string chain(const std::string& a, int n, const std::string& last) {
  std::string lines;
  for (int i = 0; i < n; ++i)
    lines += "  " + a + std::to_string(i) + ": " + a + std::to_string(i + 1) + " + 1\n";
  return lines + "  " + a + std::to_string(n) + ": " + last + "\n";
}

std::string param_chain(int n) {
  std::string params;
  for (int i = 0; i < n; ++i)
    params += "p" + std::to_string(i) + ": p" + std::to_string(i + 1) + ", ";
  return with_params(params + "p" + std::to_string(n) + ": 1, ");
}

std::string step_chain(int n) {
  std::string text = with_losses("  x: mean(s0)\n");
  return text.insert(text.find("losses:"), chain("s", n, "fake"));
}

/// Nine lists that name the one before nine times each.
std::string laugh() {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string n = std::to_string(i), before = "*a" + std::to_string(i - 1);
    text += "a" + n + ": &a" + n + " [" + repeated(before + ", ", 8) + before + "]\n";
  }
  return text;
}

/// Twelve blocks that have the next one ten times each.
std::string block_laugh() {
  std::string text = with_layers("      - b0\n") + "blocks:\n";
  for (int i = 0; i < 12; ++i) {
    const std::string next = "b" + std::to_string(i + 1);
    text += "  b" + std::to_string(i) + ": [" + repeated(next + ", ", 9) + next + "]\n";
  }
  return text + "  b12: [relu]\n";
}

/// The gradient of the square of a gradient of the square of ...
std::string nested_gradients(int n) {
  std::string lines = "  g0: grad(mean(tanh(discriminator(fake)^2)), fake)\n";
  for (int i = 1; i < n; ++i) {
    lines += "  g" + std::to_string(i) + ": grad(sum(g" + std::to_string(i - 1) + "^2), fake)\n";
  }
  std::string text = with_losses("  x: mean(g" + std::to_string(n - 1) + ")\n");
  return text.insert(text.find("losses:"), lines);
}

/// As many networks as may be, each of nearly as many layers as all may have.
std::string large_networks() {
  return with("networks:\n", numbered("  n",
                                      ": {input: {x: [4]}, layers: [{repeat: {times: 999, "
                                      "layers: [relu, relu, relu, relu, relu]}}]}\n",
                                      kNames));
}

constexpr LargeInput kConfigs[] = {
    {"config", "brackets", [] { return "a: " + repeated("[", 1'000'000); }},
    {"config", "dashes", [] { return repeated("- ", 500'000) + "a\n"; }},
    {"config", "questions", [] { return repeated("? ", 500'000) + "a\n"; }},
    {"config", "empty_lines", [] { return sound_experiment() + repeated("\n", 1'000'000); }},
    {"config", "blanks", [] { return sound_experiment() + repeated(" ", 1'000'000); }},
    {"config", "comment", [] { return sound_experiment() + "#" + repeated("x", 1'000'000); }},
    {"config", "tags", [] { return repeated("!\n", 500'000); }},
    {"config", "long_text",
     [] { return with("name: t\n", "about: " + repeated("x", 1'000'000) + "\n"); }},
    {"config", "long_key", [] { return sound_experiment() + repeated("k", 1000) + ": 1\n"; }},
    {"config", "escapes", [] { return "a: \"" + repeated("\\x41", 250'000) + "\"\n"; }},
    {"config", "block_scalar", [] { return "a: |\n" + repeated("  x\n", 200'000); }},
    {"config", "aliases_of_aliases", laugh},
    {"config", "merged_keys",
     [] {
       return "a: &a {" + numbered("k", ": 1, ", kNames) + "}\n" +
              numbered("b", ": {<<: *a}\n", kNames);
     }},
    {"config", "one_key_again_and_again", [] { return repeated("a: 1\n", 200'000); }},
    {"config", "keys", [] { return with_params(numbered("p", ": 1, ", 40'000)); }},
    {"config", "unknown_keys", [] { return sound_experiment() + numbered("u", ": 1\n", 240); }},
    {"config", "params", [] { return with_params(numbered("p", ": 1, ", kNames)); }},
    {"config", "params_of_params", [] { return param_chain(kNames); }},
    {"config", "step_values", [] { return with_steps(numbered("  s", ": fake + 1\n", kNames)); }},
    {"config", "step_values_of_others", [] { return step_chain(kNames); }},
    {"config", "unknown_functions",
     [] { return with_steps(numbered("  s", ": nosuch(fake)\n", kNames)); }},
    {"config", "losses", [] { return with_losses(numbered("  l", ": mean(fake)\n", kNames)); }},
    {"config", "losses_of_losses", [] { return with_losses(chain("l", kNames, "mean(fake)")); }},
    {"config", "optimizers",
     [] {
       return with_optimizers(
           numbered("  o", ": {minimize: g, update: generator, sgd: {lr: 1}}\n", kNames));
     }},
    {"config", "unused_blocks",
     [] {
       return sound_experiment() + "blocks:\n" + numbered("  b", "(a): [{dense: a}]\n", kNames);
     }},
    {"config", "turns", [] { return with_order("d * 9998, g"); }},
    {"config", "turns_one_by_one", [] { return with_order(repeated("d, g, ", 4000) + "g"); }},
    {"config", "arguments",
     [] { return with_steps("  a: where(" + repeated("1, ", 5000) + "fake)\n"); }},
    {"config", "parentheses",
     [] {
       return with_steps("  a: " + repeated("(", 8000) + "fake" + repeated(")", 8000) + "\n");
     }},
    {"config", "long_list",
     [] { return with_layers("      - flatten\n" + repeated("      - relu\n", 5000)); }},
    {"config", "repeated_layers",
     [] { return with_layers("      - repeat: {times: 500, layers: [relu]}\n"); }},
    {"config", "repeats_of_repeats",
     [] {
       return with_layers(
           "      - repeat: {times: 1000, layers: [{repeat: {times: 1000, layers: "
           "[relu]}}]}\n");
     }},
    {"config", "blocks_of_blocks", block_laugh},
    {"config", "block_of_itself",
     [] { return with_layers("      - b\n") + "blocks:\n  b: [relu, b, b, b]\n"; }},
    {"config", "networks_of_repeats", large_networks},
    {"config", "gradients_of_gradients", [] { return nested_gradients(12); }},
};

}  // namespace

std::span<const LargeInput> large_configs() {
  return kConfigs;
}

}  // namespace agon
