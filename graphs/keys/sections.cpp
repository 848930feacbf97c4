#include "graphs/keys/sections.h"

namespace agon {

namespace {

const Range kShare{0, 1, false, true};

Form<Text> split() {
  return word({"train", "test", "validate"});
}

Form<std::vector<MetricEntry>> metrics() {
  Form<std::vector<MetricEntry>> form;
  form.type = "a list of metrics, or a mapping from names to expressions";
  const std::string item = schema::either({name().schema, named(expression()).schema});
  form.schema = schema::either({item, schema::list(item, 1, 100'000)});
  const auto read_item = [](const Yaml& value, const std::string& path, KeyReader& reader,
                            std::vector<MetricEntry>& entries) {
    if (!value.is_mapping()) {
      const auto word = name().read(value, path, reader);
      if (word) entries.push_back({*word, std::nullopt});
      return word.has_value();
    }
    const auto own = named(expression()).read(value, path, reader);
    if (!own) return false;
    for (const Named<Expr>& entry : *own)
      entries.push_back({{entry.name, entry.origin}, entry.value});
    return true;
  };
  form.read = [read_item](const Yaml& value, const std::string& path,
                          KeyReader& reader) -> std::optional<std::vector<MetricEntry>> {
    std::vector<MetricEntry> entries;
    bool sound = true;
    if (value.is_sequence()) {
      for (std::size_t i = 0; i < value.items.size(); ++i)
        sound = read_item(value.items[i], item_path(path, i), reader, entries) && sound;
      if (value.items.empty()) report_mistyped("a list of at least 1 metric", value, path, reader);
      sound = sound && !value.items.empty();
    } else {
      sound = read_item(value, path, reader, entries);
    }
    return sound ? std::optional(std::move(entries)) : std::nullopt;
  };
  return form;
}

Form<std::vector<Number>> low_high() {
  return list_of(number(), 2, 2);
}

}  // namespace

const Keys<NetworkSection>& network_keys() {
  static const Keys<NetworkSection> keys =
      Keys<NetworkSection>(
          "network", "A network: inputs, layers, outputs",
          {key("input", &NetworkSection::input,
               "inputs by name: a shape without the batch, or data.image", named(raw()))
               .required(),
           key("init", &NetworkSection::init, "how weights of dense, conv and embedding begin",
               expression()),
           key("average", &NetworkSection::average, "decay of an average of the weights",
               number(kShare)),
           key("frozen", &NetworkSection::frozen, "true: never updated", boolean()),
           key("weights", &NetworkSection::weights,
               "what its weights begin from: a safetensors file, or run:NAME, run:NAME/NUMBER",
               text()),
           key("device", &NetworkSection::device,
               "where it is computed; auto: where the experiment is", device()),
           key("layers", &NetworkSection::layers, "the layers in order", layer_list()),
           key("outputs", &NetworkSection::outputs,
               "several outputs by name, each a list of layers", named(layer_list()))})
          .origin(&NetworkSection::origin)
          .check(
              [](NetworkSection&, const Yaml& value, const std::string& path, KeyReader& reader) {
                const Yaml* input = value.find("input");
                if (input && input->is_mapping() && input->keys.empty()) {
                  reader.diagnostics.error(input->origin(child_path(path, "input")),
                                           "a network has at least one input");
                }
                if (!value.is_mapping() || value.find("layers") || value.find("outputs")) return;
                // A misspelt key has its own message.
                for (const YamlKey& k : value.keys) {
                  if (!network_keys().find(k.text)) return;
                }
                reader.diagnostics.error(value.origin(path), "missing key 'layers' or 'outputs'");
              });
  return keys;
}

const Keys<StepValueSection>& step_value_keys() {
  static const Keys<StepValueSection> keys =
      Keys<StepValueSection>(
          "step_value", "A value under `step:` that is computed on a device of its own",
          {key("value", &StepValueSection::value, "the value; alone it needs no key", expression())
               .required(),
           key("device", &StepValueSection::device,
               "where it is computed; networks it calls stay where they are", device())})
          .argument("value")
          .origin(&StepValueSection::origin);
  return keys;
}

const Keys<VariableSection>& variable_keys() {
  static const Keys<VariableSection> keys =
      Keys<VariableSection>(
          "variable", "A value kept from draw to draw: trained by an optimizer, or moved by `next`",
          {key("init", &VariableSection::init,
               "the first value: a number, draws or data; beside `shape` also a word for first "
               "values",
               expression())
               .required(),
           key("shape", &VariableSection::shape,
               "its shape, batch included (that of init where not given)", list_of(expression())),
           key("next", &VariableSection::next,
               "its value after each draw; without it the variable is trained", expression()),
           key("keep", &VariableSection::keep, "limits after an update", low_high())})
          .origin(&VariableSection::origin);
  return keys;
}

namespace {

Form<LogSection> log_form() {
  static const Keys<LogSection> keys(
      "train.log", "What is logged during training",
      {key("every", &LogSection::every,
           "steps between two lines of metrics.jsonl (default: about 200 in all)", whole(1)),
       key("show", &LogSection::show, "which losses the progress line shows (default: all)",
           one_or_list(expression()))});
  return section(keys);
}

const Keys<StageSection>& stage_keys() {
  static const Keys<StageSection> keys =
      Keys<StageSection>(
          "train.stages", "A stage of training",
          {key("steps", &StageSection::steps, "its length", whole(1)).required(),
           key("set", &StageSection::set, "params changed for this stage", named(raw())),
           key("order", &StageSection::order, "turns of a step", one_or_list(expression()))})
          .origin(&StageSection::origin);
  return keys;
}

}  // namespace

const Keys<TrainSection>& train_keys() {
  static const Keys<TrainSection> keys =
      Keys<TrainSection>(
          "train", "How long and in which order to train",
          {key("steps", &TrainSection::steps, "number of steps", whole(1)),
           key("epochs", &TrainSection::epochs, "passes over the data, instead of steps",
               number({.low = 0, .low_open = true})),
           key("batch", &TrainSection::batch, "examples of a draw (default 1)", whole(1)),
           key("order", &TrainSection::order, "turns of a step; `c * 5` repeats",
               one_or_list(expression())),
           key("log", &TrainSection::log, "what is logged", log_form()),
           key("stages", &TrainSection::stages, "stages, one after another, instead of steps",
               section_list(stage_keys()))})
          .rivals({"steps", "epochs", "stages"})
          .origin(&TrainSection::origin);
  return keys;
}

const Keys<SampleSection>& sample_keys() {
  static const Keys<SampleSection> keys =
      Keys<SampleSection>(
          "sample", "Pictures made during training; several are given by name",
          {key("every", &SampleSection::every, "steps between two", whole(1)),
           key("image", &SampleSection::image, "what to show; a list fills neighbouring columns",
               one_or_list(expression()))
               .required(),
           key("grid", &SampleSection::grid, "rows x columns", grid()),
           key("with", &SampleSection::with, "step values replaced; `row` and `column` count",
               named(expression())),
           key("on", &SampleSection::on, "which examples (default: test where there are any)",
               split()),
           key("batch", &SampleSection::batch, "examples computed at once", whole(1))})
          .origin(&SampleSection::origin);
  return keys;
}

const Keys<EvaluateSection>& evaluate_keys() {
  static const Keys<EvaluateSection> keys =
      Keys<EvaluateSection>(
          "evaluate", "Measures of quality; several are given by name",
          {key("every", &EvaluateSection::every, "steps between two", whole(1)),
           key("fake", &EvaluateSection::fake, "what the networks make, for metrics by name",
               expression()),
           key("real", &EvaluateSection::real, "what it is compared with: the same examples",
               expression()),
           key("on", &EvaluateSection::on, "which examples (default: test where there are any)",
               split()),
           key("count", &EvaluateSection::count, "how many examples", whole(1)),
           key("batch", &EvaluateSection::batch, "examples computed at once (default 100)",
               whole(1)),
           key("features", &EvaluateSection::features,
               "the network, or a layer of it, that metrics over features look through (default: "
               "the only frozen one that takes the examples)",
               expression()),
           key("classifier", &EvaluateSection::classifier,
               "the network that reads classes for mode_coverage", expression()),
           key("repeats", &EvaluateSection::repeats,
               "measured so often, each time with other random numbers "
               "(default 1); gives the mean and its spread",
               whole(1, 100)),
           key("metrics", &EvaluateSection::metrics,
               "metrics by name, or names with expressions, or a list of both", metrics())
               .required()})
          .origin(&EvaluateSection::origin);
  return keys;
}

const Keys<CheckpointSection>& checkpoint_keys() {
  static const Keys<CheckpointSection> keys(
      "checkpoint", "When the state is saved",
      {key("every", &CheckpointSection::every, "steps between two", whole(1)),
       key("keep", &CheckpointSection::keep, "how many of the newest stay", whole(1)),
       key("on_error", &CheckpointSection::goes_on,
           "whether training goes on when one before the last cannot be written (default stop)",
           choice<bool>({{"stop", false}, {"continue", true}}))});
  return keys;
}

const Keys<HealthSection>& health_keys() {
  static const Keys<HealthSection> keys =
      Keys<HealthSection>(
          "health", "What is watched while training, to tell a failure early",
          {key("every", &HealthSection::every,
               "steps between two looks (default 100; none in a training of fewer steps)",
               whole(1)),
           key("real", &HealthSection::real,
               "a discriminator's scores of real examples, or a list (default: read from the "
               "losses)",
               one_or_list(expression())),
           key("fake", &HealthSection::fake, "its scores of generated ones, likewise",
               one_or_list(expression())),
           key("code", &HealthSection::code,
               "mean and log-variance of an encoder's code (default: what kl_normal is given)",
               list_of(expression(), 2, 2)),
           key("label", &HealthSection::label,
               "the class a generator is asked for (default: its input that counts classes)",
               expression()),
           key("on_alarm", &HealthSection::on_alarm,
               "what an alarm does: continue (default), stop, or rollback to the newest state "
               "before it",
               choice<OnAlarm>({{"continue", OnAlarm::Continue},
                                {"stop", OnAlarm::Stop},
                                {"rollback", OnAlarm::Rollback}}))})
          .origin(&HealthSection::origin)
          .check([](HealthSection& health, const Yaml& value, const std::string& path,
                    KeyReader& reader) {
            if (health.real.size() == health.fake.size()) return;
            reader.diagnostics.error(value.origin(path),
                                     "real and fake are scores in pairs: equally many of each");
          });
  return keys;
}

}  // namespace agon
