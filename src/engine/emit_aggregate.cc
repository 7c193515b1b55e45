#include "engine/emit_internal.h"
namespace oresmith::engine {
Result<std::string> Emitter::AggregateCall(const sql::BoundExpr&, const sql::BoundAggregate&, const std::string&) { return Fail(ErrorKind::kUnsupported,"agg");}
Result<std::string> Emitter::WindowSpec(const sql::BoundWindow&) { return Fail(ErrorKind::kUnsupported,"agg");}
Result<std::string> Emitter::WindowCall(const sql::BoundExpr&, const sql::BoundWindow&, const std::string&) { return Fail(ErrorKind::kUnsupported,"agg");}
}
