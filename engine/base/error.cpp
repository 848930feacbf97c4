#include "engine/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace agon {

std::string to_text(const Origin& origin) {
  std::string text = origin.file;
  if (origin.known()) text += fmt::format(":{}:{}", origin.line, origin.column);
  if (!origin.path.empty()) text += (text.empty() ? "" : ": ") + origin.path;
  return text;
}

std::string to_text(const Diagnostic& diagnostic) {
  std::string text;
  switch (diagnostic.severity) {
    case Severity::Error:
      text = fmt::format("error[{}]", static_cast<int>(ExitCode::Config));
      break;
    case Severity::Warning:
      text = "warning";
      break;
    case Severity::Note:
      text = "note";
      break;
  }
  const std::string where = to_text(diagnostic.origin);
  return text + (where.empty() ? ": " : " " + where + ": ") + diagnostic.message;
}

void Diagnostics::error(const Origin& origin, const std::string& message) {
  found_.push_back({Severity::Error, origin, message});
}

void Diagnostics::warning(const Origin& origin, const std::string& message) {
  found_.push_back({Severity::Warning, origin, message});
}

void Diagnostics::note(const Origin& origin, const std::string& message) {
  found_.push_back({Severity::Note, origin, message});
}

bool Diagnostics::has_errors() const {
  return std::any_of(found_.begin(), found_.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> all;
  for (const Diagnostic& d : found_) {
    if (std::find(all.begin(), all.end(), d) == all.end()) all.push_back(d);
  }
  std::stable_sort(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.origin.file, a.origin.line, a.origin.column) <
           std::tie(b.origin.file, b.origin.line, b.origin.column);
  });
  return all;
}

void Diagnostics::throw_if_errors() const {
  if (has_errors()) throw ConfigError(sorted());
}

namespace {
std::string joined(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics) text += (text.empty() ? "" : "\n") + to_text(d);
  return text;
}
}  // namespace

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : Error(ExitCode::Config, joined(diagnostics)), diagnostics_(std::move(diagnostics)) {}

}  // namespace agon
