#include "pipeline/file_relation.h"

#include <limits>
#include <utility>

#include "base/near.h"

namespace oresmith::pipeline {
namespace {

constexpr const char* kFilesLimit = "maxFilesPerTrigger";

class FileReader final : public columnar::BatchReader {
 public:
  FileReader(std::unique_ptr<connector::Source> source, connector::Reading reading)
      : source_(std::move(source)), reading_(std::move(reading)) {}
  Result<columnar::Batch> Next() override { return reading_.rows->Next(); }

 private:
  std::unique_ptr<connector::Source> source_;  // the reading is of it
  connector::Reading reading_;
};

class FileRelation final : public columnar::Relation {
 public:
  FileRelation(connector::FileSourceOptions options, types::Schema schema)
      : options_(std::move(options)), schema_(std::move(schema)) {}

  const types::Schema& schema() const override { return schema_; }

  Result<std::unique_ptr<columnar::BatchReader>> Open(
      const std::vector<int>& columns) const override {
    TRY(auto source, connector::MakeFileSource(options_));
    const connector::Limits all{.bytes_max = std::numeric_limits<int64_t>::max()};
    TRY(std::optional<connector::Range> range, source->Plan(all));
    if (!range) {
      types::Schema selected;
      std::vector<int> indexes;
      for (const int column : columns) {
        indexes.push_back(static_cast<int>(selected.size()));
        selected.push_back(schema_[static_cast<size_t>(column)]);
      }
      return columnar::MakeRelation(std::move(selected), {})->Open(indexes);
    }
    TRY(connector::Reading reading, source->Read(*range, columns));
    return std::unique_ptr<columnar::BatchReader>(
        std::make_unique<FileReader>(std::move(source), std::move(reading)));
  }

 private:
  connector::FileSourceOptions options_;
  types::Schema schema_;
};

}  // namespace

Result<std::unique_ptr<columnar::Relation>> MakeFileRelation(
    const connector::FileSourceOptions& options) {
  connector::FileSourceOptions batch = options;
  // A batch reads the folder as it is: the limit per trigger is a stream's.
  std::erase_if(batch.options, [](const auto& option) {
    return EditDistance(option.first, kFilesLimit, 0) == 0;  // names come in any case
  });
  batch.options[kFilesLimit] = std::to_string(std::numeric_limits<int32_t>::max());
  TRY(const auto source, connector::MakeFileSource(batch));
  return std::unique_ptr<columnar::Relation>(
      std::make_unique<FileRelation>(std::move(batch), source->schema()));
}

}  // namespace oresmith::pipeline
