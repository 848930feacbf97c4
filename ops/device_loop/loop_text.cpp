#include "ops/device_loop/loop_text.h"

#include <fmt/format.h>

#include <limits>
#include <set>

#include "ops/device_loop/formula.h"
#include "ops/device_loop/lines.h"
#include "ops/device_loop/offsets.h"

namespace agon {

namespace {

using Is = LoopValue::Is;

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

/// What the writer knows of a value.
struct Known {
  bool used = false;
  bool along_loop = false;  // changes from step to step
  bool each = false;        // differs among the four of a unit
  FourRead read = FourRead::Same;
  OperandOffset offset;
};

class LoopWriter {
 public:
  LoopWriter(const DeviceLoop& loop, const LoopSplit& split)
      : loop_(loop),
        s_(split),
        type_(loop.wide ? "double" : "float"),
        index_(loop.shape.elements() < std::numeric_limits<std::int32_t>::max() ? "u32" : "u64"),
        fours_(split.unit == 4),
        loops_(split.steps > 1) {
    know();
  }

  std::string write() {
    declare_tensors();
    declare_shared();
    place();
    declare_totals();
    const std::string guard = guard_text();
    if (!guard.empty()) lines_.open(fmt::format("if ({})", guard));
    if (loops_) {
      put_values(false);
      lines_.open(fmt::format("for ({} r = {}; r < {}; r += {})", index_, first_text(), end_text(),
                              s_.lanes * row_unit()));
    }
    put_step();
    if (loops_) lines_.close();
    if (s_.lanes == 1) put_results();
    if (!guard.empty()) lines_.close();
    if (s_.lanes > 1) join_lanes();
    return lines_.text();
  }

 private:
  // ---- what is known of the values

  void know() {
    known_.resize(loop_.values.size());
    for (const LoopStore& store : loop_.stores) known_[at(store.value)].used = true;
    for (const LoopFold& fold : loop_.folds) known_[at(fold.value)].used = true;
    for (std::size_t v = loop_.values.size(); v-- > 0;) {
      if (!known_[v].used) continue;
      for (const int operand : loop_.values[v].operands) known_[at(operand)].used = true;
    }
    const AxisParts parts =
        loop_.folds.empty() ? inner_only() : parts_of(loop_.shape, loop_.folds[0].axes);
    for (std::size_t v = 0; v < known_.size(); ++v) {
      const LoopValue& value = loop_.values[v];
      known_[v].along_loop = !loops_;
      if (value.is == Is::Input) know_input(known_[v], loop_.inputs[at(value.input)], parts);
      for (const int operand : value.operands) {
        known_[v].along_loop |= known_[at(operand)].along_loop;
        known_[v].each |= known_[at(operand)].each;
      }
    }
  }

  static AxisParts inner_only() {
    AxisParts parts;
    parts.fill(2);
    return parts;
  }

  void know_input(Known& known, const LoopInput& input, const AxisParts& parts) const {
    known.offset = offset_of(input.shape, loop_.shape, parts);
    known.read = four_read(known.offset, s_.rows ? 1 : 2);
    known.along_loop = !loops_ || !known.offset.terms[1].empty();
    known.each = fours_ && known.read != FourRead::Same;
  }

  bool is_whole(const LoopInput& input) const {
    return input.shape.elements() == loop_.shape.elements();
  }

  // ---- where the thread is

  std::int64_t row_unit() const { return s_.rows ? s_.unit : 1; }

  void declare_tensors() {
    std::set<std::string> declared;
    const auto declare = [&](const DeviceTensor& tensor) {
      const std::string text = declaration_text(tensor);
      if (!text.empty() && declared.insert(tensor.name).second) lines_.add(text);
    };
    for (const LoopInput& input : loop_.inputs) declare(input.from);
    for (const LoopStore& store : loop_.stores) declare(store.to);
    for (const LoopFold& fold : loop_.folds) declare(fold.to);
  }

  /// Numbers that a thread brings to the block for each fold.
  std::int64_t parts() const { return s_.rows ? 1 : s_.unit; }

  void declare_shared() {
    if (s_.lanes == 1) return;
    for (std::size_t f = 0; f < loop_.folds.size(); ++f)
      lines_.add(fmt::format("__shared__ {} s{}[{}];", type_, f, parts() * s_.threads()));
  }

  std::string block_text() const { return index_ == "u32" ? "blockIdx.x" : "u64(blockIdx.x)"; }

