#include "sql/plan_stream.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_carry_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

int PlaceOf(const std::vector<Attribute>& columns, ColumnId id) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].id == id) return static_cast<int>(i);
  }
  return -1;
}

std::vector<int> Count(size_t count) {
  std::vector<int> numbers(count);
  for (size_t i = 0; i < count; ++i) numbers[i] = static_cast<int>(i);
  return numbers;
}

types::Schema SchemaOf(const std::vector<Attribute>& columns) {
  types::Schema schema;
  for (const Attribute& column : columns) {
    schema.push_back({.name = column.name, .type = column.type, .nullable = true});
  }
  return schema;
}

OperatorPtr ScanOf(std::vector<Attribute> columns, int index, Span span) {
  Scan scan{.index = index, .name = "state", .source = "", .stream = true, .columns = {}};
  scan.columns = Count(columns.size());
  return MakeOperator(std::move(columns), span, std::move(scan));
}

/// Computed columns behind the input's own, which keep their ids.
void Append(OperatorPtr& input, std::vector<NamedExpr> computed) {
  const Span span = input->span;
  Project project;
  std::vector<Attribute> output = input->output;
  for (const Attribute& column : output) {
    project.items.push_back(
        {column, MakeExpr(column.type, column.nullable, span, BoundColumn{column.id})});
  }
  for (NamedExpr& item : computed) {
    output.push_back(item.column);
    project.items.push_back(std::move(item));
  }
  project.input = std::move(input);
  input = MakeOperator(std::move(output), span, std::move(project));
}

class StreamSplitter {
 public:
  StreamSplitter(int& next_id, EventTimes times, std::vector<ColumnId> origins)
      : next_id_(next_id), times_(std::move(times)), origins_(std::move(origins)) {}

  void Visit(OperatorPtr& op) {
    if (!ReadsStream(*op)) return;
    const bool first_rows = FindFirstRows(*op).has_value();
    if (first_rows) {
      Visit(WindowBelow(*op).input);
    } else {
      ForEachInput(*op, [&](OperatorPtr& input) { Visit(input); });
    }
    if (first_rows) {
      CutFirstRows(op);
    } else if (std::holds_alternative<Distinct>(op->node)) {
      CutDistinct(*op);
    } else if (const auto* set = std::get_if<SetOperation>(&op->node)) {
      if (set->type == SetOpType::kUnion && !set->all) CutUnion(op);
    } else if (std::holds_alternative<Aggregate>(op->node)) {
      CutAggregate(*op);
    } else if (const auto* join = std::get_if<JoinOp>(&op->node)) {
      if (ReadsStream(*join->left) && ReadsStream(*join->right)) CutJoin(*op);
    }
    if (op->event_time) CutWatermark(*op);
  }

  std::vector<StreamStage> Take() { return std::move(stages_); }
  const std::vector<ColumnId>& origins() const { return origins_; }

 private:
  static WindowOp& WindowBelow(Operator& filter) {
    Operator* op = std::get<Filter>(filter.node).input.get();
    while (auto* project = std::get_if<Project>(&op->node)) op = project->input.get();
    return std::get<WindowOp>(op->node);
  }

  /// The first origin that can be had, as a column of `below`.
  ColumnId CarryOrigin(Operator& below) {
    for (const ColumnId origin : origins_) {
      const auto carried = CarryUp(below, origin, next_id_);
      if (!carried) continue;
      if (carried->id != origin) origins_.push_back(carried->id);
      return carried->id;
    }
    return ColumnId{-1};
  }

  StreamStage Begin(OperatorPtr below, Span span) {
    StreamStage stage;
    stage.span = span;
    AddInput(stage, std::move(below));
    return stage;
  }
  void AddInput(StreamStage& stage, OperatorPtr below) {
    const ColumnId origin = CarryOrigin(*below);
    PartialPlan input;
    input.plan.root = std::move(below);
    // From here on its columns stay where they are.
    PruneColumns(input.plan);
    stage.origins.push_back(PlaceOf(input.plan.root->output, origin));
    stage.inputs.push_back(std::move(input));
  }
  static const std::vector<Attribute>& OutputOf(const StreamStage& stage, size_t input) {
    return stage.inputs[input].plan.root->output;
  }

