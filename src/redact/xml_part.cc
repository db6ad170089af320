#include "redact/xml_part.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "redact/coding.h"
#include "redact/text.h"
#include "redact/xml_reader.h"

namespace strongroom::redact {
namespace {

constexpr size_t kLongestHeading = 60;
constexpr std::string_view kNoAuthor = "Author";
constexpr std::string_view kNoTarget = "https://removed.invalid/";

constexpr std::string_view kParagraphs[] = {"p", "h", "si", "is"};
// Elements in a paragraph that part words and hold no text.
constexpr std::string_view kGaps[] = {"tab", "br", "cr", "line-break", "s", "ptab", "noBreakHyphen", "softHyphen"};
// Attributes that people write, in any part.
constexpr std::string_view kWritten[] = {"title",        "descr",     "alt",         "tooltip", "display",
                                         "string-value", "prompt",    "promptTitle", "error",   "label",
                                         "caption",      "screenTip", "desc"};
// Attributes and elements that name a person or a company whatever they say.
constexpr std::string_view kAuthors[] = {"author",          "initials",   "userId",  "creator",     "lastModifiedBy",
                                         "initial-creator", "printed-by", "Manager", "lastEditedBy"};
constexpr std::string_view kMoments[] = {"created", "modified",   "lastPrinted",      "creation-date",
                                         "date",    "print-date", "editing-duration", "TotalTime"};
// Texts of drawings and spreadsheets that are measures or references.
constexpr std::string_view kMeasures[] = {"posOffset",   "pctWidth", "pctHeight", "align",
                                          "binary-data", "sqref",    "instr"};

template <size_t kCount>
bool IsOneOf(std::string_view name, const std::string_view (&names)[kCount]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool HasLetter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return IsLetter(c) || static_cast<unsigned char>(c) >= 0x80; });
}

// The letters of a cell's place: "B" of "B7".
std::string_view ColumnOf(std::string_view reference) {
  size_t end = 0;
  while (end < reference.size() && IsLetter(reference[end])) ++end;
  return reference.substr(0, end);
}

class PartRedactor {
 public:
  PartRedactor(std::string_view xml, XmlPart kind, const std::string& name, TextSearch& search,
               const SheetHeadings* headings)
      : xml_(xml), kind_(kind), name_(name), search_(search), headings_(headings) {}

  Result<std::string> Run();

 private:
  enum Channel : size_t { kShown, kDeleted, kInstruction, kPhonetic, kChannels };
  struct Piece {
    size_t begin = 0;
    size_t end = 0;
    Coding coding = Coding::kMarkup;
  };
  struct Value {
    std::string text;
    std::vector<Piece> pieces;  // a piece without bytes is a gap: one blank of the text
    std::string heading;
    std::string path;
    size_t numeric_cell = 0;  // where the tag of the cell begins whose number this is; 0: it is none
    bool fixed = false;       // taken out whatever it says
  };
  struct RawEdit {
    size_t begin = 0;
    size_t end = 0;
    std::string with;
  };
  struct Frame {
    std::string name;
    bool paragraph = false;
    Value leaf = {};
    Value channels[kChannels] = {};
  };

  void Start(const XmlTag& tag);
  void End();
  void Text(size_t begin, size_t end, bool cdata);
  void Attributes(const XmlTag& tag);
  void Attribute(size_t begin, size_t end, std::string_view heading);
  void Relation(const XmlTag& tag);
  void Add(Value& value, size_t begin, size_t end, bool cdata);
  void EndValue(Value& value, bool may_head);
  void EndLeaf(Frame& frame);
  void TakeOut(const Value& value, std::string_view with, detect::Kind kind);
  void Edit(size_t begin, size_t end, std::string with) { edits_.push_back({begin, end, std::move(with)}); }
  Place PlaceOf(const Value& value) const;
  std::string_view Raw(size_t begin, size_t end) const { return xml_.substr(begin, end - begin); }
  std::string_view Attr(const XmlTag& tag, std::string_view name) const {
    const XmlAttribute* attribute = tag.Find(name);
    return attribute == nullptr ? std::string_view() : Raw(attribute->begin, attribute->end);
  }

  std::string_view xml_;
  const XmlPart kind_;
  const std::string& name_;
  TextSearch& search_;
  const SheetHeadings* headings_;
  std::vector<Frame> frames_;
  std::vector<RawEdit> edits_;
  std::string heading_;  // the last short text
  uint64_t string_index_ = 0;
  struct Cell {
    size_t begin = 0;
    std::string reference;
    std::string type;
    std::optional<XmlAttribute> type_place;
  } cell_;
  Status failure_;
};

Place PartRedactor::PlaceOf(const Value& value) const {
  Place place;
  place.part = name_;
  place.path = value.path;
  place.byte = value.pieces.empty() ? 0 : value.pieces[0].begin;
  return place;
}

