// bench_bound INPUT OUTPUT [THREADS]: what the retail benchmark costs without SQL, without Delta
// and without generality. JSON lines to the same bronze, silver and gold Parquet files, by hand.
//
// Each thread takes one input file after another: simdjson On-Demand into Arrow builders with the
// items exploded, bronze and silver into Parquet files of the thread, the aggregates in hash tables
// that are merged at the end. Prints one JSON object: figures, and sums to compare results by.

#include <arrow/builder.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/clock.h"
#include "bound/gold.h"
#include "bound/order_parser.h"
#include "bound/parquet_out.h"

namespace oresmith::bench {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<arrow::DataType> Time() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

// Every appended row was reserved before: the Unsafe calls cannot fail but by a lack of memory.
void Must(const arrow::Status& status) { ORESMITH_ASSERT(status.ok()); }

void AppendText(arrow::StringBuilder& builder, std::string_view text) {
  Must(builder.Append(text.data(), static_cast<int32_t>(text.size())));
}

class Bronze {
 public:
  static std::shared_ptr<arrow::Schema> Schema() {
    return arrow::schema({arrow::field("value", arrow::utf8()),
                          arrow::field("source_file", arrow::utf8()),
                          arrow::field("line", arrow::int64()), arrow::field("ingest_ts", Time())});
  }
  void Add(std::string_view value, std::string_view file, int64_t line, int64_t ingest_micros) {
    AppendText(value_, value);
    AppendText(file_, file);
    Must(line_.Append(line));
    Must(ingest_.Append(ingest_micros));
  }
  std::shared_ptr<arrow::RecordBatch> Finish() {
    const int64_t rows = line_.length();
    return arrow::RecordBatch::Make(
        Schema(), rows, {*value_.Finish(), *file_.Finish(), *line_.Finish(), *ingest_.Finish()});
  }

 private:
  arrow::StringBuilder value_;
  arrow::StringBuilder file_;
  arrow::Int64Builder line_;
  arrow::TimestampBuilder ingest_{Time(), arrow::default_memory_pool()};
};

class Silver {
 public:
  static std::shared_ptr<arrow::Schema> Schema() {
    return arrow::schema(
        {arrow::field("order_id", arrow::int64()), arrow::field("order_item_id", arrow::int64()),
         arrow::field("product_id", arrow::int32()), arrow::field("quantity", arrow::int32()),
         arrow::field("price", arrow::float64()), arrow::field("subtotal", arrow::float64()),
         arrow::field("customer_id", arrow::int32()), arrow::field("customer_fname", arrow::utf8()),
         arrow::field("customer_lname", arrow::utf8()), arrow::field("city", arrow::utf8()),
         arrow::field("state", arrow::utf8()), arrow::field("pincode", arrow::int32()),
         arrow::field("order_ts", Time()), arrow::field("ingest_ts", Time())});
  }
  void Add(const Order& order, int64_t ingest_micros) {
    for (const Item& item : order.items) {
      if (item.quantity <= 0) continue;
      Must(order_.Append(order.id));
      Must(item_.Append(item.id));
      Must(product_.Append(item.product));
      Must(quantity_.Append(item.quantity));
      Must(price_.Append(item.price));
      Must(subtotal_.Append(item.subtotal));
      Must(customer_.Append(order.customer));
      AppendText(first_name_, order.first_name);
      AppendText(last_name_, order.last_name);
      AppendText(city_, order.city);
      AppendText(state_, order.state);
      Must(pincode_.Append(order.pincode));
      Must(time_.Append(order.micros));
      Must(ingest_.Append(ingest_micros));
    }
  }
  std::shared_ptr<arrow::RecordBatch> Finish() {
    const int64_t rows = order_.length();
    return arrow::RecordBatch::Make(
        Schema(), rows,
        {*order_.Finish(), *item_.Finish(), *product_.Finish(), *quantity_.Finish(),
         *price_.Finish(), *subtotal_.Finish(), *customer_.Finish(), *first_name_.Finish(),
         *last_name_.Finish(), *city_.Finish(), *state_.Finish(), *pincode_.Finish(),
         *time_.Finish(), *ingest_.Finish()});
  }

