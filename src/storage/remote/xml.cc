#include <charconv>

#include "storage/remote/xml_internal.h"

namespace oresmith::storage {

Result<pugi::xml_node> ParseXml(const std::string& text, const char* root,
                                pugi::xml_document& document) {
  const pugi::xml_parse_result result = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  const pugi::xml_node node = document.child(root);
  if (result && node) return node;
  return Fail(ErrorKind::kCorrupt, "the server's answer is not the XML of {}: {}", root,
              result ? "it starts with another element" : result.description());
}

Result<int64_t> ParseSize(std::string_view text) {
  int64_t size = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && size >= 0) return size;
  return Fail(ErrorKind::kCorrupt, "the server's answer has a size that is no number: '{}'", text);
}

std::string XmlEscape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace oresmith::storage