void PartRedactor::Add(Value& value, size_t begin, size_t end, bool cdata) {
  const Coding coding = cdata ? Coding::kPlain : Coding::kMarkup;
  // expat hands out text in pieces; a code is never cut, so that neighbours are one piece.
  if (!value.pieces.empty() && value.pieces.back().end == begin && value.pieces.back().begin < begin &&
      value.pieces.back().coding == coding) {
    value.pieces.back().end = end;
  } else {
    value.pieces.push_back({begin, end, coding});
  }
  Decode(coding, Raw(begin, end), value.text);
}

void PartRedactor::TakeOut(const Value& value, std::string_view with, detect::Kind kind) {
  if (value.text.empty() || value.text == with || !search_.Takes(kind)) return;
  search_.ReportFixed(kind, PlaceOf(value));
  bool first = true;
  for (const Piece& piece : value.pieces) {
    Edit(piece.begin, piece.end, first ? std::string(with) : std::string());
    first = false;
  }
}

void PartRedactor::EndValue(Value& value, bool may_head) {
  if (value.text.empty() || !failure_.ok()) return;
  const Result<std::vector<TextSearch::Change>> changes = search_.Search(value.text, value.heading, PlaceOf(value));
  if (!changes.ok()) {
    failure_ = changes.status();
    return;
  }
  if (may_head) {
    std::vector<Span> marks;
    FindMarks(value.text, marks);
    heading_ = value.text.size() <= kLongestHeading && marks.empty() ? value.text : std::string();
  }
  if (changes->empty()) return;
  std::vector<redact::Edit> edits;
  for (const TextSearch::Change& change : *changes) edits.push_back({change.begin, change.end, change.with});
  size_t base = 0;
  for (const Piece& piece : value.pieces) {
    if (piece.begin == piece.end) {
      ++base;
      continue;
    }
    std::string out;
    base += Splice(piece.coding, Raw(piece.begin, piece.end), base, edits, out);
    if (out != Raw(piece.begin, piece.end)) Edit(piece.begin, piece.end, std::move(out));
  }
  if (value.numeric_cell == 0) return;
  // The cell's number became text, and must say so.
  if (cell_.type_place) {
    Edit(cell_.type_place->begin, cell_.type_place->end, "str");
  } else {
    Edit(value.numeric_cell, value.numeric_cell, " t=\"str\"");
  }
}

void PartRedactor::Attribute(size_t begin, size_t end, std::string_view heading) {
  if (begin >= end) return;
  Value value;
  value.heading = heading;
  value.path = heading;
  Add(value, begin, end, false);
  EndValue(value, false);
}

void PartRedactor::Relation(const XmlTag& tag) {
  const XmlAttribute* const target = tag.Find("Target");
  if (target == nullptr) return;
  if (Attr(tag, "Type").ends_with("/thumbnail")) return Edit(tag.begin, tag.end, {});
  if (Attr(tag, "TargetMode") != "External" || Raw(target->begin, target->end) == kNoTarget) return;
  std::string text;
  Decode(Coding::kMarkup, Raw(target->begin, target->end), text);
  Place place;
  place.part = name_;
  place.path = "Target";
  place.byte = target->begin;
  const Result<std::vector<TextSearch::Change>> changes = search_.Search(text, "link", place);
  if (!changes.ok()) {
    failure_ = changes.status();
  } else if (!changes->empty()) {
    Edit(target->begin, target->end, std::string(kNoTarget));  // half an address is none
  }
}

void PartRedactor::Attributes(const XmlTag& tag) {
  if (kind_ == XmlPart::kRelations) {
    if (tag.name == "Relationship") Relation(tag);
    return;
  }
  if (tag.name == "file-entry" && Attr(tag, "full-path").starts_with("Thumbnails/")) Edit(tag.begin, tag.end, {});
  for (const XmlAttribute& attribute : tag.attributes) {
    if (IsOneOf(attribute.name, kAuthors)) {
      Value value;
      value.path = attribute.name;
      Add(value, attribute.begin, attribute.end, false);
      TakeOut(value, attribute.name == "initials" ? "A" : kNoAuthor, detect::Kind::kPerson);
    } else if (IsOneOf(attribute.name, kWritten) || kind_ == XmlPart::kOther) {
      if (HasLetter(Raw(attribute.begin, attribute.end)) || kind_ != XmlPart::kOther)
        Attribute(attribute.begin, attribute.end, attribute.name);
    } else if (attribute.name == "href" || attribute.name == "location") {
      Attribute(attribute.begin, attribute.end, attribute.name);
    } else if (attribute.name == "value" && tag.name == "table-cell") {
      // A number of an OpenDocument cell beside its text: must stay a number.
      Place place;
      place.part = name_;
      place.path = "value";
      place.byte = attribute.begin;
      const Result<std::vector<TextSearch::Change>> changes =
          search_.Search(Raw(attribute.begin, attribute.end), heading_, place);
      if (!changes.ok()) failure_ = changes.status();
      if (changes.ok() && !changes->empty()) Edit(attribute.begin, attribute.end, "0");
    }
  }
}

