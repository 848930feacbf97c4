#include "tests/graphs/words_site.h"

#include <cmath>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "graphs/document/reader.h"

namespace agon::words_test {

Site::Site(bool training)
    : training_(training), graph_(std::make_unique<Graph>(all_ops())), draws_(*graph_) {
  scope_.find = [this](const std::string& name) -> std::optional<double> {
    const auto it = params.find(name);
    return it == params.end() ? std::nullopt : std::optional(it->second);
  };
}

void Site::give(const std::string& name, const Shape& shape, const std::vector<double>& values,
                DType dtype) {
  const Type type{dtype, engine_shape(shape)};
  if (first_.empty()) first_ = name;
  inputs_[name] = NdArray(type, channels_last_values(shape, values));
  values_[name] = picture_or_plain(graph_->input(name, type));
}

BuildLayer Site::read(const std::string& layer) {
  const Yaml item = parse_yaml_value(layer, "test.yaml");
  const std::string word = item.is_mapping() ? item.keys[0].text : item.text;
  const LayerDef* def = find_layer(word);
  if (def == nullptr) throw GraphError("no layer " + word);
  Diagnostics diagnostics;
  KeyReader reader{diagnostics};
  BuildLayer build = def->read(item.is_mapping() ? item.items[0] : Yaml{}, word, reader);
  diagnostics.throw_if_errors();
  return build;
}

Tensor Site::apply(const std::string& layer) {
  return read(layer).apply(*this);
}

std::string Site::failure(const std::string& layer) {
  try {
    apply(layer);
  } catch (const ConfigError& e) {
    return e.diagnostics().front().message;
  } catch (const GraphError& e) {
    return e.what();
  }
  return "";
}

NdArray Site::numbers(const Tensor& t) {
  graph_->set_output("result", as_plain(t).value);
  Variables variables;
  std::map<std::string, NdArray> kept;
  for (const auto& [name, d] : declared) {
    auto& variable = variables.add(name, d.type, d.file);
    variables.set_file_array(variable, NdArray(Type{d.type.dtype, variable.file.shape}, d.in_file));
    kept[name] = NdArray(d.type);
    kept[name].load(variable.memory.data());
  }
  return run_reference(*graph_, inputs_, kept).at("result");
}

Value Site::parameter(const std::string& name, const Type& type, const FileForm& file,
                      const Initial& initial) {
  const double phase = static_cast<double>(name.size());
  declared[prefix + name] = {type, file, initial, wiggly(type.shape.elements(), phase)};
  return graph_->variable(prefix + name, type);
}

Value Site::statistic(const std::string& name, const Type& type, double initial) {
  std::vector<double> values = wiggly(type.shape.elements());
  for (double& v : values) v = std::abs(v) + 0.5;
  declared[prefix + name] = {
      type, {type.shape, type.shape, {}}, Initial::constant(initial), values};
  return graph_->variable(prefix + name, type);
}

void Site::move_statistic(const std::string& name, Value value, double momentum) {
  moved[prefix + name] = {value, momentum};
}

SingularVectors Site::singular_vectors(const WeightMatrix& matrix, const Type& weight) {
  const Shape& s = weight.shape;
  const std::int64_t rows = matrix.rows_last ? s[s.rank() - 1] : s[0];
  const auto vector = [&](const std::string& name, std::int64_t size, FileForm file) {
    const Shape shape{size};
    if (file.shape.rank() == 0) file = {shape, shape, {}};
    return parameter(matrix.weight + name, Type{weight.dtype, shape}, file, Initial::constant(0));
  };
  return {vector("_u", rows, matrix.rows), vector("_v", s.elements() / rows, matrix.columns)};
}

namespace {
/// Each pixel of the smaller side meets each tap of the kernel: visit(pixel, tap).
template <class Visit>
void for_each_tap(const Shape& small, const Shape& kernel, Visit visit) {
  for_each_index(small, [&](const auto& at) {
    for_each_index(kernel, [&](const auto& tap) { visit(at, tap); });
  });
}
}  // namespace

NdArray plain_conv(const NdArray& x, const NdArray& w, std::int64_t stride, std::int64_t top,
                   std::int64_t left, std::int64_t out_h, std::int64_t out_w) {
  const Shape& xs = x.type.shape;
  const Shape& ws = w.type.shape;
  NdArray y(Type{DType::F64, {xs[0], ws[0], out_h, out_w}});
  for_each_tap({xs[0], 1, out_h, out_w}, ws, [&](const auto& at, const auto& tap) {
    const std::int64_t ih = at[2] * stride - top + tap[2];
    const std::int64_t iw = at[3] * stride - left + tap[3];
    if (ih < 0 || ih >= xs[2] || iw < 0 || iw >= xs[3]) return;
    y[offset_of(y.type.shape, {at[0], tap[0], at[2], at[3]})] +=
        x[offset_of(xs, {at[0], tap[1], ih, iw})] * w[offset_of(ws, tap)];
  });
  return y;
}

NdArray plain_conv_transpose(const NdArray& x, const NdArray& w, std::int64_t stride,
                             std::int64_t top, std::int64_t left, std::int64_t out_h,
                             std::int64_t out_w) {
  const Shape& xs = x.type.shape;
  const Shape& ws = w.type.shape;
  NdArray y(Type{DType::F64, {xs[0], ws[1], out_h, out_w}});
  for_each_tap({xs[0], 1, xs[2], xs[3]}, ws, [&](const auto& at, const auto& tap) {
    const std::int64_t oh = at[2] * stride - top + tap[2];
    const std::int64_t ow = at[3] * stride - left + tap[3];
    if (oh < 0 || oh >= out_h || ow < 0 || ow >= out_w) return;
    y[offset_of(y.type.shape, {at[0], tap[1], oh, ow})] +=
        x[offset_of(xs, {at[0], tap[0], at[2], at[3]})] * w[offset_of(ws, tap)];
  });
  return y;
}

}  // namespace agon::words_test
