#include "pdf/loose_text.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "pdf/taken_values.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostTexts = 200'000;
constexpr size_t kMostBytes = size_t{32} << 20;  // of one of them

class Collector {
 public:
  Collector(QPDF& pdf, Budget& budget) : pdf_(pdf), budget_(budget) {}

  std::vector<LooseText> Run() {
    QPDFObjectHandle root = pdf_.getRoot();
    Strings(KeyOf(pdf_.getTrailer(), "/Info"), "properties");
    Stream(KeyOf(root, "/Metadata"), "properties");
    Deep(KeyOf(root, "/Outlines"), "bookmarks", {"/Parent", "/Prev", "/Dest", "/SE"});
    Fields(KeyOf(KeyOf(root, "/AcroForm"), "/Fields"));
    Deep(KeyOf(KeyOf(root, "/AcroForm"), "/XFA"), "form");
    for (const char* key : {"/Names", "/Dests", "/OpenAction", "/AA", "/URI", "/PageLabels", "/Threads", "/Collection",
                            "/PieceInfo", "/OCProperties", "/AF", "/Legal", "/Requirements", "/SpiderInfo"})
      Deep(KeyOf(root, key), std::string(key) == "/PieceInfo" ? "properties" : "document");
    Deep(KeyOf(root, "/StructTreeRoot"), "structure", {"/P", "/Pg", "/Obj", "/ParentTree"});
    uint32_t number = 0;
    for (QPDFObjectHandle page : pdf_.getAllPages()) {
      const std::string name = "page " + std::to_string(++number);
      for (const char* key : {"/Metadata", "/PieceInfo", "/AA"}) Deep(page.getKey(key), name + " properties");
      QPDFObjectHandle annotations = page.getKey("/Annots");
      for (int i = 0; annotations.isArray() && i < annotations.getArrayNItems() && Room(); ++i) {
        QPDFObjectHandle note = annotations.getArrayItem(i);
        const bool link = HasName(note, "/Subtype", "/Link");
        if (!HasName(note, "/Subtype", "/Widget"))
          Deep(note, name + (link ? " link" : " note"), {"/Parent", "/P", "/Popup", "/AP", "/Dest", "/IRT"});
      }
    }
    return std::move(texts_);
  }
  uint32_t attachments() const { return attachments_; }

 private:
  bool Room() const { return texts_.size() < kMostTexts && !budget_.spent(); }
  void Add(std::string text, std::string heading, const std::string& part) {
    if (!text.empty() && Room()) texts_.push_back({std::move(text), std::move(heading), part});
  }

  void Strings(QPDFObjectHandle dictionary, const std::string& part) {
    if (!dictionary.isDictionary()) return;
    for (const std::string& key : dictionary.getKeys()) {
      QPDFObjectHandle value = dictionary.getKey(key);
      if (value.isString()) Add(Utf8OfString(value.getStringValue()), key.substr(1), part);
    }
  }

  void Stream(QPDFObjectHandle stream, const std::string& part) {
    if (!stream.isStream()) return;
    const bool attachment = HasName(stream, "/Type", "/EmbeddedFile");
    if (attachment) ++attachments_;
    if (!attachment && HasName(stream, "/Type", "/XObject")) return;
    const std::string bytes = DecodedStream(stream, budget_).bytes;
    // What is no text is not searched; it goes all the same.
    if (bytes.size() <= kMostBytes && IsValidUtf8(bytes))
      Add(bytes, {}, attachment ? "attachment " + std::to_string(attachments_) : part);
  }

  // Every string and stream below, each object once.
  void Deep(QPDFObjectHandle from, const std::string& part, const std::set<std::string>& without = {}) {
    struct Open {
      QPDFObjectHandle object;
      std::string key;
      int depth;
    };
    std::vector<Open> open{{from, {}, 0}};
    while (!open.empty() && Room()) {
      Open at = open.back();
      open.pop_back();
      QPDFObjectHandle object = at.object;
      if (object.isIndirect() && !seen_.insert(object.getObjGen()).second) continue;
      if (object.isString()) {
        Add(Utf8OfString(object.getStringValue()), at.key, part);
      } else if (object.isStream()) {
        Stream(object, part);
      } else if (object.isArray() && at.depth < 200) {
        for (int i = 0; i < object.getArrayNItems(); ++i)
          open.push_back({object.getArrayItem(i), at.key, at.depth + 1});
      } else if (object.isDictionary() && at.depth < 200) {
        if (at.depth > 0 && HasName(object, "/Type", "/Page")) continue;
        for (const std::string& key : object.getKeys()) {
          if (!without.contains(key))
            open.push_back({object.getKey(key), key.substr(1), object.isIndirect() ? 1 : at.depth + 1});
        }
      }
    }
  }

  void Fields(QPDFObjectHandle fields) {
    struct Open {
      QPDFObjectHandle field;
      std::string name;
    };
    std::vector<Open> open;
    const auto push = [&](QPDFObjectHandle array, const std::string& name) {
      for (int i = 0; array.isArray() && i < array.getArrayNItems(); ++i) open.push_back({array.getArrayItem(i), name});
    };
    push(fields, {});
    while (!open.empty() && Room()) {
      const Open at = open.back();
      open.pop_back();
      QPDFObjectHandle field = at.field;
      if (!field.isDictionary() || !seen_.insert(field.getObjGen()).second) continue;
      std::string name = at.name;
      for (const char* key : {"/T", "/TU"}) {
        if (field.getKey(key).isString()) name = Utf8OfString(field.getKey(key).getStringValue());
      }
      for (const char* key : {"/V", "/DV", "/RV", "/Opt", "/TU", "/T"}) {
        QPDFObjectHandle value = field.getKey(key);
        if (value.isString()) {
          Add(Utf8OfString(value.getStringValue()), name, "form");
        } else {
          Deep(value, "form");
        }
      }
      push(field.getKey("/Kids"), name);
    }
  }

  QPDF& pdf_;
  Budget& budget_;
  std::vector<LooseText> texts_;
  std::set<QPDFObjGen> seen_;
  uint32_t attachments_ = 0;
};

}  // namespace

std::vector<LooseText> LooseTextsOf(QPDF& pdf, Budget& budget, uint32_t& attachments) {
  Collector collector(pdf, budget);
  std::vector<LooseText> texts = collector.Run();
  attachments = collector.attachments();
  return texts;
}

}  // namespace strongroom::pdf
