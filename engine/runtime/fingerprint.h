#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/variables.h"

namespace agon {

/// 64 bits that a change of any byte changes: the beginning of GMAC (NIST SP 800-38D, through
/// OpenSSL) under a key of zeros. Several times as fast as SHA-256; it finds accidents, not malice.
class Fingerprint {
 public:
  Fingerprint();
  ~Fingerprint();
  Fingerprint(const Fingerprint&) = delete;
  Fingerprint& operator=(const Fingerprint&) = delete;

  Fingerprint& update(std::span<const std::byte> bytes);
  Fingerprint& update(std::string_view text);
  /// Of everything fed; the object can only be destroyed afterwards.
  std::uint64_t finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using NamedFingerprints = std::vector<std::pair<std::string, std::uint64_t>>;
/// Of each variable that checkpoints hold, as it lies in memory, in their order.
NamedFingerprints fingerprints(const Variables& variables);
/// One for all.
std::uint64_t combined(const NamedFingerprints& all);

/// 16 hexadecimal digits.
std::string fingerprint_text(std::uint64_t fingerprint);

}  // namespace agon
