#include "delta/checkpoint_schema.h"

#include <utility>

namespace oresmith::delta {
namespace {

using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

Type Text() { return Type(TypeId::kString); }
Type Long() { return Type(TypeId::kLong); }
Type Int() { return Type(TypeId::kInt); }
Type Flag() { return Type(TypeId::kBoolean); }
Type TextMap() { return Type::Map(Text(), Text()); }
Type Texts() { return Type::Array(Text()); }

/// All fields are nullable: in each row all columns but one are NULL.
Field Nullable(std::string name, Type type) {
  return {.name = std::move(name), .type = std::move(type), .nullable = true, .comment = {}};
}

Type DeletionVectorType() {
  return Type::Struct({Nullable("storageType", Text()), Nullable("pathOrInlineDv", Text()),
                       Nullable("offset", Int()), Nullable("sizeInBytes", Int()),
                       Nullable("cardinality", Long()), Nullable("maxRowIndex", Long())});
}

}  // namespace

Schema CheckpointColumns() {
  const Type txn = Type::Struct(
      {Nullable("appId", Text()), Nullable("version", Long()), Nullable("lastUpdated", Long())});
  const Type add = Type::Struct(
      {Nullable("path", Text()), Nullable("partitionValues", TextMap()), Nullable("size", Long()),
       Nullable("modificationTime", Long()), Nullable("dataChange", Flag()),
       Nullable("tags", TextMap()), Nullable("deletionVector", DeletionVectorType()),
       Nullable("baseRowId", Long()), Nullable("defaultRowCommitVersion", Long()),
       Nullable("clusteringProvider", Text()), Nullable("stats", Text())});
  const Type remove =
      Type::Struct({Nullable("path", Text()), Nullable("deletionTimestamp", Long()),
                    Nullable("dataChange", Flag()), Nullable("extendedFileMetadata", Flag()),
                    Nullable("partitionValues", TextMap()), Nullable("size", Long()),
                    Nullable("deletionVector", DeletionVectorType()), Nullable("baseRowId", Long()),
                    Nullable("defaultRowCommitVersion", Long())});
  const Type format = Type::Struct({Nullable("provider", Text()), Nullable("options", TextMap())});
  const Type metadata =
      Type::Struct({Nullable("id", Text()), Nullable("name", Text()),
                    Nullable("description", Text()), Nullable("format", format),
                    Nullable("schemaString", Text()), Nullable("partitionColumns", Texts()),
                    Nullable("configuration", TextMap()), Nullable("createdTime", Long())});
  const Type protocol =
      Type::Struct({Nullable("minReaderVersion", Int()), Nullable("minWriterVersion", Int()),
                    Nullable("readerFeatures", Texts()), Nullable("writerFeatures", Texts())});
  const Type domain = Type::Struct(
      {Nullable("domain", Text()), Nullable("configuration", Text()), Nullable("removed", Flag())});
  return {Nullable("txn", txn),           Nullable("add", add),
          Nullable("remove", remove),     Nullable("metaData", metadata),
          Nullable("protocol", protocol), Nullable("domainMetadata", domain)};
}

Schema MainCheckpointColumns() {
  Schema columns = CheckpointColumns();
  columns.push_back(
      Nullable("sidecar",
               Type::Struct({Nullable("path", Text()), Nullable("sizeInBytes", Long()),
                             Nullable("modificationTime", Long()), Nullable("tags", TextMap())})));
  columns.push_back(Nullable("checkpointMetadata", Type::Struct({Nullable("version", Long()),
                                                                 Nullable("tags", TextMap())})));
  return columns;
}

Schema SidecarColumns() {
  Schema columns = CheckpointColumns();
  std::erase_if(columns,
                [](const Field& field) { return field.name != "add" && field.name != "remove"; });
  return columns;
}

Schema AllCheckpointColumns() {
  Schema columns = CheckpointColumns();
  columns.push_back(Nullable("sidecar", Type::Struct({Nullable("path", Text())})));
  return columns;
}

}  // namespace oresmith::delta
