#include "ops/fused/tile_kernel.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/runtime/cpu/lanes.h"
#include "ops/fused/pieces.h"
#include "ops/fused/tile_size.h"

namespace agon {

namespace {

constexpr std::int64_t kMostFloats = 16384;  // of tiles, where they are short
constexpr std::size_t kMostSlots = 320;
constexpr std::size_t kMostSingles = 128;
constexpr std::size_t kMostFolds = 32;

/// From a tile to the next in memory.
std::int64_t tile_floats(const TileLoop& loop) {
  return (loop.tile_elements() + 15) / 16 * 16;
}

/// What a fold needs while it runs.
struct FoldRun {
  TileFold plan;
  Fold fold = Fold::Sum;
  int output = 0;
  FoldFunctions code{};
  JoinCode join = nullptr;
  float empty = 0;
  std::int64_t partials = 1;   // of each result
  std::size_t partial_at = 0;  // floats into the scratch
  std::unique_ptr<Kernel> apart;
  std::size_t apart_scratch = 0;  // floats into the scratch
  bool direct() const { return partials == 1; }
};

/// Where a lane is: pointers of all slots, tiles, and totals of the folds to single numbers. It
/// lies on the stack, about 70 KiB of which only what is used is touched: TBB's workers have 4 MiB
/// unless asked for less, the main thread mostly 8, and no lane has two at once, since the code
/// below it starts no tasks.
struct Frame {
  std::array<float*, kMostSlots> at;
  std::array<float*, kMostSlots> base;
  std::array<double, kMostFolds> totals;
  std::array<float, kMostSingles> singles;
  alignas(64) std::array<float, kMostFloats> tiles;
};

class TileKernel final : public Kernel {
 public:
  TileKernel(const TileBody& body, TileProgram program)
      : p_(std::move(program)), pieces_(pieces_of(p_)) {
    const std::int64_t piece = pieces_.runs * pieces_.tiles * p_.loop.tile_elements();
    grain_ = std::max<std::int64_t>(1, kPieceElements / std::max<std::int64_t>(1, piece));
    stride_ = tile_floats(p_.loop);
    floats_ = p_.wholes * whole_floats();
    for (const TileFold& fold : p_.folds) add_fold(body, fold);
    list_moves();
  }

  std::size_t scratch_bytes() const override { return floats_ * sizeof(float); }

  bool may_overwrite(int i, int o) const override {
    return p_.may_overwrite[static_cast<std::size_t>(i)][static_cast<std::size_t>(o)];
  }

  void run(const KernelCall& call) override {
    parallel_for(pieces_.count(), grain_, [&](std::int64_t begin, std::int64_t end) {
      Frame frame;  // NOLINT: filled as far as it is used
      enter(frame, call);
      for (std::int64_t piece = begin; piece < end; ++piece) run_piece(frame, call, piece);
    });
    for (FoldRun& fold : folds_) finish(fold, call);
  }

 private:
  struct Move {
    std::size_t slot;
    const LoopOperand* operand;
  };

  std::size_t whole_floats() const {
    return static_cast<std::size_t>((p_.loop.elements + 15) / 16 * 16);
  }

  void add_fold(const TileBody& body, const TileFold& plan) {
    const BodyFold& of = body.folds[static_cast<std::size_t>(plan.body_fold)];
    FoldRun run;
    run.plan = plan;
    run.fold = of.fold;
    run.output = of.output;
    run.code = *find_fold(of.fold);
    run.join = of.fold == Fold::Sum ? find_join()->sum : find_join()->max;
    run.empty = of.fold == Fold::Sum ? 0 : -std::numeric_limits<float>::infinity();
    if (plan.way == FoldWay::Apart) {
      run.apart = fold_candidate(*of.node, of.fold).kernel;
      run.apart_scratch = floats_;
      floats_ += (run.apart->scratch_bytes() / sizeof(float) + 15) / 16 * 16;
    } else if (plan.way != FoldWay::InTile) {
      run.partials = plan.runs / pieces_.group * pieces_.blocks;
      if (plan.way != FoldWay::RunColumns) run.partials *= pieces_.parts;
      run.partial_at = floats_;
      const std::int64_t floats = plan.form.outer * run.partials * plan.form.inner;
      if (!run.direct()) floats_ += static_cast<std::size_t>((floats + 15) / 16 * 16);
    }
    folds_.push_back(std::move(run));
  }

  /// Operands by when they are fetched.
  void list_moves() {
    for (std::size_t s = 0; s < p_.slots.size(); ++s) {
      const TileSlot::Is is = p_.slots[s].is;
      if (is == TileSlot::Is::Output || is == TileSlot::Is::Whole) wholes_.push_back(s);
      if (s >= p_.loop.operands.size()) continue;
      const LoopOperand& operand = p_.loop.operands[s];
      if (operand.reach == Reach::Whole) wholes_.push_back(s);
      if (operand.reach == Reach::Whole || operand.reach == Reach::Single) continue;
      const bool gathers = operand.reach == Reach::Gathered;
      auto& list =
          operand.fixed ? (gathers ? setup_gathers_ : setup_moves_) : (gathers ? gathers_ : moves_);
      list.push_back({s, &operand});
    }
  }

