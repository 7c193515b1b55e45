// Other names of registered functions, and the names Spark has.

#include <array>

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using Alias = std::pair<std::string_view, std::string_view>;

constexpr Alias kAliases[] = {
    {"!", "not"},
    {"==", "="},
    {"!=", "<>"},
    {"approx_percentile", "percentile_approx"},
    {"bool_all", "bool_and"},
    {"cardinality", "size"},
    {"ceiling", "ceil"},
    {"character_length", "char_length"},
    {"curdate", "current_date"},
    {"dayofmonth", "day"},
    {"every", "bool_and"},
    {"some", "bool_or"},
    {"any", "bool_or"},
    {"first_value", "first"},
    {"last_value", "last"},
    {"ifnull", "coalesce"},
    {"nvl", "coalesce"},
    {"len", "char_length"},
    {"length", "char_length"},
    {"lcase", "lower"},
    {"ucase", "upper"},
    {"mean", "avg"},
    {"now", "current_timestamp"},
    {"pow", "power"},
    {"random", "rand"},
    {"regexp", "rlike"},
    {"regexp_like", "rlike"},
    {"sha", "sha1"},
    {"signum", "sign"},
    {"std", "stddev_samp"},
    {"stddev", "stddev_samp"},
    {"substr", "substring"},
    {"variance", "var_samp"},
    {"array_agg", "collect_list"},
    {"reduce", "aggregate"},
    {"string_agg", "listagg"},
    {"date_diff", "datediff"},
    {"dateadd", "date_add"},
    {"mod", "%"},
    {"charindex", "locate"},
    {"position", "locate"},
    {"chr", "char"},
    {"getbit", "bit_get"},
    {"<<", "shiftleft"},
    {">>", "shiftright"},
    {">>>", "shiftrightunsigned"},
};

}  // namespace

std::span<const Alias> FunctionAliases() { return kAliases; }

}  // namespace oresmith::sql
