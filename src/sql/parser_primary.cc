// The smallest expressions: literals, brackets, CASE, CAST, EXTRACT, EXISTS, INTERVAL, lambdas.

#include <array>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

constexpr std::array<std::string_view, 11> kIntervalUnits{
    "YEAR",   "QUARTER", "MONTH",       "WEEK",        "DAY",       "HOUR",
    "MINUTE", "SECOND",  "MILLISECOND", "MICROSECOND", "NANOSECOND"};
constexpr std::array<std::string_view, 4> kTypedLiterals{"DATE", "TIMESTAMP", "TIMESTAMP_NTZ",
                                                         "TIMESTAMP_LTZ"};

/// DAYS gives DAY; empty when it is no unit.
std::string_view IntervalUnit(std::string_view word) {
  const std::string upper = ToUpper(word);
  for (const std::string_view unit : kIntervalUnits) {
    if (upper == unit ||
        (upper.size() == unit.size() + 1 && upper.ends_with('S') && upper.starts_with(unit))) {
      return unit;
    }
  }
  return {};
}

}  // namespace

Result<ExprPtr> Parser::ParsePrimary() {
  const uint32_t begin = Peek().begin;
  switch (Peek().kind) {
    case TokenKind::kNumber:
      return TakeNumber(begin, false);
    case TokenKind::kString: {
      TRY(std::string value, ExpectString("a string"));
      return Make(SpanFrom(begin), StringLiteral{std::move(value)});
    }
    case TokenKind::kBinary: {
      BinaryLiteral literal{BinaryValue(TextOf(Peek()))};
      Advance();
      return Make(SpanFrom(begin), std::move(literal));
    }
    case TokenKind::kWord:
      return ParseWordExpression();
    case TokenKind::kName:
      return AtLambda() ? ParseLambda() : ParseNameOrCall();
    case TokenKind::kSymbol:
      break;
    case TokenKind::kBad:
    case TokenKind::kCellEnd:
    case TokenKind::kEnd:
      return FailExpected("an expression");
  }
  if (AtSymbol("(")) return AtLambda() ? ParseLambda() : ParseBrackets();
  if (TakeSymbol("*")) return ParseStar({}, begin);
  // A minus before digits is part of the number, so that -1::STRING is '-1'.
  if (AtSymbol("-") && PeekAt(1).kind == TokenKind::kNumber) {
    Advance();
    return TakeNumber(begin, true);
  }
  return FailExpected("an expression");
}

ExprPtr Parser::TakeNumber(uint32_t begin, bool negative) {
  const uint32_t digits_begin = Peek().begin;
  std::string_view text = TextOf(Peek());
  NumberLiteral literal;
  const char last = ToUpper(text.substr(text.size() - 1))[0];
  if (last >= 'A') {
    const bool decimal = text.size() > 1 && ToUpper(text.substr(text.size() - 2)) == "BD";
    literal.suffix = decimal ? 'B' : last;
    text.remove_suffix(decimal ? 2 : 1);
  }
  literal.digits = std::string(text);
  Advance();
  ExprPtr number = Make(SpanFrom(digits_begin), std::move(literal));
  if (!negative) return number;
  return Make(SpanFrom(begin), UnaryOp{.op = "-", .operand = std::move(number)});
}

Result<ExprPtr> Parser::ParseWordExpression() {
  if (AtLambda()) return ParseLambda();
  const bool qualified = SymbolAt(1, ".");
  if (!qualified) {
    TRY(ExprPtr constant, ParseConstantWord());
    if (constant != nullptr) return constant;
  }
  if (AtWord("CASE") && PeekAt(1).kind != TokenKind::kSymbol) return ParseCase();
  if (AtWord("CASE") && (SymbolAt(1, "(") || SymbolAt(1, "-"))) return ParseCase();
  const bool call = SymbolAt(1, "(");
  if (call && AtWord("CAST")) return ParseCast(false);
  if (call && AtWord("TRY_CAST")) return ParseCast(true);
  if (call && AtWord("EXTRACT") && WordAt(3, "FROM")) return ParseExtract();
  // exists(array, x -> ...) is a function; with a query it is the predicate.
  if (call && AtWord("EXISTS")) {
    const bool query =
        WordAt(2, "SELECT") || WordAt(2, "WITH") || WordAt(2, "VALUES") || SymbolAt(2, "(");
    if (query) return ParseExists();
  }
  // like(a, b) and its kin are functions too.
  const bool like = call && (AtWord("LIKE") || AtWord("ILIKE") || AtWord("RLIKE"));
  const bool slip = IsNoExpressionStart(TextOf(Peek())) && !qualified && !like;
  if (slip) {
    const std::string fix =
        fmt::format("write `{}` in backquotes if it is a column", TextOf(Peek()));
    return FailExpectedWithFix("an expression", fix);
  }
  if (AtWord("NOT")) {
    return FailExpectedWithFix("an operand", "put brackets around NOT and what follows it");
  }
  return ParseNameOrCall();
}