  /// The block's and the thread's numbers as coordinates.
  void place() {
    const std::string tile =
        s_.chunks == 1 ? block_text() : fmt::format("{} % {}", block_text(), s_.tiles);
    std::string thread = "threadIdx.x";
    if (s_.lanes > 1) {
      lines_.add(s_.rows ? fmt::format("const u32 lane = threadIdx.x % {};", s_.lanes)
                         : fmt::format("const u32 lane = threadIdx.x / {};", s_.across));
      thread = s_.rows ? fmt::format("threadIdx.x / {}", s_.lanes)
                       : fmt::format("threadIdx.x % {}", s_.across);
    }
    std::string q = fmt::format("{} * {} + {}", tile, s_.across, thread);
    if (s_.lanes == s_.threads() && s_.rows) q = tile;
    if (!s_.rows && s_.unit > 1) q = fmt::format("({}) * {}", q, s_.unit);
    lines_.add(fmt::format("const {} {} = {};", index_, result_name(), q));
    if (result_name() == "q") {
      lines_.add(
          fmt::format("const {} o = q / {}, c = q % {};", index_, s_.form.inner, s_.form.inner));
    }
    if (has_chunks())
      lines_.add(fmt::format("const {} chunk = {} / {};", index_, block_text(), s_.tiles));
    if (loop_.folds.empty()) return;
    const std::int64_t length = s_.chunk_units() * row_unit();
    if (has_chunks()) {
      lines_.add(fmt::format("const {} begin = chunk * {};", index_, length));
      if (s_.form.reduced % length != 0)
        lines_.add(fmt::format("const {0} end = begin + {1} < {2} ? begin + {1} : {2};", index_,
                               length, s_.form.reduced));
      else
        lines_.add(fmt::format("const {} end = begin + {};", index_, length));
    }
  }

  bool has_chunks() const { return s_.chunks > 1; }

  /// The number of a result: an element of the loop, or of its rows or columns.
  std::string result_name() const {
    if (loop_.folds.empty()) return "i";
    if (s_.rows || s_.form.inner == 1) return "o";
    return s_.form.outer == 1 ? "c" : "q";
  }

  std::string begin_text() const { return has_chunks() ? "begin" : "0"; }
  std::string end_text() const { return has_chunks() ? "end" : fmt::format("{}", s_.form.reduced); }
  /// The reduced coordinate that the thread begins with.
  std::string first_text() const {
    if (s_.lanes == 1) return begin_text();
    const std::string lane = row_unit() == 1 ? "lane" : fmt::format("lane * {}", row_unit());
    return has_chunks() ? "begin + " + lane : lane;
  }

  std::string guard_text() const {
    const std::int64_t results = s_.places() * (s_.rows ? 1 : s_.unit);
    std::string guard;
    if (s_.places() != s_.tiles * s_.across) guard = fmt::format("{} < {}", result_name(), results);
    if (!loops_ && !loop_.folds.empty() && s_.units() != s_.lanes * s_.chunks) {
      if (!guard.empty()) guard += " && ";
      guard += fmt::format("{} < {}", first_text(), end_text());
    }
    return guard;
  }

  /// The element's number in the loop's shape.
  std::string element_text() const {
    const FoldForm& f = s_.form;
    std::string text = f.outer == 1 ? "" : f.reduced == 1 ? "o" : fmt::format("o * {}", f.reduced);
    if (f.reduced != 1) text += text.empty() ? "r" : " + r";
    if (f.inner == 1) return text.empty() ? "0" : text;
    const bool single = text.find(' ') == std::string::npos;
    if (text.empty()) return "c";
    return fmt::format(single ? "{} * {} + c" : "({}) * {} + c", text, f.inner);
  }

  // ---- values

  std::string operand_name(int v) const {
    const LoopValue& value = loop_.values[at(v)];
    if (value.is == Is::Number) return number_text(value.number, loop_.wide);
    const Known& known = known_[at(v)];
    if (!known.each) return fmt::format("v{}", v);
    if (value.is == Is::Input && known.read == FourRead::Along) return fmt::format("v{}.at[k]", v);
    return fmt::format(known.along_loop ? "v{}" : "v{}[k]", v);
  }

