#include "runners/sweep/sweep_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "engine/base/text.h"
#include "graphs/document/reader.h"
#include "graphs/document/suggestion.h"
#include "graphs/document/writer.h"
#include "runners/sweep/sweep_sections.h"

namespace agon {

namespace {

constexpr std::size_t kMostChoices = 10'000;

/// A value as `--set` takes it: in flow style, in one line.
std::string flow_text(const Yaml& value) {
  if (value.is_null()) return "~";
  if (value.is_scalar()) {
    if (!value.quoted) return value.text;
    std::string quoted = "'";
    for (const char c : value.text) quoted += c == '\'' ? "''" : std::string(1, c);
    return quoted + "'";
  }
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const std::string item = flow_text(value.items[i]);
    parts.push_back(value.is_mapping() ? value.keys[i].text + ": " + item : item);
  }
  return value.is_mapping() ? "{" + joined(parts) + "}" : "[" + joined(parts) + "]";
}

/// "lr, beta1" -> lr and beta1.
std::vector<std::string> parts_of(const std::string& key) {
  std::vector<std::string> parts(1);
  for (const char c : key) {
    if (c == ',') {
      parts.emplace_back();
    } else if (c != ' ') {
      parts.back() += c;
    }
  }
  return parts;
}

class SweepReader {
 public:
  SweepReader(const Yaml& document, const std::string& path) {
    file_.path = path;
    file_.text = to_yaml(document);
    KeyReader reader{diagnostics_, &sweep_keys()};
    sections_ = sweep_keys().read(document, "", reader);
  }

  SweepFile read() {
    file_.name = sections_.name.text;
    if (sections_.about) file_.about = sections_.about->text;
    file_.seed = whole(sections_.seed);
    file_.repeat = whole(sections_.repeat);
    file_.jobs = whole(sections_.jobs);
    read_experiment_path();
    for (const OverItem& item : sections_.set)
      file_.set.push_back(item.key + "=" + flow_text(item.value));
    for (const OverItem& item : sections_.over) vary(item);
    if (sections_.over.empty() && !diagnostics_.has_errors())
      diagnostics_.error(sections_.origin, "over: nothing to vary");
    read_objectives();
    read_search();
    if (sections_.stop_early) read_stop_early(*sections_.stop_early);
    diagnostics_.throw_if_errors();
    return std::move(file_);
  }

 private:
  std::int64_t whole(const Whole& number) {
    return number.value(no_names(), diagnostics_).value_or(1);
  }

  void read_experiment_path() {
    const std::filesystem::path written = sections_.sweep.text;
    const std::filesystem::path folder = std::filesystem::path(file_.path).parent_path();
    file_.experiment = written.is_absolute() ? written.string() : (folder / written).string();
    std::error_code unreadable;
    if (!sections_.sweep.text.empty() &&
        !std::filesystem::is_regular_file(file_.experiment, unreadable))
      diagnostics_.error(sections_.sweep.origin,
                         fmt::format("no file '{}'", printable(file_.experiment)));
  }

  void vary(const OverItem& item) {
    Varied varied;
    varied.origin = item.origin;
    varied.paths = parts_of(item.key);
    varied.dimension.name = joined(varied.paths);
    for (const std::string& path : varied.paths) {
      if (!seen_.insert(path).second)
        diagnostics_.error(item.origin, fmt::format("'{}' is varied twice", printable(path)));
    }
    const Yaml* drawn = &item.value;
    if (drawn->is_mapping() && drawn->find("if") != nullptr) {
      condition(item, varied);
      drawn = drawn->find("draw");
      if (drawn == nullptr) {
        diagnostics_.error(item.value.origin(item.origin.path), "missing key 'draw' beside 'if'");
        return;
      }
    }
    if (drawn->is_sequence()) {
      choices(item, *drawn, varied);
    } else if (drawn->is_scalar()) {
      distribution(item, *drawn, varied);
    } else {
      diagnostics_.error(drawn->origin(item.origin.path),
                         "expected a list of values, or how one is drawn: uniform(low, high), "
                         "log_uniform(low, high), integer(low, high), log_integer(low, high)");
    }
    file_.over.push_back(std::move(varied));
  }

