#include "pdf/testing/pdf_maker.h"

#include <cstdio>

#include "base/encoding.h"
#include "pdf/standard_widths.h"

namespace strongroom::pdf {
namespace {

std::string Ref(int number) { return std::to_string(number) + " 0 R"; }

std::string Number(double value) {
  char buffer[32];
  const int size = std::snprintf(buffer, sizeof buffer, "%.2f", value);
  return std::string(buffer, static_cast<size_t>(size));
}

std::string Utf16(std::string_view text) {
  std::string out = "\xFE\xFF";
  for (const char c : text) {
    out += '\0';
    out += c;
  }
  return out;
}

// Where the letters of a line of Helvetica stand, 12 points large.
std::vector<double> PlacesOf(std::string_view text, double x) {
  std::vector<double> places;
  for (const char c : text) {
    places.push_back(x);
    x += 0.012 * StandardWidth("Helvetica", static_cast<unsigned char>(c));
  }
  return places;
}

std::string Ordinary() { return Line(72, 780, kOtherText); }

// A composite font without a program: its widths all of an em, its text by `to_unicode` (may be empty).
int CompositeFont(PdfMaker& pdf, const std::string& encoding, const std::string& ordering, int to_unicode) {
  const int descendant =
      pdf.Add("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Made /CIDSystemInfo << /Registry (Adobe) /Ordering (" +
              ordering + ") /Supplement 0 >> /DW 1000 /W [1 95 500] >>");
  return pdf.Add("<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding /" + encoding + " /DescendantFonts [" +
                 Ref(descendant) + "]" + (to_unicode > 0 ? " /ToUnicode " + Ref(to_unicode) : "") + " >>");
}

}  // namespace

PdfMaker::PdfMaker() {
  Reserve();
  Reserve();
  font_ = Add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
}

int PdfMaker::Add(std::string body) {
  objects_.push_back(std::move(body));
  return static_cast<int>(objects_.size());
}

int PdfMaker::AddStream(const std::string& dictionary, std::string_view data) {
  return Add("<< " + dictionary + " /Length " + std::to_string(data.size()) + " >>\nstream\n" + std::string(data) +
             "\nendstream");
}

int PdfMaker::AddPage(std::string_view contents, const std::string& keys, const std::string& resources,
                      const std::string& media_box) {
  const int stream = AddStream("", contents);
  const bool own = resources.find("/Font ") != std::string::npos;
  const std::string fonts = own ? "" : "/Font << /F1 " + Ref(font_) + " >> ";
  page_numbers_.push_back(Add("<< /Type /Page /Parent 2 0 R /MediaBox " + media_box + " /Contents " + Ref(stream) +
                              " /Resources << " + fonts + resources + " >> " + keys + " >>"));
  return page_numbers_.back();
}

std::string PdfMaker::Finish() {
  std::string kids;
  for (const int page : page_numbers_) kids += Ref(page) + " ";
  Set(1, "<< /Type /Catalog /Pages 2 0 R " + catalogue_keys + " >>");
  Set(2, "<< /Type /Pages /Count " + std::to_string(page_numbers_.size()) + " /Kids [" + kids + "] >>");
  std::string file = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";
  std::vector<size_t> offsets;
  for (size_t i = 0; i < objects_.size(); ++i) {
    offsets.push_back(file.size());
    file += std::to_string(i + 1) + " 0 obj\n" + objects_[i] + "\nendobj\n";
  }
  const size_t table = file.size();
  file += "xref\n0 " + std::to_string(objects_.size() + 1) + "\n0000000000 65535 f \n";
  for (const size_t offset : offsets) {
    char line[32];
    std::snprintf(line, sizeof line, "%010zu 00000 n \n", offset);
    file += line;
  }
  file += "trailer\n<< /Size " + std::to_string(objects_.size() + 1) + " /Root 1 0 R " + trailer_keys +
          " >>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
  return file;
}

std::string PdfMaker::Revised(const std::string& file, int number, const std::string& body) {
  const size_t start = file.rfind("startxref\n");
  const std::string previous = file.substr(start + 10, file.find('\n', start + 10) - start - 10);
  const size_t size = file.rfind("/Size ");
  const std::string count = file.substr(size + 6, file.find(' ', size + 6) - size - 6);
  std::string out = file;
  const size_t offset = out.size();
  out += std::to_string(number) + " 0 obj\n" + body + "\nendobj\n";
  const size_t table = out.size();
  char line[32];
  std::snprintf(line, sizeof line, "%010zu 00000 n \n", offset);
  out += "xref\n" + std::to_string(number) + " 1\n" + line + "trailer\n<< /Size " + count + " /Root 1 0 R /Prev " +
         previous + " >>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
  return out;
}

std::string Line(double x, double y, std::string_view text, double size) {
  return "BT /F1 " + Number(size) + " Tf 1 0 0 1 " + Number(x) + " " + Number(y) + " Tm (" + std::string(text) +
         ") Tj ET\n";
}

std::string PictureFile(const std::string& dictionary, std::string_view samples) {
  PdfMaker pdf;
  const int image = pdf.AddStream("/Type /XObject /Subtype /Image " + dictionary, samples);
  pdf.AddPage("q 595 0 0 842 0 0 cm /Im1 Do Q\n", "", "/XObject << /Im1 " + Ref(image) + " >>");
  return pdf.Finish();
}

namespace {

// Gathers the places; the n-th secret is "<n in letters>hidden@secret.example".
class Places {
 public:
  std::string Next() {
    secret_ = {static_cast<char>('a' + count_ / 26), static_cast<char>('a' + count_ % 26)};
    secret_ += "qhidden@secret.example";
    ++count_;
    return secret_;
  }
  void Add(std::string name, std::string file, bool seen = true) {
    places_.push_back({std::move(name), secret_, std::move(file), seen});
  }
  // On the one page of a file.
  void Page(std::string name, std::string_view contents, bool seen = true, const std::string& keys = "",
            const std::string& resources = "") {
    PdfMaker pdf;
    pdf.AddPage(Ordinary() + std::string(contents), keys, resources);
    Add(std::move(name), pdf.Finish(), seen);
  }
  std::vector<HidingPlace> Take() { return std::move(places_); }

