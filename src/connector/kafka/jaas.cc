#include <algorithm>
#include <cctype>

#include "connector/kafka/jaas_internal.h"

namespace oresmith::connector {
namespace {

bool IsBlank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

/// Words and `key=value` pairs up to the semicolon; a value may stand in quotes of either kind.
class JaasText {
 public:
  explicit JaasText(std::string_view text) : text_(text) {}

  bool AtEnd() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    return at_ >= text_.size() || text_[at_] == ';';
  }

  /// Up to a blank, `=` or `;`.
  std::string Word() {
    std::string word;
    while (at_ < text_.size() && !IsBlank(text_[at_]) && text_[at_] != '=' && text_[at_] != ';') {
      word += text_[at_++];
    }
    return word;
  }

  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<std::string> Value() {
    if (AtEnd()) return Fail(ErrorKind::kInvalidInput, "sasl.jaas.config: a value is missing");
    const char quote = text_[at_];
    if (quote != '"' && quote != '\'') {
      // Unquoted values may hold `=`: keys of Event Hubs end in it.
      std::string value;
      while (at_ < text_.size() && !IsBlank(text_[at_]) && text_[at_] != ';') value += text_[at_++];
      return value;
    }
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (at_ >= text_.size()) {
      return Fail(ErrorKind::kInvalidInput, "sasl.jaas.config: a quote is not closed");
    }
    ++at_;
    return value;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<JaasLogin> ParseJaas(std::string_view text) {
  JaasText in(text);
  if (in.AtEnd()) return Fail(ErrorKind::kInvalidInput, "sasl.jaas.config: it is empty");
  JaasLogin login;
  const std::string name = in.Word();
  login.module = name.substr(name.rfind('.') + 1);  // npos + 1 is 0
  if (in.AtEnd() || !in.Word().starts_with("re")) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "sasl.jaas.config: the word `required` is missing behind {}",
                          login.module)
                    .WithFix("write org.apache.kafka.common.security.plain.PlainLoginModule "
                             "required username=\"...\" password=\"...\";"));
  }
  while (!in.AtEnd()) {
    const std::string key = in.Word();
    if (key.empty() || !in.Take('=')) {
      return Fail(ErrorKind::kInvalidInput,
                  "sasl.jaas.config: behind {} only key=\"value\" pairs can stand", login.module);
    }
    TRY(login.values[key], in.Value());
  }
  return login;
}

}  // namespace oresmith::connector
