#include "graphs/experiment/json_schema.h"

#include <fmt/format.h>

#include <set>

#include "engine/base/text.h"
#include "graphs/experiment/bound_layer.h"
#include "graphs/keys/form_schema.h"
#include "graphs/keys/sections.h"
#include "graphs/words/function.h"
#include "graphs/words/layer.h"

namespace agon {

namespace {

using Json = nlohmann::ordered_json;

/// What a whole file must have, and what is enough for one that others complete.
enum class Demand { Whole, Part };

constexpr const char* kDraft = "https://json-schema.org/draft/2020-12/schema";

Json parsed(const std::string& schema) {
  return Json::parse(schema);
}

Json or_null(Json schema) {
  return {{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}};
}

Json reference(const std::string& definition) {
  return parsed(schema::reference(definition));
}

std::string name_of(const KeyTable& table) {
  return table.section().empty() ? "experiment" : table.section();
}

class SchemaMaker {
 public:
  Json make() {
    collect(experiment_keys());
    Json definitions;
    definitions["expression"] = expression();
    definitions["layer"] = layer();
    for (const auto* list : {&plain_layers_, &function_layers_}) {
      for (const LayerDef* def : *list) define_attributes(*def, definitions);
    }
    definitions["layer.repeat"] = section(repeat_keys(), Demand::Whole);
    definitions["layers"] = parsed(schema::list(schema::reference("layer"), 1, 100'000));
    definitions["part.layers"] = changed_layers();
    for (const Demand demand : {Demand::Whole, Demand::Part}) {
      for (const KeyTable* table : tables_) {
        const std::string prefix = demand == Demand::Part ? "part." : "";
        definitions[prefix + name_of(*table)] = section(*table, demand);
      }
    }
    return {
        {"$schema", kDraft},
        {"title", "agon experiment"},
        {"description", "An experiment of agon, or a part of one (a file without agon:)"},
        {"type", "object"},
        {"if",
         {{"required", Json::array({"agon"})}, {"not", {{"required", Json::array({"extends"})}}}}},
        {"then", reference("experiment")},
        {"else", reference("part.experiment")},
        {"$defs", definitions}};
  }

  Json make_whole(const KeyTable& root, const std::string& title) {
    collect(root);
    Json definitions;
    for (const KeyTable* table : tables_)
      definitions[name_of(*table)] = section(*table, Demand::Whole);
    return {{"$schema", kDraft},
            {"title", title},
            {"description", root.doc()},
            {"$ref", reference(name_of(root))["$ref"]},
            {"$defs", definitions}};
  }

 private:
  void collect(const KeyTable& table) {
    tables_.push_back(&table);
    names_.insert(name_of(table));
    for (const KeyFacts& facts : table.facts()) {
      if (facts.keys != nullptr && !names_.contains(name_of(*facts.keys))) collect(*facts.keys);
    }
  }

  Json section(const KeyTable& table, Demand demand) const {
    Json properties = Json::object(), required = Json::array();
    for (const KeyFacts& facts : table.facts()) {
      properties[facts.name] = value(facts, demand);
      if (facts.required && demand == Demand::Whole) required.push_back(facts.name);
    }
    Json object = {{"type", "object"}, {"description", table.doc()}, {"properties", properties}};
    if (!required.empty()) object["required"] = required;
    object["additionalProperties"] = false;
    if (table.argument().empty()) return object;
    return {{"anyOf", Json::array({object, value(*table.find(table.argument()), demand)})}};
  }

  Json value(const KeyFacts& facts, Demand demand) const {
    Json schema = parsed(facts.schema);
    if (demand == Demand::Part) schema = or_null(for_part(std::move(schema)));
    schema["description"] = facts.doc;
    return schema;
  }

  /// The same with sections that need not be whole and named values that may be removed.
  Json for_part(Json schema) const {
    if (schema.is_object() && schema.contains("$ref")) {
      const std::string prefix = "#/$defs/";
      const std::string name = schema["$ref"].get<std::string>().substr(prefix.size());
      if (name == "layers" || names_.contains(name)) schema["$ref"] = prefix + "part." + name;
      return schema;
    }
    if (!schema.is_structured()) return schema;
    for (auto& [key, inner] : schema.items()) {
      inner = for_part(std::move(inner));
      if (key == "additionalProperties" && inner.is_object()) inner = or_null(std::move(inner));
    }
    return schema;
  }

  static Json expression() {
    std::vector<std::string> words;
    for (const FunctionDef& def : functions()) words.push_back(def.name);
    return {{"type", Json::array({"string", "number", "boolean"})},
            {"description",
             "An expression: numbers, names, operators, network(x).layer, and the functions " +
                 joined(words)}};
  }

  Json layer() {
    for (const LayerDef& def : agon::layers()) plain_layers_.push_back(&def);
    for (const FunctionDef& def : functions()) {
      if (def.is_layer) function_layers_.push_back(find_layer(def.name));
    }
    Json words = Json::array();
    Json properties = {{"as", {{"type", "string"}, {"description", "a name, to be read later"}}},
                       {"from", {{"type", "string"}, {"description", "the value it takes"}}},
                       {"when", reference("expression")}};
    for (const auto* list : {&plain_layers_, &function_layers_}) {
      for (const LayerDef* def : *list) {
        words.push_back(def->word);
        properties[def->word] = reference("layer." + def->word);
      }
    }
    properties["residual"] = reference("layers");
    properties["repeat"] = reference("layer.repeat");
    properties["compute"] = reference("expression");
    Json item = {{"type", "object"}, {"properties", properties}, {"minProperties", 1}};
    return {{"description", "A layer, or a block of the file"},
            {"anyOf", Json::array({{{"enum", words}}, {{"type", "string"}}, item})}};
  }

  void define_attributes(const LayerDef& def, Json& definitions) const {
    Json& defined = definitions["layer." + def.word];
    if (def.keys == nullptr) {
      defined = {{"type", "null"}};
    } else {
      bool needed = false;
      for (const KeyFacts& facts : def.keys->facts()) needed = needed || facts.required;
      defined = section(*def.keys, Demand::Whole);
      if (!needed) defined = or_null(std::move(defined));
    }
    defined["description"] = def.doc;
  }

  static Json changed_layers() {
    const Json some = {{"anyOf", Json::array({reference("layers"), reference("layer")})}};
    Json changes = {
        {"type", "object"},
        {"description",
         "changes of a list that this file extends: after NAME, before NAME, "
         "replace NAME, remove"},
        {"properties",
         {{"remove",
           {{"anyOf", Json::array({{{"type", "string"}},
                                   {{"type", "array"}, {"items", {{"type", "string"}}}}})}}}}},
        {"patternProperties", {{"^(after|before|replace) +[A-Za-z_]", some}}},
        {"additionalProperties", false}};
    return {{"anyOf", Json::array({reference("layers"), changes})}};
  }

  std::vector<const KeyTable*> tables_;
  std::set<std::string> names_;
  std::vector<const LayerDef*> plain_layers_, function_layers_;
};

}  // namespace

nlohmann::ordered_json experiment_json_schema() {
  return SchemaMaker().make();
}

nlohmann::ordered_json file_json_schema(const KeyTable& keys, const std::string& title) {
  return SchemaMaker().make_whole(keys, title);
}

}  // namespace agon