 private:
  int count_ = 0;
  std::string secret_;
  std::vector<HidingPlace> places_;
};

void AddPlainText(Places& places) {
  std::string s = places.Next();
  places.Page("shown by Tj", Line(72, 700, "write to " + s + " today"));
  s = places.Next();
  places.Page("shown by TJ in pieces", "BT /F1 12 Tf 72 700 Td [(" + s.substr(0, 4) + ") -20 (" + s.substr(4, 5) +
                                           ") 15 (" + s.substr(9) + ")] TJ ET");
  s = places.Next();
  std::string letters = "BT /F1 12 Tf\n";
  for (size_t i = s.size(); i > 0; --i)  // from the last letter to the first
    letters += "1 0 0 1 " + Number(PlacesOf(s, 72)[i - 1]) + " 700 Tm (" + s.substr(i - 1, 1) + ") Tj\n";
  places.Page("letter by letter, backwards", letters + "ET");
  s = places.Next();
  places.Page("as hexadecimal", "BT /F1 12 Tf 72 700 Td <" + HexEncode(s) + "> Tj ET");
  s = places.Next();
  places.Page("shown by ' and \"", "BT /F1 12 Tf 14 TL 72 714 Td (" + s + ") ' 0 0 (on two lines) \" ET");
  s = places.Next();
  places.Page("in octal escapes", "BT /F1 12 Tf 72 700 Td (\\" + std::string("141") + s.substr(1) + ") Tj ET");
  s = places.Next();
  places.Page("in text turned by a quarter", "BT /F1 12 Tf 0 1 -1 0 300 200 Tm (" + s + ") Tj ET");
  s = places.Next();
  places.Page("on a page turned by a quarter", Line(72, 700, s), true, "/Rotate 90");
  s = places.Next();
  places.Page("in a text object each letter", [&] {
    std::string out;
    for (size_t i = 0; i < s.size(); ++i)
      out += "q 1 0 0 1 " + Number(PlacesOf(s, 72)[i]) + " 700 cm BT /F1 12 Tf (" + s.substr(i, 1) + ") Tj ET Q\n";
    return out;
  }());
  s = places.Next();
  places.Page("beside a comment", "% " + s + "\n", false);
  s = places.Next();
  places.Page("as an operand nobody takes", "(" + s + ") 0 0 1 rg\n", false);
}

void AddHiddenText(Places& places) {
  std::string s = places.Next();
  places.Page("in render mode 3", "BT 3 Tr /F1 12 Tf 72 700 Td (" + s + ") Tj ET");
  s = places.Next();
  places.Page("in white", "1 g " + Line(72, 700, s));
  s = places.Next();
  places.Page("under a black box", Line(72, 700, s) + "0 g 60 690 300 30 re f\n");
  s = places.Next();
  places.Page("off the page", Line(700, 700, s), false);
  s = places.Next();
  places.Page("clipped away", "q 0 0 10 10 re W n " + Line(72, 700, s) + "Q\n", false);
  s = places.Next();
  PdfMaker layered;
  const int group = layered.Add("<< /Type /OCG /Name (Draft) >>");
  layered.catalogue_keys = "/OCProperties << /OCGs [" + Ref(group) + "] /D << /OFF [" + Ref(group) + "] >> >>";
  layered.AddPage(Ordinary() + "/OC /L1 BDC " + Line(72, 700, s) + "EMC\n", "",
                  "/Properties << /L1 " + Ref(group) + " >>");
  places.Add("in a layer that is off", layered.Finish(), false);
  s = places.Next();
  places.Page("as ActualText", "/Span << /ActualText (" + s + ") >> BDC " + Line(72, 700, "initials") + "EMC\n", false);
}

void AddOtherStreams(Places& places) {
  std::string s = places.Next();
  PdfMaker form;
  const std::string box =
      "/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 " + Ref(form.font()) + " >> ";
  const int inner = form.AddStream(box + ">>", Line(72, 700, s));
  form.AddPage(Ordinary() + "/Fm1 Do\n", "", "/XObject << /Fm1 " + Ref(inner) + " >>");
  places.Add("in a form", form.Finish());

  s = places.Next();
  PdfMaker nested;
  const int deep = nested.AddStream(box + ">>", Line(72, 650, s));
  const int outer = nested.AddStream(box + "/XObject << /Fm2 " + Ref(deep) + " >> >>", "q 1 0 0 1 20 20 cm /Fm2 Do Q");
  nested.AddPage(Ordinary() + "/Fm1 Do\n", "", "/XObject << /Fm1 " + Ref(outer) + " >>");
  places.Add("in a form in a form", nested.Finish());

  s = places.Next();
  PdfMaker tiles;
  const int tile = tiles.AddStream(
      "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 300 40] /XStep 300 /YStep 40 "
      "/Resources << /Font << /F1 " +
          Ref(tiles.font()) + " >> >>",
      "0 g " + Line(5, 10, s));
  tiles.AddPage(Ordinary() + "/Pattern cs /P1 scn 72 500 400 100 re f\n", "", "/Pattern << /P1 " + Ref(tile) + " >>");
  places.Add("in the tile of a pattern", tiles.Finish(), false);

  s = places.Next();
  PdfMaker type3;
  const int procedure = type3.AddStream("", "1000 0 d0 BT /F1 1000 Tf (" + s + ") Tj ET");
  const int glyphs = type3.Add(
      "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 97 "
      "/LastChar 97 /Widths [1000] /Encoding << /Differences [97 /a] >> /CharProcs << /a " +
      Ref(procedure) + " >> /Resources << /Font << /F1 " + Ref(type3.font()) + " >> >> >>");
  type3.AddPage(Ordinary() + "BT /F3 12 Tf 72 600 Td (a) Tj ET\n", "",
                "/XObject << >> /ColorSpace << >> /Font << /F1 " + Ref(type3.font()) + " /F3 " + Ref(glyphs) + " >>");
  places.Add("in a glyph of a Type 3 font", type3.Finish(), false);

  s = places.Next();
  PdfMaker unused;
  const int never = unused.AddStream(box + ">>", Line(72, 700, s));
  unused.AddPage(Ordinary(), "", "/XObject << /Fm9 " + Ref(never) + " >>");
  places.Add("in a form that is never painted", unused.Finish(), false);

  s = places.Next();
  PdfMaker masked;
  const int group =
      masked.AddStream(box + ">> /Group << /S /Transparency /CS /DeviceGray >>", "1 g " + Line(72, 700, s));
  const int state = masked.Add("<< /Type /ExtGState /SMask << /Type /Mask /S /Luminosity /G " + Ref(group) + " >> >>");
  masked.AddPage(Ordinary() + "q /G1 gs 1 0 0 rg 0 0 595 750 re f Q\n", "", "/ExtGState << /G1 " + Ref(state) + " >>");
  places.Add("in the group of a soft mask", masked.Finish(), false);
}

void AddFonts(Places& places) {
  std::string s = places.Next();
  PdfMaker cid;
  std::string map =
      "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n";
  // Codes that are no characters: the letter plus 0x1000.
  map += "1 beginbfrange <1020> <107E> <0020> endbfrange endcmap end";
  const int to_unicode = cid.AddStream("", map);
  const int font = CompositeFont(cid, "Identity-H", "Identity", to_unicode);
  std::string codes;
  for (const char c : s) codes += std::string("\x10") + c;
  cid.AddPage(Ordinary() + "BT /F4 12 Tf 72 700 Td <" + HexEncode(codes) + "> Tj ET\n", "",
              "/Font << /F1 " + Ref(cid.font()) + " /F4 " + Ref(font) + " >>");
  places.Add("in a composite font with ToUnicode", cid.Finish());

  s = places.Next();
  PdfMaker gbk;
  const int chinese = CompositeFont(gbk, "GBK-EUC-H", "GB1", 0);
  gbk.AddPage(Ordinary() + "BT /F4 12 Tf 72 700 Td (" + s + ") Tj ET\n", "",
              "/Font << /F1 " + Ref(gbk.font()) + " /F4 " + Ref(chinese) + " >>");
  places.Add("in GBK-EUC-H", gbk.Finish());

  s = places.Next();
  PdfMaker vertical;
  const int upright = CompositeFont(vertical, "UniGB-UCS2-V", "GB1", 0);
  std::string wide;
  for (const char c : s) wide += std::string(1, '\0') + c;
  vertical.AddPage(Ordinary() + "BT /F4 12 Tf 300 700 Td <" + HexEncode(wide) + "> Tj ET\n", "",
                   "/Font << /F1 " + Ref(vertical.font()) + " /F4 " + Ref(upright) + " >>");
  places.Add("written downwards", vertical.Finish(), false);

  s = places.Next();
  PdfMaker differs;
  std::string names;
  constexpr std::string_view kNames[] = {"at", "period"};
  for (char c = 'a'; c <= 'z'; ++c) names += " /" + std::string(1, c);
  const int other = differs.Add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [1 /" +
                                std::string(kNames[0]) + " /" + std::string(kNames[1]) + names + "] >> >>");
  std::string coded;
  for (const char c : s) coded += static_cast<char>(c == '@' ? 1 : c == '.' ? 2 : 3 + (c - 'a'));
  differs.AddPage(Ordinary() + "BT /F4 12 Tf 72 700 Td <" + HexEncode(coded) + "> Tj ET\n", "",
                  "/Font << /F1 " + Ref(differs.font()) + " /F4 " + Ref(other) + " >>");
  places.Add("in an encoding of its own", differs.Finish());
}

void AddNotes(Places& places) {
  std::string s = places.Next();
  const auto with_note = [&](std::string name, const std::string& note, bool seen) {
    places.Page(std::move(name), "", seen, "/Annots [" + note + "]");
  };
  with_note("in a note's contents", "<< /Type /Annot /Subtype /Text /Rect [400 700 420 720] /Contents (" + s + ") >>",
            false);
  s = places.Next();
  with_note("in a note's author and rich text",
            "<< /Type /Annot /Subtype /Square /Rect [400 700 420 720] /T (" + s + ") /RC (<p>" + s + "</p>) >>", false);
  s = places.Next();
  with_note("in a link's address",
            "<< /Type /Annot /Subtype /Link /Rect [400 700 420 720] /A << /S /URI /URI (mailto:" + s + ") >> >>",
            false);
  s = places.Next();
  with_note("in a script of a link",
            "<< /Type /Annot /Subtype /Link /Rect [400 700 420 720] /A << /S /JavaScript /JS (app.alert\\('" + s +
                "'\\)) >> >>",
            false);
  s = places.Next();
  PdfMaker free;
  const int look = free.AddStream(
      "/Type /XObject /Subtype /Form /BBox [0 0 300 30] /Resources << /Font << /F1 " + Ref(free.font()) + " >> >>",
      Line(5, 10, s));
  free.AddPage(Ordinary(), "/Annots [<< /Type /Annot /Subtype /FreeText /Rect [72 600 372 630] /Contents (" + s +
                               ") /AP << /N " + Ref(look) + " >> >>]");
  places.Add("in what a note looks like", free.Finish());
  s = places.Next();
  PdfMaker form;
  const int face = form.AddStream(
      "/Type /XObject /Subtype /Form /BBox [0 0 300 30] /Resources << /Font << /F1 " + Ref(form.font()) + " >> >>",
      "/Tx BMC " + Line(5, 10, s) + "EMC");
  const int field = form.Add("<< /Type /Annot /Subtype /Widget /FT /Tx /T (mail) /V (" + s + ") /DV (" + s +
                             ") /F 4 /Rect [72 600 372 630] /DA (/F1 12 Tf 0 g) /AP << /N " + Ref(face) + " >> >>");
  form.catalogue_keys = "/AcroForm << /Fields [" + Ref(field) + "] /DA (/F1 12 Tf 0 g) /DR << /Font << /F1 " +
                        Ref(form.font()) + " >> >> >>";
  form.AddPage(Ordinary(), "/Annots [" + Ref(field) + "]");
  places.Add("in a form's value", form.Finish());
  s = places.Next();
  PdfMaker xfa;
  const int data = xfa.AddStream("", "<xfa><mail>" + s + "</mail></xfa>");
  xfa.catalogue_keys = "/AcroForm << /Fields [] /XFA " + Ref(data) + " >>";
  xfa.AddPage(Ordinary());
  places.Add("in XFA", xfa.Finish(), false);
}

void AddDocument(Places& places) {
  const auto catalogue = [&](std::string name, const auto& keys) {
    PdfMaker pdf;
    const std::string s = places.Next();
    const int page = pdf.AddPage(Ordinary());
    pdf.catalogue_keys = keys(pdf, s, page);
    places.Add(std::move(name), pdf.Finish(), false);
  };
  catalogue("in XMP", [](PdfMaker& pdf, const std::string& s, int) {
    return "/Metadata " + Ref(pdf.AddStream("/Type /Metadata /Subtype /XML",
                                            "<x:xmpmeta><dc:creator>" + s + "</dc:creator></x:xmpmeta>"));
  });
  catalogue("in a bookmark", [](PdfMaker& pdf, const std::string& s, int page) {
    const int root = pdf.Reserve();
    const int item = pdf.Add("<< /Title <" + HexEncode(Utf16("Letter to " + s)) + "> /Parent " + Ref(root) +
                             " /Dest [" + Ref(page) + " /Fit] >>");
    pdf.Set(root, "<< /Type /Outlines /First " + Ref(item) + " /Last " + Ref(item) + " /Count 1 >>");
    return "/Outlines " + Ref(root);
  });
  catalogue("as the name of a destination", [](PdfMaker&, const std::string& s, int page) {
    return "/Names << /Dests << /Names [(" + s + ") [" + Ref(page) + " /Fit]] >> >>";
  });
  catalogue("in an attached file", [](PdfMaker& pdf, const std::string& s, int) {
    const int file = pdf.AddStream("/Type /EmbeddedFile", "name,mail\nA,B," + s + "\n");
    return "/Names << /EmbeddedFiles << /Names [(list.csv) << /Type /Filespec /F (list.csv) /EF << /F " + Ref(file) +
           " >> >>] >> >>";
  });
  catalogue("in a script of the document", [](PdfMaker&, const std::string& s, int) {
    return "/OpenAction << /S /JavaScript /JS (var to = '" + s + "';) >>";
  });
  catalogue("in private data", [](PdfMaker&, const std::string& s, int) {
    return "/PieceInfo << /Maker << /LastModified (D:2026) /Private (" + s + ") >> >>";
  });
  catalogue("in a page label",
            [](PdfMaker&, const std::string& s, int) { return "/PageLabels << /Nums [0 << /P (" + s + ") >>] >>"; });
  catalogue("as an alternative text", [](PdfMaker& pdf, const std::string& s, int page) {
    const int root = pdf.Reserve();
    const int element =
        pdf.Add("<< /Type /StructElem /S /Figure /P " + Ref(root) + " /Pg " + Ref(page) + " /Alt (" + s + ") /K 0 >>");
    pdf.Set(root, "<< /Type /StructTreeRoot /K " + Ref(element) + " >>");
    return "/MarkInfo << /Marked true >> /StructTreeRoot " + Ref(root);
  });
  catalogue("in the thread of an article", [](PdfMaker& pdf, const std::string& s, int) {
    return "/Threads [" + Ref(pdf.Add("<< /Type /Thread /I << /Title (" + s + ") >> >>")) + "]";
  });
  catalogue("in a key of somebody's own", [](PdfMaker&, const std::string& s, int) { return "/XXKey (" + s + ")"; });

  std::string s = places.Next();
  PdfMaker info;
  info.trailer_keys = "/Info " + Ref(info.Add("<< /Author (" + s + ") /Title (A letter) >>"));
  info.AddPage(Ordinary());
  places.Add("in the properties", info.Finish(), false);

  s = places.Next();
  PdfMaker orphan;
  orphan.Add("(" + s + ")");
  orphan.AddPage(Ordinary());
  places.Add("in an object that nothing refers to", orphan.Finish(), false);

  s = places.Next();
  PdfMaker revised;
  const int page = revised.AddPage(Ordinary() + Line(72, 700, s));
  const std::string first = revised.Finish();
  const std::string ordinary = Ordinary();
  places.Add(
      "in an earlier revision",
      PdfMaker::Revised(first, page - 1,
                        "<< /Length " + std::to_string(ordinary.size()) + " >>\nstream\n" + ordinary + "\nendstream"),
      false);

  s = places.Next();
  places.Page("in private data of a page", "", false,
              "/PieceInfo << /A << /Private (" + s + ") >> >> /Note (" + s + ")");
}

}  // namespace

std::vector<HidingPlace> HidingPlaces() {
  Places places;
  AddPlainText(places);
  AddHiddenText(places);
  AddOtherStreams(places);
  AddFonts(places);
  AddNotes(places);
  AddDocument(places);
  return places.Take();
}

}  // namespace strongroom::pdf
