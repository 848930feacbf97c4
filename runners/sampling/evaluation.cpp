#include "runners/sampling/evaluation.h"

#include <fmt/format.h>

#include "engine/base/error.h"

namespace agon {

Evaluation::Part::Part(const Program& program, const EvaluateGraph& spec, std::int64_t count,
                       Backend& backend, Variables& variables, Sources& sources, Buffer& arena)
    : examples(count),
      feed(sources, program, spec.split, count),
      executor(program, variables, backend.lanes, &arena) {}

Evaluation::Evaluation(const EvaluateGraph& spec, const CompiledPlan::Evaluation& programs,
                       Backend& backend, Variables& variables, Sources& sources, Buffer& arena)
    : spec_(spec) {
  const auto part = [&](const Program& program, std::int64_t examples) {
    auto made = std::make_unique<Part>(program, spec, examples, backend, variables, sources, arena);
    for (const Program::Port& input : program.inputs) {
      if (input.name == "step") made->executor.bind_input("step", &step_);
    }
    return made;
  };
  full_ = part(*programs.full, spec.batch);
  if (programs.last) last_ = part(*programs.last, spec.count % spec.batch);
  if (const auto there = full_->feed.count(); there && *there < spec.count) {
    throw Error(ExitCode::Data,
                fmt::format("evaluate: count is {}, but the {} split has {} examples", spec.count,
                            spec.split, *there));
  }
}

void Evaluation::add(Part& part, std::int64_t first, std::vector<double>& sums) {
  part.feed.read(first);
  part.feed.bind(part.executor);
  part.executor.run();
  for (std::size_t i = 0; i < spec_.metrics.size(); ++i)
    sums[i] += part.executor.scalar(spec_.metrics[i]) * static_cast<double>(part.examples);
  step_ += 1;
}

Measures Evaluation::run() {
  std::vector<double> sums(spec_.metrics.size(), 0.0);
  step_ = 0;
  const std::int64_t whole = spec_.count / spec_.batch;
  for (std::int64_t batch = 0; batch < whole; ++batch) add(*full_, batch * spec_.batch, sums);
  if (last_) add(*last_, whole * spec_.batch, sums);
  Measures measures;
  const std::string prefix = "evaluate." + (spec_.name.empty() ? "" : spec_.name + ".");
  for (std::size_t i = 0; i < sums.size(); ++i)
    measures.emplace_back(prefix + spec_.metrics[i], sums[i] / static_cast<double>(spec_.count));
  return measures;
}

}  // namespace agon
