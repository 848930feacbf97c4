#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/look_mistakes.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

class SampleBuilder {
 public:
  SampleBuilder(System& system, const Named<SampleSection>& spec, std::set<std::string>& used)
      : system_(system), spec_(spec), used_(used) {}

  SampleGraph build() {
    const SampleSection& section = spec_.value;
    result_.name = spec_.name;
    result_.every = section.every ? section.every->value(*system_.numbers) : 0;
    layout();
    if (system_.drawing != nullptr) layout_drawing(*system_.drawing);
    const LookMistakes mistakes(system_, look());
    result_.graph = std::make_unique<Graph>(system_.ops);
    Graph& graph = *result_.graph;
    const Value zero = graph.constant(0, DType::F64);
    const bool many = result_.drawing && result_.drawing->form == Drawing::Form::Many;
    const std::string prefix = spec_.name.empty() ? "sample/" : "sample." + spec_.name + "/";
    Scene scene(system_, graph,
                {.batch = result_.batch,
                 .looking = true,
                 .stream_prefix = prefix,
                 .step = zero,
                 .draw = many ? graph.input("draw", Type{DType::F64, {}}) : zero,
                 .walk = walk_input(graph)});
    define_cells(scene, graph);
    replace_definitions(scene);
    for (std::size_t i = 0; i < section.image.size(); ++i) picture(scene, i);
    if (result_.drawing) finish_drawing(scene);
    result_.split = scene.reads_data() ? split_of(system_, section.on) : "";
    used_.insert(scene.used().begin(), scene.used().end());
    if (!system_.experiment.data.empty()) {
      result_.low = system_.experiment.data[0].low;
      result_.high = system_.experiment.data[0].high;
    }
    return std::move(result_);
  }

 private:
  Look look() {
    Look look{.name = spec_.value.origin.path,
              .origin = spec_.value.origin,
              .batch = result_.batch,
              .expressions = {},
              .losses = {},
              .with = {},
              .define = [this](Scene& scene) { define_constant_cells(scene); }};
    for (const Expr& image : spec_.value.image) look.expressions.push_back(&image);
    for (const Named<Expr>& with : spec_.value.with) {
      if (system_.find_step(with.name) != nullptr) look.with.push_back(&with);
    }
    return look;
  }

  void layout() {
    const SampleSection& section = spec_.value;
    const auto pictures = static_cast<std::int64_t>(section.image.size());
    result_.rows = section.grid ? section.grid->rows : 8;
    result_.columns = section.grid ? section.grid->columns : 8 * pictures;
    if (result_.columns % pictures != 0) {
      throw ConfigError(
          {{Severity::Error, section.grid->origin,
            fmt::format("a grid of {} columns cannot hold {} pictures of each example side by side",
                        result_.columns, pictures)}});
    }
    result_.batch = result_.rows * result_.columns / pictures;
    if (section.batch) result_.batch = section.batch->value(*system_.numbers);
  }

  void layout_drawing(const Drawing& drawing) {
    constexpr std::int64_t kAtOnce = 64;
    result_.drawing = drawing;
    const auto across = result_.columns / static_cast<std::int64_t>(spec_.value.image.size());
    result_.total = drawing.count.value_or(result_.rows * across);
    const bool batch_given = spec_.value.batch.has_value();
    result_.batch = std::min(result_.total, batch_given ? result_.batch : kAtOnce);
    if (drawing.form == Drawing::Form::Interpolate) result_.keys = 2 * result_.rows;
    if (drawing.form == Drawing::Form::Walk) {
      const std::int64_t stretches =
          drawing.count ? (result_.total + kFramesBetween - 1) / kFramesBetween : result_.rows;
      result_.keys = std::max<std::int64_t>(2, stretches);
    }
  }

  std::optional<Value> walk_input(Graph& graph) const {
    if (result_.keys == 0) return std::nullopt;
    return graph.input("walk", Type{DType::F32, Shape{result_.batch, result_.keys}});
  }

  /// Whether there was anything to walk through or interpolate between; of many examples the class
  /// of each, where `with` replaces it or the data gives it.
  void finish_drawing(Scene& scene) {
    if (result_.keys > 0 && !scene.walks() && !system_.diagnostics.has_errors()) {
      const bool walk = result_.drawing->form == Drawing::Form::Walk;
      throw ConfigError(
          {{Severity::Error, spec_.value.origin,
            fmt::format(
                "nothing to {}: the image depends on no normal( ) or uniform( ) under step:",
                walk ? "walk through" : "interpolate between")}});
    }
    if (result_.drawing->form != Drawing::Form::Many) return;
    const auto& facts = system_.experiment.facts;
    const std::int64_t classes = facts.empty() ? 0 : facts[0].classes();
    for (const Named<Expr>& with : spec_.value.with) {
      const Term value = scene.step_value(with);
      const Tensor* tensor = value.as_tensor();
      if (tensor == nullptr) continue;
      if (tensor->rank() == 1 && tensor->dtype() == DType::I32) return label(tensor->value);
      if (tensor->rank() == 2 && tensor->size(1) == classes && is_floating(tensor->dtype()))
        return label(argmax(tensor->value, 1));
    }
    for (const auto& node : result_.graph->nodes()) {
      if (node->is("input") && node->out_type().dtype == DType::I32 &&
          node->out_type().shape == Shape{result_.batch} && node.get() != row_.node &&
          node.get() != column_.node)
        return label(Value{node.get(), 0});
    }
  }

