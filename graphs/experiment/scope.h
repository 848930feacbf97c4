#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engine/ir/type.h"
#include "graphs/experiment/experiment.h"

namespace agon {

/// Numbers known before any graph: params and data facts (`data.channels`, `data.size`,
/// `data.classes`, `data.count`, `data.colour.classes`; `data.<source>.channels` with several
/// sources). The experiment must outlive it.
std::shared_ptr<const NumberScope> number_scope(const Experiment& experiment);

/// What `data.<...>` names a tensor: the source and its part.
struct DataPart {
  std::size_t source = 0;
  enum class Kind { Image, Label, Point } kind = Kind::Image;
  std::size_t list = 0;   // Label: which of the source's
  bool constant = false;  // one picture for all: batch axis 1, no input of a graph
  /// Language order, without batch; labels are scalars an example, or rows of words.
  Shape shape;
  DType dtype = DType::F32;
};
/// Nothing for names that are no data tensors; throws GraphError when the source has no such part
/// ("rings gives points, not images: data.point") or the sources have names.
std::optional<DataPart> data_part(const Experiment& experiment, const std::string& dotted);
/// Examples of a source in a split: "train", "test" or "validate".
std::int64_t split_count(const DataFacts& facts, const std::string& split);
/// Examples of a split in the source that has fewest, of those that
/// are no single picture; nothing where there is no such source.
std::optional<std::int64_t> split_count(const Experiment& experiment, const std::string& split);
/// Every `data....` name of the experiment, tensors and facts, for suggestions.
std::vector<std::string> data_names(const Experiment& experiment);

}  // namespace agon
