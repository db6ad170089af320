// expat, with the limits that strangers' XML needs.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace strongroom::redact {

struct XmlAttribute {
  std::string_view name;  // local: "author" of w:author
  size_t begin = 0;       // of the value between its quotes, in the XML
  size_t end = 0;
};

struct XmlTag {
  std::string_view name;  // local: "p" of w:p
  size_t begin = 0;       // of the tag, brackets included
  size_t end = 0;
  std::vector<XmlAttribute> attributes = {};
  // The attribute of this local name, or nullptr.
  const XmlAttribute* Find(std::string_view attribute) const;
};

struct XmlHandlers {
  std::function<void(const XmlTag& tag)> start = {};
  std::function<void(std::string_view name, size_t begin)> end = {};  // begin: of the end tag
  // Bytes [begin, end) of the XML are text; in a CDATA section codes mean nothing.
  std::function<void(size_t begin, size_t end, bool cdata)> text = {};
  std::function<void(size_t begin, size_t end)> comment = {};  // without its brackets
};

// kUnsupportedMediaType: see xml_part.h.
Status ReadXml(std::string_view xml, const XmlHandlers& handlers);

}  // namespace strongroom::redact
