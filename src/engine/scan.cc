#include <algorithm>
#include <utility>

#include "engine/arrow_in_internal.h"
#include "engine/scan_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

// What DuckDB asks for beside our columns: a row number, when a query uses no column at all.
constexpr int kNoColumn = -1;
// A column of type void: NULL in each row, whatever the source has.
constexpr int kNullColumn = -2;

struct BindData {
  QueryState* query;
  size_t index;
};

// One scan of one run; shared by its threads.
struct GlobalState {
  QueryState* query = nullptr;
  std::unique_ptr<columnar::BatchReader> reader;
  std::optional<ArrowImporter> importer;
  // For each vector of the output, the column of the reader's batches, or kNoColumn.
  std::vector<int> columns;
};

struct LocalState {
  columnar::Batch batch;
  int64_t offset = 0;
};

template <class T>
void Delete(void* object) {
  delete static_cast<T*>(object);
}

void Bind(duckdb_bind_info info) {
  auto* registry = static_cast<QueryRegistry*>(duckdb_bind_get_extra_info(info));
  const Value id(duckdb_bind_get_parameter(info, 0));
  const Value index(duckdb_bind_get_parameter(info, 1));
  QueryState* query = registry->Find(duckdb_get_int64(id.get()));
  const auto slot_index = static_cast<size_t>(duckdb_get_int64(index.get()));
  if (query == nullptr || slot_index >= query->scans.size()) {
    duckdb_bind_set_error(info, "scan: no such query");
    return;
  }
  const ScanSlot& slot = query->scans[slot_index];
  for (size_t i = 0; i < slot.columns.size(); ++i) {
    duckdb_bind_add_result_column(info, slot.column_names[i].c_str(),
                                  MakeLogicalType(slot.column_types[i]).get());
  }
  // DuckDB takes a table function without columns for an error.
  if (slot.columns.empty()) {
    duckdb_bind_add_result_column(info, "#", MakeLogicalType(types::Type()).get());
  }
  duckdb_bind_set_bind_data(info, new BindData{query, slot_index}, Delete<BindData>);
}

Status Open(const ScanSlot& slot, duckdb_init_info info, GlobalState& state) {
  if (slot.relation == nullptr) {
    return Fail(ErrorKind::kInvalidInput, "scan {}: no relation was given", slot.name);
  }
  std::vector<int> wanted;
  std::vector<types::Type> types;
  const idx_t count = duckdb_init_get_column_count(info);
  for (idx_t i = 0; i < count; ++i) {
    const idx_t column = duckdb_init_get_column_index(info, i);
    if (column >= slot.columns.size()) {
      state.columns.push_back(kNoColumn);
      continue;
    }
    if (slot.column_types[column].Is(types::TypeId::kVoid)) {
      state.columns.push_back(kNullColumn);
      continue;
    }
    state.columns.push_back(static_cast<int>(wanted.size()));
    wanted.push_back(slot.columns[column]);
    types.push_back(slot.column_types[column]);
  }
  TRY(state.reader, slot.relation->Open(wanted));
  if (wanted.empty()) return {};
  TRY(state.importer, ArrowImporter::Make(state.query->connection, std::move(types)));
  return {};
}

void Init(duckdb_init_info info) {
  const auto* bound = static_cast<BindData*>(duckdb_init_get_bind_data(info));
  auto state = std::make_unique<GlobalState>();
  state->query = bound->query;
  Status opened = Open(bound->query->scans[bound->index], info, *state);
  if (!opened) {
    duckdb_init_set_error(info, opened.error().message.c_str());
    bound->query->error.Set(std::move(opened).error());
    return;
  }
  duckdb_init_set_max_threads(info, static_cast<idx_t>(bound->query->threads));
  duckdb_init_set_init_data(info, state.release(), Delete<GlobalState>);
}

void LocalInit(duckdb_init_info info) {
  duckdb_init_set_init_data(info, new LocalState, Delete<LocalState>);
}

// Moves to the next batch when this one is used up. False at the end.
Result<bool> HasRows(GlobalState& global, LocalState& local) {
  if (local.batch && local.offset < local.batch->num_rows()) return true;
  TRY(local.batch, global.reader->Next());
  local.offset = 0;
  return local.batch != nullptr;
}

void FillWithNulls(duckdb_vector vector, int64_t rows) {
  duckdb_vector_ensure_validity_writable(vector);
  uint64_t* validity = duckdb_vector_get_validity(vector);
  for (int64_t row = 0; row < rows; ++row) {
    duckdb_validity_set_row_invalid(validity, static_cast<idx_t>(row));
  }
}

Status Import(const GlobalState& global, const LocalState& local, int64_t rows,
              duckdb_data_chunk output) {
  arrow::ArrayVector slices;
  for (const auto& column : local.batch->columns()) {
    slices.push_back(column->Slice(local.offset, rows));
  }
  TRY(const DataChunk chunk, global.importer->Import(slices, rows));
  const duckdb_vector all = duckdb_data_chunk_get_vector(chunk.get(), 0);
  for (size_t i = 0; i < global.columns.size(); ++i) {
    if (global.columns[i] < 0) continue;
    const duckdb_vector column =
        duckdb_struct_vector_get_child(all, static_cast<idx_t>(global.columns[i]));
    duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i), column);
  }
  return {};
}

Status Fill(GlobalState& global, LocalState& local, duckdb_data_chunk output) {
  TRY(const bool has_rows, HasRows(global, local));
  if (!has_rows) {
    duckdb_data_chunk_set_size(output, 0);
    return {};
  }
  const int64_t rows = std::min(kVectorRows, local.batch->num_rows() - local.offset);
  if (global.importer) TRY_DO(Import(global, local, rows, output));
  for (size_t i = 0; i < global.columns.size(); ++i) {
    if (global.columns[i] != kNullColumn) continue;
    FillWithNulls(duckdb_data_chunk_get_vector(output, i), rows);
  }
  duckdb_data_chunk_set_size(output, static_cast<idx_t>(rows));
  local.offset += rows;
  return {};
}

void Next(duckdb_function_info info, duckdb_data_chunk output) {
  auto& global = *static_cast<GlobalState*>(duckdb_function_get_init_data(info));
  auto& local = *static_cast<LocalState*>(duckdb_function_get_local_init_data(info));
  Status filled = Fill(global, local, output);
  if (filled) return;
  duckdb_function_set_error(info, filled.error().message.c_str());
  global.query->error.Set(std::move(filled).error());
}

}  // namespace

Status RegisterScan(duckdb_connection connection, QueryRegistry* registry) {
  const TableFunction function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), "scan");
  const LogicalType number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  duckdb_table_function_add_parameter(function.get(), number.get());
  duckdb_table_function_add_parameter(function.get(), number.get());
  duckdb_table_function_set_extra_info(function.get(), registry, nullptr);
  duckdb_table_function_set_bind(function.get(), Bind);
  duckdb_table_function_set_init(function.get(), Init);
  duckdb_table_function_set_local_init(function.get(), LocalInit);
  duckdb_table_function_set_function(function.get(), Next);
  duckdb_table_function_supports_projection_pushdown(function.get(), true);
  if (duckdb_register_table_function(connection, function.get()) == DuckDBSuccess) return {};
  return Fail(ErrorKind::kUnsupported, "open the engine: register scan");
}

}  // namespace oresmith::engine
