#include "tests/engine/mixed_graphs.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/engine/registry.h"

namespace agon {

MixedRun::MixedRun(std::uint64_t seed, FakeAccelerator::Pace pace, Inside inside)
    : accelerator(seed, pace),
      kernels(checked_kernels(test_ops(), accelerator.checked(), inside)) {}

std::unique_ptr<const Program> MixedRun::compiled(const Graph& graph, const PlanOptions& options) {
  std::unique_ptr<const Program> program;
  lanes.run([&] { program = compile(graph.clone(), kernels, options); });
  return program;
}

void MixedRun::add_variables(const Arrays& values, Variables& variables) {
  for (const auto& [name, value] : values)
    value.store(variables.add(name, value.type).memory.data());
}

std::vector<Buffer> MixedRun::feed(const Arrays& inputs, Executor& executor) {
  std::vector<Buffer> memory;
  for (const auto& [name, value] : inputs) {
    memory.emplace_back(value.type.bytes());
    value.store(memory.back().data());
    executor.bind_input(name, memory.back().data());
  }
  return memory;
}

void MixedRun::expect_steps(const Graph& graph, const Program& program, int steps) {
  Arrays state = drawn_arrays(graph, "variable", 0);
  Variables variables(&accelerator.memory(MemoryKind::Shared));
  add_variables(state, variables);
  Arena arena(program.arena_bytes, program.gpu_arena_bytes, &accelerator);
  Executor executor(program, variables, lanes, &arena, &accelerator);
  const std::vector<char> spoilt(arena.own.bytes(), '\xFF');
  for (int step = 0; step < steps; ++step) {
    const Arrays inputs = drawn_arrays(graph, "input", step);
    const std::vector<Buffer> memory = feed(inputs, executor);
    if (arena.host.bytes() > 0) std::memset(arena.host.data(), 0xFF, arena.host.bytes());
    if (!spoilt.empty()) accelerator.copy_to_device(arena.own.data(), spoilt.data(), spoilt.size());
    executor.run();
    ASSERT_FALSE(accelerator.is_busy());
    const Arrays expected = run_reference(graph, inputs, state);
    for (const auto& [name, value] : graph.outputs())
      expect_same(executor.array(name), expected.at(name), name);
    for (const auto& [name, value] : graph.updates()) state[name] = expected.at("update:" + name);
    for (const auto& [name, value] : state)
      expect_same(variables.file_array(*variables.find(name)), value, name);
  }
}

void MixedRun::expect_steps_ahead(const Graph& graph, const Program& program, int steps) {
  Arrays state = drawn_arrays(graph, "variable", 0);
  Variables variables(&accelerator.memory(MemoryKind::Shared));
  add_variables(state, variables);
  Executor executor(program, variables, lanes, nullptr, &accelerator);
  ASSERT_TRUE(executor.runs_ahead());
  Arrays last;
  const auto finish = [&] {
    executor.finish();
    for (const auto& [name, value] : graph.outputs())
      expect_same(executor.array(name), last.at(name), name);
  };
  for (int step = 0; step < steps; ++step) {
    const Arrays inputs = drawn_arrays(graph, "input", step);
    {
      const std::vector<Buffer> memory = feed(inputs, executor);
      executor.begin();
      for (const Buffer& buffer : memory) std::memset(buffer.data(), 0xFF, buffer.bytes());
    }
    if (step > 0) finish();
    last = run_reference(graph, inputs, state);
    for (const auto& [name, value] : graph.updates()) state[name] = last.at("update:" + name);
  }
  finish();
  ASSERT_FALSE(accelerator.is_busy());
  for (const auto& [name, value] : state)
    expect_same(variables.file_array(*variables.find(name)), value, name);
}

}  // namespace agon
