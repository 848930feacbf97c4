#include "ops/conv/tiles_cuda.h"

#include <fmt/format.h>

#include "ops/conv/conv2d.h"

namespace agon {

namespace {

using Wanted = ConvolutionProblem::Wanted;

std::int64_t ceiling(std::int64_t n, std::int64_t divisor) {
  return (n + divisor - 1) / divisor;
}

/// Statements that name the coordinates of a row-major `place` in [.., height, width, channels];
/// `names` are of three of them, the first taking what the others leave.
std::string coordinates(const char* place, const char* outer, const char* middle, std::int64_t m,
                        const char* inner, std::int64_t n) {
  return fmt::format("const index {1} = {0} / {4}, {2} = {0} / {5} % {3}, {6} = {0} % {5};", place,
                     outer, middle, m, m * n, n, inner);
}

std::string within(const char* y, std::int64_t height, const char* x, std::int64_t width) {
  return fmt::format("{0} >= 0 && {0} < {1} && {2} >= 0 && {2} < {3}", y, height, x, width);
}

bool is_padded(const ConvolutionProblem& c) {
  return c.pad_top > 0 || c.pad_left > 0 || c.pad_bottom > 0 || c.pad_right > 0;
}

std::string picture_index(const ConvolutionProblem& c, const char* channel) {
  return fmt::format("((image * {} + y) * {} + x) * {} + {}", c.height, c.width, c.in, channel);
}

/// The pixel (y, x) of the input under tap (down, across) of the window at (out_y, out_x).
std::string pixel_under_tap(const ConvolutionProblem& c) {
  return fmt::format("\n  const index y = out_y * {} - {} + down, x = out_x * {} - {} + across;",
                     c.stride_y, c.pad_top, c.stride_x, c.pad_left);
}

TileProduct output_tiles(const ConvolutionProblem& c) {
  TileProduct p{.rows = c.batch * c.out_height * c.out_width,
                .columns = c.out,
                .terms = c.kernel_height * c.kernel_width * c.in};
  p.left = {.input = "in0",
            .where = coordinates("row", "image", "out_y", c.out_height, "out_x", c.out_width) +
                     "\n  " + coordinates("k", "down", "across", c.kernel_width, "channel", c.in) +
                     pixel_under_tap(c),
            .exists = is_padded(c) ? within("y", c.height, "x", c.width) : "",
            .index = picture_index(c, "channel"),
            .along_terms = c.in >= 4,
            .run = c.in % 4 == 0 ? c.in : 1};
  p.right = {.input = "in1", .index = fmt::format("column * {} + k", p.terms), .run = p.terms};
  return p;
}

TileProduct input_gradient_tiles(const ConvolutionProblem& c) {
  const std::int64_t height = ceiling(c.height, c.stride_y), width = ceiling(c.width, c.stride_x);
  const std::int64_t taps_y = ceiling(c.kernel_height, c.stride_y);
  const std::int64_t taps_x = ceiling(c.kernel_width, c.stride_x);
  TileProduct p{.batches = c.stride_y * c.stride_x,
                .rows = c.batch * height * width,
                .columns = c.in,
                .terms = taps_y * taps_x * c.out};
  p.per_batch = fmt::format(
      "// The pixels of this phase, (stride * part_y + phase_y, ...), meet taps first_y + stride "
      "* i.\n"
      "const index phase_y = batch / {1}, phase_x = batch % {1};\n"
      "const index first_y = (phase_y + {2}) % {0}, first_x = (phase_x + {3}) % {1};\n"
      "const index window_y = (phase_y + {2}) / {0}, window_x = (phase_x + {3}) / {1};",
      c.stride_y, c.stride_x, c.pad_top, c.pad_left);
  const std::string tap = coordinates("k", "tap_y", "tap_x", taps_x, "channel", c.out) +
                          fmt::format(
                              "\n  const index down = first_y + {} * tap_y, across = "
                              "first_x + {} * tap_x;",
                              c.stride_y, c.stride_x);
  const std::string tap_exists =
      fmt::format("down < {} && across < {}", c.kernel_height, c.kernel_width);
  const std::string pixel = coordinates("row", "image", "part_y", height, "part_x", width);
  p.left = {.input = "in0",
            .where = pixel + "\n  " + tap +
                     "\n  const index out_y = part_y + window_y - tap_y, out_x = part_x + window_x "
                     "- tap_x;",
            .exists = tap_exists + " && " + within("out_y", c.out_height, "out_x", c.out_width),
            .index = fmt::format("((image * {} + out_y) * {} + out_x) * {} + channel", c.out_height,
                                 c.out_width, c.out),
            .along_terms = c.out >= 4,
            .run = c.out % 4 == 0 ? c.out : 1};
  p.right = {.input = "in1",
             .where = tap,
             .exists = tap_exists,
             .index = fmt::format("((channel * {} + down) * {} + across) * {} + column",
                                  c.kernel_height, c.kernel_width, c.in),
             .along_terms = false,
             .run = c.in};
  p.result_where = pixel + fmt::format(
                               "\n  const index y = part_y * {} + phase_y, x = part_x * {} "
                               "+ phase_x;",
                               c.stride_y, c.stride_x);
  if (c.height % c.stride_y != 0 || c.width % c.stride_x != 0)
    p.result_exists = fmt::format("y < {} && x < {}", c.height, c.width);
  p.result_row = fmt::format("(image * {} + y) * {} + x", c.height, c.width);
  return p;
}

TileProduct weight_gradient_tiles(const ConvolutionProblem& c) {
  TileProduct p{.rows = c.out,
                .columns = c.kernel_height * c.kernel_width * c.in,
                .terms = c.batch * c.out_height * c.out_width};
  p.left = {.input = "in1",
            .index = fmt::format("k * {} + row", c.out),
            .along_terms = false,
            .run = c.out};
  p.right = {.input = "in0",
             .where = coordinates("column", "down", "across", c.kernel_width, "channel", c.in) +
                      "\n  " +
                      coordinates("k", "image", "out_y", c.out_height, "out_x", c.out_width) +
                      pixel_under_tap(c),
             .exists = is_padded(c) ? within("y", c.height, "x", c.width) : "",
             .index = picture_index(c, "channel"),
             .along_terms = false,
             .run = c.in % 4 == 0 ? c.in : 1};
  return p;
}

}  // namespace

ConvolutionProblem convolution_problem(const Node& node, Wanted wanted) {
  return convolution_problem(node, wanted, node.attrs_as<Conv2dAttrs>());
}

ConvolutionProblem convolution_problem(const Node& node, Wanted wanted, const Conv2dAttrs& a) {
  const Shape& first = node.in(0).shape();
  const Shape& second = node.in(1).shape();
  const Shape& result = node.out_type().shape;
  const Shape& x = wanted == Wanted::InputGradient ? result : first;
  const Shape& w = wanted == Wanted::WeightGradient ? result : second;
  const Shape& y = wanted == Wanted::Output          ? result
                   : wanted == Wanted::InputGradient ? first
                                                     : second;
  return {.wanted = wanted,
          .batch = x[0],
          .in = x[3],
          .height = x[1],
          .width = x[2],
          .out = y[3],
          .out_height = y[1],
          .out_width = y[2],
          .kernel_height = w[1],
          .kernel_width = w[2],
          .stride_y = a.stride_h,
          .stride_x = a.stride_w,
          .pad_top = a.pad_top,
          .pad_left = a.pad_left,
          .pad_bottom = a.pad_bottom,
          .pad_right = a.pad_right};
}

TileProduct convolution_tiles(const Node& node, const ConvolutionProblem& c) {
  TileProduct p = c.wanted == Wanted::Output          ? output_tiles(c)
                  : c.wanted == Wanted::InputGradient ? input_gradient_tiles(c)
                                                      : weight_gradient_tiles(c);
  p.dtype = node.out_type().dtype;
  return p;
}

}  // namespace agon
