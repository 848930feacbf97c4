#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/ndarray.h"
#include "engine/ir/type.h"
#include "engine/runtime/memory.h"

namespace agon {

/// 64-byte aligned memory, zeroed: of the heap, or of a source that outlives it. Throws
/// Error(Unavailable) where there is none.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes, MemorySource* source = nullptr);
  void* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    MemorySource* source;  // null: the heap
    void operator()(void* p) const;
  };
  std::unique_ptr<void, Free> data_;
  std::size_t bytes_ = 0;
};

/// How a variable stands in files: the axes of the file's tensor in the order in which the engine
/// keeps them. A convolution weight [out, in, kh, kw] kept as [out, kh, kw, in] has shape [out, in,
/// kh, kw] and axes {0, 2, 3, 1}. A dense weight [units, c*h*w] kept channels-last is viewed as
/// [units, c, h, w] with axes {0, 2, 3, 1} and written as `shape`.
struct FileForm {
  Shape shape;                     // as written: what PyTorch would show
  Shape view;                      // the same elements with more axes; equal to shape mostly
  std::vector<std::int64_t> axes;  // kept axis i is axis axes[i] of view; empty: same order
  bool operator==(const FileForm&) const = default;
};

/// The state of training: parameters, moments, averages, running statistics, by name. Addresses do
/// not change once added.
class Variables {
 public:
  /// What follows from the others stands in no checkpoint.
  enum class Saved { Yes, No };
  struct Variable {
    std::string name;
    Type type;
    FileForm file;
    Buffer memory;
    Saved saved = Saved::Yes;
  };

  /// `memory`: where variables lie, else in the heap; it outlives them.
  explicit Variables(MemorySource* memory = nullptr) : memory_(memory) {}

  /// Throws InternalError if the name is taken.
  Variable& add(std::string name, const Type& type, FileForm file = {}, Saved saved = Saved::Yes);
  const Variable* find(std::string_view name) const;
  Variable* find(std::string_view name);
  const std::deque<Variable>& all() const { return list_; }  // in order of addition

  /// Elements in the file's order and back.
  NdArray file_array(const Variable& variable) const;
  void set_file_array(Variable& variable, const NdArray& array);
  /// The same in memory of variable.type.bytes() bytes, without going through doubles.
  static void to_file_order(const Variable& variable, void* to);
  static void from_file_order(Variable& variable, const void* from);

  std::size_t bytes() const;

 private:
  MemorySource* memory_;
  std::deque<Variable> list_;
  std::map<std::string, Variable*, std::less<>> by_name_;
};

}  // namespace agon
