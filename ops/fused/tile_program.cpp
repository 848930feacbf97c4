#include "ops/fused/tile_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ops/reduce/axes.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

using Is = BodyValue::Is;

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

/// A step before it has slots: operands and result are values.
struct Draft {
  std::string op = {};
  std::vector<int> operands = {};
  int result = -1;  // -1: a fold, or `slot`
  int slot = -1;    // the result goes there
  int fold = -1;
  bool single = false;
};

/// What is known of a value while it is placed.
struct Placed {
  bool single = false;    // one number a tile
  bool setup = false;     // known before the runs are walked
  bool absorbed = false;  // part of the step that uses it
  int slot = -1;
  int last_use = -1;
};

class Assembler {
 public:
  Assembler(const TileBody& body, TileProgram& program)
      : body_(body), p_(program), values_(body.values), placed_(body.values.size()) {}

  std::string assemble() {
    if (find_tile_code("copy", "v") == nullptr) return "needs a processor with AVX2";
    p_.may_overwrite.assign(body_.inputs.size(), std::vector<bool>(body_.outputs.size(), false));
    place_inputs();
    place_outputs();
    plan_folds();
    for (std::size_t v = 0; v < values_.size(); ++v) classify(v);
    const int count = static_cast<int>(values_.size());
    for (int v = 0; v < count; ++v) order_.push_back(v);
    for (int v = 0; v < count; ++v) divide_once(v);
    for (std::size_t v = 0; v < values_.size(); ++v) absorb_operands(static_cast<int>(v));
    absorb_into_folds();
    draft_all();
    note_overwrites();
    if (!refusal_.empty()) return refusal_;
    finish(setup_, p_.setup, false);
    finish(steps_, p_.steps, true);
    return refusal_;
  }

 private:
  bool is_step(int v) const { return values_[at(v)].is == Is::Step; }
  Placed& placed(int v) { return placed_[at(v)]; }

  int new_slot(TileSlot slot) {
    p_.slots.push_back(slot);
    return static_cast<int>(p_.slots.size()) - 1;
  }
  int new_tile() { return new_slot({TileSlot::Is::Tile, p_.tiles++}); }

  void place_inputs() {
    for (std::size_t i = 0; i < body_.inputs.size(); ++i) {
      const bool gathered = p_.loop.operands[i].reach == Reach::Gathered;
      if (gathered) {
        new_tile();
      } else {
        new_slot({TileSlot::Is::Input, static_cast<int>(i)});
      }
      const LoopOperand& operand = p_.loop.operands[i];
      if (operand.fixed && operand.along_run) p_.setup_along_run = true;
    }
  }

  void place_outputs() {
    output_slots_.assign(body_.outputs.size(), -1);
    for (std::size_t o = 0; o < body_.outputs.size(); ++o) {
      if (body_.outputs[o] >= 0)
        output_slots_[o] = new_slot({TileSlot::Is::Output, static_cast<int>(o)});
    }
  }

  void plan_folds() {
    for (std::size_t f = 0; f < body_.folds.size(); ++f) {
      const Node& node = *body_.folds[f].node;
      const auto form = fold_form(body_.shape, node.attrs_as<ReduceAttrs>().axes);
      TileFold fold;
      fold.body_fold = static_cast<int>(f);
      fold.way = form ? way_of(*form) : FoldWay::Apart;
      if (form) fold.form = *form;
      if (fold.way == FoldWay::Apart) fold.slot = new_slot({TileSlot::Is::Whole, p_.wholes++});
      if (fold.way == FoldWay::Columns || fold.way == FoldWay::RunColumns) fold.slot = new_tile();
      fold.runs =
          std::max<std::int64_t>(1, fold.form.reduced * fold.form.inner / p_.loop.run_elements());
      p_.folds.push_back(fold);
    }
  }

  FoldWay way_of(const FoldForm& form) const {
    if (p_.loop.unit % (form.reduced * form.inner) == 0) return FoldWay::InTile;
    if (form.inner == 1) return FoldWay::Rows;
    if (form.inner <= p_.loop.unit) return FoldWay::Columns;
    return form.inner == p_.loop.run_elements() ? FoldWay::RunColumns : FoldWay::Apart;
  }

  void classify(std::size_t v) {
    const BodyValue& value = values_[v];
    Placed& placed = placed_[v];
    if (value.is == Is::Number) {
      placed.single = placed.setup = true;
      placed.slot = new_slot({TileSlot::Is::Number, static_cast<int>(p_.numbers.size())});
      p_.numbers.push_back(value.number);
    } else if (value.is == Is::Input) {
      const LoopOperand& operand = p_.loop.operands[at(value.input)];
      placed.single = operand.reach == Reach::Single || operand.reach == Reach::PerTile;
      placed.setup = operand.fixed;
      placed.slot = value.input;
    } else {
      placed.single = placed.setup = true;
      for (const int operand : value.operands) {
        placed.single = placed.single && this->placed(operand).single;
        placed.setup = placed.setup && this->placed(operand).setup;
      }
    }
  }

