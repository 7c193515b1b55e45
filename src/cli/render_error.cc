#include "cli/render_error.h"

#include <algorithm>

#include "cli/text_width.h"

namespace oresmith::cli {
namespace {

// A source line may be a megabyte of JSON: so many code points are shown around the caret.
constexpr int kLinePointsMax = 160;
constexpr int kPointsBeforeCaret = 60;

constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kYellow = "\033[1;33m";
constexpr std::string_view kGreen = "\033[1;32m";
constexpr std::string_view kReset = "\033[0m";

std::string Painted(std::string_view text, std::string_view ansi, bool color) {
  if (!color) return std::string(text);
  return fmt::format("{}{}{}", ansi, text, kReset);
}

/// The source line as shown, and what stands under it.
struct Excerpt {
  std::string line;
  std::string caret;
};

Excerpt MakeExcerpt(const SourcePlace& place) {
  const int first = std::max(1, place.column - kPointsBeforeCaret);
  const int last = first + kLinePointsMax;  // exclusive
  const int end = place.column + std::max(1, place.length);
  Excerpt excerpt;
  if (first > 1) {
    excerpt.line = "…";
    excerpt.caret = " ";
  }
  int at = 1;  // column of the code point in hand
  size_t byte = 0;
  for (; byte < place.line_text.size() && at < last; ++at) {
    const CodePoint point = DecodeAt(place.line_text, byte);
    const std::string_view raw = std::string_view(place.line_text).substr(byte, point.bytes);
    byte += point.bytes;
    if (at < first) continue;
    const std::string shown = Printable(raw, false);
    excerpt.line += shown;
    const auto width = static_cast<size_t>(DisplayWidth(shown));
    if (at < place.column) {
      // A tab moves the caret as far as it moved the line.
      excerpt.caret += raw == "\t" ? std::string("\t") : std::string(width, ' ');
    } else if (at < end) {
      excerpt.caret += std::string(width, '~');
    }
  }
  if (byte < place.line_text.size()) excerpt.line += "…";
  // The place may be just after the line's last character: something is missing there.
  for (; at < place.column && at < last; ++at) excerpt.caret += ' ';
  const size_t mark = excerpt.caret.find('~');
  if (mark == std::string::npos) {
    excerpt.caret += '^';
  } else {
    excerpt.caret[mark] = '^';
  }
  return excerpt;
}

/// Lines after the first are set in under it.
std::string Indented(std::string_view text, std::string_view indent) {
  std::string result;
  for (const char c : Printable(text, true)) {
    result += c;
    if (c == '\n') result += indent;
  }
  return result;
}

}  // namespace

std::string RenderError(const Error& error, const RenderOptions& options) {
  const bool warning = options.severity == Severity::kWarning;
  std::string text;
  if (error.place) {
    std::string where = Printable(error.place->file, false);
    if (error.place->line > 0) where += fmt::format(":{}", error.place->line);
    if (error.place->line > 0 && error.place->column > 0) {
      where += fmt::format(":{}", error.place->column);
    }
    text += Painted(where + ":", kBold, options.color) + " ";
  }
  text += warning ? Painted("warning:", kYellow, options.color)
                  : Painted("error:", kRed, options.color);
  text += " " + Indented(error.message, "  ") + "\n";
  if (error.place && error.place->line > 0 && error.place->column > 0 &&
      !error.place->line_text.empty()) {
    const Excerpt excerpt = MakeExcerpt(*error.place);
    const std::string number = fmt::format("{}", error.place->line);
    text += fmt::format("{:>5} | {}\n", number, excerpt.line);
    text += fmt::format("{:>5} | {}\n", "", Painted(excerpt.caret, kGreen, options.color));
  }
  if (!error.note.empty()) text += fmt::format("note: {}\n", Indented(error.note, "      "));
  if (!error.fix.empty()) text += fmt::format("fix:  {}\n", Indented(error.fix, "      "));
  return text;
}

std::string RenderErrors(const std::vector<Error>& errors, const RenderOptions& options) {
  std::string text;
  for (const Error& error : errors) {
    if (!text.empty()) text += '\n';
    text += RenderError(error, options);
  }
  return text;
}

}  // namespace oresmith::cli
