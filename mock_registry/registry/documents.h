// JSON replies as npm words them.
#pragma once

#include <string>
#include <string_view>

#include "connector/http/message.h"

namespace mock_registry {

connector::HttpResponse JsonText(int status, std::string text);

// {"error": text}
connector::HttpResponse ErrorDocument(int status, std::string_view text);

// An error document for a status, with npm's text where it is known.
connector::HttpResponse ErrorDocument(int status);

// In place of the headers of that name. `name` is in lower case, as all of a reply's are.
void SetHeader(connector::HttpResponse& response, const std::string& name, std::string value);

// A host that is not the registry's, for links and redirects that lead away.
inline constexpr std::string_view kForeignHost = "https://registry.example.com";

// A JSON string; what is not UTF-8 is replaced.
std::string Quoted(std::string_view text);

}  // namespace mock_registry
