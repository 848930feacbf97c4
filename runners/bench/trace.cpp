#include "runners/bench/trace.h"

#include <algorithm>
#include <utility>

#include "runners/bench/instruction_report.h"

namespace agon {

namespace {
using Json = nlohmann::ordered_json;

constexpr int kStepTrack = 0, kInputTrack = 1, kFirstInstructionTrack = 2;
constexpr int kAcceleratorTrack = 1000;  // below those of the processors

double microseconds(std::int64_t nanoseconds) {
  return 1e-3 * static_cast<double>(nanoseconds);
}

Json track_name(int track, const std::string& name) {
  return {
      {"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", track}, {"args", {{"name", name}}}};
}
}  // namespace

Trace::Trace(const std::vector<std::unique_ptr<const Program>>& programs, std::string accelerator)
    : accelerator_(std::move(accelerator)) {
  for (const auto& program : programs) {
    auto& arguments = arguments_.emplace_back();
    auto& names = names_.emplace_back();
    auto& kernels = kernels_.emplace_back();
    auto& devices = devices_.emplace_back();
    for (const Instruction& instruction : program->instructions) {
      const InstructionReport report = report_of(instruction);
      names.push_back(report.op);
      kernels.push_back(report.kernel);
      devices.push_back(instruction.node->device());
      arguments.push_back({{"kernel", report.kernel},
                           {"shapes", report.shapes},
                           {"origin", report.origin},
                           {"flops", report.direct_flops},
                           {"bytes", report.bytes}});
    }
  }
}

void Trace::add_event(const std::string& name, const std::string& category, int track, Span span,
                      Json arguments) {
  events_.push_back({{"name", name},
                     {"cat", category},
                     {"ph", "X"},
                     {"pid", 1},
                     {"tid", track},
                     {"ts", microseconds(span.begin - origin_)},
                     {"dur", microseconds(span.end - span.begin)},
                     {"args", std::move(arguments)}});
}

void Trace::add_instructions(const DrawTimes& draw, Device device) {
  std::vector<std::size_t>
      order;  // an accelerator's queues begin theirs in another than the list's
  for (std::size_t i = 0; i < draw.instructions.size(); ++i) {
    if (devices_[draw.program][i] == device) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return draw.instructions[i].begin; });
  const int first = device == Device::Gpu ? kAcceleratorTrack : kFirstInstructionTrack;
  std::vector<std::int64_t> free_from;  // by track
  for (const std::size_t i : order) {
    const InstructionTime& time = draw.instructions[i];
    auto track =
        std::ranges::find_if(free_from, [&](std::int64_t from) { return from <= time.begin; });
    if (track == free_from.end()) track = free_from.insert(track, 0);
    *track = time.end;
    add_event(names_[draw.program][i], kernels_[draw.program][i],
              first + static_cast<int>(track - free_from.begin()),
              {draw.run_begin + time.begin, draw.run_begin + time.end},
              arguments_[draw.program][i]);
  }
  std::size_t& tracks = device == Device::Gpu ? accelerator_tracks_ : tracks_;
  tracks = std::max(tracks, free_from.size());
}

void Trace::add_step(std::int64_t step, const std::vector<DrawTimes>& draws) {
  if (draws.empty()) return;
  if (origin_ < 0) origin_ = draws.front().wait_begin;
  add_event("step", "step", kStepTrack, {draws.front().wait_begin, draws.back().run_end},
            {{"step", step}});
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const DrawTimes& draw = draws[i];
    add_event("wait for input", "input", kInputTrack, {draw.wait_begin, draw.run_begin},
              {{"step", step}, {"draw", i}});
    for (const Device device : {Device::Cpu, Device::Gpu}) add_instructions(draw, device);
  }
}

Json Trace::json() const {
  Json events = events_;
  events.push_back(track_name(kStepTrack, "steps"));
  events.push_back(track_name(kInputTrack, "input"));
  const auto name_tracks = [&](int first, std::size_t count, const std::string& name) {
    for (std::size_t i = 0; i < count; ++i) {
      events.push_back(track_name(first + static_cast<int>(i),
                                  i == 0 ? name : name + " " + std::to_string(i + 1)));
    }
  };
  name_tracks(kAcceleratorTrack, accelerator_tracks_, accelerator_);
  name_tracks(kFirstInstructionTrack, tracks_, "instructions");
  return {{"displayTimeUnit", "ms"}, {"traceEvents", events}};
}

}  // namespace agon
