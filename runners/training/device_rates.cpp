#include "runners/training/device_rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/passes/pipeline.h"
#include "engine/runtime/durable_file.h"
#include "engine/runtime/executor.h"
#include "ops/matmul/matmul.h"
#include "ops/ops.h"
#include "ops/pointwise/pointwise.h"
#include "runners/bench/instruction_report.h"
#include "runners/runs/machine.h"
#include "runners/training/backend.h"

namespace agon {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kSecondsEach = 0.03;
constexpr int kFewestRuns = 2;
constexpr int kChain = 32;  // instructions of a chain
constexpr RateSizes kOnProcessors{.side = 768};
constexpr RateSizes kOnAccelerator{.side = 2048};

/// Numbers in [-1, 1) that are not all alike: products of zeros take less power, and so less time.
void fill(const Variables::Variable& variable) {
  auto* values = static_cast<float*>(variable.memory.data());
  for (std::int64_t i = 0; i < variable.type.shape.elements(); ++i)
    values[i] = static_cast<float>(static_cast<std::int32_t>(2654435761u * i)) * 0x1p-31f;
}

/// Of one run of a program that reads and writes float32 variables alone.
double fastest_seconds(Backend& backend, const Graph& graph) {
  using Clock = std::chrono::steady_clock;
  Placement placement;
  if (backend.accelerator() != nullptr) placement.rest = Device::Gpu;
  const auto program = backend.compiled(graph, placement);
  Variables variables(backend.variable_memory());
  for (const Program::Port& port : program->variables) variables.add(port.name, port.type);
  if (backend.accelerator() != nullptr) {
    for (const Variables::Variable& variable : variables.all()) fill(variable);
  }
  Executor executor(*program, variables, backend.lanes, nullptr, backend.accelerator());
  executor.run();  // what is done once is done here
  double best = 0, all = 0;
  for (int run = 0; run < kFewestRuns || all < kSecondsEach; ++run) {
    const auto begin = Clock::now();
    executor.run();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    best = run == 0 ? seconds : std::min(best, seconds);
    all += seconds;
  }
  return best;
}

Value matrix(Graph& graph, const std::string& name, std::int64_t side) {
  return graph.variable(name, Type{DType::F32, {side, side}});
}

/// Small products, each of what the one before gave, which no pass makes one of.
double chain_seconds(Backend& backend, const OpRegistry& ops) {
  constexpr std::int64_t kSide = 8;
  Graph graph(ops);
  Value x = matrix(graph, "x", kSide);
  const Value a = matrix(graph, "a", kSide);
  for (int i = 0; i < kChain; ++i) x = matmul(x, a);
  graph.set_update("x", x);
  return fastest_seconds(backend, graph);
}

double product_seconds(Backend& backend, const OpRegistry& ops, std::int64_t side) {
  Graph graph(ops);
  graph.set_update("c", matmul(matrix(graph, "a", side), matrix(graph, "b", side)));
  return fastest_seconds(backend, graph);
}

double pointwise_seconds(Backend& backend, const OpRegistry& ops, std::int64_t numbers) {
  Graph graph(ops);
  const Type type{DType::F32, {numbers}};
  const Value x = graph.variable("x", type);
  graph.set_update("x", x + 0.5 * graph.variable("y", type));
  return fastest_seconds(backend, graph);
}

std::filesystem::path cache_file() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache == '/') return std::filesystem::path(cache) / "agon/rates.json";
  if (home != nullptr && *home == '/')
    return std::filesystem::path(home) / ".cache/agon/rates.json";
  return {};
}

/// What was measured before, by machine; an empty object where there is no such file or it is
/// damaged.
Json kept_rates(const std::filesystem::path& file) {
  std::ifstream in(file);
  const Json kept = Json::parse(in, nullptr, false);
  return kept.is_object() ? kept : Json::object();
}

/// A file that cannot be written is as good as none.
void keep_rates(const std::filesystem::path& file, const Json& rates) {
  if (file.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  try {
    DurableFile out(file.string());
    out.write(rates.dump(2) + "\n");
    out.commit();
  } catch (const Error&) {
  }
}

DeviceRates known_or_measured(Json& kept, const std::string& name,
                              const std::function<DeviceRates()>& measure) {
  const Json found = kept.contains(name) ? kept[name] : Json();
  const auto number = [&](const char* key) {
    return found.is_object() && found.contains(key) && found[key].is_number()
               ? found[key].get<double>()
               : 0.0;
  };
  const DeviceRates known{number("flops"), number("bytes"), number("instruction")};
  if (known.flops > 0 && known.bytes > 0 && known.instruction > 0) return known;
  const DeviceRates rates = measure();
  kept[name] = {{"flops", rates.flops}, {"bytes", rates.bytes}, {"instruction", rates.instruction}};
  return rates;
}

}  // namespace

double estimated_seconds(const TrainingGraphs& training, const DeviceRates& rates) {
  double seconds = 0;
  for (std::size_t i = 0; i < training.programs.size(); ++i) {
    const auto graph = training.programs[i].graph->clone();
    run_passes(*graph, {});
    double of_program = 0;
    for (const auto& node : graph->nodes()) {
      if (node->inputs().empty() || node->op().is_view) continue;
      const double flops = node->op().flops ? node->op().flops(*node) : 0;
      of_program +=
          std::max(flops / rates.flops, bytes_touched(*node) / rates.bytes) + rates.instruction;
    }
    seconds += training.runs_a_step(i) * of_program;
  }
  return seconds;
}

DeviceRates measured_rates(Backend& backend, const RateSizes& sizes) {
  OpRegistry ops;
  register_all_ops(ops);
  const auto side = static_cast<double>(sizes.side);
  const double bytes = 3 * sizeof(float) * static_cast<double>(sizes.numbers);
  return {.flops = 2 * side * side * side / product_seconds(backend, ops, sizes.side),
          .bytes = bytes / pointwise_seconds(backend, ops, sizes.numbers),
          .instruction = chain_seconds(backend, ops) / kChain};
}

std::vector<DeviceRates> device_rates(int lane_count, std::unique_ptr<Accelerator>& accelerator) {
  const std::filesystem::path file = cache_file();
  const Json before = file.empty() ? Json::object() : kept_rates(file);
  Json kept = before;
  std::vector<DeviceRates> rates;
  rates.push_back(
      known_or_measured(kept, fmt::format("{}, {} lanes", cpu_model(), lane_count), [&] {
        Backend backend(lane_count);
        return measured_rates(backend, kOnProcessors);
      }));
  rates.push_back(known_or_measured(kept, described(*accelerator), [&] {
    DeviceChoice choice;
    choice.placement.rest = Device::Gpu;
    choice.accelerator = std::move(accelerator);
    Backend backend(lane_count, Determinism::Run, std::move(choice));
    const DeviceRates found = measured_rates(backend, kOnAccelerator);
    accelerator = backend.take_accelerator();
    return found;
  }));
  if (kept != before) keep_rates(file, kept);
  return rates;
}

}  // namespace agon
