#include "engine/plan/kernel_choice.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {

/// A library that fails while preparing (sizes beyond what it can address, no memory) has refused.
Candidate prepared(const KernelDef& def, const Node& node) {
  try {
    return def.prepare(node);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    return Candidate::refused(failure.what());
  }
}

}  // namespace

ChosenKernel choose_kernel(const Node& node, const KernelRegistry& kernels, bool reference) {
  ChosenKernel chosen;
  if (node.is("copy")) {
    chosen.kernel = copy_kernel(node.out_type().bytes());
    chosen.name = "copy";
    return chosen;
  }
  if (!reference) {
    for (const KernelDef& def : kernels.candidates(node.op().name)) {
      Candidate candidate = prepared(def, node);
      if (candidate.kernel) {
        chosen.kernel = std::move(candidate.kernel);
        chosen.name = def.name;
        return chosen;
      }
      chosen.refusals.push_back(def.name + ": " + candidate.refusal);
    }
  }
  if (!node.op().reference) {
    throw InternalError(fmt::format("{}: no kernel accepts it{}{}", node.op().name,
                                    chosen.refusals.empty() ? "" : ": ",
                                    joined(chosen.refusals, "; ")));
  }
  chosen.kernel = reference_kernel(node);
  chosen.name = "reference";
  return chosen;
}

}  // namespace agon
