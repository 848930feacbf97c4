#pragma once
#include <string>
#include <vector>

#include "graphs/words/layer.h"

/// The tables that make up layers(), one for each layers_<theme>.cpp, and what they share.
namespace agon {

std::vector<LayerDef> dense_layers();
std::vector<LayerDef> conv_layers();
std::vector<LayerDef> shape_layers();
std::vector<LayerDef> picture_layers();
std::vector<LayerDef> pool_layers();
std::vector<LayerDef> norm_layers();
std::vector<LayerDef> dropout_layers();
std::vector<LayerDef> deviation_layers();
std::vector<LayerDef> attention_layers();
std::vector<LayerDef> join_layers();
std::vector<LayerDef> prelu_layers();

/// A function used as a layer: applied to the current value, the layer's argument is parameter 1.
LayerDef function_layer(const FunctionDef& def);

/// "z [100]", "[3, 64, 64]", "labels []": the current value as a message shows it, batch left out.
std::string current_text(LayerCall& call);
/// The current value as a picture. Throws GraphError "conv expects [channels, height, width], got z
/// [100]; begin with dense and reshape".
Tensor picture_of(LayerCall& call, const std::string& word);
/// Throws GraphError where the current value is labels.
void expect_real_current(LayerCall& call, const std::string& word);

/// A vector with one number a channel, shaped to stretch over x (its axis 1 in the language).
Value along_channels(Value vector, const Tensor& x);
/// Each channel of each example brought to mean 0 and variance 1. x is a picture, channels-last.
Tensor instance_normalised(const Tensor& x, double eps);
/// A parameter `name` of one number a channel.
Value channel_parameter(LayerCall& call, const std::string& name, std::int64_t channels,
                        const Initial& initial);

/// `n` or `[height, width]`: one or two whole numbers.
struct Extents {
  std::int64_t height = 0;
  std::int64_t width = 0;
};
Extents extents(const std::vector<Whole>& written, const NumberScope& scope);
/// The same as a form of keys, each number at least `low`.
Form<std::vector<Whole>> extents_form(std::int64_t low);

/// `padding: same`, or whole numbers as extents.
struct Padding {
  bool same = false;
  std::vector<Whole> sizes;
};
Form<Padding> padding_form();

}  // namespace agon