Result<ExprPtr> Parser::ParseConstantWord() {
  const uint32_t begin = Peek().begin;
  if (!SymbolAt(1, "(")) {
    if (TakeWord("NULL")) return Make(SpanFrom(begin), NullLiteral{});
    if (TakeWord("TRUE")) return Make(SpanFrom(begin), BooleanLiteral{true});
    if (TakeWord("FALSE")) return Make(SpanFrom(begin), BooleanLiteral{false});
  }
  if (AtInterval()) return ParseInterval();
  if (PeekAt(1).kind != TokenKind::kString) return ExprPtr();
  for (const std::string_view type : kTypedLiterals) {
    if (!TakeWord(type)) continue;
    TRY(std::string value, ExpectString("the value of the literal"));
    return Make(SpanFrom(begin), TypedLiteral{std::string(type), std::move(value)});
  }
  if (AtWord("X")) return ParseSpacedBinary();
  if (AtWord("TIME")) {
    return FailUnsupported(HereSpan(), "the type TIME", "write TIMESTAMP_NTZ with a date");
  }
  return ExprPtr();
}

/// X '1A': the lexer knows it only without the space.
Result<ExprPtr> Parser::ParseSpacedBinary() {
  const uint32_t begin = Peek().begin;
  Advance();
  const std::string token = "X" + std::string(TextOf(Peek()));
  const TokenList literal = Tokenize(token);
  if (literal.tokens.front().kind != TokenKind::kBinary) {
    return FailExpected("hexadecimal digits after X");
  }
  Advance();
  return Make(SpanFrom(begin), BinaryLiteral{BinaryValue(token)});
}

Result<ExprPtr> Parser::ParseStar(QualifiedName qualifier, uint32_t begin) {
  Star star;
  star.qualifier = std::move(qualifier);
  // `SELECT * EXCEPT (SELECT ...)` is the set operation.
  if (AtWord("EXCEPT") && SymbolAt(1, "(") && NameAt(2) && !WordAt(2, "SELECT")) {
    Advance();
    Advance();
    do {
      TRY(QualifiedName column, ExpectQualifiedName("a column after EXCEPT"));
      star.except.push_back(std::move(column));
    } while (TakeSymbol(","));
    TRY_DO(ExpectSymbol(")", "to close the list of EXCEPT"));
  }
  for (const std::string_view word : {"EXCLUDE", "REPLACE", "RENAME"}) {
    if (AtWord(word) && SymbolAt(1, "(")) {
      return FailExpectedWithFix("EXCEPT or the end of the item after *",
                                 "write * EXCEPT (a), and the new columns beside it");
    }
  }
  return Make(SpanFrom(begin), std::move(star));
}

Result<ExprPtr> Parser::ParseBrackets() {
  const uint32_t begin = Peek().begin;
  Advance();
  if (AtQueryStart()) {
    ScalarSubquery node;
    TRY(node.query, ParseQuery());
    TRY_DO(ExpectSymbol(")", "to close the subquery"));
    return Make(SpanFrom(begin), std::move(node));
  }
  TRY(ExprPtr first, ParseExpression());
  auto* const subquery = std::get_if<ScalarSubquery>(&first->node);
  if (subquery != nullptr && (AtSetOperator() || AtQueryTail())) {
    // `((SELECT 1) UNION SELECT 2)`: what looked like an operand is the start of a query.
    auto operand = std::make_unique<Query>();
    operand->span = first->span;
    operand->body = std::move(subquery->query);
    ScalarSubquery node;
    TRY(node.query, ContinueQuery(std::move(operand), first->span.begin));
    TRY_DO(ExpectSymbol(")", "to close the subquery"));
    return Make(SpanFrom(begin), std::move(node));
  }
  if (TakeSymbol(")")) return first;
  TupleExpr tuple;
  tuple.items.push_back(std::move(first));
  while (TakeSymbol(",")) {
    TRY(ExprPtr item, ParseExpression());
    tuple.items.push_back(std::move(item));
  }
  TRY_DO(ExpectSymbol(")", "to close the bracket"));
  return Make(SpanFrom(begin), std::move(tuple));
}

Result<ExprPtr> Parser::ParseCase() {
  const uint32_t begin = Peek().begin;
  Advance();
  Case node;
  if (!AtWord("WHEN")) {
    TRY(node.operand, ParseExpression());
  }
  while (TakeWord("WHEN")) {
    TRY(ExprPtr when, ParseExpression());
    TRY_DO(ExpectWord("THEN", "after the condition of WHEN"));
    TRY(ExprPtr then, ParseExpression());
    node.branches.emplace_back(std::move(when), std::move(then));
  }
  if (node.branches.empty()) return FailExpected("WHEN in CASE");
  if (TakeWord("ELSE")) {
    TRY(node.otherwise, ParseExpression());
  }
  TRY_DO(ExpectWord("END", "to close CASE"));
  return Make(SpanFrom(begin), std::move(node));
}

