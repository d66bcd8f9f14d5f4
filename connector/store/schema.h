// The tables of a .c1z, format v1, as baton-sdk 0.25 writes them. Readers of every version accept them: they name the
// columns that they read and add what an older file lacks.
#pragma once

#include <string>

namespace connector {

// CREATE TABLE and the unique indices that upserts need, IF NOT EXISTS.
std::string TablesSql();

// The other indices. Making them after the rows are in is three times faster than keeping them up to date, so a writer
// drops what an existing file has of them first.
std::string IndicesSql();
std::string DropIndicesSql();

}  // namespace connector
