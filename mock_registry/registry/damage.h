// Documents that are wrong on purpose.
#pragma once

#include <string>
#include <string_view>

namespace mock_registry {

// A listing's document with the damage that a variant of the effect `json` names.
std::string DamageJson(std::string_view variant, const std::string& document);

// `text` compressed, with the damage that a variant of `corruptGzip` names.
std::string DamageGzip(std::string_view variant, const std::string& text);

}  // namespace mock_registry
