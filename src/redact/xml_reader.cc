#include "redact/xml_reader.h"

#include <expat.h>

#include <algorithm>
#include <memory>

namespace strongroom::redact {
namespace {

constexpr int kDeepest = 256;
constexpr size_t kPiece = size_t{1} << 20;

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

Status Refused(const std::string& why) {
  return Status(Reason::kUnsupportedMediaType, "A part of the document is refused: " + why + ".");
}

std::string_view Local(std::string_view name) { return name.substr(name.find(':') + 1); }

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class Reader {
 public:
  Reader(std::string_view xml, const XmlHandlers& handlers, XML_Parser parser)
      : xml_(xml), handlers_(handlers), parser_(parser) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &Reader::Start, &Reader::End);
    XML_SetCharacterDataHandler(parser, &Reader::Text);
    XML_SetCdataSectionHandler(
        parser, [](void* self) { Of(self).cdata_ = true; }, [](void* self) { Of(self).cdata_ = false; });
    XML_SetCommentHandler(parser, [](void* self, const XML_Char*) { Of(self).Comment(); });
    XML_SetXmlDeclHandler(
        parser, [](void* self, const XML_Char*, const XML_Char* encoding, int) { Of(self).Declaration(encoding); });
    XML_SetEntityDeclHandler(
        parser, [](void* self, const XML_Char*, int, const XML_Char*, int, const XML_Char*, const XML_Char*,
                   const XML_Char*, const XML_Char*) { Of(self).Stop("it declares entities"); });
  }

  Status Run() {
    if (xml_.starts_with("\xFF\xFE") || xml_.starts_with("\xFE\xFF")) return Refused("it is not in UTF-8");
    for (size_t at = 0; at < xml_.size() || at == 0; at += kPiece) {
      const std::string_view piece = xml_.substr(at, kPiece);
      const int last = at + kPiece >= xml_.size() ? 1 : 0;
      if (XML_Parse(parser_, piece.data(), static_cast<int>(piece.size()), last) == XML_STATUS_OK) continue;
      return failure_.ok() ? Refused("it is not well-formed XML") : failure_;
    }
    return failure_;
  }

 private:
  static Reader& Of(void* self) { return *static_cast<Reader*>(self); }
  static void Start(void* self, const XML_Char* name, const XML_Char**) { Of(self).StartElement(name); }
  static void End(void* self, const XML_Char* name) {
    Reader& reader = Of(self);
    --reader.depth_;
    if (reader.handlers_.end) reader.handlers_.end(Local(name), reader.Begin());
  }
  static void Text(void* self, const XML_Char*, int) {
    Reader& reader = Of(self);
    if (reader.handlers_.text) reader.handlers_.text(reader.Begin(), reader.Begin() + reader.Size(), reader.cdata_);
  }

  size_t Begin() const { return static_cast<size_t>(XML_GetCurrentByteIndex(parser_)); }
  size_t Size() const { return static_cast<size_t>(XML_GetCurrentByteCount(parser_)); }
  void Stop(const char* why) {
    if (failure_.ok()) failure_ = Refused(why);
    XML_StopParser(parser_, XML_FALSE);
  }
  void Declaration(const XML_Char* encoding) {
    if (encoding == nullptr) return;
    std::string name(encoding);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (name != "utf-8" && name != "us-ascii") Stop("it is not in UTF-8");
  }
  void Comment() {
    if (handlers_.comment && Size() >= 7) handlers_.comment(Begin() + 4, Begin() + Size() - 3);
  }
  void StartElement(const XML_Char* name) {
    if (++depth_ > kDeepest) return Stop("it is nested too deeply");
    XmlTag tag{Local(name), Begin(), Begin() + Size()};
    // expat has seen that the tag is well formed; only the places of its values are looked up.
    size_t at = tag.begin + 1;
    while (at < tag.end && !IsSpace(xml_[at]) && xml_[at] != '>' && xml_[at] != '/') ++at;
    while (at < tag.end) {
      while (at < tag.end && (IsSpace(xml_[at]) || xml_[at] == '/' || xml_[at] == '>')) ++at;
      const size_t begin = at;
      while (at < tag.end && xml_[at] != '=' && !IsSpace(xml_[at])) ++at;
      const std::string_view attribute = Local(xml_.substr(begin, at - begin));
      while (at < tag.end && xml_[at] != '"' && xml_[at] != '\'') ++at;
      if (at >= tag.end) break;
      const char quote = xml_[at++];
      const size_t value = at;
      while (at < tag.end && xml_[at] != quote) ++at;
      tag.attributes.push_back({attribute, value, at});
      ++at;
    }
    if (handlers_.start) handlers_.start(tag);
  }

  std::string_view xml_;
  const XmlHandlers& handlers_;
  XML_Parser parser_;
  bool cdata_ = false;
  int depth_ = 0;
  Status failure_;
};

}  // namespace

const XmlAttribute* XmlTag::Find(std::string_view attribute) const {
  for (const XmlAttribute& candidate : attributes) {
    if (candidate.name == attribute) return &candidate;
  }
  return nullptr;
}

Status ReadXml(std::string_view xml, const XmlHandlers& handlers) {
  const std::unique_ptr<XML_ParserStruct, FreeParser> parser(XML_ParserCreate(nullptr));
  if (!parser) return Status(Reason::kInternal, "no memory for a parser");
  return Reader(xml, handlers, parser.get()).Run();
}

}  // namespace strongroom::redact
