#include "pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "command/push_down.h"
#include "engine/engine.h"
#include "pipeline/command_host.h"
#include "pipeline/definition.h"
#include "pipeline/lease.h"
#include "pipeline/lock.h"
#include "pipeline/selection.h"
#include "pipeline/sink_dataset.h"
#include "pipeline/update.h"
#include "storage/open_store.h"
#include "storage/store.h"

namespace oresmith::pipeline {
namespace {

std::vector<Error> One(Error error) {
  std::vector<Error> errors;
  errors.push_back(std::move(error));
  return errors;
}

/// What keeps other processes away: a lock, or in an object store, which has none, a lease.
struct Hold {
  std::unique_ptr<ProcessLock> lock;
  std::unique_ptr<Lease> lease;
  bool any() const { return lock != nullptr || lease != nullptr; }
};

Result<std::unique_ptr<storage::Store>> OpenStorage(const Config& config,
                                                    const Environment& environment) {
  const auto lookup =
      [variables = config.environment](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return storage::OpenStore(config.storage,
                            {.settings = config.storage_settings, .environment = lookup},
                            environment.clock, environment.random);
}

/// What stays from one update to the next.
struct Session {
  Hold hold;
  std::unique_ptr<engine::Engine> engine;
  Selection selection;
  std::vector<Error> warnings = {};
  bool opened = false;  // once: what fails before is refused, and not tried again
  int retries = 0;      // one after another

  std::chrono::seconds RetryDelay() const {
    constexpr int kDoublingsMax = 6;
    return std::chrono::seconds(1 << std::min(retries, kDoublingsMax));
  }
};

/// As Databricks' pipelines.maxFlowRetryAttempts; a pipeline that runs on and on never gives up.
constexpr int kRetriesOfOneUpdate = 2;
/// After so long without a failure the next one is the first again.
constexpr std::chrono::minutes kRetryForgets{5};

class LoadedPipeline final : public Pipeline {
 public:
  LoadedPipeline(Definition definition, const Environment& environment,
                 std::unique_ptr<storage::Store> store)
      : definition_(std::move(definition)), environment_(environment), store_(std::move(store)) {}

  const std::string& name() const override { return definition_.config.name; }
  const std::string& storage_root() const override { return definition_.config.storage; }

  tl::expected<std::vector<TableProgress>, std::vector<Error>> DryRun() override;
  tl::expected<UpdateSummary, std::vector<Error>> Run(const RunOptions& options,
                                                      const ProgressListener& listener,
                                                      std::stop_token stop) override;
  tl::expected<QueryResult, std::vector<Error>> Query(const std::string& sql,
                                                      std::stop_token stop) override;
  Result<std::vector<TableInfo>> Tables() override;

 private:
  Result<std::unique_ptr<engine::Engine>> OpenEngine() const;
  /// Takes the lock and opens the engine unless they are there, and opens the flows.
  Status Open(Session& session, Update& update, BoundFlows flows, std::stop_token stop);
  /// One update, or those of a loop until one fails.
  tl::expected<UpdateSummary, std::vector<Error>> RunUpdate(Session& session,
                                                            const RunOptions& options,
                                                            const ProgressListener& listener,
                                                            const std::stop_token& stop);
  Result<Hold> TakeHold(std::stop_token stop);
  /// What loading warned of, before what running did.
  UpdateSummary WithWarnings(UpdateSummary summary, const std::vector<Error>& before) const;
  /// What a full refresh would lose. Errors: kInvalidInput when it may not be.
  Result<std::vector<Error>> CheckRefresh(const Selection& selection, const BoundFlows& flows);
  Result<QueryResult> RunQuery(const sql::ParsedFile& parsed, std::stop_token stop);
  Result<std::optional<TableInfo>> Describe(const std::string& name, const std::string& kind,
                                            const std::string& root);

  Definition definition_;
  Environment environment_;
  std::unique_ptr<storage::Store> store_;
};

Result<std::unique_ptr<engine::Engine>> LoadedPipeline::OpenEngine() const {
  const Config& config = definition_.config;
  return engine::Engine::Open({.threads = config.threads,
                               .memory_bytes_max = config.memory_bytes_max,
                               .spill_directory = {},
                               .time_zone = config.time_zone});
}

tl::expected<std::vector<TableProgress>, std::vector<Error>> LoadedPipeline::DryRun() {
  auto flows = BindAll(definition_, *store_, environment_, Selection());
  if (!flows) return tl::unexpected(std::move(flows).error());
  auto engine = OpenEngine();
  if (!engine) return tl::unexpected(One(std::move(engine).error()));
  for (const Error& warning : definition_.warnings) {
    environment_.log.Warn("event=load file={} line={} {} fix=\"{}\"", warning.place->file,
                          warning.place->line, warning.message, warning.fix);
  }
  std::vector<TableProgress> tables;
  std::vector<Error> errors;
  for (const std::string& key : definition_.order) {
    const Dataset& dataset = definition_.datasets.at(key);
    TableProgress progress;
    progress.name = dataset.display;
    progress.kind = dataset.Kind();
    tables.push_back(std::move(progress));
    if (!dataset.IsTable()) continue;
    for (size_t i = 0; i < dataset.flows.size(); ++i) {
      auto query = (*engine)->Prepare(std::move(flows->at(key)[i].plan));
      if (query) continue;
      Error error = std::move(query).error();
      if (!error.place) error.place = dataset.source->Place(dataset.span);
      errors.push_back(std::move(error));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return tables;
}

tl::expected<UpdateSummary, std::vector<Error>> LoadedPipeline::Run(
    const RunOptions& options, const ProgressListener& listener, std::stop_token stop) {
  auto selected = Selection::Make(definition_, options);
  if (!selected) return tl::unexpected(One(std::move(selected).error()));
  Session session{.hold = {}, .engine = nullptr, .selection = std::move(*selected)};
  session.warnings = session.selection.warnings();
  while (true) {
    const auto begin = environment_.clock.Steady();
    auto summary = RunUpdate(session, options, listener, stop);
    if (summary) summary = WithWarnings(std::move(*summary), session.warnings);
    const std::vector<Error>& errors = summary ? summary->errors : summary.error();
    const bool passes = std::ranges::any_of(
        errors, [](const Error& error) { return error.kind == ErrorKind::kUnavailable; });
    const bool goes_on = options.mode == RunMode::kInterval ? summary || passes : passes;
    if (!session.opened || !goes_on || stop.stop_requested()) return summary;
    if (environment_.clock.Steady() - begin > kRetryForgets) session.retries = 0;
    if (options.mode == RunMode::kOnce && session.retries == kRetriesOfOneUpdate) return summary;
    const std::chrono::seconds delay = session.RetryDelay();
    ++session.retries;
    environment_.log.Warn("event=retry number={} seconds={} error=\"{}\"", session.retries,
                          delay.count(), errors.front().message);
    // In the other modes the flows that did not fail have gone on in the meantime.
    if (options.mode == RunMode::kOnce || !summary) environment_.clock.Sleep(delay, stop);
  }
}

tl::expected<UpdateSummary, std::vector<Error>> LoadedPipeline::RunUpdate(
    Session& session, const RunOptions& options, const ProgressListener& listener,
    const std::stop_token& stop) {
  // Bound before anything is made: a folder with errors is left without a storage.
  auto flows = BindAll(definition_, *store_, environment_, session.selection);
  if (!flows) return tl::unexpected(std::move(flows).error());
  auto losses = CheckRefresh(session.selection, *flows);
  if (!losses) return tl::unexpected(One(std::move(losses).error()));
  if (!losses->empty() && !options.accepts_losses) {
    losses->back().fix = "to make it anew without them: --yes";
    return tl::unexpected(std::move(*losses));
  }
  std::ranges::move(*losses, std::back_inserter(session.warnings));
  Update update(definition_, *store_, environment_);
  if (Status opened = Open(session, update, std::move(*flows), stop); !opened) {
    return tl::unexpected(One(std::move(opened).error()));
  }
  session.opened = true;
  session.selection = session.selection.AfterFirst();
  update.EndAfterFailure(session.RetryDelay());
  while (true) {
    const auto begin = environment_.clock.Steady();
    update.Run(options, listener, stop);
    if (options.mode != RunMode::kInterval) return update.Summary();
    const auto next = begin + options.interval;
    const auto now = environment_.clock.Steady();
    if (next > now) environment_.clock.Sleep(next - now, stop);
    // After a failure all is opened anew.
    if (stop.stop_requested() || !update.Summary().errors.empty()) return update.Summary();
  }
}

Result<std::vector<Error>> LoadedPipeline::CheckRefresh(const Selection& selection,
                                                        const BoundFlows& flows) {
  if (!selection.empties_any()) return std::vector<Error>{};
  TRY_DO(selection.CheckReaders(definition_, flows));
  return selection.FindLosses(definition_, *store_, environment_.random);
}

UpdateSummary LoadedPipeline::WithWarnings(UpdateSummary summary,
                                           const std::vector<Error>& before) const {
  summary.warnings.insert(summary.warnings.begin(), before.begin(), before.end());
  summary.warnings.insert(summary.warnings.begin(), definition_.warnings.begin(),
                          definition_.warnings.end());
  return summary;
}

Result<Hold> LoadedPipeline::TakeHold(std::stop_token stop) {
  Hold hold;
  const std::string& storage = definition_.config.storage;
  if (storage::IsRemoteUrl(storage)) {
    TRY(hold.lease,
        Lease::Acquire(*store_, environment_.clock, environment_.random, environment_.log,
                       LeaseOwner::Self(), Lease::Beats::kByItself, std::move(stop)));
  } else {
    TRY(hold.lock, ProcessLock::Acquire(storage + "/_checkpoints/.lock"));
  }
  return hold;
}

Status LoadedPipeline::Open(Session& session, Update& update, BoundFlows flows,
                            std::stop_token stop) {
  if (!session.hold.any()) {
    TRY(session.hold, TakeHold(std::move(stop)));
  }
  if (session.hold.lease != nullptr) {
    update.BeforeEachEpoch([lease = session.hold.lease.get()] { return lease->Check(); });
  }
  if (session.engine == nullptr) {
    TRY(session.engine, OpenEngine());
  }
  return update.Open(*session.engine, std::move(flows), session.selection);
}

tl::expected<QueryResult, std::vector<Error>> LoadedPipeline::Query(const std::string& sql,
                                                                    std::stop_token stop) {
  auto parsed = sql::ParseQueryOrCommand("query", sql);
  if (!parsed) return tl::unexpected(std::move(parsed).error());
  auto result = RunQuery(*parsed, stop);
  if (!result) return tl::unexpected(One(std::move(result).error()));
  return std::move(*result);
}

Result<QueryResult> LoadedPipeline::RunQuery(const sql::ParsedFile& parsed, std::stop_token stop) {
  ORESMITH_ASSERT(parsed.statements.size() == 1);
  CommandHost host(definition_, *store_, environment_);
  const sql::Statement& parsed_statement = parsed.statements[0];
  if (const auto* command = std::get_if<sql::CommandStatement>(&parsed_statement.node)) {
    TRY(command::CommandResult result,
        command::RunCommand(*command->command, *parsed.source, host, stop));
    return QueryResult{.schema = std::move(result.schema),
                       .batches = std::move(result.batches),
                       .warnings = std::move(result.warnings)};
  }
  const auto& statement = std::get<sql::QueryStatement>(parsed_statement.node);
  TRY(sql::Plan plan, sql::BindQuery(*statement.query, *parsed.source, host.catalog(),
                                     {.time_zone = definition_.config.time_zone}));
  sql::PruneColumns(plan);
  QueryResult result{.schema = sql::OutputSchema(plan), .batches = {}};
  std::vector<std::unique_ptr<columnar::Relation>> owned;
  std::vector<const columnar::Relation*> relations;
  std::vector<delta::Predicate> conditions = command::PushedDown(plan);
  for (const sql::Operator* scan : sql::Scans(plan)) {
    const auto index = static_cast<size_t>(std::get<sql::Scan>(scan->node).index);
    TRY(auto relation, host.OpenFiltered(*scan, *parsed.source, std::move(conditions[index])));
    owned.push_back(std::move(relation));
    relations.push_back(owned.back().get());
  }
  TRY(auto engine, OpenEngine());
  TRY(auto query, engine->Prepare(std::move(plan)));
  std::vector<int> shown;
  for (size_t i = 0; i < result.schema.size(); ++i) shown.push_back(static_cast<int>(i));
  const engine::RunContext context{.now = environment_.clock.Now(), .stop = stop};
  TRY(const auto report, query->Run(relations, context, [&](const columnar::Batch& batch) {
    result.batches.push_back(batch->SelectColumns(shown).ValueOrDie());
    return Status{};
  }));
  return result;
}

Result<std::optional<TableInfo>> LoadedPipeline::Describe(const std::string& name,
                                                          const std::string& kind,
                                                          const std::string& root) {
  auto table = delta::Table::Open(*store_, root, environment_.clock, environment_.random);
  if (!table) {
    if (table.error().kind == ErrorKind::kNotFound) return std::optional<TableInfo>{};
    return Fail(std::move(table).error());
  }
  const auto snapshot = (*table)->snapshot();
  TableInfo info;
  info.name = name;
  info.kind = kind;
  info.version = delta::Number(snapshot->version);
  info.rows = snapshot->num_records();
  info.files = static_cast<int64_t>(snapshot->files.size());
  info.bytes = snapshot->size_bytes();
  info.changed_ms = snapshot->timestamp_ms;
  info.path = store_->Describe(root);
  return std::optional<TableInfo>(std::move(info));
}

Result<std::vector<TableInfo>> LoadedPipeline::Tables() {
  std::vector<TableInfo> tables;
  for (const std::string& key : definition_.order) {
    const Dataset& dataset = definition_.datasets.at(key);
    if (!dataset.IsTable()) continue;
    const std::string root = dataset.name.Path();
    TRY(std::optional<TableInfo> info, Describe(dataset.display, dataset.Kind(), root));
    if (!info && !IsSink(dataset)) {
      info.emplace();
      info->name = dataset.display;
      info->kind = dataset.Kind();
      info->path = store_->Describe(root);
    }
    if (info) tables.push_back(std::move(*info));
    TRY(std::optional<TableInfo> quarantine,
        Describe(dataset.display + "__quarantine", "quarantine", root + "__quarantine"));
    if (quarantine) tables.push_back(std::move(*quarantine));
  }
  return tables;
}

}  // namespace

tl::expected<std::unique_ptr<Pipeline>, std::vector<Error>> Pipeline::Load(
    const LoadOptions& options, const Environment& environment) {
  auto config = LoadConfig(options);
  if (!config) return tl::unexpected(One(std::move(config).error()));
  auto definition = LoadDefinition(std::move(*config));
  if (!definition) return tl::unexpected(std::move(definition).error());
  auto store = OpenStorage(definition->config, environment);
  if (!store) return tl::unexpected(One(std::move(store).error()));
  return std::make_unique<LoadedPipeline>(std::move(*definition), environment, std::move(*store));
}

}  // namespace oresmith::pipeline
