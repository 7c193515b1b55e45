#include <algorithm>

#include "connector/generator/block_internal.h"
#include "connector/generator/text_internal.h"

namespace oresmith::connector {
namespace {

constexpr int64_t kMicrosPerMinute = 60'000'000;

uint64_t Threshold(double share) {
  constexpr double kWhole = 18446744073709551616.0;  // 2^64
  return share >= 1 ? ~uint64_t{0} : static_cast<uint64_t>(share * kWhole);
}

// Spoils the object that begins at `begin`, so that no JSON parser takes it.
void Mangle(std::string& out, size_t begin, Rng& rng) {
  const size_t length = out.size() - begin;
  const uint64_t form = rng.Below(3);
  if (form == 0) {
    size_t end = begin + length / 5 + rng.Below(length * 3 / 4);
    while ((static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;  // not within a character
    out.resize(end);
    return;
  }
  if (form == 1) {
    out.resize(begin);
    out += "ERROR upstream timeout after ";
    AppendNumber(out, rng.Between(0, 30'000));
    out += " ms";
    return;
  }
  const size_t colon = out.find("\":", out.find("\":", begin) + 1);
  out[colon + 1] = ' ';
}

}  // namespace

BlockGenerator::BlockGenerator(const GeneratorOptions& options)
    : options_(options), limits_(), rng_(options.seed), kept_(kKept) {
  const TroubleShares& t = options.trouble;
  const std::array<double, 5> shares = {t.malformed, t.no_id, t.negative, t.duplicate, t.late};
  double sum = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    sum += shares[i];
    limits_[i] = Threshold(sum);
  }
  Begin(0, options.start);
}

void BlockGenerator::Begin(int64_t first_record, Instant first_time) {
  rng_ = Rng(options_.seed, static_cast<uint64_t>(first_record));
  first_ = first_record;
  next_ = first_record;
  first_micros_ = Micros(first_time);
  keep_at_ = 0;
}

Trouble BlockGenerator::PickTrouble() {
  const uint64_t draw = rng_.Next();
  if (draw >= limits_.back() || next_ == first_) return Trouble::kNone;  // the first is never bad
  if (draw < limits_[0]) return Trouble::kMalformed;
  if (draw < limits_[1]) return rng_.Below(2) == 0 ? Trouble::kAbsentId : Trouble::kNullId;
  if (draw < limits_[2]) return Trouble::kNegative;
  return draw < limits_[3] ? Trouble::kDuplicate : Trouble::kLate;
}

int64_t BlockGenerator::PickTime(Trouble trouble) {
  int64_t micros = first_micros_ + (next_ - first_) * options_.step_micros;
  if (options_.jitter_micros > 0) {
    micros += rng_.Between(-options_.jitter_micros, options_.jitter_micros);
  }
  if (trouble == Trouble::kLate) {
    micros -= rng_.Between(60 * kMicrosPerMinute, 120 * kMicrosPerMinute);
  }
  return micros;
}

void BlockGenerator::AppendOne(std::string& out) {
  const Trouble trouble = PickTrouble();
  if (trouble == Trouble::kDuplicate) {
    out += kept_[rng_.Below(std::min(keep_at_, kKept))];
    return;
  }
  const size_t begin = out.size();
  AppendOrder(out, {.number = next_, .micros = PickTime(trouble), .trouble = trouble}, rng_);
  if (trouble == Trouble::kMalformed) Mangle(out, begin, rng_);
  if (trouble == Trouble::kNone && (next_ - first_) % kKeepEvery == 0) {
    kept_[keep_at_++ % kKept].assign(out, begin);
  }
}

void BlockGenerator::Append(std::string& out, int64_t records) {
  for (int64_t i = 0; i < records; ++i) {
    AppendOne(out);
    out += '\n';
    ++next_;
  }
}

void AppendOrderId(std::string& out, Trouble trouble, const std::string& id) {
  if (trouble == Trouble::kAbsentId) return;
  out += "\"order_id\":";
  out += trouble == Trouble::kNullId ? std::string_view("null") : std::string_view(id);
  out += ',';
}

}  // namespace oresmith::connector