  void label(Value value) {
    result_.graph->set_output("label", value);
    result_.labelled = true;
  }

  /// `row` and `column` of each example in the grid.
  void define_cells(Scene& scene, Graph& graph) {
    if (result_.drawing) {
      row_ = graph.input("row", Type{DType::I32, Shape{result_.batch}});
      column_ = graph.input("column", Type{DType::I32, Shape{result_.batch}});
      scene.define("row", picture_or_plain(row_));
      scene.define("column", picture_or_plain(column_));
      return;
    }
    define_constant_cells(scene);
  }

  void define_constant_cells(Scene& scene) const {
    const std::int64_t across =
        result_.columns / static_cast<std::int64_t>(spec_.value.image.size());
    std::vector<double> rows, columns;
    for (std::int64_t i = 0; i < result_.batch; ++i) {
      const std::int64_t row = i / across, column = i % across;
      rows.push_back(static_cast<double>(row));
      columns.push_back(static_cast<double>(column));
    }
    scene.define("row", cell(scene.graph(), rows, "row"));
    scene.define("column", cell(scene.graph(), columns, "column"));
  }

  static Tensor cell(Graph& graph, const std::vector<double>& at, const std::string& word) {
    const Shape shape{static_cast<std::int64_t>(at.size())};
    Tensor labels = picture_or_plain(graph.constant(at, DType::I32, shape));
    const double last = *std::ranges::max_element(at);
    labels.bounds = Tensor::Bounds{0, last};
    labels.bounds_from = fmt::format("{} of a grid of {} {}s", word, number_text(last + 1), word);
    return labels;
  }

  /// `with: {label: row}` replaces definitions under `step:`, all of them before any is read.
  void replace_definitions(Scene& scene) {
    std::vector<const Named<Expr>*> replaced;
    for (const Named<Expr>& with : spec_.value.with) {
      if (system_.find_step(with.name) != nullptr) {
        scene.replace(with);
        replaced.push_back(&with);
        continue;
      }
      std::vector<std::string> known;
      for (const auto& d : system_.experiment.sections.step) known.push_back(d.name);
      system_.diagnostics.error(with.origin, fmt::format("'{}' is no value under step{}", with.name,
                                                         suggestion(with.name, known)));
    }
    for (const Named<Expr>* with : replaced) {
      try {
        scene.step_value(*with);
      } catch (...) {
        system_.report_current_exception(with->origin);
      }
    }
  }

  /// Whether so many channels are moments, as the data has them.
  bool is_frames(std::int64_t channels) const {
    return std::ranges::any_of(system_.experiment.facts, [&](const DataFacts& facts) {
      return facts.frames > 0 && facts.frames == channels;
    });
  }

  /// [batch, height, width, frames] as one wide picture in grey.
  static Value side_by_side(Value moments) {
    const Shape shape = moments.shape();
    return reshape(transpose(moments, {0, 1, 3, 2}), {shape[0], shape[1], shape[3] * shape[2], 1});
  }

  void picture(Scene& scene, std::size_t i) {
    const Expr& written = spec_.value.image[i];
    const std::string path = child_path(spec_.value.origin.path, "image");
    Origin where = written.origin;
    where.path = path;
    try {
      const Term term = scene.evaluate(written, path, "step");
      const Tensor* tensor = term.as_tensor();
      const bool points = tensor != nullptr && tensor->rank() == 2 && tensor->size(1) == 2;
      const bool moments = tensor != nullptr && tensor->rank() == 4 && is_frames(tensor->size(1));
      const bool image = moments || (tensor != nullptr && tensor->rank() == 4 &&
                                     (tensor->size(1) == 1 || tensor->size(1) == 3));
      if (!points && !image) {
        throw ConfigError(
            {{Severity::Error, where,
              fmt::format(
                  "expected pictures [batch, 1 or 3, height, width] or points [batch, 2], got {}",
                  term.described())}});
      }
      expect_each_example(*tensor, where);
      result_.is_points = points;
      const Value value = points    ? tensor->value
                          : moments ? side_by_side(as_channels_last(*tensor).value)
                                    : as_channels_last(*tensor).value;
      result_.graph->set_output(fmt::format("image{}", i), value);
    } catch (...) {
      system_.report_current_exception(where);
    }
  }

  /// As evaluations do: a first size of its own is no batch.
  void expect_each_example(const Tensor& picture, const Origin& where) const {
    if (picture.size(0) == result_.batch) return;
    throw ConfigError(
        {{Severity::Error, where,
          fmt::format("expected a result for each example, [batch, ...], got {}; batch is {} here",
                      to_text(picture.shape()), result_.batch)}});
  }

  System& system_;
  const Named<SampleSection>& spec_;
  std::set<std::string>& used_;
  SampleGraph result_;
  Value row_, column_;  // of a drawing
};

}  // namespace

std::vector<SampleGraph> build_samples(System& system, std::set<std::string>& used) {
  std::vector<SampleGraph> samples;
  for (const Named<SampleSection>& spec : system.experiment.sections.sample) {
    const Drawing* drawing = system.drawing;
    if (drawing != nullptr && !drawing->spec.empty() && drawing->spec != spec.name) continue;
    try {
      samples.push_back(SampleBuilder(system, spec, used).build());
    } catch (...) {
      system.report_current_exception(spec.value.origin);
    }
  }
  return samples;
}

}  // namespace agon
