#include "fuzz/seeds.h"

#include <arrow/json/from_string.h>

#include <cstring>
#include <memory>
#include <utility>

#include "delta/table.h"
#include "storage/store.h"
#include "support/manual_clock.h"

namespace oresmith::fuzz {
namespace {

using delta::AddFile;
using types::Type;
using types::TypeId;

types::Field Column(std::string name, Type type) {
  return {.name = std::move(name), .type = std::move(type), .nullable = true, .comment = {}};
}

types::Schema WideSchema() {
  const Type text(TypeId::kString);
  return {Column("id", Type(TypeId::kLong)),
          Column("name", text),
          Column("flag", Type(TypeId::kBoolean)),
          Column("small", Type(TypeId::kShort)),
          Column("real", Type(TypeId::kDouble)),
          Column("money", Type::Decimal(12, 2)),
          Column("day", Type(TypeId::kDate)),
          Column("at", Type(TypeId::kTimestamp)),
          Column("bytes", Type(TypeId::kBinary)),
          Column("list", Type::Array(Type(TypeId::kInt))),
          Column("map", Type::Map(text, Type(TypeId::kLong))),
          Column("inner", Type::Struct({Column("a", Type(TypeId::kInt)), Column("b", text)}))};
}

/// Rows from `first` on.
Result<columnar::Batch> Rows(const types::Schema& schema, int64_t first) {
  std::string json = "[";
  for (int64_t id = first; id < first + 20; ++id) {
    const std::string name = id % 4 == 0 ? "null" : fmt::format("\"a/b=c {}\"", id % 2);
    json += fmt::format(R"({}{{"id":{},"name":{},"flag":{},"small":{},"real":{}.5,"money":"{}.25",)"
                        R"("day":{},"at":{},"bytes":"x{}","list":[1,null,{}],"map":[["k",{}]],)"
                        R"("inner":{{"a":{},"b":null}}}})",
                        id == first ? "" : ",", id, name, id % 3 == 0 ? "true" : "null", id, id, id,
                        id, id * 1000000, id, id, id, id);
  }
  const auto type = arrow::struct_(columnar::ToArrow(schema)->fields());
  auto rows = arrow::json::ArrayFromJSONString(type, json + "]");
  if (!rows.ok()) {
    return Fail(columnar::FromArrowStatus(rows.status(), ErrorKind::kInvalidInput, "seed"));
  }
  auto batch = arrow::RecordBatch::FromStructArray(*rows);
  if (!batch.ok()) {
    return Fail(columnar::FromArrowStatus(batch.status(), ErrorKind::kInvalidInput, "seed"));
  }
  return columnar::Conform(*batch, schema);
}

uint32_t Crc32(std::string_view bytes) {
  uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1)));
  }
  return ~crc;
}

template <class Number>
std::string LittleEndian(Number number) {
  std::string bytes(sizeof(number), '\0');
  std::memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

std::string BigEndian(uint32_t number) { return LittleEndian(__builtin_bswap32(number)); }

/// The rows 1 and 3. Source: Delta PROTOCOL.md, "Deletion Vector Format"; the Roaring format.
std::string VectorData() {
  return LittleEndian<uint32_t>(1681511377) + LittleEndian<uint64_t>(1) +
         LittleEndian<uint32_t>(0) + LittleEndian<uint32_t>(12346) + LittleEndian<uint32_t>(1) +
         LittleEndian<uint16_t>(0) + LittleEndian<uint16_t>(1) + LittleEndian<uint32_t>(16) +
         LittleEndian<uint16_t>(1) + LittleEndian<uint16_t>(3);
}

/// Deletes rows of the newest files: one vector in a file of its own, one in the log.
Status DeleteRows(storage::Store& store, delta::Table& table) {
  const std::string data = VectorData();
  TRY_DO(store.Put("t/deletion_vector_00000000-0000-0000-0000-000000000000.bin", VectorFile(data)));
  const delta::DeletionVector in_file{.storage_type = "u",
                                      .path_or_inline = "00000000000000000000",
                                      .offset = 1,
                                      .size_bytes = static_cast<int64_t>(data.size()),
                                      .cardinality = 2};
  // Rows 3, 4, 7, 11, 18, 29. Source: delta-kernel-rs, test_inline_dv.
  const delta::DeletionVector in_log{
      .storage_type = "i",
      .path_or_inline = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
      .offset = std::nullopt,
      .size_bytes = 44,
      .cardinality = 6};
  delta::CommitRequest request{.operation = "DELETE", .features = {"deletionVectors"}};
  const auto snapshot = table.snapshot();
  for (const AddFile& file : snapshot->files) {
    request.removes.push_back(file);
    AddFile changed = file;
    const bool first = request.adds.empty();
    delta::FileExtras extras;
    extras.deletion_vector = first ? in_file : in_log;
    changed.extras = std::make_shared<const delta::FileExtras>(std::move(extras));
    request.adds.push_back(std::move(changed));
    if (request.adds.size() == 2) break;
  }
  TRY_DO(table.Commit(request));
  return {};
}

Result<Objects> ObjectsOf(storage::Store& store) {
  TRY(const std::vector<storage::ObjectInfo> listed, store.ListRecursive(""));
  Objects objects;
  for (const storage::ObjectInfo& object : listed) {
    TRY(objects[object.key], store.Get(object.key));
  }
  return objects;
}

struct SeedOptions {
  bool v2_checkpoints = false;
  std::vector<std::string> partition_columns = {};
  int commits = 0;
  bool deletes = false;
};

Result<Objects> SeedTable(const SeedOptions& seed) {
  const auto store = storage::MakeMemoryStore();
  const ManualClock clock;
  Random random(1);
  const types::Schema schema = WideSchema();
  delta::CreateOptions options{.schema = schema,
                               .partition_columns = seed.partition_columns,
                               .configuration = {{"delta.checkpointInterval", "3"}}};
  if (seed.v2_checkpoints) options.configuration["delta.checkpointPolicy"] = "v2";
  TRY(const auto table, delta::Table::Create(*store, "t", options, clock, random));
  for (int64_t i = 0; i < seed.commits; ++i) {
    TRY(const auto writer, table->NewWriter(delta::WriterOptions(), nullptr));
    TRY(const columnar::Batch rows, Rows(schema, i * 20));
    TRY_DO(writer->Write(rows));
    delta::CommitRequest request{.transactions = {{"flow", i}}, .domains = {{"d", "{}", false}}};
    if (!seed.v2_checkpoints) request.domains.clear();
    TRY(request.adds, writer->Close());
    TRY_DO(table->Commit(request));
  }
  if (seed.deletes) TRY_DO(DeleteRows(*store, *table));
  return ObjectsOf(*store);
}

}  // namespace

std::string VectorFile(std::string_view data) {
  return "\x01" + BigEndian(static_cast<uint32_t>(data.size())) + std::string(data) +
         BigEndian(Crc32(data));
}

Result<std::vector<Objects>> SeedTables() {
  std::vector<Objects> tables;
  for (const SeedOptions& seed :
       {SeedOptions{.commits = 2}, SeedOptions{.commits = 4},
        SeedOptions{.partition_columns = {"name", "day"}, .commits = 4},
        SeedOptions{.v2_checkpoints = true, .commits = 4},
        SeedOptions{.commits = 2, .deletes = true}, SeedOptions{.commits = 4, .deletes = true}}) {
    TRY(Objects objects, SeedTable(seed));
    tables.push_back(std::move(objects));
  }
  return tables;
}

}  // namespace oresmith::fuzz
