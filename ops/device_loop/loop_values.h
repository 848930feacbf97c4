#pragma once
#include <string>
#include <vector>

#include "ops/device_loop/lines.h"
#include "ops/device_loop/loop.h"
#include "ops/device_loop/offsets.h"
#include "ops/device_loop/split.h"

namespace agon {

/// The values of a loop as lines of a function's text, in which o, r and c are the thread's outer,
/// reduced and inner coordinates, i the number of its element in the loop's shape (alone where
/// there are no folds), and k counts the four elements of a unit.
class LoopValues {
 public:
  LoopValues(const DeviceLoop& loop, const LoopSplit& split);

  /// Whether a thread goes along the reduced axis.
  bool loops() const { return loops_; }
  bool fours() const { return fours_; }

  /// Defines the values that change along the reduced axis, or do not; of units of four those that
  /// are the same for all of a unit, and four neighbours that are read at once. What differs among
  /// the four follows in a loop over k: of what changes by put_each, of the rest at once.
  void put(Lines& lines, bool changing) const;
  void put_each(Lines& lines) const;

  /// A value in the loop over k.
  std::string name(int v) const;
  /// Whether the value is four neighbours, as they lie in memory.
  bool is_four(int v) const;

 private:
  struct Known {
    bool used = false;
    bool changes = false;  // along the reduced axis, or there is no such way
    bool each = false;     // differs among the four of a unit
    FourRead read = FourRead::Same;
    OperandOffset offset;
  };

  void know_input(Known& known, const LoopInput& input, const AxisParts& parts) const;
  bool is_put(int v, bool changing) const;
  bool is_put_each(int v, bool changing) const;
  std::string place_text(int v, bool each) const;
  std::string value_text(int v, bool each) const;

  const DeviceLoop& loop_;
  const LoopSplit& s_;
  std::string type_;
  bool fours_, loops_;
  std::vector<Known> known_;
};

}  // namespace agon
