#include "engine/regex_functions_internal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <span>
#include <utility>

#include "base/ids.h"
#include "engine/datum_internal.h"
#include "engine/vector_internal.h"
#include "sql/java_regex.h"

namespace oresmith::engine {

/// A compiled pattern. Many threads may search with it.
class Regex {
 public:
  static Result<std::shared_ptr<const Regex>> Make(std::string_view pattern) {
    TRY(const sql::JavaRegex java, sql::TranslateJavaRegex(pattern));
    int code = 0;
    PCRE2_SIZE place = 0;
    auto regex = std::make_shared<Regex>();
    regex->code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(java.text.data()),
                                     java.text.size(), PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code,
                                     &place, nullptr));
    if (!regex->code_) {
      return Fail(ErrorKind::kUnsupported, "the pattern '{}' is not supported: {}", pattern,
                  MessageOf(code));
    }
    // Where there is no compiler to machine code, patterns are interpreted.
    static_cast<void>(pcre2_jit_compile(regex->code_.get(), PCRE2_JIT_COMPLETE));
    regex->pattern_ = pattern;
    regex->groups_ = java.groups;
    return std::shared_ptr<const Regex>(std::move(regex));
  }
  static std::string MessageOf(int code) {
    unsigned char text[256] = {};
    pcre2_get_error_message(code, text, sizeof(text));
    return reinterpret_cast<const char*>(text);
  }
  const pcre2_code* code() const { return code_.get(); }
  const std::string& pattern() const { return pattern_; }
  int groups() const { return groups_; }
  /// 0: no such group.
  int GroupOf(const std::string& name) const {
    const int number =
        pcre2_substring_number_from_name(code_.get(), reinterpret_cast<PCRE2_SPTR>(name.c_str()));
    return number < 0 ? 0 : number;
  }

 private:
  struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  };
  std::unique_ptr<pcre2_code, FreeCode> code_;
  std::string pattern_;
  int groups_ = 0;
};

namespace {

using types::Type;
using types::TypeId;
using Arguments = std::vector<Argument>;

// Steps of one search: a pattern that tries more is an error, and not a hang.
constexpr uint32_t kStepsMax = 2'000'000;
// What is used of the second is made when it is needed.
constexpr size_t kStackBytes = size_t{32} << 10;
constexpr size_t kStackBytesMax = size_t{8} << 20;

/// Searches one text after another. One thread's.
class Searcher {
 public:
  /// `regex` must outlive the searcher.
  explicit Searcher(const Regex& regex)
      : regex_(regex),
        data_(pcre2_match_data_create_from_pattern(regex.code(), nullptr)),
        context_(pcre2_match_context_create(nullptr)),
        stack_(pcre2_jit_stack_create(kStackBytes, kStackBytesMax, nullptr)) {
    pcre2_set_match_limit(context_.get(), kStepsMax);
    pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
  }

  void Begin(std::string_view text) {
    text_ = text;
    next_ = 0;
    checked_ = false;
    error_.clear();
  }
  /// As Java's Matcher.find(): the next match; after an empty one the search goes on behind it.
  bool Find() {
    if (next_ > text_.size()) return false;
    // The text was looked through for what is no UTF-8 at its first search.
    const int count =
        pcre2_match(regex_.code(), reinterpret_cast<PCRE2_SPTR>(text_.data()), text_.size(), next_,
                    checked_ ? PCRE2_NO_UTF_CHECK : 0, data_.get(), context_.get());
    checked_ = true;
    if (count == PCRE2_ERROR_NOMATCH) return false;
    if (count < 0) {
      error_ = fmt::format("the pattern '{}' on a text of {} bytes: {}", regex_.pattern(),
                           text_.size(), Regex::MessageOf(count));
      return false;
    }
    places_ = {pcre2_get_ovector_pointer(data_.get()), size_t{2} * static_cast<size_t>(count)};
    next_ = End();
    if (End() == Start()) {
      ++next_;
      while (next_ < text_.size() && (static_cast<unsigned char>(text_[next_]) & 0xC0) == 0x80) {
        ++next_;
      }
    }
    return true;
  }
  size_t Start() const { return places_[0]; }
  size_t End() const { return places_[1]; }
  /// Empty when the group took no part.
  std::string_view Group(int64_t group) const {
    const auto place = static_cast<size_t>(group) * 2;
    if (place + 1 >= places_.size() || places_[place] == PCRE2_UNSET) return {};
    return text_.substr(places_[place], places_[place + 1] - places_[place]);
  }
  const std::string& error() const { return error_; }
  const Regex& regex() const { return regex_; }

 private:
  struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  };
  struct FreeContext {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  };
  struct FreeStack {
    void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
  };
  const Regex& regex_;
  std::unique_ptr<pcre2_match_data, FreeData> data_;
  std::unique_ptr<pcre2_match_context, FreeContext> context_;
  std::unique_ptr<pcre2_jit_stack, FreeStack> stack_;
  std::string_view text_;
  size_t next_ = 0;
  bool checked_ = false;
  std::span<const PCRE2_SIZE> places_;
  std::string error_;
};

// ---- the functions; each answers an error's text, or nothing ----------------------------------

std::string Matches(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  search.Begin(args[0].Text(row));
  out = Datum(search.Find());
  return search.error();
}

// The group that is asked for, by the argument after the text; 1 when there is none.
int64_t GroupAsked(const Arguments& args, idx_t row) {
  return args.size() > 1 ? args[1].Get<int32_t>(row) : 1;
}

std::string Extract(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  search.Begin(args[0].Text(row));
  const bool found = search.Find();
  out = Datum(found ? std::string(search.Group(GroupAsked(args, row))) : std::string());
  return search.error();
}

