#include "ops/fused/combine.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace agon {

namespace {

using Is = BodyValue::Is;

class Combiner {
 public:
  Combiner(const TileBody& body, const TileLoop& loop) : loop_(loop) {
    for (const BodyValue& value : body.values) v_.order.push_back(append({value}));
  }

  TileValues combine() {
    const std::vector<int> all = v_.order;
    for (const int v : all) scale_once(v);
    for (const int v : all) divide_once(v);
    for (const int v : v_.order) {
      if (v_[v].is_step() && v_[v].uses > 0) absorb_operands(v);
    }
    return std::move(v_);
  }

 private:
  int append(TileValue value) {
    if (value.is == Is::Input) {
      const LoopOperand& operand = loop_.operands[static_cast<std::size_t>(value.input)];
      value.single = operand.reach == Reach::Single || operand.reach == Reach::PerTile;
      value.setup = operand.fixed;
    } else {
      value.single = value.setup = true;
      for (const int operand : value.operands) {
        value.single = value.single && v_[operand].single;
        value.setup = value.setup && v_[operand].setup;
      }
    }
    return v_.add(std::move(value));
  }

  bool known_together(int a, int b) const {
    return (v_[a].setup && v_[b].setup) || (v_[a].single && v_[b].single);
  }

  /// x / b * c is x * (c / b) where that is known beforehand: batch norm has the form.
  void scale_once(int v) {
    if (!v_[v].is_step() || v_[v].op != "mul" || v_[v].uses == 0) return;
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const int quotient = v_[v].operands[i], factor = v_[v].operands[1 - i];
      if (!v_.can_absorb(v_[v].setup, quotient, "div")) continue;
      const std::vector<int> of = v_[quotient].operands;
      if (v_[of[0]].single || v_[of[0]].setup || !known_together(of[1], factor)) continue;
      const int scale = append({{.op = "div", .operands = {factor, of[1]}, .uses = 1}});
      v_.order.insert(std::ranges::find(v_.order, v), scale);
      return become(v, "mul", {of[0], scale}, quotient);
    }
  }

  void divide_once(int v) {
    if (!v_[v].is_step() || v_[v].op != "div" || v_[v].setup || v_[v].single) return;
    if (v_[v].absorbed) return;
    const int divisor = v_[v].operands[1];
    if (!v_[divisor].setup && !v_[divisor].single) return;
    const auto [known, is_new] = reciprocals_.try_emplace(divisor, 0);
    if (is_new) {
      known->second = add_reciprocal(divisor);
      v_.order.insert(std::ranges::find(v_.order, v), known->second);
    }
    ++v_[known->second].uses;
    v_[v].op = "mul";
    v_[v].operands[1] = known->second;
  }

  int add_reciprocal(int divisor) {
    const auto number = [&](float n) {
      return append({{.is = Is::Number, .number = n, .uses = 1}});
    };
    if (v_[divisor].is == Is::Number) return number(1 / v_[divisor].number);
    const int one = number(1);
    return append({{.op = "div", .operands = {one, divisor}}});
  }

  void become(int v, std::string op, std::vector<int> operands, int absorbed) {
    v_[v].op = std::move(op);
    v_[v].operands = std::move(operands);
    v_[absorbed].absorbed = true;
  }

  void absorb_operands(int v) {
    const std::string& op = v_[v].op;
    if (op == "add") {
      if (!absorb_either(v, "mul", "muladd")) return absorb_scaled_difference(v);
      if (!absorb_second_product(v)) absorb_root(v);
    } else if (op == "mul") {
      absorb_either(v, "sub", "submul");
    } else if (op == "sub") {
      if (absorb_one(v, 0, "mul", "mulsub")) return;
      if (absorb_one(v, 1, "mul", "negmuladd")) absorb_quotient(v);
    } else if (op == "where") {
      absorb_comparison(v);
    }
  }

  bool absorb_either(int v, std::string_view op, const char* joined) {
    return absorb_one(v, 0, op, joined) || absorb_one(v, 1, op, joined);
  }

