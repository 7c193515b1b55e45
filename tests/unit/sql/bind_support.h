#pragma once

// Binding in one call, for tests.

#include <string>
#include <string_view>

#include "sql/binder.h"
#include "support/fake_catalog.h"

namespace oresmith::sql {

/// orders, customers, events (nested), files (hidden `_metadata`), and types (a column of each).
FakeCatalog ShopCatalog();

/// The plan's text, or "line:column message [fix]".
std::string PlanOf(std::string_view sql);
/// `name type`, separated by commas; " NOT NULL" where it cannot be NULL. Or the error.
std::string SchemaOf(std::string_view sql);
/// The simple type of one expression over the table `types`, or the error.
std::string TypeOf(std::string_view expression);
std::string BindError(const Error& error);

}  // namespace oresmith::sql
