#pragma once
#include <string>

#include "graphs/document/yaml.h"

namespace agon {

/// A document with every key of the language, but those that exclude others.
extern const char* const kEveryKey;

/// Every finding about the sections of a document, a line each.
std::string section_findings(const Yaml& document);
/// Of a text as file "f".
std::string section_findings(const std::string& text);

}  // namespace agon
