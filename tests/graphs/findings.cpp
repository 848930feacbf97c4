#include "tests/graphs/findings.h"

#include <gtest/gtest.h>

#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/graphs/drawn_facts.h"

namespace agon {

std::string edited(std::string text,
                   const std::vector<std::pair<std::string, std::string>>& edits) {
  for (const auto& [from, to] : edits) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
      ADD_FAILURE() << "no '" << from << "' in\n" << text;
      continue;
    }
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string findings_of(const std::string& text) {
  static const OpRegistry* const ops = [] {
    auto* made = new OpRegistry;
    register_all_ops(*made);
    return made;
  }();
  try {
    const Experiment experiment = read_experiment_text(
        text, "t.yaml", ".", {.set = {}, .quick = false, .ops = ops}, drawn_facts);
    std::string said;
    for (const Diagnostic& d : build_plan(experiment, *ops).warnings)
      said += (said.empty() ? "" : "\n") + to_text(d);
    return said;
  } catch (const ConfigError& e) {
    return e.what();
  }
}

void expect_finding(const std::string& text, const std::string& part) {
  const std::string found = findings_of(text);
  EXPECT_NE(found.find(part), std::string::npos) << found;
}

}  // namespace agon
