#include "ops/conv/winograd/cost.h"
#include "ops/conv/winograd/picture_product.h"
#include "ops/conv/winograd/weight_grad.h"
#include "ops/conv/winograd/winograd.h"

namespace agon {

namespace {

template <class K, class... More>
Candidate prepared(const Node& node, ConvGradient gradient, WinogradTiles tiles, double most_cost,
                   More... more) {
  const auto chosen = choose_tiles(node, gradient, tiles, most_cost);
  if (const auto* why = std::get_if<std::string>(&chosen)) return Candidate::refused(*why);
  return std::make_unique<K>(std::get<PhaseConvolution>(chosen), more...);
}

}  // namespace

Candidate prepare_conv2d_winograd(const Node& node, WinogradTiles tiles, double most_cost) {
  return prepared<WinogradPicture>(node, ConvGradient::None, tiles, most_cost,
                                   WinogradPicture::Direction::Forward);
}

Candidate prepare_input_grad_winograd(const Node& node, WinogradTiles tiles, double most_cost) {
  return prepared<WinogradPicture>(node, ConvGradient::Input, tiles, most_cost,
                                   WinogradPicture::Direction::InputGrad);
}

Candidate prepare_weight_grad_winograd(const Node& node, WinogradTiles tiles, double most_cost) {
  return prepared<WinogradWeightGrad>(node, ConvGradient::Weight, tiles, most_cost);
}

void register_conv2d_winograd(KernelRegistry& kernels) {
  kernels.add({.op = "conv2d",
               .name = "winograd:conv2d",
               .prepare = [](const Node& node) { return prepare_conv2d_winograd(node); },
               .error_factor = kWinogradError});
  kernels.add({.op = "conv2d_input_grad",
               .name = "winograd:conv2d_input_grad",
               .prepare = [](const Node& node) { return prepare_input_grad_winograd(node); },
               .error_factor = kWinogradError});
  kernels.add({.op = "conv2d_weight_grad",
               .name = "winograd:conv2d_weight_grad",
               .prepare = [](const Node& node) { return prepare_weight_grad_winograd(node); },
               .error_factor = kWinogradError});
}

}  // namespace agon