 private:
  arrow::Int64Builder order_;
  arrow::Int64Builder item_;
  arrow::Int32Builder product_;
  arrow::Int32Builder quantity_;
  arrow::DoubleBuilder price_;
  arrow::DoubleBuilder subtotal_;
  arrow::Int32Builder customer_;
  arrow::StringBuilder first_name_;
  arrow::StringBuilder last_name_;
  arrow::StringBuilder city_;
  arrow::StringBuilder state_;
  arrow::Int32Builder pincode_;
  arrow::TimestampBuilder time_{Time(), arrow::default_memory_pool()};
  arrow::TimestampBuilder ingest_{Time(), arrow::default_memory_pool()};
};

struct Counts {
  int64_t bronze_rows = 0;
  int64_t silver_rows = 0;
  int64_t bytes_in = 0;
  int64_t bytes_out = 0;
};

/// One thread's share of the work.
class Worker {
 public:
  Worker(const std::vector<fs::path>& inputs, fs::path output, int number)
      : inputs_(inputs), output_(std::move(output)), number_(number) {}

  Status Run(std::atomic<size_t>& next) {
    TRY(const auto bronze, Open("bronze", Bronze::Schema(), "value"));
    TRY(const auto silver, Open("silver", Silver::Schema(), ""));
    for (size_t i = next++; i < inputs_.size(); i = next++) {
      TRY_DO(ReadFile(inputs_[i]));
      AddLines(inputs_[i].filename().string());
      const auto bronze_rows = bronze_.Finish();
      const auto silver_rows = silver_.Finish();
      counts_.bronze_rows += bronze_rows->num_rows();
      counts_.silver_rows += silver_rows->num_rows();
      TRY_DO(bronze->Write(*bronze_rows));
      TRY_DO(silver->Write(*silver_rows));
    }
    for (ParquetOut* const file : {bronze.get(), silver.get()}) {
      TRY(const int64_t bytes, file->Close());
      counts_.bytes_out += bytes;
    }
    return {};
  }

  const Counts& counts() const { return counts_; }
  Gold& gold() { return gold_; }

 private:
  Result<std::unique_ptr<ParquetOut>> Open(const std::string& table,
                                           const std::shared_ptr<arrow::Schema>& schema,
                                           const std::string& plain_column) const {
    return ParquetOut::Open((output_ / table / fmt::format("part-{}.parquet", number_)).string(),
                            schema, plain_column);
  }

  Status ReadFile(const fs::path& path) {
    FILE* const file = fopen(path.c_str(), "rbe");
    std::error_code error;
    const auto bytes = fs::file_size(path, error);
    if (file == nullptr || error) {
      return Fail(ErrorKind::kNotFound, "cannot read {}", path.string());
    }
    if (buffer_.size() < bytes + simdjson::SIMDJSON_PADDING) {
      buffer_.resize(bytes + simdjson::SIMDJSON_PADDING);
    }
    size_ = fread(buffer_.data(), 1, bytes, file);
    fclose(file);
    counts_.bytes_in += static_cast<int64_t>(size_);
    return {};
  }

  void AddLines(const std::string& name) {
    const int64_t now = Micros(SystemClock().Now());
    int64_t number = 0;
    for (size_t at = 0; at < size_;) {
      const auto* const end =
          static_cast<const char*>(memchr(buffer_.data() + at, '\n', size_ - at));
      const size_t length = end == nullptr ? size_ - at : static_cast<size_t>(end - &buffer_[at]);
      const std::string_view line(&buffer_[at], length);
      at += length + 1;
      bronze_.Add(line, name, ++number, now);
      if (!parser_.Parse(line, order_) || !order_.has_id) continue;
      silver_.Add(order_, now);
      gold_.Add(order_);
    }
  }

