#include "pdf/scrub.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "base/encoding.h"
#include "pdf/image.h"
#include "pdf/taken_values.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostBookmarks = 200'000;
constexpr int kDeepestTree = 64;

using Keys = std::set<std::string>;

const Keys kCatalogue = {"/Type",       "/Version",  "/Pages",          "/Lang",     "/ViewerPreferences",
                         "/PageLayout", "/Outlines", "/StructTreeRoot", "/MarkInfo", "/OutputIntents"};
const Keys kPage = {"/Type",     "/Parent",  "/Resources",     "/MediaBox", "/CropBox",
                    "/BleedBox", "/TrimBox", "/ArtBox",        "/Rotate",   "/Contents",
                    "/Annots",   "/Group",   "/StructParents", "/Tabs",     "/UserUnit"};
const Keys kPages = {"/Type", "/Parent", "/Kids", "/Count", "/Resources", "/MediaBox", "/CropBox", "/Rotate"};
const Keys kForm = {"/Type",  "/Subtype",      "/FormType",      "/BBox",   "/Matrix", "/Resources",
                    "/Group", "/StructParent", "/StructParents", "/Length", "/Filter", "/DecodeParms"};
const Keys kImage = {"/Type",        "/Subtype",      "/Width",  "/Height", "/ColorSpace",  "/BitsPerComponent",
                     "/ImageMask",   "/Mask",         "/SMask",  "/Decode", "/Interpolate", "/Intent",
                     "/SMaskInData", "/StructParent", "/Length", "/Filter", "/DecodeParms", "/Matte"};
const Keys kPattern = {"/Type",      "/PatternType", "/PaintType", "/TilingType", "/BBox",   "/XStep",  "/YStep",
                       "/Resources", "/Matrix",      "/Shading",   "/ExtGState",  "/Length", "/Filter", "/DecodeParms"};
const Keys kElement = {"/Type", "/S", "/P", "/K", "/Pg", "/Lang"};
const Keys kStructure = {"/Type", "/K", "/ParentTree", "/ParentTreeNextKey", "/RoleMap"};
const Keys kBookmark = {"/Title", "/Parent", "/Prev", "/Next", "/First", "/Last", "/Count", "/Dest", "/C", "/F"};
const Keys kLink = {"/Type", "/Subtype", "/Rect", "/Border", "/C", "/H", "/Dest", "/A", "/QuadPoints", "/BS"};
const Keys kIntent = {"/Type", "/S", "/OutputConditionIdentifier", "/DestOutputProfile"};
// Nowhere of use for showing a page.
const Keys kNowhere = {"/Metadata",
                       "/PieceInfo",
                       "/LastModified",
                       "/Thumb",
                       "/AF",
                       "/OPI",
                       "/Alternates",
                       "/Ref",
                       "/AA",
                       "/JS",
                       "/OC",
                       "/Properties",
                       "/SeparationInfo",
                       "/Measure",
                       "/PtData",
                       "/CharSet",
                       "/XFA",
                       "/EF",
                       "/B",
                       "/PZ",
                       "/Hid",
                       "/ActualText",
                       "/Alt",
                       "/PhoneticAlphabet",
                       "/Phoneme"};
// Strings that readers need; all others go.
const Keys kStrings = {"/Registry", "/Ordering", "/Lang", "/Panose", "/OutputConditionIdentifier"};

void KeepOnly(QPDFObjectHandle dictionary, const Keys& keys) {
  for (const std::string& key : dictionary.getKeys()) {
    if (!keys.contains(key)) dictionary.removeKey(key);
  }
}

bool KeepsString(QPDFObjectHandle dictionary, const std::string& key) {
  if (key == "/Title") return dictionary.hasKey("/Parent");  // of a bookmark
  if (key == "/URI") return HasName(dictionary, "/S", "/URI");
  return kStrings.contains(key);
}

class Scrubber {
 public:
  Scrubber(QPDF& pdf, const ScrubJob& job, Budget& budget) : pdf_(pdf), job_(job), budget_(budget) {}

