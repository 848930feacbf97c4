#pragma once
#include <dnnl.hpp>
#include <initializer_list>
#include <string>

#include "engine/ir/type.h"

namespace agon::onednn {

/// The one CPU engine and its in-order stream.
const dnnl::engine& engine();
dnnl::stream& stream();

/// Deterministic, scratch memory given by the caller.
dnnl::primitive_attr attributes();

dnnl::memory::data_type data_type(DType dtype);
/// A dense tensor whose oneDNN axes are `axes` of `shape` (its row-major order kept): oneDNN's
/// logical [N, C, H, W] of our [N, H, W, C] is axes {0, 3, 1, 2}.
dnnl::memory::desc dense(const Type& type, std::initializer_list<int> axes);

/// A layout as oneDNN writes it: the axes a, b, c, ... from the outermost in, capitals for those
/// that are split, then the sizes of the blocks: "ABcd16b16a". Axes of size 1 lie anywhere.
std::string layout_text(const dnnl::memory::desc& desc);

/// oneDNN's slow fall-back; never accepted.
bool is_reference(const std::string& implementation);
/// "only ref:any here" for it, "" for any other.
std::string refusal_of_slow(const std::string& implementation);

}  // namespace agon::onednn
