#include "engine/runtime/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/error.h"

namespace agon {

namespace {
std::size_t port_named(const std::vector<Program::Port>& ports, std::string_view name,
                       std::string_view what) {
  const auto it = std::find_if(ports.begin(), ports.end(),
                               [&](const Program::Port& port) { return port.name == name; });
  if (it == ports.end()) throw InternalError(fmt::format("no {} named '{}'", what, name));
  return static_cast<std::size_t>(it - ports.begin());
}
}  // namespace

Executor::Executor(const Program& program, Variables& variables, Lanes& lanes, Arena* arena,
                   Accelerator* accelerator)
    : program_(program),
      variables_(variables),
      lanes_(lanes),
      accelerator_(program.schedule.segments.empty() ? nullptr : accelerator),
      own_arena_(arena == nullptr ? program.arena_bytes : 0,
                 arena == nullptr ? program.gpu_arena_bytes : 0, accelerator_),
      arena_(arena == nullptr ? &own_arena_ : arena),
      input_memory_(program.inputs.size(), nullptr),
      staged_(program.inputs.size()) {
  if (is_mixed() && accelerator == nullptr)
    throw InternalError("the program uses an accelerator, the executor has none");
  const auto check_arena = [](const char* what, std::size_t has, std::size_t needs) {
    if (has >= needs) return;
    throw InternalError(
        fmt::format("the {}arena has {} bytes, the program needs {}", what, has, needs));
  };
  check_arena("", arena_->host.bytes(), program.arena_bytes);
  check_arena("accelerator's ", arena_->own.bytes(), program.gpu_arena_bytes);
  bind_variables();
  store_constants();
  if (is_mixed()) stage_inputs();
  for (const Instruction& instruction : program.instructions) {
    bound_.push_back({instruction.kernel.get(), std::vector<const void*>(instruction.in.size()),
                      std::vector<void*>(instruction.out.size()), nullptr});
  }
}

void Executor::bind_variables() {
  for (const Program::Port& port : program_.variables) {
    Variables::Variable* variable = variables_.find(port.name);
    if (variable == nullptr) throw InternalError("no variable named '" + port.name + "'");
    if (variable->type != port.type) {
      throw InternalError(fmt::format("variable '{}': expected {}, got {}", port.name,
                                      to_text(port.type), to_text(variable->type)));
    }
    variable_memory_.push_back(variable->memory.data());
  }
}

void* Executor::address(const Place& place, Device reader) const {
  switch (place.kind) {
    case Place::Kind::Arena: {
      const Buffer& arena = place.memory == Device::Cpu ? arena_->host : arena_->own;
      return static_cast<char*>(arena.data()) + place.index;
    }
    case Place::Kind::Variable:
      return variable_memory_[place.index];
    case Place::Kind::Input:
      if (reader == Device::Gpu) return staged_[place.index].data();
      return const_cast<void*>(input_memory_[place.index]);  // kernels read it only
    case Place::Kind::Constant:
      return constants_[place.index].data();
  }
  throw InternalError("unknown kind of place");
}

void Executor::bind_input(std::string_view name, const void* memory) {
  const void*& slot = input_memory_[port_named(program_.inputs, name, "input")];
  stale_ = stale_ || slot != memory;
  slot = memory;
}

void Executor::rebind() {
  for (std::size_t i = 0; i < input_memory_.size(); ++i) {
    if (input_memory_[i] == nullptr && program_.inputs[i].type.bytes() > 0)
      throw InternalError("input '" + program_.inputs[i].name + "' was not bound");
  }
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    const Instruction& instruction = program_.instructions[i];
    const Device device = instruction.node->device();
    const auto at = [&](const Place& place) { return address(place, device); };
    std::transform(instruction.in.begin(), instruction.in.end(), bound_[i].in.begin(), at);
    std::transform(instruction.out.begin(), instruction.out.end(), bound_[i].out.begin(), at);
    bound_[i].scratch = at({Place::Kind::Arena, instruction.scratch, device});
  }
  stale_ = false;
}

void Executor::run_one(std::size_t instruction, void* queue) {
  const Bound& bound = bound_[instruction];
  bound.kernel->run({bound.in, bound.out, bound.scratch, queue});
}

void Executor::run() {
  if (stale_) rebind();
  if (is_mixed()) return run_segments();
  lanes_.run([&] {
    for (const Bound& bound : bound_) bound.kernel->run({bound.in, bound.out, bound.scratch});
    run_copies();
  });
}

void Executor::run_copies() {
  for (const Program::Copy& copy : program_.copies)
    copy_memory(variable_memory_[copy.variable], address(copy.from, Device::Cpu), copy.bytes);
}

void Executor::run_timed(std::span<InstructionTime> times) {
  if (times.size() != bound_.size()) {
    throw InternalError(
        fmt::format("run_timed: expected {} times, got {}", bound_.size(), times.size()));
  }
  prepare_run();
  using Clock = std::chrono::steady_clock;
  lanes_.run([&] {
    const Clock::time_point start = Clock::now();
    const auto since_start = [&] {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    };
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      times[i].begin = since_start();
      run_alone(i);
      times[i].end = since_start();
    }
    run_copies();
  });
}

const void* Executor::output(std::string_view name) const {
  return address(program_.outputs[port_named(program_.outputs, name, "output")].place, Device::Cpu);
}

double Executor::scalar(std::string_view name) const {
  const std::size_t at = port_named(program_.outputs, name, "output");
  const Program::Port& port = program_.outputs[at];
  if (!is_floating(port.type.dtype) || port.type.shape.elements() == 0) {
    throw InternalError(
        fmt::format("output '{}': expected a floating value, got {}", name, to_text(port.type)));
  }
  NdArray first(Type{port.type.dtype, {}});
  first.load(address(port.place, Device::Cpu));
  return first[0];
}

NdArray Executor::array(std::string_view name) const {
  NdArray result(program_.outputs[port_named(program_.outputs, name, "output")].type);
  if (result.size() > 0) result.load(output(name));
  return result;
}

}  // namespace agon
