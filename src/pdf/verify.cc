#include "pdf/verify.h"

#include <deque>
#include <set>
#include <utility>

#include "pdf/interpreter.h"
#include "pdf/page_lines.h"

namespace strongroom::pdf {
namespace {

constexpr uint32_t kDotsPerInch = 150;

Status Left(const std::string& where) {
  return Status(Reason::kInternal,
                "Something that was to be taken out is still in the PDF (" + where + "); it was not saved.");
}

// The strings of a content stream or a CMap, each by itself and all of one operation joined.
bool InStringsOf(std::string_view content, const TakenValues& values) {
  ContentReader reader(content);
  std::string joined;
  for (Token token = reader.NextToken(); !token.Is(Token::Kind::kEnd); token = reader.NextToken()) {
    if (token.Is(Token::Kind::kString)) {
      joined += StringOf(token);
    } else if (token.Is(Token::Kind::kOperator)) {
      if (!joined.empty() && values.InString(joined)) return true;
      joined.clear();
    }
  }
  return false;
}

// Pages and objects are gone through one after the other.
paper::PaperLimits Twice(paper::PaperLimits limits) {
  limits.inflated_bytes *= 2;
  return limits;
}

class Verifier {
 public:
  Verifier(std::string_view bytes, const TakenValues& values, const paper::PaperOptions& options)
      : bytes_(bytes), values_(values), options_(options), budget_(Twice(options.limits)) {}

  Status Run(const std::vector<uint32_t>& drawn) {
    if (values_.InBytes(bytes_)) return Left("its bytes");
    ASSIGN_OR_RETURN(const std::unique_ptr<QPDF> pdf, OpenPdf(bytes_, options_.limits));
    if (values_.size() > 0) {
      RETURN_IF_ERROR(Pages(*pdf));
      RETURN_IF_ERROR(Objects(*pdf));
    }
    return Drawings(drawn);
  }

 private:
  Status Pages(QPDF& pdf) {
    const std::vector<QPDFObjectHandle> pages = pdf.getAllPages();
    StreamTable streams(pages.size());
    FontCache fonts;
    const Layers layers(pdf.getRoot());
    const std::map<QPDFObjGen, Level> levels;
    Interpreter interpreter(pdf, streams, fonts, layers, levels, budget_);
    for (uint32_t i = 0; i < pages.size(); ++i) {
      const std::string contents = PageContents(pages[i], budget_);
      PageScan scan = interpreter.Scan(pages[i], i, contents, false);
      RETURN_IF_ERROR(budget_.status());
      const std::string where = "page " + std::to_string(i + 1);
      std::string painted;
      for (Glyph& glyph : scan.glyphs) {
        painted += scan.TextOf(glyph);
        glyph.hidden = HiddenBy::kNothing;  // hidden or not: it must not be there
      }
      if (!values_.Find(painted).empty()) return Left(where);
      for (uint32_t unit = 0; unit < scan.units; ++unit) {
        const PageOrders orders = ReadInOrder(scan, unit);
        if (!values_.Find(orders.rows.text).empty() || !values_.Find(orders.columns.text).empty()) return Left(where);
      }
    }
    return Status::Ok();
  }

  Status Objects(QPDF& pdf) {
    for (QPDFObjectHandle object : pdf.getAllObjects()) {
      if (!budget_.SpendWork(1)) break;
      if (!Clean(object)) return Left("an object");
      if (!object.isStream()) continue;
      const bool image = HasName(object, "/Subtype", "/Image");
      const StreamBytes stream = DecodedStream(object, budget_);
      RETURN_IF_ERROR(budget_.status());
      if (values_.InBytes(stream.bytes)) return Left("a stream");
      const bool content = HasName(object, "/Subtype", "/Form") || object.getDict().getKeys().size() <= 3 ||
                           object.getDict().hasKey("/PatternType");
      const bool map = stream.bytes.find("begincmap") != std::string::npos;
      if (!image && content && !map && InStringsOf(stream.bytes, values_)) return Left("a content stream");
    }
    return budget_.status();
  }

  // Strings and names of one object, without those it refers to.
  bool Clean(QPDFObjectHandle object) {
    std::vector<QPDFObjectHandle> open{object};
    bool first = true;
    while (!open.empty()) {
      QPDFObjectHandle at = open.back();
      open.pop_back();
      if (at.isIndirect() && !first) continue;
      first = false;
      if (at.isString() && values_.InString(at.getStringValue())) return false;
      if (at.isName() && values_.InName(at.getName())) return false;
      if (at.isArray()) {
        for (int i = 0; i < at.getArrayNItems(); ++i) open.push_back(at.getArrayItem(i));
      }
      QPDFObjectHandle dictionary = at.isStream() ? at.getDict() : at;
      if (!dictionary.isDictionary()) continue;
      for (const std::string& key : dictionary.getKeys()) {
        if (values_.InName(key)) return false;
        open.push_back(dictionary.getKey(key));
      }
    }
    return true;
  }

  Status Drawings(const std::vector<uint32_t>& drawn) {
    if (!options_.read || !options_.render || values_.size() == 0) return Status::Ok();
    const uint64_t ahead = options_.begin_to_read ? options_.pages_ahead : 0;
    std::deque<paper::Picture> drawings;  // of the next pages
    size_t next = 0;
    for (size_t i = 0; i < drawn.size(); ++i) {
      for (; next < drawn.size() && next <= i + ahead; ++next) {
        ASSIGN_OR_RETURN(paper::Picture drawing, options_.render(bytes_, drawn[next] + 1, kDotsPerInch));
        drawing.dots_per_inch = kDotsPerInch;
        if (ahead > 0) options_.begin_to_read(drawing);
        drawings.push_back(std::move(drawing));
      }
      ASSIGN_OR_RETURN(const paper::PageText words, options_.read(drawings.front()));
      drawings.pop_front();
      if (!values_.Find(words.text).empty()) return Left("the drawing of page " + std::to_string(drawn[i] + 1));
    }
    return Status::Ok();
  }

  const std::string_view bytes_;
  const TakenValues& values_;
  const paper::PaperOptions& options_;
  Budget budget_;
};

}  // namespace

Status VerifyGone(std::string_view bytes, const TakenValues& values, const std::vector<uint32_t>& drawn,
                  const paper::PaperOptions& options) {
  return Verifier(bytes, values, options).Run(drawn);
}

}  // namespace strongroom::pdf
