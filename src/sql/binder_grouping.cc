// GROUPING SETS, CUBE, ROLLUP: which keys each set has, grouping() and grouping_id().
// Source: Spark 4.3, ResolveGroupingAnalytics.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

using Kind = GroupingElement::Kind;
using Sets = std::vector<std::vector<int>>;

// grouping_id() has a bit for each key; the sets of one query multiply.
constexpr size_t kKeysMax = 63;
constexpr size_t kSetsMax = 4096;

void AddKeys(const GroupingElement& element, std::vector<const ExprPtr*>& keys) {
  for (const ExprPtr& key : element.keys) keys.push_back(&key);
  for (const GroupingElement& inner : element.elements) AddKeys(inner, keys);
}

std::vector<int> Joined(const std::vector<int>& left, const std::vector<int>& right) {
  std::vector<int> both = left;
  for (const int place : right) {
    if (std::find(both.begin(), both.end(), place) == both.end()) both.push_back(place);
  }
  return both;
}

bool InAll(const Sets& sets, int place) {
  return std::all_of(sets.begin(), sets.end(), [&](const std::vector<int>& set) {
    return std::find(set.begin(), set.end(), place) != set.end();
  });
}

/// Every set of the one with every set of the other; nothing when they are too many.
std::optional<Sets> Multiplied(const Sets& left, const Sets& right) {
  if (left.size() * right.size() > kSetsMax) return std::nullopt;
  Sets all;
  for (const auto& one : left) {
    for (const auto& other : right) all.push_back(Joined(one, other));
  }
  return all;
}

/// The sets of elements, whose keys stand at `places` in the order of the text.
class SetMaker {
 public:
  explicit SetMaker(const std::vector<int>& places) : places_(places) {}

  std::optional<Sets> OfAll(const std::vector<GroupingElement>& elements) {
    std::optional<Sets> all = Sets(1);
    for (const GroupingElement& element : elements) {
      const std::optional<Sets> sets = Of(element);
      all = sets ? Multiplied(*all, *sets) : std::nullopt;
      if (!all) return std::nullopt;
    }
    return all;
  }

 private:
  std::optional<Sets> Of(const GroupingElement& element) {
    if (element.kind == Kind::kKeys) {
      std::vector<int> set;
      for (size_t i = 0; i < element.keys.size(); ++i) {
        set = Joined(set, {places_[next_++]});
      }
      return Sets{std::move(set)};
    }
    Sets parts;
    for (const GroupingElement& inner : element.elements) {
      const std::optional<Sets> sets = Of(inner);
      if (!sets) return std::nullopt;
      parts.insert(parts.end(), sets->begin(), sets->end());
      if (parts.size() > kSetsMax) return std::nullopt;
    }
    if (element.kind == Kind::kSets) return parts;
    return element.kind == Kind::kRollup ? Rollup(parts) : Cube(parts);
  }
  static Sets Rollup(const Sets& parts) {
    Sets sets(1);
    for (const auto& part : parts) sets.push_back(Joined(sets.back(), part));
    std::reverse(sets.begin(), sets.end());
    return sets;
  }
  static std::optional<Sets> Cube(const Sets& parts) {
    std::optional<Sets> sets = Sets(1);
    for (const auto& part : parts) {
      sets = Multiplied(*sets, Sets{part, {}});
      if (!sets) return std::nullopt;
    }
    return sets;
  }

  const std::vector<int>& places_;
  size_t next_ = 0;
};

}  // namespace

std::vector<const ExprPtr*> GroupingKeys(const Select& select) {
  std::vector<const ExprPtr*> keys;
  for (const GroupingElement& element : select.grouping) AddKeys(element, keys);
  return keys;
}

