#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "engine/base/philox.h"
#include "engine/plan/compile.h"
#include "engine/plan/tolerance.h"
#include "engine/runtime/executor.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "runners/data/data_set.h"
#include "tests/shipped_configs.h"

/// Every shipped config in its quick size: the bits of a training run depend neither on the order
/// of ready instructions nor on the processors, and each step agrees with the judge's, whatever
/// passes ran.
namespace agon {
namespace {

namespace fs = std::filesystem;
using Arrays = std::map<std::string, NdArray>;

/// Every thread of the process on the processors of `mask`, while it lives.
class OnProcessors {
 public:
  explicit OnProcessors(unsigned mask) {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t chosen;
    CPU_ZERO(&chosen);
    unsigned number = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &before_) && (mask >> number++ & 1u) != 0) CPU_SET(cpu, &chosen);
    }
    set_all(CPU_COUNT(&chosen) > 0 ? chosen : before_);
  }
  ~OnProcessors() { set_all(before_); }
  OnProcessors(const OnProcessors&) = delete;
  OnProcessors& operator=(const OnProcessors&) = delete;

 private:
  static void set_all(const cpu_set_t& mask) {
    for (const auto& entry : fs::directory_iterator("/proc/self/task"))
      sched_setaffinity(std::stoi(entry.path().filename().string()), sizeof mask, &mask);
  }
  cpu_set_t before_{};
};

const OpRegistry& all_ops() {
  static const OpRegistry* const kOps = [] {
    auto* ops = new OpRegistry;
    register_all_ops(*ops);
    return ops;
  }();
  return *kOps;
}

const KernelRegistry& all_kernels() {
  static const KernelRegistry* const kKernels = [] {
    auto* kernels = new KernelRegistry;
    register_all_kernels(*kernels);
    return kernels;
  }();
  return *kKernels;
}

Plan quick_plan(const std::string& config) {
  return build_plan(read_experiment(config, {.set = {}, .quick = true}, inspect_data), all_ops());
}

Arrays initial_variables(const Plan& plan) {
  Arrays variables;
  for (const auto& [name, array] : run_reference(*plan.training.initial, {}, {}))
    variables[name.substr(std::string("update:").size())] = array;
  return variables;
}

/// A plan's programs over variables and inputs of their own. Batches are drawn, not read.
class Training {
 public:
  Training(const Plan& plan, const Arrays& initial, const PlanOptions& options) : plan_(plan) {
    for (const VariableDecl& decl : plan.training.variables)
      initial.at(decl.name).store(variables_.add(decl.name, decl.type, decl.file).memory.data());
    for (const DrawGraph& draw : plan.training.programs) {
      lanes().run(
          [&] { programs_.push_back(compile(draw.graph->clone(), all_kernels(), options)); });
      executors_.push_back(std::make_unique<Executor>(*programs_.back(), variables_, lanes()));
      for (const Program::Port& port : programs_.back()->inputs) {
        Buffer& memory = memory_.try_emplace(port.name, port.type.bytes()).first->second;
        executors_.back()->bind_input(port.name, memory.data());
      }
    }
  }

  std::size_t draws() const { return plan_.training.draws.size(); }

  void run(int step, std::size_t draw) {
    const std::size_t program = number(draw);
    for (const auto& [name, array] : inputs(step, draw)) array.store(memory_.at(name).data());
    executors_[program]->run();
  }
  void steps(int count) {
    for (int step = 0; step < count; ++step) {
      for (std::size_t draw = 0; draw < draws(); ++draw) run(step, draw);
    }
  }

  Arrays inputs(int step, std::size_t draw) const {
    Arrays arrays;
    for (const Program::Port& port : programs_[number(draw)]->inputs) {
      RandomStream random(step, port.name, draw);
      NdArray array(port.type);
      for (double& v : array.values)
        v = is_floating(port.type.dtype) ? random.uniform(-1, 1) : random.below(2);
      if (port.name == "step") array[0] = step;
      if (port.name == "draw") array[0] = static_cast<double>(draw);
      array.round_to_type();
      arrays[port.name] = array;
    }
    return arrays;
  }

  Arrays state() const {
    Arrays arrays;
    for (const Variables::Variable& v : variables_.all()) {
      NdArray array(v.type);
      array.load(v.memory.data());
      arrays[v.name] = array;
    }
    return arrays;
  }
  std::map<std::string, std::string> bytes() const {
    std::map<std::string, std::string> bytes;
    for (const Variables::Variable& v : variables_.all())
      bytes[v.name].assign(static_cast<const char*>(v.memory.data()), v.type.bytes());
    return bytes;
  }
  const Program& program(std::size_t draw) const { return *programs_[number(draw)]; }
  const Graph& graph(std::size_t draw) const {
    return *plan_.training.programs[number(draw)].graph;
  }

 private:
  static Lanes& lanes() {
    static Lanes lanes(2);
    return lanes;
  }
  std::size_t number(std::size_t draw) const {
    return static_cast<std::size_t>(plan_.training.draws[draw]);
  }

  const Plan& plan_;
  Variables variables_;
  std::map<std::string, Buffer> memory_;
  std::vector<std::unique_ptr<const Program>> programs_;
  std::vector<std::unique_ptr<Executor>> executors_;
};

std::vector<std::string> differing(const Training& a, const Training& b) {
  std::vector<std::string> names;
  const auto other = b.bytes();
  for (const auto& [name, bytes] : a.bytes()) {
    if (other.at(name) != bytes) names.push_back(name);
  }
  return names;
}