std::string ExtractAll(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  Datum::Items items;
  search.Begin(args[0].Text(row));
  while (search.Find()) items.emplace_back(std::string(search.Group(GroupAsked(args, row))));
  out = Datum(std::move(items));
  return search.error();
}

std::string Count(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  int64_t count = 0;
  search.Begin(args[0].Text(row));
  while (search.Find()) ++count;
  out = Datum(count);
  return search.error();
}

// Java counts a character beyond the first 65,536 twice.
std::string Position(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  const std::string_view text = args[0].Text(row);
  search.Begin(text);
  int64_t position = 0;
  if (search.Find()) {
    position = 1;
    for (const char c : text.substr(0, search.Start())) {
      const auto byte = static_cast<unsigned char>(c);
      position += byte >= 0xF0 ? 2 : (byte & 0xC0) != 0x80 ? 1 : 0;
    }
  }
  out = Datum(position);
  return search.error();
}

std::string Substring(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  search.Begin(args[0].Text(row));
  if (search.Find() && search.End() > search.Start()) out = Datum(std::string(search.Group(0)));
  return search.error();
}

// $1, ${name} and \x of a replacement. Source: java.util.regex.Matcher.appendReplacement.
std::string AppendReplacement(const Searcher& search, std::string_view replacement,
                              std::string& result) {
  const auto digit = [&](size_t place) {
    const bool is =
        place < replacement.size() && replacement[place] >= '0' && replacement[place] <= '9';
    return is ? replacement[place] - '0' : -1;
  };
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\') {
      if (++i == replacement.size()) return "the replacement ends with '\\'";
      result += replacement[i];
    } else if (c != '$') {
      result += c;
    } else if (i + 1 < replacement.size() && replacement[i + 1] == '{') {
      const size_t end = replacement.find('}', i);
      const std::string name(
          end == std::string_view::npos ? "" : replacement.substr(i + 2, end - i - 2));
      const int group = search.regex().GroupOf(name);
      if (group == 0) return fmt::format("the replacement names no group: {}", replacement);
      result += search.Group(group);
      i = end;
    } else {
      int group = digit(i + 1);
      if (group < 0 || group > search.regex().groups()) {
        return fmt::format("the replacement names no group: {}", replacement);
      }
      ++i;
      // As many digits as there are groups.
      while (digit(i + 1) >= 0 && group * 10 + digit(i + 1) <= search.regex().groups()) {
        group = group * 10 + digit(++i);
      }
      result += search.Group(group);
    }
  }
  return {};
}

std::string ReplaceAll(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  const std::string_view text = args[0].Text(row);
  std::string result;
  size_t done = 0;
  search.Begin(text);
  while (search.Find()) {
    result += text.substr(done, search.Start() - done);
    std::string error = AppendReplacement(search, args[1].Text(row), result);
    if (!error.empty()) return error;
    done = search.End();
  }
  result += text.substr(done);
  out = Datum(std::move(result));
  return search.error();
}

// Source: java.util.regex.Pattern.split; Spark takes 0 for no limit.
std::string Split(Searcher& search, const Arguments& args, idx_t row, Datum& out) {
  const std::string_view text = args[0].Text(row);
  const int64_t limit = args.size() > 1 ? args[1].Get<int32_t>(row) : -1;
  Datum::Items parts;
  size_t done = 0;
  search.Begin(text);
  while ((limit <= 0 || static_cast<int64_t>(parts.size()) < limit - 1) && search.Find()) {
    // Nothing at the beginning parts nothing.
    if (search.End() == 0) continue;
    parts.emplace_back(std::string(text.substr(done, search.Start() - done)));
    done = search.End();
  }
  parts.emplace_back(std::string(text.substr(done)));
  out = Datum(std::move(parts));
  return search.error();
}

using Compute = std::string (*)(Searcher&, const Arguments&, idx_t, Datum&);

template <Compute compute>
void Body(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  const FunctionExtra& extra = ExtraOf(info);
  Searcher search(*extra.regex);
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    Datum out;
    std::string error = compute(search, args, row, out);
    if (error.empty()) WriteDatum(vector, row, extra.result, out);
    return error;
  });
}

duckdb_scalar_function_t BodyOf(std::string_view name) {
  if (name == "rlike:java") return Body<Matches>;
  if (name == "regexp_extract:java") return Body<Extract>;
  if (name == "regexp_extract_all:java") return Body<ExtractAll>;
  if (name == "regexp_replace:java") return Body<ReplaceAll>;
  if (name == "regexp_count:java") return Body<Count>;
  if (name == "regexp_instr") return Body<Position>;
  if (name == "regexp_substr:java") return Body<Substring>;
  if (name == "split:java") return Body<Split>;
  return nullptr;
}

}  // namespace

Result<std::optional<FunctionSpec>> RegexFunction(std::string_view name, std::string_view pattern,
                                                  const std::vector<Type>& types,
                                                  const Type& result) {
  FunctionSpec spec;
  spec.body = BodyOf(name);
  if (spec.body == nullptr) return std::nullopt;
  auto regex = Regex::Make(pattern);
  if (!regex) return Fail(std::move(regex).error().Within(name.substr(0, name.find(':'))));
  spec.extra.regex = *std::move(regex);
  spec.extra.result = result;
  std::string key(pattern);
  for (size_t i = 0; i < types.size(); ++i) {
    if (i == 1) continue;
    spec.extra.parameters.push_back(types[i]);
    key += "|" + types[i].ToJson();
  }
  spec.name = fmt::format("spark_{}_{:016x}", name.substr(0, name.find(':')), StableHash(key));
  return spec;
}

}  // namespace oresmith::engine
