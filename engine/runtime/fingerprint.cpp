#include "engine/runtime/fingerprint.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstring>

#include "engine/base/error.h"

namespace agon {

namespace {
struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};

EVP_MAC* gmac() {
  static const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "GMAC", nullptr));
  return mac.get();
}

void require(bool done) {
  if (!done) throw InternalError("OpenSSL computes no GMAC");
}
}  // namespace

struct Fingerprint::State {
  State() : context(EVP_MAC_CTX_new(gmac())) {}
  ~State() { EVP_MAC_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  EVP_MAC_CTX* context;
};

Fingerprint::Fingerprint() : state_(std::make_unique<State>()) {
  std::array<unsigned char, 16> key{};
  std::array<unsigned char, 12> nonce{};
  std::string cipher = "AES-128-GCM";
  const std::array<OSSL_PARAM, 3> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, nonce.data(), nonce.size()),
      OSSL_PARAM_construct_end()};
  require(state_->context != nullptr &&
          EVP_MAC_init(state_->context, key.data(), key.size(), parameters.data()) == 1);
}

Fingerprint::~Fingerprint() = default;

Fingerprint& Fingerprint::update(std::span<const std::byte> bytes) {
  require(EVP_MAC_update(state_->context, reinterpret_cast<const unsigned char*>(bytes.data()),
                         bytes.size()) == 1);
  return *this;
}

Fingerprint& Fingerprint::update(std::string_view text) {
  return update(std::as_bytes(std::span(text)));
}

std::uint64_t Fingerprint::finish() {
  std::array<unsigned char, 16> tag{};
  std::size_t size = 0;
  require(EVP_MAC_final(state_->context, tag.data(), &size, tag.size()) == 1);
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < sizeof first; ++i) first = first << 8 | tag[i];
  return first;
}

NamedFingerprints fingerprints(const Variables& variables) {
  NamedFingerprints all;
  for (const Variables::Variable& variable : variables.all()) {
    if (variable.saved == Variables::Saved::No) continue;
    const auto* bytes = static_cast<const std::byte*>(variable.memory.data());
    all.emplace_back(variable.name,
                     Fingerprint().update(std::span(bytes, variable.type.bytes())).finish());
  }
  return all;
}

std::uint64_t combined(const NamedFingerprints& all) {
  Fingerprint whole;
  for (const auto& [name, value] : all) {
    whole.update(name);
    whole.update(std::as_bytes(std::span(&value, 1)));
  }
  return whole.finish();
}

std::string fingerprint_text(std::uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

}  // namespace agon
