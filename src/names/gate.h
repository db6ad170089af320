// Which tokens the model is asked about: names, what may be one, and what stands right beside.
#pragma once

#include <vector>

#include "names/tokens.h"

namespace strongroom::names {

// What the text stands under: the name of its column, the key of its member.
enum class Heading : uint8_t { kNone, kOther, kPerson, kPlace, kOrganization, kAddress };
Heading HeadingOf(std::string_view heading);

// Sets `gate` and `active` of all tokens.  What is part of an e-mail address or a URL is never asked about.
void OpenGates(Heading heading, std::vector<Token>& tokens);

}  // namespace strongroom::names