  const std::vector<fs::path>& inputs_;
  const fs::path output_;
  const int number_;
  std::string buffer_;
  size_t size_ = 0;
  OrderParser parser_;
  Order order_;
  Bronze bronze_;
  Silver silver_;
  Gold gold_;
  Counts counts_;
};

std::vector<fs::path> InputFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with("orders-")) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Status WriteGold(const Gold& gold, const fs::path& output, int64_t& bytes_out) {
  const auto write = [&](const std::string& table,
                         const std::shared_ptr<arrow::RecordBatch>& rows) -> Status {
    TRY(const auto file,
        ParquetOut::Open((output / table / "part-0.parquet").string(), rows->schema(), ""));
    TRY_DO(file->Write(*rows));
    TRY(const int64_t bytes, file->Close());
    bytes_out += bytes;
    return {};
  };
  TRY_DO(write("gold_city_hour", gold.CityHourTable()));
  TRY_DO(write("gold_product", gold.ProductTable()));
  return {};
}

std::string TotalsJson(int64_t rows, const Totals& totals) {
  return fmt::format(
      "{{\"rows\": {}, \"revenue\": {:.2f}, \"orders\": {}, \"items\": {}, \"lines\": {}}}", rows,
      totals.revenue, totals.orders, totals.items, totals.lines);
}

double CpuSeconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Status RunWorkers(std::vector<std::unique_ptr<Worker>>& workers) {
  std::atomic<size_t> next = 0;
  std::vector<Status> results(workers.size());
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < workers.size(); ++i) {
      threads.emplace_back([&, i] { results[i] = workers[i]->Run(next); });
    }
  }
  for (const Status& result : results) TRY_DO(result);
  return {};
}

Result<std::string> Run(const fs::path& input, const fs::path& output, size_t threads) {
  const SystemClock clock;
  const auto started = clock.Steady();
  const std::vector<fs::path> files = InputFiles(input);
  if (files.empty()) {
    return Fail(ErrorKind::kNotFound, "no orders-*.json in {}", input.string());
  }
  for (const char* table : {"bronze", "silver", "gold_city_hour", "gold_product"}) {
    std::error_code error;
    fs::create_directories(output / table, error);
  }
  std::vector<std::unique_ptr<Worker>> workers;
  for (size_t i = 0; i < threads; ++i) {
    workers.push_back(std::make_unique<Worker>(files, output, static_cast<int>(i)));
  }
  TRY_DO(RunWorkers(workers));
  Gold& gold = workers.front()->gold();
  Counts sum = workers.front()->counts();
  for (size_t i = 1; i < threads; ++i) {
    gold.Merge(workers[i]->gold());
    sum.bronze_rows += workers[i]->counts().bronze_rows;
    sum.silver_rows += workers[i]->counts().silver_rows;
    sum.bytes_in += workers[i]->counts().bytes_in;
    sum.bytes_out += workers[i]->counts().bytes_out;
  }
  TRY_DO(WriteGold(gold, output, sum.bytes_out));
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return fmt::format(
      "{{\"orders\": {}, \"wall_s\": {:.3f}, \"cpu_s\": {:.3f}, \"peak_rss_mb\": {}, "
      "\"bytes\": {}, \"bytes_in\": {}, \"silver_rows\": {}, \"gold_city_hour\": {}, "
      "\"gold_product\": {}}}",
      sum.bronze_rows, std::chrono::duration<double>(clock.Steady() - started).count(),
      CpuSeconds(usage), usage.ru_maxrss / 1024, sum.bytes_out, sum.bytes_in, sum.silver_rows,
      TotalsJson(gold.CityHourTable()->num_rows(), gold.CityHourSum()),
      TotalsJson(gold.ProductTable()->num_rows(), gold.ProductSum()));
}

}  // namespace
}  // namespace oresmith::bench

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    fmt::print(stderr, "usage: bench_bound INPUT OUTPUT [THREADS]\n");
    return 2;
  }
  const size_t threads =
      argc == 4 ? std::strtoul(argv[3], nullptr, 10) : std::thread::hardware_concurrency();
  const auto result = oresmith::bench::Run(argv[1], argv[2], std::max<size_t>(threads, 1));
  if (!result) {
    fmt::print(stderr, "bench_bound: {}\n", result.error().message);
    return 1;
  }
  fmt::print("{}\n", *result);
  return 0;
}
