#pragma once

// Java's login strings, as users paste them.

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oresmith::connector {

/// `org.apache...PlainLoginModule required username="a" password="b";`
struct JaasLogin {
  std::string module;                         ///< the class without its package
  std::map<std::string, std::string> values;  ///< username, password, ...
};

/// Errors: kInvalidInput; nothing of the text is shown but the name of its class.
Result<JaasLogin> ParseJaas(std::string_view text);

}  // namespace oresmith::connector
