#include "engine/runtime/variables.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <numeric>

#include "engine/base/error.h"

namespace agon {
namespace {

NdArray counted(const Type& type) {
  NdArray array(type);
  std::iota(array.values.begin(), array.values.end(), 0.0);
  return array;
}

TEST(Buffer, IsAlignedAndZeroed) {
  const Buffer buffer(130);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
  for (std::size_t i = 0; i < buffer.bytes(); ++i)
    EXPECT_EQ(static_cast<const char*>(buffer.data())[i], 0);
  EXPECT_EQ(Buffer(0).data(), nullptr);
  EXPECT_THROW(Buffer(SIZE_MAX), Error);
#ifndef __SANITIZE_ADDRESS__  // which ends the process instead
  EXPECT_THROW(Buffer(std::size_t{1} << 60), Error);
#endif
}

TEST(Variables, KeepAddressesAndOrder) {
  Variables variables;
  std::vector<const void*> addresses;
  for (int i = 0; i < 100; ++i)
    addresses.push_back(variables.add("v" + std::to_string(i), {DType::F32, {4}}).memory.data());
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(variables.all()[i].name, "v" + std::to_string(i));
    EXPECT_EQ(variables.find("v" + std::to_string(i))->memory.data(), addresses[i]);
  }
  EXPECT_EQ(variables.bytes(), 1600u);
  EXPECT_EQ(variables.find("w"), nullptr);
  EXPECT_THROW(variables.add("v3", {DType::F32, {4}}), InternalError);
}

struct Form {
  const char* what;
  Type kept;
  FileForm file;
  std::vector<double> in_file;  // kept elements are 0, 1, 2, ...
};

TEST(Variables, FormsInFiles) {
  const Form forms[] = {
      {"as kept", {DType::F32, {2, 3}}, {}, {0, 1, 2, 3, 4, 5}},
      {"another shape",
       {DType::F32, {2, 3}},
       {.shape = {6}, .view = {}, .axes = {}},
       {0, 1, 2, 3, 4, 5}},
      {"a scalar", {DType::F64, {}}, {}, {0}},
      {"a matrix transposed",
       {DType::I32, {3, 2}},
       {.shape = {2, 3}, .view = {}, .axes = {1, 0}},
       {0, 2, 4, 1, 3, 5}},
      {"a convolution's weight",
       {DType::F32, {1, 2, 1, 3}},  // [o, kh, kw, i]
       {.shape = {1, 3, 2, 1}, .view = {}, .axes = {0, 2, 3, 1}},
       {0, 3, 1, 4, 2, 5}},
      {"a dense weight kept channels-last",
       {DType::F64, {2, 4}},  // [units, h w c]
       {.shape = {2, 4}, .view = {2, 2, 1, 2}, .axes = {0, 2, 3, 1}},
       {0, 2, 1, 3, 4, 6, 5, 7}},
  };
  for (const Form& form : forms) {
    Variables variables;
    Variables::Variable& w = variables.add("w", form.kept, form.file);
    counted(form.kept).store(w.memory.data());
    const NdArray filed = variables.file_array(w);
    EXPECT_EQ(filed.values, form.in_file) << form.what;
    if (form.file.shape.rank() > 0) {
      EXPECT_EQ(filed.type.shape, form.file.shape) << form.what;
    }
    std::memset(w.memory.data(), 0, w.memory.bytes());
    variables.set_file_array(w, filed);
    NdArray back(form.kept);
    back.load(w.memory.data());
    EXPECT_EQ(back.values, counted(form.kept).values) << form.what;
  }
}

TEST(Variables, FormsThatDoNotFitAreOurMistake) {
  const Type kept{DType::F32, {2, 3}};
  const FileForm wrong[] = {
      {.shape = {5}, .view = {}, .axes = {}},        {.shape = {6}, .view = {5}, .axes = {}},
      {.shape = {2, 3}, .view = {}, .axes = {0}},    {.shape = {2, 3}, .view = {}, .axes = {0, 0}},
      {.shape = {2, 3}, .view = {}, .axes = {0, 2}}, {.shape = {2, 3}, .view = {}, .axes = {-1, 0}},
  };
  for (const FileForm& form : wrong) {
    Variables variables;
    EXPECT_THROW(variables.add("w", kept, form), InternalError);
  }
  Variables variables;
  Variables::Variable& w = variables.add("w", kept);
  EXPECT_THROW(variables.set_file_array(w, NdArray({DType::F32, {3, 2}})), InternalError);
}

}  // namespace
}  // namespace agon
