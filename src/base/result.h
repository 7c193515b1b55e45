#pragma once

// What every layer says when something did not work: an Error, carried by Result<T> and Status.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

// Must stand before the include: tl::expected 1.0.0 is not [[nodiscard]] by itself.
namespace tl {
template <class T, class E>
class [[nodiscard]] expected;
}  // namespace tl
#include <fmt/format.h>

#include <tl/expected.hpp>

namespace oresmith {

/// What the caller can do about a failure. A new kind needs a caller that acts on it differently.
enum class ErrorKind {
  kInvalidInput,   // the user's SQL, config or argument: fix it and run again
  kBadRecord,      // one record is unreadable or fails an expectation: quarantine it, go on
  kNotFound,       // create it, or say where it was looked for
  kAlreadyExists,  // a conditional write lost
  kConflict,       // another writer was first: read again, then retry
  kUnavailable,    // broker, store or network: retry with backoff
  kCorrupt,        // stored data breaks its own format: stop, never repair silently
  kUnsupported,    // valid, but not by this version: a table feature, a SQL clause
  kCancelled,      // we were asked to stop: unwind quietly
};

/// A place in a text that the user wrote. Lines and columns count from 1, columns in code points.
struct SourcePlace {
  std::string file;
  int line = 0;
  int column = 0;
  int length = 1;         ///< code points to underline, at least 1
  std::string line_text;  ///< the whole line, for showing it; without the line end
};

/// A failure. `message` is "task: object: what is wrong", runtime values last, without a final dot.
struct Error {
  ErrorKind kind = ErrorKind::kInvalidInput;
  std::string message;
  std::optional<SourcePlace> place;
  std::string note;  ///< a second fact that explains the first; empty when there is none
  std::string fix;   ///< what the user can do; empty when there is nothing

  /// The same failure, seen from further out: "context: message".
  Error Within(std::string_view context) && {
    message = fmt::format("{}: {}", context, message);
    return std::move(*this);
  }
  Error WithFix(std::string text) && {
    fix = std::move(text);
    return std::move(*this);
  }
  Error WithNote(std::string text) && {
    note = std::move(text);
    return std::move(*this);
  }
  Error At(SourcePlace where) && {
    place = std::move(where);
    return std::move(*this);
  }
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

template <class... Args>
Error MakeError(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return Error{.kind = kind,
               .message = fmt::format(format, std::forward<Args>(args)...),
               .place = std::nullopt,
               .note = {},
               .fix = {}};
}

/// return Fail(ErrorKind::kNotFound, "open {}: no such table", root);
template <class... Args>
tl::unexpected<Error> Fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(MakeError(kind, format, std::forward<Args>(args)...));
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// Ends the process: a state that neither data nor users can reach was reached.
[[noreturn]] void AssertionFailed(const char* file, int line, const char* condition);

}  // namespace oresmith

#define ORESMITH_JOIN_INNER(a, b) a##b
#define ORESMITH_JOIN(a, b) ORESMITH_JOIN_INNER(a, b)

/// TRY(auto rows, Read(path)): declares `rows`, or returns Read's error from this function.
#define TRY(declaration, ...) \
  TRY_IMPL(ORESMITH_JOIN(oresmith_result_, __LINE__), declaration, __VA_ARGS__)
#define TRY_IMPL(result, declaration, ...)                         \
  auto result = (__VA_ARGS__);                                     \
  if (!result) return ::oresmith::Fail(std::move(result).error()); \
  declaration = std::move(*result)

/// TRY_DO(Close()): returns Close's error from this function, if there is one.
#define TRY_DO(...)                                                                    \
  do {                                                                                 \
    auto oresmith_status = (__VA_ARGS__);                                              \
    if (!oresmith_status) return ::oresmith::Fail(std::move(oresmith_status).error()); \
  } while (false)

/// Holds in release too. For states that only a bug of ours can reach.
#define ORESMITH_ASSERT(condition)                                                 \
  do {                                                                             \
    if (!(condition)) ::oresmith::AssertionFailed(__FILE__, __LINE__, #condition); \
  } while (false)
