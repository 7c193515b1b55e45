#include <algorithm>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/secrets_internal.h"

namespace oresmith::storage {
namespace {

constexpr size_t kSecretBytesMin = 6;
constexpr std::string_view kBlot = "***";

void ReplaceAll(std::string& text, std::string_view what) {
  for (size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + kBlot.size())) {
    text.replace(at, what.size(), kBlot);
  }
}

/// Blots out what stands behind `mark`, up to the end of the word.
void BlotBehind(std::string& text, std::string_view mark) {
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const size_t begin = at + mark.size();
    size_t end = text.find_first_of(" &,;\"'<>\n", begin);
    if (end == std::string::npos) end = text.size();
    text.replace(begin, end - begin, kBlot);
  }
}

}  // namespace

void Secrets::Add(std::string_view secret) {
  if (secret.size() < kSecretBytesMin) return;
  const std::lock_guard lock(mutex_);
  for (std::string form : {std::string(secret), PercentEncode(secret, "")}) {
    // Tokens that are renewed stay too: about one an hour, and a late answer may still show one.
    if (std::ranges::find(secrets_, form) == secrets_.end()) secrets_.push_back(std::move(form));
  }
}

std::string Secrets::Redact(std::string_view text) const {
  std::string out(text);
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& secret : secrets_) ReplaceAll(out, secret);
  }
  for (const std::string_view mark : {"sig=", "Signature=", "Bearer ", "SharedKey "}) {
    BlotBehind(out, mark);
  }
  return out;
}

Error Secrets::Redact(Error error) const {
  error.message = Redact(error.message);
  error.note = Redact(error.note);
  error.fix = Redact(error.fix);
  return error;
}

}  // namespace oresmith::storage
