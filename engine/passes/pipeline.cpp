#include "engine/passes/pipeline.h"

#include <algorithm>
#include <vector>

#include "engine/base/error.h"
#include "engine/ir/print.h"
#include "engine/passes/eliminate_common_subexpressions.h"
#include "engine/passes/fold_constants.h"
#include "engine/passes/fuse.h"
#include "engine/passes/lower.h"
#include "engine/passes/remove_dead_code.h"
#include "engine/passes/simplify.h"

namespace agon {

namespace {

constexpr std::size_t kFirstRepeated = 2;
constexpr std::size_t kFirstLast = 5;
constexpr int kMostRounds = 100;  // rules that undo one another must not run for ever

const std::vector<Pass>& passes() {
  static const std::vector<Pass> list = {
      {"remove_dead_code", remove_dead_code},  // what nobody reads need not be rewritten
      {"lower", lower},                        // before simplify: its rules see the small ops
      // from here on again and again until none changes anything: each makes work for the others
      {"simplify", simplify},
      {"fold_constants", fold_constants},
      {"eliminate_common_subexpressions", eliminate_common_subexpressions},
      // once, at the end: nothing above looks into what it makes
      {"fuse", fuse},
  };
  return list;
}

bool run_pass(const Pass& pass, Graph& graph, const PassOptions& options) {
  if (std::ranges::find(options.disabled, pass.name) != options.disabled.end()) return false;
  const bool changed = pass.run(graph);
  if (options.verify) {
    try {
      verify(graph);
    } catch (const InternalError& e) {
      throw InternalError("after " + pass.name + ": " + e.what());
    }
  }
  if (options.after) options.after(pass.name, graph);
  return changed;
}

}  // namespace

std::span<const Pass> pipeline() {
  return passes();
}

void run_passes(Graph& graph, const PassOptions& options) {
  const auto all = pipeline();
  for (const Pass& pass : all.first(kFirstRepeated)) run_pass(pass, graph, options);
  bool changed = true;
  for (int round = 0; changed && round < kMostRounds; ++round) {
    changed = false;
    for (const Pass& pass : all.subspan(kFirstRepeated, kFirstLast - kFirstRepeated))
      changed = run_pass(pass, graph, options) || changed;
  }
  for (const Pass& pass : all.subspan(kFirstLast)) run_pass(pass, graph, options);
  for (const Pass& pass : options.last) run_pass(pass, graph, options);
}

}  // namespace agon