// A column that a set leaves out is NULL in its rows, so what stands over it is bound as over a
// column that may be NULL.
Status Binder::MakeKeysNullable(SelectState& state) {
  if (state.select.grouping.empty()) return {};
  std::vector<const ExprPtr*> keys = GroupingKeys(state.select);
  for (const ExprPtr& key : state.select.group_by) keys.push_back(&key);
  std::vector<std::optional<ColumnId>> columns;
  std::vector<int> places;  // of the first key that is the same column
  for (const ExprPtr* key : keys) {
    const auto* name = std::get_if<NameRef>(&(*key)->node);
    BoundPtr bound;
    if (name != nullptr) {
      TRY(bound, ResolveIn(state.from.scope, *name, (*key)->span));
    }
    const auto* column = bound ? std::get_if<BoundColumn>(&bound->node) : nullptr;
    columns.push_back(column != nullptr ? std::optional<ColumnId>(column->id) : std::nullopt);
    const auto known = column != nullptr ? std::find(columns.begin(), columns.end(), columns.back())
                                         : columns.end() - 1;
    places.push_back(static_cast<int>(known - columns.begin()));
  }
  const std::optional<Sets> sets = SetMaker(places).OfAll(state.select.grouping);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i] || (sets && InAll(*sets, places[i]))) continue;
    for (ScopeColumn& each : state.from.scope.columns) {
      if (each.column.id == *columns[i]) each.column.nullable = true;
    }
  }
  return {};
}

Status Binder::BindGroupingSets(SelectState& state) {
  const Select& select = state.select;
  const Span span = select.grouping.front().span;
  for (const ExprPtr& key : select.group_by) TRY_DO(AddGroup(state, *key));
  const size_t given = state.groups.size();
  std::vector<int> places;
  for (const ExprPtr* key : GroupingKeys(select)) {
    TRY(const int place, AddGroup(state, **key));
    if (given > 0 && static_cast<size_t>(place) >= given) {
      return Invalid((*key)->span, "GROUPING SETS: {} is not one of the keys of GROUP BY",
                     TextOf((*key)->span));
    }
    places.push_back(place);
  }
  if (state.groups.size() > kKeysMax) {
    return Unsupported(span, "GROUP BY: more than {} keys with several groupings", kKeysMax);
  }
  std::optional<Sets> sets = SetMaker(places).OfAll(select.grouping);
  if (!sets) return Unsupported(span, "GROUP BY: more than {} groupings", kSetsMax);
  state.sets = *std::move(sets);
  for (size_t i = 0; i < state.groups.size(); ++i) {
    const bool in_all = InAll(state.sets, static_cast<int>(i));
    state.groups[i].column.nullable = !in_all || state.groups[i].expr->nullable;
  }
  state.grouping_id = NewColumn("grouping_id", Type(TypeId::kLong), false);
  return {};
}

// grouping(key) is the key's bit of the row's set, grouping_id(keys) all bits. The keys of
// grouping_id() must be those of GROUP BY, in their order.
Result<BoundPtr> Binder::GroupingValue(const SelectState& state, const BoundExpr& call) {
  const auto& node = std::get<BoundCall>(call.node);
  BoundPtr id = ColumnOf(*state.grouping_id, call.span);
  const size_t count = state.groups.size();
  if (node.function->name == "grouping_id") {
    bool same = node.args.empty() || node.args.size() == count;
    for (size_t i = 0; same && i < node.args.size(); ++i) {
      same = SameExpr(*node.args[i], *state.groups[i].expr);
    }
    if (same) return id;
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "grouping_id: its arguments must be the keys of GROUP BY, in their order")
                    .WithFix("write grouping_id()")
                    .At(source_->Place(call.span)));
  }
  for (size_t i = 0; i < count; ++i) {
    if (!SameExpr(*node.args[0], *state.groups[i].expr)) continue;
    std::vector<BoundPtr> shift;
    shift.push_back(std::move(id));
    shift.push_back(IntConstant(static_cast<int64_t>(count - 1 - i), call.span));
    std::vector<BoundPtr> bit(2);
    TRY(bit[0], MakeCall("shiftright", std::move(shift), call.span));
    bit[1] = MakeExpr(Type(TypeId::kLong), false, call.span, BoundLiteral{int64_t{1}});
    TRY(BoundPtr value, MakeCall("&", std::move(bit), call.span));
    return CastTo(std::move(value), Type(TypeId::kByte));
  }
  return Invalid(call.span, "grouping: its argument must be a key of GROUP BY");
}

}  // namespace oresmith::sql
