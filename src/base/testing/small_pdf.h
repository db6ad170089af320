// A PDF that a test makes: one page with lines of text in Helvetica.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace strongroom {

// 300 by 200 points; the lines stand 20 points from the left, the first 160 points from the bottom, each 20 lower.
// Precondition: no parentheses and no backslashes in the lines.
inline std::string SmallPdf(const std::vector<std::string>& lines) {
  std::string content = "0 0 0 rg 0 180 20 20 re f BT /F1 12 Tf 20 180 Td";  // a black square in the upper left corner
  for (const std::string& line : lines) content += " 0 -20 Td (" + line + ") Tj";
  content += " ET";
  const std::vector<std::string> objects = {
      "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
      "<</Length " + std::to_string(content.size()) + ">>stream\n" + content + "\nendstream",
      "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"};
  std::string pdf = "%PDF-1.4\n";
  std::string table = "0000000000 65535 f \n";
  for (size_t i = 0; i < objects.size(); ++i) {
    char offset[24];
    snprintf(offset, sizeof offset, "%010u 00000 n \n", static_cast<unsigned>(pdf.size()));
    table += offset;
    pdf += std::to_string(i + 1) + " 0 obj" + objects[i] + "endobj\n";
  }
  const size_t start = pdf.size();
  pdf += "xref\n0 6\n" + table + "trailer<</Size 6/Root 1 0 R>>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
  return pdf;
}

}  // namespace strongroom
