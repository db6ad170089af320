#include "factors/qr_code.h"

#include <qrencode.h>

#include <memory>
#include <string>

namespace strongroom {
namespace {

constexpr size_t kMostTextBytes = 1000;
constexpr int kQuietModules = 4;  // ISO/IEC 18004, 5.3.8

struct WipeAndFree {
  void operator()(QRcode* code) const {
    WipeMemory(code->data, static_cast<size_t>(code->width) * static_cast<size_t>(code->width));
    QRcode_free(code);
  }
};

bool IsDark(const QRcode& code, int x, int y) { return (code.data[y * code.width + x] & 1) != 0; }

// Each run of dark modules in a row is one rectangle of the path, so that no hairlines show between modules.
void AppendRow(const QRcode& code, int y, Bytes& path) {
  for (int x = 0; x < code.width;) {
    if (!IsDark(code, x, y)) {
      ++x;
      continue;
    }
    const int start = x;
    while (x < code.width && IsDark(code, x, y)) ++x;
    const std::string run = std::to_string(x - start);
    path += "M" + std::to_string(start + kQuietModules) + " " + std::to_string(y + kQuietModules) + "h" + run + "v1h-" +
            run + "z";
  }
}

}  // namespace

Result<SecretBytes> QrCodeSvg(const SecretBytes& text) {
  if (text.empty() || text.size() > kMostTextBytes) {
    return Status(Reason::kInvalidArgument, "a QR code takes 1 to 1000 bytes here");
  }
  const std::unique_ptr<QRcode, WipeAndFree> code(
      QRcode_encodeData(static_cast<int>(text.size()),
                        reinterpret_cast<const unsigned char*>(ExposeSecret(text).data()), 0, QR_ECLEVEL_M));
  if (code == nullptr) return Status(Reason::kInternal, "the QR code cannot be made");
  const std::string side = std::to_string(code->width + 2 * kQuietModules);
  Bytes svg;
  // A run is at most a few words long and there is at most one for every two modules: nothing is moved while it grows.
  svg.reserve(256 + static_cast<size_t>(code->width) * static_cast<size_t>(code->width) * 12);
  svg += "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side +
         "H0z\"/><path fill=\"#000\" d=\"";
  for (int y = 0; y < code->width; ++y) AppendRow(*code, y, svg);
  svg += "\"/></svg>";
  SecretBytes result = SecretBytes::CopyOf(svg);
  WipeString(svg);
  return result;
}

}  // namespace strongroom
