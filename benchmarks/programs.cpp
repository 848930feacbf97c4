#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "engine/autodiff/differentiate.h"
#include "engine/ir/op_def.h"
#include "engine/plan/compile.h"
#include "engine/runtime/executor.h"
#include "ops/ops.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"

/// Pointwise work as it is compiled, written as small ops: batch norm with its activation, forward
/// and backward, and Adam. Bytes are what has to be read and written at least.
namespace agon {
namespace {

struct Setting {
  OpRegistry ops;
  KernelRegistry kernels;
  Lanes lanes{Lanes::automatic()};
  Setting() {
    register_all_ops(ops);
    register_all_kernels(kernels);
  }
};

Setting& setting() {
  static Setting the_setting;
  return the_setting;
}

/// Runs a graph's compiled program; its inputs hold ones.
void run(benchmark::State& state, const Graph& graph, double bytes) {
  Setting& s = setting();
  std::unique_ptr<const Program> program;
  s.lanes.run([&] { program = compile(graph.clone(), s.kernels); });
  Variables variables;
  for (const Program::Port& port : program->variables) variables.add(port.name, port.type);
  Executor executor(*program, variables, s.lanes);
  std::vector<Buffer> memory;
  for (const Program::Port& port : program->inputs) {
    memory.emplace_back(port.type.bytes());
    auto* values = static_cast<float*>(memory.back().data());
    for (std::int64_t i = 0; i < port.type.shape.elements(); ++i)
      values[i] = 0.01f * static_cast<float>(i * 7919 % 201 - 100);
    executor.bind_input(port.name, memory.back().data());
  }
  for (auto _ : state) executor.run();
  using benchmark::Counter;
  state.counters["instructions"] = static_cast<double>(program->instructions.size());
  state.counters["B/s"] = Counter(bytes, Counter::kIsIterationInvariantRate);
}

/// leaky_relu(batch_norm(x)) of pictures [n, size, size, channels] and, if wanted, the gradients of
/// x, scale and shift.
void batch_norm(benchmark::State& state, bool backward) {
  const std::int64_t n = 64, size = state.range(0), channels = state.range(1);
  Graph graph(setting().ops);
  const Type type{DType::F32, {n, size, size, channels}};
  const Type per_channel{DType::F32, {1, 1, 1, channels}};
  const Value x = graph.input("x", type);
  const Value scale = graph.input("scale", per_channel), shift = graph.input("shift", per_channel);
  const std::vector<std::int64_t> axes = {0, 1, 2};
  const Value centred = x - mean(x, axes, true);
  const Value variance = mean(centred * centred, axes, true);
  const Value y = leaky_relu(centred / sqrt(variance + 1e-5) * scale + shift, 0.2);
  double passes = 2;
  if (backward) {
    const Value dy = graph.input("dy", type);
    const std::vector<Value> xs = {x, scale, shift};
    const auto grads = differentiate(sum(y * dy), xs);
    graph.set_output("dx", grads[0]);
    graph.set_output("dscale", grads[1]);
    graph.set_output("dshift", grads[2]);
    passes = 3;
  } else {
    graph.set_output("y", y);
  }
  run(state, graph, passes * static_cast<double>(type.bytes()));
}

void adam(benchmark::State& state) {
  Graph graph(setting().ops);
  const Type type{DType::F32, {state.range(0)}};
  const Value w = graph.variable("w", type), m = graph.variable("m", type),
              v = graph.variable("v", type), g = graph.input("g", type);
  const Value new_m = 0.5 * m + 0.5 * g;
  const Value new_v = 0.999 * v + 0.001 * (g * g);
  graph.set_update("m", new_m);
  graph.set_update("v", new_v);
  graph.set_update("w", w - 2e-4 * (new_m / (sqrt(new_v / 0.5) + 1e-8)));
  run(state, graph, 7 * static_cast<double>(type.bytes()));
}

void batch_norm_forward(benchmark::State& state) {
  batch_norm(state, false);
}
void batch_norm_backward(benchmark::State& state) {
  batch_norm(state, true);
}

void picture_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"size", "channels"})->UseRealTime()->Unit(benchmark::kMicrosecond);
  for (const auto& [size, channels] : {std::pair{14, 128}, {32, 64}, {4, 512}})
    b->Args({size, channels});
}

BENCHMARK(batch_norm_forward)->Apply(picture_sizes);
BENCHMARK(batch_norm_backward)->Apply(picture_sizes);
BENCHMARK(adam)->ArgName("weights")->Arg(580'000)->Arg(2'800'000)->UseRealTime()->Unit(
    benchmark::kMicrosecond);

}  // namespace
}  // namespace agon

BENCHMARK_MAIN();