  /// Where in the input's memory the element stands; `k`: of which of four.
  std::string place_text(const LoopValue& value, const Known& known, bool k) const {
    const LoopInput& input = loop_.inputs[at(value.input)];
    if (is_whole(input) && input.shape.elements() > 1) return k ? "i + k" : "i";
    std::string text;
    for (std::size_t part = 0; part < 3; ++part) {
      std::string x = part == 0 ? "o" : part == 1 ? "r" : loop_.folds.empty() ? "i" : "c";
      if (k && part == (s_.rows ? 1u : 2u)) x = fmt::format("({} + k)", x);
      const std::string terms = offset_text(known.offset.terms[part], x);
      if (!text.empty() && !terms.empty()) text += " + ";
      text += terms;
    }
    return text.empty() ? "0" : text;
  }

  std::string value_text(int v, bool k) const {
    const LoopValue& value = loop_.values[at(v)];
    if (value.is == Is::Input) {
      return fmt::format("{}[{}]", loop_.inputs[at(value.input)].from.name,
                         place_text(value, known_[at(v)], k));
    }
    std::vector<std::string> operands;
    for (const int operand : value.operands) operands.push_back(operand_name(operand));
    return formula_text(value.op, operands);
  }

  bool is_put(int v, bool along_loop) const {
    return known_[at(v)].used && loop_.values[at(v)].is != Is::Number &&
           known_[at(v)].along_loop == along_loop;
  }

  bool is_along_input(int v) const {
    return loop_.values[at(v)].is == Is::Input && known_[at(v)].read == FourRead::Along;
  }

  /// The values that change along the loop or do not: those that are one number first, then four
  /// at once; what differs among the four is left to `put_each`.
  void put_values(bool along_loop) {
    const int count = static_cast<int>(loop_.values.size());
    bool rest = false;
    for (int v = 0; v < count; ++v) {
      if (!is_put(v, along_loop)) continue;
      if (!known_[at(v)].each) {
        lines_.add(fmt::format("const {} v{} = {};", type_, v, value_text(v, false)));
      } else if (is_along_input(v)) {
        const LoopValue& value = loop_.values[at(v)];
        lines_.add(fmt::format("const Four v{} = four_at({} + {});", v,
                               loop_.inputs[at(value.input)].from.name,
                               place_text(value, known_[at(v)], false)));
      } else {
        rest = true;
      }
    }
    if (along_loop || !rest) return;
    for (int v = 0; v < count; ++v) {
      if (is_put(v, false) && known_[at(v)].each && !is_along_input(v))
        lines_.add(fmt::format("{} v{}[4];", type_, v));
    }
    lines_.open("for (u32 k = 0; k < 4; ++k)");
    put_each(false);
    lines_.close();
  }

  void put_each(bool along_loop) {
    for (int v = 0; v < static_cast<int>(loop_.values.size()); ++v) {
      if (!is_put(v, along_loop) || !known_[at(v)].each || is_along_input(v)) continue;
      if (along_loop) {
        lines_.add(fmt::format("const {} v{} = {};", type_, v, value_text(v, true)));
      } else {
        lines_.add(fmt::format("v{}[k] = {};", v, value_text(v, true)));
      }
    }
  }

  /// What is done for an element or four.
  void put_step() {
    if (!loop_.folds.empty()) {
      if (!loops_ && s_.form.reduced != 1)
        lines_.add(fmt::format("const {} r = {};", index_, first_text()));
      lines_.add(fmt::format("const {} i = {};", index_, element_text()));
    }
    put_values(true);
    if (fours_) {
      for (std::size_t o = 0; o < loop_.stores.size(); ++o) {
        if (!is_along_input(loop_.stores[o].value)) lines_.add(fmt::format("Four y{};", o));
      }
      lines_.open("for (u32 k = 0; k < 4; ++k)");
      put_each(true);
    }
    const std::string k = fours_ ? "[k]" : "";
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) put_into_total(f, k);
    for (std::size_t o = 0; fours_ && o < loop_.stores.size(); ++o) {
      if (!is_along_input(loop_.stores[o].value))
        lines_.add(fmt::format("y{}.at[k] = {};", o, operand_name(loop_.stores[o].value)));
    }
    if (fours_) lines_.close();
    for (std::size_t o = 0; o < loop_.stores.size(); ++o) put_store(o);
  }

