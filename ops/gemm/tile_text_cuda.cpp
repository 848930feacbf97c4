#include "ops/gemm/tile_text_cuda.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace agon {

namespace {

constexpr int kThreads = 256;

/// A block's part of the result and how many terms it reads at once. Each thread has 4 x 4 results
/// in each of row_groups x column_groups parts of the tile.
struct Tile {
  int rows, columns, terms, row_groups, column_groups;
};
constexpr Tile kSquare{64, 64, 16, 1, 1}, kLarge{128, 128, 8, 2, 2};
constexpr Tile kTall{256, 16, 16, 1, 1}, kWide{16, 256, 16, 1, 1};

/// How the work is cut; tiles are numbered column by column, then row by row, slices after them.
struct Cut {
  Tile tile;
  std::int64_t row_tiles, column_tiles, slices, slice_terms;
};

std::int64_t ceiling(std::int64_t n, std::int64_t divisor) {
  return (n + divisor - 1) / divisor;
}

std::int64_t tiles_of(const TileProduct& p, const Tile& tile) {
  return p.batches * ceiling(p.rows, tile.rows) * ceiling(p.columns, tile.columns);
}

Tile tile_for(const TileProduct& p) {
  constexpr std::int64_t kManyTiles = 128;  // large tiles that fill large devices
  if (p.columns <= kTall.columns) return kTall;
  if (p.rows <= kWide.rows) return kWide;
  const std::int64_t large = tiles_of(p, kLarge), square = tiles_of(p, kSquare);
  const bool little_waste = 4 * large * 4 <= 5 * square;  // at most a quarter more is computed
  return p.dtype == DType::F32 && large >= kManyTiles && little_waste ? kLarge : kSquare;
}

Cut cut(const TileProduct& p) {
  constexpr std::int64_t kBlocks = 264;      // two for each multiprocessor of a large device
  constexpr std::int64_t kFewestTerms = 64;  // that pay for writing and reading a partial sum
  constexpr std::int64_t kMostTerms = 4096;  // added up in one sequence
  const Tile tile = tile_for(p);
  const std::int64_t tiles = tiles_of(p, tile);
  const std::int64_t paying = std::max<std::int64_t>(1, p.terms / kFewestTerms);
  const std::int64_t wanted = std::min(std::max<std::int64_t>(1, kBlocks / tiles), paying);
  const std::int64_t slices = std::max(wanted, ceiling(p.terms, kMostTerms));
  const std::int64_t slice_terms = ceiling(ceiling(p.terms, slices), tile.terms) * tile.terms;
  return {tile, ceiling(p.rows, tile.rows), ceiling(p.columns, tile.columns),
          ceiling(p.terms, slice_terms), slice_terms};
}

using Replacements = std::vector<std::pair<std::string_view, std::string>>;

std::string replaced(std::string text, const Replacements& replacements) {
  for (const auto& [name, value] : replacements) {
    for (std::size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at + value.size()))
      text.replace(at, name.size(), value);
  }
  return text;
}

constexpr const char* kSizes = R"(
using real = $REAL;
using index = $INDEX;
constexpr index kRows = $ROWS, kColumns = $COLUMNS, kTerms = $TERMS;
// A block computes a tile of the result, reading so many terms at once; a thread of it 4 x 4
// numbers in each of kRowGroups x kColumnGroups parts of the tile.
constexpr int kTileRows = $TILE_ROWS, kTileColumns = $TILE_COLUMNS, kTileTerms = $TILE_TERMS;
constexpr int kRowGroups = $ROW_GROUPS, kColumnGroups = $COLUMN_GROUPS;
constexpr int kRowStep = kTileRows / kRowGroups, kColumnStep = kTileColumns / kColumnGroups;
constexpr index kRowTiles = $ROW_TILES, kColumnTiles = $COLUMN_TILES;
constexpr index kSlices = $SLICES, kSliceTerms = $SLICE_TERMS;

const int thread = static_cast<int>(threadIdx.x);
index block = static_cast<index>(blockIdx.x);
const index first_column = block % kColumnTiles * kTileColumns;
block /= kColumnTiles;
const index first_row = block % kRowTiles * kTileRows;
block /= kRowTiles;
[[maybe_unused]] const index batch = block / kSlices;
const index slice = block % kSlices;
const index begin = slice * kSliceTerms;
const index end = slice + 1 < kSlices ? begin + kSliceTerms : kTerms;
$PER_BATCH)";

