#include <utility>

#include "engine/base/text.h"
#include "graphs/keys/name_form.h"
#include "graphs/keys/sections.h"

namespace agon {

namespace {

/// `up(filters): [...]`: the key is a signature.
Form<std::vector<BlockSection>> blocks() {
  Form<std::vector<BlockSection>> form;
  form.type = "a mapping from names with arguments, each a list of layers";
  form.schema = schema::named(layer_list().schema);
  form.nesting = Nesting::NamedValues;
  form.read = [](const Yaml& value, const std::string& path,
                 KeyReader& reader) -> std::optional<std::vector<BlockSection>> {
    if (!value.is_mapping()) {
      report_mistyped("a mapping from names with arguments", value, path, reader);
      return std::nullopt;
    }
    std::vector<BlockSection> all;
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
      try {
        BlockSection block;
        block.signature = parse_signature(value.keys[i].text, value.key_origin(i, path));
        const std::string below = child_path(path, block.signature.name);
        block.signature.origin.path = below;
        auto layers = layer_list().read(value.items[i], below, reader);
        if (layers) block.layers = std::move(*layers);
        all.push_back(std::move(block));
      } catch (const ConfigError& failure) {
        for (const Diagnostic& d : failure.diagnostics()) {
          reader.diagnostics.error(d.origin, d.message);
        }
      }
    }
    return all;
  };
  return form;
}

/// `auto` or a number.
Form<Text> lanes() {
  Form<Text> form = text();
  form.type = "auto or a whole number from 1 to 1024";
  form.schema = schema::either({schema::words({"auto"}), whole(1, 1024).schema});
  form.read = [type = form.type](const Yaml& value, const std::string& path,
                                 KeyReader& reader) -> std::optional<Text> {
    const auto number = value.is_scalar() ? parse_number(value.text) : std::nullopt;
    const bool whole = number && *number >= 1 && *number <= 1024 &&
                       *number == static_cast<double>(static_cast<int>(*number));
    if (!whole && !(value.is_scalar() && value.text == "auto")) {
      report_mistyped(type, value, path, reader);
      return std::nullopt;
    }
    return Text{value.text, value.origin(path)};
  };
  return form;
}

/// Settled before the keys are read (graphs/experiment/compose.h).
Form<Yaml> extended_files() {
  Form<Yaml> form = raw();
  form.type = "a file, or a list of files";
  form.schema = schema::either({schema::text(), schema::list(schema::text(), 1, 1000)});
  return form;
}

/// `{train.steps: 20, width: 8}`: paths, as --set has them.
Form<Yaml> path_values() {
  Form<Yaml> form = raw();
  form.type = "a mapping from paths to values";
  form.schema = schema::of_type("object");
  form.read = [](const Yaml& value, const std::string& path,
                 KeyReader& reader) -> std::optional<Yaml> {
    if (value.is_mapping()) return value;
    report_mistyped("a mapping from paths to values", value, path, reader);
    return std::nullopt;
  };
  return form;
}

std::vector<Key<ExperimentSections>> general_keys() {
  using S = ExperimentSections;
  return {
      key("agon", &S::agon, "version of the language: 1", whole(1)).required(),
      key("name", &S::name, "names the folder of the runs", experiment_name()).required(),
      key("about", &S::about, "a sentence for readers", text()),
      key("paper", &S::paper, "where the method is described", text()),
      key("seed", &S::seed, "of all random numbers (default 1)", whole(0)),
      key("device", &S::device, "what computes it: auto, cpu, or an NVIDIA GPU (docs/cuda.md)",
          device()),
      key("lanes", &S::lanes, "logical threads of the CPU; part of what decides the bits", lanes()),
      key("precision", &S::precision,
          "to what the operands of products are rounded, by tf32 on a GPU alone; all else is "
          "float32",
          word({"float32", "tf32", "bf16"})),
      key("determinism", &S::determinism,
          "which promise a run keeps about its bits (docs/reliability.md)",
          word({"run", "strict", "fast"})),
      key("extends", &S::extends, "what this file is put on: parts, or another experiment",
          extended_files()),
      key("quick", &S::quick, "paths and values applied by --quick", path_values()),
  };
}

std::vector<Key<ExperimentSections>> model_keys() {
  using S = ExperimentSections;
  return {
      key("params", &S::params, "named numbers, which --set and sweeps change", named(number())),
      key("data", &S::data, "one source of examples, or several by name", data_form()),
      key("blocks", &S::blocks, "lists of layers with arguments, used like layers", blocks()),
      key("networks", &S::networks, "the networks by name", named_sections(network_keys())),
      key("variables", &S::variables, "values kept from draw to draw",
          named_sections(variable_keys())),
      key("step", &S::step_values, "values of a training step, by name",
          named_sections(step_value_keys())),
      key("losses", &S::losses, "numbers that minimize and metrics read, by name; all are logged",
          named(expression())),
      key("optimizers", &S::optimizers, "who updates what, by name",
          named_sections(optimizer_keys())),
      key("train", &S::train, "how long and in which order", section(train_keys())),
      key("sample", &S::sample, "pictures made during training", one_or_named(sample_keys())),
      key("evaluate", &S::evaluate, "measures of quality", one_or_named(evaluate_keys())),
      key("checkpoint", &S::checkpoint, "when the state is saved", section(checkpoint_keys())),
      key("health", &S::health, "what tells of a failing training, and what follows",
          section(health_keys())),
  };
}

}  // namespace

const Keys<ExperimentSections>& experiment_keys() {
  static const Keys<ExperimentSections> keys = [] {
    std::vector<Key<ExperimentSections>> all = general_keys();
    for (Key<ExperimentSections>& k : model_keys()) all.push_back(std::move(k));
    return Keys<ExperimentSections>("", "What an experiment file may have", std::move(all))
        .origin(&ExperimentSections::origin)
        .check([](ExperimentSections& read, const Yaml&, const std::string&, KeyReader&) {
          for (const Named<StepValueSection>& written : read.step_values)
            read.step.push_back({written.name, written.origin, written.value.value});
        });
  }();
  return keys;
}

ExperimentSections read_experiment_sections(const Yaml& document, Diagnostics& diagnostics) {
  KeyReader reader{diagnostics, &experiment_keys()};
  return experiment_keys().read(document, "", reader);
}

OverrideNames experiment_override_names() {
  OverrideNames names;
  for (const KeyFacts& facts : experiment_keys().facts()) names.top_keys.push_back(facts.name);
  names.named_sections = {"params", "networks", "blocks",    "variables",
                          "step",   "losses",   "optimizers"};
  for (const std::string& path : declared_paths(experiment_keys())) {
    const bool single = path.find('*') == std::string::npos && path.find('[') == std::string::npos;
    if (single && path.find('.') != std::string::npos) names.paths.push_back(path);
  }
  names.rivals = [](std::span<const std::string> path) {
    const KeyTable* table = table_at(experiment_keys(), path);
    return table == nullptr ? std::vector<std::string>{} : table->rivals();
  };
  names.items = layer_names;
  return names;
}

}  // namespace agon
