// Forms and links in a page's HTML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "survey/site.h"

namespace strongroom::survey {

struct PageForm {
  Form form;
  std::string action;  // as it stands in the page; empty: the page itself
};
struct PageForms {
  std::vector<PageForm> forms;  // fields outside of any form are one of their own
  bool notice = false;          // a link about privacy stands on the page
};

// A reader that is only exact enough for this: tags, attributes, labels.  Total; linear in the text.
PageForms FormsOfPage(std::string_view html);

// Where `action` leads from the page: absolute, for a form.
std::string ActionUrl(std::string_view page_url, std::string_view action);

}  // namespace strongroom::survey
