// PDF and scans that the caller brings: what is personal on them, a page as it looks, and the file with it taken out.
#include "archive/paper_filters.h"
#include "http/api_tools.h"

namespace strongroom {
namespace {

constexpr size_t kMostBody = size_t{64} << 20;
constexpr size_t kMostValues = 300'000;  // 40,000 boxes

Result<Bytes> ReadDocument(const JsonValue& body) {
  ASSIGN_OR_RETURN(const std::string_view text, body.GetString("document"));
  Result<Bytes> document = Base64Decode(text);
  if (!document.ok()) return Status(Reason::kInvalidArgument, "'document' is no Base64");
  return document;
}

Result<std::vector<paper::PageBox>> ReadBoxes(const JsonValue& body, std::string_view member) {
  std::vector<paper::PageBox> boxes;
  ASSIGN_OR_RETURN(const std::optional<JsonValue> array, body.OptArray(member));
  if (!array) return boxes;
  for (const JsonValue& value : *array) {
    RETURN_IF_ERROR(value.ExpectObject());
    paper::PageBox box;
    ASSIGN_OR_RETURN(const int64_t page, value.GetInt("page", 1, PaperFilters::kMostPages));
    box.page = static_cast<uint32_t>(page);
    ASSIGN_OR_RETURN(box.box.left, value.GetDouble("left"));
    ASSIGN_OR_RETURN(box.box.top, value.GetDouble("top"));
    ASSIGN_OR_RETURN(box.box.right, value.GetDouble("right"));
    ASSIGN_OR_RETURN(box.box.bottom, value.GetDouble("bottom"));
    RETURN_IF_ERROR(value.RefuseUnknown());
    if (box.box.empty()) return Status(Reason::kInvalidArgument, value.Path() + " is a box without an inside");
    boxes.push_back(box);
  }
  return boxes;
}

// Whoever asked has left: what is still being worked at is broken off.
std::function<bool()> LeftBy(const ApiCall& call) {
  return [&exchange = call.exchange] { return exchange.CallerLeft(); };
}

Status ReadLook(const JsonValue& body, PaperLook& ask) {
  ASSIGN_OR_RETURN(ask.kinds, OptStrings(body, "types", 64));
  ASSIGN_OR_RETURN(ask.min_score, body.OptDouble("min_score"));
  ASSIGN_OR_RETURN(const std::optional<bool> search, body.OptBool("search"));
  ask.search = search.value_or(true);
  ASSIGN_OR_RETURN(ask.boxes, ReadBoxes(body, "boxes"));
  ASSIGN_OR_RETURN(ask.lifted, ReadBoxes(body, "lifted"));
  return Status::Ok();
}

void AppendBoxes(JsonWriter& json, const char* member, const std::vector<paper::Box>& boxes) {
  json.Key(member).BeginArray();
  for (const paper::Box& box : boxes) {
    json.BeginObject().Key("left").Double(box.left).Key("top").Double(box.top);
    json.Key("right").Double(box.right).Key("bottom").Double(box.bottom).EndObject();
  }
  json.EndArray();
}

void AppendPage(JsonWriter& json, const paper::PaperPage& page) {
  json.BeginObject().Key("width").Double(page.width).Key("height").Double(page.height);
  json.Key("words").Uint(page.words).Key("unread_share").Double(page.unread_share);
  AppendBoxes(json, "unread", page.unread);
  json.Key("finds").BeginArray();
  for (const paper::FoundBox& found : page.found) {
    json.BeginObject().String("type", found.rule == "manual" ? "MANUAL" : detect::NameOf(found.kind));
    if (!found.subtype.empty()) json.String("subtype", found.subtype);
    json.String("rule", found.rule).Key("score").Double(static_cast<double>(found.score));
    json.String("place", found.place).Key("lifted").Bool(found.lifted);
    AppendBoxes(json, "boxes", found.boxes);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

// The members that both answers have.
void AppendLooked(JsonWriter& json, const LookedPaper& looked) {
  const paper::PaperResult& result = looked.answer.result;
  json.String("format", looked.is_pdf ? "pdf" : "scan").String("unit", looked.is_pdf ? "points" : "pixels");
  json.Key("document_finds").Uint(result.document_finds).Key("signatures_void").Bool(result.signatures_void);
  json.Key("notes").BeginArray();
  for (const std::string& note : looked.answer.notes) json.String(note);
  json.EndArray().Key("pages").BeginArray();
  for (const paper::PaperPage& page : result.pages) AppendPage(json, page);
  json.EndArray();
}

Result<Response> Look(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument json_body, ReadJson(call.request, kMostValues));
  const JsonValue body = json_body.root();
  ASSIGN_OR_RETURN(const Bytes document, ReadDocument(body));
  PaperLook ask;
  ask.document = document;
  ask.gone = LeftBy(call);
  RETURN_IF_ERROR(ReadLook(body, ask));
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const LookedPaper looked, call.vault.paper_filters().Look(call.caller, ask).Wait());
  Bytes out;
  JsonWriter json(out);
  json.BeginObject();
  AppendLooked(json, looked);
  json.EndObject();
  return JsonResponse(std::move(out));
}

Result<Response> Draw(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument json_body, ReadJson(call.request));
  const JsonValue body = json_body.root();
  ASSIGN_OR_RETURN(const Bytes document, ReadDocument(body));
  ASSIGN_OR_RETURN(const int64_t page, body.GetInt("page", 1, PaperFilters::kMostPages));
  RETURN_IF_ERROR(body.RefuseUnknown());
  PaperDraw ask;
  ask.document = document;
  ask.page = static_cast<uint32_t>(page);
  ask.gone = LeftBy(call);
  ASSIGN_OR_RETURN(PaperPicture picture, call.vault.paper_filters().Draw(call.caller, ask).Wait());
  return Response{200, "image/png", std::move(picture.png), {}};
}

Result<Response> TakeOut(ApiCall& call) {
  ASSIGN_OR_RETURN(const JsonDocument json_body, ReadJson(call.request, kMostValues));
  const JsonValue body = json_body.root();
  ASSIGN_OR_RETURN(const Bytes document, ReadDocument(body));
  PaperTakeOut ask;
  ask.document = document;
  ask.gone = LeftBy(call);
  RETURN_IF_ERROR(ReadLook(body, ask));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> mode, body.OptString("mode"));
  ask.mode = mode.value_or("block");
  ASSIGN_OR_RETURN(const std::optional<bool> keep_unread, body.OptBool("keep_unread"));
  ask.keep_unread = keep_unread.value_or(false);
  RETURN_IF_ERROR(body.RefuseUnknown());
  ASSIGN_OR_RETURN(const LookedPaper looked, call.vault.paper_filters().TakeOut(call.caller, ask).Wait());
  const std::string& bytes = looked.answer.result.bytes;
  Bytes out;
  out.reserve(bytes.size() / 3 * 4 + 4096);
  JsonWriter json(out);
  json.BeginObject().String("document", Base64Encode(bytes));
  AppendLooked(json, looked);
  json.EndObject();
  return JsonResponse(std::move(out));
}

}  // namespace

void AddPaperRoutes(RouteAdder& add) {
  add.Worker("POST", "/v1/paper/look", Look, kMostBody);
  add.Worker("POST", "/v1/paper/draw", Draw, kMostBody);
  add.Worker("POST", "/v1/paper/redact", TakeOut, kMostBody);
}

}  // namespace strongroom
