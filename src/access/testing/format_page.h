// The worked example of a page in docs/formats: what the code must write, byte by byte.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "base/encoding.h"

namespace strongroom {

// The first ```hex block of docs/formats/`name`; each line: hex, a space, a remark.  Empty when there is none, or when
// it is not hexadecimal.
inline Bytes ExampleOfPage(const std::string& name) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/" + name);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const size_t begin = page.find("```hex\n");
  if (begin == std::string::npos) return {};
  std::istringstream lines(page.substr(begin + 7, page.find("```", begin + 7) - begin - 7));
  std::string hex;
  for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find(' '));
  return HexDecode(hex).ok() ? *HexDecode(hex) : Bytes();
}

}  // namespace strongroom
