// Expressions from OR down to what follows a primary. The levels are Spark's (SqlBaseParser.g4):
//   OR < AND < NOT < one of IS, IN, BETWEEN, LIKE < comparison < | < ^ < & < shifts
//   < + - || < * / % DIV < unary < :: . [] :

#include <algorithm>
#include <array>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

struct Operator {
  std::string_view text;
  int level;
  std::string_view name;  // in the tree; for a shift the function that it stands for
};

constexpr int kShiftLevel = 4;
constexpr std::array<Operator, 22> kOperators{{
    {"=", 0, "="},          {"==", 0, "="},          {"<=>", 0, "<=>"},
    {"<>", 0, "<>"},        {"!=", 0, "<>"},         {"<", 0, "<"},
    {"<=", 0, "<="},        {">", 0, ">"},           {">=", 0, ">="},
    {"|", 1, "|"},          {"^", 2, "^"},           {"&", 3, "&"},
    {"<<", 4, "shiftleft"}, {">>", 4, "shiftright"}, {">>>", 4, "shiftrightunsigned"},
    {"+", 5, "+"},          {"-", 5, "-"},           {"||", 5, "||"},
    {"*", 6, "*"},          {"/", 6, "/"},           {"%", 6, "%"},
    {"DIV", 6, "DIV"},
}};

const Operator* FindOperator(std::string_view text, bool word) {
  const std::string upper = word ? ToUpper(text) : std::string();
  const std::string_view wanted = word ? std::string_view(upper) : text;
  for (const Operator& op : kOperators) {
    if (op.text == wanted) return &op;
  }
  return nullptr;
}

}  // namespace

Status Parser::Grow() {
  if (++height_ <= kExpressionHeightMax) return {};
  return FailAt(HereSpan(),
                MakeError(ErrorKind::kInvalidInput, "parse: an expression of more than {} levels",
                          kExpressionHeightMax)
                    .WithFix("put brackets around parts of it, or name parts in WITH"));
}

Result<ExprPtr> Parser::ParseExpression() {
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const HeightScope scope(*this);
  return ParseLogical("OR");
}

/// Generated conditions have thousands of ORs. The tree is balanced, as Spark's is, so that depth
/// grows with the logarithm of their number.
Result<ExprPtr> Parser::ParseLogical(std::string_view keyword) {
  const auto operand = [&] { return keyword == "OR" ? ParseLogical("AND") : ParseNot(); };
  TRY(ExprPtr first, operand());
  if (!AtWord(keyword)) return first;
  std::vector<ExprPtr> operands;
  operands.push_back(std::move(first));
  while (TakeWord(keyword)) {
    TRY(ExprPtr next, operand());
    operands.push_back(std::move(next));
  }
  for (size_t width = 1; width < operands.size(); width *= 2) TRY_DO(Grow());
  return Balance(keyword, operands);
}

ExprPtr Parser::Balance(std::string_view op, std::span<ExprPtr> operands) const {
  if (operands.size() == 1) return std::move(operands.front());
  const size_t half = operands.size() / 2;
  BinaryOp node;
  node.op = op;
  node.left = Balance(op, operands.first(half));
  node.right = Balance(op, operands.subspan(half));
  const Span span{node.left->span.begin, node.right->span.end};
  return Make(span, std::move(node));
}

Result<ExprPtr> Parser::ParseNot() {
  if (!AtWord("NOT") && !AtSymbol("!")) return ParsePredicate();
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const uint32_t begin = Peek().begin;
  Advance();
  TRY(ExprPtr operand, ParseNot());
  TRY_DO(Grow());
  return Make(SpanFrom(begin), UnaryOp{.op = "NOT", .operand = std::move(operand)});
}

Result<ExprPtr> Parser::ParsePredicate() {
  TRY(ExprPtr operand, ParseOperators(0));
  if (AtWord("IS")) return ParseIs(std::move(operand));
  const size_t after_not = AtWord("NOT") ? 1 : 0;
  for (const std::string_view word : {"BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP"}) {
    if (!WordAt(after_not, word)) continue;
    if (after_not == 1) Advance();
    return ParsePredicateTail(std::move(operand), after_not == 1);
  }
  return operand;
}

