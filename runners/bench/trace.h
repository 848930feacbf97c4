#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runners/training/trainer.h"

namespace agon {

/// The times of some steps in the form that chrome://tracing and Perfetto read: an event for each
/// step, each draw's wait for its batch and each instruction, with kernel, shapes and origin.
/// Instructions that ran at the same time lie on tracks of their own, those of an accelerator on
/// such with its name.
class Trace {
 public:
  /// `programs` must outlive it; `accelerator`: its name, where there is one.
  explicit Trace(const std::vector<std::unique_ptr<const Program>>& programs,
                 std::string accelerator = "");

  void add_step(std::int64_t step, const std::vector<DrawTimes>& draws);
  nlohmann::ordered_json json() const;

 private:
  struct Span {
    std::int64_t begin, end;  // nanoseconds
  };
  void add_event(const std::string& name, const std::string& category, int track, Span span,
                 nlohmann::ordered_json arguments);
  void add_instructions(const DrawTimes& draw, Device device);

  std::vector<std::vector<nlohmann::ordered_json>> arguments_;  // by program and instruction
  std::vector<std::vector<std::string>> names_, kernels_;
  std::vector<std::vector<Device>> devices_;
  std::string accelerator_;
  nlohmann::ordered_json events_ = nlohmann::ordered_json::array();
  std::int64_t origin_ = -1;  // of the first step
  std::size_t tracks_ = 0, accelerator_tracks_ = 0;
};

}  // namespace agon
