#include "graphs/keys/name_form.h"

#include "graphs/keys/names.h"

namespace agon {

Form<Text> experiment_name() {
  Form<Text> form = text();
  form.type = "a name";
  form.read = [](const Yaml& value, const std::string& path,
                 KeyReader& reader) -> std::optional<Text> {
    if (!value.is_scalar()) {
      report_mistyped("a name", value, path, reader);
      return std::nullopt;
    }
    if (const auto wrong = experiment_name_problem(value.text)) {
      reader.diagnostics.error(value.origin(path), *wrong);
      return std::nullopt;
    }
    return Text{value.text, value.origin(path)};
  };
  return form;
}

}  // namespace agon
