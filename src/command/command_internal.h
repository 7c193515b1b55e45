#pragma once

// What the files of this library share.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "command/command.h"
#include "command/result_rows.h"
#include "delta/table.h"

namespace oresmith::command {

struct Context {
  const sql::SourceText& source;
  Host& host;
  std::stop_token stop;
};

struct OpenTable {
  TablePlace place;
  std::unique_ptr<delta::Table> table;
};

std::vector<std::string> PartsOf(const sql::QualifiedName& name);
/// Errors: kNotFound at the table's name.
Result<OpenTable> Open(const sql::TableTarget& target, Context& context);
/// As Open, for a change. Errors: kInvalidInput for a materialized view; a streaming table gets a
/// warning when rows of it are changed.
Result<OpenTable> OpenForChange(const sql::TableTarget& target, std::string_view what,
                                Context& context);
/// Only a change of rows that a pipeline's streams would stop at has something to say.
void WarnOfStreams(const OpenTable& open, bool changes_rows, CommandResult& result);
/// Spark's names and texts are compared without regard to case.
std::string Upper(std::string text);
/// A statement's predicate as Spark writes it: a JSON text that holds a list of texts.
std::string JsonPredicate(std::string_view sql);
std::string TextOf(const sql::SourceText& source, sql::Span span);

// show.cc
Result<CommandResult> Run(const sql::DescribeTable& command, Context& context);
Result<CommandResult> Run(const sql::DescribeHistory& command, Context& context);
Result<CommandResult> Run(const sql::DescribeDetail& command, Context& context);
Result<CommandResult> Run(const sql::ShowTables& command, Context& context);
Result<CommandResult> Run(const sql::ShowColumns& command, Context& context);
Result<CommandResult> Run(const sql::ShowProperties& command, Context& context);
Result<CommandResult> Run(const sql::ShowCreateTable& command, Context& context);
// change.cc
Result<CommandResult> Run(const sql::InsertInto& command, Context& context);
Result<CommandResult> Run(const sql::DeleteFrom& command, Context& context);
Result<CommandResult> Run(const sql::UpdateTable& command, Context& context);
Result<CommandResult> Run(const sql::MergeInto& command, Context& context);
Result<CommandResult> Run(const sql::TruncateTable& command, Context& context);
/// As Run of an INSERT, into a table that is open.
Result<CommandResult> Insert(OpenTable& open, const sql::InsertInto& insert, Context& context);
// create.cc
Result<CommandResult> Run(const sql::CreateTable& command, Context& context);
Result<CommandResult> Run(const sql::DropTable& command, Context& context);
// maintain.cc
Result<CommandResult> Run(const sql::Optimize& command, Context& context);
Result<CommandResult> Run(const sql::Vacuum& command, Context& context);
Result<CommandResult> Run(const sql::Restore& command, Context& context);
Result<CommandResult> Run(const sql::FsckRepair& command, Context& context);
Result<CommandResult> Run(const sql::ConvertToDelta& command, Context& context);
// alter.cc
Result<CommandResult> Run(const sql::AlterTable& command, Context& context);
Result<CommandResult> Run(const sql::CommentOnTable& command, Context& context);

}  // namespace oresmith::command
