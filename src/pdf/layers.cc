#include "pdf/layers.h"

#include "pdf/pdf_file.h"

namespace strongroom::pdf {
namespace {

constexpr int kDeepest = 32;

void Collect(QPDFObjectHandle array, std::set<QPDFObjGen>& into) {
  if (!array.isArray()) return;
  for (int i = 0; i < array.getArrayNItems(); ++i) into.insert(array.getArrayItem(i).getObjGen());
}

}  // namespace

Layers::Layers(QPDFObjectHandle catalogue) {
  QPDFObjectHandle standard = KeyOf(KeyOf(catalogue, "/OCProperties"), "/D");
  all_off_ = HasName(standard, "/BaseState", "/OFF");
  Collect(KeyOf(standard, "/ON"), on_);
  Collect(KeyOf(standard, "/OFF"), off_);
}

bool Layers::Expression(QPDFObjectHandle array, int depth) const {
  if (depth > kDeepest || !array.isArray() || array.getArrayNItems() < 1) return true;
  QPDFObjectHandle head = array.getArrayItem(0);
  const std::string name = head.isName() ? head.getName() : std::string();
  const auto value = [&](int i) {
    QPDFObjectHandle item = array.getArrayItem(i);
    return item.isArray() ? Expression(item, depth + 1) : Shown(item, depth + 1);
  };
  if (name == "/Not") return array.getArrayNItems() < 2 || !value(1);
  const bool all = name == "/And";
  for (int i = 1; i < array.getArrayNItems(); ++i) {
    if (value(i) != all) return !all;
  }
  return all;
}

bool Layers::Shown(QPDFObjectHandle content, int depth) const {
  if (depth > kDeepest || !content.isDictionary()) return true;
  if (!HasName(content, "/Type", "/OCMD")) {
    if (off_.contains(content.getObjGen())) return false;
    return !all_off_ || on_.contains(content.getObjGen());
  }
  if (QPDFObjectHandle expression = content.getKey("/VE"); expression.isArray())
    return Expression(expression, depth + 1);
  QPDFObjectHandle groups = content.getKey("/OCGs");
  if (groups.isDictionary()) return Shown(groups, depth + 1);
  if (!groups.isArray() || groups.getArrayNItems() == 0) return true;
  int shown = 0;
  for (int i = 0; i < groups.getArrayNItems(); ++i) shown += Shown(groups.getArrayItem(i), depth + 1) ? 1 : 0;
  if (HasName(content, "/P", "/AllOn")) return shown == groups.getArrayNItems();
  if (HasName(content, "/P", "/AnyOff")) return shown < groups.getArrayNItems();
  if (HasName(content, "/P", "/AllOff")) return shown == 0;
  return shown > 0;
}

}  // namespace strongroom::pdf
