#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runners/training/state.h"
#include "runners/training/trainer.h"

namespace agon {

/// An experiment file, read, and the plans of its stages.
struct PlannedExperiment {
  PlannedExperiment(const std::string& config, const ReadOptions& options);

  Experiment experiment;
  std::vector<Plan> plans;
};

/// One stage of a training in memory, placed as its file says, on a device that is lent to it.
class DeviceTraining {
 public:
  /// `device` is taken while this lives, where anything is placed on it, and opened where it is
  /// null. Everything given must outlive it.
  DeviceTraining(const PlannedExperiment& planned, std::size_t stage,
                 std::unique_ptr<Accelerator>& device);
  /// Gives the device back.
  ~DeviceTraining();
  DeviceTraining(const DeviceTraining&) = delete;
  DeviceTraining& operator=(const DeviceTraining&) = delete;

  Trainer& trainer() { return *trainer_; }
  NamedFingerprints bits() const { return fingerprints(variables_); }
  const CompiledPlan& compiled() const { return compiled_; }

 private:
  std::unique_ptr<Accelerator>& lender_;
  Backend backend_;
  CompiledPlan compiled_;
  Arena arena_;
  Variables variables_;
  Sources sources_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace agon
