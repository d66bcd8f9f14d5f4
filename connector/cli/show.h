// A .c1z as a table for people.
#pragma once

#include <string>

#include "connector/store/c1z_reader.h"

namespace connector {

// One line a user, by name: role and teams. Ends with the totals.
std::string FormatAccessTable(const FinishedSync& sync);

}  // namespace connector
