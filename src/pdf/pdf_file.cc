#include "pdf/pdf_file.h"

#include <new>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDFExc.hh>
#include <stdexcept>

namespace strongroom::pdf {
namespace {

constexpr std::string_view kNoPdf = "This is not a PDF, or it is damaged beyond reading.";

// Keeps what flows through, until the budget ends.
class BoundedSink : public Pipeline {
 public:
  BoundedSink(Budget& budget, std::string& out) : Pipeline("bounded", nullptr), budget_(budget), out_(out) {}
  void write(unsigned char const* data, size_t size) override {
    if (!budget_.SpendBytes(size)) throw std::runtime_error("the budget is spent");
    out_.append(reinterpret_cast<const char*>(data), size);
  }
  void finish() override {}

 private:
  Budget& budget_;
  std::string& out_;
};

}  // namespace

Status Budget::status() const {
  if (!spent_) return Status::Ok();
  return Status(Reason::kBodyTooLarge, "The PDF unfolds to more than may be gone through.");
}

Status PdfErrors(const std::function<Status()>& work) {
  try {
    return work();
  } catch (const QPDFExc& error) {
    if (error.getErrorCode() == qpdf_e_password)
      return Status(Reason::kUnsupportedMediaType, "The PDF is encrypted and needs a password: save it without one.");
    if (error.getErrorCode() == qpdf_e_unsupported)
      return Status(Reason::kUnsupportedMediaType, "The PDF is encrypted in a way that is not understood.");
    return Status(Reason::kUnsupportedMediaType, std::string(kNoPdf));
  } catch (const std::bad_alloc&) {
    return Status(Reason::kBodyTooLarge, "The PDF needs more memory than it may have.");
  } catch (const std::exception&) {
    return Status(Reason::kUnsupportedMediaType, std::string(kNoPdf));
  }
}

Result<std::unique_ptr<QPDF>> OpenPdf(std::string_view bytes, const paper::PaperLimits& limits) {
  if (bytes.size() > limits.bytes) return Status(Reason::kBodyTooLarge, "The PDF is larger than may be gone through.");
  if (bytes.substr(0, 1024).find("%PDF-") == std::string_view::npos)
    return Status(Reason::kUnsupportedMediaType, std::string(kNoPdf));
  auto pdf = std::make_unique<QPDF>();
  pdf->setSuppressWarnings(true);
  pdf->processMemoryFile("input", bytes.data(), bytes.size());
  const size_t pages = pdf->getAllPages().size();
  if (pages == 0) return Status(Reason::kUnsupportedMediaType, "The PDF has no page.");
  if (pages > limits.pages) {
    return Status(Reason::kBodyTooLarge, "The PDF has " + std::to_string(pages) + " pages; at most " +
                                             std::to_string(limits.pages) + " are gone through.");
  }
  return pdf;
}

StreamBytes DecodedStream(QPDFObjectHandle stream, Budget& budget, qpdf_stream_decode_level_e level) {
  StreamBytes result;
  if (!stream.isStream() || budget.spent()) return result;
  BoundedSink sink(budget, result.bytes);
  bool attempted = false;
  const bool good = stream.pipeStreamData(&sink, &attempted, 0, level, true, false);
  if (budget.spent()) result.bytes.clear();
  // Of broken data what came out counts: readers show it.
  result.decoded = attempted && (good || !result.bytes.empty());
  // What failed counts as not attempted; asked without a sink, it is told whether the filters are known.
  result.broken = !good && stream.pipeStreamData(nullptr, &attempted, 0, level, true, false);
  return result;
}

std::string PageContents(QPDFObjectHandle page, Budget& budget) {
  std::string all;
  QPDFObjectHandle contents = KeyOf(page, "/Contents");
  if (contents.isStream()) return DecodedStream(contents, budget).bytes;
  if (!contents.isArray()) return all;
  for (int i = 0; i < contents.getArrayNItems() && !budget.spent(); ++i) {
    all += DecodedStream(contents.getArrayItem(i), budget).bytes;
    all += '\n';
  }
  return all;
}

QPDFObjectHandle KeyOf(QPDFObjectHandle object, const std::string& key) {
  if (object.isStream()) return object.getDict().getKey(key);
  return object.isDictionary() ? object.getKey(key) : QPDFObjectHandle::newNull();
}

bool HasName(QPDFObjectHandle object, const std::string& key, std::string_view name) {
  QPDFObjectHandle value = KeyOf(object, key);
  return value.isName() && value.getName() == name;
}

double NumberOf(QPDFObjectHandle object, double otherwise) {
  return object.isNumber() ? Bounded(object.getNumericValue()) : otherwise;
}

double NumberAt(QPDFObjectHandle array, int index, double otherwise) {
  if (!array.isArray() || index >= array.getArrayNItems()) return otherwise;
  return NumberOf(array.getArrayItem(index), otherwise);
}

Matrix MatrixOf(QPDFObjectHandle array, const Matrix& otherwise) {
  if (!array.isArray() || array.getArrayNItems() != 6) return otherwise;
  return {NumberAt(array, 0), NumberAt(array, 1), NumberAt(array, 2),
          NumberAt(array, 3), NumberAt(array, 4), NumberAt(array, 5)};
}

QPDFObjectHandle Inherited(QPDFObjectHandle page, const std::string& key) {
  QPDFObjectHandle node = page;
  for (int depth = 0; depth < 64 && node.isDictionary(); ++depth) {
    QPDFObjectHandle value = node.getKey(key);
    if (!value.isNull()) return value;
    node = node.getKey("/Parent");
  }
  return QPDFObjectHandle::newNull();
}

View ViewOf(QPDFObjectHandle page) {
  const auto rectangle = [](QPDFObjectHandle array) {
    Box box;
    if (!array.isArray() || array.getArrayNItems() != 4) return box;
    const double x[] = {NumberAt(array, 0), NumberAt(array, 2)};
    const double y[] = {NumberAt(array, 1), NumberAt(array, 3)};
    return Box{std::min(x[0], x[1]), std::min(y[0], y[1]), std::max(x[0], x[1]), std::max(y[0], y[1])};
  };
  Box media = rectangle(Inherited(page, "/MediaBox"));
  if (media.empty()) media = {0, 0, 612, 792};
  Box crop = rectangle(Inherited(page, "/CropBox"));
  crop = crop.empty() ? media : Common(crop, media);
  if (crop.empty()) crop = media;
  const int turns = ((static_cast<int>(NumberOf(Inherited(page, "/Rotate"))) / 90 % 4) + 4) % 4;
  View view;
  view.width = turns % 2 == 0 ? crop.width() : crop.height();
  view.height = turns % 2 == 0 ? crop.height() : crop.width();
  // top and bottom of `crop` are the lesser and greater y of user space.
  switch (turns) {
    case 0:
      view.matrix = {1, 0, 0, -1, -crop.left, crop.bottom};
      break;
    case 1:
      view.matrix = {0, 1, 1, 0, -crop.top, -crop.left};
      break;
    case 2:
      view.matrix = {-1, 0, 0, 1, crop.right, -crop.top};
      break;
    default:
      view.matrix = {0, -1, -1, 0, crop.bottom, crop.right};
      break;
  }
  return view;
}

}  // namespace strongroom::pdf
