#include "engine/runtime/variables.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {
constexpr std::size_t kAlignment = 64;
}

Buffer::Buffer(std::size_t bytes, MemorySource* source)
    : data_(nullptr, Free{source}), bytes_(bytes) {
  if (bytes == 0) return;
  if (source != nullptr) {
    data_.reset(source->allocate(bytes));
    return;
  }
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = rounded < bytes ? nullptr : std::aligned_alloc(kAlignment, rounded);
  if (memory == nullptr) {
    throw Error(ExitCode::Unavailable,
                fmt::format("out of memory: {} asked for", bytes_text(static_cast<double>(bytes))));
  }
  std::memset(memory, 0, rounded);
  data_.reset(memory);
}

void Buffer::Free::operator()(void* p) const {
  if (source != nullptr) {
    source->release(p);
  } else {
    std::free(p);
  }
}

namespace {
FileForm completed(FileForm form, const Type& type) {
  if (form == FileForm{}) form.shape = type.shape;
  if (form.view == Shape{}) form.view = form.shape;
  return form;
}

void check_form(const std::string& name, const FileForm& form, const Type& type) {
  const bool same_count = form.shape.elements() == type.shape.elements() &&
                          form.view.elements() == type.shape.elements();
  bool axes_fit = form.axes.empty() || static_cast<int>(form.axes.size()) == form.view.rank();
  std::vector<char> seen(static_cast<std::size_t>(form.view.rank()), 0);
  for (const std::int64_t axis : form.axes) {
    axes_fit = axes_fit && axis >= 0 && axis < form.view.rank() &&
               std::exchange(seen[static_cast<std::size_t>(axis)], 1) == 0;
  }
  if (!same_count || !axes_fit) {
    throw InternalError(
        fmt::format("variable '{}': {} does not fit its form in files: {} as {}, axes {}", name,
                    to_text(type), to_text(form.shape), to_text(form.view), list_text(form.axes)));
  }
}

/// Calls visit(kept, filed) for each element: its positions as kept and in the file.
template <class Visit>
void for_each_pair(const FileForm& form, Visit visit) {
  const auto strides = form.view.strides();
  std::vector<std::int64_t> sizes;
  for (const std::int64_t axis : form.axes) sizes.push_back(form.view[static_cast<int>(axis)]);
  std::int64_t kept = 0;
  for_each_index(Shape(sizes), [&](const auto& index) {
    std::int64_t filed = 0;
    for (std::size_t i = 0; i < form.axes.size(); ++i)
      filed += index[i] * strides[static_cast<std::size_t>(form.axes[i])];
    visit(kept++, filed);
  });
}

template <class Word>
void permute(const FileForm& form, bool to_file, const void* from, void* to) {
  const Word* source = static_cast<const Word*>(from);
  Word* target = static_cast<Word*>(to);
  for_each_pair(form, [&](std::int64_t kept, std::int64_t filed) {
    if (to_file) {
      target[filed] = source[kept];
    } else {
      target[kept] = source[filed];
    }
  });
}

void permute(const Variables::Variable& variable, bool to_file, const void* from, void* to) {
  if (variable.file.axes.empty()) {
    if (variable.type.bytes() > 0) std::memcpy(to, from, variable.type.bytes());
  } else if (bytes_of(variable.type.dtype) == sizeof(std::uint64_t)) {
    permute<std::uint64_t>(variable.file, to_file, from, to);
  } else {
    permute<std::uint32_t>(variable.file, to_file, from, to);
  }
}
}  // namespace

Variables::Variable& Variables::add(std::string name, const Type& type, FileForm file,
                                    Saved saved) {
  if (find(name) != nullptr) throw InternalError("variable '" + name + "' is added twice");
  FileForm form = completed(std::move(file), type);
  check_form(name, form, type);
  list_.push_back({std::move(name), type, std::move(form), Buffer(type.bytes(), memory_), saved});
  Variable& added = list_.back();
  by_name_[added.name] = &added;
  return added;
}

const Variables::Variable* Variables::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

Variables::Variable* Variables::find(std::string_view name) {
  return const_cast<Variable*>(std::as_const(*this).find(name));
}

void Variables::to_file_order(const Variable& variable, void* to) {
  permute(variable, true, variable.memory.data(), to);
}

void Variables::from_file_order(Variable& variable, const void* from) {
  permute(variable, false, from, variable.memory.data());
}

NdArray Variables::file_array(const Variable& variable) const {
  NdArray array(Type{variable.type.dtype, variable.file.shape});
  Buffer filed(variable.type.bytes());
  to_file_order(variable, filed.data());
  array.load(filed.data());
  return array;
}

void Variables::set_file_array(Variable& variable, const NdArray& array) {
  const Type expected{variable.type.dtype, variable.file.shape};
  if (array.type != expected) {
    throw InternalError(fmt::format("variable '{}': expected {}, got {}", variable.name,
                                    to_text(expected), to_text(array.type)));
  }
  Buffer filed(variable.type.bytes());
  array.store(filed.data());
  from_file_order(variable, filed.data());
}

std::size_t Variables::bytes() const {
  std::size_t sum = 0;
  for (const Variable& variable : list_) sum += variable.memory.bytes();
  return sum;
}

}  // namespace agon
