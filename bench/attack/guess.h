// What a thief makes of it.  He knows how values are spread among people, how the product makes index rows, and which
// field the rows are of; all of that is more than a store tells.
#pragma once

#include <string>
#include <vector>

#include "attack/world.h"

namespace attack {

struct NamedRows {
  double right = 0;    // share of the rows
  double without = 0;  // had each been given the name of the most frequent one
};
// The rows alone: the most frequent row is taken for the one expected to be the most frequent, and so on down.  Nobody
// is linked to them: who the customer is stands sealed inside.
NamedRows NameRows(const FieldDef& field, const std::vector<Known>& known, const std::vector<std::string>& values,
                   const Stolen& stolen);

// Rows and the order of writes: what was written together belongs to one person.  Each distinct set of rows is compared
// by how often its rows occur with what each known value would show; then rows that are named tell of the other sets
// they are in, and again.  For texts.
std::vector<std::string> GuessTexts(const FieldDef& field, const std::vector<Known>& known, const Stolen& stolen);

// The same for intervals: those written together nest, so the tree is seen; from its root down, the children of each
// node are given to the intervals whose expected numbers fit best.  Answers the middle of the smallest interval.
std::vector<std::string> GuessOrdered(const FieldDef& field, const std::vector<Known>& known, const Stolen& stolen);

}  // namespace attack