  void choices(const OverItem& item, const Yaml& list, Varied& varied) {
    const Origin origin = list.origin(item.origin.path);
    if (list.items.empty()) diagnostics_.error(origin, "an empty list: nothing to try");
    if (list.items.size() > kMostChoices)
      diagnostics_.error(origin, fmt::format("expected at most {} values, got {}", kMostChoices,
                                             list.items.size()));
    varied.dimension.kind = Dimension::Kind::Choice;
    varied.dimension.choices = list.items.size();
    for (const Yaml& value : list.items) {
      if (varied.paths.size() == 1) {
        varied.choices.push_back({flow_text(value)});
        continue;
      }
      if (!value.is_sequence() || value.items.size() != varied.paths.size()) {
        diagnostics_.error(value.origin(item.origin.path),
                           fmt::format("expected a list of {} values, for {}", varied.paths.size(),
                                       varied.dimension.name));
        continue;
      }
      std::vector<std::string> together;
      for (const Yaml& part : value.items) together.push_back(flow_text(part));
      varied.choices.push_back(std::move(together));
    }
    std::set<std::vector<std::string>> distinct(varied.choices.begin(), varied.choices.end());
    if (distinct.size() < varied.choices.size())
      diagnostics_.error(origin, "a value stands in the list twice");
  }

  /// `log_uniform(0.1, 10)`, `integer(8, 64, step=8)`.
  void distribution(const OverItem& item, const Yaml& written, Varied& varied) {
    static const std::vector<std::string> kWords = {"uniform", "log_uniform", "integer",
                                                    "log_integer"};
    try {
      const Expr e = parse_expression(written, item.origin.path);
      const bool call = e.kind == ExprKind::Call && e.callee().kind == ExprKind::Name;
      const std::string word = call ? e.callee().name : "";
      if (std::ranges::find(kWords, word) == kWords.end()) {
        diagnostics_.error(
            e.origin, call ? fmt::format("no distribution '{}'{}", word, suggestion(word, kWords))
                           : "expected a list of values, or how one is drawn: " + joined(kWords));
        return;
      }
      if (varied.paths.size() > 1) {
        diagnostics_.error(e.origin, "several paths go together by a list of lists");
        return;
      }
      limits(e, word, varied.dimension);
    } catch (const ConfigError& failure) {
      for (const Diagnostic& d : failure.diagnostics()) diagnostics_.add(d);
    }
  }

  void limits(const Expr& e, const std::string& word, Dimension& dimension) {
    if (e.argument_count() != 2) {
      diagnostics_.error(e.origin, fmt::format("{} expects low and high", word));
      return;
    }
    dimension.kind = word.ends_with("integer") ? Dimension::Kind::Integer : Dimension::Kind::Real;
    dimension.log = word.starts_with("log");
    dimension.low = evaluate_number(e.argument(0), no_names());
    dimension.high = evaluate_number(e.argument(1), no_names());
    for (const ExprOption& option : e.options) {
      if (option.name == "step" && !dimension.log) {
        dimension.step = evaluate_number(option.value, no_names());
      } else {
        diagnostics_.error(option.origin, fmt::format("{} has no option '{}'", word, option.name));
      }
    }
    judge_limits(e, dimension);
  }

  void judge_limits(const Expr& e, const Dimension& d) {
    const auto refuse = [&](const std::string& why) { diagnostics_.error(e.origin, why); };
    if (!(d.low < d.high))
      refuse(fmt::format("expected low below high, got {} and {}", number_text(d.low),
                         number_text(d.high)));
    if (d.log && d.low <= 0)
      refuse(fmt::format("a logarithm begins above 0, got {}", number_text(d.low)));
    const bool stepped = std::ranges::any_of(
        e.options, [](const ExprOption& option) { return option.name == "step"; });
    if (stepped && !(d.step > 0 && d.step <= d.high - d.low))
      refuse(fmt::format("step expects a number above 0 and at most {}, got {}",
                         number_text(d.high - d.low), number_text(d.step)));
    if (d.kind != Dimension::Kind::Integer) return;
    for (const double x : {d.low, d.high, d.step}) {
      if (x != std::floor(x) || std::abs(x) > 1e15)
        refuse(fmt::format("expected whole numbers, got {}", number_text(x)));
    }
  }