  Status Run() {
    for (QPDFObjectHandle page : pdf_.getAllPages()) pages_.insert(page.getObjGen());
    ReadDestinations();
    QPDFObjectHandle root = pdf_.getRoot();
    RETURN_IF_ERROR(Bookmarks(root));
    size_t number = 0;
    for (QPDFObjectHandle page : std::vector<QPDFObjectHandle>(pdf_.getAllPages())) {
      RETURN_IF_ERROR(Links(page, (*job_.boxes)[number++]));
      KeepOnly(page, kPage);
    }
    KeepOnly(root, kCatalogue);
    Structure(root);
    if (QPDFObjectHandle intents = root.getKey("/OutputIntents"); intents.isArray()) {
      for (int i = 0; i < intents.getArrayNItems(); ++i) {
        if (intents.getArrayItem(i).isDictionary()) KeepOnly(intents.getArrayItem(i), kIntent);
      }
    }
    QPDFObjectHandle trailer = pdf_.getTrailer();
    for (const std::string& key : trailer.getKeys()) {
      if (key != "/Root" && key != "/Size") trailer.removeKey(key);
    }
    GoThrough(root);
    return budget_.status();
  }

 private:
  // Names of destinations may say anything; links and bookmarks are given what they stand for.
  void ReadDestinations() {
    QPDFObjectHandle root = pdf_.getRoot();
    QPDFObjectHandle plain = KeyOf(root, "/Dests");
    if (plain.isDictionary()) {
      for (const std::string& key : plain.getKeys()) destinations_[key] = plain.getKey(key);
    }
    ReadTree(KeyOf(KeyOf(root, "/Names"), "/Dests"), 0);
  }
  void ReadTree(QPDFObjectHandle node, int depth) {
    if (depth > kDeepestTree || !node.isDictionary() || destinations_.size() > kMostBookmarks) return;
    if (node.isIndirect() && !seen_.insert(node.getObjGen()).second) return;
    QPDFObjectHandle names = node.getKey("/Names");
    for (int i = 0; names.isArray() && i + 1 < names.getArrayNItems(); i += 2) {
      if (names.getArrayItem(i).isString())
        destinations_[names.getArrayItem(i).getStringValue()] = names.getArrayItem(i + 1);
    }
    QPDFObjectHandle kids = node.getKey("/Kids");
    for (int i = 0; kids.isArray() && i < kids.getArrayNItems(); ++i) ReadTree(kids.getArrayItem(i), depth + 1);
  }

  // An array that names a page of this file, or null.
  QPDFObjectHandle Destination(QPDFObjectHandle from) const {
    if (from.isString() || from.isName()) {
      const auto named = destinations_.find(from.isString() ? from.getStringValue() : from.getName());
      if (named == destinations_.end()) return QPDFObjectHandle::newNull();
      from = named->second;
    }
    if (from.isDictionary()) from = from.getKey("/D");
    if (!from.isArray() || from.getArrayNItems() < 1 || !pages_.contains(from.getArrayItem(0).getObjGen()))
      return QPDFObjectHandle::newNull();
    QPDFObjectHandle plain = QPDFObjectHandle::newArray();
    for (int i = 0; i < std::min(from.getArrayNItems(), 6); ++i) {
      QPDFObjectHandle item = from.getArrayItem(i);
      if (i == 0 || item.isName() || item.isNumber() || item.isNull()) plain.appendItem(item);
    }
    return plain;
  }
  // Where a bookmark or link leads within the file; its action counts when it is a plain one.
  QPDFObjectHandle Target(QPDFObjectHandle object) const {
    QPDFObjectHandle target = object.getKey("/Dest");
    QPDFObjectHandle action = object.getKey("/A");
    if (target.isNull() && HasName(action, "/S", "/GoTo")) target = KeyOf(action, "/D");
    return Destination(target);
  }

