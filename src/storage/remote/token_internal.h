#pragma once

// Bearer tokens: what Azure and Google give out for a secret, a key or a machine's identity.

#include <memory>
#include <string>

#include "storage/remote/lease_internal.h"
#include "storage/remote/sender_internal.h"

namespace oresmith::storage {

using Token = Leased<std::string>;

/// Asks a token server and reads its answer: JSON with access_token and expires_in.
/// Source: RFC 6749, section 5.1. Errors: kInvalidInput when it refuses, kUnavailable.
Result<Token> AskForToken(Sender& sender, HttpRequest request, std::string_view task);

/// As AskForToken, by POST of a form. `url` is the token server's. Errors: kInvalidInput for a bad
/// `url` too.
Result<Token> PostForToken(Sender& sender, const std::string& url, const TextPairs& form,
                           std::string_view task);

/// `Authorization: Bearer`. `secrets` must outlive it.
std::unique_ptr<Signer> MakeBearerSigner(std::unique_ptr<Lease<std::string>> token,
                                         Secrets& secrets);

/// All of a file; nothing when it cannot be read.
std::optional<std::string> ReadTextFile(const std::string& path);

}  // namespace oresmith::storage