  /// A division by what is known beforehand becomes a product with its reciprocal.
  void divide_once(int v) {
    if (!is_step(v) || values_[at(v)].op != "div" || placed(v).setup || placed(v).single) return;
    const int divisor = values_[at(v)].operands[1];
    if (!placed(divisor).setup && !placed(divisor).single) return;
    int& reciprocal = reciprocals_[divisor];
    if (reciprocal == 0) {
      reciprocal = add_reciprocal(divisor);
      order_.insert(std::ranges::find(order_, v), reciprocal);
    }
    ++values_[at(reciprocal)].uses;
    values_[at(v)].op = "mul";
    values_[at(v)].operands[1] = reciprocal;
  }

  int add_reciprocal(int divisor) {
    const auto number = [&](float n) {
      values_.push_back({.is = Is::Number, .number = n, .uses = 1});
      placed_.emplace_back();
      classify(values_.size() - 1);
      return static_cast<int>(values_.size()) - 1;
    };
    if (values_[at(divisor)].is == Is::Number) return number(1 / values_[at(divisor)].number);
    const int one = number(1);
    values_.push_back({.op = "div", .operands = {one, divisor}});
    placed_.emplace_back();
    classify(values_.size() - 1);
    return static_cast<int>(values_.size()) - 1;
  }

  /// Whether `user` may compute operand `v`, of that op, itself.
  bool can_absorb(bool user_setup, int v, std::string_view op) const {
    const Placed& p = placed_[at(v)];
    return is_step(v) && values_[at(v)].uses == 1 && values_[at(v)].op == op && !p.single &&
           p.setup == user_setup && !p.absorbed;
  }

  void become(int v, std::string op, std::vector<int> operands, int absorbed) {
    values_[at(v)].op = std::move(op);
    values_[at(v)].operands = std::move(operands);
    placed(absorbed).absorbed = true;
  }

