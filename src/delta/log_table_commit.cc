// Putting a commit into the log, whatever others do meanwhile and whatever becomes of the answers.
// Source: Delta PROTOCOL.md, "Delta Log Entries"; Spark, OptimisticTransaction.

#include <algorithm>
#include <chrono>

#include "delta/log.h"
#include "delta/log_table.h"
#include "delta/path.h"
#include "delta/protocol.h"

namespace oresmith::delta {
namespace {

using std::chrono::milliseconds;

// An unanswered put is repeated this often, with pauses that double: about 1.5 s in all.
constexpr int kPutsMax = 6;
constexpr milliseconds kPutPauseFirst{50};
// After this many losses in a row others write faster than we read: look how far they are.
constexpr int kLossesBeforeList = 2;
constexpr int kLossPauseShiftMax = 7;        // up to 128 ms
constexpr int64_t kSleepMillis = 3'600'000;  // far below any retention of the log

bool SameTransactions(const std::vector<AppTransaction>& left,
                      const std::vector<AppTransaction>& right) {
  return std::ranges::equal(left, right, [](const auto& one, const auto& other) {
    return one.app_id == other.app_id && one.version == other.version;
  });
}

}  // namespace

/// What a commit removes or has read is compared with single files.
Status LogTable::LoadFilesFor(const CommitRequest& request) {
  if (state_.holds_all_files()) return {};
  const bool changes_columns = request.metadata && !state_.sums().exact;
  if (!request.overwrite && request.removes.empty() && request.reads.empty() && !changes_columns) {
    return {};
  }
  TRY(TableState state, LoadState(store_, root_, state_.version()));
  Replace(std::move(state));
  return {};
}

Result<Version> LogTable::Commit(const CommitRequest& request) {
  TRY_DO(ReadOnly());
  TRY_DO(LoadFilesFor(request));
  const CommitBase base{.version = state_.version(), .metadata = state_.shared_metadata()};
  TRY_DO(CheckSinceRead(request, base));
  const CommitTry attempt{.now_ms = Millis(clock_.Now()), .txn_id = NewUuid(random_)};
  for (int losses = 0;; ++losses) {
    if (losses > 0) {
      WaitAfterLoss(losses);
      LearnSums();
    }
    Attempt result = Attempt::kLost;
    // A version that was cleaned up could be written a second time: who has slept looks first.
    const bool has_slept = attempt.now_ms - seen_ms_ > kSleepMillis;
    if (has_slept || losses >= kLossesBeforeList) {
      TRY(result, TakeInAll(request, base));
    }
    if (result == Attempt::kLost) {
      TRY(result, TryCommit(request, base, attempt));
    }
    if (result == Attempt::kLost) continue;
    return state_.version();
  }
}

/// The commits that came between the snapshot that was read and the newest one.
Status LogTable::CheckSinceRead(const CommitRequest& request, CommitBase base) const {
  if (!request.read_version || *request.read_version >= state_.version()) return {};
  base.version = *request.read_version;
  bool base_is_old = false;
  for (Version version = Next(base.version); version <= state_.version(); version = Next(version)) {
    TRY(const Actions winner, ReadCommit(store_, root_, version));
    if (winner.metadata && !base_is_old) {
      TRY(const TableState state, LoadState(store_, root_, base.version));
      base.metadata = state.shared_metadata();
      base_is_old = true;
    }
    TRY_DO(CheckConflict(Name(), base, request, state_, version, winner));
  }
  return {};
}

Result<LogTable::Attempt> LogTable::TryCommit(const CommitRequest& request, const CommitBase& base,
                                              const CommitTry& attempt) {
  TRY_DO(LoadFilesFor(request));
  TRY_DO(CheckRequest(Name(), state_, request));
  // Serialise first: what cannot be written must fail before the store is touched.
  TRY(PreparedCommit prepared, PrepareCommit(Name(), state_, request, attempt));
  TRY(std::optional<Actions> winner, Put(prepared, request));
  if (winner) return TakeIn(request, base, std::move(*winner));
  unresolved_.reset();
  seen_ms_ = attempt.now_ms;
  Apply(std::move(prepared.actions), attempt.now_ms, Origin::kOurs);
  KeepLog(attempt.txn_id, std::ssize(prepared.text));
  return Attempt::kDone;
}

/// Puts the commit after the newest known version. The result is the foreign commit that has the
/// version, or nothing when it is ours.
Result<std::optional<Actions>> LogTable::Put(const PreparedCommit& prepared,
                                             const CommitRequest& request) {
  const Version version = Next(state_.version());
  const std::string key = CommitKey(root_, version);
  const std::string& txn_id = prepared.actions.commit->txn_id;
  milliseconds pause = kPutPauseFirst;
  for (int puts = 1;; ++puts) {
    auto put = store_.PutIfAbsentAfter(key, prepared.text, request.unsynced);
    if (put) return std::nullopt;
    const ErrorKind kind = put.error().kind;
    if (kind != ErrorKind::kAlreadyExists && kind != ErrorKind::kUnavailable) {
      return Fail(std::move(put).error().Within("commit " + Name()));
    }
    // The answer may be lost although the version was written, by us: only its content tells.
    auto winner = ReadCommit(store_, root_, version);
    if (winner && winner->commit && winner->commit->txn_id == txn_id) return std::nullopt;
    if (winner) return std::move(*winner);
    const ErrorKind read = winner.error().kind;
    if (read != ErrorKind::kNotFound && read != ErrorKind::kUnavailable) {
      return Fail(std::move(winner).error().Within("commit " + Name()));
    }
    if (puts == kPutsMax) {
      unresolved_ = Unresolved{.txn_id = txn_id, .transactions = request.transactions};
      return Fail(std::move(put).error().Within(
          fmt::format("commit {}: version {} may be written or not", Name(), Number(version))));
    }
    // It may still be on its way. The same bytes at the same version cannot be written twice; at
    // another version they could.
    clock_.Sleep(pause, {});
    pause *= 2;
  }
}

/// Applies a commit that took our version.
Result<LogTable::Attempt> LogTable::TakeIn(const CommitRequest& request, const CommitBase& base,
                                           Actions winner) {
  const Version version = Next(state_.version());
  Attempt result = Attempt::kLost;
  if (unresolved_ && winner.commit && winner.commit->txn_id == unresolved_->txn_id) {
    // Our own commit before has arrived after all.
    const bool same = SameTransactions(request.transactions, unresolved_->transactions);
    if (same && !request.transactions.empty()) {
      result = Attempt::kWasDone;
    } else {
      Actions rows = winner;
      rows.transactions.clear();
      TRY_DO(CheckConflict(Name(), base, request, state_, version, rows));
    }
  } else {
    TRY_DO(CheckConflict(Name(), base, request, state_, version, winner));
  }
  const Protocol& protocol = winner.protocol ? *winner.protocol : state_.protocol();
  const Metadata& metadata = winner.metadata ? *winner.metadata : state_.metadata();
  TRY_DO(CheckReadable(Name(), protocol, metadata));
  seen_ms_ = Millis(clock_.Now());
  Apply(std::move(winner), seen_ms_, Origin::kForeign);
  return result;
}

/// Applies all commits that came meanwhile.
Result<LogTable::Attempt> LogTable::TakeInAll(const CommitRequest& request,
                                              const CommitBase& base) {
  auto listed = ListCommitsAfter(store_, root_, state_.version());
  if (!listed && listed.error().kind == ErrorKind::kCorrupt) return ReloadAfterGap(request, base);
  if (!listed) return Fail(std::move(listed).error().Within("commit " + Name()));
  seen_ms_ = Millis(clock_.Now());
  const auto& commits = *listed;
  for (size_t i = 0; i < commits.size(); ++i) {
    TRY(Actions winner, ReadListedCommit(store_, commits[i]));
    TRY(const Attempt result, TakeIn(request, base, std::move(winner)));
    if (result != Attempt::kLost) return result;
  }
  return Attempt::kLost;
}

/// The commits after ours are no longer there: what they did is seen in what the table is now.
Result<LogTable::Attempt> LogTable::ReloadAfterGap(const CommitRequest& request,
                                                   const CommitBase& base) {
  TRY(TableState state, Load(SumSource::kChecksum));
  if (!IsBlindAppend(request)) {
    return Fail(ErrorKind::kConflict,
                "commit {}: the log after version {} was cleaned up, so that it cannot be seen "
                "whether others changed what was read",
                Name(), Number(state_.version()));
  }
  Actions since;
  since.protocol = state.protocol();
  since.metadata = state.metadata();
  for (const auto& [app_id, transaction] : state.transactions()) {
    const auto known = state_.transactions().find(app_id);
    const bool is_new =
        known == state_.transactions().end() || known->second.version != transaction.version;
    if (is_new) since.transactions.push_back(transaction);
  }
  TRY_DO(CheckConflict(Name(), base, request, state_, state.version(), since));
  seen_ms_ = Millis(clock_.Now());
  Replace(std::move(state));
  return Attempt::kLost;
}

/// A pause of random length, so that writers who lose against each other get out of step.
void LogTable::WaitAfterLoss(int losses) {
  if (losses < kLossesBeforeList) return;
  const int64_t most_us = int64_t{1000} << std::min(losses, kLossPauseShiftMax);
  const uint64_t pause_us = random_.Next() % static_cast<uint64_t>(most_us);
  clock_.Sleep(std::chrono::microseconds(pause_us), {});
}

}  // namespace oresmith::delta