  void enter(Frame& f, const KernelCall& call) const {
    for (std::size_t s = 0; s < p_.slots.size(); ++s) {
      const TileSlot& slot = p_.slots[s];
      const auto i = static_cast<std::size_t>(slot.index);
      float*& at = f.at[s];
      switch (slot.is) {
        case TileSlot::Is::Input:
          at = const_cast<float*>(call.input<float>(i));
          break;
        case TileSlot::Is::Output:
          at = call.output<float>(i);
          break;
        case TileSlot::Is::Whole:
          at = static_cast<float*>(call.scratch) + i * whole_floats();
          break;
        case TileSlot::Is::Number:
          at = const_cast<float*>(p_.numbers.data() + i);
          break;
        case TileSlot::Is::Single:
          at = f.singles.data() + i;
          break;
        case TileSlot::Is::Tile:
          at = f.tiles.data() + i * static_cast<std::size_t>(stride_);
          break;
      }
      f.base[s] = s < p_.loop.operands.size() ? const_cast<float*>(call.input<float>(s)) : at;
    }
  }

  void run_piece(Frame& f, const KernelCall& call, std::int64_t piece) const {
    const TileLoop& loop = p_.loop;
    const std::int64_t part = piece % pieces_.parts;
    const std::int64_t block = piece / pieces_.parts % pieces_.blocks;
    const std::int64_t group = piece / pieces_.parts / pieces_.blocks * pieces_.group;
    const std::int64_t first_run = group + block * pieces_.runs;
    const std::int64_t last_run = std::min(first_run + pieces_.runs, group + pieces_.group);
    const std::int64_t first = part * pieces_.tiles;
    const std::int64_t last = std::min(first + pieces_.tiles, loop.tiles);
    for (std::size_t i = 0; i < folds_.size(); ++i) {
      f.totals[i] = static_cast<double>(folds_[i].empty);
      if (folds_[i].plan.way == FoldWay::Columns) clear(f, folds_[i]);
    }
    for (std::int64_t tile = first; tile < last; ++tile) {
      const std::int64_t unit = tile * loop.tile_units;
      const std::int64_t units = std::min(loop.tile_units, loop.length - unit);
      if (tile == first || p_.setup_along_run) set_up(f, first_run, unit, units);
      for (const FoldRun& fold : folds_) {
        if (fold.plan.way == FoldWay::RunColumns) clear(f, fold);
      }
      for (std::int64_t run = first_run; run < last_run; ++run) run_tile(f, call, run, unit, units);
      for (const FoldRun& fold : folds_) {
        if (fold.plan.way != FoldWay::RunColumns) continue;
        float* to = partial(fold, call, piece / pieces_.parts) + unit * loop.unit;
        std::copy_n(f.at[static_cast<std::size_t>(fold.plan.slot)], units * loop.unit, to);
      }
    }
    for (std::size_t i = 0; i < folds_.size(); ++i) leave(f, call, i, piece);
  }

  void clear(Frame& f, const FoldRun& fold) const {
    fill_(f.at[static_cast<std::size_t>(fold.plan.slot)], &fold.empty, nullptr, nullptr, nullptr,
          static_cast<std::size_t>(p_.loop.tile_elements()));
  }

  /// Partial results number `i` of a fold, which lie beside one another.
  float* partial(const FoldRun& fold, const KernelCall& call, std::int64_t i) const {
    float* all = fold.direct() ? call.output<float>(static_cast<std::size_t>(fold.output))
                               : static_cast<float*>(call.scratch) + fold.partial_at;
    return all + i * fold.plan.form.inner;
  }

  void leave(Frame& f, const KernelCall& call, std::size_t i, std::int64_t piece) const {
    const FoldRun& fold = folds_[i];
    if (fold.plan.way == FoldWay::Rows)
      *partial(fold, call, piece) = static_cast<float>(f.totals[i]);
    if (fold.plan.way != FoldWay::Columns) return;
    const std::int64_t inner = fold.plan.form.inner;
    fold.code.columns(f.at[static_cast<std::size_t>(fold.plan.slot)], inner,
                      p_.loop.tile_elements() / inner, inner, partial(fold, call, piece));
  }

  void fetch(Frame& f, const std::vector<Move>& moves, const std::vector<Move>& gathers,
             std::int64_t run, std::int64_t unit, std::int64_t units) const {
    for (const Move& move : moves) {
      f.at[move.slot] =
          f.base[move.slot] + p_.loop.offset(*move.operand, run) + unit * move.operand->along;
    }
    for (const Move& move : gathers) {
      gather_units(p_.loop, *move.operand, f.base[move.slot] + p_.loop.offset(*move.operand, run),
                   unit, units, f.at[move.slot], fill_);
    }
  }

