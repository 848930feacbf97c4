#include "engine/runtime/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/error.h"

namespace agon {

namespace {
std::vector<Buffer> stored(const std::vector<NdArray>& constants) {
  std::vector<Buffer> buffers;
  for (const NdArray& constant : constants) {
    buffers.emplace_back(constant.type.bytes());
    constant.store(buffers.back().data());
  }
  return buffers;
}

std::size_t port_named(const std::vector<Program::Port>& ports, std::string_view name,
                       std::string_view what) {
  const auto it = std::find_if(ports.begin(), ports.end(),
                               [&](const Program::Port& port) { return port.name == name; });
  if (it == ports.end()) throw InternalError(fmt::format("no {} named '{}'", what, name));
  return static_cast<std::size_t>(it - ports.begin());
}
}  // namespace

Executor::Executor(const Program& program, Variables& variables, Lanes& lanes, Buffer* arena)
    : program_(program),
      variables_(variables),
      lanes_(lanes),
      own_arena_(arena == nullptr ? program.arena_bytes : 0),
      arena_(arena == nullptr ? &own_arena_ : arena),
      constants_(stored(program.constants)),
      input_memory_(program.inputs.size(), nullptr) {
  if (arena_->bytes() < program.arena_bytes) {
    throw InternalError(fmt::format("the arena has {} bytes, the program needs {}", arena_->bytes(),
                                    program.arena_bytes));
  }
  for (const Program::Port& port : program.variables) {
    Variables::Variable* variable = variables_.find(port.name);
    if (variable == nullptr) throw InternalError("no variable named '" + port.name + "'");
    if (variable->type != port.type) {
      throw InternalError(fmt::format("variable '{}': expected {}, got {}", port.name,
                                      to_text(port.type), to_text(variable->type)));
    }
    variable_memory_.push_back(variable->memory.data());
  }
  for (const Instruction& instruction : program.instructions) {
    bound_.push_back({instruction.kernel.get(), std::vector<const void*>(instruction.in.size()),
                      std::vector<void*>(instruction.out.size()), nullptr});
  }
}

void* Executor::address(const Place& place) const {
  switch (place.kind) {
    case Place::Kind::Arena:
      return static_cast<char*>(arena_->data()) + place.index;
    case Place::Kind::Variable:
      return variable_memory_[place.index];
    case Place::Kind::Input:
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
    std::transform(instruction.in.begin(), instruction.in.end(), bound_[i].in.begin(),
                   [&](const Place& place) { return address(place); });
    std::transform(instruction.out.begin(), instruction.out.end(), bound_[i].out.begin(),
                   [&](const Place& place) { return address(place); });
    bound_[i].scratch = static_cast<char*>(arena_->data()) + instruction.scratch;
  }
  stale_ = false;
}

void Executor::run() {
  if (stale_) rebind();
  lanes_.run([&] {
    for (const Bound& bound : bound_) bound.kernel->run({bound.in, bound.out, bound.scratch});
    run_copies();
  });
}

void Executor::run_copies() {
  for (const Program::Copy& copy : program_.copies)
    copy_memory(variable_memory_[copy.variable], address(copy.from), copy.bytes);
}

void Executor::run_timed(std::span<InstructionTime> times) {
  if (times.size() != bound_.size()) {
    throw InternalError(
        fmt::format("run_timed: expected {} times, got {}", bound_.size(), times.size()));
  }
  if (stale_) rebind();
  using Clock = std::chrono::steady_clock;
  lanes_.run([&] {
    const Clock::time_point start = Clock::now();
    const auto since_start = [&] {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    };
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      const Bound& bound = bound_[i];
      times[i].begin = since_start();
      bound.kernel->run({bound.in, bound.out, bound.scratch});
      times[i].end = since_start();
    }
    run_copies();
  });
}

void Executor::run_observed(const Observer& after, const InputObserver& before) {
  if (stale_) rebind();
  lanes_.run([&] {
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      const Bound& bound = bound_[i];
      if (before) before(program_.instructions[i], bound.in);
      bound.kernel->run({bound.in, bound.out, bound.scratch});
      after(program_.instructions[i], bound.out);
    }
    run_copies();
  });
}

const void* Executor::output(std::string_view name) const {
  return address(program_.outputs[port_named(program_.outputs, name, "output")].place);
}

double Executor::scalar(std::string_view name) const {
  const std::size_t at = port_named(program_.outputs, name, "output");
  const Program::Port& port = program_.outputs[at];
  if (!is_floating(port.type.dtype) || port.type.shape.elements() == 0) {
    throw InternalError(
        fmt::format("output '{}': expected a floating value, got {}", name, to_text(port.type)));
  }
  NdArray first(Type{port.type.dtype, {}});
  first.load(address(port.place));
  return first[0];
}

NdArray Executor::array(std::string_view name) const {
  NdArray result(program_.outputs[port_named(program_.outputs, name, "output")].type);
  if (result.size() > 0) result.load(output(name));
  return result;
}

}  // namespace agon
