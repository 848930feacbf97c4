#include "runners/sweep/sweep_sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/keys/name_form.h"

namespace agon {

namespace {

const std::vector<std::string> kMethods = {"grid", "random", "sobol", "tpe", "gp", "evolution"};

/// A mapping from paths to anything.
Form<std::vector<OverItem>> paths() {
  Form<std::vector<OverItem>> form;
  form.type = "a mapping from paths";
  form.schema = schema::of_type("object");
  form.read = [](const Yaml& value, const std::string& path,
                 KeyReader& reader) -> std::optional<std::vector<OverItem>> {
    if (!value.is_mapping()) {
      report_mistyped("a mapping from paths", value, path, reader);
      return std::nullopt;
    }
    std::vector<OverItem> items;
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
      const std::string& key = value.keys[i].text;
      items.push_back({value.key_origin(i, child_path(path, key)), key, value.items[i]});
    }
    return items;
  };
  return form;
}

const Keys<SearchSection>& search_keys() {
  static const Keys<SearchSection> keys(
      "search.way", "A way of searching and its budget",
      {key("trials", &SearchSection::trials, "settings to try", whole(1, 1'000'000)),
       key("time", &SearchSection::time, "seconds after which no new setting is begun",
           number({.low = 0, .low_open = true})),
       key("startup", &SearchSection::startup, "settings drawn before a model proposes (tpe, gp)",
           whole(1))});
  return keys;
}

/// One of the methods with its budget.
std::string methods_schema() {
  std::vector<std::string> properties;
  for (const std::string& word : kMethods)
    properties.push_back(
        fmt::format("\"{}\": {}", word, schema::reference(search_keys().section())));
  return fmt::format(
      R"({{"type": "object", "properties": {{{}}}, "additionalProperties": false, "maxProperties": 1}})",
      joined(properties));
}

/// `grid`, or `{tpe: {trials: 40}}`.
Form<SweepSections::Method> method() {
  Form<SweepSections::Method> form;
  form.type = "a way of searching: grid, random, sobol, tpe, gp or evolution";
  form.schema = schema::either({schema::words(kMethods), methods_schema()});
  form.nesting = Nesting::NamedSections;
  form.keys = &search_keys();
  form.read = [](const Yaml& value, const std::string& path,
                 KeyReader& reader) -> std::optional<SweepSections::Method> {
    const bool one = value.is_mapping() && value.keys.size() == 1;
    if (!value.is_scalar() && !one) {
      report_mistyped("one of grid, random, sobol, tpe, gp, evolution", value, path, reader);
      return std::nullopt;
    }
    const std::string& word = one ? value.keys[0].text : value.text;
    if (std::ranges::find(kMethods, word) == kMethods.end()) {
      reader.diagnostics.error(
          one ? value.key_origin(0, path) : value.origin(path),
          fmt::format("unknown search '{}'{}", word, suggestion(word, kMethods)));
      return std::nullopt;
    }
    SweepSections::Method method{.word = word, .section = {}, .origin = value.origin(path)};
    if (one && !value.items[0].is_null())
      method.section = search_keys().read(value.items[0], child_path(path, word), reader);
    return method;
  };
  return form;
}

const Keys<BestSection>& best_keys() {
  static const Keys<BestSection> keys =
      Keys<BestSection>(
          "best", "A number that trials are judged by",
          {key("minimize", &BestSection::minimize,
               "a measure that should be small: evaluate.fid, losses.d, seconds", text()),
           key("maximize", &BestSection::maximize, "one that should be large", text())})
          .origin(&BestSection::origin)
          .check(
              [](BestSection& best, const Yaml& value, const std::string& path, KeyReader& reader) {
                if (best.minimize.has_value() == best.maximize.has_value() && value.is_mapping())
                  reader.diagnostics.error(value.origin(path), "give minimize or maximize");
              });
  return keys;
}

const Keys<AshaSection>& asha_keys() {
  static const Keys<AshaSection> keys =
      Keys<AshaSection>(
          "stop_early.asha",
          "Successive halving without waiting (Li 2020): one of `factor` goes on",
          {key("watch", &AshaSection::watch, "the measure that is compared", text()).required(),
           key("maximize", &AshaSection::maximize, "true: large is good", boolean()),
           key("from", &AshaSection::from, "step of the first comparison; then times factor",
               whole(1)),
           key("factor", &AshaSection::factor, "one of so many goes on (default 3)",
               number({.low = 1, .low_open = true}))})
          .origin(&AshaSection::origin);
  return keys;
}

const Keys<MedianSection>& median_keys() {
  static const Keys<MedianSection> keys =
      Keys<MedianSection>(
          "stop_early.median",
          "Stops what is worse than the median of earlier trials at that step (Golovin 2017)",
          {key("watch", &MedianSection::watch, "the measure that is compared", text()).required(),
           key("maximize", &MedianSection::maximize, "true: large is good", boolean()),
           key("from", &MedianSection::from, "step of the first comparison", whole(1)),
           key("every", &MedianSection::every, "steps between two (default 100)", whole(1)),
           key("startup", &MedianSection::startup, "trials that are not stopped (default 5)",
               whole(1))})
          .origin(&MedianSection::origin);
  return keys;
}

const Keys<StopEarlySection>& stop_early_keys() {
  static const Keys<StopEarlySection> keys =
      Keys<StopEarlySection>(
          "stop_early", "When a trial ends before its time",
          {key("asha", &StopEarlySection::asha, "successive halving", section(asha_keys())),
           key("median", &StopEarlySection::median, "the median rule", section(median_keys())),
           key("health", &StopEarlySection::health, "true: an alarm of its health ends a trial",
               boolean())})
          .rivals({"asha", "median"})
          .origin(&StopEarlySection::origin)
          .check([](StopEarlySection& stop, const Yaml& value, const std::string& path,
                    KeyReader& reader) {
            if (stop.asha && stop.median)
              reader.diagnostics.error(value.origin(path), "give asha or median, not both");
          });
  return keys;
}

}  // namespace

const Keys<SweepSections>& sweep_keys() {
  using S = SweepSections;
  static const Keys<S> keys =
      Keys<S>(
          "sweep", "What a sweep file may have",
          {key("agon", &S::agon, "version of the language: 1", whole(1, 1)).required(),
           key("sweep", &S::sweep, "the experiment file, from where this file lies", text())
               .required(),
           key("name", &S::name, "names the folder of the sweep", experiment_name()).required(),
           key("about", &S::about, "a sentence for readers", text()),
           key("seed", &S::seed, "of what is proposed, and of the first trial of a setting",
               whole(0)),
           key("set", &S::set, "paths and values of all trials", paths()),
           key("over", &S::over, "paths and what each is tried with", paths()).required(),
           key("repeat", &S::repeat, "seeds for each setting (default 1)", whole(1, 1000)),
           key("best", &S::best, "what is made small or large", one_or_list(section(best_keys())))
               .required(),
           key("search", &S::search, "how settings are chosen (default grid)", method()),
           key("stop_early", &S::stop_early, "when a trial ends before its time",
               section(stop_early_keys())),
           key("jobs", &S::jobs, "trials at once (default 1)", whole(1, 1024))})
          .origin(&S::origin);
  return keys;
}

}  // namespace agon
