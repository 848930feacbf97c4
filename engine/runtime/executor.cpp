#include "engine/runtime/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/error.h"

namespace agon {

namespace {
using Clock = std::chrono::steady_clock;

std::int64_t nanoseconds_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

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
      runs_ahead_(program.schedule.is_one_launch()),
      own_arena_(arena == nullptr ? program.arena_bytes : 0,
                 arena == nullptr ? program.gpu_arena_bytes : 0, accelerator_),
      arena_(arena == nullptr ? &own_arena_ : arena),
      input_memory_(program.inputs.size(), nullptr),
      input_offsets_(program.inputs.size(), kNotStaged) {
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
  lay_out_inputs();
  add_slot();
  shown_ = slots_[0].get();
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

void* Executor::address(const Place& place, Device reader, const Slot& slot) const {
  switch (place.kind) {
    case Place::Kind::Arena: {
      const Buffer& host = runs_ahead_ ? slot.host : arena_->host;
      const Buffer& arena = place.memory == Device::Cpu ? host : arena_->own;
      return static_cast<char*>(arena.data()) + place.index;
    }
    case Place::Kind::Variable:
      return variable_memory_[place.index];
    case Place::Kind::Input:
      if (reader == Device::Gpu)
        return static_cast<char*>(slot.landed.data()) + input_offsets_[place.index];
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

void Executor::check_inputs() const {
  for (std::size_t i = 0; i < input_memory_.size(); ++i) {
    if (input_memory_[i] == nullptr && program_.inputs[i].type.bytes() > 0)
      throw InternalError("input '" + program_.inputs[i].name + "' was not bound");
  }
}

void Executor::bind(Slot& slot) const {
  for (std::size_t i = 0; i < slot.bound.size(); ++i) {
    const Instruction& instruction = program_.instructions[i];
    const Device device = instruction.node->device();
    const auto at = [&](const Place& place) { return address(place, device, slot); };
    std::transform(instruction.in.begin(), instruction.in.end(), slot.bound[i].in.begin(), at);
    std::transform(instruction.out.begin(), instruction.out.end(), slot.bound[i].out.begin(), at);
    slot.bound[i].scratch = at({Place::Kind::Arena, instruction.scratch, device});
  }
}

/// Addresses inside a recording do not change, those of inputs that the processors read do.
void Executor::prepare_run(Slot& slot) {
  if (!stale_) return;
  check_inputs();
  if (!runs_ahead_) bind(slot);
  stale_ = false;
}

void Executor::add_slot() {
  auto slot = std::make_unique<Slot>();
  if (staged_bytes_ > 0) {
    slot->staged = Buffer(staged_bytes_, &accelerator_->memory(MemoryKind::Staged));
    slot->landed = Buffer(staged_bytes_, &accelerator_->memory(MemoryKind::Own));
  }
  if (runs_ahead_)
    slot->host = Buffer(program_.arena_bytes, &accelerator_->memory(MemoryKind::Staged));
  for (const Instruction& instruction : program_.instructions) {
    slot->bound.push_back({instruction.kernel.get(),
                           std::vector<const void*>(instruction.in.size()),
                           std::vector<void*>(instruction.out.size()), nullptr});
  }
  bind(*slot);
  slots_.push_back(std::move(slot));
}

void Executor::run_one(const Slot& slot, std::size_t instruction, void* queue) {
  const Bound& bound = slot.bound[instruction];
  bound.kernel->run({bound.in, bound.out, bound.scratch, queue});
}

void Executor::run() {
  Slot& slot = idle_slot();
  prepare_run(slot);
  if (is_mixed()) {
    if (slot.recordings.empty()) slot.recordings = record(slot, false);
    bring_inputs(slot);
    return run_segments(slot.recordings, [&](std::size_t i) { run_one(slot, i); });
  }
  lanes_.run([&] {
    for (const Bound& bound : slot.bound) bound.kernel->run({bound.in, bound.out, bound.scratch});
    run_copies(slot);
  });
}

void Executor::run_copies(const Slot& slot) {
  for (const Program::Copy& copy : program_.copies) {
    copy_memory(variable_memory_[copy.variable], address(copy.from, Device::Cpu, slot), copy.bytes);
  }
}

void Executor::run_timed(std::span<InstructionTime> times) {
  if (times.size() != program_.instructions.size()) {
    throw InternalError(fmt::format("run_timed: expected {} times, got {}",
                                    program_.instructions.size(), times.size()));
  }
  return is_mixed() ? time_on_both(times) : time_on_host(times);
}

void Executor::time_on_host(std::span<InstructionTime> times) {
  Slot& slot = idle_slot();
  prepare_run(slot);
  lanes_.run([&] {
    const Clock::time_point start = Clock::now();
    for (std::size_t i = 0; i < slot.bound.size(); ++i) {
      times[i].begin = nanoseconds_since(start);
      run_one(slot, i);
      times[i].end = nanoseconds_since(start);
    }
    run_copies(slot);
  });
}

void Executor::time_on_both(std::span<InstructionTime> times) {
  Slot& slot = idle_slot();
  prepare_run(slot);
  if (timed_.empty()) timed_ = record(slot, true);
  bring_inputs(slot);
  accelerator_->start_clock();
  const Clock::time_point start = Clock::now();
  run_segments(timed_, [&](std::size_t i) {
    times[i].begin = nanoseconds_since(start);
    run_one(slot, i);
    times[i].end = nanoseconds_since(start);
  });
  for (std::size_t s = 0; s < timed_.size(); ++s) {
    if (!timed_[s]) continue;
    for (const Queued& item : program_.schedule.segments[s].items) {
      const std::size_t i = item.instruction;
      times[i] = {timed_[s]->marked(2 * i), timed_[s]->marked(2 * i + 1)};
    }
  }
}

std::size_t Executor::output_number(std::string_view name) const {
  return port_named(program_.outputs, name, "output");
}

const void* Executor::output(std::string_view name) const {
  return output(output_number(name));
}

const void* Executor::output(std::size_t number) const {
  return address(program_.outputs[number].place, Device::Cpu, *shown_);
}

double Executor::scalar(std::string_view name) const {
  const std::size_t at = output_number(name);
  const Program::Port& port = program_.outputs[at];
  if (!is_floating(port.type.dtype) || port.type.shape.elements() == 0) {
    throw InternalError(
        fmt::format("output '{}': expected a floating value, got {}", name, to_text(port.type)));
  }
  NdArray first(Type{port.type.dtype, {}});
  first.load(output(at));
  return first[0];
}

NdArray Executor::array(std::string_view name) const {
  NdArray result(program_.outputs[output_number(name)].type);
  if (result.size() > 0) result.load(output(name));
  return result;
}

}  // namespace agon