Result<ExprPtr> Parser::ParsePredicateTail(ExprPtr operand, bool negated) {
  TRY_DO(Grow());
  if (AtWord("IN")) return ParseIn(std::move(operand), negated);
  if (!AtWord("BETWEEN")) return ParseLike(std::move(operand), negated);
  const uint32_t begin = operand->span.begin;
  Advance();
  Between between;
  between.negated = negated;
  between.operand = std::move(operand);
  TRY(between.low, ParseOperators(0));
  TRY_DO(ExpectWord("AND", "between the bounds of BETWEEN"));
  TRY(between.high, ParseOperators(0));
  return Make(SpanFrom(begin), std::move(between));
}

Result<ExprPtr> Parser::ParseIs(ExprPtr operand) {
  TRY_DO(Grow());
  const uint32_t begin = operand->span.begin;
  Advance();
  const bool negated = TakeWord("NOT");
  if (TakeWords({"DISTINCT", "FROM"})) {
    BinaryOp node;
    node.op = "<=>";
    node.negated = !negated;
    node.left = std::move(operand);
    TRY(node.right, ParseOperators(0));
    return Make(SpanFrom(begin), std::move(node));
  }
  for (const std::string_view what : {"NULL", "TRUE", "FALSE", "UNKNOWN"}) {
    if (!TakeWord(what)) continue;
    return Make(
        SpanFrom(begin),
        IsTest{.operand = std::move(operand), .what = std::string(what), .negated = negated});
  }
  return FailExpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS");
}

Result<ExprPtr> Parser::ParseIn(ExprPtr operand, bool negated) {
  const uint32_t begin = operand->span.begin;
  Advance();
  TRY_DO(ExpectSymbol("(", "after IN"));
  if (AtQueryStart()) {
    InSubquery node;
    node.operand = std::move(operand);
    node.negated = negated;
    TRY(node.query, ParseQuery());
    TRY_DO(ExpectSymbol(")", "to close the subquery of IN"));
    return Make(SpanFrom(begin), std::move(node));
  }
  InList node;
  node.operand = std::move(operand);
  node.negated = negated;
  TRY(node.values, ParseExpressions());
  TRY_DO(ExpectSymbol(")", "to close the list of IN"));
  return Make(SpanFrom(begin), std::move(node));
}

Result<ExprPtr> Parser::ParseLike(ExprPtr operand, bool negated) {
  const uint32_t begin = operand->span.begin;
  BinaryOp node;
  node.op = ToUpper(TextOf(Peek()));
  if (node.op == "REGEXP") node.op = "RLIKE";
  node.negated = negated;
  Advance();
  for (const std::string_view word : {"ANY", "ALL", "SOME"}) {
    if (AtWord(word) && SymbolAt(1, "(")) {
      return FailUnsupported(HereSpan(), fmt::format("{} {}", node.op, word),
                             "write one LIKE for each pattern, joined by OR or AND");
    }
  }
  node.left = std::move(operand);
  TRY(node.right, ParseOperators(0));
  if (node.op != "RLIKE" && AtWord("ESCAPE")) {
    Advance();
    const uint32_t escape_begin = Peek().begin;
    TRY(std::string escape, ExpectString("one character in quotes after ESCAPE"));
    node.escape = Make(SpanFrom(escape_begin), StringLiteral{std::move(escape)});
  }
  return Make(SpanFrom(begin), std::move(node));
}

