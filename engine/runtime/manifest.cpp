#include "engine/runtime/manifest.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/json_bounds.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/runtime/checkpoint.h"
#include "engine/runtime/safetensors.h"

namespace agon {

namespace {
using Json = nlohmann::json;

Json body_of(const Manifest& manifest) {
  Json tensors = Json::object();
  for (const auto& [name, t] : manifest.tensors)
    tensors[name] = {{"dtype", t.dtype}, {"shape", t.shape}, {"sha256", t.sha256}};
  Json files = Json::object();
  for (const auto& [name, f] : manifest.files)
    files[name] = {{"bytes", f.bytes}, {"sha256", f.sha256}};
  return {{"format", kCheckpointFormat},
          {"step", manifest.step},
          {"tensors", tensors},
          {"files", files},
          {"extra", manifest.extra}};
}

Manifest manifest_of(const Json& body) {
  Manifest manifest;
  // references to whole numbers refuse 1e20, of which get() would make some other
  manifest.step = body.at("step").get_ref<const std::int64_t&>();
  manifest.extra = body.at("extra");
  for (const auto& [name, t] : body.at("tensors").items()) {
    manifest.tensors[name] = {t.at("dtype").get<std::string>(), t.at("shape").get<std::string>(),
                              t.at("sha256").get<std::string>()};
  }
  for (const auto& [name, f] : body.at("files").items()) {
    manifest.files[name] = {f.at("bytes").get_ref<const std::uint64_t&>(),
                            f.at("sha256").get<std::string>()};
  }
  return manifest;
}
}  // namespace

std::string manifest_text(const Manifest& manifest) {
  Json body = body_of(manifest);
  const std::string hash = hex_text(sha256(body.dump()));
  body["manifest_sha256"] = hash;
  return body.dump(1) + "\n";
}

Manifest parse_manifest(std::string_view text, const std::string& file) {
  const auto refuse = [&](const std::string& what) -> Error {
    return {ExitCode::Data, fmt::format("{}: {}", file, what)};
  };
  if (const std::string beyond = beyond_json_bounds(text, SafetensorsFile::kMaxTensors);
      !beyond.empty())
    throw refuse("is no manifest: " + beyond);
  try {
    const Json body = Json::parse(text);
    const auto format = body.at("format").get_ref<const std::int64_t&>();
    if (format != kCheckpointFormat)
      throw refuse(fmt::format("expected format {}, got {}", kCheckpointFormat, format));
    Manifest manifest = manifest_of(body);
    // writing it again checks its own hash, and that nothing was added or spelt differently
    if (manifest_text(manifest) != text) throw refuse("was changed after it was written");
    return manifest;
  } catch (const Json::exception& e) {
    throw refuse(fmt::format("is no manifest: {}", printable(e.what())));
  }
}

}  // namespace agon
