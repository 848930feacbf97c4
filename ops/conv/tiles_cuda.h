#pragma once
#include "engine/runtime/cuda/convolution_library.h"
#include "ops/conv/conv2d.h"
#include "ops/gemm/tile_text_cuda.h"

namespace agon {

/// A node of one of the convolutions as a product of matrices whose left or right operand is read
/// out of the picture:
///   output:          rows are its pixels, columns output channels, terms (tap, input channel)
///   input gradient:  one product for each phase of the strides, since pixels of one phase meet the
///                    same taps; rows are its pixels, columns input channels, terms (tap, channel)
///   weight gradient: rows are output channels, columns (tap, input channel), terms output pixels
TileProduct convolution_tiles(const Node& node, const ConvolutionProblem& problem);
/// The same as a problem of float32 for cuDNN; of a node whose attributes are not Conv2dAttrs with
/// the attributes of its convolution.
ConvolutionProblem convolution_problem(const Node& node, ConvolutionProblem::Wanted wanted);
ConvolutionProblem convolution_problem(const Node& node, ConvolutionProblem::Wanted wanted,
                                       const Conv2dAttrs& attrs);

}  // namespace agon
