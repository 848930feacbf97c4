#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "runners/data/data_set.h"

namespace agon {

/// `facts` of a source after `hold_out` and `validate` took their shares from its training
/// examples. Throws ConfigError where a share leaves nothing, or `hold_out` meets a test set.
DataFacts with_shares(const DataSpec& spec, DataFacts facts);

/// Which of `count` training examples a split holds, ascending. The choice is the same in every
/// run: it depends on `count` and the two shares alone.
std::vector<std::int64_t> share_of(const DataSpec& spec, std::int64_t count, Split split);

/// Some examples of a set, or all of it, under the facts of the whole.
class Subset : public DataSet {
 public:
  Subset(std::unique_ptr<DataSet> all, const DataFacts& facts,
         std::optional<std::vector<std::int64_t>> chosen = {});

  void image(std::int64_t index, std::span<std::uint8_t> hwc) const override;
  void point(std::int64_t index, std::span<float> xy) const override;
  void labels(std::int64_t index, std::span<std::int32_t> into) const override;
  std::vector<DataFile> files() const override { return all_->files(); }
  void check() const override { all_->check(); }
  std::vector<std::string> notes() const override { return all_->notes(); }

 private:
  std::int64_t at(std::int64_t index) const;

  std::unique_ptr<DataSet> all_;
  std::optional<std::vector<std::int64_t>> chosen_;
};

}  // namespace agon