  void put_into_total(std::size_t f, const std::string& k) {
    const LoopFold& fold = loop_.folds[f];
    const std::string x = operand_name(fold.value);
    lines_.add(fold.fold == Fold::Sum ? fmt::format("t{}{} += {};", f, k, x)
                                      : fmt::format("t{0}{1} = larger(t{0}{1}, {2});", f, k, x));
  }

  void put_store(std::size_t o) {
    const LoopStore& store = loop_.stores[o];
    if (fours_) {
      const std::string four =
          is_along_input(store.value) ? fmt::format("v{}", store.value) : fmt::format("y{}", o);
      lines_.add(fmt::format("put_four({} + i, {});", store.to.name, four));
    } else {
      lines_.add(fmt::format("{}[i] = {};", store.to.name,
                             stored_text(store.to.dtype, operand_name(store.value), loop_.wide)));
    }
  }

  // ---- folds

  void declare_totals() {
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) {
      const std::string empty =
          loop_.folds[f].fold == Fold::Sum
              ? number_text(0, loop_.wide)
              : number_text(-std::numeric_limits<double>::infinity(), loop_.wide);
      if (fours_) {
        lines_.add(fmt::format("{} t{}[4] = {{{1}, {1}, {1}, {1}}};", type_, f, empty));
      } else {
        lines_.add(fmt::format("{} t{} = {};", type_, f, empty));
      }
    }
  }

  /// The thread's result of a fold; `k`: which of four columns.
  std::string total_text(std::size_t f) const {
    if (!fours_) return fmt::format("t{}", f);
    if (!s_.rows) return fmt::format("t{}[k]", f);
    return fmt::format(loop_.folds[f].fold == Fold::Sum
                           ? "(t{0}[0] + t{0}[1]) + (t{0}[2] + t{0}[3])"
                           : "larger(larger(t{0}[0], t{0}[1]), larger(t{0}[2], t{0}[3]))",
                       f);
  }

  bool four_columns() const { return fours_ && !s_.rows; }

  /// Through shared memory, so that lane 0 has the results.
  void join_lanes() {
    const std::int64_t threads = s_.threads();
    if (four_columns()) lines_.open("for (u32 k = 0; k < 4; ++k)");
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) {
      const std::string place =
          four_columns() ? fmt::format("k * {} + threadIdx.x", threads) : "threadIdx.x";
      lines_.add(fmt::format("s{}[{}] = {};", f, place, total_text(f)));
    }
    if (four_columns()) lines_.close();
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) {
      lines_.add(fmt::format("{}_lanes<{}, {}, {}, {}>(s{}, threadIdx.x, lane);",
                             loop_.folds[f].fold == Fold::Sum ? "sum" : "max", threads, s_.lanes,
                             s_.rows ? 1 : s_.across, parts(), f));
    }
    std::string mine = "lane == 0";
    if (s_.places() != s_.tiles * s_.across)
      mine += fmt::format(" && {} < {}", result_name(), s_.places() * parts());
    lines_.open(fmt::format("if ({})", mine));
    put_results();
    lines_.close();
  }

  std::string result_place() const {
    if (!has_chunks()) return four_columns() ? result_name() + " + k" : result_name();
    std::string place = s_.form.outer == 1 ? "chunk" : fmt::format("o * {} + chunk", s_.chunks);
    if (s_.form.inner == 1) return place;
    if (s_.form.outer != 1) place = "(" + place + ")";
    return fmt::format("{} * {} + c{}", place, s_.form.inner, four_columns() ? " + k" : "");
  }

  void put_results() {
    if (loop_.folds.empty()) return;
    if (four_columns()) lines_.open("for (u32 k = 0; k < 4; ++k)");
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) {
      const DeviceTensor& to = loop_.folds[f].to;
      std::string total = total_text(f);
      if (s_.lanes > 1)
        total = fmt::format(four_columns() ? "s{0}[k * {1} + threadIdx.x]" : "s{0}[threadIdx.x]", f,
                            s_.threads());
      lines_.add(fmt::format("{}[{}] = {};", to.name, result_place(),
                             stored_text(to.dtype, total, loop_.wide)));
    }
    if (four_columns()) lines_.close();
  }

  const DeviceLoop& loop_;
  const LoopSplit& s_;
  std::string type_, index_;
  bool fours_, loops_;
  std::vector<Known> known_;
  Lines lines_;
};

}  // namespace

std::string loop_text(const DeviceLoop& loop, const LoopSplit& split) {
  return LoopWriter(loop, split).write();
}

}  // namespace agon
