#include <algorithm>

#include "engine/ir/op_def.h"
#include "engine/runtime/executor.h"

// The part of the executor that has to do with an accelerator.
namespace agon {

/// Constants that only the processors read lie with them.
void Executor::store_constants() {
  std::vector<Device> memory(program_.constants.size(), Device::Cpu);
  for (const Instruction& instruction : program_.instructions) {
    for (const Place& place : instruction.in) {
      if (place.kind == Place::Kind::Constant) memory[place.index] = place.memory;
    }
  }
  for (std::size_t i = 0; i < program_.constants.size(); ++i) {
    const NdArray& constant = program_.constants[i];
    const std::size_t bytes = constant.type.bytes();
    Buffer host(bytes,
                accelerator_ == nullptr ? nullptr : &accelerator_->memory(MemoryKind::Staged));
    constant.store(host.data());
    if (memory[i] == Device::Gpu) {
      Buffer own(bytes, &accelerator_->memory(MemoryKind::Own));
      if (bytes > 0) accelerator_->copy_to_device(own.data(), host.data(), bytes);
      host = std::move(own);
    }
    constants_.push_back(std::move(host));
  }
}

/// Addresses of inputs change from run to run, those inside a recording may not.
void Executor::stage_inputs() {
  for (const Instruction& instruction : program_.instructions) {
    if (instruction.node->device() == Device::Cpu) continue;
    for (const Place& place : instruction.in) {
      if (place.kind != Place::Kind::Input || staged_[place.index].bytes() > 0) continue;
      staged_[place.index] = Buffer(program_.inputs[place.index].type.bytes(),
                                    &accelerator_->memory(MemoryKind::Staged));
    }
  }
}

/// Call inside Lanes::run.
void Executor::copy_inputs() {
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    if (staged_[i].bytes() > 0)
      copy_memory(staged_[i].data(), input_memory_[i], staged_[i].bytes());
  }
}

void Executor::load() {
  if (!loaded_) accelerator_->load();
  loaded_ = true;
}

void Executor::prepare_run() {
  if (stale_) rebind();
  if (!is_mixed()) return;
  load();
  lanes_.run([&] { copy_inputs(); });
}

void Executor::record() {
  load();
  std::vector<std::unique_ptr<Recording>> recordings;
  for (const Segment& segment : program_.schedule.segments) {
    recordings.push_back(nullptr);
    if (segment.device == Device::Cpu) continue;
    const int queues = 1 + std::ranges::max(segment.items, {}, &Queued::queue).queue;
    recordings.back() = accelerator_->record(queues, [&](Queues& into) {
      for (const Queued& item : segment.items) {
        for (const int earlier : item.after) into.order(earlier, item.queue);
        run_one(item.instruction, into.queue(item.queue));
      }
    });
  }
  recordings_ = std::move(recordings);
}

void Executor::run_segments() {
  if (recordings_.empty()) record();
  lanes_.run([&] { copy_inputs(); });
  last_ = nullptr;
  try {
    for (std::size_t i = 0; i < recordings_.size(); ++i) run_segment(i);
  } catch (...) {
    // what was launched still uses memory that the caller is about to give up
    if (last_ != nullptr) last_->wait();
    throw;
  }
  if (last_ != nullptr) last_->wait();
}

void Executor::run_segment(std::size_t i) {
  const Segment& segment = program_.schedule.segments[i];
  if (segment.device == Device::Gpu) {
    recordings_[i]->launch();
    last_ = recordings_[i].get();
    return;
  }
  if (segment.waits_for) recordings_[*segment.waits_for]->wait();
  lanes_.run([&] {
    for (const Queued& item : segment.items) run_one(item.instruction);
  });
}

/// Waits for it, on either device.
void Executor::run_alone(std::size_t i) {
  if (program_.instructions[i].node->device() == Device::Cpu) return run_one(i);
  accelerator_->run([&](void* queue) { run_one(i, queue); });
}

namespace {

/// Values of one side of an instruction as the host can read them.
class HostCopies {
 public:
  explicit HostCopies(Accelerator* accelerator) : accelerator_(accelerator) {}

  void* add(const Place& place, std::size_t bytes, void* memory) {
    const bool own = place.memory == Device::Gpu &&
                     (place.kind == Place::Kind::Arena || place.kind == Place::Kind::Constant);
    if (!own) return memory;
    copies_.emplace_back(bytes);
    if (bytes > 0) accelerator_->copy_to_host(copies_.back().data(), memory, bytes);
    return copies_.back().data();
  }

 private:
  Accelerator* accelerator_;
  std::vector<Buffer> copies_;
};

}  // namespace

void Executor::run_observed(const Observer& after, const InputObserver& before) {
  prepare_run();
  lanes_.run([&] {
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      const Instruction& instruction = program_.instructions[i];
      HostCopies copies(accelerator_);
      if (before) {
        std::vector<const void*> in = bound_[i].in;
        for (std::size_t k = 0; k < in.size(); ++k) {
          in[k] = copies.add(instruction.in[k], instruction.node->inputs()[k].type().bytes(),
                             const_cast<void*>(in[k]));
        }
        before(instruction, in);
      }
      run_alone(i);
      std::vector<void*> out = bound_[i].out;
      for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = copies.add(instruction.out[k], instruction.node->outputs()[k].bytes(), out[k]);
      after(instruction, out);
    }
    run_copies();
  });
}

}  // namespace agon
