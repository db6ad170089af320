// Whatever the text: what is found lies in it, in order, without overlap, on the borders of characters.  And whatever
// lies in a model file, its checksum right or wrong: opening it ends in an answer, and what opens can search.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "names/hashing.h"
#include "names/model.h"
#include "names/name_finder.h"

using namespace strongroom;

namespace {

void Search(const names::NameFinder& finder, std::string_view text, std::string_view heading) {
  static thread_local std::vector<detect::Finding> findings;
  finder.Find(text, heading, findings);
  size_t last = 0;
  for (const detect::Finding& finding : findings) {
    if (finding.begin < last || finding.begin >= finding.end || finding.end > text.size()) std::abort();
    last = finding.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Search(names::NameFinder::BuiltIn(), input, "");
  Search(names::NameFinder::BuiltIn(), input, input.substr(0, 12));

  names::NameFinder::Open(input).status().IgnoreError();
  // The input as the body of a file that verifies.
  const auto opened = names::NameFinder::Open(names::SealModelFile(Bytes(input)));
  if (opened.ok()) Search(**opened, "Anna Svensson bor i Lund. 王芳住在北京。", "name");
  return 0;
}
