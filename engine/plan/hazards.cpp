#include "engine/plan/hazards.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace agon {

namespace {

/// How an instruction touches something.
struct Touch {
  std::size_t instruction = 0;
  bool writes = false;
  Device device =
      Device::Cpu;  // of two that only read, it counts where they must not do so at once
};

/// What touched some bytes last: those that may do so in any order, and those they all come after.
struct Users {
  Touch kind;
  std::vector<std::size_t> now;
  std::vector<std::size_t> before;

  void touch(const Touch& by, std::vector<std::size_t>& after) {
    const bool joins = now.empty() || (!by.writes && !kind.writes && by.device == kind.device);
    if (!joins) {
      before = std::move(now);
      now.clear();
    }
    kind = by;
    now.push_back(by.instruction);
    std::ranges::copy_if(before, std::back_inserter(after),
                         [&](std::size_t other) { return other != by.instruction; });
  }
};

/// The bytes of an arena, in ranges of equal users.
class Bytes {
 public:
  void touch(std::size_t begin, std::size_t end, const Touch& by, std::vector<std::size_t>& after) {
    if (begin == end) return;
    split(begin);
    split(end);
    for (std::size_t at = begin; at < end;) {
      const auto next = ranges_.lower_bound(at);
      if (next == ranges_.end() || next->first > at) {
        const std::size_t gap_end = next == ranges_.end() ? end : std::min(end, next->first);
        ranges_[at].end = gap_end;
        continue;
      }
      next->second.users.touch(by, after);
      at = next->second.end;
    }
  }

 private:
  struct Range {
    std::size_t end = 0;
    Users users;
  };

  void split(std::size_t at) {
    auto it = ranges_.upper_bound(at);
    if (it == ranges_.begin()) return;
    --it;
    if (it->first == at || it->second.end <= at) return;
    Range rest = it->second;
    it->second.end = at;
    ranges_.emplace(at, std::move(rest));
  }

  std::map<std::size_t, Range> ranges_;
};

class Ledger {
 public:
  explicit Ledger(std::size_t variables) : variables_(variables) {}

  std::vector<std::size_t> enter(std::size_t i, const Instruction& instruction) {
    after_.clear();
    const Node& node = *instruction.node;
    for (std::size_t k = 0; k < instruction.in.size(); ++k) {
      touch(instruction.in[k], node.inputs()[k].type().bytes(), {i, false, node.device()});
    }
    for (std::size_t k = 0; k < instruction.out.size(); ++k)
      touch(instruction.out[k], node.outputs()[k].bytes(), {i, true, node.device()});
    const Place scratch{Place::Kind::Arena, instruction.scratch, node.device()};
    touch(scratch, instruction.kernel->scratch_bytes(), {i, true, node.device()});
    std::ranges::sort(after_);
    after_.erase(std::unique(after_.begin(), after_.end()), after_.end());
    return after_;
  }

 private:
  void touch(const Place& place, std::size_t bytes, Touch by) {
    if (place.kind == Place::Kind::Variable) {
      variables_[place.index].touch(by, after_);
    } else if (place.kind == Place::Kind::Arena) {
      by.device = Device::Cpu;  // two that read are in nobody's way
      Bytes& arena = place.memory == Device::Cpu ? host_ : own_;
      arena.touch(place.index, place.index + bytes, by, after_);
    }
  }

  Bytes host_, own_;
  std::vector<Users> variables_;
  std::vector<std::size_t> after_;
};

}  // namespace

std::vector<std::vector<std::size_t>> hazards(const Program& program) {
  Ledger ledger(program.variables.size());
  std::vector<std::vector<std::size_t>> after;
  for (std::size_t i = 0; i < program.instructions.size(); ++i)
    after.push_back(ledger.enter(i, program.instructions[i]));
  return after;
}

}  // namespace agon
