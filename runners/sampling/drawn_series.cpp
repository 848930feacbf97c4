#include "runners/sampling/drawn_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/sampling/grid.h"

namespace agon {

namespace {

/// A folder of that name that holds nothing, made if need be.
void make_empty_folder(const std::string& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (!failure && std::filesystem::is_empty(directory, failure) && !failure) return;
  throw Error(ExitCode::CantCreate,
              fmt::format("'{}': {}", printable(directory),
                          failure ? failure.message() : "the folder is not empty"));
}

/// With leading zeros, so that names sort as numbers do.
std::string numbered(std::int64_t number, std::int64_t count) {
  return fmt::format("{:0{}}", number, std::to_string(std::max<std::int64_t>(0, count - 1)).size());
}

}  // namespace

DrawnSeries::DrawnSeries(const SampleGraph& spec, const Program& program, Backend& backend,
                         Variables& variables, Sources& sources, Arena& arena)
    : spec_(spec),
      sources_(sources),
      feed_(sources, program, spec.split, spec.batch),
      executor_(program, variables, backend.lanes, &arena, backend.accelerator()),
      row_(static_cast<std::size_t>(spec.batch)),
      column_(row_.size()),
      walk_(static_cast<std::size_t>(spec.batch * spec.keys)) {
  if (spec.is_points)
    throw Error(ExitCode::Config, "sample: pictures are written, and this spec draws points");
  const auto there = feed_.count();
  if (there && spec.keys == 0 && *there < spec.total) {
    throw Error(ExitCode::Config,
                fmt::format("sample: {} examples of data are read, the {} split has {}; lower "
                            "--count or choose another split with --set sample.on=train",
                            spec.total, spec.split, *there));
  }
  for (const Program::Port& output : program.outputs) {
    if (output.name.starts_with("image")) ports_.push_back(output);
  }
  std::ranges::sort(
      ports_, {}, [](const Program::Port& port) { return std::pair(port.name.size(), port.name); });
  across_ = spec.columns / static_cast<std::int64_t>(ports_.size());
  for (const Program::Port& input : program.inputs) {
    if (input.name == "row") executor_.bind_input("row", row_.data());
    if (input.name == "column") executor_.bind_input("column", column_.data());
    if (input.name == "walk") executor_.bind_input("walk", walk_.data());
    if (input.name == "draw") executor_.bind_input("draw", &draw_);
  }
}

void DrawnSeries::set_walk(std::int64_t index, float* weights) const {
  std::fill(weights, weights + spec_.keys, 0.0F);
  std::int64_t from = 0, to = 0;
  double way = 0;  // from 0 to 1
  if (spec_.drawing->form == Drawing::Form::Interpolate) {
    from = 2 * (index / across_);
    to = from + 1;
    way = across_ > 1 ? static_cast<double>(index % across_) / static_cast<double>(across_ - 1) : 0;
  } else {
    const std::int64_t between = spec_.drawing->count ? kFramesBetween : across_;
    from = index / between % spec_.keys;
    to = (from + 1) % spec_.keys;
    way = static_cast<double>(index % between) / static_cast<double>(between);
  }
  // a quarter of a circle: the squares add up to 1, so that what is normal stays so
  weights[from] = static_cast<float>(std::cos(way * std::numbers::pi / 2));
  weights[to] = static_cast<float>(std::sin(way * std::numbers::pi / 2));
}

void DrawnSeries::set_inputs(std::int64_t first) {
  const std::int64_t draw = first / spec_.batch;
  draw_ = static_cast<double>(draw);
  const bool many = spec_.drawing->form == Drawing::Form::Many;
  for (std::int64_t i = 0; i < spec_.batch; ++i) {
    const std::int64_t index = first + i;
    // many examples go through the rows in turn, so that every class comes up
    const std::int64_t row = many                   ? index % spec_.rows
                             : spec_.drawing->count ? index / kFramesBetween % spec_.rows
                                                    : index / across_;
    const std::int64_t column = many ? index / spec_.rows % across_ : index % across_;
    row_[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(row);
    column_[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(column);
    if (spec_.keys > 0) set_walk(index, walk_.data() + i * spec_.keys);
  }
}

void DrawnSeries::draw(const std::function<void(const Example&)>& take) {
  for (std::int64_t first = 0; first < spec_.total; first += spec_.batch) {
    set_inputs(first);
    feed_.read(first);
    feed_.bind(executor_);
    executor_.run();
    const auto* labels =
        spec_.labelled ? static_cast<const std::int32_t*>(executor_.output("label")) : nullptr;
    for (std::int64_t i = 0; i < std::min(spec_.batch, spec_.total - first); ++i) {
      Example example{.index = first + i, .pictures = {}, .label = std::nullopt};
      for (const Program::Port& port : ports_) {
        const Shape& shape = port.type.shape;
        const auto* values = static_cast<const float*>(executor_.output(port.name));
        example.pictures.push_back(
            picture_of({values, shape[0], shape[1], shape[2], shape[3]}, i, spec_.low, spec_.high));
      }
      if (labels != nullptr) example.label = labels[i];
      take(example);
    }
  }
}

Picture DrawnSeries::grid() {
  std::vector<Picture> pictures;
  draw([&](const Example& example) {
    pictures.insert(pictures.end(), example.pictures.begin(), example.pictures.end());
  });
  return arranged(pictures, spec_.columns);
}

/// The class's own name where it can name a folder, else its number.
std::string DrawnSeries::class_name(std::int32_t label) const {
  const auto& facts = sources_.experiment().facts;
  const LabelFacts* list = facts.empty() ? nullptr : facts[0].list("label");
  if (list != nullptr && label >= 0 && static_cast<std::size_t>(label) < list->class_names.size()) {
    const std::string& name = list->class_names[static_cast<std::size_t>(label)];
    if (!name.empty() && name[0] != '.' && name.find('/') == std::string::npos) return name;
  }
  return numbered(label, std::max(list == nullptr ? 0 : list->classes, spec_.rows));
}

void DrawnSeries::write_folder(const std::string& directory, const PngTexts& texts) {
  make_empty_folder(directory);
  draw([&](const Example& example) {
    std::string folder = directory;
    if (example.label) {
      folder += "/" + class_name(*example.label);
      std::filesystem::create_directories(folder);
    }
    write_png(fmt::format("{}/{:06}.png", folder, example.index), example.pictures.front(), texts);
  });
}

}  // namespace agon
