// PDFs made in tests: written by hand, so that a test knows every byte; and one secret in each place where a PDF can
// hide some.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strongroom::pdf {

class PdfMaker {
 public:
  PdfMaker();
  // An object's number; its body without "obj" around it.
  int Add(std::string body);
  int Reserve() { return Add("null"); }
  void Set(int number, std::string body) { objects_[static_cast<size_t>(number) - 1] = std::move(body); }
  int AddStream(const std::string& dictionary, std::string_view data);
  // `keys` are added to the page's dictionary; `resources` to its resources, which have the font
  // /F1 (Helvetica) unless they name fonts.
  int AddPage(std::string_view contents, const std::string& keys = "", const std::string& resources = "",
              const std::string& media_box = "[0 0 595 842]");
  int font() const { return font_; }
  std::string catalogue_keys;  // added to the catalogue
  std::string trailer_keys;
  // The file; once.
  std::string Finish();
  // `file` with another revision appended in which object `number` has this body.
  static std::string Revised(const std::string& file, int number, const std::string& body);

 private:
  std::vector<std::string> objects_;
  std::vector<int> page_numbers_;
  int font_ = 0;
};

// A line of Helvetica at this place.
std::string Line(double x, double y, std::string_view text, double size = 12);

struct HidingPlace {
  std::string name;    // "in a form's value"
  std::string secret;  // an address of mail: letters@secret.example
  std::string file;
  bool seen = true;  // whether a reader of text (pdftotext) sees it
};
// One file for each place.  Each also says kOtherText where it is seen.
std::vector<HidingPlace> HidingPlaces();
inline constexpr std::string_view kOtherText = "Ordinary words remain here";

// One picture painted over a whole page; the samples as the dictionary says.
std::string PictureFile(const std::string& dictionary, std::string_view samples);

}  // namespace strongroom::pdf
