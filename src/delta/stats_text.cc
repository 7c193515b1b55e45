#include "delta/stats_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "delta/json_internal.h"

namespace oresmith::delta {
namespace {

// Columns lie no deeper in tables that are meant; deeper ones are not looked at.
constexpr size_t kDepthMax = 200;

/// Takes the values on the asked paths out of the parser's events. Numbers as they are written:
/// a decimal must not pass through a double.
class StatsHandler final : public nlohmann::json_sax<Json> {
 public:
  StatsHandler(const std::vector<const std::vector<std::string>*>& paths, StatsTexts& texts)
      : paths_(paths), texts_(texts) {
    texts_.columns.resize(paths_.size());
  }

  bool null() override { return true; }
  bool boolean(bool value) override { return Take(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return Take(fmt::format("{}", value)); }
  bool number_unsigned(number_unsigned_t value) override { return Take(fmt::format("{}", value)); }
  bool number_float(number_float_t, const string_t& text) override { return Take(text); }
  bool string(string_t& value) override { return Take(std::move(value)); }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    path_.emplace_back();
    return path_.size() < kDepthMax;
  }
  bool key(string_t& name) override {
    path_.back() = std::move(name);
    return true;
  }
  bool end_object() override {
    path_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override { return start_object(0); }
  bool end_array() override { return end_object(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool Take(std::string text) {
    if (path_.empty()) return true;
    if (path_.size() == 1) {
      if (path_[0] == "numRecords") texts_.num_records = Number(text);
      if (path_[0] == "tightBounds") texts_.tight_bounds = text == "true";
      return true;
    }
    for (size_t i = 0; i < paths_.size(); ++i) {
      if (!std::equal(path_.begin() + 1, path_.end(), paths_[i]->begin(), paths_[i]->end())) {
        continue;
      }
      StatsTexts::Column& column = texts_.columns[i];
      if (path_[0] == "minValues") column.min = text;
      if (path_[0] == "maxValues") column.max = text;
      if (path_[0] == "nullCount") column.null_count = Number(text);
    }
    return true;
  }

  static std::optional<int64_t> Number(const std::string& text) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }

  const std::vector<const std::vector<std::string>*>& paths_;
  StatsTexts& texts_;
  std::vector<std::string> path_;
};

}  // namespace

std::optional<StatsTexts> ReadStatsTexts(
    std::string_view stats, const std::vector<const std::vector<std::string>*>& paths) {
  StatsTexts texts;
  StatsHandler handler(paths, texts);
  if (!Json::sax_parse(stats.begin(), stats.end(), &handler)) return std::nullopt;
  return texts;
}

}  // namespace oresmith::delta