/// Reading one operand: $SIDE is "left" or "right", $EDGE "row" or "column".
constexpr const char* kOperand = R"(
// The $SIDE operand: kGroup elements that lie next to each other at once.
constexpr int k$SideGroup = $GROUP, k$SideItems = kTile$Edges * kTileTerms / k$SideGroup;
struct alignas(k$SideGroup * sizeof(real)) $SideGroup {
  real at[k$SideGroup];
};
const auto $SIDE = [&](index $EDGE, index k) -> $SideGroup {
$WHERE$GUARD  $SideGroup group = *reinterpret_cast<const $SideGroup*>($INPUT + $AT);
$ROUND  return group;
};
const auto $SIDE_$EDGE = [](int item) { return $ITEM_EDGE; };
const auto $SIDE_k = [](int item) { return $ITEM_K; };
alignas(16) __shared__ real $SIDE_tile[kTileTerms][kTile$Edges + 4];
$SideGroup next_$SIDE[(k$SideItems + 255) / 256];
const auto fetch_$SIDE = [&](index k) {
#pragma unroll
  for (int i = 0; i < (k$SideItems + 255) / 256; ++i) {
    const int item = thread + 256 * i;
    if (k$SideItems % 256 == 0 || item < k$SideItems)
      next_$SIDE[i] = $SIDE(first_$EDGE + $SIDE_$EDGE(item), k + $SIDE_k(item));
  }
};
const auto put_$SIDE = [&] {
#pragma unroll
  for (int i = 0; i < (k$SideItems + 255) / 256; ++i) {
    const int item = thread + 256 * i;
    if (k$SideItems % 256 == 0 || item < k$SideItems) {
#pragma unroll
      for (int part = 0; part < k$SideGroup; ++part)
        $SIDE_tile[$PART_K][$PART_EDGE] = next_$SIDE[i].at[part];
    }
  }
};
)";

constexpr const char* kMultiply = R"(
const int my_row = thread / (kColumnStep / 4) * 4, my_column = thread % (kColumnStep / 4) * 4;
real sum[kRowGroups * 4][kColumnGroups * 4] = {};
fetch_left(begin);
fetch_right(begin);
for (index k = begin; k < end; k += kTileTerms) {
  put_left();
  put_right();
  __syncthreads();
  if (k + kTileTerms < end) {  // on their way while these are multiplied
    fetch_left(k + kTileTerms);
    fetch_right(k + kTileTerms);
  }
#pragma unroll
  for (int term = 0; term < kTileTerms; ++term) {
    real x[kRowGroups * 4], y[kColumnGroups * 4];
#pragma unroll
    for (int i = 0; i < kRowGroups * 4; ++i)
      x[i] = left_tile[term][my_row + i / 4 * kRowStep + i % 4];
#pragma unroll
    for (int j = 0; j < kColumnGroups * 4; ++j)
      y[j] = right_tile[term][my_column + j / 4 * kColumnStep + j % 4];
#pragma unroll
    for (int i = 0; i < kRowGroups * 4; ++i) {
#pragma unroll
      for (int j = 0; j < kColumnGroups * 4; ++j) sum[i][j] = $FMA(x[i], y[j], sum[i][j]);
    }
  }
  __syncthreads();
}

$TO
#pragma unroll
for (int i = 0; i < kRowGroups * 4; ++i) {
  const index row = first_row + my_row + i / 4 * kRowStep + i % 4;
  if (row >= kRows) continue;
$RESULT_WHERE  real* const line = to + ($RESULT_ROW) * kColumns;
#pragma unroll
  for (int j = 0; j < kColumnGroups * 4; j += 4) {
    const index column = first_column + my_column + j / 4 * kColumnStep;
$STORE  }
}
)";

constexpr const char* kStoreFour = R"(    struct alignas(4 * sizeof(real)) Four {
      real at[4];
    };
    if (column < kColumns) {
      *reinterpret_cast<Four*>(line + column) =
          Four{{sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]}};
    }
)";
constexpr const char* kStoreSingly = R"(#pragma unroll
    for (int part = 0; part < 4; ++part)
      if (column + part < kColumns) line[column + part] = sum[i][j + part];
)";

constexpr const char* kJoin = R"(
using real = $REAL;
const i64 i = thread_of(blockIdx.x, 256, threadIdx.x);
if (i >= $RESULTS) return;
const real* const part = reinterpret_cast<const real*>(scratch) + i;
real sum = part[0];
for (int slice = 1; slice < $SLICES; ++slice) sum += part[$RESULTSLL * slice];
out0[i] = sum;
)";

constexpr const char* kNothingToAdd = R"(
const i64 i = thread_of(blockIdx.x, 256, threadIdx.x);
if (i < $RESULTS) out0[i] = 0;
)";

/// Statements as lines of their own, indented.
std::string lines(const std::string& statements) {
  return statements.empty() ? "" : "  " + statements + "\n";
}