void expect_same_bits(const std::string& config, int steps) {
  const Plan plan = quick_plan(config);
  const Arrays initial = initial_variables(plan);
  Training plain(plan, initial, {});
  plain.steps(steps);
  for (const std::uint64_t shuffle : {1, 2, 3}) {
    Training shuffled(plan, initial, {.shuffle = shuffle});
    shuffled.steps(steps);
    EXPECT_EQ(differing(plain, shuffled), std::vector<std::string>()) << "shuffle " << shuffle;
  }
  for (const unsigned mask : {1u, 2u, 3u}) {
    const OnProcessors chosen(mask);
    Training masked(plan, initial, {.shuffle = 10 + mask});
    masked.steps(steps);
    EXPECT_EQ(differing(plain, masked), std::vector<std::string>()) << "processors " << mask;
  }
}

double largest_difference(const NdArray& a, const NdArray& b) {
  double most = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

/// "generator." of its variables, "optimizers.g.exp_avg/" of a moment of all of them.
std::string group_of(const std::string& name) {
  const bool about_another = name.starts_with("optimizers.") || name.starts_with("average/");
  return name.substr(0, name.find(about_another ? '/' : '.') + 1);
}

/// How far variables went in a step, and what rounding leaves of it.
class Movement {
 public:
  Movement(const Arrays& before, const Arrays& expected, double relative) : relative_(relative) {
    for (const auto& [name, array] : before) {
      const auto after = expected.find("update:" + name);
      if (after == expected.end()) continue;
      moved_[name] = largest_difference(array, after->second);
      most_[group_of(name)] = std::max(most_[group_of(name)], moved_[name]);
    }
  }

  double allowed(const std::string& name, double value) const {
    return tolerance(DType::F32, 0, 1, value) + relative_ * most_.at(group_of(name));
  }
  /// A bias before a batch norm has a gradient of 0: what is computed for it is rounding, and Adam
  /// makes a step of any length of that.
  bool is_noise(const std::string& variable) const {
    return std::ranges::any_of(moved_, [&](const auto& entry) {
      const auto& [name, moved] = entry;
      const std::string group = group_of(name);
      return group.ends_with(".exp_avg/") && variable.ends_with(name.substr(group.size())) &&
             moved < relative_ * most_.at(group);
    });
  }

 private:
  double relative_;
  std::map<std::string, double> moved_;
  std::map<std::string, double> most_;
};

/// What differs by more than rounding, a line each.
std::string judged(const Training& training, std::size_t draw, const Arrays& before,
                   const Arrays& expected) {
  std::string wrong;
  const Movement movement(before, expected,
                          relative_tolerance(training.program(draw), all_kernels()));
  int count = 0;
  for (const auto& [name, got] : training.state()) {
    const auto found = expected.find("update:" + name);
    const NdArray& wanted = found == expected.end() ? before.at(name) : found->second;
    if (found == expected.end()) {
      if (got.values != wanted.values) wrong += name + " is not updated, but changed\n";
    } else if (!movement.is_noise(name)) {
      ++count;
      for (std::int64_t i = 0; i < got.size(); ++i) {
        const double allowed = movement.allowed(name, wanted[i]);
        if (std::abs(got[i] - wanted[i]) <= allowed) continue;
        wrong += fmt::format("draw {}, {}[{}]: expected {:.9g}, got {:.9g}, allowed {:.2g}\n", draw,
                             name, i, wanted[i], got[i], allowed);
        break;
      }
    }
  }
  if (count <= 10) wrong += fmt::format("only {} variables are judged\n", count);
  return wrong;
}

/// One step of the compiled programs and of the judge from the same state.
std::string difference_in_step(Training& training, int step) {
  std::string wrong;
  for (std::size_t draw = 0; draw < training.draws(); ++draw) {
    const Arrays before = training.state();
    training.run(step, draw);
    const Arrays expected =
        run_reference(training.graph(draw), training.inputs(step, draw), before);
    wrong += judged(training, draw, before, expected);
  }
  return wrong;
}

/// A value that rounding carries over the kink of a relu changes gradients by more than rounding,
/// and some steps meet one; a mistake shows in all of them.
void expect_agreement(const std::string& config, const PlanOptions& options) {
  constexpr int kFirst = 2, kTries = 3;
  const Plan plan = quick_plan(config);
  Training training(plan, initial_variables(plan), options);
  training.steps(kFirst);
  std::string wrong;
  for (int step = kFirst; step < kFirst + kTries; ++step) {
    const std::string here = difference_in_step(training, step);
    if (here.empty()) return;
    wrong += fmt::format("step {}:\n{}", step, here);
  }
  ADD_FAILURE() << wrong;
}

class SameBits : public testing::TestWithParam<std::string> {};

/// AGON_STEPS makes the runs longer than the few that every change can wait for.
int steps_asked_for() {
  const char* text = std::getenv("AGON_STEPS");
  return text == nullptr ? 5 : std::atoi(text);
}

TEST_P(SameBits, WhateverTheOrderAndTheProcessors) {
  expect_same_bits(GetParam(), steps_asked_for());
}

TEST_P(SameBits, StepsAgreeWithTheJudge) {
  expect_agreement(GetParam(), {});
  expect_agreement(GetParam(), {.disabled_passes = {"fuse"}});
}

INSTANTIATE_TEST_SUITE_P(
    All, SameBits, testing::ValuesIn(shipped_configs()), [](const auto& config) {
      std::string name =
          fs::relative(config.param, AGON_SOURCE_DIR "/configs").replace_extension().string();
      std::replace(name.begin(), name.end(), '/', '_');
      return name;
    });

}  // namespace
}  // namespace agon