void PartRedactor::Start(const XmlTag& tag) {
  if (!failure_.ok()) return;
  Attributes(tag);
  if (kind_ == XmlPart::kSheet && tag.name == "c") {
    const XmlAttribute* const type = tag.Find("t");
    cell_ = {tag.begin, std::string(Attr(tag, "r")), std::string(Attr(tag, "t")),
             type == nullptr ? std::nullopt : std::optional<XmlAttribute>(*type)};
  }
  if (IsOneOf(tag.name, kGaps)) {
    const auto paragraph =
        std::find_if(frames_.rbegin(), frames_.rend(), [](const Frame& frame) { return frame.paragraph; });
    if (paragraph != frames_.rend() && !paragraph->channels[kShown].text.empty()) {
      paragraph->channels[kShown].text.push_back(' ');
      paragraph->channels[kShown].pieces.push_back({tag.end, tag.end, Coding::kPlain});
    }
  }
  Frame& frame = frames_.emplace_back();
  frame.name = tag.name;
  frame.paragraph = IsOneOf(tag.name, kParagraphs) && kind_ != XmlPart::kProperties && kind_ != XmlPart::kRelations;
}

void PartRedactor::Text(size_t begin, size_t end, bool cdata) {
  if (!failure_.ok() || frames_.empty()) return;
  Frame& frame = frames_.back();
  const auto paragraph =
      std::find_if(frames_.rbegin(), frames_.rend(), [](const Frame& candidate) { return candidate.paragraph; });
  // Office Open XML has the text of a paragraph in elements of their own; OpenDocument anywhere in it.
  const bool office = name_.starts_with("word/") || name_.starts_with("xl/") || name_.starts_with("ppt/");
  const bool own =
      frame.name == "t" || frame.name == "delText" || frame.name == "instrText" || frame.name == "delInstrText";
  if (paragraph == frames_.rend() || (office && !own) || IsOneOf(frame.name, kMeasures))
    return Add(frame.leaf, begin, end, cdata);
  Channel channel = kShown;
  if (frame.name == "delText") channel = kDeleted;
  if (frame.name == "instrText" || frame.name == "delInstrText") channel = kInstruction;
  for (const Frame& candidate : frames_) {
    if (candidate.name == "rPh") channel = kPhonetic;
  }
  Add(paragraph->channels[channel], begin, end, cdata);
}

void PartRedactor::EndLeaf(Frame& frame) {
  Value& leaf = frame.leaf;
  if (leaf.text.empty() || kind_ == XmlPart::kRelations) return;
  leaf.path = HasLetter(frame.name) ? frame.name : "?";
  if (IsOneOf(frame.name, kAuthors)) return TakeOut(leaf, kNoAuthor, detect::Kind::kPerson);
  if (frame.name == "Company") return TakeOut(leaf, {}, detect::Kind::kOrganization);
  if (IsOneOf(frame.name, kMoments) && kind_ == XmlPart::kProperties) return;
  if (IsOneOf(frame.name, kMeasures)) return;
  if (kind_ == XmlPart::kSheet && frame.name == "v") {
    if (cell_.type == "s" || cell_.type == "b" || cell_.type == "e") return;
    leaf.path = cell_.reference;
    if (headings_ != nullptr) {
      const auto heading = headings_->of_column.find(std::string(ColumnOf(cell_.reference)));
      if (heading != headings_->of_column.end()) leaf.heading = heading->second;
    }
    if (cell_.type != "str") leaf.numeric_cell = cell_.begin + 2;  // behind "<c"
    // A tag with a prefix is longer than that.
    if (cell_.type != "str" && Raw(cell_.begin, cell_.begin + 2) != "<c") leaf.numeric_cell = 0;
    return EndValue(leaf, false);
  }
  if (!HasLetter(leaf.text) && kind_ != XmlPart::kProperties && kind_ != XmlPart::kOther) return;
  leaf.heading = frame.name;
  EndValue(leaf, false);
}

void PartRedactor::End() {
  if (!failure_.ok() || frames_.empty()) return;
  Frame& frame = frames_.back();
  EndLeaf(frame);
  if (frame.paragraph) {
    frame.channels[kShown].heading = heading_;
    if (kind_ == XmlPart::kSharedStrings) {
      frame.channels[kShown].path = "string " + std::to_string(string_index_);
      const auto heading = headings_ == nullptr ? std::map<uint64_t, std::string>::const_iterator()
                                                : headings_->of_string.find(string_index_);
      frame.channels[kShown].heading =
          headings_ != nullptr && heading != headings_->of_string.end() ? heading->second : std::string();
      ++string_index_;
    }
    for (size_t channel = 0; channel < kChannels; ++channel) {
      EndValue(frame.channels[channel], channel == kShown && kind_ == XmlPart::kText);
    }
  }
  frames_.pop_back();
}