  void absorb_operands(int v) {
    if (!is_step(v) || values_[at(v)].uses == 0) return;
    const std::string op = values_[at(v)].op;
    const std::vector<int> in = values_[at(v)].operands;
    const bool setup = placed(v).setup;
    const auto operand = [&](int of, std::size_t i) { return values_[at(of)].operands[i]; };
    if (op == "add") {
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        const int product = in[i];
        if (!can_absorb(setup, product, "mul")) continue;
        return become(v, "muladd", {operand(product, 0), operand(product, 1), in[1 - i]}, product);
      }
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        if (!can_absorb(setup, in[i], "submul")) continue;
        std::vector<int> all = values_[at(in[i])].operands;
        all.push_back(in[1 - i]);
        if (std::ranges::none_of(all, [&](int o) { return placed(o).single; }))
          return become(v, "submuladd", all, in[i]);
      }
    } else if (op == "sub") {
      if (can_absorb(setup, in[0], "mul"))
        return become(v, "mulsub", {operand(in[0], 0), operand(in[0], 1), in[1]}, in[0]);
      if (can_absorb(setup, in[1], "mul"))
        return become(v, "negmuladd", {operand(in[1], 0), operand(in[1], 1), in[0]}, in[1]);
    } else if (op == "mul") {
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        const int difference = in[i];
        if (!can_absorb(setup, difference, "sub")) continue;
        return become(v, "submul", {operand(difference, 0), operand(difference, 1), in[1 - i]},
                      difference);
      }
    } else if (op == "where") {
      absorb_comparison(v, in, setup);
    }
  }

  void absorb_comparison(int v, const std::vector<int>& in, bool setup) {
    struct Row {
      const char* comparison;
      const char* select;
      bool swap_sides, swap_results;
    };
    static constexpr Row kRows[] = {{"equal", "select_equal", false, false},
                                    {"not_equal", "select_equal", false, true},
                                    {"greater", "select_greater", false, false},
                                    {"less", "select_greater", true, false},
                                    {"greater_equal", "select_greater_equal", false, false},
                                    {"less_equal", "select_greater_equal", true, false}};
    for (const Row& row : kRows) {
      if (!can_absorb(setup, in[0], row.comparison)) continue;
      const std::vector<int>& sides = values_[at(in[0])].operands;
      const int a = sides[row.swap_sides ? 1 : 0], b = sides[row.swap_sides ? 0 : 1];
      const int c = in[row.swap_results ? 2 : 1], e = in[row.swap_results ? 1 : 2];
      become(v, row.select, {a, b, c, e}, in[0]);
      return absorb_leak(v, setup);
    }
  }

  /// The gradient of leaky_relu: dy where the value is above 0, else dy * slope.
  void absorb_leak(int v, bool setup) {
    const std::vector<int> in = values_[at(v)].operands;
    if (values_[at(v)].op != "select_greater" || !can_absorb(setup, in[3], "mul")) return;
    const std::vector<int>& product = values_[at(in[3])].operands;
    const int slope = product[product[0] == in[2] ? 1 : 0];
    const bool fits = (product[0] == in[2] || product[1] == in[2]) && placed(slope).single &&
                      placed(in[1]).single && !placed(in[0]).single && !placed(in[2]).single;
    if (fits) become(v, "leak", {in[0], in[1], in[2], slope}, in[3]);
  }

  /// A sum of products into a tile of partial results needs no product on its own.
  void absorb_into_folds() {
    for (const TileFold& fold : p_.folds) {
      const BodyFold& of = body_.folds[at(fold.body_fold)];
      const bool columns = fold.way == FoldWay::Columns || fold.way == FoldWay::RunColumns;
      if (columns && of.fold == Fold::Sum && can_absorb(false, of.value, "mul"))
        placed(of.value).absorbed = true;
    }
  }

  int new_value(bool single, bool setup) {
    values_.push_back({.op = "", .uses = 1});
    placed_.push_back({.single = single, .setup = setup});
    return static_cast<int>(values_.size()) - 1;
  }

  void draft_all() {
    for (const int v : order_) {
      if (!is_step(v) || values_[at(v)].uses == 0) continue;
      if (!placed(v).absorbed) draft_step(v);
      if (!placed(v).setup) draft_uses(v);
    }
    for (const int v : order_) {
      if (values_[at(v)].uses > 0 && (!is_step(v) || placed(v).setup)) draft_uses(v);
    }
  }

  void draft_step(int v) {
    const BodyValue& value = values_[at(v)];
    Draft draft{.op = value.op, .operands = value.operands, .result = v};
    draft.single = placed(v).single;
    if (!placed(v).setup && !draft.single) {
      for (std::size_t o = 0; o < body_.outputs.size() && placed(v).slot < 0; ++o) {
        if (body_.outputs[o] == v) placed(v).slot = output_slots_[o];
      }
    }
    (placed(v).setup ? setup_ : steps_).push_back(std::move(draft));
  }

  /// Outputs and folds of a value.
  void draft_uses(int v) {
    for (std::size_t o = 0; o < body_.outputs.size(); ++o) {
      if (body_.outputs[o] == v && placed(v).slot != output_slots_[o])
        draft_copy(v, output_slots_[o]);
    }
    for (std::size_t f = 0; f < p_.folds.size(); ++f) {
      const BodyFold& of = body_.folds[at(p_.folds[f].body_fold)];
      if (of.value == v) draft_fold(static_cast<int>(f), v, of.fold);
    }
  }

  void draft_copy(int v, int slot) {
    steps_.push_back({.op = "copy", .operands = {v}, .slot = slot});
  }

  void draft_fold(int f, int v, Fold kind) {
    const TileFold& fold = p_.folds[at(f)];
    if (fold.way == FoldWay::Apart) return draft_copy(v, fold.slot);
    if (fold.way == FoldWay::InTile || fold.way == FoldWay::Rows) {
      if (placed(v).single) {
        const int filled = new_value(false, false);
        steps_.push_back({.op = "copy", .operands = {v}, .result = filled});
        v = filled;
      }
      steps_.push_back({.operands = {v}, .fold = f});
      return;
    }
    const int total = new_value(false, false);
    placed(total).slot = fold.slot;
    if (placed(v).absorbed) {
      const std::vector<int>& in = values_[at(v)].operands;
      steps_.push_back({.op = "muladd", .operands = {in[0], in[1], total}, .slot = fold.slot});
    } else {
      const char* op = kind == Fold::Sum ? "add" : "max";
      steps_.push_back({.op = op, .operands = {total, v}, .slot = fold.slot});
    }
  }

  void note_overwrites() {
    for (std::size_t i = 0; i < body_.inputs.size(); ++i) {
      if (p_.loop.operands[i].reach != Reach::Whole) continue;
      const int slot = static_cast<int>(i);
      int last = -1;
      for (std::size_t s = 0; s < steps_.size(); ++s) {
        for (const int operand : steps_[s].operands) {
          if (placed(operand).slot == slot) last = static_cast<int>(s);
        }
      }
      for (std::size_t o = 0; o < body_.outputs.size(); ++o) {
        if (output_slots_[o] >= 0) p_.may_overwrite[i][o] = last <= first_write(output_slots_[o]);
      }
    }
  }

  int first_write(int slot) {
    for (std::size_t s = 0; s < steps_.size(); ++s) {
      const Draft& draft = steps_[s];
      if ((draft.result >= 0 ? placed(draft.result).slot : draft.slot) == slot)
        return static_cast<int>(s);
    }
    return -1;
  }

  /// Gives every draft its code, adding tiles of numbers where no code takes the number itself.
  std::vector<Draft> coded(std::vector<Draft> drafts, std::vector<TileCode>& codes) {
    std::vector<Draft> result;
    for (Draft& draft : drafts) {
      TileCode code = nullptr;
      if (draft.fold < 0) code = code_of(draft);
      for (std::size_t i = 0; draft.fold < 0 && code == nullptr && i < draft.operands.size(); ++i) {
        if (!placed(draft.operands[i]).single || draft.single) continue;
        const int filled = new_value(false, placed(draft.operands[i]).setup);
        result.push_back({.op = "fill", .operands = {draft.operands[i]}, .result = filled});
        codes.push_back(find_tile_code("fill", "s"));
        draft.operands[i] = filled;
        code = code_of(draft);
      }
      if (draft.fold < 0 && code == nullptr) refusal_ = "no vector code for " + draft.op;
      result.push_back(std::move(draft));
      codes.push_back(code);
    }
    return result;
  }

  TileCode code_of(Draft& draft) {
    std::string kinds;
    for (const int v : draft.operands) kinds += placed(v).single && !draft.single ? 's' : 'v';
    if (draft.op == "copy" && kinds == "s") return find_tile_code("fill", kinds);
    if (TileCode code = find_tile_code(draft.op, kinds)) return code;
    if (draft.single && kinds == "vv") return find_tile_code(draft.op, "vs");
    const bool commutes = draft.op == "add" || draft.op == "mul" || draft.op == "muladd" ||
                          draft.op == "mulsub" || draft.op == "negmuladd";
    if (!commutes || kinds[0] != 's') return nullptr;
    std::swap(kinds[0], kinds[1]);
    TileCode code = find_tile_code(draft.op, kinds);
    if (code != nullptr) std::swap(draft.operands[0], draft.operands[1]);
    return code;
  }

  /// Slots of the steps' results: tiles are used again once their value is no longer needed.
  void finish(const std::vector<Draft>& plain, std::vector<TileStep>& steps, bool reuse) {
    std::vector<TileCode> codes;
    const std::vector<Draft> drafts = coded(plain, codes);
    for (std::size_t s = 0; s < drafts.size(); ++s) {
      for (const int v : drafts[s].operands) placed(v).last_use = static_cast<int>(s);
    }
    std::vector<int> free;
    std::vector<bool> owned(p_.slots.size(), false);
    for (std::size_t s = 0; s < drafts.size(); ++s) {
      const Draft& draft = drafts[s];
      TileStep step{.code = codes[s], .single = draft.single, .fold = draft.fold};
      for (std::size_t i = 0; i < draft.operands.size(); ++i)
        step.slots[i + 1] = static_cast<std::uint16_t>(placed(draft.operands[i]).slot);
      for (const int v : draft.operands) {
        const int slot = placed(v).slot;
        const bool ends = reuse && placed(v).last_use == static_cast<int>(s);
        if (!ends || at(slot) >= owned.size() || !owned[at(slot)]) continue;
        owned[at(slot)] = false;
        free.push_back(slot);
      }
      int slot = draft.result >= 0 ? placed(draft.result).slot : draft.slot;
      if (slot < 0 && draft.fold < 0) {
        slot = take_slot(draft.single, free);
        if (!draft.single) {
          owned.resize(p_.slots.size(), false);
          owned[at(slot)] = true;
        }
        placed(draft.result).slot = slot;
      }
      step.slots[0] = static_cast<std::uint16_t>(std::max(slot, 0));
      steps.push_back(step);
    }
  }

  int take_slot(bool single, std::vector<int>& free) {
    if (single) return new_slot({TileSlot::Is::Single, p_.singles++});
    if (free.empty()) return new_tile();
    const int slot = free.back();
    free.pop_back();
    return slot;
  }

  const TileBody& body_;
  TileProgram& p_;
  std::vector<BodyValue> values_;
  std::vector<Placed> placed_;
  std::vector<int> output_slots_;
  std::vector<int> order_;          // of the steps, and of other values
  std::map<int, int> reciprocals_;  // by divisor
  std::vector<Draft> setup_, steps_;
  std::string refusal_;
};

}  // namespace

std::string assemble(const TileBody& body, std::int64_t tile, TileProgram& program) {
  std::vector<Shape> folds;
  for (const BodyFold& fold : body.folds)
    folds.push_back(kept_shape(body.shape, fold.node->attrs_as<ReduceAttrs>().axes));
  program = {};
  program.loop = tile_loop(body.shape, body.inputs, folds, tile);
  return Assembler(body, program).assemble();
}

}  // namespace agon
