// Tables and member lists for people, from JSON or by hand.  Everything shown passes Printable().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace strongroom {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header);
  // As many cells as the header; missing ones are empty.
  void Row(std::vector<std::string> cells);
  size_t size() const { return rows_.size() - 1; }
  // Columns as wide as their widest cell, the header underlined; "" when there are no rows but the header.
  std::string Render() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the header first
};

// Columns on a terminal: wide for East Asian characters, none for combining marks.  `text` is valid UTF-8.
size_t DisplayWidth(std::string_view text);

// A value in one cell: strings as they are, lists with commas, yes/no, anything deeper as JSON.  "" for null.
std::string CellText(const JsonValue& value);
// The member at `path` ("definition.type") as a cell; "" when it is absent.
std::string CellOf(const JsonValue& object, std::string_view path);

struct Column {
  std::string title;
  std::string path;
};
// One row per object in `array`.
std::string TableOf(const JsonValue& array, const std::vector<Column>& columns);
// "name: value", one member a line; objects inside are indented.  `skip` is left out.
std::string MembersOf(const JsonValue& object, const std::vector<std::string_view>& skip = {});

}  // namespace strongroom
