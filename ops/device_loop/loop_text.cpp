#include "ops/device_loop/loop_text.h"

#include <fmt/format.h>

#include <limits>
#include <set>

#include "ops/device_loop/formula.h"
#include "ops/device_loop/loop_values.h"

namespace agon {

namespace {

class LoopWriter {
 public:
  LoopWriter(const DeviceLoop& loop, const LoopSplit& split)
      : loop_(loop),
        s_(split),
        values_(loop, split),
        type_(loop.wide ? "double" : "float"),
        index_(loop.shape.elements() < std::numeric_limits<std::int32_t>::max() ? "u32" : "u64"),
        four_columns_(split.unit == 4 && !split.rows),
        chunked_(split.chunks > 1) {}

  std::string write() {
    declare_tensors();
    place_thread();
    place_chunk();
    declare_totals();
    const std::string guard = guard_text();
    if (!guard.empty()) lines_.open(fmt::format("if ({})", guard));
    if (values_.loops()) {
      values_.put(lines_, false);
      lines_.open(fmt::format("for ({} r = {}; r < {}; {})", index_, first_text(), end_text(),
                              step_text()));
    }
    put_step();
    if (values_.loops()) lines_.close();
    if (s_.lanes == 1) put_results();
    if (!guard.empty()) lines_.close();
    if (s_.lanes > 1) join_lanes();
    return lines_.text();
  }

 private:
  std::int64_t row_unit() const { return s_.rows ? s_.unit : 1; }
  /// Numbers that a thread brings to the block for each fold.
  std::int64_t numbers() const { return four_columns_ ? 4 : 1; }
  bool is_sum(std::size_t f) const { return loop_.folds[f].fold == Fold::Sum; }
  bool is_full() const { return s_.places() == s_.tiles * s_.across; }

  void declare_tensors() {
    std::set<std::string> declared;
    const auto declare = [&](const DeviceTensor& tensor) {
      const std::string text = declaration_text(tensor);
      if (!text.empty() && declared.insert(tensor.name).second) lines_.add(text);
    };
    for (const LoopInput& input : loop_.inputs) declare(input.from);
    for (const LoopStore& store : loop_.stores) declare(store.to);
    for (const LoopFold& fold : loop_.folds) declare(fold.to);
    for (std::size_t f = 0; s_.lanes > 1 && f < loop_.folds.size(); ++f)
      lines_.add(fmt::format("__shared__ {} s{}[{}];", type_, f, numbers() * s_.threads()));
  }

  // ---- where the thread is

  std::string block_text() const { return index_ == "u32" ? "blockIdx.x" : "u64(blockIdx.x)"; }

  /// The name of the number of a result: an element of the loop, or of what folds make of it.
  std::string result_name() const {
    if (loop_.folds.empty()) return "i";
    if (s_.form.inner == 1) return "o";
    return s_.form.outer == 1 ? "c" : "q";
  }

  void place_thread() {
    const bool one_tile = s_.tiles == 1;
    std::string tile = one_tile ? "0" : block_text();
    if (chunked_ && !one_tile) tile += fmt::format(" % {}", s_.tiles);
    std::string thread = "threadIdx.x";
    if (s_.lanes > 1) {
      const std::int64_t side = s_.rows ? s_.lanes : s_.across;
      lines_.add(fmt::format("const u32 lane = threadIdx.x {} {};", s_.rows ? '%' : '/', side));
      thread = fmt::format("threadIdx.x {} {}", s_.rows ? '/' : '%', side);
    }
    std::string place = tile;
    if (s_.across > 1)
      place = one_tile ? thread : fmt::format("{} * {} + {}", tile, s_.across, thread);
    if (four_columns_) place = fmt::format("({}) * 4", place);
    lines_.add(fmt::format("const {} {} = {};", index_, result_name(), place));
    if (result_name() == "q") {
      lines_.add(fmt::format("const {0} o = q / {1}, c = q % {1};", index_, s_.form.inner));
    }
  }

