// A PDF that a test makes: one page with lines of text in Helvetica.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace strongroom {

// A file of these objects, numbered from 1, the first of which is its catalogue.
inline std::string PdfOfObjects(const std::vector<std::string>& objects) {
  std::string pdf = "%PDF-1.4\n";
  std::string table = "0000000000 65535 f \n";
  for (size_t i = 0; i < objects.size(); ++i) {
    char offset[24];
    snprintf(offset, sizeof offset, "%010u 00000 n \n", static_cast<unsigned>(pdf.size()));
    table += offset;
    pdf += std::to_string(i + 1) + " 0 obj" + objects[i] + "endobj\n";
  }
  const std::string size = std::to_string(objects.size() + 1);
  const size_t start = pdf.size();
  return pdf + "xref\n0 " + size + "\n" + table + "trailer<</Size " + size + "/Root 1 0 R>>\nstartxref\n" +
         std::to_string(start) + "\n%%EOF\n";
}

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
  return PdfOfObjects(objects);
}

// A grey picture: 8 bits a pixel, rows from the top.
struct GreyPixels {
  uint32_t width = 0;
  uint32_t height = 0;
  std::string samples;
};

// Pages of 300 by 200 points, each the picture of its number among `pictures` and nothing else.
inline std::string PicturesPdf(const std::vector<GreyPixels>& pictures, const std::vector<size_t>& pages) {
  std::vector<std::string> objects = {"<</Type/Catalog/Pages 2 0 R>>", ""};
  const std::string content = "300 0 0 200 0 0 cm /P Do";
  objects.push_back("<</Length " + std::to_string(content.size()) + ">>stream\n" + content + "\nendstream");
  const size_t first = objects.size() + 1;
  for (const GreyPixels& picture : pictures) {
    objects.push_back("<</Type/XObject/Subtype/Image/Width " + std::to_string(picture.width) + "/Height " +
                      std::to_string(picture.height) + "/ColorSpace/DeviceGray/BitsPerComponent 8/Length " +
                      std::to_string(picture.samples.size()) + ">>stream\n" + picture.samples + "\nendstream");
  }
  std::string kids;
  for (const size_t picture : pages) {
    kids += std::to_string(objects.size() + 1) + " 0 R ";
    objects.push_back("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 3 0 R/Resources<</XObject<</P " +
                      std::to_string(first + picture) + " 0 R>>>>>>");
  }
  objects[1] = "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(pages.size()) + ">>";
  return PdfOfObjects(objects);
}

}  // namespace strongroom
