// Names, function calls and what may follow them: FILTER, WITHIN GROUP, OVER with its window.

#include <array>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"
#include "types/text.h"

namespace oresmith::sql {
namespace {

using types::EqualsIgnoringCase;

/// What Spark calls the field that struct(...) makes of an argument without an alias.
std::string FieldNameOf(const Expr& expr, size_t number) {
  if (const auto* const name = std::get_if<NameRef>(&expr.node)) return name->parts.back().text;
  if (const auto* const access = std::get_if<FieldAccess>(&expr.node)) return access->field.text;
  return fmt::format("col{}", number);
}

}  // namespace

Result<ExprPtr> Parser::ParseNameOrCall() {
  const uint32_t begin = Peek().begin;
  QualifiedName name;
  name.push_back(TakeIdentifier());
  while (AtSymbol(".") && (NameAt(1) || SymbolAt(1, "*"))) {
    Advance();
    if (TakeSymbol("*")) return ParseStar(std::move(name), begin);
    name.push_back(TakeIdentifier());
  }
  if (AtSymbol("(")) return ParseCall(std::move(name), begin);
  return Make(SpanFrom(begin), NameRef{std::move(name)});
}

Result<ExprPtr> Parser::ParseCall(QualifiedName name, uint32_t begin) {
  FunctionCall call;
  call.name = std::move(name);
  const Identifier& last = call.name.back();
  const bool plain = call.name.size() == 1 && !last.quoted;
  const auto is = [&](std::string_view word) {
    return plain && EqualsIgnoringCase(last.text, word);
  };
  if (is("STRUCT")) {
    TRY_DO(ParseStruct(call));
  } else if (is("TRIM")) {
    TRY_DO(ParseTrim(call));
  } else if (is("POSITION") || is("SUBSTRING") || is("SUBSTR") || is("OVERLAY")) {
    TRY_DO(ParseWordyArguments(call, ToUpper(last.text)));
  } else {
    TRY_DO(ParseArguments(call));
  }
  TRY_DO(ParseCallTail(call));
  return Make(SpanFrom(begin), std::move(call));
}

Status Parser::ParseArguments(FunctionCall& call) {
  Advance();
  if (TakeSymbol(")")) return {};
  const auto quantifier = [this](std::string_view word) {
    return AtWord(word) && !SymbolAt(1, ",") && !SymbolAt(1, ")") && !SymbolAt(1, ".");
  };
  if (quantifier("DISTINCT")) {
    Advance();
    call.distinct = true;
  } else if (quantifier("ALL")) {
    Advance();
  }
  do {
    if (AtSymbol(")")) {
      return FailExpectedWithFix("an argument after ','", "remove the ',' before ')'");
    }
    TRY(ExprPtr argument, ParseArgument());
    call.args.push_back(std::move(argument));
  } while (TakeSymbol(","));
  TRY_DO(TakeNullTreatment(call));
  if (AtWords({"ORDER", "BY"})) {
    return FailUnsupported(
        HereSpan(), "ORDER BY inside the brackets of a function",
        "write array_sort(collect_list(x)), or f(x) WITHIN GROUP (ORDER BY ...)");
  }
  if (AtSymbol("=>")) {
    return FailExpectedWithFix("',' or ')' in the arguments",
                               "write a name with dots in backquotes: `a.b` => value");
  }
  const std::string purpose =
      call.name.empty() ? std::string("to close the arguments")
                        : fmt::format("to close the arguments of {}", call.name.back().text);
  return ExpectSymbol(")", purpose);
}

Result<ExprPtr> Parser::ParseArgument() {
  if (!NameAt(0) || !SymbolAt(1, "=>")) return ParseExpression();
  const uint32_t begin = Peek().begin;
  NamedArgument argument;
  argument.name = TakeIdentifier();
  Advance();
  TRY(argument.value, ParseExpression());
  return Make(SpanFrom(begin), std::move(argument));
}

Status Parser::TakeNullTreatment(FunctionCall& call) {
  if (TakeWords({"IGNORE", "NULLS"})) {
    call.ignore_nulls = true;
  } else {
    static_cast<void>(TakeWords({"RESPECT", "NULLS"}));
  }
  return {};
}

Status Parser::ParseCallTail(FunctionCall& call) {
  if (TakeWords({"WITHIN", "GROUP"})) {
    TRY_DO(ExpectSymbol("(", "after WITHIN GROUP"));
    TRY_DO(ExpectWord("ORDER", "BY in WITHIN GROUP"));
    TRY_DO(ExpectWord("BY", "after ORDER"));
    TRY(call.within_group, ParseSortKeys());
    TRY_DO(ExpectSymbol(")", "to close WITHIN GROUP"));
  }
  if (AtWord("FILTER") && SymbolAt(1, "(") && WordAt(2, "WHERE")) {
    Advance();
    Advance();
    Advance();
    TRY(call.filter, ParseExpression());
    TRY_DO(ExpectSymbol(")", "to close FILTER"));
  }
  TRY_DO(TakeNullTreatment(call));
  const bool over = AtWord("OVER") && (SymbolAt(1, "(") || NameAt(1));
  if (over) {
    Advance();
    TRY(call.over, ParseWindowSpec());
  }
  return {};
}

// ---- calls with words in them ---------------------------------------------------------------

Status Parser::ParseWordyArguments(FunctionCall& call, std::string_view function) {
  // With commas it is an ordinary call; only after the first argument can one tell.
  if (SymbolAt(1, ")") || !AtSymbol("(")) return ParseArguments(call);
  Advance();
  ExprPtr first;
  if (function == "POSITION") {
    // Not a whole expression: that would take `a IN b` for itself.
    TRY(first, ParseOperators(0));
  } else {
    TRY(first, ParseArgument());
  }
  call.args.push_back(std::move(first));
  const auto next = [&](std::string_view word) -> Result<bool> {
    if (!TakeWord(word)) return false;
    TRY(ExprPtr argument, ParseExpression());
    call.args.push_back(std::move(argument));
    return true;
  };
  if (function == "POSITION") {
    TRY_DO(next("IN"));
  } else {
    TRY_DO(next("PLACING"));
    TRY(const bool from, next("FROM"));
    if (from) TRY_DO(next("FOR"));
  }
  while (TakeSymbol(",")) {
    TRY(ExprPtr argument, ParseArgument());
    call.args.push_back(std::move(argument));
  }
  return ExpectSymbol(")", fmt::format("to close the arguments of {}", function));
}

/// TRIM([BOTH | LEADING | TRAILING] [x] FROM y) becomes the function that says the same.
Status Parser::ParseTrim(FunctionCall& call) {
  if (SymbolAt(1, ")")) return ParseArguments(call);
  Advance();
  std::string function = "btrim";
  const auto side = [&](std::string_view word) {
    return AtWord(word) && PeekAt(1).kind != TokenKind::kSymbol;
  };
  bool sided = true;
  if (side("LEADING")) {
    function = "ltrim";
  } else if (side("TRAILING")) {
    function = "rtrim";
  } else {
    sided = side("BOTH");
  }
  if (sided) Advance();
  const bool characters = !(sided && AtWord("FROM"));
  ExprPtr first;
  if (characters) {
    TRY(first, ParseExpression());
  }
  const bool from = sided || AtWord("FROM");
  if (!from) {
    call.args.push_back(std::move(first));
    while (TakeSymbol(",")) {
      TRY(ExprPtr argument, ParseArgument());
      call.args.push_back(std::move(argument));
    }
    return ExpectSymbol(")", "to close the arguments of TRIM");
  }
  TRY_DO(ExpectWord("FROM", "and the text in TRIM"));
  TRY(ExprPtr text, ParseExpression());
  TRY_DO(ExpectSymbol(")", "to close TRIM"));
  call.name.back().text = function;
  // Spark's order: btrim(text, characters), but ltrim(characters, text) and rtrim(characters,
  // text).
  const bool text_first = function == "btrim" || first == nullptr;
  call.args.push_back(text_first ? std::move(text) : std::move(first));
  ExprPtr second = text_first ? std::move(first) : std::move(text);
  if (second != nullptr) call.args.push_back(std::move(second));
  return {};
}

/// struct(a AS x, b) is named_struct('x', a, 'b', b): an alias is no argument elsewhere.
Status Parser::ParseStruct(FunctionCall& call) {
  Advance();
  if (TakeSymbol(")")) return {};
  std::vector<std::pair<Identifier, ExprPtr>> items;
  bool named = false;
  do {
    TRY(ExprPtr value, ParseArgument());
    Identifier alias;
    const bool as = TakeWord("AS");
    if (as || AtAlias()) {
      TRY(alias, ExpectName("a name after AS"));
      named = true;
    }
    items.emplace_back(std::move(alias), std::move(value));
  } while (TakeSymbol(","));
  TRY_DO(ExpectSymbol(")", "to close the arguments of struct"));
  if (named) call.name.back().text = "named_struct";
  size_t number = 0;
  for (auto& [alias, value] : items) {
    ++number;
    if (named) {
      const bool own = !alias.text.empty();
      StringLiteral name{own ? alias.text : FieldNameOf(*value, number)};
      call.args.push_back(Make(own ? alias.span : value->span, std::move(name)));
    }
    call.args.push_back(std::move(value));
  }
  return {};
}

// ---- windows --------------------------------------------------------------------------------

Result<WindowSpec> Parser::ParseWindowSpec() {
  WindowSpec window;
  if (!AtSymbol("(")) {
    TRY(window.reference, ExpectName("the name of a window"));
    return window;
  }
  Advance();
  if (NameAt(0) && SymbolAt(1, ")")) window.reference = TakeIdentifier();
  const bool partition = TakeWords({"PARTITION", "BY"}) || TakeWords({"DISTRIBUTE", "BY"});
  if (partition) {
    TRY(window.partition_by, ParseExpressions());
  }
  if (TakeWords({"ORDER", "BY"}) || TakeWords({"SORT", "BY"})) {
    TRY(window.order_by, ParseSortKeys());
  }
  TRY(window.frame, ParseFrame());
  TRY_DO(ExpectSymbol(")", "to close the window"));
  return window;
}

Result<std::optional<WindowFrame>> Parser::ParseFrame() {
  if (!AtWord("ROWS") && !AtWord("RANGE")) return std::optional<WindowFrame>();
  WindowFrame frame;
  frame.rows = AtWord("ROWS");
  Advance();
  if (TakeWord("BETWEEN")) {
    TRY(frame.start, ParseFrameBound());
    TRY_DO(ExpectWord("AND", "between the bounds of the frame"));
    TRY(frame.end, ParseFrameBound());
  } else {
    TRY(frame.start, ParseFrameBound());
  }
  return std::optional<WindowFrame>(std::move(frame));
}

Result<FrameBound> Parser::ParseFrameBound() {
  FrameBound bound;
  if (TakeWords({"CURRENT", "ROW"})) return bound;
  const bool unbounded = TakeWord("UNBOUNDED");
  if (!unbounded) {
    TRY(bound.amount, ParseOperators(0));
  }
  using Kind = FrameBound::Kind;
  if (TakeWord("PRECEDING")) {
    bound.kind = unbounded ? Kind::kUnboundedPreceding : Kind::kPreceding;
  } else if (TakeWord("FOLLOWING")) {
    bound.kind = unbounded ? Kind::kUnboundedFollowing : Kind::kFollowing;
  } else {
    return FailExpected("PRECEDING or FOLLOWING in the frame");
  }
  return bound;
}

}  // namespace oresmith::sql