  /// `if: {loss: gp}`, `if: {loss: [gp, clip]}`.
  void condition(const OverItem& item, Varied& varied) {
    const Yaml& written = *item.value.find("if");
    const Origin origin = written.origin(child_path(item.origin.path, "if"));
    if (!written.is_mapping() || written.keys.size() != 1) {
      diagnostics_.error(origin, "expected one path with a value, or a list of values: {loss: gp}");
      return;
    }
    const std::string& path = written.keys[0].text;
    const auto on = std::ranges::find_if(file_.over, [&](const Varied& other) {
      return other.paths.size() == 1 && other.paths[0] == path && !other.choices.empty();
    });
    if (on == file_.over.end()) {
      std::vector<std::string> known;
      for (const Varied& other : file_.over) {
        if (!other.choices.empty()) known.push_back(other.dimension.name);
      }
      diagnostics_.error(written.key_origin(0, origin.path),
                         fmt::format("no list of values named '{}' stands above{}", printable(path),
                                     suggestion(path, known)));
      return;
    }
    Dimension::Condition condition;
    condition.dimension = static_cast<std::size_t>(on - file_.over.begin());
    const Yaml& asked = written.items[0];
    for (const Yaml& value : asked.is_sequence() ? asked.items : std::vector<Yaml>{asked}) {
      const auto it = std::ranges::find(on->choices, std::vector<std::string>{flow_text(value)});
      if (it == on->choices.end()) {
        diagnostics_.error(
            value.origin(origin.path),
            fmt::format("'{}' is not among the values of {}", printable(flow_text(value)), path));
      } else {
        condition.choices.push_back(static_cast<std::size_t>(it - on->choices.begin()));
      }
    }
    varied.dimension.condition = condition;
  }

  void read_objectives() {
    for (const BestSection& best : sections_.best) {
      const std::optional<Text>& text = best.minimize ? best.minimize : best.maximize;
      if (text) file_.best.push_back({text->text, best.maximize.has_value(), text->origin});
    }
  }

  void read_search() {
    if (!sections_.search) {
      file_.search.kind = SearchSpec::Kind::Grid;
      return;
    }
    using Kind = SearchSpec::Kind;
    static const std::pair<const char*, Kind> kKinds[] = {
        {"grid", Kind::Grid}, {"random", Kind::Random}, {"sobol", Kind::Sobol},
        {"tpe", Kind::Tpe},   {"gp", Kind::Gp},         {"evolution", Kind::Evolution}};
    const SweepSections::Method& method = *sections_.search;
    for (const auto& [word, kind] : kKinds) {
      if (method.word == word) file_.search.kind = kind;
    }
    if (method.section.trials) file_.trials = whole(*method.section.trials);
    if (method.section.startup) file_.search.startup = whole(*method.section.startup);
    if (method.section.time) file_.seconds = method.section.time->value(no_names(), diagnostics_);
    if (file_.search.kind != Kind::Grid && !file_.trials && !file_.seconds)
      diagnostics_.error(method.origin,
                         fmt::format("{} has no end; give it trials: or time:", method.word));
  }

  void read_stop_early(const StopEarlySection& section) {
    StopEarly& stop = file_.stop_early;
    stop.health = section.health;
    stop.origin = section.origin;
    if (section.asha) {
      stop.rule = StopEarly::Rule::Asha;
      stop.watch = section.asha->watch.text;
      stop.maximize = section.asha->maximize;
      stop.from = whole(section.asha->from);
      stop.factor = section.asha->factor.value(no_names(), diagnostics_).value_or(3);
      stop.origin = section.asha->watch.origin;
    } else if (section.median) {
      stop.rule = StopEarly::Rule::Median;
      stop.watch = section.median->watch.text;
      stop.maximize = section.median->maximize;
      stop.from = whole(section.median->from);
      stop.every = whole(section.median->every);
      stop.startup = whole(section.median->startup);
      stop.origin = section.median->watch.origin;
    }
  }

  SweepFile file_;
  SweepSections sections_;
  Diagnostics diagnostics_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<std::string> Varied::settings(double value) const {
  if (dimension.kind != Dimension::Kind::Choice) return {paths[0] + "=" + number_text(value)};
  std::vector<std::string> settings;
  const auto& together = choices[static_cast<std::size_t>(value)];
  for (std::size_t i = 0; i < paths.size(); ++i) settings.push_back(paths[i] + "=" + together[i]);
  return settings;
}

Space SweepFile::space() const {
  Space space;
  for (const Varied& varied : over) space.push_back(varied.dimension);
  return space;
}

std::vector<std::string> SweepFile::settings(const Point& point) const {
  std::vector<std::string> all = set;
  for (std::size_t i = 0; i < over.size(); ++i) {
    if (!point[i]) continue;
    for (std::string& setting : over[i].settings(*point[i])) all.push_back(std::move(setting));
  }
  return all;
}

bool is_sweep_file(const std::string& path) {
  return read_yaml_file(path).find("sweep") != nullptr;
}

SweepFile read_sweep_file(const std::string& path) {
  return SweepReader(read_yaml_file(path), path).read();
}

SweepFile read_sweep_text(const std::string& text, const std::string& path) {
  return SweepReader(read_yaml_text(text, path), path).read();
}

}  // namespace agon