Result<std::string> PartRedactor::Run() {
  XmlHandlers handlers;
  handlers.start = [this](const XmlTag& tag) { Start(tag); };
  handlers.end = [this](std::string_view, size_t) { End(); };
  handlers.text = [this](size_t begin, size_t end, bool cdata) { Text(begin, end, cdata); };
  handlers.comment = [this](size_t begin, size_t end) {
    Value value;
    value.path = "comment";
    Add(value, begin, end, true);
    if (failure_.ok()) EndValue(value, false);
  };
  RETURN_IF_ERROR(ReadXml(xml_, handlers));
  RETURN_IF_ERROR(failure_);
  std::stable_sort(edits_.begin(), edits_.end(), [](const RawEdit& a, const RawEdit& b) { return a.begin < b.begin; });
  std::string out;
  size_t at = 0;
  for (const RawEdit& edit : edits_) {
    if (edit.begin < at) continue;  // inside a tag that goes as a whole
    out.append(xml_.substr(at, edit.begin - at)).append(edit.with);
    at = edit.end;
  }
  return out.append(xml_.substr(at));
}

}  // namespace

Result<std::vector<TextSearch::Change>> TextSearch::Search(std::string_view text, std::string_view heading,
                                                           const Place& place) {
  decider_.Decide(text, heading, nullptr, findings_);
  std::vector<Change> changes;
  for (const detect::Finding& finding : findings_) {
    ++found_;
    if (job_.report) job_.report({finding.kind, finding.subtype, finding.rule, finding.score, place});
    if (job_.replacer == nullptr) continue;
    Change& change = changes.emplace_back();
    change.begin = finding.begin;
    change.end = finding.end;
    RETURN_IF_ERROR(job_.replacer->Append(finding, text, change.with));
  }
  return changes;
}

void TextSearch::ReportFixed(detect::Kind kind, const Place& place) {
  ++found_;
  if (job_.report) job_.report({kind, {}, "document/properties", 1.0F, place});
}

Result<std::string> RedactXml(std::string_view xml, XmlPart kind, const std::string& part_name, TextSearch& search,
                              const SheetHeadings* headings) {
  return PartRedactor(xml, kind, part_name, search, headings).Run();
}

Result<std::vector<std::string>> SharedStrings(std::string_view xml) {
  std::vector<std::string> strings;
  bool in_text = false;
  XmlHandlers handlers;
  handlers.start = [&](const XmlTag& tag) {
    if (tag.name == "si") strings.emplace_back();
    in_text = tag.name == "t";
  };
  handlers.end = [&](std::string_view, size_t) { in_text = false; };
  handlers.text = [&](size_t begin, size_t end, bool cdata) {
    if (in_text && !strings.empty())
      Decode(cdata ? Coding::kPlain : Coding::kMarkup, xml.substr(begin, end - begin), strings.back());
  };
  RETURN_IF_ERROR(ReadXml(xml, handlers));
  return strings;
}

Status LearnHeadings(std::string_view sheet, const std::vector<std::string>& strings, SheetHeadings& headings) {
  std::string reference;
  std::string type;
  std::string text;
  bool in_value = false;
  headings.of_column.clear();
  XmlHandlers handlers;
  handlers.start = [&](const XmlTag& tag) {
    const auto value = [&](std::string_view name) {
      const XmlAttribute* attribute = tag.Find(name);
      return attribute == nullptr ? std::string()
                                  : std::string(sheet.substr(attribute->begin, attribute->end - attribute->begin));
    };
    if (tag.name == "c") {
      reference = value("r");
      type = value("t");
    }
    in_value = tag.name == "v";
    text.clear();
  };
  handlers.text = [&](size_t begin, size_t end, bool) {
    if (in_value) text.append(sheet.substr(begin, end - begin));
  };
  handlers.end = [&](std::string_view name, size_t) {
    in_value = false;
    uint64_t index = 0;
    if (name != "v" || type != "s") return;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc() || stopped != text.data() + text.size() || index >= strings.size()) return;
    const std::string column(ColumnOf(reference));
    std::vector<Span> marks;
    FindMarks(strings[index], marks);
    if (reference == column + "1") {
      if (strings[index].size() <= kLongestHeading && marks.empty()) headings.of_column[column] = strings[index];
    } else if (const auto heading = headings.of_column.find(column); heading != headings.of_column.end()) {
      headings.of_string.emplace(index, heading->second);
    }
  };
  return ReadXml(sheet, handlers);
}

}  // namespace strongroom::redact
