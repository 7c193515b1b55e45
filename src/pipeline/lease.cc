#include "pipeline/lease.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <fstream>
#include <utility>

#include "base/json_text.h"

namespace oresmith::pipeline {
namespace {

constexpr const char* kFolder = "_checkpoints/lease";
/// How often a holder is looked at who may be dead.
constexpr std::chrono::seconds kLookEvery{1};

std::string KeyOf(int64_t number) { return fmt::format("{}/{:020}", kFolder, number); }

std::string TextOf(const LeaseOwner& owner, const std::string& id, int64_t beat, bool released) {
  return fmt::format(R"({{"host":{},"process":{},"started":{},"id":"{}","beat":{},"released":{}}})",
                     JsonText(owner.host), owner.process, JsonText(owner.started), id, beat,
                     released);
}

/// Field 22 of /proc/<n>/stat, after a name in brackets that may hold anything.
std::string StartOf(int64_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string stat;
  std::getline(file, stat);
  size_t at = stat.rfind(')');
  if (at == std::string::npos) return {};
  constexpr int kFieldsBetween = 20;
  for (int i = 0; i < kFieldsBetween && at != std::string::npos; ++i) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

struct Found {
  int64_t number = -1;  // -1: there is none
  std::string text;
  LeaseOwner owner;
  bool released = false;
};

Result<Found> Newest(storage::Store& store) {
  TRY(const auto objects, store.List(kFolder, ""));
  Found found;
  if (objects.empty()) return found;
  const std::string& key = objects.back().key;
  const std::string_view digits = std::string_view(key).substr(key.rfind('/') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), found.number);
  TRY(found.text, store.Get(key));
  try {
    const YAML::Node fields = YAML::Load(found.text);  // JSON is YAML
    found.owner = {.host = fields["host"].as<std::string>(),
                   .process = fields["process"].as<int64_t>(),
                   .started = fields["started"].as<std::string>()};
    found.released = fields["released"].as<bool>();
  } catch (const YAML::Exception& exception) {
    return Fail(MakeError(ErrorKind::kCorrupt, "read {}: {}", store.Describe(key), exception.msg)
                    .WithFix("if no process runs the pipeline, delete that file"));
  }
  return found;
}

Error HeldBy(const Found& found, storage::Store& store) {
  return MakeError(ErrorKind::kConflict, "run the pipeline: process {} on {} runs it already",
                   found.owner.process, found.owner.host)
      .WithNote("it holds " + store.Describe(KeyOf(found.number)))
      .WithFix("stop that one first, or give this one another storage");
}

/// Whether the lease may be taken: given back, or its holder is dead. `found` becomes the newest.
Result<bool> IsFree(Found& found, storage::Store& store, const Clock& clock, const Logger& log,
                    const std::stop_token& stop) {
  if (found.number < 0 || found.released) return true;
  if (const auto runs = found.owner.Runs()) return !*runs;
  log.Info("event=lease_wait owner={}:{} seconds={}", found.owner.host, found.owner.process,
           Lease::kExpiry.count());
  const auto begin = clock.Steady();
  while (clock.Steady() - begin < Lease::kExpiry) {
    clock.Sleep(kLookEvery, stop);
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "run the pipeline: stopped");
    TRY(Found now, Newest(store));
    if (now.number == found.number && now.text == found.text) continue;
    found = std::move(now);
    return found.released;
  }
  return true;
}

}  // namespace

LeaseOwner LeaseOwner::Self() {
  char host[256] = {};
  if (::gethostname(host, sizeof(host) - 1) != 0) host[0] = '\0';
  const int64_t process = ::getpid();
  return {.host = host, .process = process, .started = StartOf(process)};
}

std::optional<bool> LeaseOwner::Runs() const {
  if (host != Self().host || process <= 0) return std::nullopt;
  return StartOf(process) == started;
}

Result<std::unique_ptr<Lease>> Lease::Acquire(storage::Store& store, const Clock& clock,
                                              Random& random, const Logger& log,
                                              const LeaseOwner& owner, Beats beats,
                                              std::stop_token stop) {
  TRY(Found found, Newest(store));
  TRY(const bool is_free, IsFree(found, store, clock, log, stop));
  if (!is_free) return Fail(HeldBy(found, store));
  const std::string id = NewUuid(random);
  const int64_t number = found.number + 1;
  const Status made = store.PutIfAbsent(KeyOf(number), TextOf(owner, id, 0, false));
  if (!made && made.error().kind == ErrorKind::kAlreadyExists) {
    TRY(const Found winner, Newest(store));
    return Fail(HeldBy(winner, store));
  }
  if (!made) return Fail(made.error());
  // Old ones say nothing any more; one that stays does no harm.
  if (found.number >= 0) static_cast<void>(store.Delete(KeyOf(found.number)));
  std::unique_ptr<Lease> lease(new Lease(store, clock, log, number, owner, id));
  if (beats == Beats::kByItself) {
    lease->thread_ = std::jthread(
        [self = lease.get()](const std::stop_token& ended) { self->BeatOnAndOn(ended); });
  }
  return lease;
}

Lease::Lease(storage::Store& store, const Clock& clock, const Logger& log, int64_t number,
             const LeaseOwner& owner, std::string id)
    : store_(store),
      clock_(clock),
      log_(log),
      number_(number),
      owner_(owner),
      id_(std::move(id)),
      last_beat_(clock.Steady()) {}

Lease::~Lease() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  const std::lock_guard lock(mutex_);
  if (const Status written = Write(/*released=*/true); !written) {
    log_.Warn("event=lease_kept error=\"{}\"", written.error().message);
  }
}

/// Not over the file of somebody who has taken over: that is another one.
Status Lease::Write(bool released) {
  return store_.Put(KeyOf(number_), TextOf(owner_, id_, beat_, released));
}

Status Lease::Beat() {
  const std::lock_guard lock(mutex_);
  ++beat_;
  TRY_DO(Write(/*released=*/false));
  TRY(const Found newest, Newest(store_));
  if (newest.number != number_) {
    return Fail(
        MakeError(ErrorKind::kConflict, "run the pipeline: process {} on {} has taken it over",
                  newest.owner.process, newest.owner.host)
            .WithNote(fmt::format("this process was silent for more than {} s", kExpiry.count()))
            .WithFix("let one of them run; nothing was written twice"));
  }
  last_beat_ = clock_.Steady();
  return {};
}

Status Lease::Check() {
  {
    const std::lock_guard lock(mutex_);
    if (clock_.Steady() - last_beat_ < kExpiry / 2) return {};
  }
  return Beat();
}

void Lease::BeatOnAndOn(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    clock_.Sleep(kBeatEvery, stop);
    if (stop.stop_requested()) return;
    // Check tells the pipeline; this one only says why.
    if (const Status beat = Beat(); !beat) {
      log_.Warn("event=lease_beat_failed error=\"{}\"", beat.error().message);
      if (beat.error().kind == ErrorKind::kConflict) return;
    }
  }
}

}  // namespace oresmith::pipeline
