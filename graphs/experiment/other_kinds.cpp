#include "graphs/experiment/other_kinds.h"

#include "engine/base/error.h"
#include "graphs/document/suggestion.h"

namespace agon {

void refuse_other_kinds(const Yaml& document) {
  if (!document.is_mapping()) return;
  if (const auto sweep = document.index_of("sweep")) {
    throw ConfigError({{Severity::Error, document.key_origin(*sweep, "sweep"),
                        "this is a sweep, which trains many; run it with: agon sweep FILE"}});
  }
  if (document.find("name") != nullptr) return;
  std::vector<std::string> keys;
  for (const YamlKey& key : document.keys) keys.push_back(key.text);
  if (nearest_name("agon", keys)) return;
  throw ConfigError(
      {{Severity::Error, document.origin(),
        "this is a part, without 'agon:' and 'name:'; name it under 'extends:' of an experiment "
        "and run that"}});
}

}  // namespace agon
