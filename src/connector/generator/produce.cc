#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>

#include "connector/generator/generator.h"

namespace oresmith::connector {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kRateMax = 100'000'000;
constexpr int64_t kPerFileMax = 100'000'000;
constexpr int64_t kRecordsPerWrite = 1'000;  // about half a megabyte

std::string Reason(int error_number) { return std::generic_category().message(error_number); }

std::string Prefix(uint64_t seed) { return fmt::format("orders-{}-", seed); }

// A file that gets its name when it is complete. Not synced: after a power cut orders can be
// invented again, and waiting for the disk would bound the rate.
class HiddenFile {
 public:
  HiddenFile(const fs::path& directory, const std::string& name)
      : path_(directory / name), hidden_(directory / fmt::format(".{}.{}", name, getpid())) {}
  ~HiddenFile() {
    if (fd_ < 0) return;
    close(fd_);
    unlink(hidden_.c_str());
  }
  HiddenFile(const HiddenFile&) = delete;
  HiddenFile& operator=(const HiddenFile&) = delete;

  Status Open() {
    fd_ = open(hidden_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0) return Failed("create", errno);
    return {};
  }

  Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed("write", errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Status Publish() {
    if (Rename() == 0) {
      close(fd_);
      fd_ = -1;
      return {};
    }
    if (errno != EEXIST) return Failed("name", errno);
    return Fail(MakeError(ErrorKind::kAlreadyExists, "produce: {} was written by another process",
                          path_.string())
                    .WithFix("give each producer of a folder its own --seed"));
  }

 private:
  int Rename() const {
    const int result =
        renameat2(AT_FDCWD, hidden_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
    if (result == 0 || (errno != EINVAL && errno != ENOSYS)) return result;
    // This file system cannot refuse to replace; the name was free when we looked.
    return rename(hidden_.c_str(), path_.c_str());
  }

  tl::unexpected<Error> Failed(std::string_view act, int error_number) const {
    return Fail(ErrorKind::kUnavailable, "produce: cannot {} {}: {}", act, path_.string(),
                Reason(error_number));
  }

  const fs::path path_;
  const fs::path hidden_;
  int fd_ = -1;
};

Result<int64_t> CountLines(const fs::path& path) {
  FILE* const file = fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return Fail(ErrorKind::kUnavailable, "produce: cannot read {}: {}", path.string(),
                Reason(errno));
  }
  std::string buffer(1 << 20, '\0');
  int64_t lines = 0;
  while (const size_t size = fread(buffer.data(), 1, buffer.size(), file)) {
    lines += std::count(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size), '\n');
  }
  fclose(file);
  return lines;
}

// The number in orders-<seed>-<number>.json; nothing for other names.
std::optional<int64_t> FirstRecord(std::string_view name, std::string_view prefix) {
  constexpr std::string_view kEnding = ".json";
  if (!name.starts_with(prefix) || !name.ends_with(kEnding)) return std::nullopt;
  name.remove_prefix(prefix.size());
  name.remove_suffix(std::min(kEnding.size(), name.size()));
  int64_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == name.data() + name.size();
  return whole && number >= 0 ? std::optional(number) : std::nullopt;
}

// The record behind the last one of that seed in the directory.
Result<int64_t> NextRecord(const fs::path& directory, uint64_t seed) {
  const std::string prefix = Prefix(seed);
  std::optional<int64_t> last;
  fs::path last_path;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const auto number = FirstRecord(it->path().filename().string(), prefix);
    if (!number || (last && *last >= *number)) continue;
    last = number;
    last_path = it->path();
  }
  if (error) {
    return Fail(ErrorKind::kInvalidInput, "produce: cannot list {}: {}", directory.string(),
                error.message());
  }
  if (!last) return 0;
  TRY(const int64_t lines, CountLines(last_path));
  return *last + std::max<int64_t>(lines, 1);
}

