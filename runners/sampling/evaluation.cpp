#include "runners/sampling/evaluation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "graphs/words/metric.h"

namespace agon {

Evaluation::Part::Part(const Program& program, const EvaluateGraph& spec, std::int64_t count,
                       Backend& backend, Variables& variables, Sources& sources, Arena& arena)
    : examples(count),
      feed(sources, program, spec.split, count),
      executor(program, variables, backend.lanes, &arena, backend.accelerator()) {}

Evaluation::Evaluation(const EvaluateGraph& spec, const CompiledPlan::Evaluation& programs,
                       Backend& backend, Variables& variables, Sources& sources, Arena& arena)
    : spec_(spec), lanes_(backend.lanes), experiment_(sources.experiment()), variables_(variables) {
  check_memory();
  const auto part = [&](const Program& program, std::int64_t examples) {
    auto made = std::make_unique<Part>(program, spec, examples, backend, variables, sources, arena);
    for (const Program::Port& input : program.inputs) {
      if (input.name == "step") made->executor.bind_input("step", &step_);
    }
    return made;
  };
  full_ = part(*programs.full, spec.batch);
  if (programs.last) last_ = part(*programs.last, spec.count % spec.batch);
  if (const auto there = full_->feed.count(); there && *there < spec.count) {
    throw Error(ExitCode::Data,
                fmt::format("evaluate: count is {}, but the {} split has {} examples", spec.count,
                            spec.split, *there));
  }
}

std::string Evaluation::prefix() const {
  return "evaluate." + (spec_.name.empty() ? "" : spec_.name + ".");
}

MetricSetting Evaluation::setting() const {
  MetricSetting setting;
  const Shape& example = spec_.compared.example;
  setting.count = spec_.count;
  if (example.rank() == 3) {
    setting.channels = example[0];
    setting.height = example[1];
    setting.width = example[2];
  } else {
    setting.channels = example.elements();
  }
  setting.low = spec_.compared.low;
  setting.high = spec_.compared.high;
  setting.seed = experiment_.seed;
  setting.features = spec_.compared.features.empty() ? nullptr : &features_;
  setting.centres = spec_.compared.centres;
  setting.deviation = spec_.compared.deviation;
  setting.classes = spec_.compared.classes;
  return setting;
}

void Evaluation::add(Part& part, std::int64_t first, std::vector<double>& sums, Metrics& metrics) {
  part.feed.read(first);
  part.feed.bind(part.executor);
  part.executor.run();
  for (std::size_t i = 0; i < spec_.metrics.size(); ++i)
    sums[i] += part.executor.scalar(spec_.metrics[i]) * static_cast<double>(part.examples);
  step_ += 1;
  if (metrics.empty()) return;
  if (!spec_.compared.features.empty()) keep_features(part);
  const MetricBatch batch = batch_of(part);
  lanes_.run([&] {
    for (const auto& metric : metrics) metric->add(batch);
  });
}

MetricBatch Evaluation::batch_of(const Part& part) const {
  const auto output = [&](const char* name) {
    return static_cast<const float*>(part.executor.output(name));
  };
  MetricBatch batch;
  batch.count = part.examples;
  if (spec_.compared.examples) {
    batch.fake = output("metric/fake");
    if (!spec_.compared.real.empty()) batch.real = output("metric/real");
  }
  if (spec_.compared.classes > 0) batch.fake_scores = output("metric/fake.scores");
  return batch;
}

void Evaluation::keep_features(const Part& part) {
  const auto keep = [&](const char* name, std::vector<float>& all) {
    const auto* first = static_cast<const float*>(part.executor.output(name));
    all.insert(all.end(), first, first + part.examples * features_.numbers);
  };
  keep("metric/fake.features", features_.fake);
  keep("metric/real.features", features_.real);
}

/// Metrics keep features of every example, in single and while they are computed in double
/// precision, and what sliced_wasserstein projects to.
void Evaluation::check_memory() const {
  constexpr double kFeature = 2 * sizeof(float) + 4 * sizeof(double), kOther = 4096;
  const double needed = static_cast<double>(spec_.count) *
                        (kFeature * static_cast<double>(spec_.compared.feature_count) + kOther);
  const double there =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (spec_.compared.metrics.empty() || needed <= there) return;
  throw Error(ExitCode::Config,
              fmt::format("evaluate: {} examples with {} features each need {}, this machine has "
                          "{}; lower count",
                          spec_.count, spec_.compared.feature_count, bytes_text(needed),
                          bytes_text(there)));
}

Measures Evaluation::once() {
  std::vector<double> sums(spec_.metrics.size(), 0.0);
  features_ = {.numbers = spec_.compared.feature_count, .fake = {}, .real = {}};
  Metrics metrics;
  for (const std::string& name : spec_.compared.metrics)
    metrics.push_back(metric_row(name).make(setting()));
  const std::int64_t whole = spec_.count / spec_.batch;
  for (std::int64_t batch = 0; batch < whole; ++batch)
    add(*full_, batch * spec_.batch, sums, metrics);
  if (last_) add(*last_, whole * spec_.batch, sums, metrics);
  Measures measures;
  for (std::size_t i = 0; i < sums.size(); ++i)
    measures.emplace_back(prefix() + spec_.metrics[i], sums[i] / static_cast<double>(spec_.count));
  lanes_.run([&] {
    for (const auto& metric : metrics) {
      for (const auto& [name, value] : metric->values())
        measures.emplace_back(prefix() + name, value);
    }
  });
  return measures;
}

Measures Evaluation::run() {
  step_ = 0;
  if (spec_.repeats == 1) return once();
  std::vector<Measures> all;
  for (std::int64_t i = 0; i < spec_.repeats; ++i) all.push_back(once());
  const auto n = static_cast<double>(spec_.repeats);
  Measures measures;
  for (std::size_t m = 0; m < all[0].size(); ++m) {
    double mean = 0, squares = 0;
    for (const Measures& one : all) mean += one[m].second / n;
    for (const Measures& one : all) squares += (one[m].second - mean) * (one[m].second - mean);
    measures.emplace_back(all[0][m].first, mean);
    measures.emplace_back(all[0][m].first + ".spread", std::sqrt(squares / (n - 1)));
  }
  return measures;
}

/// SHA-256 over the network's variables in the files' order, names and bytes.
std::string Evaluation::network_hash(const std::string& network) const {
  Sha256 hash;
  for (const Variables::Variable& variable : variables_.all()) {
    if (!variable.name.starts_with(network + ".")) continue;
    std::vector<std::byte> bytes(variable.type.bytes());
    Variables::to_file_order(variable, bytes.data());
    hash.update(variable.name.substr(network.size() + 1)).update(bytes);
  }
  return hex_text(hash.finish());
}

nlohmann::ordered_json Evaluation::specification() const {
  using Json = nlohmann::ordered_json;
  Json all = Json::object();
  const auto common = [&] {
    Json record;
    if (!spec_.split.empty()) record["on"] = spec_.split;
    record["count"] = spec_.count;
    record["batch"] = spec_.batch;
    record["repeats"] = spec_.repeats;
    record["seed"] = experiment_.seed;
    if (const auto& precision = experiment_.sections.precision.text; precision != "float32")
      record["precision"] = precision;
    return record;
  };
  for (const std::string& name : spec_.metrics) all[prefix() + name] = common();
  const Comparison& compared = spec_.compared;
  for (const std::string& name : compared.metrics) {
    Json record = common();
    record["version"] = kMetricsVersion;
    record["fake"] = compared.fake;
    if (!compared.real.empty()) record["real"] = compared.real;
    const auto name_network = [&](const char* key, const std::string& text,
                                  const std::string& network) {
      record[key] = text;
      if (network.empty()) return;
      const bool frozen = std::ranges::any_of(
          experiment_.sections.networks,
          [&](const auto& section) { return section.name == network && section.value.frozen; });
      record["sha256"] = frozen ? network_hash(network) : "changes while it is trained";
    };
    const MetricNeeds needs = find_metric(name)->needs;
    if (needs == MetricNeeds::Features)
      name_network("features", compared.features, compared.feature_network);
    if (needs == MetricNeeds::Modes && compared.classes > 0)
      name_network("classifier", compared.classifier, compared.classifier_network);
    record["range"] = {compared.low, compared.high};
    record["resize"] = "none";
    if (const auto choices = metric_row(name).choices; !choices.empty())
      record["choices"] = choices;
    all[prefix() + name] = std::move(record);
  }
  return all;
}

}  // namespace agon