  void place_chunk() {
    if (!chunked_) return;
    const std::int64_t length = s_.chunk_units() * row_unit();
    std::string chunk = block_text();
    if (s_.tiles > 1) chunk += fmt::format(" / {}", s_.tiles);
    lines_.add(fmt::format("const {} chunk = {};", index_, chunk));
    lines_.add(fmt::format("const {} begin = chunk * {};", index_, length));
    std::string end = fmt::format("begin + {}", length);
    if (s_.form.reduced % length != 0)
      end = fmt::format("{0} < {1} ? {0} : {1}", end, s_.form.reduced);
    lines_.add(fmt::format("const {} end = {};", index_, end));
  }

  /// The reduced coordinate that the thread begins with, and the one it stays below.
  std::string first_text() const {
    const std::string lane = row_unit() == 1 ? "lane" : fmt::format("lane * {}", row_unit());
    if (s_.lanes == 1) return chunked_ ? "begin" : "0";
    return chunked_ ? "begin + " + lane : lane;
  }
  std::string step_text() const {
    const std::int64_t step = s_.lanes * row_unit();
    return step == 1 ? "++r" : fmt::format("r += {}", step);
  }
  std::string end_text() const { return chunked_ ? "end" : std::to_string(s_.form.reduced); }

  /// What threads have something to do.
  std::string guard_text() const {
    std::string guard;
    if (!is_full()) guard = fmt::format("{} < {}", result_name(), s_.places() * numbers());
    if (!values_.loops() && !loop_.folds.empty() && s_.units() != s_.lanes) {
      if (!guard.empty()) guard += " && ";
      guard += fmt::format("{} < {}", first_text(), end_text());
    }
    return guard;
  }

  /// The element's number in the loop's shape.
  std::string element_text() const {
    const FoldForm& f = s_.form;
    std::string line;  // the number of its line of inner elements
    if (f.outer != 1) line = f.reduced == 1 ? "o" : fmt::format("o * {} + r", f.reduced);
    if (f.outer == 1 && f.reduced != 1) line = "r";
    if (f.inner == 1) return line.empty() ? "0" : line;
    if (line.empty()) return "c";
    if (line.size() > 1) line = "(" + line + ")";
    return fmt::format("{} * {} + c", line, f.inner);
  }

  // ---- what is done for an element, or four

  void put_step() {
    if (!loop_.folds.empty()) {
      if (!values_.loops() && s_.form.reduced != 1)
        lines_.add(fmt::format("const {} r = {};", index_, first_text()));
      lines_.add(fmt::format("const {} i = {};", index_, element_text()));
    }
    values_.put(lines_, true);
    if (values_.fours()) {
      for (std::size_t o = 0; o < loop_.stores.size(); ++o) {
        if (!values_.is_four(loop_.stores[o].value)) lines_.add(fmt::format("Four y{};", o));
      }
      lines_.open("for (u32 k = 0; k < 4; ++k)");
      values_.put_each(lines_);
    }
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) put_into_total(f);
    for (std::size_t o = 0; values_.fours() && o < loop_.stores.size(); ++o) {
      const int value = loop_.stores[o].value;
      if (!values_.is_four(value))
        lines_.add(fmt::format("y{}.at[k] = {};", o, values_.name(value)));
    }
    if (values_.fours()) lines_.close();
    for (std::size_t o = 0; o < loop_.stores.size(); ++o) put_store(o);
  }

  void put_into_total(std::size_t f) {
    const std::string total = fmt::format("t{}{}", f, values_.fours() ? "[k]" : "");
    const std::string x = values_.name(loop_.folds[f].value);
    lines_.add(is_sum(f) ? fmt::format("{} += {};", total, x)
                         : fmt::format("{0} = larger({0}, {1});", total, x));
  }