  /// `op` becomes a scan of the stage's output, which is what its input gives.
  void HandOn(StreamStage stage, Operator& op) {
    op.output = OutputOf(stage, 0);
    stage.output = SchemaOf(op.output);
    Scan scan{.index = -1 - static_cast<int>(stages_.size()),
              .name = "state",
              .source = "",
              .stream = true,
              .columns = Count(op.output.size())};
    op.node = std::move(scan);
    stages_.push_back(std::move(stage));
  }

  std::optional<TimePlace> TimeOf(const std::vector<Attribute>& columns) const {
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto found = times_.find(columns[i].id);
      if (found != times_.end()) return TimePlace{static_cast<int>(i), found->second};
    }
    return std::nullopt;
  }

  static OperatorPtr MoveOut(Operator& op) {
    auto below = std::make_unique<Operator>(Operator{op.output, op.span, std::move(op.node)});
    op.node = Values{};
    return below;
  }

  void CutWatermark(Operator& op) {
    StreamStage stage = Begin(MoveOut(op), op.span);
    const ColumnId id = op.event_time->column;
    stage.work = WatchStage{{.column = PlaceOf(OutputOf(stage, 0), id),
                             .time = {.is_window = false, .delay_ms = op.event_time->delay_ms}}};
    HandOn(std::move(stage), op);
  }

  void CutDistinct(Operator& op) {
    OperatorPtr below = std::move(std::get<Distinct>(op.node).input);
    const std::vector<Attribute> keys = below->output;
    StreamStage stage = Begin(std::move(below), op.span);
    FirstStage first;
    for (const Attribute& key : keys) first.keys.push_back(PlaceOf(OutputOf(stage, 0), key.id));
    first.time = TimeOf(OutputOf(stage, 0));
    first.time_is_key = first.time.has_value();
    stage.work = std::move(first);
    HandOn(std::move(stage), op);
  }

  void CutUnion(OperatorPtr& op) {
    std::get<SetOperation>(op->node).all = true;
    const std::vector<Attribute> output = op->output;
    const Span span = op->span;
    op = MakeOperator(output, span, Distinct{std::move(op)});
    CutDistinct(*op);
  }

  void CutFirstRows(OperatorPtr& op) {
    const FirstRows found = *FindFirstRows(*op);
    auto& filter = std::get<Filter>(op->node);
    WindowOp& window = WindowBelow(*op);
    const std::optional<TimePlace> time = TimeOf(window.input->output);
    const ColumnId time_id =
        time ? window.input->output[static_cast<size_t>(time->column)].id : ColumnId{};
    const std::vector<ColumnId> keys = KeysOf(window);
    const std::vector<Attribute> input_columns = filter.input->output;
    BoundPtr test = CloneExpr(*found.test);
    auto below =
        MakeOperator(input_columns, op->span, Filter{std::move(filter.input), std::move(test)});
    FirstStage first;
    std::vector<ColumnId> carried;
    for (const ColumnId key : keys) carried.push_back(CarryUp(*below, key, next_id_)->id);
    ColumnId carried_time{};
    if (time) carried_time = CarryUp(*below, time_id, next_id_)->id;
    StreamStage stage = Begin(std::move(below), op->span);
    for (const ColumnId key : carried) first.keys.push_back(PlaceOf(OutputOf(stage, 0), key));
    if (time) {
      first.time = TimePlace{PlaceOf(OutputOf(stage, 0), carried_time), time->time};
      times_[carried_time] = time->time;
      first.time_is_key = std::find(keys.begin(), keys.end(), time_id) != keys.end();
    }
    stage.work = std::move(first);
    // What else the filter asks is asked of the first rows.
    filter.input = MakeOperator({}, op->span, Values{});
    HandOn(std::move(stage), *filter.input);
  }

  /// The columns that the window is partitioned by; those that are computed become some.
  std::vector<ColumnId> KeysOf(WindowOp& window) {
    auto& function = std::get<BoundWindow>(window.items[0].expr->node);
    std::vector<ColumnId> keys;
    std::vector<NamedExpr> computed;
    for (BoundPtr& key : function.partition_by) {
      if (const auto* column = std::get_if<BoundColumn>(&key->node)) {
        keys.push_back(column->id);
        continue;
      }
      Attribute attribute{.id = ColumnId{next_id_++}, .name = "key", .type = key->type};
      attribute.hidden = true;
      const Span span = key->span;
      BoundPtr reference = MakeExpr(key->type, key->nullable, span, BoundColumn{attribute.id});
      keys.push_back(attribute.id);
      computed.push_back({std::move(attribute), std::exchange(key, std::move(reference))});
    }
    if (!computed.empty()) Append(window.input, std::move(computed));
    return keys;
  }

  void CutAggregate(Operator& op) {
    auto& aggregate = std::get<Aggregate>(op.node);
    std::vector<NamedExpr> computed;
    size_t time_group = aggregate.groups.size();
    for (size_t i = 0; i < aggregate.groups.size(); ++i) {
      NamedExpr& group = aggregate.groups[i];
      if (time_group == aggregate.groups.size() && times_.contains(group.column.id)) time_group = i;
      Attribute attribute = group.column;
      attribute.id = ColumnId{next_id_++};
      BoundPtr reference =
          MakeExpr(attribute.type, attribute.nullable, op.span, BoundColumn{attribute.id});
      computed.push_back({std::move(attribute), std::exchange(group.expr, std::move(reference))});
    }
    ORESMITH_ASSERT(time_group < aggregate.groups.size());
    const ColumnId time_id = computed[time_group].column.id;
    const EventTimeColumn time = times_.at(aggregate.groups[time_group].column.id);
    Append(aggregate.input, std::move(computed));
    StreamStage stage = Begin(std::move(aggregate.input), op.span);
    const std::vector<Attribute> columns = OutputOf(stage, 0);
    HoldStage hold{.time = {PlaceOf(columns, time_id), time}, .groups = std::nullopt};
    const int index = static_cast<int>(stages_.size());
    aggregate.input = ScanOf(columns, 0, op.span);
    if (auto part = TakeGrouping(op, index, next_id_)) {
      // `op` is a projection now, over a scan of the groups.
      std::get<Scan>(std::get<Project>(op.node).input->node).stream = true;
      stage.output = part->state;
      HoldStage::Groups groups{.schema = std::move(part->state),
                               .time_column = static_cast<int>(time_group),
                               .partial = std::move(part->partial.plan),
                               .merge = std::move(part->merge)};
      groups.partial.scan_count = 1;
      hold.groups = std::move(groups);
    } else {
      std::get<Scan>(aggregate.input->node).index = -1 - index;
      stage.output = SchemaOf(columns);
    }
    stage.work = std::move(hold);
    stages_.push_back(std::move(stage));
  }

  void CutJoin(Operator& op) {
    auto& join = std::get<JoinOp>(op.node);
    const auto bounds = FindTimeBounds(join, times_);
    JoinStage work;
    work.type = join.type;
    StreamStage stage = Begin(std::move(join.left), op.span);
    AddInput(stage, std::move(join.right));
    const std::vector<Attribute> left = OutputOf(stage, 0), right = OutputOf(stage, 1);
    work.left_columns = static_cast<int>(left.size());
    work.right_columns = static_cast<int>(right.size());
    const auto time_of = [&](const std::vector<Attribute>& columns, ColumnId bound) {
      if (!bounds) return TimeOf(columns);
      return std::optional(TimePlace{PlaceOf(columns, bound), times_.at(bound)});
    };
    work.left_time = time_of(left, bounds ? bounds->left : ColumnId{});
    work.right_time = time_of(right, bounds ? bounds->right : ColumnId{});
    if (bounds && bounds->at_most) work.left_reach_us = *bounds->at_most;
    if (bounds && bounds->at_least) work.right_reach_us = -*bounds->at_least;
    FindKeys(join.condition.get(), left, right, work);
    const types::Type number(TypeId::kLong);
    const auto numbered = [&](std::vector<Attribute> columns) {
      columns.push_back({.id = ColumnId{next_id_++}, .name = "number", .type = number});
      return columns;
    };
    OperatorPtr left_scan = ScanOf(numbered(left), 0, op.span);
    OperatorPtr right_scan = ScanOf(numbered(right), 1, op.span);
    std::vector<Attribute> both = left_scan->output;
    both.insert(both.end(), right_scan->output.begin(), right_scan->output.end());
    work.matches.root =
        MakeOperator(std::move(both), op.span,
                     JoinOp{.type = join.condition ? JoinType::kInner : JoinType::kCross,
                            .left = std::move(left_scan),
                            .right = std::move(right_scan),
                            .condition = std::move(join.condition)});
    work.matches.scan_count = 2;
    std::vector<Attribute> given = left;
    given.insert(given.end(), right.begin(), right.end());
    stage.output = SchemaOf(given);
    for (Attribute& column : given) column.nullable = true;
    stage.work = std::move(work);
    op.output = given;
    op.node = Scan{.index = -1 - static_cast<int>(stages_.size()),
                   .name = "state",
                   .source = "",
                   .stream = true,
                   .columns = Count(given.size())};
    stages_.push_back(std::move(stage));
  }

  static void FindKeys(const BoundExpr* condition, const std::vector<Attribute>& left,
                       const std::vector<Attribute>& right, JoinStage& work) {
    const auto* call = condition ? std::get_if<BoundCall>(&condition->node) : nullptr;
    if (call == nullptr) return;
    if (call->function->name == "and") {
      for (const BoundPtr& arg : call->args) FindKeys(arg.get(), left, right, work);
      return;
    }
    if (call->function->name != "=") return;
    const auto* first = std::get_if<BoundColumn>(&call->args[0]->node);
    const auto* second = std::get_if<BoundColumn>(&call->args[1]->node);
    if (first == nullptr || second == nullptr) return;
    if (PlaceOf(left, first->id) < 0) std::swap(first, second);
    const int at_left = PlaceOf(left, first->id), at_right = PlaceOf(right, second->id);
    if (at_left < 0 || at_right < 0) return;
    work.left_keys.push_back(at_left);
    work.right_keys.push_back(at_right);
  }

  int& next_id_;
  EventTimes times_;
  std::vector<ColumnId> origins_;
  std::vector<StreamStage> stages_;
};