  void set_up(Frame& f, std::int64_t run, std::int64_t unit, std::int64_t units) const {
    fetch(f, setup_moves_, setup_gathers_, run, unit, units);
    const auto count = static_cast<std::size_t>(units * p_.loop.unit);
    for (const TileStep& step : p_.setup) execute(f, step, count);
  }

  static void execute(const Frame& f, const TileStep& step, std::size_t count) {
    const auto& s = step.slots;
    step.code(f.at[s[0]], f.at[s[1]], f.at[s[2]], f.at[s[3]], f.at[s[4]], step.single ? 1 : count);
  }

  void run_tile(Frame& f, const KernelCall& call, std::int64_t run, std::int64_t unit,
                std::int64_t units) const {
    const std::int64_t element = (run * p_.loop.length + unit) * p_.loop.unit;
    const auto count = static_cast<std::size_t>(units * p_.loop.unit);
    for (const std::size_t slot : wholes_) f.at[slot] = f.base[slot] + element;
    fetch(f, moves_, gathers_, run, unit, units);
    for (const TileStep& step : p_.steps) {
      if (step.code != nullptr) {
        execute(f, step, count);
      } else {
        fold_tile(f, call, step, element, static_cast<std::int64_t>(count));
      }
    }
  }

  void fold_tile(Frame& f, const KernelCall& call, const TileStep& step, std::int64_t element,
                 std::int64_t count) const {
    const auto i = static_cast<std::size_t>(step.fold);
    const FoldRun& fold = folds_[i];
    const float* x = f.at[step.slots[1]];
    if (fold.plan.way == FoldWay::Rows) {
      const auto v = static_cast<double>(fold.code.row(x, count));
      double& total = f.totals[i];
      if (fold.fold == Fold::Sum) {
        total += v;
      } else if (v > total || v != v) {
        total = v;
      }
      return;
    }
    const std::int64_t inner = fold.plan.form.inner, group = fold.plan.form.reduced * inner;
    float* y = call.output<float>(static_cast<std::size_t>(fold.output)) + element / group * inner;
    for (std::int64_t from = 0; from < count; from += group, y += inner) {
      if (inner == 1) {
        *y = fold.code.row(x + from, group);
      } else {
        fold.code.columns(x + from, inner, fold.plan.form.reduced, inner, y);
      }
    }
  }

  void finish(FoldRun& fold, const KernelCall& call) const {
    float* y = call.output<float>(static_cast<std::size_t>(fold.output));
    float* scratch = static_cast<float*>(call.scratch);
    if (fold.apart) {
      const auto whole = p_.slots[static_cast<std::size_t>(fold.plan.slot)].index;
      const void* in = scratch + static_cast<std::size_t>(whole) * whole_floats();
      void* out = y;
      fold.apart->run({{&in, 1}, {&out, 1}, scratch + fold.apart_scratch});
      return;
    }
    if (fold.plan.way == FoldWay::InTile || fold.direct()) return;
    const std::int64_t inner = fold.plan.form.inner;
    const float* from = scratch + fold.partial_at;
    constexpr std::int64_t kBlock = 64;  // columns
    const std::int64_t blocks = (inner + kBlock - 1) / kBlock;
    const std::int64_t each = fold.partials * std::min(inner, kBlock);
    parallel_for(fold.plan.form.outer * blocks, std::max<std::int64_t>(1, kPieceElements / each),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     const std::int64_t outer = i / blocks, column = i % blocks * kBlock;
                     fold.join(from + outer * fold.partials * inner + column, inner, fold.partials,
                               std::min(kBlock, inner - column), y + outer * inner + column);
                   }
                 });
  }

  TileProgram p_;
  TileCode fill_ = find_tile_code("fill", "s");
  Pieces pieces_;
  std::int64_t grain_ = 1;
  std::int64_t stride_ = 0;  // floats from tile to tile
  std::size_t floats_ = 0;   // of scratch
  std::vector<FoldRun> folds_;
  std::vector<std::size_t> wholes_;
  std::vector<Move> setup_moves_, setup_gathers_, moves_, gathers_;
};

}  // namespace

Candidate tile_fused(const Node& node) {
  TileBody body;
  if (std::string wrong = read_body(node, body); !wrong.empty()) return Candidate::refused(wrong);
  TileProgram program;
  if (std::string wrong = assemble_fitting(body, program); !wrong.empty())
    return Candidate::refused(wrong);
  const std::int64_t floats = program.tiles * tile_floats(program.loop);
  if (floats > kMostFloats || program.slots.size() > kMostSlots ||
      static_cast<std::size_t>(program.singles) > kMostSingles || program.folds.size() > kMostFolds)
    return Candidate::refused("too many values at once");
  return Candidate(std::make_unique<TileKernel>(body, std::move(program)));
}

}  // namespace agon