  void put_store(std::size_t o) {
    const LoopStore& store = loop_.stores[o];
    if (values_.fours()) {
      const bool is_four = values_.is_four(store.value);
      lines_.add(fmt::format("put_four({} + i, {});", store.to.name,
                             is_four ? fmt::format("v{}", store.value) : fmt::format("y{}", o)));
    } else {
      lines_.add(fmt::format("{}[i] = {};", store.to.name,
                             stored_text(store.to.dtype, values_.name(store.value), loop_.wide)));
    }
  }

  // ---- folds

  void declare_totals() {
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) {
      const double none = is_sum(f) ? 0 : -std::numeric_limits<double>::infinity();
      const std::string empty = number_text(none, loop_.wide);
      lines_.add(values_.fours()
                     ? fmt::format("{0} t{1}[4] = {{{2}, {2}, {2}, {2}}};", type_, f, empty)
                     : fmt::format("{} t{} = {};", type_, f, empty));
    }
  }

  /// The thread's result; of four columns that of number k.
  std::string total_text(std::size_t f) const {
    if (!values_.fours()) return fmt::format("t{}", f);
    if (four_columns_) return fmt::format("t{}[k]", f);
    return is_sum(f) ? fmt::format("(t{0}[0] + t{0}[1]) + (t{0}[2] + t{0}[3])", f)
                     : fmt::format("larger(larger(t{0}[0], t{0}[1]), larger(t{0}[2], t{0}[3]))", f);
  }

  std::string shared_text(std::size_t f) const {
    return four_columns_ ? fmt::format("s{}[k * {} + threadIdx.x]", f, s_.threads())
                         : fmt::format("s{}[threadIdx.x]", f);
  }

  void open_columns() {
    if (four_columns_) lines_.open("for (u32 k = 0; k < 4; ++k)");
  }
  void close_columns() {
    if (four_columns_) lines_.close();
  }

  /// Through shared memory, so that lane 0 has the results.
  void join_lanes() {
    open_columns();
    for (std::size_t f = 0; f < loop_.folds.size(); ++f)
      lines_.add(fmt::format("{} = {};", shared_text(f), total_text(f)));
    close_columns();
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) {
      lines_.add(fmt::format("{}_lanes<{}, {}, {}, {}>(s{}, threadIdx.x, lane);",
                             is_sum(f) ? "sum" : "max", s_.threads(), s_.lanes,
                             s_.rows ? 1 : s_.across, numbers(), f));
    }
    std::string mine = "lane == 0";
    if (!is_full()) mine += fmt::format(" && {} < {}", result_name(), s_.places() * numbers());
    lines_.open(fmt::format("if ({})", mine));
    put_results();
    lines_.close();
  }

  std::string result_place() const {
    const std::string k = four_columns_ ? " + k" : "";
    if (!chunked_) return result_name() + k;
    std::string place = s_.form.outer == 1 ? "chunk" : fmt::format("o * {} + chunk", s_.chunks);
    if (s_.form.inner == 1) return place;
    if (s_.form.outer != 1) place = "(" + place + ")";
    return fmt::format("{} * {} + c{}", place, s_.form.inner, k);
  }

  void put_results() {
    if (loop_.folds.empty()) return;
    open_columns();
    for (std::size_t f = 0; f < loop_.folds.size(); ++f) {
      const DeviceTensor& to = loop_.folds[f].to;
      const std::string total = s_.lanes > 1 ? shared_text(f) : total_text(f);
      lines_.add(fmt::format("{}[{}] = {};", to.name, result_place(),
                             stored_text(to.dtype, total, loop_.wide)));
    }
    close_columns();
  }

  const DeviceLoop& loop_;
  const LoopSplit& s_;
  const LoopValues values_;
  const std::string type_, index_;
  const bool four_columns_, chunked_;
  Lines lines_;
};

}  // namespace

std::string loop_text(const DeviceLoop& loop, const LoopSplit& split) {
  return LoopWriter(loop, split).write();
}

}  // namespace agon
