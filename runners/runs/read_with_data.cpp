#include "runners/runs/read_with_data.h"

#include <algorithm>
#include <vector>

#include "runners/data/data_set.h"
#include "runners/data/input_error.h"

namespace agon {

Experiment read_with_data(const std::function<Experiment(const Inspect& inspect)>& read) {
  std::vector<CodedFinding> about_data;
  // the reading knows ConfigError alone: it goes on after one, with a source of a usual shape
  const Inspect inspect = [&](const DataSpec& spec) {
    try {
      return inspect_data(spec);
    } catch (const InputError& failure) {
      about_data.insert(about_data.end(), failure.findings().begin(), failure.findings().end());
      throw ConfigError(failure.diagnostics());
    }
  };
  try {
    return read(inspect);
  } catch (const ConfigError& failure) {
    if (about_data.empty()) throw;
    std::vector<CodedFinding> all;
    for (const Diagnostic& d : failure.diagnostics()) {
      const auto known = std::ranges::find_if(about_data, [&](const CodedFinding& coded) {
        return coded.finding.origin == d.origin && d.message.starts_with(coded.finding.message);
      });
      all.push_back({known == about_data.end() ? ExitCode::Config : known->code, d});
    }
    throw InputError(std::move(all));
  }
}

}  // namespace agon
