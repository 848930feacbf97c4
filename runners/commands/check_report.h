#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "graphs/experiment/training.h"
#include "runners/training/backend.h"
#include "runners/training/device_use.h"

namespace agon {

/// What `agon check` tells of a stage that was compiled and not run; without stages there is one.
struct CheckReport {
  /// Planned memory of a training, in bytes.
  struct Memory {
    std::size_t variables = 0;
    std::size_t arena = 0;  // activations, gradients, scratch; shared by training and sampling
    std::size_t constants = 0;
    std::size_t batches = 0;  // read ahead
    std::size_t peak() const { return variables + arena + constants + batches; }
  };

  CheckReport(const Experiment& experiment, const Plan& plan, const CompiledPlan& compiled,
              const Backend& backend);

  /// Of the stage: data, layers, what a step does, totals.
  std::string text() const;
  nlohmann::ordered_json json() const;

  const Experiment& experiment;
  const Plan& plan;
  std::vector<std::string> networks;  // in order of the layers
  std::int64_t parameters = 0;
  double step_flops = 0;
  Memory memory;
  Placement placement;
  DeviceUse device;  // nothing where the processors compute everything

 private:
  std::vector<std::vector<std::string>> device_rows() const;
  std::string layers_text(const std::string& network) const;
  std::string variables_text() const;
  std::string health_text() const;
};

/// Name and sentence of the experiment, and the reports of its stages.
std::string check_text(const Experiment& experiment, const std::vector<CheckReport>& stages);
/// The same as JSON: with several stages they are a list, otherwise their keys are the
/// experiment's.
nlohmann::ordered_json check_json(const Experiment& experiment,
                                  const std::vector<CheckReport>& stages,
                                  const std::vector<Diagnostic>& warnings);

/// "digits: 28x28 grey, 10 classes, 20,000 training and 4,000 test examples".
std::string data_text(const DataSpec& spec, const DataFacts& facts);

}  // namespace agon