std::string operand_text(const TileOperand& operand, bool is_left, bool edge_fits, bool terms_fit,
                         bool round) {
  const std::string edge = is_left ? "row" : "column", side = is_left ? "left" : "right";
  const std::string capital = is_left ? "Left" : "Right", edges = is_left ? "Rows" : "Columns";
  std::vector<std::string> guards;
  if (!edge_fits) guards.push_back(fmt::format("{} < k{}", edge, edges));
  if (!terms_fit) guards.emplace_back("k < end");
  if (!operand.exists.empty()) guards.push_back(operand.exists);
  const std::string groups =
      fmt::format("(kTile{} / k{}Group)", operand.along_terms ? "Terms" : edges, capital);
  const std::string across = fmt::format("item / {}", groups);
  const std::string along = fmt::format("item % {} * k{}Group", groups, capital);
  const std::string at_edge = fmt::format("{}_{}(item)", side, edge), at_k = side + "_k(item)";
  return replaced(kOperand,
                  {{"$SIDE", side},
                   {"$Side", capital},
                   {"$EDGE", edge},
                   {"$Edges", edges},
                   {"$GROUP", operand.run % 4 == 0 ? "4" : "1"},
                   {"$WHERE", lines(operand.where)},
                   {"$GUARD", guards.empty() ? ""
                                             : fmt::format("  if (!({})) return {}Group{{}};\n",
                                                           fmt::join(guards, " && "), capital)},
                   {"$INPUT", operand.input},
                   {"$AT", operand.index},
                   {"$ROUND", round ? "  for (real& x : group.at) x = nearest_bf16(x);\n" : ""},
                   {"$ITEM_EDGE", operand.along_terms ? across : along},
                   {"$ITEM_K", operand.along_terms ? along : across},
                   {"$PART_K", at_k + (operand.along_terms ? " + part" : "")},
                   {"$PART_EDGE", at_edge + (operand.along_terms ? "" : " + part")}});
}

/// Whether 32 bits count everything the text counts.
bool is_small(const Node& node, const TileProduct& p) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max() - (1 << 16);
  std::int64_t largest = std::max({p.rows, p.terms, node.out_type().shape.elements()});
  for (const Value& v : node.inputs()) largest = std::max(largest, v.shape().elements());
  return largest <= kMost;
}

std::string product_text(const Node& node, const TileProduct& p, const Cut& cut) {
  const Tile& tile = cut.tile;
  const std::string real(device_type(p.dtype));
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  const bool terms_fit = p.terms % tile.terms == 0;
  std::string text = replaced(kSizes, {{"$REAL", real},
                                       {"$INDEX", is_small(node, p) ? "int" : "i64"},
                                       {"$ROWS", number(p.rows)},
                                       {"$COLUMNS", number(p.columns)},
                                       {"$TERMS", number(p.terms)},
                                       {"$TILE_ROWS", number(tile.rows)},
                                       {"$TILE_COLUMNS", number(tile.columns)},
                                       {"$TILE_TERMS", number(tile.terms)},
                                       {"$ROW_GROUPS", number(tile.row_groups)},
                                       {"$COLUMN_GROUPS", number(tile.column_groups)},
                                       {"$ROW_TILES", number(cut.row_tiles)},
                                       {"$COLUMN_TILES", number(cut.column_tiles)},
                                       {"$SLICES", number(cut.slices)},
                                       {"$SLICE_TERMS", number(cut.slice_terms)},
                                       {"$PER_BATCH", p.per_batch + "\n"}});
  text += operand_text(p.left, true, p.rows % tile.rows == 0, terms_fit, p.round_to_bf16);
  text += operand_text(p.right, false, p.columns % tile.columns == 0, terms_fit, p.round_to_bf16);
  const std::int64_t results = node.out_type().shape.elements();
  const std::string to = cut.slices == 1
                             ? "real* const to = out0;"
                             : fmt::format(
                                   "real* const to = reinterpret_cast<real*>(scratch) + "
                                   "static_cast<i64>(slice) * {};",
                                   results);
  const std::string skip =
      p.result_exists.empty() ? "" : lines(fmt::format("if (!({})) continue;", p.result_exists));
  return text + replaced(kMultiply, {{"$FMA", p.dtype == DType::F32 ? "fmaf" : "fma"},
                                     {"$TO", to},
                                     {"$RESULT_WHERE", lines(p.result_where) + skip},
                                     {"$RESULT_ROW", p.result_row},
                                     {"$STORE", p.columns % 4 == 0 ? kStoreFour : kStoreSingly}});
}

}  // namespace

GeneratedKernel tile_kernel(const Node& node, const TileProduct& p) {
  const std::int64_t results = node.out_type().shape.elements();
  if (results == 0) return {};
  const std::vector<DType> in = input_dtypes(node), out{p.dtype};
  const auto each_result = [&](const std::string& code) {
    return DeviceFunction{code, in, out, blocks_for(results), kThreads};
  };
  if (p.terms == 0)
    return {.functions = {
                each_result(replaced(kNothingToAdd, {{"$RESULTS", std::to_string(results)}}))}};
  const Cut c = cut(p);
  GeneratedKernel kernel;
  kernel.functions.push_back({product_text(node, p, c), in, out,
                              p.batches * c.row_tiles * c.column_tiles * c.slices, kThreads});
  if (c.slices > 1) {
    kernel.scratch_bytes = static_cast<std::size_t>(c.slices * results) * bytes_of(p.dtype);
    kernel.functions.push_back(
        each_result(replaced(kJoin, {{"$REAL", std::string(device_type(p.dtype))},
                                     {"$RESULTS", std::to_string(results)},
                                     {"$SLICES", std::to_string(c.slices)}})));
  }
  return kernel;
}

}  // namespace agon
