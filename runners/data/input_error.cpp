#include "runners/data/input_error.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"

namespace agon {

namespace {
std::string line(const CodedFinding& coded) {
  const Diagnostic& d = coded.finding;
  if (d.severity != Severity::Error) return to_text(d);
  return fmt::format("error[{}] {}: {}", static_cast<int>(coded.code), to_text(d.origin),
                     d.message);
}

std::string lines(const std::vector<CodedFinding>& findings) {
  std::vector<std::string> all;
  std::ranges::transform(findings, std::back_inserter(all), line);
  return joined(all, "\n");
}

ExitCode code_of(const std::vector<CodedFinding>& findings) {
  std::vector<ExitCode> codes;
  for (const CodedFinding& coded : findings) {
    if (coded.finding.severity == Severity::Error) codes.push_back(coded.code);
  }
  if (codes.empty()) throw InternalError("a failure without an error");
  const bool own = std::ranges::find(codes, ExitCode::Config) != codes.end();
  return own ? ExitCode::Config : codes.front();
}
}  // namespace

InputError::InputError(std::vector<CodedFinding> findings)
    : Error(code_of(findings), lines(findings)), findings_(std::move(findings)) {}

std::vector<Diagnostic> InputError::diagnostics() const {
  std::vector<Diagnostic> all;
  for (const CodedFinding& coded : findings_) all.push_back(coded.finding);
  return all;
}

}  // namespace agon
