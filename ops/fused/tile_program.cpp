#include "ops/fused/tile_program.h"

#include <algorithm>

#include "ops/fused/combine.h"
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

class Assembler {
 public:
  Assembler(const TileBody& body, TileProgram& program)
      : body_(body), p_(program), v_(combined(body, program.loop)), slots_(v_.values.size(), -1) {}

  std::string assemble() {
    if (find_tile_code("copy", "v") == nullptr) return "needs a processor with AVX2";
    p_.may_overwrite.assign(body_.inputs.size(), std::vector<bool>(body_.outputs.size(), false));
    place_inputs();
    place_outputs();
    plan_folds();
    place_values();
    absorb_into_folds();
    draft_all();
    note_overwrites();
    if (!refusal_.empty()) return refusal_;
    finish(setup_, p_.setup, false);
    finish(steps_, p_.steps, true);
    return refusal_;
  }

 private:
  int& slot_of(int v) { return slots_[at(v)]; }

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

  void place_values() {
    for (std::size_t v = 0; v < v_.values.size(); ++v) {
      const TileValue& value = v_.values[v];
      if (value.is == Is::Input) slots_[v] = value.input;
      if (value.is != Is::Number) continue;
      slots_[v] = new_slot({TileSlot::Is::Number, static_cast<int>(p_.numbers.size())});
      p_.numbers.push_back(value.number);
    }
  }

  /// A sum of products into a tile of partial results needs no product on its own.
  void absorb_into_folds() {
    for (const TileFold& fold : p_.folds) {
      const BodyFold& of = body_.folds[at(fold.body_fold)];
      const bool columns = fold.way == FoldWay::Columns || fold.way == FoldWay::RunColumns;
      if (columns && of.fold == Fold::Sum && v_.can_absorb(false, of.value, "mul"))
        v_[of.value].absorbed = true;
    }
  }

  int new_value(bool single, bool setup) {
    slots_.push_back(-1);
    return v_.add({{.uses = 1}, single, setup});
  }

  void draft_all() {
    for (const int v : v_.order) {
      if (!v_[v].is_step() || v_[v].uses == 0) continue;
      if (!v_[v].absorbed) draft_step(v);
      if (!v_[v].setup) draft_uses(v);
    }
    for (const int v : v_.order) {
      if (v_[v].uses > 0 && (!v_[v].is_step() || v_[v].setup)) draft_uses(v);
    }
  }

  void draft_step(int v) {
    const TileValue& value = v_[v];
    Draft draft{.op = value.op, .operands = value.operands, .result = v};
    draft.single = v_[v].single;
    if (!v_[v].setup && !draft.single) {
      for (std::size_t o = 0; o < body_.outputs.size() && slot_of(v) < 0; ++o) {
        if (body_.outputs[o] == v) slot_of(v) = output_slots_[o];
      }
    }
    (v_[v].setup ? setup_ : steps_).push_back(std::move(draft));
  }

  /// Outputs and folds of a value.
  void draft_uses(int v) {
    for (std::size_t o = 0; o < body_.outputs.size(); ++o) {
      if (body_.outputs[o] == v && slot_of(v) != output_slots_[o]) draft_copy(v, output_slots_[o]);
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
      if (v_[v].single) {
        const int filled = new_value(false, false);
        steps_.push_back({.op = "copy", .operands = {v}, .result = filled});
        v = filled;
      }
      steps_.push_back({.operands = {v}, .fold = f});
      return;
    }
    const int total = new_value(false, false);
    slot_of(total) = fold.slot;
    if (v_[v].absorbed) {
      const std::vector<int>& in = v_[v].operands;
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
          if (slot_of(operand) == slot) last = static_cast<int>(s);
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
      if ((draft.result >= 0 ? slot_of(draft.result) : draft.slot) == slot)
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
        if (!v_[draft.operands[i]].single || draft.single) continue;
        const int filled = new_value(false, v_[draft.operands[i]].setup);
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
    for (const int v : draft.operands) kinds += v_[v].single && !draft.single ? 's' : 'v';
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
    std::vector<std::size_t> last_use(v_.values.size());
    for (std::size_t s = 0; s < drafts.size(); ++s) {
      for (const int v : drafts[s].operands) last_use[at(v)] = s;
    }
    std::vector<int> free;
    std::vector<bool> owned(p_.slots.size(), false);
    for (std::size_t s = 0; s < drafts.size(); ++s) {
      const Draft& draft = drafts[s];
      TileStep step{.code = codes[s], .single = draft.single, .fold = draft.fold};
      for (std::size_t i = 0; i < draft.operands.size(); ++i)
        step.slots[i + 1] = static_cast<std::uint16_t>(slot_of(draft.operands[i]));
      for (const int v : draft.operands) {
        const int slot = slot_of(v);
        const bool ends = reuse && last_use[at(v)] == s;
        if (!ends || at(slot) >= owned.size() || !owned[at(slot)]) continue;
        owned[at(slot)] = false;
        free.push_back(slot);
      }
      int slot = draft.result >= 0 ? slot_of(draft.result) : draft.slot;
      if (slot < 0 && draft.fold < 0) {
        slot = take_slot(draft.single, free);
        if (!draft.single) {
          owned.resize(p_.slots.size(), false);
          owned[at(slot)] = true;
        }
        slot_of(draft.result) = slot;
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
  TileValues v_;
  std::vector<int> slots_;  // of the values; -1: none yet
  std::vector<int> output_slots_;
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
