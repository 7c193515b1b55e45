#include "sql/parser.h"

#include <algorithm>
#include <array>
#include <limits>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"
#include "types/text.h"

namespace oresmith::sql {
namespace {

/// More than a person reads; a file of another dialect would give one for each statement.
constexpr size_t kErrorsMax = 100;
constexpr size_t kShownTokenBytesMax = 40;

/// A misspelt one of these reads as an alias at first.
constexpr std::array<std::string_view, 12> kClauseWords{"FROM",  "WHERE",   "GROUP",  "HAVING",
                                                        "ORDER", "LIMIT",   "UNION",  "QUALIFY",
                                                        "JOIN",  "LATERAL", "WINDOW", "OFFSET"};

std::string Shorten(std::string_view text) {
  if (text.size() <= kShownTokenBytesMax) return std::string(text);
  size_t length = kShownTokenBytesMax;
  // Not in the middle of a code point.
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return std::string(text.substr(0, length)) + "...";
}

Error TooLong(const std::string& file) {
  return MakeError(ErrorKind::kInvalidInput, "parse: {}: the text is longer than 4 GiB", file);
}

bool FitsOffsets(std::string_view text) {
  return text.size() < std::numeric_limits<uint32_t>::max();
}

}  // namespace

Parser::Parser(const SourceText& source, Accept accept)
    : source_(source), accept_(accept), text_(source.text()) {
  TokenList list = Tokenize(text_);
  tokens_ = std::move(list.tokens);
  lexical_errors_ = std::move(list.errors);
}

const Token& Parser::PeekAt(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

std::string_view Parser::TextOf(const Token& token) const {
  return text_.substr(token.begin, token.end - token.begin);
}

bool Parser::WordAt(size_t ahead, std::string_view keyword) const {
  const Token& token = PeekAt(ahead);
  return token.kind == TokenKind::kWord && token.end - token.begin == keyword.size() &&
         types::EqualsIgnoringCase(TextOf(token), keyword);
}

bool Parser::SymbolAt(size_t ahead, std::string_view symbol) const {
  const Token& token = PeekAt(ahead);
  return token.kind == TokenKind::kSymbol && TextOf(token) == symbol;
}

bool Parser::NameAt(size_t ahead) const {
  const TokenKind kind = PeekAt(ahead).kind;
  return kind == TokenKind::kWord || kind == TokenKind::kName;
}

bool Parser::AtWords(std::initializer_list<std::string_view> keywords) const {
  size_t ahead = 0;
  return std::all_of(keywords.begin(), keywords.end(),
                     [&](std::string_view keyword) { return WordAt(ahead++, keyword); });
}

bool Parser::AtStatementEnd() const {
  return Peek().kind == TokenKind::kEnd || Peek().kind == TokenKind::kCellEnd || AtSymbol(";");
}

bool Parser::TakeStatementEnd() {
  const bool at_end = Peek().kind != TokenKind::kEnd && AtStatementEnd();
  if (at_end) Advance();
  return at_end;
}

void Parser::Advance() {
  last_end_ = Peek().end;
  if (at_ + 1 < tokens_.size()) ++at_;
}

bool Parser::TakeWord(std::string_view keyword) {
  if (!AtWord(keyword)) return false;
  Advance();
  return true;
}

bool Parser::TakeSymbol(std::string_view symbol) {
  if (!AtSymbol(symbol)) return false;
  Advance();
  return true;
}

bool Parser::TakeWords(std::initializer_list<std::string_view> keywords) {
  if (!AtWords(keywords)) return false;
  for (size_t i = 0; i < keywords.size(); ++i) Advance();
  return true;
}

Status Parser::ExpectWord(std::string_view keyword, std::string_view purpose) {
  if (TakeWord(keyword)) return {};
  const std::string_view candidates[] = {keyword};
  const std::string expected =
      purpose.empty() ? std::string(keyword) : fmt::format("{} {}", keyword, purpose);
  const bool near = Peek().kind == TokenKind::kWord && !Nearest(TextOf(Peek()), candidates).empty();
  return FailExpectedWithFix(expected, near ? fmt::format("did you mean {}?", keyword) : "");
}

Status Parser::ExpectSymbol(std::string_view symbol, std::string_view purpose) {
  if (TakeSymbol(symbol)) return {};
  return FailExpected(fmt::format("'{}' {}", symbol, purpose));
}

Identifier Parser::TakeIdentifier() {
  const Token& token = Peek();
  Identifier name;
  name.quoted = token.kind == TokenKind::kName;
  name.span = HereSpan();
  name.text = name.quoted ? NameValue(TextOf(token)) : std::string(TextOf(token));
  Advance();
  return name;
}

Result<Identifier> Parser::ExpectName(std::string_view what) {
  if (NameAt(0)) return TakeIdentifier();
  const Token& token = Peek();
  std::string fix;
  if (token.kind == TokenKind::kString) fix = "names are quoted with backquotes: `name`";
  return FailExpectedWithFix(what, fix);
}

Result<QualifiedName> Parser::ExpectQualifiedName(std::string_view what) {
  QualifiedName name;
  do {
    TRY(Identifier part, ExpectName(what));
    name.push_back(std::move(part));
  } while (TakeSymbol("."));
  // orders-2024 is a slip that would read as a subtraction further on.
  const bool touches = AtSymbol("-") && Peek().begin == last_end_ && PeekAt(1).begin == Peek().end;
  if (touches && NameAt(1)) {
    return FailExpectedWithFix("a name without '-'", "write the name in backquotes: `a-b`");
  }
  return name;
}

Result<std::string> Parser::ExpectString(std::string_view what) {
  if (Peek().kind != TokenKind::kString) {
    return FailExpectedWithFix(what, NameAt(0) ? "put it in single quotes" : "");
  }
  std::string value;
  while (Peek().kind == TokenKind::kString) {
    value += StringValue(TextOf(Peek()));
    Advance();
  }
  return value;
}

Result<std::vector<Identifier>> Parser::ParseNameList(std::string_view what) {
  std::vector<Identifier> names;
  TRY_DO(ExpectSymbol("(", fmt::format("before the list of {}s", what)));
  do {
    TRY(Identifier name, ExpectName(fmt::format("a {}", what)));
    names.push_back(std::move(name));
  } while (TakeSymbol(","));
  TRY_DO(ExpectSymbol(")", fmt::format("to close the list of {}s", what)));
  return names;
}

Result<types::Type> Parser::ParseType(Span* span) {
  const uint32_t begin = Peek().begin;
  if (Peek().kind == TokenKind::kBad) return FailExpected("a data type");
  // The rest of a large file is of no interest to an error message.
  constexpr size_t kTypeBytesMax = 1 << 20;
  auto prefix = types::ParseTypePrefix(text_.substr(begin, kTypeBytesMax));
  if (!prefix) {
    types::TypeSyntaxError error = std::move(prefix).error();
    const Span at{begin + static_cast<uint32_t>(error.begin),
                  begin + static_cast<uint32_t>(error.end)};
    constexpr std::string_view kTask = "parse type: ";
    std::string& message = error.error.message;
    if (message.starts_with(kTask)) message = "parse: " + message.substr(kTask.size());
    return FailAt(at, std::move(error.error));
  }
  const uint32_t end = begin + static_cast<uint32_t>(prefix->length);
  while (Peek().kind != TokenKind::kEnd && Peek().end <= end) Advance();
  // `x::ARRAY<INT>=y`: the lexer saw `>=`, the type took its first half.
  if (Peek().begin < end) tokens_[at_].begin = end;
  last_end_ = end;
  *span = {begin, end};
  return std::move(prefix->type);
}

std::string Parser::DescribeHere() const {
  const Token& token = Peek();
  if (token.kind == TokenKind::kEnd) return "the end of the text";
  if (token.kind == TokenKind::kCellEnd) return "the end of the cell";
  if (AtSymbol(";")) return "the end of the statement";
  const std::string text = Shorten(TextOf(token));
  return text.starts_with('\'') ? text : fmt::format("'{}'", text);
}

tl::unexpected<Error> Parser::FailAt(Span span, Error error) const {
  return Fail(std::move(error).At(source_.Place(span)));
}

tl::unexpected<Error> Parser::FailExpected(std::string_view expected) const {
  return FailExpectedWithFix(expected, "");
}

tl::unexpected<Error> Parser::FailExpectedWithFix(std::string_view expected,
                                                  std::string_view fix) const {
  if (Peek().kind == TokenKind::kBad) {
    const auto found =
        std::lower_bound(lexical_errors_.begin(), lexical_errors_.end(), Peek().begin,
                         [](const LexicalError& e, uint32_t at) { return e.span.begin < at; });
    ORESMITH_ASSERT(found != lexical_errors_.end());
    return FailAt(found->span,
                  MakeError(ErrorKind::kInvalidInput, "{}", found->message).WithFix(found->fix));
  }
  return FailAt(HereSpan(), MakeError(ErrorKind::kInvalidInput, "parse: expected {}, found {}",
                                      expected, DescribeHere())
                                .WithFix(std::string(fix)));
}

tl::unexpected<Error> Parser::FailUnsupported(Span span, std::string_view construct,
                                              std::string_view fix) const {
  return FailAt(span, MakeError(ErrorKind::kUnsupported, "parse: {} is not supported", construct)
                          .WithFix(std::string(fix)));
}

void Parser::Warn(Span span, std::string message, std::string_view fix) {
  warnings_.push_back(MakeError(ErrorKind::kUnsupported, "parse: {}", message)
                          .WithFix(std::string(fix))
                          .At(source_.Place(span)));
}

Status Parser::CheckNesting() const {
  if (depth_ <= kNestingMax) return {};
  return FailAt(HereSpan(), MakeError(ErrorKind::kInvalidInput,
                                      "parse: nested deeper than {} levels", kNestingMax)
                                .WithFix("split it with a WITH clause or another view"));
}

void Parser::Recover() {
  while (!AtStatementEnd()) Advance();
  depth_ = 0;
  height_ = 0;
}

/// What cannot go on here is often a misspelt clause, which was read as an alias.
tl::unexpected<Error> Parser::FailAfterStatement() const {
  constexpr std::string_view kWhat = "the end of the statement";
  for (const std::string_view word : {"GROUP", "ORDER", "PARTITION"}) {
    if (AtWord(word)) return FailExpectedWithFix(kWhat, fmt::format("write {} BY", word));
  }
  for (const Token* const token : {&Peek(), &tokens_[at_ > 0 ? at_ - 1 : 0]}) {
    if (token->kind != TokenKind::kWord) continue;
    const std::string_view text = TextOf(*token);
    if (types::EqualsIgnoringCase(text, "CREATE")) {
      return FailExpectedWithFix(kWhat, "end the statement before CREATE with ';'");
    }
    const std::string_view nearest = Nearest(text, kClauseWords);
    if (nearest.empty() || types::EqualsIgnoringCase(nearest, text)) continue;
    return FailExpectedWithFix(kWhat, fmt::format("did you mean {} for '{}'?", nearest, text));
  }
  return FailExpected(kWhat);
}

Parser::Outcome Parser::ParseStatements() {
  Outcome outcome;
  while (true) {
    while (TakeStatementEnd()) {
    }
    if (Peek().kind == TokenKind::kEnd) break;
    Status parsed = ParseStatementInto(outcome);
    if (parsed && !AtStatementEnd()) parsed = FailAfterStatement();
    if (parsed) continue;
    outcome.errors.push_back(std::move(parsed).error());
    if (outcome.errors.size() >= kErrorsMax) break;
    Recover();
  }
  outcome.warnings = std::move(warnings_);
  return outcome;
}

Result<ExprPtr> Parser::ParseLoneExpression() {
  TRY(ExprPtr expr, ParseExpression());
  if (Peek().kind != TokenKind::kEnd) return FailExpected("the end of the expression");
  return expr;
}

Result<QualifiedName> Parser::ParseLoneName() {
  TRY(QualifiedName name, ExpectQualifiedName("a table's name"));
  if (Peek().kind != TokenKind::kEnd) return FailExpected("the end of the name");
  return name;
}

tl::expected<ParsedFile, std::vector<Error>> ParseFile(std::string file, std::string text) {
  return ParseFile(SourceText(std::move(file), std::move(text)));
}

tl::expected<ParsedFile, std::vector<Error>> ParseFile(SourceText source) {
  if (!FitsOffsets(source.text())) {
    return tl::unexpected(std::vector<Error>{TooLong(source.file())});
  }
  ParsedFile parsed;
  parsed.source = std::make_shared<const SourceText>(std::move(source));
  Parser::Outcome outcome = Parser(*parsed.source, Parser::Accept::kPipeline).ParseStatements();
  if (!outcome.errors.empty()) return tl::unexpected(std::move(outcome.errors));
  parsed.warnings = std::move(outcome.warnings);
  for (Statement& statement : outcome.statements) {
    if (!std::holds_alternative<QueryStatement>(statement.node)) {
      parsed.statements.push_back(std::move(statement));
      continue;
    }
    parsed.warnings.push_back(
        MakeError(ErrorKind::kUnsupported, "parse: a SELECT alone has no effect in a pipeline")
            .WithFix("write CREATE MATERIALIZED VIEW name AS before it, or remove it")
            .At(parsed.source->Place(statement.span)));
  }
  std::stable_sort(parsed.warnings.begin(), parsed.warnings.end(),
                   [](const Error& a, const Error& b) {
                     return std::pair(a.place->line, a.place->column) <
                            std::pair(b.place->line, b.place->column);
                   });
  return parsed;
}

namespace {

tl::expected<ParsedFile, std::vector<Error>> ParseOne(std::string file, std::string text,
                                                      Parser::Accept accept) {
  if (!FitsOffsets(text)) return tl::unexpected(std::vector<Error>{TooLong(file)});
  ParsedFile parsed;
  parsed.source = std::make_shared<const SourceText>(std::move(file), std::move(text));
  Parser::Outcome outcome = Parser(*parsed.source, accept).ParseStatements();
  if (!outcome.errors.empty()) return tl::unexpected(std::move(outcome.errors));
  const Span whole{0, static_cast<uint32_t>(parsed.source->text().size())};
  const auto fail = [&](Span span, std::string_view what, std::string_view fix) {
    return tl::unexpected(std::vector<Error>{MakeError(ErrorKind::kInvalidInput, "parse: {}", what)
                                                 .WithFix(std::string(fix))
                                                 .At(parsed.source->Place(span))});
  };
  if (outcome.statements.empty()) return fail(whole, "expected a query, found nothing", "");
  if (outcome.statements.size() > 1) {
    return fail(outcome.statements[1].span, "expected one query, found a second statement", "");
  }
  const Statement& statement = outcome.statements[0];
  const bool command = std::holds_alternative<CommandStatement>(statement.node);
  if (!command && !std::holds_alternative<QueryStatement>(statement.node)) {
    const bool dataset = std::holds_alternative<CreateDataset>(statement.node);
    return fail(statement.span, "expected a query: SELECT, WITH or VALUES",
                dataset && accept == Parser::Accept::kCommands
                    ? "put the dataset into a file of the pipeline, and run it: oresmith run"
                    : "");
  }
  parsed.statements = std::move(outcome.statements);
  parsed.warnings = std::move(outcome.warnings);
  return parsed;
}

}  // namespace

tl::expected<ParsedFile, std::vector<Error>> ParseQuery(std::string file, std::string text) {
  return ParseOne(std::move(file), std::move(text), Parser::Accept::kPipeline);
}

tl::expected<ParsedFile, std::vector<Error>> ParseQueryOrCommand(std::string file,
                                                                 std::string text) {
  return ParseOne(std::move(file), std::move(text), Parser::Accept::kCommands);
}

Result<ExprPtr> ParseExpression(const SourceText& source) {
  if (!FitsOffsets(source.text())) return Fail(TooLong(source.file()));
  return Parser(source, Parser::Accept::kPipeline).ParseLoneExpression();
}

Result<QualifiedName> ParseTableName(const SourceText& source) {
  if (!FitsOffsets(source.text())) return Fail(TooLong(source.file()));
  return Parser(source, Parser::Accept::kPipeline).ParseLoneName();
}

}  // namespace oresmith::sql
