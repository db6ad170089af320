#include "pdf/image.h"

#include <algorithm>
#include <cmath>

#include "pdf/jpeg.h"

namespace strongroom::pdf {
namespace {

constexpr uint32_t kLargestSide = 1U << 16;

struct Space {
  enum class Kind : uint8_t { kGrey, kRgb, kCmyk, kLab, kIndexed, kInk };
  Kind kind = Kind::kGrey;
  uint32_t components = 1;
  std::string palette;  // of kIndexed: grey by index
};

uint8_t Luminance(double red, double green, double blue) {
  return static_cast<uint8_t>(std::clamp(std::lround(255 * (0.3 * red + 0.59 * green + 0.11 * blue)), 0L, 255L));
}

uint8_t GreyOfParts(const Space& space, const double* part) {
  switch (space.kind) {
    case Space::Kind::kRgb:
      return Luminance(part[0], part[1], part[2]);
    case Space::Kind::kCmyk: {
      const double light = 1 - part[3];
      return Luminance((1 - part[0]) * light, (1 - part[1]) * light, (1 - part[2]) * light);
    }
    case Space::Kind::kInk: {
      double light = 1;
      for (uint32_t i = 0; i < space.components; ++i) light = std::min(light, 1 - part[i]);
      return Luminance(light, light, light);
    }
    case Space::Kind::kIndexed: {
      const auto index = static_cast<size_t>(std::max(part[0], 0.0));
      return index < space.palette.size() ? static_cast<uint8_t>(space.palette[index]) : 255;
    }
    default:
      return Luminance(part[0], part[0], part[0]);
  }
}

Space SpaceOf(QPDFObjectHandle space, Budget& budget, int depth = 0) {
  Space result;
  std::string name = space.isName() ? space.getName() : std::string();
  if (space.isArray() && space.getArrayNItems() > 0 && space.getArrayItem(0).isName())
    name = space.getArrayItem(0).getName();
  const auto item = [&](int i) {
    return space.isArray() && i < space.getArrayNItems() ? space.getArrayItem(i) : QPDFObjectHandle::newNull();
  };
  if (name == "/DeviceRGB" || name == "/CalRGB") result = {Space::Kind::kRgb, 3, {}};
  if (name == "/DeviceCMYK") result = {Space::Kind::kCmyk, 4, {}};
  if (name == "/Lab") result = {Space::Kind::kLab, 3, {}};
  if (name == "/Separation") result = {Space::Kind::kInk, 1, {}};
  if (name == "/DeviceN")
    result = {Space::Kind::kInk,
              item(1).isArray() ? std::clamp(static_cast<uint32_t>(item(1).getArrayNItems()), 1U, 32U) : 1,
              {}};
  if (name == "/ICCBased") {
    QPDFObjectHandle count = KeyOf(item(1), "/N");
    const long long n = count.isInteger() ? count.getIntValue() : 1;
    if (n == 3) result = {Space::Kind::kRgb, 3, {}};
    if (n == 4) result = {Space::Kind::kCmyk, 4, {}};
  }
  if (name == "/Indexed" && depth == 0) {
    const Space base = SpaceOf(item(1), budget, 1);
    QPDFObjectHandle table = item(3);
    const std::string colours = table.isString() ? table.getStringValue() : DecodedStream(table, budget).bytes;
    result.kind = Space::Kind::kIndexed;
    for (size_t i = 0; i + base.components <= colours.size() && result.palette.size() < 4096; i += base.components) {
      double parts[32];
      for (uint32_t k = 0; k < base.components; ++k) parts[k] = static_cast<unsigned char>(colours[i + k]) / 255.0;
      result.palette += static_cast<char>(GreyOfParts(base, parts));
    }
  }
  return result;
}

// Whether SpaceOf() tells its components, and does not guess them.
bool IsKnownSpace(QPDFObjectHandle space) {
  if (space.isArray() && space.getArrayNItems() > 0) {
    QPDFObjectHandle name = space.getArrayItem(0);
    for (const char* kind : {"/CalGray", "/CalRGB", "/Lab", "/Separation", "/Indexed"}) {
      if (name.isNameAndEquals(kind)) return true;
    }
    if (name.isNameAndEquals("/DeviceN")) return space.getArrayNItems() > 1 && space.getArrayItem(1).isArray();
    if (name.isNameAndEquals("/ICCBased")) {
      const double count = space.getArrayNItems() > 1 ? NumberOf(KeyOf(space.getArrayItem(1), "/N")) : 0;
      return count == 1 || count == 3 || count == 4;
    }
    space = name;
  }
  return space.isNameAndEquals("/DeviceGray") || space.isNameAndEquals("/DeviceRGB") ||
         space.isNameAndEquals("/DeviceCMYK");
}

bool IsStencil(QPDFObjectHandle image) {
  QPDFObjectHandle mask = KeyOf(image, "/ImageMask");
  return mask.isBool() && mask.getBoolValue();
}

uint32_t IntegerOf(QPDFObjectHandle image, const std::string& key) {
  return static_cast<uint32_t>(std::clamp(NumberOf(KeyOf(image, key)), 0.0, 1e6));
}

uint32_t SampleAt(const Samples& samples, std::string_view row, size_t i) {
  const size_t bit = i * samples.bits;
  if (samples.bits == 8) return static_cast<unsigned char>(row[i]);
  if (samples.bits == 16)
    return static_cast<unsigned char>(row[2 * i]) * 256U + static_cast<unsigned char>(row[2 * i + 1]);
  const uint32_t byte = static_cast<unsigned char>(row[bit / 8]);
  return byte >> (8 - samples.bits - bit % 8) & ((1U << samples.bits) - 1);
}

void SetSample(const Samples& samples, char* row, size_t i, uint32_t value) {
  if (samples.bits == 8) {
    row[i] = static_cast<char>(value);
  } else if (samples.bits == 16) {
    row[2 * i] = static_cast<char>(value >> 8);
    row[2 * i + 1] = static_cast<char>(value & 0xFF);
  } else {
    const size_t bit = i * samples.bits;
    const auto shift = static_cast<unsigned>(8 - samples.bits - bit % 8);
    const uint32_t mask = ((1U << samples.bits) - 1) << shift;
    const uint32_t byte = static_cast<unsigned char>(row[bit / 8]);
    row[bit / 8] = static_cast<char>((byte & ~mask) | (value << shift & mask));
  }
}

bool Inverted(QPDFObjectHandle image) {
  QPDFObjectHandle decode = KeyOf(image, "/Decode");
  return NumberAt(decode, 0, 0) > NumberAt(decode, 1, 1);
}

// Of a soft mask or a stencil, the share of light that passes: 255 where the picture shows.
paper::Picture MaskOf(QPDFObjectHandle image, const paper::PaperLimits& limits, Budget& budget) {
  paper::Picture picture;
  for (const char* key : {"/SMask", "/Mask"}) {
    QPDFObjectHandle mask = KeyOf(image, key);
    if (!mask.isStream()) continue;
    const std::optional<Samples> samples = SamplesOf(mask, limits, budget);
    if (!samples) continue;
    picture.width = samples->width;
    picture.height = samples->height;
    const bool turned = Inverted(mask) != IsStencil(mask);  // a stencil's 1 hides
    const uint32_t most = (1U << samples->bits) - 1;
    for (uint32_t y = 0; y < samples->height; ++y) {
      const std::string_view row = std::string_view(samples->bytes).substr(y * samples->stride(), samples->stride());
      for (uint32_t x = 0; x < samples->width; ++x) {
        const uint32_t value = SampleAt(*samples, row, size_t{x} * samples->components) * 255 / most;
        picture.samples += static_cast<char>(turned ? 255 - value : value);
      }
    }
    return picture;
  }
  return picture;
}

}  // namespace

std::optional<Samples> SamplesOf(QPDFObjectHandle image, const paper::PaperLimits& limits, Budget& budget) {
  Samples samples;
  samples.width = IntegerOf(image, "/Width");
  samples.height = IntegerOf(image, "/Height");
  const uint64_t pixels = uint64_t{samples.width} * samples.height;
  if (pixels == 0 || samples.width > kLargestSide || samples.height > kLargestSide || pixels > limits.pixels)
    return std::nullopt;
  samples.bits = IsStencil(image) ? 1 : IntegerOf(image, "/BitsPerComponent");
  QPDFObjectHandle filter = KeyOf(image, "/Filter");
  if (filter.isArray() && filter.getArrayNItems() > 0) filter = filter.getArrayItem(filter.getArrayNItems() - 1);
  samples.from_jpeg = filter.isName() && (filter.getName() == "/DCTDecode" || filter.getName() == "/DCT");
  samples.components = IsStencil(image) ? 1 : SpaceOf(KeyOf(image, "/ColorSpace"), budget).components;
  StreamBytes stream = DecodedStream(image, budget, qpdf_dl_all);
  if (!stream.decoded) return std::nullopt;
  if (samples.from_jpeg) {
    samples.bits = 8;
    const uint64_t count = stream.bytes.size() / pixels;
    if (count * pixels != stream.bytes.size() || (count != 1 && count != 3 && count != 4)) return std::nullopt;
    samples.components = static_cast<uint32_t>(count);
  }
  if (samples.bits == 0 && samples.components == 1 && stream.bytes.size() == pixels) samples.bits = 8;
  if (samples.bits != 1 && samples.bits != 2 && samples.bits != 4 && samples.bits != 8 && samples.bits != 16)
    return std::nullopt;
  stream.bytes.resize(samples.stride() * samples.height);
  samples.bytes = std::move(stream.bytes);
  return samples;
}

paper::Picture GreyOf(QPDFObjectHandle image, const Samples& samples, bool mirrored, const paper::PaperLimits& limits,
                      Budget& budget) {
  Space space = SpaceOf(KeyOf(image, "/ColorSpace"), budget);
  if (IsStencil(image)) space = Space{};
  if (space.components != samples.components && space.kind != Space::Kind::kIndexed) {
    space = samples.components == 3   ? Space{Space::Kind::kRgb, 3, {}}
            : samples.components == 4 ? Space{Space::Kind::kCmyk, 4, {}}
                                      : Space{};
  }
  QPDFObjectHandle decode = KeyOf(image, "/Decode");
  const uint32_t most = (1U << samples.bits) - 1;
  const paper::Picture mask = MaskOf(image, limits, budget);
  paper::Picture picture;
  picture.width = samples.width;
  picture.height = samples.height;
  picture.samples.resize(size_t{samples.width} * samples.height);
  const uint32_t count = samples.components;
  double low[32];
  double step[32];
  for (uint32_t i = 0; i < count; ++i) {
    const bool indexed = space.kind == Space::Kind::kIndexed;
    low[i] = space.kind == Space::Kind::kLab ? 0 : NumberAt(decode, static_cast<int>(2 * i), 0);
    const double high =
        space.kind == Space::Kind::kLab ? 1 : NumberAt(decode, static_cast<int>(2 * i + 1), indexed ? most : 1);
    step[i] = (high - low[i]) / most;
  }
  for (uint32_t y = 0; y < samples.height; ++y) {
    const std::string_view row = std::string_view(samples.bytes).substr(y * samples.stride(), samples.stride());
    for (uint32_t x = 0; x < samples.width; ++x) {
      double parts[32];
      for (uint32_t i = 0; i < count; ++i) parts[i] = low[i] + step[i] * SampleAt(samples, row, size_t{x} * count + i);
      uint32_t grey = GreyOfParts(space, parts);
      if (mask.width > 0) {
        const size_t at =
            size_t{y} * mask.height / samples.height * mask.width + size_t{x} * mask.width / samples.width;
        const uint32_t shows = static_cast<unsigned char>(mask.samples[at]);
        grey = (grey * shows + 255 * (255 - shows)) / 255;
      }
      const uint32_t column = mirrored ? samples.width - 1 - x : x;
      picture.samples[size_t{y} * samples.width + column] = static_cast<char>(grey);
    }
  }
  return picture;
}

void BurnSamples(QPDFObjectHandle image, Samples& samples, const std::vector<Box>& boxes) {
  const uint32_t most = (1U << samples.bits) - 1;
  const bool inverted = Inverted(image);
  QPDFObjectHandle space = KeyOf(image, "/ColorSpace");
  const bool ink =
      space.isArray() && space.getArrayNItems() > 0 &&
      (space.getArrayItem(0).isNameAndEquals("/Separation") || space.getArrayItem(0).isNameAndEquals("/DeviceN"));
  const auto fill = [&](uint32_t component) {
    const bool full = ink || (samples.components == 4 && component == 3);
    return full != inverted ? most : 0;
  };
  for (const Box& box : boxes) {
    const auto pixel = [](double share, uint32_t size, double by) {
      return static_cast<uint32_t>(std::clamp(share * size + by, 0.0, static_cast<double>(size)));
    };
    const uint32_t left = pixel(box.left, samples.width, -1);
    const uint32_t right = pixel(box.right, samples.width, 2);
    const uint32_t top = pixel(box.top, samples.height, -1);
    const uint32_t bottom = pixel(box.bottom, samples.height, 2);
    for (uint32_t y = top; y < bottom; ++y) {
      char* row = samples.bytes.data() + y * samples.stride();
      for (uint32_t x = left; x < right; ++x) {
        for (uint32_t i = 0; i < samples.components; ++i)
          SetSample(samples, row, size_t{x} * samples.components + i, fill(i));
      }
    }
  }
}

namespace {

// A mask has none of its own, whatever it says (ISO 32000-1 section 8.9.5, table 89): masks of strangers may go round.
bool BurnWithMasks(QPDFObjectHandle image, bool is_mask, const std::vector<Box>& boxes,
                   const paper::PaperLimits& limits, Budget& budget) {
  std::optional<Samples> samples = SamplesOf(image, limits, budget);
  if (!samples) return false;
  for (const char* key : {"/SMask", "/Mask"}) {
    QPDFObjectHandle mask = KeyOf(image, key);
    if (!mask.isStream()) continue;
    // One that cannot be blackened goes: its outline may be the text.
    if (is_mask || !BurnWithMasks(mask, true, boxes, limits, budget)) image.getDict().removeKey(key);
  }
  BurnSamples(image, *samples, boxes);
  QPDFObjectHandle dictionary = image.getDict();
  if (samples->from_jpeg) {
    dictionary.replaceKey("/BitsPerComponent", QPDFObjectHandle::newInteger(8));
    Budget none(limits);
    if (SpaceOf(KeyOf(image, "/ColorSpace"), none).components != samples->components) {
      dictionary.replaceKey("/ColorSpace", QPDFObjectHandle::newName(samples->components == 3   ? "/DeviceRGB"
                                                                     : samples->components == 4 ? "/DeviceCMYK"
                                                                                                : "/DeviceGray"));
    }
  }
  image.replaceStreamData(samples->bytes, QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull());
  return true;
}

}  // namespace

bool BurnImage(QPDFObjectHandle image, const std::vector<Box>& boxes, const paper::PaperLimits& limits,
               Budget& budget) {
  return BurnWithMasks(image, false, boxes, limits, budget);
}

void ReplaceImage(QPDFObjectHandle image, const paper::Picture& pixels) {
  QPDFObjectHandle dictionary = image.getDict();
  for (const char* key : {"/SMask", "/Mask", "/ImageMask", "/Decode", "/SMaskInData", "/Intent"})
    dictionary.removeKey(key);
  dictionary.replaceKey("/Width", QPDFObjectHandle::newInteger(pixels.width));
  dictionary.replaceKey("/Height", QPDFObjectHandle::newInteger(pixels.height));
  dictionary.replaceKey("/BitsPerComponent", QPDFObjectHandle::newInteger(8));
  dictionary.replaceKey("/ColorSpace", QPDFObjectHandle::newName(pixels.channels == 3 ? "/DeviceRGB" : "/DeviceGray"));
  image.replaceStreamData(pixels.samples, QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull());
}

namespace {

bool IsJpegFilter(QPDFObjectHandle filter) {
  return filter.isNameAndEquals("/DCTDecode") || filter.isNameAndEquals("/DCT");
}

// How many bytes its samples are; nothing when that cannot be told for certain.
std::optional<size_t> SizeOf(QPDFObjectHandle image, Budget& budget) {
  Samples samples;
  samples.width = IntegerOf(image, "/Width");
  samples.height = IntegerOf(image, "/Height");
  if (samples.width == 0 || samples.height == 0 || samples.width > kLargestSide || samples.height > kLargestSide)
    return std::nullopt;
  if (IsStencil(image)) {
    samples.bits = 1;
  } else {
    QPDFObjectHandle space = KeyOf(image, "/ColorSpace");
    if (!IsKnownSpace(space)) return std::nullopt;
    samples.components = SpaceOf(space, budget).components;
    samples.bits = IntegerOf(image, "/BitsPerComponent");
    if (samples.bits == 0 || samples.bits > 16) return std::nullopt;
  }
  return samples.stride() * samples.height;
}

}  // namespace

std::optional<std::string> JpegDataOf(QPDFObjectHandle image, const paper::PaperLimits& limits) {
  const std::shared_ptr<Buffer> buffer = image.getRawStreamData();
  return JpegAnew({reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize()}, limits);
}

bool IsJpeg(QPDFObjectHandle image) {
  QPDFObjectHandle filter = KeyOf(image, "/Filter");
  if (filter.isArray() && filter.getArrayNItems() == 1) filter = filter.getArrayItem(0);
  return IsJpegFilter(filter);
}

std::optional<PictureData> DataOf(QPDFObjectHandle image, Budget& budget) {
  StreamBytes stream = DecodedStream(image, budget);
  if (!stream.decoded && !stream.broken) return std::nullopt;
  const std::optional<size_t> size = SizeOf(image, budget);
  const bool longer = size && stream.bytes.size() > *size;
  if (longer) stream.bytes.resize(*size);
  return PictureData{std::move(stream.bytes), longer || stream.broken};
}

void ScrubImage(QPDFObjectHandle image, const paper::PaperLimits& limits, Budget& budget) {
  if (IsJpeg(image)) {
    if (const std::optional<std::string> anew = JpegDataOf(image, limits)) {
      image.replaceStreamData(*anew, QPDFObjectHandle::newName("/DCTDecode"), image.getDict().getKey("/DecodeParms"));
    } else if (!BurnImage(image, {}, limits, budget)) {
      ReplaceImage(image, {1, 1, 1, 0, std::string("\xFF", 1)});  // nobody else can be trusted to show no more of it
    }
    return;
  }
  QPDFObjectHandle filter = KeyOf(image, "/Filter");
  for (int i = 0; filter.isArray() && i < filter.getArrayNItems(); ++i) {
    if (!IsJpegFilter(filter.getArrayItem(i))) continue;
    BurnImage(image, {}, limits, budget);
    return;
  }
  const std::optional<PictureData> data = DataOf(image, budget);
  // Data that do not decode to their end would be written as they came, with whatever stands behind that.
  if (data && data->trimmed)
    image.replaceStreamData(data->bytes, QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull());
}

void ScrubStream(QPDFObjectHandle stream, Budget& budget) {
  if (KeyOf(stream, "/Filter").isNull()) return;
  const StreamBytes decoded = DecodedStream(stream, budget);
  if (decoded.broken) stream.replaceStreamData(decoded.bytes, QPDFObjectHandle::newNull(), QPDFObjectHandle::newNull());
}

Box InPicture(const Matrix& to_view, const Box& box) {
  if (!to_view.Invertible()) return {0, 0, 1, 1};
  Box unit = to_view.Inverse().Around(box.left, box.top, box.right, box.bottom);
  return {unit.left, 1 - unit.bottom, unit.right, 1 - unit.top};
}

}  // namespace strongroom::pdf
