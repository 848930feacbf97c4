#include "runners/reproduce/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"

namespace agon {

namespace {
bool same(double a, double b) {
  // what metrics.jsonl holds are float32 values
  const auto x = static_cast<float>(a), y = static_cast<float>(b);
  return x == y || (!std::isfinite(x) && !std::isfinite(y));
}

const double* value_of(const Measures& measures, const std::string& name) {
  const auto it = std::ranges::find(measures, name, &Measures::value_type::first);
  return it == measures.end() ? nullptr : &it->second;
}

class Comparison {
 public:
  Comparison(const TrainingRecord& recorded, const TrainingRecord& rerun)
      : recorded_(recorded), rerun_(rerun) {}

  void bits(Verdict& verdict) {
    verdict_ = &verdict;
    for (const auto& [number, expected] : recorded_.steps) {
      const auto it = rerun_.steps.find(number);
      if (it != rerun_.steps.end()) compare_step(number, expected, it->second);
    }
    for (const auto& [name, hash] : recorded_.pictures) {
      const auto it = rerun_.pictures.find(name);
      if (it == rerun_.pictures.end()) continue;
      ++verdict.compared;
      if (hash != it->second) differs(name, "another picture");
    }
  }

  void losses(Verdict& verdict) {
    verdict_ = &verdict;
    verdict.kind = Verdict::Kind::WithinTolerance;
    for (const auto& [number, expected] : recorded_.steps) {
      const auto it = rerun_.steps.find(number);
      if (it == rerun_.steps.end()) continue;
      for (const auto& [name, spread] : expected.spread)
        compare_loss(number, name, spread, expected.measures, it->second.measures);
    }
  }

 private:
  /// In the order in which one follows from another: variables, then what is measured on them.
  void compare_step(std::int64_t number, const RecordedStep& expected, const RecordedStep& found) {
    const std::string step = fmt::format("step {}", thousands_text(number));
    compare_variables(step, expected.variables, found.variables);
    compare_instructions(expected.instructions, found.instructions);
    for (const auto& [name, value] : expected.measures) {
      const double* other = value_of(found.measures, name);
      if (other == nullptr) continue;
      ++verdict_->compared;
      if (!same(value, *other))
        differs(step,
                fmt::format("{} {}, recorded {}", name, number_text(*other), number_text(value)));
    }
    if (expected.fingerprint.empty() || found.fingerprint.empty()) return;
    ++verdict_->compared;
    if (expected.fingerprint != found.fingerprint)
      differs(step, fmt::format("fingerprint of all variables {}, recorded {}", found.fingerprint,
                                expected.fingerprint));
  }

  void compare_variables(const std::string& step, const NamedFingerprints& expected,
                         const NamedFingerprints& found) {
    std::vector<std::string> names;
    for (const auto& [name, value] : expected) {
      const auto it = std::ranges::find(found, name, &NamedFingerprints::value_type::first);
      if (it == found.end()) continue;
      ++verdict_->compared;
      if (value >> 32 != it->second >> 32) names.push_back(name);
    }
    if (names.empty()) return;
    differs(step, fmt::format("{}{}", names.front(),
                              names.size() == 1 ? ""
                                                : fmt::format(" and {} more of {}",
                                                              names.size() - 1, expected.size())));
  }

  /// Only where there are as many: otherwise the step is computed in another way.
  void compare_instructions(const NamedFingerprints& expected, const NamedFingerprints& found) {
    if (expected.size() != found.size()) return;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ++verdict_->compared;
      if (expected[i].second >> 32 == found[i].second >> 32) continue;
      verdict_->where = found[i].first;
      return;
    }
  }

  void compare_loss(std::int64_t number, const std::string& name, double spread,
                    const Measures& expected, const Measures& found) {
    const double* a = value_of(expected, name);
    const double* b = value_of(found, name);
    if (a == nullptr || b == nullptr) return;
    ++verdict_->compared;
    const double allowed = 16 * spread + 0x1p-20 * std::max(std::abs(*a), std::abs(*b));
    if (std::abs(*a - *b) <= allowed || (std::isnan(*a) && std::isnan(*b))) return;
    differs(fmt::format("step {}", number),
            fmt::format("{} {}, recorded {}, tolerance {:.2g}", name, number_text(*b),
                        number_text(*a), allowed));
  }

  void differs(const std::string& where, const std::string& what) {
    verdict_->kind = Verdict::Kind::Different;
    if (verdict_->first.empty()) verdict_->first = where + ": " + what;
  }

  const TrainingRecord& recorded_;
  const TrainingRecord& rerun_;
  Verdict* verdict_ = nullptr;
};
}  // namespace

Verdict compare(const TrainingRecord& recorded, const TrainingRecord& rerun) {
  Verdict verdict;
  const auto machine = machine_differences(recorded.pinned, rerun.pinned);
  verdict.pinned = machine;
  for (auto* differences : {&experiment_differences, &data_differences}) {
    const auto found = differences(recorded.pinned, rerun.pinned);
    verdict.pinned.insert(verdict.pinned.end(), found.begin(), found.end());
  }
  Comparison comparison(recorded, rerun);
  comparison.bits(verdict);
  if (verdict.kind == Verdict::Kind::Identical || machine.empty()) return verdict;
  Verdict tolerant;
  comparison.losses(tolerant);
  tolerant.pinned = verdict.pinned;
  // bits that differ are told of where the losses say nothing
  if (tolerant.compared == 0) return verdict;
  if (tolerant.kind == Verdict::Kind::WithinTolerance) tolerant.first = verdict.first;
  tolerant.where = verdict.where;
  return tolerant;
}

std::string to_text(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::Identical:
      return "identical";
    case Verdict::Kind::WithinTolerance:
      return "within tolerance";
    default:
      return "different";
  }
}

}  // namespace agon