  Status Bookmarks(QPDFObjectHandle root) {
    QPDFObjectHandle outlines = root.getKey("/Outlines");
    if (!outlines.isDictionary()) {
      root.removeKey("/Outlines");
      return Status::Ok();
    }
    KeepOnly(outlines, {"/Type", "/First", "/Last", "/Count"});
    std::vector<QPDFObjectHandle> open{outlines.getKey("/First")};
    std::set<QPDFObjGen> seen{outlines.getObjGen()};
    while (!open.empty()) {
      QPDFObjectHandle item = open.back();
      open.pop_back();
      if (!item.isDictionary() || !item.isIndirect() || !seen.insert(item.getObjGen()).second) continue;
      if (seen.size() > kMostBookmarks)
        return Status(Reason::kBodyTooLarge, "The PDF has more bookmarks than are gone through.");
      QPDFObjectHandle title = item.getKey("/Title");
      const std::string text = title.isString() ? Utf8OfString(title.getStringValue()) : std::string();
      ASSIGN_OR_RETURN(const std::string cleaned, job_.clean(text));
      QPDFObjectHandle target = Target(item);
      KeepOnly(item, kBookmark);
      item.removeKey("/Dest");
      if (target.isArray()) item.replaceKey("/Dest", target);
      item.replaceKey("/Title", QPDFObjectHandle::newUnicodeString(cleaned));
      open.push_back(item.getKey("/First"));
      open.push_back(item.getKey("/Next"));
    }
    return Status::Ok();
  }

  Status Links(QPDFObjectHandle page, const std::vector<Box>& boxes) {
    QPDFObjectHandle links = page.getKey("/Annots");
    if (!links.isArray()) return Status::Ok();
    const Matrix to_view = ViewOf(page).matrix;
    QPDFObjectHandle kept = QPDFObjectHandle::newArray();
    for (int i = 0; i < links.getArrayNItems(); ++i) {
      QPDFObjectHandle link = links.getArrayItem(i);
      QPDFObjectHandle area = link.getKey("/Rect");
      const Box box = to_view.Around(NumberAt(area, 0), NumberAt(area, 1), NumberAt(area, 2), NumberAt(area, 3));
      if (std::any_of(boxes.begin(), boxes.end(), [&](const Box& out) { return out.Meets(box); })) continue;
      QPDFObjectHandle fresh = QPDFObjectHandle::newDictionary(link.getDictAsMap());
      QPDFObjectHandle target = Target(link);
      QPDFObjectHandle action = link.getKey("/A");
      KeepOnly(fresh, kLink);
      fresh.removeKey("/A");
      fresh.removeKey("/Dest");
      if (target.isArray()) {
        fresh.replaceKey("/Dest", target);
      } else if (HasName(action, "/S", "/URI") && KeyOf(action, "/URI").isString()) {
        const std::string address = KeyOf(action, "/URI").getStringValue();
        ASSIGN_OR_RETURN(const bool clean, IsClean(address));
        if (!clean) continue;
        fresh.replaceKey("/A", QPDFObjectHandle::newDictionary({{"/S", QPDFObjectHandle::newName("/URI")},
                                                                {"/URI", QPDFObjectHandle::newString(address)}}));
      } else {
        continue;
      }
      kept.appendItem(pdf_.makeIndirectObject(fresh));
    }
    page.replaceKey("/Annots", kept);
    if (kept.getArrayNItems() == 0) page.removeKey("/Annots");
    return Status::Ok();
  }
  Result<bool> IsClean(const std::string& address) {
    const Result<std::string> plain = PercentDecode(address);
    for (const std::string& text : {address, plain.ok() ? *plain : address}) {
      ASSIGN_OR_RETURN(const std::string cleaned, job_.clean(text));
      if (cleaned != text) return false;
    }
    return true;
  }

  void Structure(QPDFObjectHandle root) {
    QPDFObjectHandle tree = root.getKey("/StructTreeRoot");
    if (!tree.isDictionary()) {
      root.removeKey("/StructTreeRoot");
      return;
    }
    KeepOnly(tree, kStructure);
    if (QPDFObjectHandle roles = tree.getKey("/RoleMap"); roles.isDictionary()) {
      for (const std::string& key : roles.getKeys()) {
        if (!roles.getKey(key).isName()) roles.removeKey(key);
      }
    }
  }

