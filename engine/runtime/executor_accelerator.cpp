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

void Executor::lay_out_inputs() {
  constexpr std::size_t kAlignment = 64;
  for (const Instruction& instruction : program_.instructions) {
    if (instruction.node->device() == Device::Cpu) continue;
    for (const Place& place : instruction.in) {
      if (place.kind != Place::Kind::Input || input_offsets_[place.index] != kNotStaged) continue;
      input_offsets_[place.index] = staged_bytes_;
      const std::size_t bytes = program_.inputs[place.index].type.bytes();
      staged_bytes_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    }
  }
}

/// All of them in one copy.
void Executor::bring_inputs(Slot& slot) {
  if (staged_bytes_ == 0) return;
  char* const staged = static_cast<char*>(slot.staged.data());
  lanes_.run([&] {
    for (std::size_t i = 0; i < input_offsets_.size(); ++i) {
      if (input_offsets_[i] == kNotStaged) continue;
      copy_memory(staged + input_offsets_[i], input_memory_[i], program_.inputs[i].type.bytes());
    }
  });
  accelerator_->bring(slot.landed.data(), staged, staged_bytes_);
}

void Executor::load() {
  if (!loaded_) accelerator_->load();
  loaded_ = true;
}

Executor::Recordings Executor::record(const Slot& slot, bool marked) {
  load();
  Recordings recordings;
  for (const Segment& segment : program_.schedule.segments) {
    recordings.push_back(nullptr);
    if (segment.device == Device::Cpu) continue;
    const int queues = 1 + std::ranges::max(segment.items, {}, &Queued::queue).queue;
    recordings.back() = accelerator_->record(queues, [&](Queues& into) {
      for (const Queued& item : segment.items) {
        for (const int earlier : item.after) into.order(earlier, item.queue);
        if (marked) into.mark(item.queue, 2 * item.instruction);
        run_one(slot, item.instruction, into.queue(item.queue));
        if (marked) into.mark(item.queue, 2 * item.instruction + 1);
      }
    });
  }
  return recordings;
}

void Executor::run_segments(const Recordings& recordings, const RunOnHost& run_on_host) {
  launched_ = nullptr;
  try {
    for (std::size_t i = 0; i < recordings.size(); ++i) run_segment(recordings, i, run_on_host);
  } catch (...) {
    // what was launched still uses memory that the caller is about to give up
    if (launched_ != nullptr) launched_->wait();
    throw;
  }
  if (launched_ != nullptr) launched_->wait();
}

void Executor::run_segment(const Recordings& recordings, std::size_t i,
                           const RunOnHost& run_on_host) {
  const Segment& segment = program_.schedule.segments[i];
  if (segment.device == Device::Gpu) {
    recordings[i]->launch();
    launched_ = recordings[i].get();
    return;
  }
  if (segment.waits_for) recordings[*segment.waits_for]->wait();
  lanes_.run([&] {
    for (const Queued& item : segment.items) run_on_host(item.instruction);
  });
}

Executor::Slot& Executor::idle_slot() {
  if (under_way_count_ > 0) throw InternalError("runs are under way");
  return *(shown_ = slots_[0].get());
}

void Executor::begin() {
  if (!runs_ahead_) return run();
  if (under_way_count_ == kMostUnderWay) throw InternalError("too many runs are under way");
  const auto is_idle = [](const auto& slot) { return !slot->busy; };
  if (std::ranges::none_of(slots_, is_idle)) add_slot();
  Slot& slot = **std::ranges::find_if(slots_, is_idle);
  prepare_run(slot);
  if (slot.recordings.empty()) slot.recordings = record(slot, false);
  bring_inputs(slot);
  slot.recordings[0]->launch();
  slot.busy = true;
  under_way_[under_way_count_++] = &slot;
}

void Executor::finish() {
  if (under_way_count_ == 0) return;
  shown_ = under_way_[0];
  under_way_[0] = under_way_[1];
  --under_way_count_;
  shown_->busy = false;
  shown_->recordings[0]->wait();
}

Executor::~Executor() {
  try {
    while (under_way_count_ > 0) finish();
  } catch (const std::exception&) {
    // on a device that was lost nothing runs any more
  }
}

/// Waits for it, on either device.
void Executor::run_alone(const Slot& slot, std::size_t i) {
  if (program_.instructions[i].node->device() == Device::Cpu) return run_one(slot, i);
  accelerator_->run([&](void* queue) { run_one(slot, i, queue); });
}

namespace {

/// Values of one side of an instruction as the host can read them.
class HostCopies {
 public:
  explicit HostCopies(Accelerator* accelerator) : accelerator_(accelerator) {}

  void* add(const Place& place, Device reader, std::size_t bytes, void* memory) {
    const bool own = place.kind == Place::Kind::Input
                         ? reader == Device::Gpu
                         : place.kind != Place::Kind::Variable && place.memory == Device::Gpu;
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
  Slot& slot = idle_slot();
  prepare_run(slot);
  if (is_mixed()) {
    load();
    bring_inputs(slot);
  }
  lanes_.run([&] {
    for (std::size_t i = 0; i < slot.bound.size(); ++i) {
      const Instruction& instruction = program_.instructions[i];
      const Device reader = instruction.node->device();
      HostCopies copies(accelerator_);
      if (before) {
        std::vector<const void*> in = slot.bound[i].in;
        for (std::size_t k = 0; k < in.size(); ++k) {
          in[k] =
              copies.add(instruction.in[k], reader, instruction.node->inputs()[k].type().bytes(),
                         const_cast<void*>(in[k]));
        }
        before(instruction, in);
      }
      run_alone(slot, i);
      std::vector<void*> out = slot.bound[i].out;
      for (std::size_t k = 0; k < out.size(); ++k)
        out[k] =
            copies.add(instruction.out[k], reader, instruction.node->outputs()[k].bytes(), out[k]);
      after(instruction, out);
    }
    run_copies(slot);
  });
}

}  // namespace agon
