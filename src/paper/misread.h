// What a reader of pictures hides by misreading it: a letter for a digit, a blank inside a number, another sign for
// '@', a digit for another so that no check digit fits.
#pragma once

#include <vector>

#include "detect/finding.h"
#include "paper/page_text.h"
#include "redact/decider.h"

namespace strongroom::paper {

// Whether a reader of pictures made any of this page.
bool IsFromPicture(const PageText& page);

// Adds to `findings` (sorted, none overlaps another, and so they stay) what is found when the text is searched as it
// may have stood on the paper: with letters in numbers read as the digits they look like, digits in words as letters,
// blanks inside numbers and addresses closed, and signs that stand where an '@' would.  Then, whatever its check digits
// say: what has the shape of a card, social security, personal identity or account number, a number of six digits or
// more beside a word that says what it is, and one that the reader was not sure of.  A find that meets another is
// joined to it.
void FindMisread(const PageText& page, const redact::Selection& selection, redact::Decider& decider,
                 std::vector<detect::Finding>& findings);

}  // namespace strongroom::paper
