// The tables of a .c1z, format v1, as baton-sdk 0.25 writes them. Readers of every version accept them: they name the
// columns that they read and add what an older file lacks.
#pragma once

#include <string>

namespace connector {

// CREATE TABLE and the unique indices that upserts need, IF NOT EXISTS.
std::string TablesSql();

// The indices in whose order, or nearly, a sync's rows come. Kept up to date, each row is appended to them, which costs
// less than to sort all rows later. After the tables are upgraded: some name columns that an old file lacks.
std::string AppendedIndicesSql();

// The others. A row would go anywhere in them, so a writer drops what an existing file has of them, and makes them
// after the rows are in.
std::string SortedIndicesSql();
std::string DropSortedIndicesSql();

}  // namespace connector
