#pragma once

// An ALTER TABLE while it is worked out: what alter.cc and alter_column.cc share.

#include <string>
#include <utility>
#include <vector>

#include "command/command_internal.h"
#include "sql/change.h"

namespace oresmith::command {

struct Alteration {
  const sql::AlterTable& command;
  OpenTable& open;
  Context& context;
  delta::Metadata metadata;
  delta::CommitRequest request = {};

  template <class... Args>
  tl::unexpected<Error> Refuse(ErrorKind kind, std::string fix, fmt::format_string<Args...> format,
                               Args&&... args) const {
    return Fail(
        Placed(MakeError(kind, format, std::forward<Args>(args)...).WithFix(std::move(fix))));
  }
  /// The error with the place of the change in the text.
  Error Placed(Error error) const {
    if (!error.place) error.place = context.source.Place(command.change_span);
    return error;
  }
};

/// Errors: kInvalidInput for a row that breaks the rule.
Status CheckRows(Alteration& alter, const sql::TableRules::Check& check);

Status Apply(Alteration& alter, const sql::AddColumns& add);
Status Apply(Alteration& alter, const sql::ChangeColumn& change);
Status Apply(Alteration& alter, const sql::RenameColumn& rename);
Status Apply(Alteration& alter, const sql::DropColumns& drop);

}  // namespace oresmith::command
