#include "pdf/inline_image.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "pdf/pdf_file.h"

namespace strongroom::pdf {
namespace {

constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
    {"/BPC", "/BitsPerComponent"}, {"/CS", "/ColorSpace"}, {"/D", "/Decode"},
    {"/DP", "/DecodeParms"},       {"/F", "/Filter"},      {"/H", "/Height"},
    {"/IM", "/ImageMask"},         {"/I", "/Interpolate"}, {"/W", "/Width"}};
constexpr std::pair<std::string_view, std::string_view> kValues[] = {
    {"/G", "/DeviceGray"},       {"/RGB", "/DeviceRGB"},      {"/CMYK", "/DeviceCMYK"}, {"/I", "/Indexed"},
    {"/AHx", "/ASCIIHexDecode"}, {"/A85", "/ASCII85Decode"},  {"/LZW", "/LZWDecode"},   {"/Fl", "/FlateDecode"},
    {"/RL", "/RunLengthDecode"}, {"/CCF", "/CCITTFaxDecode"}, {"/DCT", "/DCTDecode"}};

template <size_t kCount>
std::string SpeltOut(const std::string& name, const std::pair<std::string_view, std::string_view> (&table)[kCount]) {
  for (const auto& [shortened, whole] : table) {
    if (name == shortened) return std::string(whole);
  }
  return name;
}

QPDFObjectHandle SpeltOut(QPDFObjectHandle value) {
  if (value.isName()) return QPDFObjectHandle::newName(SpeltOut(value.getName(), kValues));
  if (!value.isArray()) return value;
  for (int i = 0; i < value.getArrayNItems(); ++i) value.setArrayItem(i, SpeltOut(value.getArrayItem(i)));
  return value;
}

// Of a colour space of the resources its name, which is how content may say it.
constexpr char kSpaceAsWritten[] = "/StrongroomSpace";

}  // namespace

QPDFObjectHandle InlineImageAsStream(QPDF& pdf, const Operation& operation, QPDFObjectHandle resources) {
  std::string source = "<<";
  for (const Token& token : operation.operands) source += " " + std::string(token.raw);
  source += " >>";
  if (source.size() > 200'000) return QPDFObjectHandle::newNull();
  QPDFObjectHandle written;
  try {
    written = QPDFObjectHandle::parse(source);
  } catch (const std::exception&) {
    return QPDFObjectHandle::newNull();  // strangers' words between BI and ID
  }
  if (!written.isDictionary()) return QPDFObjectHandle::newNull();
  QPDFObjectHandle stream = pdf.newStream(std::string());
  QPDFObjectHandle filter = QPDFObjectHandle::newNull();
  QPDFObjectHandle parameters = QPDFObjectHandle::newNull();
  for (const std::string& key : written.getKeys()) {
    const std::string whole = SpeltOut(key, kKeys);
    QPDFObjectHandle value = SpeltOut(written.getKey(key));
    if (whole == "/Filter") {
      filter = value;
    } else if (whole == "/DecodeParms") {
      parameters = value;
    } else if (whole != "/Length" && whole != "/L") {
      stream.getDict().replaceKey(whole, value);
    }
  }
  QPDFObjectHandle space = stream.getDict().getKey("/ColorSpace");
  if (space.isName()) {
    QPDFObjectHandle named = KeyOf(KeyOf(resources, "/ColorSpace"), space.getName());
    if (!named.isNull()) {
      stream.getDict().replaceKey("/ColorSpace", named);
      stream.getDict().replaceKey(kSpaceAsWritten, space);
    }
  }
  stream.replaceStreamData(std::string(operation.data), filter, parameters);
  return stream;
}

std::string InlineImageOf(QPDFObjectHandle image, std::string_view bytes, bool jpeg) {
  QPDFObjectHandle dictionary = image.getDict();
  std::string out = "BI";
  for (const auto& [shortened, whole] : kKeys) {
    QPDFObjectHandle value = dictionary.getKey(std::string(whole));
    if (whole == "/ColorSpace" && dictionary.hasKey(kSpaceAsWritten)) value = dictionary.getKey(kSpaceAsWritten);
    if (whole == "/Filter" || whole == "/DecodeParms" || value.isNull()) continue;
    out += " " + std::string(shortened) + " " + value.unparseResolved();
  }
  out += jpeg ? " /F [/AHx /DCT] ID " : " /F /AHx ID ";
  out += HexEncode(bytes);
  return out + ">\nEI";
}

}  // namespace strongroom::pdf
