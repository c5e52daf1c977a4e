// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <iterator>
#include <new>

namespace nobounce {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using OwnedContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;

/// libcrypto's SHA-256 fails only for want of memory, so that is how it is told: a digest that
/// quietly stands for other bytes must not exist.
void require(int succeeded) {
  if (succeeded != 1) throw std::bad_alloc();
}

OwnedContext new_context() {
  OwnedContext context(EVP_MD_CTX_new());
  require(context ? 1 : 0);
  return context;
}

}  // namespace

struct Sha256::Context {
  OwnedContext digest = new_context();
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  require(EVP_DigestInit_ex(context_->digest.get(), EVP_sha256(), nullptr));
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(context_->digest.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex_digest() const {
  // Finishing ends a context for good; the copy is what ends.
  const OwnedContext copy = new_context();
  require(EVP_MD_CTX_copy_ex(copy.get(), context_->digest.get()));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  require(EVP_DigestFinal_ex(copy.get(), digest.data(), &length));

  std::string text;
  for (unsigned i = 0; i < length; ++i)
    fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

}  // namespace nobounce
