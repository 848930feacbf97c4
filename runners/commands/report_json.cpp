#include "runners/commands/report_json.h"

namespace agon {

using Json = nlohmann::ordered_json;

namespace {
const char* severity_text(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      return "note";
  }
  throw InternalError("unknown severity");
}
}  // namespace

Json diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
  Json list = Json::array();
  for (const Diagnostic& d : diagnostics) {
    list.push_back({{"severity", severity_text(d.severity)},
                    {"file", d.origin.file},
                    {"line", d.origin.line},
                    {"column", d.origin.column},
                    {"path", d.origin.path},
                    {"message", d.message}});
  }
  return list;
}

Json source_json(const DataSpec& spec, const DataFacts& facts) {
  Json source;
  if (!spec.name.empty()) source["name"] = spec.name;
  source["source"] = spec.source;
  if (!facts.points) {
    source["channels"] = facts.channels;
    source["height"] = facts.height;
    source["width"] = facts.width;
  }
  source["labels"] = Json::array();
  for (const LabelFacts& list : facts.labels) {
    source["labels"].push_back(
        {{"name", list.name}, {"classes", list.classes}, {"length", list.length}});
  }
  source["train"] = facts.count;
  source["test"] = facts.test_count;
  source["validate"] = facts.validate_count;
  return source;
}

}  // namespace agon
