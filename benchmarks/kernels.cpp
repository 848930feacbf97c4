#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "engine/ir/op_def.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "engine/runtime/variables.h"
#include "ops/bf16/bf16.h"
#include "ops/conv/conv2d.h"
#include "ops/matmul/matmul.h"
#include "ops/ops.h"

/// Every kernel that accepts a node, by name: one line each, so that candidates stand side by side.
/// What refuses is not listed; `agon explain` says why.
namespace agon {
namespace {

Lanes& lanes() {
  static Lanes all(Lanes::automatic());
  return all;
}

/// One node with inputs of small random numbers.
struct Case {
  std::string name;
  std::unique_ptr<Graph> graph;
  Value result() const { return graph->outputs().front().value; }
};

/// The same in half precision.
Case rounded(const Case& c) {
  Case twin{c.name + "_bf16", c.graph->clone()};
  round_product_operands(*twin.graph);
  return twin;
}

const OpRegistry& ops() {
  static const auto registry = [] {
    auto made = std::make_unique<OpRegistry>();
    register_all_ops(*made);
    return made;
  }();
  return *registry;
}

Buffer filled(const Type& type) {
  Buffer buffer(type.bytes());
  auto* values = static_cast<float*>(buffer.data());
  for (std::int64_t i = 0; i < type.shape.elements(); ++i)
    values[i] = 0.01f * static_cast<float>(i * 7919 % 201 - 100);
  return buffer;
}

void run(benchmark::State& state, const Node& node, const KernelDef& def) {
  Candidate candidate = Candidate::refused("");
  lanes().run([&] { candidate = def.prepare(node); });
  Kernel& kernel = *candidate.kernel;
  std::vector<Buffer> memory;
  std::vector<const void*> in;
  std::vector<void*> out;
  double bytes = 0;
  for (const Value& v : node.inputs()) {
    memory.push_back(filled(v.type()));
    in.push_back(memory.back().data());
    bytes += static_cast<double>(v.type().bytes());
  }
  for (const Type& type : node.outputs()) {
    memory.emplace_back(type.bytes());
    out.push_back(memory.back().data());
    bytes += static_cast<double>(type.bytes());
  }
  const Buffer scratch(kernel.scratch_bytes());
  for (auto _ : state) lanes().run([&] { kernel.run({in, out, scratch.data()}); });
  const double flops = node.op().flops ? node.op().flops(node) : 0;
  using benchmark::Counter;
  state.counters["FLOP/s"] = Counter(flops, Counter::kIsIterationInvariantRate);
  state.counters["B/s"] = Counter(bytes, Counter::kIsIterationInvariantRate);
}

/// A convolution and its two gradients, as a layer of a batch of `n` pictures has them.
struct ConvLayer {
  std::string name;
  std::int64_t n, size, channels, filters, kernel, stride, before, after;
};

const std::vector<ConvLayer> kConvLayers = {
    {"conv28_1_32_k5s2", 64, 28, 1, 32, 5, 2, 2, 2},
    {"conv28_32_64_k5s2", 64, 14, 32, 64, 5, 2, 2, 2},
    {"conv28_64_128_k5s2", 64, 14, 64, 128, 5, 2, 2, 2},
    {"conv28_1_64_k5s2", 64, 28, 1, 64, 5, 2, 2, 2},
    {"conv64_3_64_k4s2", 64, 64, 3, 64, 4, 2, 1, 1},
    {"conv64_64_128_k4s2", 64, 32, 64, 128, 4, 2, 1, 1},
    {"conv64_128_256_k4s2", 64, 16, 128, 256, 4, 2, 1, 1},
    {"conv64_256_512_k4s2", 64, 8, 256, 512, 4, 2, 1, 1},
    {"conv32_64_64_k3s1", 64, 32, 64, 64, 3, 1, 1, 1},
};

std::vector<Case> conv_cases(const ConvLayer& l) {
  const std::int64_t out = (l.size + l.before + l.after - l.kernel) / l.stride + 1;
  const Shape x{l.n, l.size, l.size, l.channels}, y{l.n, out, out, l.filters};
  const Shape w{l.filters, l.kernel, l.kernel, l.channels};
  Conv2dAttrs attrs{l.stride, l.stride, l.before, l.before, l.after, l.after};
  std::vector<Case> cases;
  const auto add = [&](const std::string& what, const Shape& a, const Shape& b, std::int64_t size,
                       Value (*op)(Value, Value, Conv2dAttrs)) {
    attrs.size_h = attrs.size_w = size;
    auto graph = std::make_unique<Graph>(ops());
    graph->set_output(
        "y", op(graph->input("a", {DType::F32, a}), graph->input("b", {DType::F32, b}), attrs));
    cases.push_back({l.name + "/" + what, std::move(graph)});
  };
  add("forward", x, w, 0, conv2d);
  add("input_grad", y, w, l.size, conv2d_input_grad);
  add("weight_grad", x, y, l.kernel, conv2d_weight_grad);
  return cases;
}

struct Dense {
  std::int64_t batch, in, out;
};
const std::vector<Dense> kDense = {
    {16, 784, 512}, {16, 512, 256}, {64, 784, 512}, {128, 3136, 256}, {64, 100, 6272}};

/// The three products of a dense layer: x w^T, dy w and dy^T x.
std::vector<Case> dense_cases(const Dense& d) {
  std::vector<Case> cases;
  const auto add = [&](const std::string& what, const Shape& a, const Shape& b, MatmulAttrs attrs) {
    auto graph = std::make_unique<Graph>(ops());
    graph->set_output(
        "y", matmul(graph->input("a", {DType::F32, a}), graph->input("b", {DType::F32, b}), attrs));
    cases.push_back(
        {fmt::format("dense_{}_{}_b{}/{}", d.in, d.out, d.batch, what), std::move(graph)});
  };
  add("forward", {d.batch, d.in}, {d.out, d.in}, {.transpose_b = true});
  add("input_grad", {d.batch, d.out}, {d.out, d.in}, {});
  add("weight_grad", {d.batch, d.out}, {d.batch, d.in}, {.transpose_a = true});
  return cases;
}

void register_kernels(std::vector<Case>& cases, const KernelRegistry& kernels) {
  for (const Case& c : cases) {
    const Node& node = *c.result().node;
    for (const KernelDef& def : kernels.candidates(node.op().name)) {
      bool accepts = false;
      lanes().run([&] { accepts = def.prepare(node).kernel != nullptr; });
      if (!accepts) continue;
      benchmark::RegisterBenchmark((c.name + "/" + def.name).c_str(),
                                   [&](benchmark::State& state) { run(state, node, def); })
          ->UseRealTime()
          ->Unit(benchmark::kMicrosecond);
    }
  }
}

}  // namespace
}  // namespace agon

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  agon::KernelRegistry kernels;
  agon::register_all_kernels(kernels);
  std::vector<agon::Case> cases;
  const auto append = [&](std::vector<agon::Case> more) {
    for (agon::Case& c : more) {
      agon::Case twin = agon::rounded(c);
      cases.push_back(std::move(c));
      cases.push_back(std::move(twin));
    }
  };
  for (const auto& layer : agon::kConvLayers) append(agon::conv_cases(layer));
  for (const auto& dense : agon::kDense) append(agon::dense_cases(dense));
  agon::register_kernels(cases, kernels);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
