#include <algorithm>
#include <chrono>

#include "connector/kafka/kafka_producer.h"

namespace oresmith::connector {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kBlock = 1000;
/// Paced ones go out this often.
constexpr std::chrono::milliseconds kTick{5};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

size_t SkipBlanks(std::string_view line, size_t at) {
  while (at < line.size() && IsBlank(line[at])) ++at;
  return at;
}

/// Behind the closing quote of the string that begins at `at`; npos when there is none.
size_t EndOfString(std::string_view line, size_t at) {
  for (++at; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

/// Behind the value that begins at `at`.
size_t EndOfValue(std::string_view line, size_t at) {
  int depth = 0;
  while (at < line.size()) {
    const char c = line[at];
    if (c == '"') {
      at = EndOfString(line, at);
      if (at == std::string_view::npos) return at;
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (depth == 0 && (c == ',' || c == '}' || IsBlank(c))) return at;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
    ++at;
  }
  return std::string_view::npos;
}

/// The text of a JSON string without its quotes. Escapes other than the simple ones stay.
std::string Unquoted(std::string_view text) {
  std::string out;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && (text[i + 1] == '"' || text[i + 1] == '\\' || text[i + 1] == '/')) ++i;
    out += text[i];
  }
  return out;
}

/// Lets through so many a second, counted from its start.
class Pace {
 public:
  Pace(int64_t rate, const Clock& clock, std::stop_token stop)
      : rate_(rate), clock_(clock), stop_(std::move(stop)), began_(clock.Steady()) {}

  /// Waits until the next may go; false when told to stop.
  bool Wait() {
    while (!stop_.stop_requested()) {
      if (rate_ == 0 || gone_ < due_) {
        ++gone_;
        return true;
      }
      const double seconds = std::chrono::duration<double>(clock_.Steady() - began_).count();
      due_ = static_cast<int64_t>(seconds * static_cast<double>(rate_)) + 1;
      if (gone_ >= due_) clock_.Sleep(kTick, stop_);
    }
    return false;
  }

 private:
  int64_t rate_;
  const Clock& clock_;
  std::stop_token stop_;
  std::chrono::nanoseconds began_;
  int64_t gone_ = 0;
  int64_t due_ = 0;
};

Status SendOne(std::string_view line, const std::string& field, KafkaProducer& producer) {
  if (field.empty()) return producer.Send(std::nullopt, line);
  const auto key = JsonFieldText(line, field);
  return producer.Send(key ? std::optional<std::string_view>(*key) : std::nullopt, line);
}

}  // namespace

std::optional<std::string> JsonFieldText(std::string_view line, std::string_view field) {
  size_t at = SkipBlanks(line, 0);
  if (at >= line.size() || line[at] != '{') return std::nullopt;
  at = SkipBlanks(line, at + 1);
  while (at < line.size() && line[at] == '"') {
    const size_t name_end = EndOfString(line, at);
    if (name_end == std::string_view::npos) return std::nullopt;
    const std::string_view name = line.substr(at + 1, name_end - at - 2);
    at = SkipBlanks(line, name_end);
    if (at >= line.size() || line[at] != ':') return std::nullopt;
    at = SkipBlanks(line, at + 1);
    const size_t end = EndOfValue(line, at);
    if (end == std::string_view::npos) return std::nullopt;
    if (name == field) {
      const std::string_view value = line.substr(at, end - at);
      if (value.empty() || value == "null") return std::nullopt;
      return value[0] == '"' ? Unquoted(value) : std::string(value);
    }
    at = SkipBlanks(line, end);
    if (at >= line.size() || line[at] != ',') return std::nullopt;
    at = SkipBlanks(line, at + 1);
  }
  return std::nullopt;
}

Status SendGenerated(const SendOptions& options, KafkaProducer& producer, const Clock& clock,
                     std::stop_token stop, const std::function<void()>& on_progress) {
  GeneratorOptions made = options.generator;
  if (options.rate > 0) {
    made.step_micros = std::max<int64_t>(kMicrosPerSecond / options.rate, 1);
    made.jitter_micros = 0;
  }
  TRY(const auto generator, MakeGenerator(made));
  Pace pace(options.rate, clock, stop);
  // Paced orders are made shortly before they are due, so that their times are true.
  const int64_t block =
      options.rate == 0 ? kBlock : std::clamp<int64_t>(options.rate / 100, 1, kBlock);
  std::string text;
  for (int64_t sent = 0; (options.count == 0 || sent < options.count) && !stop.stop_requested();) {
    const int64_t records = options.count == 0 ? block : std::min(block, options.count - sent);
    const int64_t first = options.first + sent;
    const Instant time =
        options.rate > 0 ? clock.Now() : Instant{Micros(made.start) + first * made.step_micros};
    text.clear();
    generator->Begin(first, time);
    generator->Append(text, records);
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      if (!pace.Wait()) return {};
      TRY_DO(SendOne(rest.substr(0, end), options.key, producer));
      rest.remove_prefix(end + 1);
    }
    sent += records;
    on_progress();
  }
  return {};
}

Status SendLines(const std::function<bool(std::string&)>& next, const SendOptions& options,
                 KafkaProducer& producer, const Clock& clock, std::stop_token stop,
                 const std::function<void()>& on_progress) {
  Pace pace(options.rate, clock, stop);
  std::string line;
  int64_t sent = 0;
  while ((options.count == 0 || sent < options.count) && next(line)) {
    if (line.empty()) continue;
    if (!pace.Wait()) return {};
    TRY_DO(SendOne(line, options.key, producer));
    if (++sent % kBlock == 0) on_progress();
  }
  return {};
}

}  // namespace oresmith::connector
