#include "cli/find_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "cli/progress.h"
#include "cli/terminal.h"

namespace strongroom {
namespace {

constexpr size_t kHeldBytes = size_t{64} << 10;

// Two digits say all there is: scores are no probabilities.
std::string ScoreText(float score) {
  char text[16];
  const int size = snprintf(text, sizeof text, "%.2f", static_cast<double>(score));
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

// A box that a person drew is of no kind.
bool IsManual(const redact::Found& found) { return found.rule == "manual"; }
constexpr std::string_view kManual = "MANUAL";

std::string_view TypeOf(const redact::Found& found) { return IsManual(found) ? kManual : detect::NameOf(found.kind); }

// A length on a page.
std::string LengthText(double length) {
  char text[32];
  const int size = snprintf(text, sizeof text, "%.1f", length);
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

template <typename Boxes>
void AppendBoxes(const char* member, const Boxes& boxes, JsonWriter& json) {
  json.Key(member).BeginArray();
  for (const auto& box : boxes) {
    json.BeginArray();
    for (const double side : box) json.Raw(LengthText(side));
    json.EndArray();
  }
  json.EndArray();
}

// Names of files may be any bytes.
std::string AsUtf8(std::string_view path) {
  if (IsValidUtf8(path)) return std::string(path);
  std::string shown;
  for (char c : path) shown.push_back(static_cast<unsigned char>(c) < 0x80 ? c : '?');
  return shown;
}

}  // namespace

void FindReport::Print() {
  if (out_) out_(lines_);
  lines_.clear();
}

void FindReport::Flush() {
  if (!lines_.empty()) Print();
}

void FindReport::AddText(const redact::Found& found) {
  const redact::Place& place = found.place;
  lines_ += Printable(AsUtf8(path_));
  if (!place.part.empty()) lines_.append(" (").append(place.part).append(")");
  if (place.line > 0)
    lines_.append(":").append(std::to_string(place.line)).append(":").append(std::to_string(place.column));
  lines_ += ": ";
  if (place.page > 0) lines_.append("page ").append(std::to_string(place.page)).append(": ");
  if (!place.path.empty()) lines_.append(place.path).append(": ");
  lines_.append(TypeOf(found));
  if (!found.subtype.empty()) lines_.append(" ").append(found.subtype);
  lines_.append(" ").append(ScoreText(found.score)).append(" ").append(found.rule);
  for (const auto& box : place.boxes) {
    lines_ += " (";
    for (size_t i = 0; i < box.size(); ++i) lines_.append(i == 0 ? "" : " ").append(LengthText(box[i]));
    lines_ += ")";
  }
  lines_ += "\n";
}

void FindReport::AddJson(const redact::Found& found) {
  const redact::Place& place = found.place;
  JsonWriter json(lines_);
  json.BeginObject().String("file", AsUtf8(path_));
  if (!place.part.empty()) json.String("part", place.part);
  json.String("type", TypeOf(found));
  if (!found.subtype.empty()) json.String("subtype", found.subtype);
  if (!place.path.empty()) json.String("path", place.path);
  if (place.line > 0) {
    json.Key("line").Uint(place.line).Key("column").Uint(place.column);
  }
  if (place.page > 0) {
    json.Key("page").Uint(place.page);
    AppendBoxes("boxes", place.boxes, json);
  } else {
    json.Key("byte").Uint(place.byte);
  }
  json.Key("score").Raw(ScoreText(found.score)).String("rule", found.rule).EndObject();
  lines_.push_back('\n');
}

void FindReport::Add(const redact::Found& found) {
  ++found_;
  ++(IsManual(found) ? manual_ : by_kind_[static_cast<size_t>(found.kind)]);
  if (!out_) return;
  json_ ? AddJson(found) : AddText(found);
  if (lines_.size() >= kHeldBytes) Print();
}

void FindReport::AddPage(uint32_t number, const paper::PaperPage& page) {
  if (!out_) return;
  if (!json_) {
    if (page.unread.empty()) return;
    lines_.append(Printable(AsUtf8(path_))).append(": page ").append(std::to_string(number));
    lines_.append(": ").append(std::to_string(page.unread.size()));
    lines_ += page.unread.size() == 1 ? " place could not be read\n" : " places could not be read\n";
    return;
  }
  std::vector<std::array<double, 4>> unread;
  for (const paper::Box& box : page.unread) unread.push_back({box.left, box.top, box.right, box.bottom});
  const auto lifted =
      std::count_if(page.found.begin(), page.found.end(), [](const paper::FoundBox& found) { return found.lifted; });
  JsonWriter json(lines_);
  json.BeginObject().String("file", AsUtf8(path_)).Key("page").Uint(number);
  json.Key("width").Raw(LengthText(page.width)).Key("height").Raw(LengthText(page.height));
  json.Key("words").Uint(page.words).Key("found").Uint(page.found.size() - static_cast<size_t>(lifted));
  json.Key("lifted").Uint(static_cast<uint64_t>(lifted));
  json.Key("unread_share").Raw(ScoreText(static_cast<float>(page.unread_share)));
  AppendBoxes("unread", unread, json);
  json.EndObject();
  lines_.push_back('\n');
  if (lines_.size() >= kHeldBytes) Print();
}

void FindReport::AddDigests(std::string_view before, std::string_view after) {
  if (!out_ || !json_) return;
  JsonWriter json(lines_);
  json.BeginObject().String("file", AsUtf8(path_)).String("sha256_before", before).String("sha256_after", after);
  json.EndObject();
  lines_.push_back('\n');
}

void FindReport::AddFailure(const Status& status) {
  ++failed_files_;
  if (!out_ || !json_) return;
  JsonWriter json(lines_);
  json.BeginObject().String("file", AsUtf8(path_)).String("error", InfoOf(status.reason()).wire_code).EndObject();
  lines_.push_back('\n');
}

void FindReport::Finish(uint64_t files) {
  if (out_ && json_) {
    JsonWriter json(lines_);
    json.BeginObject().Key("files").Uint(files).Key("failed_files").Uint(failed_files_).Key("found").Uint(found_);
    json.Key("by_type").BeginObject();
    if (manual_ > 0) json.Key(kManual).Uint(manual_);
    for (size_t kind = 0; kind < by_kind_.size(); ++kind) {
      if (by_kind_[kind] > 0) json.Key(detect::NameOf(static_cast<detect::Kind>(kind))).Uint(by_kind_[kind]);
    }
    json.EndObject().EndObject();
    lines_.push_back('\n');
  }
  Flush();
}

std::string FindReport::Summary() const {
  std::string text = WithThousands(found_) + (found_ == 1 ? " find" : " finds");
  const char* between = ": ";
  if (manual_ > 0) {
    text.append(between).append(WithThousands(manual_)).append(" ").append(kManual);
    between = ", ";
  }
  for (size_t kind = 0; kind < by_kind_.size(); ++kind) {
    if (by_kind_[kind] == 0) continue;
    text.append(between).append(WithThousands(by_kind_[kind])).append(" ");
    text.append(detect::NameOf(static_cast<detect::Kind>(kind)));
    between = ", ";
  }
  return text;
}

}  // namespace strongroom