Status Check(const ProduceOptions& options) {
  if (options.directory.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "produce: no folder for the orders")
                    .WithFix("name one: --to DIR"));
  }
  if (options.per_file < 1 || options.per_file > kPerFileMax) {
    return Fail(ErrorKind::kInvalidInput, "produce: records per file must be from 1 to {}, not {}",
                kPerFileMax, options.per_file);
  }
  if (options.rate < 0 || options.rate > kRateMax) {
    return Fail(ErrorKind::kInvalidInput,
                "produce: the rate must be from 0 (as fast as possible) to {} a second, not {}",
                kRateMax, options.rate);
  }
  if (options.count < 0) {
    return Fail(ErrorKind::kInvalidInput,
                "produce: the count must be 0 (until stopped) or more, not {}", options.count);
  }
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error || !fs::is_directory(options.directory, error)) {
    return Fail(ErrorKind::kInvalidInput, "produce: cannot use the folder {}: {}",
                options.directory, error ? error.message() : "it is a file");
  }
  return {};
}

// Paced orders happen when they are due, evenly and in order.
GeneratorOptions PacedOptions(const ProduceOptions& options) {
  GeneratorOptions paced = options.generator;
  if (options.rate > 0) {
    paced.step_micros = std::max<int64_t>(kMicrosPerSecond / options.rate, 1);
    paced.jitter_micros = 0;
  }
  return paced;
}

class Producer {
 public:
  Producer(const ProduceOptions& options, const Clock& clock, std::stop_token stop,
           std::unique_ptr<Generator> generator, int64_t first_record)
      : options_(options),
        clock_(clock),
        stop_(std::move(stop)),
        generator_(std::move(generator)),
        first_record_(first_record),
        started_(clock.Steady()) {}

  Status Run(const std::function<void(const ProduceProgress&)>& on_file) {
    while (!stop_.stop_requested()) {
      const int64_t records = NextFileRecords();
      if (records == 0) break;
      if (options_.rate > 0) WaitUntilDue(records);
      TRY(const bool complete, WriteFile(records));
      if (!complete) break;
      if (on_file) on_file(progress_);
    }
    return {};
  }

 private:
  int64_t NextFileRecords() const {
    int64_t records = options_.per_file;
    if (options_.count > 0) records = std::min(records, options_.count - progress_.records);
    if (options_.rate > 0) records = std::min(records, options_.rate);
    return records;
  }

  // A file appears when its last order has happened.
  void WaitUntilDue(int64_t records) {
    const double seconds =
        static_cast<double>(progress_.records + records) / static_cast<double>(options_.rate);
    const auto due = started_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                    std::chrono::duration<double>(seconds));
    const auto now = clock_.Steady();
    if (due > now) clock_.Sleep(due - now, stop_);
  }

  Instant TimeOf(int64_t record, int64_t records) const {
    const GeneratorOptions& generator = options_.generator;
    if (options_.rate == 0) {
      return Instant{Micros(generator.start) + record * generator.step_micros};
    }
    return Instant{Micros(clock_.Now()) - records * kMicrosPerSecond / options_.rate};
  }

  // False when it was stopped on the way: then there is no file.
  Result<bool> WriteFile(int64_t records) {
    const int64_t first = first_record_ + progress_.records;
    generator_->Begin(first, TimeOf(first, records));
    HiddenFile file(options_.directory,
                    fmt::format("{}{:010}.json", Prefix(options_.generator.seed), first));
    if (stop_.stop_requested()) return false;
    TRY_DO(file.Open());
    int64_t bytes = 0;
    for (int64_t left = records; left > 0; left -= kRecordsPerWrite) {
      if (stop_.stop_requested()) return false;
      buffer_.clear();
      generator_->Append(buffer_, std::min(left, kRecordsPerWrite));
      TRY_DO(file.Write(buffer_));
      bytes += static_cast<int64_t>(buffer_.size());
    }
    TRY_DO(file.Publish());
    progress_.records += records;
    progress_.files += 1;
    progress_.bytes += bytes;
    return true;
  }

  const ProduceOptions& options_;
  const Clock& clock_;
  const std::stop_token stop_;
  const std::unique_ptr<Generator> generator_;
  const int64_t first_record_;
  const std::chrono::nanoseconds started_;
  ProduceProgress progress_;
  std::string buffer_;
};

}  // namespace

Status ProduceFiles(const ProduceOptions& options, const Clock& clock, std::stop_token stop,
                    const std::function<void(const ProduceProgress&)>& on_file) {
  TRY(std::unique_ptr<Generator> generator, MakeGenerator(PacedOptions(options)));
  TRY_DO(Check(options));
  TRY(const int64_t first_record, NextRecord(options.directory, options.generator.seed));
  Producer producer(options, clock, std::move(stop), std::move(generator), first_record);
  return producer.Run(on_file);
}

}  // namespace oresmith::connector
