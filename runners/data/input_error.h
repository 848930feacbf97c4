#pragma once
#include <vector>

#include "engine/base/error.h"

namespace agon {

/// A finding and the code of its kind: Config for a mistake in the experiment file itself.
struct CodedFinding {
  ExitCode code = ExitCode::Config;
  Diagnostic finding;
};

/// What an experiment names, data or weights, is missing or not what it should be. Findings have
/// places as those of a ConfigError, beside which they may stand, but codes of their own; what() is
/// the lines joined by newlines. The code of the whole is that of its errors, Config where one is
/// about the file itself.
class InputError : public Error {
 public:
  explicit InputError(std::vector<CodedFinding> findings);

  const std::vector<CodedFinding>& findings() const { return findings_; }
  std::vector<Diagnostic> diagnostics() const;

 private:
  std::vector<CodedFinding> findings_;
};

}  // namespace agon