Result<ExprPtr> Parser::ParseOperators(int level) {
  const HeightScope scope(*this);
  TRY(ExprPtr left, ParseUnary());
  while (true) {
    const Token& token = Peek();
    const bool word = token.kind == TokenKind::kWord;
    if (!word && token.kind != TokenKind::kSymbol) return left;
    if (word && !AtWord("DIV")) return left;
    const Operator* const op = FindOperator(TextOf(token), word);
    if (op == nullptr || op->level < level) return left;
    Advance();
    const uint32_t begin = left->span.begin;
    TRY(ExprPtr right, ParseOperators(op->level + 1));
    TRY_DO(Grow());
    if (op->level == kShiftLevel) {
      FunctionCall call;
      call.name.push_back(Identifier{std::string(op->name), false, {token.begin, token.end}});
      call.args.push_back(std::move(left));
      call.args.push_back(std::move(right));
      left = Make(SpanFrom(begin), std::move(call));
    } else {
      BinaryOp node;
      node.op = op->name;
      node.left = std::move(left);
      node.right = std::move(right);
      left = Make(SpanFrom(begin), std::move(node));
    }
  }
}

Result<ExprPtr> Parser::ParseUnary() {
  const bool sign = AtSymbol("-") || AtSymbol("+");
  if (!sign && !AtSymbol("~")) return ParsePostfix();
  // The minus of a number is ParsePrimary's.
  if (AtSymbol("-") && PeekAt(1).kind == TokenKind::kNumber) return ParsePostfix();
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const uint32_t begin = Peek().begin;
  UnaryOp node;
  node.op = TextOf(Peek());
  Advance();
  TRY(node.operand, ParseUnary());
  TRY_DO(Grow());
  return Make(SpanFrom(begin), std::move(node));
}

bool Parser::AtPostfix() const {
  return AtSymbol(".") || AtSymbol("[") || AtSymbol("::") || AtSymbol(":");
}

Result<ExprPtr> Parser::ParsePostfix() {
  const HeightScope scope(*this);
  TRY(ExprPtr expr, ParsePrimary());
  TRY_DO(Grow());
  while (AtPostfix()) {
    TRY(expr, ParsePostfixOne(std::move(expr)));
    TRY_DO(Grow());
  }
  if (AtWord("COLLATE") && NameAt(1) && !IsNoAlias(TextOf(PeekAt(1)))) {
    return FailUnsupported(HereSpan(), "COLLATE", "compare lower(x) to ignore case");
  }
  return expr;
}

Result<ExprPtr> Parser::ParsePostfixOne(ExprPtr base) {
  const uint32_t begin = base->span.begin;
  if (AtSymbol(":")) return ParseJsonPath(std::move(base));
  if (TakeSymbol("::")) {
    Cast cast;
    cast.operand = std::move(base);
    TRY(cast.type, ParseType(&cast.type_span));
    return Make(SpanFrom(begin), std::move(cast));
  }
  if (TakeSymbol("[")) {
    Subscript node;
    node.base = std::move(base);
    TRY(node.index, ParseExpression());
    TRY_DO(ExpectSymbol("]", "to close the index"));
    return Make(SpanFrom(begin), std::move(node));
  }
  Advance();
  FieldAccess node;
  node.base = std::move(base);
  TRY(node.field, ExpectName("the name of a field after '.'"));
  return Make(SpanFrom(begin), std::move(node));
}

/// base:a.b[0]['c'], the way into a JSON text or a VARIANT.
Result<ExprPtr> Parser::ParseJsonPath(ExprPtr base) {
  const uint32_t begin = base->span.begin;
  Advance();
  const uint32_t path_begin = Peek().begin;
  bool name_next = !AtSymbol("[");
  while (name_next || AtSymbol("[")) {
    if (name_next) {
      TRY_DO(ExpectName("a field after ':' or '.'"));
    } else {
      Advance();
      const TokenKind kind = Peek().kind;
      if (kind != TokenKind::kNumber && kind != TokenKind::kString && !AtSymbol("*")) {
        return FailExpected("a number, a quoted name or * in the path");
      }
      Advance();
      TRY_DO(ExpectSymbol("]", "to close the step of the path"));
    }
    name_next = TakeSymbol(".");
  }
  JsonPath node;
  node.base = std::move(base);
  node.path = std::string(text_.substr(path_begin, last_end_ - path_begin));
  return Make(SpanFrom(begin), std::move(node));
}

}  // namespace oresmith::sql