Result<ExprPtr> Parser::ParseCast(bool is_try) {
  const uint32_t begin = Peek().begin;
  Advance();
  Advance();
  Cast cast;
  cast.is_try = is_try;
  TRY(cast.operand, ParseExpression());
  TRY_DO(ExpectWord("AS", "and a type in CAST"));
  TRY(cast.type, ParseType(&cast.type_span));
  TRY_DO(ExpectSymbol(")", "to close CAST"));
  return Make(SpanFrom(begin), std::move(cast));
}

Result<ExprPtr> Parser::ParseExtract() {
  const uint32_t begin = Peek().begin;
  Advance();
  Advance();
  Extract extract;
  TRY(const Identifier unit, ExpectName("a unit in EXTRACT"));
  extract.unit = ToUpper(unit.text);
  TRY_DO(ExpectWord("FROM", "after the unit of EXTRACT"));
  TRY(extract.operand, ParseExpression());
  TRY_DO(ExpectSymbol(")", "to close EXTRACT"));
  return Make(SpanFrom(begin), std::move(extract));
}

Result<ExprPtr> Parser::ParseExists() {
  const uint32_t begin = Peek().begin;
  Advance();
  Advance();
  Exists exists;
  TRY(exists.query, ParseQuery());
  TRY_DO(ExpectSymbol(")", "to close EXISTS"));
  return Make(SpanFrom(begin), std::move(exists));
}

// ---- intervals ------------------------------------------------------------------------------

/// A column may be called interval: only an amount after it makes the literal.
bool Parser::AtInterval() const {
  if (!AtWord("INTERVAL")) return false;
  const bool sign = SymbolAt(1, "-") || SymbolAt(1, "+");
  const Token& amount = PeekAt(sign ? 2 : 1);
  if (amount.kind == TokenKind::kString) return true;
  const Token& unit = PeekAt(sign ? 3 : 2);
  return amount.kind == TokenKind::kNumber && unit.kind == TokenKind::kWord &&
         !IntervalUnit(TextOf(unit)).empty();
}

Result<ExprPtr> Parser::ParseInterval() {
  const uint32_t begin = Peek().begin;
  Advance();
  IntervalLiteral interval;
  bool more = true;
  while (more) {
    TRY(IntervalLiteral::Part part, ParseIntervalPart());
    const bool whole_text = part.unit.empty() || !part.to_unit.empty();
    interval.parts.push_back(std::move(part));
    const bool sign = AtSymbol("-") || AtSymbol("+");
    const Token& amount = PeekAt(sign ? 1 : 0);
    const Token& unit = PeekAt(sign ? 2 : 1);
    const bool value = amount.kind == TokenKind::kNumber || amount.kind == TokenKind::kString;
    more = !whole_text && value && unit.kind == TokenKind::kWord &&
           !IntervalUnit(TextOf(unit)).empty();
  }
  return Make(SpanFrom(begin), std::move(interval));
}

Result<IntervalLiteral::Part> Parser::ParseIntervalPart() {
  IntervalLiteral::Part part;
  const uint32_t begin = Peek().begin;
  const bool negative = TakeSymbol("-");
  if (!negative) static_cast<void>(TakeSymbol("+"));
  if (Peek().kind == TokenKind::kNumber) {
    part.amount = TakeNumber(begin, negative);
  } else {
    TRY(std::string text, ExpectString("the amount of the interval"));
    part.amount = Make(SpanFrom(begin), StringLiteral{std::move(text)});
    if (negative) {
      UnaryOp minus{.op = "-", .operand = std::move(part.amount)};
      part.amount = Make(SpanFrom(begin), std::move(minus));
    }
  }
  if (Peek().kind != TokenKind::kWord) return part;
  part.unit = IntervalUnit(TextOf(Peek()));
  if (part.unit.empty()) return part;
  Advance();
  if (AtWord("TO") && PeekAt(1).kind == TokenKind::kWord) {
    part.to_unit = IntervalUnit(TextOf(PeekAt(1)));
    Advance();
    if (part.to_unit.empty()) return FailExpected("a unit such as MONTH or SECOND after TO");
    Advance();
  }
  return part;
}

// ---- lambdas --------------------------------------------------------------------------------

bool Parser::AtLambda() const {
  if (NameAt(0)) return SymbolAt(1, "->");
  if (!AtSymbol("(")) return false;
  size_t ahead = 1;
  while (NameAt(ahead) && SymbolAt(ahead + 1, ",")) ahead += 2;
  return NameAt(ahead) && SymbolAt(ahead + 1, ")") && SymbolAt(ahead + 2, "->");
}

Result<ExprPtr> Parser::ParseLambda() {
  const uint32_t begin = Peek().begin;
  Lambda lambda;
  if (NameAt(0)) {
    lambda.parameters.push_back(TakeIdentifier());
  } else {
    TRY(lambda.parameters, ParseNameList("parameter"));
  }
  TRY_DO(ExpectSymbol("->", "after the parameters of the lambda"));
  TRY(lambda.body, ParseExpression());
  return Make(SpanFrom(begin), std::move(lambda));
}

}  // namespace oresmith::sql
