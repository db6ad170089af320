#include "cli/table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/terminal.h"

namespace strongroom {
namespace {

// Unicode 15, EastAsianWidth W and F, in coarse blocks: enough to keep columns straight.
constexpr std::array<std::pair<uint32_t, uint32_t>, 12> kWide = {{{0x1100, 0x115f},
                                                                  {0x2e80, 0x303e},
                                                                  {0x3041, 0xa4cf},
                                                                  {0xa960, 0xa97c},
                                                                  {0xac00, 0xd7a3},
                                                                  {0xf900, 0xfaff},
                                                                  {0xfe30, 0xfe6f},
                                                                  {0xff00, 0xff60},
                                                                  {0xffe0, 0xffe6},
                                                                  {0x1f300, 0x1f64f},
                                                                  {0x1f900, 0x1f9ff},
                                                                  {0x20000, 0x3fffd}}};

bool IsCombining(uint32_t point) {
  return (point >= 0x300 && point <= 0x36f) || (point >= 0x1ab0 && point <= 0x1aff) ||
         (point >= 0x200b && point <= 0x200d) || (point >= 0x20d0 && point <= 0x20ff) ||
         (point >= 0xfe00 && point <= 0xfe0f);
}

std::string Padded(std::string text, size_t width) {
  const size_t has = DisplayWidth(text);
  if (has < width) text.append(width - has, ' ');
  return text;
}

void AppendMembers(const JsonValue& object, const std::string& indent, const std::vector<std::string_view>& skip,
                   std::string& out) {
  size_t widest = 0;
  for (const JsonValue& member : object) widest = std::max(widest, DisplayWidth(Printable(member.key())));
  for (const JsonValue& member : object) {
    if (std::find(skip.begin(), skip.end(), member.key()) != skip.end()) continue;
    const std::string name = Printable(member.key());
    if (member.IsObject() && member.size() > 0) {
      out += indent + name + ":\n";
      AppendMembers(member, indent + "  ", {}, out);
    } else {
      out += indent + Padded(name + ":", widest + 2) + CellText(member) + "\n";
    }
  }
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i]);
    const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t point = size == 1 ? first : first & (0xffu >> (size + 1));
    for (size_t k = 1; k < size && i + k < text.size(); ++k) {
      point = point << 6 | (static_cast<uint8_t>(text[i + k]) & 0x3fu);
    }
    i += size;
    if (IsCombining(point)) continue;
    const bool wide = std::any_of(kWide.begin(), kWide.end(),
                                  [point](const auto& range) { return point >= range.first && point <= range.second; });
    width += wide ? 2 : 1;
  }
  return width;
}

TextTable::TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void TextTable::Row(std::vector<std::string> cells) {
  cells.resize(rows_[0].size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::Render() const {
  if (rows_.size() == 1) return {};
  std::vector<size_t> widths(rows_[0].size());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) line += Padded(cells[i], widths[i]) + (i + 1 < cells.size() ? "  " : "");
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line(rows_[0]);
  std::vector<std::string> rule;
  for (const size_t width : widths) rule.emplace_back(width, '-');
  add_line(rule);
  for (size_t i = 1; i < rows_.size(); ++i) add_line(rows_[i]);
  return text;
}

std::string CellText(const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::kNull:
      return {};
    case JsonKind::kBool:
      return value.RawText() == "true" ? "yes" : "no";
    case JsonKind::kNumber:
      return std::string(value.RawText());
    case JsonKind::kString: {
      const auto text = value.AsString();
      return text.ok() ? Printable(*text) : std::string();
    }
    case JsonKind::kObject:
      return Printable(value.RawText());
    case JsonKind::kArray:
      break;
  }
  std::string list;
  for (const JsonValue& item : value) list += (list.empty() ? "" : ", ") + CellText(item);
  return list;
}

std::string CellOf(const JsonValue& object, std::string_view path) {
  const size_t dot = path.find('.');
  const std::optional<JsonValue> member = object.Find(path.substr(0, dot));
  if (!member) return {};
  if (dot == std::string_view::npos) return CellText(*member);
  return member->IsObject() ? CellOf(*member, path.substr(dot + 1)) : std::string();
}

std::string TableOf(const JsonValue& array, const std::vector<Column>& columns) {
  std::vector<std::string> header;
  for (const Column& column : columns) header.push_back(column.title);
  TextTable table(std::move(header));
  for (const JsonValue& item : array) {
    std::vector<std::string> cells;
    for (const Column& column : columns) cells.push_back(CellOf(item, column.path));
    table.Row(std::move(cells));
  }
  return table.Render();
}

std::string MembersOf(const JsonValue& object, const std::vector<std::string_view>& skip) {
  std::string text;
  AppendMembers(object, "", skip, text);
  return text;
}

}  // namespace strongroom
