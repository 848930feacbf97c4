#include <vector>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/shape/attrs.h"
#include "ops/shape/copy_rows.h"

namespace agon {

namespace {

/// Row r of the output is row r of each input, one after another.
class ConcatKernel final : public Kernel {
 public:
  explicit ConcatKernel(const Node& node) {
    const auto axis = node.attrs_as<ConcatAttrs>().axis;
    const std::size_t element = bytes_of(node.out_type().dtype);
    for (const Value& v : node.inputs()) {
      blocks_.push_back(v.shape()[static_cast<int>(axis)] * bytes_along(v.shape(), axis, element));
      row_ += blocks_.back();
    }
    rows_ = static_cast<std::int64_t>(node.out_type().bytes()) / row_;
  }

  void run(const KernelCall& call) override {
    if (rows_ == 1) {
      char* to = call.output<char>();
      for (std::size_t i = 0; i < blocks_.size(); ++i) {
        copy_memory(to, call.in[i], static_cast<std::size_t>(blocks_[i]));
        to += blocks_[i];
      }
      return;
    }
    parallel_for(rows_, rows_of_piece(row_), [&](std::int64_t begin, std::int64_t end) {
      char* column = call.output<char>();
      for (std::size_t i = 0; i < blocks_.size(); ++i) {
        for (std::int64_t r = begin; r < end; ++r)
          copy_row(column + r * row_, call.input<char>(i) + r * blocks_[i], blocks_[i]);
        column += blocks_[i];
      }
    });
  }

 private:
  std::vector<std::int64_t> blocks_;
  std::int64_t row_ = 0;
  std::int64_t rows_ = 1;
};

}  // namespace

void register_concat_cpu(KernelRegistry& kernels) {
  kernels.add({"concat", "cpu:concat",
               [](const Node& node) { return Candidate(std::make_unique<ConcatKernel>(node)); }});
}

}  // namespace agon