/// The first line of the plan's text, with the names of what it reads for their numbers.
std::string HeadWithNames(const Plan& plan) {
  std::map<std::string, std::string> names;
  for (const Operator* scan : Scans(plan)) {
    for (const Attribute& column : scan->output) {
      names[std::to_string(static_cast<int>(column.id))] = column.name;
    }
  }
  const std::string text = ToText(plan);
  std::string head;
  for (size_t i = 0; i < text.size() && text[i] != '\n'; ++i) {
    head += text[i];
    if (text[i] != '#') continue;
    size_t end = i + 1;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    const auto name = names.find(text.substr(i + 1, end - i - 1));
    if (name != names.end()) head += name->second;
    i = end - 1;
  }
  return head;
}

}  // namespace

std::string DescribeState(const StreamStage& stage) {
  std::string text;
  if (const auto* watch = std::get_if<WatchStage>(&stage.work)) {
    return fmt::format("watermark of {}\n",
                       stage.output[static_cast<size_t>(watch->time.column)].name);
  }
  if (const auto* first = std::get_if<FirstStage>(&stage.work)) {
    text = "first rows by";
    for (const int key : first->keys) {
      const types::Field& field = stage.output[static_cast<size_t>(key)];
      text += fmt::format(" {} {}", field.name, field.type.ToSql());
    }
    return text + (first->time ? " until they expire\n" : "\n");
  }
  if (const auto* hold = std::get_if<HoldStage>(&stage.work)) {
    if (!hold->groups) return "rows " + types::SchemaToJson(stage.output) + "\n";
    return HeadWithNames(hold->groups->partial) + "\n";
  }
  return HeadWithNames(std::get<JoinStage>(stage.work).matches) + "\n";
}

StreamPlan SplitStream(Plan plan, const std::vector<ColumnId>& origins) {
  StreamSplitter splitter(plan.next_column_id, FindEventTimes(plan), origins);
  splitter.Visit(plan.root);
  StreamPlan split;
  split.stages = splitter.Take();
  split.rest.plan = std::move(plan);
  const auto finish = [&](Plan& part) {
    part.next_column_id = split.rest.plan.next_column_id;
    PruneColumns(part);
    return Renumber(part);
  };
  for (StreamStage& stage : split.stages) {
    for (PartialPlan& input : stage.inputs) input.scans = finish(input.plan);
    auto* hold = std::get_if<HoldStage>(&stage.work);
    if (hold != nullptr && hold->groups) {
      finish(hold->groups->partial);
      finish(hold->groups->merge);
    }
    if (auto* join = std::get_if<JoinStage>(&stage.work)) finish(join->matches);
  }
  split.rest.scans = finish(split.rest.plan);
  return split;
}

}  // namespace oresmith::sql
