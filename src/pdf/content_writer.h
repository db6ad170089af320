// Writes a content stream anew without what is to be taken out of it.
//
// Every stream is written this way, changed or not: operands that an operator does not take, operators nobody knows,
// comments, and properties of marked content other than its number (ActualText, Alt, E) do not come through.
//
// Where text is taken out its codes, their advances and the moves between them go; what follows on the same line is
// moved there by one number, rounded to a twentieth of an em, and where nothing follows there is none.  Text objects
// and saved states that paint nothing any more go whole: how many there were would tell how many letters.
#pragma once

#include <string>
#include <string_view>

#include "pdf/stream_table.h"

namespace strongroom::pdf {

// `unclosed_states`: how many q lack their Q; they are given one.
std::string WriteContent(std::string_view bytes, const StreamEdits& edits, int unclosed_states);

// A number as content streams write it: at most five places.
std::string NumberText(double value);

}  // namespace strongroom::pdf
