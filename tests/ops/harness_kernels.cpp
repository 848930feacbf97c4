#include <fmt/format.h>
#include <sched.h>

#include <cstring>
#include <filesystem>

#include "engine/ir/op_def.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/kernel.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {

namespace {

using Bytes = std::vector<std::byte>;

/// 64-byte aligned memory between two zones that nobody may write.
class GuardedMemory {
 public:
  GuardedMemory(std::size_t bytes, int fill)
      : bytes_(bytes), all_(bytes + 2 * kGuard + 64, kPattern) {
    const auto address = reinterpret_cast<std::uintptr_t>(all_.data());
    begin_ = all_.data() + (64 - address % 64) % 64 + kGuard;
    std::memset(begin_, fill, bytes_);
  }
  GuardedMemory(GuardedMemory&&) = default;

  void* data() { return begin_; }
  Bytes contents() const { return {begin_, begin_ + bytes_}; }
  bool intact() const {
    for (const std::byte* at = begin_ - kGuard; at < begin_; ++at)
      if (*at != kPattern) return false;
    for (const std::byte* at = begin_ + bytes_; at < begin_ + bytes_ + kGuard; ++at)
      if (*at != kPattern) return false;
    return true;
  }

 private:
  static constexpr std::size_t kGuard = 1024;
  static constexpr std::byte kPattern{0xA5};
  std::size_t bytes_;
  Bytes all_;
  std::byte* begin_ = nullptr;
};

/// Every thread of the process on the first processor it may use, while it lives.
class OneCore {
 public:
  OneCore() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &before_)) continue;
      CPU_SET(cpu, &one);
      break;
    }
    set_all(one);
  }
  ~OneCore() { set_all(before_); }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  static void set_all(const cpu_set_t& mask) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
      sched_setaffinity(std::stoi(entry.path().filename().string()), sizeof mask, &mask);
  }
  cpu_set_t before_{};
};

/// One run of a kernel with memory of its own.
class Trial {
 public:
  /// `fill` is the byte that lies in outputs and scratch before.
  Trial(const Node& node, const std::map<std::string, NdArray>& values, const Kernel& kernel,
        int fill)
      : scratch_(kernel.scratch_bytes(), fill) {
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      const NdArray& value = values.at(fmt::format("x{}", i));
      in_.emplace_back(value.type.bytes(), 0);
      value.store(in_.back().data());
    }
    for (const Type& type : node.outputs()) out_.emplace_back(type.bytes(), fill);
  }

  /// Output `output` where input `in_place` lies; -1: where it belongs.
  void run(Kernel& kernel, int in_place = -1, std::size_t output = 0) {
    std::vector<const void*> in;
    std::vector<void*> out;
    std::vector<Bytes> before;
    for (GuardedMemory& memory : in_) {
      in.push_back(memory.data());
      before.push_back(memory.contents());
    }
    for (GuardedMemory& memory : out_) out.push_back(memory.data());
    if (in_place >= 0) out[output] = in_[static_cast<std::size_t>(in_place)].data();
    test_lanes().run([&] { kernel.run({in, out, scratch_.data()}); });
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (static_cast<int>(i) != in_place && in_[i].contents() != before[i])
        wrong_ = fmt::format("input {} was changed", i);
    }
    check_guards();
    results_.clear();
    for (GuardedMemory& memory : out_) results_.push_back(memory.contents());
    if (in_place >= 0) results_[output] = in_[static_cast<std::size_t>(in_place)].contents();
  }

  const std::vector<Bytes>& results() const { return results_; }
  const std::string& wrong() const { return wrong_; }

 private:
  void check_guards() {
    for (const GuardedMemory& memory : in_)
      if (!memory.intact()) wrong_ = "wrote beside an input";
    for (const GuardedMemory& memory : out_)
      if (!memory.intact()) wrong_ = "wrote beside an output";
    if (!scratch_.intact()) wrong_ = "wrote beside its scratch memory";
  }

  std::vector<GuardedMemory> in_;
  std::vector<GuardedMemory> out_;
  GuardedMemory scratch_;
  std::vector<Bytes> results_;
  std::string wrong_;
};

struct Judged {
  const Case& c;
  const Node& node;
  const std::map<std::string, NdArray>& values;
  const std::map<std::string, NdArray>& expected;
};

