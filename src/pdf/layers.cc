#include "pdf/layers.h"

#include "pdf/pdf_file.h"

namespace strongroom::pdf {
namespace {

constexpr int kDeepest = 32;
constexpr int kMostSteps = 10'000;  // for one of them

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

bool Layers::Shown(QPDFObjectHandle content) const {
  int steps = kMostSteps;
  if (!content.isIndirect()) return Shown(content, 0, steps) || steps < 0;
  const auto known = known_.find(content.getObjGen());
  if (known != known_.end()) return known->second;
  const bool shown = Shown(content, 0, steps) || steps < 0;
  known_.emplace(content.getObjGen(), shown);
  return shown;
}

bool Layers::Expression(QPDFObjectHandle array, int depth, int& steps) const {
  if (depth > kDeepest || --steps < 0 || !array.isArray() || array.getArrayNItems() < 1) return true;
  QPDFObjectHandle head = array.getArrayItem(0);
  const std::string name = head.isName() ? head.getName() : std::string();
  const auto value = [&](int i) {
    QPDFObjectHandle item = array.getArrayItem(i);
    return item.isArray() ? Expression(item, depth + 1, steps) : Shown(item, depth + 1, steps);
  };
  if (name == "/Not") return array.getArrayNItems() < 2 || !value(1);
  const bool all = name == "/And";
  for (int i = 1; i < array.getArrayNItems() && steps >= 0; ++i) {
    if (value(i) != all) return !all;
  }
  return all;
}

bool Layers::Shown(QPDFObjectHandle content, int depth, int& steps) const {
  if (depth > kDeepest || --steps < 0 || !content.isDictionary()) return true;
  if (!HasName(content, "/Type", "/OCMD")) {
    if (off_.contains(content.getObjGen())) return false;
    return !all_off_ || on_.contains(content.getObjGen());
  }
  if (QPDFObjectHandle expression = content.getKey("/VE"); expression.isArray())
    return Expression(expression, depth + 1, steps);
  QPDFObjectHandle groups = content.getKey("/OCGs");
  if (groups.isDictionary()) return Shown(groups, depth + 1, steps);
  if (!groups.isArray() || groups.getArrayNItems() == 0) return true;
  int shown = 0;
  for (int i = 0; i < groups.getArrayNItems() && steps >= 0; ++i)
    shown += Shown(groups.getArrayItem(i), depth + 1, steps) ? 1 : 0;
  if (HasName(content, "/P", "/AllOn")) return shown == groups.getArrayNItems();
  if (HasName(content, "/P", "/AnyOff")) return shown < groups.getArrayNItems();
  if (HasName(content, "/P", "/AllOff")) return shown == 0;
  return shown > 0;
}

}  // namespace strongroom::pdf
