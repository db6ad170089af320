#include "paper/manual_boxes.h"

#include <string>

#include "base/json.h"

namespace strongroom::paper {
namespace {

constexpr double kMost = 1e6;
constexpr int64_t kMostPages = 1'000'000;
constexpr double kMillimetresPerInch = 25.4;

Status Wrong(const JsonValue& value, const std::string& what) {
  return Status(Reason::kInvalidArgument, value.Path() + ": " + what);
}

Result<PageBox> ParseBox(const JsonValue& value, std::string_view own_unit, const std::vector<PageSize>& sizes) {
  RETURN_IF_ERROR(value.ExpectObject());
  PageBox box;
  ASSIGN_OR_RETURN(const int64_t page, value.GetInt("page", 1, kMostPages));
  box.page = static_cast<uint32_t>(page);
  ASSIGN_OR_RETURN(box.box.left, value.GetDouble("left"));
  ASSIGN_OR_RETURN(box.box.top, value.GetDouble("top"));
  ASSIGN_OR_RETURN(box.box.right, value.GetDouble("right"));
  ASSIGN_OR_RETURN(box.box.bottom, value.GetDouble("bottom"));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> given, value.OptString("unit"));
  RETURN_IF_ERROR(value.RefuseUnknown());
  const Box& sides = box.box;
  if (sides.left < -kMost || sides.top < -kMost || sides.right > kMost || sides.bottom > kMost)
    return Wrong(value, "the box is larger than any page.");
  if (sides.empty()) return Wrong(value, "the box is empty: right must be more than left, bottom more than top.");

  const std::string_view unit = given.value_or(own_unit);
  if (unit == own_unit) return box;
  const PageSize size = box.page <= sizes.size() ? sizes[box.page - 1] : PageSize{};
  double by_x = 0;
  double by_y = 0;
  if (unit == "share") {
    by_x = size.width;
    by_y = size.height;
  } else if (unit == "mm" || unit == "inch") {
    by_x = by_y = size.per_inch / (unit == "mm" ? kMillimetresPerInch : 1.0);
  } else if (unit == "pixels" || unit == "points") {
    return Wrong(value, "boxes of this file are given in " + std::string(own_unit) + ", mm, inch or share.");
  } else {
    return Wrong(value, "the unit is one of pixels, points, mm, inch, share.");
  }
  if (by_x <= 0 || by_y <= 0)
    return Wrong(value, "how large this page is, is not known; give the box in " + std::string(own_unit) + ".");
  box.box = {sides.left * by_x, sides.top * by_y, sides.right * by_x, sides.bottom * by_y};
  return box;
}

Status ParseList(const JsonValue& root, std::string_view name, std::string_view own_unit,
                 const std::vector<PageSize>& sizes, std::vector<PageBox>& boxes) {
  ASSIGN_OR_RETURN(const std::optional<JsonValue> list, root.OptArray(name));
  if (!list) return Status::Ok();
  for (const JsonValue value : *list) {
    ASSIGN_OR_RETURN(const PageBox box, ParseBox(value, own_unit, sizes));
    boxes.push_back(box);
  }
  return Status::Ok();
}

}  // namespace

Result<ManualBoxes> ParseManualBoxes(std::string_view json, std::string_view own_unit,
                                     const std::vector<PageSize>& sizes) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonValue root = document.root();
  ManualBoxes boxes;
  RETURN_IF_ERROR(ParseList(root, "boxes", own_unit, sizes, boxes.boxes));
  RETURN_IF_ERROR(ParseList(root, "lifted", own_unit, sizes, boxes.lifted));
  RETURN_IF_ERROR(root.RefuseUnknown());
  return boxes;
}

}  // namespace strongroom::paper