  void absorb_scaled_difference(int v) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const int scaled = v_[v].operands[i];
      if (!v_.can_absorb(v_[v].setup, scaled, "submul")) continue;
      std::vector<int> all = v_[scaled].operands;
      all.push_back(v_[v].operands[1 - i]);
      if (std::ranges::none_of(all, [&](int o) { return v_[o].single; }))
        return become(v, "submuladd", std::move(all), scaled);
    }
  }

  /// Of two operands: those of operand `i`, of that op, then the other.
  bool absorb_one(int v, std::size_t i, std::string_view op, const char* joined) {
    const int part = v_[v].operands[i], other = v_[v].operands[1 - i];
    if (!v_.can_absorb(v_[v].setup, part, op)) return false;
    become(v, joined, {v_[part].operands[0], v_[part].operands[1], other}, part);
    return true;
  }

  struct Scaled {
    int vector, number;
  };
  /// A product of a vector and a number, either way round.
  std::optional<Scaled> scaled(int a, int b) const {
    if (v_[a].single == v_[b].single) return std::nullopt;
    return v_[a].single ? Scaled{b, a} : Scaled{a, b};
  }

  /// a b + c e with two numbers, as moving averages have it; c may be a square.
  bool absorb_second_product(int v) {
    const std::vector<int> in = v_[v].operands;
    const auto first = scaled(in[0], in[1]);
    if (!first || !v_.can_absorb(v_[v].setup, in[2], "mul")) return false;
    const auto second = scaled(v_[in[2]].operands[0], v_[in[2]].operands[1]);
    if (!second) return false;
    const int factor = second->vector;
    const std::vector<int>& of = v_[factor].operands;
    if (v_.can_absorb(v_[v].setup, factor, "mul") && of[0] == of[1]) {
      const int root = of[0];
      v_[factor].absorbed = true;
      become(v, "mix_square", {first->vector, first->number, root, second->number}, in[2]);
    } else {
      become(v, "mix", {first->vector, first->number, factor, second->number}, in[2]);
    }
    return true;
  }

  void absorb_root(int v) {
    const std::vector<int> in = v_[v].operands;
    const auto product = scaled(in[0], in[1]);
    if (!product || !v_[in[2]].single || !v_.can_absorb(v_[v].setup, product->vector, "sqrt"))
      return;
    const int of = v_[product->vector].operands[0];
    become(v, "rootadd", {of, product->number, in[2]}, product->vector);
  }

  void absorb_quotient(int v) {
    const std::vector<int> in = v_[v].operands;
    const auto product = scaled(in[0], in[1]);
    if (!product || v_[in[2]].single || !v_.can_absorb(v_[v].setup, product->vector, "div")) return;
    const std::vector<int> of = v_[product->vector].operands;
    if (v_[of[0]].single || v_[of[1]].single) return;
    become(v, "negdivmuladd", {of[0], of[1], product->number, in[2]}, product->vector);
  }

  void absorb_comparison(int v) {
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
    const std::vector<int> in = v_[v].operands;
    for (const Row& row : kRows) {
      if (!v_.can_absorb(v_[v].setup, in[0], row.comparison)) continue;
      const std::vector<int>& sides = v_[in[0]].operands;
      const int a = sides[row.swap_sides ? 1 : 0], b = sides[row.swap_sides ? 0 : 1];
      const int c = in[row.swap_results ? 2 : 1], e = in[row.swap_results ? 1 : 2];
      become(v, row.select, {a, b, c, e}, in[0]);
      return absorb_leak(v);
    }
  }

  /// The gradient of leaky_relu: dy where the value is above 0, else dy * slope.
  void absorb_leak(int v) {
    const std::vector<int> in = v_[v].operands;
    if (v_[v].op != "select_greater" || !v_.can_absorb(v_[v].setup, in[3], "mul")) return;
    const std::vector<int>& product = v_[in[3]].operands;
    const int slope = product[product[0] == in[2] ? 1 : 0];
    const bool fits = (product[0] == in[2] || product[1] == in[2]) && v_[slope].single &&
                      v_[in[1]].single && !v_[in[0]].single && !v_[in[2]].single;
    if (fits) become(v, "leak", {in[0], in[1], in[2], slope}, in[3]);
  }

  const TileLoop& loop_;
  TileValues v_;
  std::map<int, int> reciprocals_;  // by divisor
};

}  // namespace

int TileValues::add(TileValue value) {
  values.push_back(std::move(value));
  return static_cast<int>(values.size()) - 1;
}

bool TileValues::can_absorb(bool setup, int v, std::string_view op) const {
  const TileValue& value = (*this)[v];
  return value.is_step() && value.uses == 1 && value.op == op && !value.single &&
         value.setup == setup && !value.absorbed;
}

TileValues combined(const TileBody& body, const TileLoop& loop) {
  return Combiner(body, loop).combine();
}

}  // namespace agon
