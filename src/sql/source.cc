// The text of a file: places in it, and the replacement of ${}.

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <vector>

#include "sql/lexer_internal.h"
#include "sql/parser.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

/// A longer line is not copied into errors: generated SQL can be one line of megabytes.
constexpr size_t kShownLineBytesMax = 4096;

int CountCodePoints(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

class Substitution {
 public:
  Substitution(std::string_view file, std::string_view text,
               const std::map<std::string, std::string>& values)
      : file_(file), text_(text), values_(values) {}

  Status Run() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      bool closed = true;
      const size_t comment = quote_ == '\0' ? CommentLength(rest, &closed) : 0;
      if (comment > 0) {
        Copy(comment);
      } else if (rest.starts_with("${")) {
        TRY_DO(Replace());
      } else {
        CopyTrackingQuotes();
      }
    }
    return {};
  }

  std::string& out() { return out_; }
  std::vector<Replacement>& replacements() { return replacements_; }

 private:
  void Copy(size_t length) {
    out_ += text_.substr(at_, length);
    at_ += length;
  }

  void CopyTrackingQuotes() {
    const char c = text_[at_];
    if (quote_ != '\0' && quote_ != '`' && !raw_ && c == '\\') {
      Copy(std::min<size_t>(2, text_.size() - at_));
      return;
    }
    if (quote_ == '\0' && (c == '\'' || c == '"' || c == '`')) {
      quote_ = c;
      raw_ = c != '`' && at_ > 0 && (text_[at_ - 1] == 'r' || text_[at_ - 1] == 'R') &&
             !(at_ > 1 && std::isalnum(static_cast<unsigned char>(text_[at_ - 2])) != 0);
    } else if (c == quote_) {
      quote_ = '\0';
    }
    Copy(1);
  }

  Status Replace() {
    const size_t line_end = std::min(text_.find('\n', at_), text_.size());
    const size_t close = text_.find('}', at_);
    if (close >= line_end) {
      return FailAt(at_ + 2, MakeError(ErrorKind::kInvalidInput,
                                       "parse: this ${{ is never closed by a }} in its line"));
    }
    const std::string key(Trim(text_.substr(at_ + 2, close - at_ - 2)));
    const auto value = values_.find(key);
    if (value == values_.end()) return FailUndefined(key, close + 1);
    const auto begin = static_cast<uint32_t>(out_.size());
    out_ += value->second;
    replacements_.push_back(
        {.value = {begin, static_cast<uint32_t>(out_.size())},
         .key = {static_cast<uint32_t>(at_), static_cast<uint32_t>(close + 1)}});
    at_ = close + 1;
    return {};
  }

  tl::unexpected<Error> FailUndefined(const std::string& key, size_t end) const {
    Error error = MakeError(ErrorKind::kInvalidInput, "parse: ${{{}}} is not defined", key);
    std::vector<std::string_view> keys;
    for (const auto& [name, value] : values_) keys.push_back(name);
    const std::string_view nearest = Nearest(key, keys);
    constexpr std::string_view kEnvironment = "env:";
    if (!nearest.empty()) {
      error.fix = fmt::format("did you mean ${{{}}}?", nearest);
    } else if (key.starts_with(kEnvironment)) {
      error.fix = fmt::format("set the environment variable {}", key.substr(kEnvironment.size()));
    } else {
      error.fix = fmt::format("add {0} to the configuration, or run with --set {0}=VALUE", key);
    }
    return FailAt(end, std::move(error));
  }

  tl::unexpected<Error> FailAt(size_t end, Error error) const {
    const SourceText source{std::string(file_), std::string(text_)};
    const Span span{static_cast<uint32_t>(at_), static_cast<uint32_t>(end)};
    return Fail(std::move(error).At(source.Place(span)));
  }

  std::string_view file_;
  std::string_view text_;
  const std::map<std::string, std::string>& values_;
  std::string out_;
  std::vector<Replacement> replacements_;
  size_t at_ = 0;
  char quote_ = '\0';
  bool raw_ = false;
};

/// What stands in quotes behind the name of an option whose value is a secret, as asterisks: a line
/// that is shown with an error ends up in logs. As long as it was, so that columns stay right.
std::string WithoutSecrets(std::string line) {
  constexpr std::array<std::string_view, 6> kNames{
      "password", "jaas", "secret", "connectionstring", "ssl.keystore.key", "ssl.key.pem"};
  std::string lower = line;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view name : kNames) {
    for (size_t at = 0; (at = lower.find(name, at)) != std::string::npos;) {
      const size_t sign = lower.find('=', at);
      if (sign == std::string::npos) break;
      const size_t begin = lower.find_first_of("'\"", sign);
      if (begin == std::string::npos) break;
      size_t end = begin + 1;
      while (end < line.size() && line[end] != line[begin]) end += line[end] == '\\' ? 2 : 1;
      end = std::min(end, line.size());
      std::fill(line.begin() + static_cast<std::ptrdiff_t>(begin) + 1,
                line.begin() + static_cast<std::ptrdiff_t>(end), '*');
      at = end;
    }
  }
  return line;
}

}  // namespace

SourceText::SourceText(std::string file, std::string text)
    : SourceText(std::move(file), std::move(text), {}, {}) {}

SourceText::SourceText(std::string file, std::string text, std::string written,
                       std::vector<Replacement> replacements)
    : file_(std::move(file)),
      text_(std::move(text)),
      written_(std::move(written)),
      replacements_(std::move(replacements)) {
  line_starts_.push_back(0);
  const std::string_view lines = this->written();
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
}

Span SourceText::AsWritten(Span span) const {
  Span written = span;
  for (const auto& [value, key] : replacements_) {
    if (value.begin <= span.begin) {
      written.begin = span.begin < value.end ? key.begin : key.end + (span.begin - value.end);
    }
    if (value.begin < span.end) {
      written.end = span.end <= value.end ? key.end : key.end + (span.end - value.end);
    }
  }
  return written;
}

SourcePlace SourceText::Place(Span in_text) const {
  const Span span = AsWritten(in_text);
  const std::string_view text = written();
  const auto size = static_cast<uint32_t>(text.size());
  const uint32_t begin = std::min(span.begin, size);
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), begin);
  const uint32_t line_begin = *(next - 1);
  const uint32_t line_end = next == line_starts_.end() ? size : *next - 1;
  const uint32_t end = std::clamp(span.end, begin, std::max(begin, line_end));

  SourcePlace place;
  place.file = file_;
  place.line = static_cast<int>(next - line_starts_.begin());
  place.column = 1 + CountCodePoints(text.substr(line_begin, begin - line_begin));
  place.length = std::max(1, CountCodePoints(text.substr(begin, end - begin)));
  std::string_view line = text.substr(line_begin, line_end - line_begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() <= kShownLineBytesMax) place.line_text = WithoutSecrets(std::string(line));
  return place;
}

Result<SourceText> SubstituteParameters(std::string file, std::string written,
                                        const std::map<std::string, std::string>& values) {
  Substitution substitution(file, written, values);
  TRY_DO(substitution.Run());
  return SourceText(std::move(file), std::move(substitution.out()), std::move(written),
                    std::move(substitution.replacements()));
}

}  // namespace oresmith::sql
