#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/runtime/cuda/generated_kernel.h"

namespace agon {

/// A function of which thread i makes thing i of `count`: an element, or a few at a time. `code`
/// may use
///   Index   u32 where all offsets in the node's tensors fit 31 bits, else i64
///   i       the number of the thread's thing, an Index
///   T       the type of output 0
DeviceFunction each_of(const Node& node, std::int64_t count, std::string_view code);

/// Index and T alone, for functions whose threads work together.
std::string index_text(const Node& node);

/// "constexpr TYPE kRows = 7, kColumns = 5;", so that the code itself is the same for all sizes.
struct Constant {
  std::string_view name;
  std::int64_t value;
};
std::string constants(std::string_view type, std::initializer_list<Constant> rows);

/// Coordinates a0, a1, ... of i in row-major order of `sizes`, outermost first.
std::string coordinates(const std::vector<std::int64_t>& sizes);

/// The widest type that moves elements without looking at them: float4, float2 or float (double2,
/// int4, ...), so that all of `multiples` are whole numbers of it.
struct Unit {
  std::string type;
  std::int64_t elements = 1;
};
Unit widest_unit(DType dtype, const std::vector<std::int64_t>& multiples);
/// "const float4* x = reinterpret_cast<const float4*>(in0);"
std::string pointer_to_input(const Unit& unit, std::string_view name, std::size_t input);
std::string pointer_to_output(const Unit& unit, std::string_view name);

/// An output axis: its size, and how far one step along it goes in the input.
struct CopyAxis {
  std::int64_t size = 1, step = 0;
};
/// Those of more than one element; neighbours that are as one in the input are one.
std::vector<CopyAxis> merged(const std::vector<CopyAxis>& axes);
/// Output element (a0, a1, ...) = input element from + a0 step0 + a1 step1 + ...; axes outermost
/// first.
DeviceFunction strided_copy(const Node& node, std::vector<CopyAxis> axes, std::int64_t from = 0);

/// Registers "cuda:OP", which runs what `make` writes for a node.
void add_function(KernelRegistry& kernels, CudaContext& context, const char* op,
                  DeviceFunction (*make)(const Node& node));

}  // namespace agon
