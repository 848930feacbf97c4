#include "engine/plan/schedule.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "engine/ir/op_def.h"
#include "engine/plan/hazards.h"

namespace agon {

namespace {

/// About how long an instruction takes beside others, as bytes moved: an accelerator does some
/// sixteen additions and multiplications in the time of a byte.
double work_of(const Node& node) {
  double bytes = 0;
  for (const Value& v : node.inputs()) bytes += static_cast<double>(v.type().bytes());
  for (const Type& type : node.outputs()) bytes += static_cast<double>(type.bytes());
  return bytes + (node.op().flops ? node.op().flops(node) / 16 : 0);
}

/// The queues of one segment, as it is filled.
class Filling {
 public:
  explicit Filling(int queues) : queues_(static_cast<std::size_t>(queues)) {}

  /// `after`: instructions of the same segment, rising.
  Queued put(std::size_t instruction, const std::vector<std::size_t>& after, double work) {
    const std::size_t q = queue_for(after);
    Queued queued{instruction, static_cast<int>(q), {}};
    std::vector<std::size_t> done = queues_[q].done(queues_.size());
    // the latest first: it may have waited for the others
    for (auto it = after.rbegin(); it != after.rend(); ++it) {
      const Spot& spot = spots_.at(*it);
      if (done[spot.queue] > spot.number) continue;
      queued.after.push_back(static_cast<int>(spot.queue));
      const auto also = queues_[spot.queue].done(queues_.size());
      for (std::size_t k = 0; k < done.size(); ++k) done[k] = std::max(done[k], also[k]);
    }
    spots_[instruction] = {q, done[q]++};
    queues_[q].done_before_next = std::move(done);
    queues_[q].last = instruction;
    queues_[q].work += work;
    return queued;
  }

 private:
  struct Spot {
    std::size_t queue = 0;
    std::size_t number = 0;  // in its queue
  };
  struct Queue {
    std::vector<std::size_t> done_before_next;  // of each queue, once all of this one is done
    std::size_t last = SIZE_MAX;
    double work = 0;

    std::vector<std::size_t> done(std::size_t queues) const {
      return done_before_next.empty() ? std::vector<std::size_t>(queues, 0) : done_before_next;
    }
  };

  std::size_t queue_for(const std::vector<std::size_t>& after) const {
    for (auto it = after.rbegin(); it != after.rend(); ++it) {
      const std::size_t queue = spots_.at(*it).queue;
      if (queues_[queue].last == *it) return queue;
    }
    const auto least = std::ranges::min_element(queues_, {}, &Queue::work);
    return static_cast<std::size_t>(least - queues_.begin());
  }

  std::vector<Queue> queues_;
  std::unordered_map<std::size_t, Spot> spots_;
};

class Scheduler {
 public:
  Scheduler(const Program& program, int queues)
      : program_(program),
        after_(hazards(program)),
        waits_for_(program.instructions.size()),
        ends_(program.instructions.size(), 0),
        filling_(queues),
        queues_(queues) {}

  Schedule run() {
    find_waits();
    for (std::size_t i = 0; i < program_.instructions.size(); ++i) {
      if (begins_segment(i)) begin_segment(i);
      put(i);
    }
    return std::move(schedule_);
  }

 private:
  const Node& node(std::size_t i) const { return *program_.instructions[i].node; }
  bool is_gpu(std::size_t i) const { return node(i).device() == Device::Gpu; }

  /// For each instruction of the processors the last of the accelerator that they have not waited
  /// for yet, where there is one; the accelerator's segment ends behind it.
  void find_waits() {
    std::optional<std::size_t> waited;
    for (std::size_t i = 0; i < after_.size(); ++i) {
      if (is_gpu(i)) continue;
      for (const std::size_t earlier : after_[i]) {
        if (!is_gpu(earlier) || (waited && earlier <= *waited)) continue;
        waits_for_[i] = std::max(earlier, waits_for_[i].value_or(earlier));
      }
      if (!waits_for_[i]) continue;
      waited = end_behind(*waits_for_[i]);
      ends_[*waited] = 1;
    }
  }

  /// Behind the downloads that follow as well: a launch takes longer than one.
  std::size_t end_behind(std::size_t i) const {
    while (i + 1 < after_.size() && is_gpu(i + 1) && node(i + 1).is("download")) ++i;
    return i;
  }

  bool begins_segment(std::size_t i) const {
    return i == 0 || is_gpu(i) != is_gpu(i - 1) || ends_[i - 1] != 0 || waits_for_[i].has_value();
  }

  void begin_segment(std::size_t i) {
    Segment segment{node(i).device(), {}, std::nullopt};
    if (waits_for_[i]) segment.waits_for = segment_of_[*waits_for_[i]];
    schedule_.segments.push_back(std::move(segment));
    first_ = i;
    filling_ = Filling(queues_);
  }

  void put(std::size_t i) {
    segment_of_.push_back(schedule_.segments.size() - 1);
    auto& items = schedule_.segments.back().items;
    if (!is_gpu(i)) return items.push_back({i, 0, {}});
    std::vector<std::size_t> within;
    std::ranges::copy_if(after_[i], std::back_inserter(within),
                         [&](std::size_t earlier) { return earlier >= first_; });
    items.push_back(filling_.put(i, within, work_of(node(i))));
    schedule_.queues = std::max(schedule_.queues, items.back().queue + 1);
  }

  const Program& program_;
  const std::vector<std::vector<std::size_t>> after_;
  std::vector<std::optional<std::size_t>> waits_for_;  // instruction -> instruction
  std::vector<char> ends_;                             // a segment of the accelerator
  std::vector<std::size_t> segment_of_;
  std::size_t first_ = 0;  // instruction of the segment being filled
  Filling filling_;
  int queues_;
  Schedule schedule_;
};

}  // namespace

Schedule schedule(const Program& program, int queues) {
  const bool mixed = std::ranges::any_of(program.instructions, [](const Instruction& instruction) {
    return instruction.node->device() == Device::Gpu;
  });
  return mixed ? Scheduler(program, queues).run() : Schedule{};
}

}  // namespace agon