std::string compare_with_reference(const Judged& judged, const std::vector<Bytes>& results,
                                   double error_factor) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    NdArray got(judged.node.outputs()[i]);
    got.load(results[i].data());
    const std::string wrong =
        first_difference(judged.c, judged.expected.at(fmt::format("y{}", i)), got, error_factor);
    if (!wrong.empty()) return fmt::format("output {}: {}", i, wrong);
  }
  return "";
}

/// Each output over each input that allows it.
std::string check_in_place(const Judged& judged, Kernel& kernel,
                           const std::vector<Bytes>& expected) {
  for (int i = 0; i < static_cast<int>(judged.node.inputs().size()); ++i) {
    for (int o = 0; o < static_cast<int>(judged.node.outputs().size()); ++o) {
      if (judged.node.in(i).type().bytes() != judged.node.out_type(o).bytes()) continue;
      if (!kernel.may_overwrite(i, o)) continue;
      Trial in_place(judged.node, judged.values, kernel, 0xFF);
      in_place.run(kernel, i, static_cast<std::size_t>(o));
      if (in_place.results() != expected)
        return fmt::format("output {} over input {} gives other bits", o, i);
    }
  }
  return "";
}

std::string check_kernel(const Judged& judged, Kernel& kernel, double error_factor) {
  Trial first(judged.node, judged.values, kernel, 0xFF);
  first.run(kernel);
  if (!first.wrong().empty()) return first.wrong();
  if (std::string wrong = compare_with_reference(judged, first.results(), error_factor);
      !wrong.empty())
    return wrong;
  Trial second(judged.node, judged.values, kernel, 0x00);
  second.run(kernel);
  if (second.results() != first.results()) return "a second run gives other bits";
  {
    const OneCore one_core;
    Trial third(judged.node, judged.values, kernel, 0x7F);
    third.run(kernel);
    if (third.results() != first.results()) return "on one core it gives other bits";
  }
  return check_in_place(judged, kernel, first.results());
}

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::vector<std::string> check_own_kernels(const Case& c, const CaseGraph& made) {
  const auto values = draw_inputs(c);
  const auto expected = run_reference(*made.graph, values, {});
  std::vector<std::string> wrong, accepted;
  const auto judge = [&](const std::string& name, Kernel& kernel, double error_factor) {
    const Judged judged{c, *made.node, values, expected};
    accepted.push_back(name);
    const std::string message = check_kernel(judged, kernel, error_factor);
    if (!message.empty()) wrong.push_back(name + ": " + message);
  };
  for (const KernelDef& def : all_kernels().candidates(c.op)) {
    auto candidate = Candidate::refused("");
    test_lanes().run([&] { candidate = def.prepare(*made.node); });
    if (candidate.kernel) {
      judge(def.name, *candidate.kernel, def.error_factor);
    } else if (candidate.refusal.empty()) {
      wrong.push_back(def.name + ": refused without a reason");
    } else if (contains(c.accepts, def.name)) {
      wrong.push_back(fmt::format("{}: must accept, refused: {}", def.name, candidate.refusal));
    }
  }
  if (made.node->op().reference) judge("reference", *reference_kernel(*made.node), 1);
  for (const std::string& name : c.accepts) {
    const auto defs = all_kernels().candidates(c.op);
    if (std::none_of(defs.begin(), defs.end(), [&](const auto& d) { return d.name == name; }))
      wrong.push_back(name + ": no such kernel");
  }
  return wrong;
}

}  // namespace

bool accepts(const Case& c, const KernelDef& def) {
  const CaseGraph made = build(c);
  auto candidate = Candidate::refused("");
  test_lanes().run([&] { candidate = def.prepare(*made.node); });
  return candidate.kernel != nullptr;
}

std::vector<std::string> check_kernels(const Case& c) {
  const CaseGraph made = build(c);
  if (!made.node->op().is_pointwise) return check_own_kernels(c, made);
  Case alone = c;
  std::erase_if(alone.accepts, [](const std::string& name) { return name.ends_with(":fused"); });
  std::vector<std::string> wrong = check_own_kernels(alone, made);
  const Case fused = as_fused(c);
  for (std::string& message : check_own_kernels(fused, build(fused)))
    wrong.push_back("in a node fused: " + std::move(message));
  return wrong;
}

}  // namespace agon::op_cases
