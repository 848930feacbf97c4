#pragma once
#include "engine/runtime/kernel.h"

namespace agon {

/// Which tiles may be used: F(2, r) rounds as a plain sum does, F(4, r) needs fewer multiplications
/// and rounds more coarsely.
enum class WinogradTiles { Exact, Any };

/// Rounding error relative to that of a plain sum in float32. Rms over all pixels it is measured at
/// up to 1.7 for F(4, r), twice that in the last pixel of a tile, where powers of the points meet,
/// and at most 1 for F(2, r); up to 2.6 and 1.2 for sums of a few terms. Fewer terms are added one
/// after another than in the plain sum, which makes up for part of what the transforms round.
inline constexpr double kWinogradError = 4;
inline constexpr double kExactWinogradError = 1.5;

/// Tiles are taken where they cost less than this part of the plain sum (cost.h).
inline constexpr double kWinogradCost = 0.8;

/// conv2d, conv2d_input_grad and conv2d_weight_grad by minimal filtering of the pixel phases
/// (phases.h), for kernels of two or three taps in each phase: 4 x 4 of stride 2, 3 x 3, 5 x 5 of
/// stride 2. Of the tiles allowed, those that cost least on this picture.
Candidate prepare_conv2d_winograd(const Node& node, WinogradTiles tiles = WinogradTiles::Any,
                                  double most_cost = kWinogradCost);
Candidate prepare_input_grad_winograd(const Node& node, WinogradTiles tiles = WinogradTiles::Any,
                                      double most_cost = kWinogradCost);
Candidate prepare_weight_grad_winograd(const Node& node, WinogradTiles tiles = WinogradTiles::Any,
                                       double most_cost = kWinogradCost);

}  // namespace agon
