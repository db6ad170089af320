#include "pdf/flatten.h"

#include <algorithm>
#include <qpdf/QPDFAcroFormDocumentHelper.hh>
#include <qpdf/QPDFAnnotationObjectHelper.hh>
#include <set>

#include "pdf/content_reader.h"

namespace strongroom::pdf {
namespace {

constexpr int kMostAnnotations = 100'000;  // of a page
constexpr size_t kMostFields = 1'000'000;

// The states that a page's contents leave open, and how often they close one that nobody opened.
struct Balance {
  int open = 0;
  int excess = 0;
};
Balance BalanceOf(std::string_view bytes) {
  Balance balance;
  ContentReader reader(bytes);
  Operation operation;
  while (reader.Next(operation)) {
    if (operation.code == Op("q")) ++balance.open;
    if (operation.code != Op("Q")) continue;
    if (balance.open > 0) {
      --balance.open;
    } else {
      ++balance.excess;
    }
  }
  return balance;
}

std::string Repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

bool IsFlagged(QPDFObjectHandle annotation, int bits) {
  QPDFObjectHandle flags = annotation.getKey("/F");
  return flags.isInteger() && (flags.getIntValue() & bits) != 0;
}

class Flattener {
 public:
  Flattener(QPDF& pdf, const Layers& layers, Budget& budget, Flattened& result)
      : pdf_(pdf), layers_(layers), budget_(budget), result_(result) {}

  void Page(QPDFObjectHandle page, uint32_t number) {
    QPDFObjectHandle annotations = page.getKey("/Annots");
    if (!annotations.isArray()) return;
    content_.clear();
    QPDFObjectHandle links = QPDFObjectHandle::newArray();
    painted_ = QPDFObjectHandle::newDictionary();
    for (int i = 0; i < std::min(annotations.getArrayNItems(), kMostAnnotations); ++i) {
      QPDFObjectHandle annotation = annotations.getArrayItem(i);
      if (!annotation.isDictionary()) continue;
      if (HasName(annotation, "/Subtype", "/Link")) {
        links.appendItem(annotation);
      } else {
        One(page, number, annotation);
      }
    }
    page.replaceKey("/Annots", links);
    if (!content_.empty()) Append(page);
  }

 private:
  void One(QPDFObjectHandle page, uint32_t number, QPDFObjectHandle annotation) {
    const bool widget = HasName(annotation, "/Subtype", "/Widget");
    ++(widget ? result_.fields : result_.notes);
    if (HasName(annotation, "/Subtype", "/Redact")) Mark(page, number, annotation);
    QPDFObjectHandle content = annotation.getKey("/OC");
    const bool hidden =
        IsFlagged(annotation, an_hidden | an_no_view) || (content.isDictionary() && !layers_.Shown(content));
    if (hidden || HasName(annotation, "/Subtype", "/Popup")) return;
    QPDFAnnotationObjectHelper helper(annotation);
    QPDFObjectHandle form = helper.getAppearanceStream("/N");
    if (!form.isStream()) return;
    if (!HasName(form, "/Subtype", "/Form")) form.getDict().replaceKey("/Subtype", QPDFObjectHandle::newName("/Form"));
    const std::string name = "/Note" + std::to_string(++names_);
    const std::string paints = helper.getPageContentForAppearance(
        name, static_cast<int>(NumberOf(Inherited(page, "/Rotate"))), 0, an_hidden | an_no_view);
    if (paints.empty()) return;
    painted_.replaceKey(name, form);
    content_ += paints;
    result_.levels[form.getObjGen()] = widget ? Level::kFormValue : Level::kNote;
  }

  void Mark(QPDFObjectHandle page, uint32_t number, QPDFObjectHandle annotation) {
    const Matrix to_view = ViewOf(page).matrix;
    QPDFObjectHandle quads = annotation.getKey("/QuadPoints");
    if (quads.isArray() && quads.getArrayNItems() >= 8) {
      for (int i = 0; i + 8 <= std::min(quads.getArrayNItems(), 8000); i += 8) {
        Box around;
        for (int k = 0; k < 8; k += 2) {
          const Point p = to_view.Apply({NumberAt(quads, i + k), NumberAt(quads, i + k + 1)});
          around = k == 0 ? Box{p.x, p.y, p.x, p.y}
                          : Box{std::min(around.left, p.x), std::min(around.top, p.y), std::max(around.right, p.x),
                                std::max(around.bottom, p.y)};
        }
        result_.marked.push_back({number, around});
      }
      return;
    }
    QPDFObjectHandle area = annotation.getKey("/Rect");
    result_.marked.push_back(
        {number, to_view.Around(NumberAt(area, 0), NumberAt(area, 1), NumberAt(area, 2), NumberAt(area, 3))});
  }

  // The page's own contents are closed off first: they may leave the plane turned.
  void Append(QPDFObjectHandle page) {
    const std::string contents = PageContents(page, budget_);
    const Balance balance = BalanceOf(contents);
    const std::string whole =
        Repeated("q\n", 1 + balance.excess) + contents + "\n" + Repeated("Q\n", 1 + balance.open) + content_;
    page.replaceKey("/Contents", pdf_.newStream(whole));
    QPDFObjectHandle resources = Inherited(page, "/Resources");
    resources = resources.isDictionary() ? resources.shallowCopy() : QPDFObjectHandle::newDictionary();
    QPDFObjectHandle objects = resources.getKey("/XObject");
    objects = objects.isDictionary() ? objects.shallowCopy() : QPDFObjectHandle::newDictionary();
    for (const std::string& name : painted_.getKeys()) objects.replaceKey(name, painted_.getKey(name));
    resources.replaceKey("/XObject", objects);
    page.replaceKey("/Resources", resources);
  }

  QPDF& pdf_;
  const Layers& layers_;
  Budget& budget_;
  Flattened& result_;
  std::string content_;
  QPDFObjectHandle painted_;
  int names_ = 0;
};

}  // namespace

bool IsSigned(QPDF& pdf) {
  QPDFObjectHandle root = pdf.getRoot();
  if (!KeyOf(root, "/Perms").isNull() || !KeyOf(root, "/DSS").isNull()) return true;
  std::vector<QPDFObjectHandle> open;
  std::set<QPDFObjGen> seen;
  const auto add = [&](QPDFObjectHandle array) {
    if (!array.isArray()) return;
    for (int i = 0; i < array.getArrayNItems() && seen.size() < kMostFields; ++i) {
      QPDFObjectHandle field = array.getArrayItem(i);
      if (field.isDictionary() && seen.insert(field.getObjGen()).second) open.push_back(field);
    }
  };
  add(KeyOf(KeyOf(root, "/AcroForm"), "/Fields"));
  while (!open.empty()) {
    QPDFObjectHandle field = open.back();
    open.pop_back();
    if (HasName(field, "/FT", "/Sig") && field.getKey("/V").isDictionary()) return true;
    add(field.getKey("/Kids"));
  }
  return false;
}

Flattened FlattenAnnotations(QPDF& pdf, const Layers& layers, Budget& budget) {
  Flattened result;
  if (KeyOf(pdf.getRoot(), "/AcroForm").isDictionary()) {
    QPDFAcroFormDocumentHelper form(pdf);
    form.generateAppearancesIfNeeded();
  }
  Flattener flattener(pdf, layers, budget, result);
  uint32_t number = 0;
  for (const QPDFObjectHandle& page : std::vector<QPDFObjectHandle>(pdf.getAllPages())) flattener.Page(page, ++number);
  return result;
}

}  // namespace strongroom::pdf