  // What an object may keep, by what it is.
  void ScrubDictionary(QPDFObjectHandle dictionary, bool stream) {
    const bool image = HasName(dictionary, "/Subtype", "/Image");
    const bool form = HasName(dictionary, "/Subtype", "/Form");
    if (stream && image) KeepOnly(dictionary, kImage);
    if (stream && form) KeepOnly(dictionary, kForm);
    if (dictionary.hasKey("/PatternType")) KeepOnly(dictionary, kPattern);
    if (HasName(dictionary, "/Type", "/Pages")) KeepOnly(dictionary, kPages);
    const bool element = !stream && dictionary.getKey("/S").isName() && dictionary.getKey("/P").isDictionary() &&
                         !dictionary.hasKey("/Subtype");
    if (element || HasName(dictionary, "/Type", "/StructElem")) {
      KeepOnly(dictionary, kElement);
      QPDFObjectHandle page = dictionary.getKey("/Pg");
      if (!pages_.contains(page.getObjGen())) dictionary.removeKey("/Pg");
      QPDFObjectHandle kids = dictionary.getKey("/K");
      if (HasName(kids, "/Type", "/OBJR")) dictionary.removeKey("/K");
      if (kids.isArray()) {
        QPDFObjectHandle rest = QPDFObjectHandle::newArray();
        for (int i = 0; i < kids.getArrayNItems(); ++i) {
          if (!HasName(kids.getArrayItem(i), "/Type", "/OBJR")) rest.appendItem(kids.getArrayItem(i));
        }
        dictionary.replaceKey("/K", rest);
      }
    }
    if (HasName(dictionary, "/Type", "/OBJR")) KeepOnly(dictionary, {"/Type"});
    if (HasName(dictionary, "/Type", "/MCR")) KeepOnly(dictionary, {"/Type", "/MCID", "/Pg"});
    for (const std::string& key : dictionary.getKeys()) {
      QPDFObjectHandle value = dictionary.getKey(key);
      if (kNowhere.contains(key) || (value.isString() && !KeepsString(dictionary, key))) dictionary.removeKey(key);
    }
    for (const char* kind : {"/XObject", "/Pattern", "/Font", "/CharProcs"}) DropUnpainted(dictionary.getKey(kind));
  }

  void DropUnpainted(QPDFObjectHandle named) {
    if (!named.isDictionary() || named.hasKey("/Type")) return;
    for (const std::string& key : named.getKeys()) {
      QPDFObjectHandle value = named.getKey(key);
      const bool font = HasName(value, "/Type", "/Font");
      if (!value.isStream() && !(font && value.isIndirect())) continue;
      if (!job_.streams->used.contains(value.getObjGen())) named.removeKey(key);
    }
  }

  void GoThrough(QPDFObjectHandle from) {
    std::vector<QPDFObjectHandle> open{from};
    while (!open.empty()) {
      QPDFObjectHandle object = open.back();
      open.pop_back();
      if (!budget_.SpendWork(1)) return;
      if (object.isIndirect() && !visited_.insert(object.getObjGen()).second) continue;
      if (object.isArray()) {
        const bool palette = object.getArrayNItems() > 0 && object.getArrayItem(0).isNameAndEquals("/Indexed");
        for (int i = 0; i < object.getArrayNItems(); ++i) {
          QPDFObjectHandle item = object.getArrayItem(i);
          if (item.isString() && !palette) {
            object.setArrayItem(i, QPDFObjectHandle::newString(""));
          } else if (!item.isScalar()) {
            open.push_back(item);
          }
        }
        continue;
      }
      const bool stream = object.isStream();
      if (!stream && !object.isDictionary()) continue;
      QPDFObjectHandle dictionary = stream ? object.getDict() : object;
      ScrubDictionary(dictionary, stream);
      if (stream && HasName(dictionary, "/Subtype", "/Image")) {
        ScrubImage(object, job_.limits, budget_);
      } else if (stream) {
        ScrubStream(object, budget_);
      }
      for (const std::string& key : dictionary.getKeys()) {
        QPDFObjectHandle value = dictionary.getKey(key);
        if (!value.isScalar()) open.push_back(value);
      }
    }
  }

  QPDF& pdf_;
  const ScrubJob& job_;
  Budget& budget_;
  std::set<QPDFObjGen> pages_;
  std::set<QPDFObjGen> seen_;
  std::set<QPDFObjGen> visited_;
  std::map<std::string, QPDFObjectHandle> destinations_;
};

}  // namespace

Status ScrubDocument(QPDF& pdf, const ScrubJob& job, Budget& budget) { return Scrubber(pdf, job, budget).Run(); }

}  // namespace strongroom::pdf
