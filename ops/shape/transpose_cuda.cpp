#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "ops/shape/attrs.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

constexpr std::int64_t kTile = 1024;  // elements of one block of threads

/// A transposition of matrices: `inner` is the output's innermost axis, `column` the input's.
struct Turn {
  CopyAxis inner, column;
  std::int64_t column_out = 1;  // one step along `column` in the output
  struct Outer {
    std::int64_t size, in, out;
  };
  std::vector<Outer> outer;  // innermost first
};

Turn turn_of(const std::vector<CopyAxis>& axes) {
  Turn turn{.inner = axes.back(), .column = {}, .outer = {}};
  std::int64_t out = turn.inner.size;
  for (std::size_t k = axes.size() - 1; k-- > 0; out *= axes[k].size) {
    if (axes[k].step == 1) {
      turn.column = axes[k];
      turn.column_out = out;
    } else {
      turn.outer.push_back({axes[k].size, axes[k].step, out});
    }
  }
  return turn;
}

/// Rows (along the output's innermost axis) and columns of a tile: 32 x 32, longer one way where
/// the matrix is thin the other way.
struct Tile {
  std::int64_t rows, columns;
};

Tile tile_of(const Turn& turn) {
  const auto up = [](std::int64_t n) {
    return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(n)));
  };
  const std::int64_t most_rows = up(turn.inner.size), most_columns = up(turn.column.size);
  Tile tile{std::min<std::int64_t>(32, most_rows), std::min<std::int64_t>(32, most_columns)};
  tile.rows = std::min(most_rows, kTile / tile.columns);
  tile.columns = std::min(most_columns, kTile / tile.rows);
  return tile;
}

/// By way of shared memory, so that neighbours in a block read and write neighbours.
DeviceFunction tiled_transpose(const Node& node, const Turn& turn, const Tile& tile) {
  const std::int64_t across = (turn.column.size + tile.columns - 1) / tile.columns;
  const std::int64_t down = (turn.inner.size + tile.rows - 1) / tile.rows;
  std::int64_t blocks = across * down;
  std::string x = "row * kRowStep + column", y = "column * kColumnStep + row";
  for (const Turn::Outer& axis : turn.outer) {
    const std::string at = fmt::format(" + block / {} % {} * ", blocks, axis.size);
    x += at + fmt::format("{}", axis.in);
    y += at + fmt::format("{}", axis.out);
    blocks *= axis.size;
  }
  DeviceFunction function = each_of(node, 0, "");
  function.blocks = blocks;
  function.code = index_text(node) +
                  constants("Index", {{"kRows", turn.inner.size},
                                      {"kRowStep", turn.inner.step},
                                      {"kColumns", turn.column.size},
                                      {"kColumnStep", turn.column_out}}) +
                  constants("u32", {{"kTileRows", tile.rows}, {"kTileColumns", tile.columns}}) +
                  fmt::format(R"(__shared__ T tile[kTileRows * (kTileColumns + 1)];
const Index block = blockIdx.x;
const Index column = block % {0} * kTileColumns, row = block / {0} % {1} * kTileRows;
const T* x = in0 + ({2});
T* y = out0 + ({3});
)",
                              across, down, x, y) +
                  R"(for (u32 k = 0; k < kTileRows * kTileColumns; k += 256) {
  const u32 r = (k + threadIdx.x) / kTileColumns, c = (k + threadIdx.x) % kTileColumns;
  if (row + r < kRows && column + c < kColumns)
    tile[r * (kTileColumns + 1) + c] = x[r * kRowStep + c];
}
__syncthreads();
for (u32 k = 0; k < kTileRows * kTileColumns; k += 256) {
  const u32 r = (k + threadIdx.x) % kTileRows, c = (k + threadIdx.x) / kTileRows;
  if (row + r < kRows && column + c < kColumns)
    y[c * kColumnStep + r] = tile[r * (kTileColumns + 1) + c];
}
)";
  return function;
}

DeviceFunction transpose_function(const Node& node) {
  const auto strides = node.in(0).shape().strides();
  std::vector<CopyAxis> axes;
  for (int axis = 0; axis < node.out_type().shape.rank(); ++axis) {
    const std::int64_t from = node.attrs_as<TransposeAttrs>().axes[static_cast<std::size_t>(axis)];
    axes.push_back({node.out_type().shape[axis], strides[static_cast<std::size_t>(from)]});
  }
  axes = merged(axes);
  const bool in_runs = axes.empty() || axes.back().step == 1;
  if (in_runs || node.out_type().shape.elements() == 0) return strided_copy(node, axes);
  const Turn turn = turn_of(axes);
  const Tile tile = tile_of(turn);
  // small matrices are in the cache when their columns are read
  if (tile.rows * tile.columns < 256) return strided_copy(node, axes);
  return tiled_transpose(node, turn, tile);
}

}  // namespace

void register_transpose_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "transpose", transpose_function);
}

}  // namespace agon
