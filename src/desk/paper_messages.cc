#include "desk/paper_messages.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/encoding.h"

namespace strongroom::desk {
namespace {

using paper::Box;
using paper::PageBox;

constexpr size_t kMostNames = 1000;
constexpr size_t kMostNotes = 200;
constexpr size_t kMostNoteBytes = 500;
constexpr size_t kMostFinds = 1'000'000;

Status Nonsense() { return Status(Reason::kInternal, "The sandbox answered nonsense."); }

void PutDouble(ByteWriter& writer, double value) { writer.U64(std::bit_cast<uint64_t>(value)); }
// A place on a page: what is none is 0.
double GetDouble(ByteReader& reader) {
  constexpr double kMost = 1e7;
  const auto value = std::bit_cast<double>(reader.U64());
  return std::isfinite(value) ? std::clamp(value, -kMost, kMost) : 0;
}

float GetScore(ByteReader& reader) {
  const auto score = std::bit_cast<float>(reader.U32());
  return score >= 0 && score <= 1 ? score : 0;
}

void PutBox(ByteWriter& writer, const Box& box) {
  for (const double value : {box.left, box.top, box.right, box.bottom}) PutDouble(writer, value);
}
Box GetBox(ByteReader& reader) {
  Box box;
  for (double* const value : {&box.left, &box.top, &box.right, &box.bottom}) *value = GetDouble(reader);
  return box;
}

void PutBoxes(ByteWriter& writer, const std::vector<Box>& boxes) {
  writer.U32(static_cast<uint32_t>(boxes.size()));
  for (const Box& box : boxes) PutBox(writer, box);
}
std::vector<Box> GetBoxes(ByteReader& reader) {
  std::vector<Box> boxes;
  for (uint32_t left = reader.U32(); left > 0 && !reader.failed(); --left) boxes.push_back(GetBox(reader));
  return boxes;
}

void PutPageBoxes(ByteWriter& writer, const std::vector<PageBox>& boxes) {
  writer.U32(static_cast<uint32_t>(boxes.size()));
  for (const PageBox& box : boxes) {
    writer.U32(box.page);
    PutBox(writer, box.box);
  }
}
std::vector<PageBox> GetPageBoxes(ByteReader& reader) {
  std::vector<PageBox> boxes;
  for (uint32_t left = reader.U32(); left > 0 && !reader.failed(); --left) {
    const uint32_t page = reader.U32();
    boxes.push_back({page, GetBox(reader)});
  }
  return boxes;
}

// Texts of a worker are shown to people: what is not printable ASCII was a stranger's.
std::string Shown(std::string_view text, size_t most) {
  std::string shown(text.substr(0, most));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return shown;
}

}  // namespace

bool IsLanguageName(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), fits);
}

std::optional<redact::Format> PaperFormatOf(std::string_view bytes) {
  using std::string_view_literals::operator""sv;
  // Readers of PDF look for its mark in the first KiB (ISO 32000-1, annex H, note 13).
  if (bytes.substr(0, 1024).find("%PDF-") != std::string_view::npos) return redact::Format::kPdf;
  for (const std::string_view mark :
       {"\x89PNG\r\n\x1A\n"sv, "\xFF\xD8\xFF"sv, "II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (bytes.starts_with(mark)) return redact::Format::kScan;
  }
  return std::nullopt;
}

Bytes PackAsk(const PaperAsk& ask) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U8(static_cast<uint8_t>(ask.task));
  writer.U8(static_cast<uint8_t>(ask.format));
  writer.U8(static_cast<uint8_t>(ask.mode));
  for (size_t kind = 0; kind < detect::kKindCount; ++kind)
    writer.U8(ask.selection.kinds.Has(static_cast<detect::Kind>(kind)) ? 1 : 0);
  writer.U32(std::bit_cast<uint32_t>(ask.selection.min_score));
  writer.Prefixed(ask.stand_in_key);
  writer.U64(static_cast<uint64_t>(ask.now));
  PutPageBoxes(writer, ask.boxes);
  PutPageBoxes(writer, ask.lifted);
  for (const bool flag : {ask.search, ask.keep_unread, ask.read_pictures}) writer.U8(flag ? 1 : 0);
  writer.U32(static_cast<uint32_t>(ask.languages.size()));
  for (const std::string& language : ask.languages) writer.Prefixed(language);
  writer.U32(static_cast<uint32_t>(ask.parts.size()));
  for (const uint64_t size : ask.parts) writer.U64(size);
  writer.U32(ask.readers);
  writer.U32(ask.draw_page);
  writer.U32(ask.dots_per_inch);
  writer.U32(ask.limits.pages);
  for (const uint64_t limit : {ask.limits.pixels, ask.limits.bytes, ask.limits.inflated_bytes}) writer.U64(limit);
  return packed;
}

Result<PaperAsk> UnpackAsk(std::string_view bytes) {
  ByteReader reader(bytes);
  PaperAsk ask;
  ask.task = static_cast<Task>(reader.U8());
  ask.format = static_cast<redact::Format>(reader.U8());
  ask.mode = static_cast<redact::Mode>(reader.U8());
  ask.selection.kinds = detect::KindSet();
  for (size_t kind = 0; kind < detect::kKindCount; ++kind) {
    if (reader.U8() != 0) ask.selection.kinds.Add(static_cast<detect::Kind>(kind));
  }
  ask.selection.min_score = std::bit_cast<float>(reader.U32());
  ask.stand_in_key = reader.Prefixed();
  ask.now = static_cast<UnixMillis>(reader.U64());
  ask.boxes = GetPageBoxes(reader);
  ask.lifted = GetPageBoxes(reader);
  for (bool* const flag : {&ask.search, &ask.keep_unread, &ask.read_pictures}) *flag = reader.U8() != 0;
  for (uint32_t left = reader.U32(); left > 0 && !reader.failed(); --left)
    ask.languages.emplace_back(reader.Prefixed());
  for (uint32_t left = reader.U32(); left > 0 && !reader.failed(); --left) ask.parts.push_back(reader.U64());
  ask.readers = reader.U32();
  ask.draw_page = reader.U32();
  ask.dots_per_inch = reader.U32();
  ask.limits.pages = reader.U32();
  for (uint64_t* const limit : {&ask.limits.pixels, &ask.limits.bytes, &ask.limits.inflated_bytes})
    *limit = reader.U64();
  RETURN_IF_ERROR(reader.Finish("an ask"));
  return ask;
}

Bytes PackFind(const redact::Found& found) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U8(static_cast<uint8_t>(found.kind));
  writer.U32(std::bit_cast<uint32_t>(found.score));
  for (const uint64_t number : {found.place.byte, found.place.line, found.place.column}) writer.U64(number);
  for (const std::string_view text :
       {found.subtype, found.rule, std::string_view(found.place.part), std::string_view(found.place.path)})
    writer.Prefixed(text);
  return packed;
}

Bytes PackPage(const paper::PaperPage& page) {
  Bytes packed;
  ByteWriter writer(packed);
  for (const double value : {page.width, page.height, page.unread_share}) PutDouble(writer, value);
  writer.U32(page.words);
  PutBoxes(writer, page.unread);
  writer.U32(static_cast<uint32_t>(page.found.size()));
  for (const paper::FoundBox& found : page.found) {
    writer.U8(static_cast<uint8_t>(found.kind));
    writer.U8(found.lifted ? 1 : 0);
    writer.U32(std::bit_cast<uint32_t>(found.score));
    for (const std::string_view text : {found.subtype, found.rule, found.place}) writer.Prefixed(text);
    PutBoxes(writer, found.boxes);
  }
  return packed;
}

Bytes PackNaive(const NaiveFind& find) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U32(find.page);
  writer.U32(find.characters);
  writer.Prefixed(find.what);
  PutBoxes(writer, find.boxes);
  return packed;
}

Bytes PackSummary(const paper::PaperResult& result) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U32(result.document_finds);
  writer.U8(result.signatures_void ? 1 : 0);
  return packed;
}

Bytes PackPart(uint64_t size) {
  Bytes packed;
  ByteWriter(packed).U64(size);
  return packed;
}

Bytes PackProgress(uint32_t page, uint32_t pages) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U32(page);
  writer.U32(pages);
  return packed;
}

Bytes PackPicture(const paper::Picture& picture) {
  Bytes packed;
  ByteWriter writer(packed);
  for (const uint32_t number : {picture.width, picture.height, picture.channels, picture.dots_per_inch})
    writer.U32(number);
  writer.Raw(picture.samples);
  return packed;
}

Result<paper::Picture> UnpackPicture(std::string_view bytes) {
  ByteReader reader(bytes);
  paper::Picture picture;
  for (uint32_t* const number : {&picture.width, &picture.height, &picture.channels, &picture.dots_per_inch})
    *number = reader.U32();
  picture.samples = reader.Rest();
  const bool whole = (picture.channels == 1 || picture.channels == 3) && picture.width > 0 && picture.height > 0 &&
                     picture.samples.size() / picture.channels == uint64_t{picture.width} * picture.height &&
                     picture.samples.size() % picture.channels == 0;
  if (reader.failed() || !whole) return Nonsense();
  return picture;
}

Bytes PackText(const paper::PageText& text) {
  Bytes packed;
  ByteWriter writer(packed);
  PutDouble(writer, text.width);
  PutDouble(writer, text.height);
  writer.Prefixed(text.text);
  writer.U32(static_cast<uint32_t>(text.pieces.size()));
  for (const paper::PageText::Piece& piece : text.pieces) {
    writer.U32(piece.begin);
    writer.U32(piece.end);
    PutBox(writer, piece.box);
    writer.U64(piece.tag);
    writer.U8(piece.confidence);
  }
  return packed;
}

Result<paper::PageText> UnpackText(std::string_view bytes) {
  ByteReader reader(bytes);
  paper::PageText text;
  text.width = GetDouble(reader);
  text.height = GetDouble(reader);
  text.text = reader.Prefixed();
  uint32_t end = 0;
  for (uint32_t left = reader.U32(); left > 0 && !reader.failed(); --left) {
    paper::PageText::Piece piece;
    piece.begin = reader.U32();
    piece.end = reader.U32();
    piece.box = GetBox(reader);
    piece.tag = reader.U64();
    piece.confidence = reader.U8();
    if (piece.begin < end || piece.end < piece.begin || piece.end > text.text.size()) return Nonsense();
    end = piece.end;
    text.pieces.push_back(piece);
  }
  RETURN_IF_ERROR(reader.Finish("a text"));
  return text;
}

Bytes PackDraw(const DrawQuestion& question) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U32(question.page);
  writer.U32(question.dots_per_inch);
  return packed;
}

Result<DrawQuestion> UnpackDraw(std::string_view bytes) {
  ByteReader reader(bytes);
  DrawQuestion question;
  question.page = reader.U32();
  question.dots_per_inch = reader.U32();
  RETURN_IF_ERROR(reader.Finish("a question"));
  return question;
}

std::string_view AnswerReader::Kept(std::string_view name) {
  if (answer_.names->size() >= kMostNames) return {};
  return *answer_.names->insert(Shown(name, 100)).first;
}

Status AnswerReader::TakeFind(std::string_view payload) {
  ByteReader reader(payload);
  redact::Found found;
  const uint8_t kind = reader.U8();
  found.score = GetScore(reader);
  for (uint64_t* const number : {&found.place.byte, &found.place.line, &found.place.column}) *number = reader.U64();
  found.subtype = Kept(reader.Prefixed());
  found.rule = Kept(reader.Prefixed());
  found.place.part = Shown(reader.Prefixed(), 200);
  found.place.path = Shown(reader.Prefixed(), 200);
  RETURN_IF_ERROR(reader.Finish("a find"));
  if (kind >= detect::kKindCount || answer_.finds.size() >= kMostFinds) return Nonsense();
  found.kind = static_cast<detect::Kind>(kind);
  answer_.finds.push_back(std::move(found));
  return Status::Ok();
}

Status AnswerReader::TakePage(std::string_view payload) {
  ByteReader reader(payload);
  paper::PaperPage page;
  for (double* const value : {&page.width, &page.height, &page.unread_share}) *value = GetDouble(reader);
  page.words = reader.U32();
  page.unread = GetBoxes(reader);
  for (uint32_t left = reader.U32(); left > 0 && !reader.failed(); --left) {
    paper::FoundBox found;
    const uint8_t kind = reader.U8();
    if (kind >= detect::kKindCount) return Nonsense();
    found.kind = static_cast<detect::Kind>(kind);
    found.lifted = reader.U8() != 0;
    found.score = GetScore(reader);
    found.subtype = Kept(reader.Prefixed());
    found.rule = Kept(reader.Prefixed());
    found.place = Kept(reader.Prefixed());
    found.boxes = GetBoxes(reader);
    page.found.push_back(std::move(found));
  }
  RETURN_IF_ERROR(reader.Finish("a page"));
  answer_.result.pages.push_back(std::move(page));
  return Status::Ok();
}

Status AnswerReader::TakeNaive(std::string_view payload) {
  ByteReader reader(payload);
  NaiveFind find;
  find.page = reader.U32();
  find.characters = reader.U32();
  find.what = Kept(reader.Prefixed());
  find.boxes = GetBoxes(reader);
  RETURN_IF_ERROR(reader.Finish("a find"));
  if (answer_.naive.size() >= kMostFinds) return Nonsense();
  answer_.naive.push_back(std::move(find));
  return Status::Ok();
}

Status AnswerReader::Take(char kind, std::string_view payload) {
  ByteReader reader(payload);
  switch (kind) {
    case kBytesMessage:
      answer_.result.bytes.append(payload);
      return Status::Ok();
    case kPictureMessage:
      picture_.append(payload);
      return Status::Ok();
    case kNoteMessage:
      if (answer_.notes.size() < kMostNotes) answer_.notes.push_back(Shown(payload, kMostNoteBytes));
      return Status::Ok();
    case kFindMessage:
      return TakeFind(payload);
    case kPageMessage:
      return TakePage(payload);
    case kNaiveMessage:
      return TakeNaive(payload);
    case kSummaryMessage:
      answer_.result.document_finds = reader.U32();
      answer_.result.signatures_void = reader.U8() != 0;
      return reader.Finish("a summary");
    case kPartMessage:
      answer_.parts.push_back(reader.U64());
      return answer_.parts.size() > kMostFinds ? Nonsense() : reader.Finish("a part");
    case kProgressMessage: {
      const uint32_t page = reader.U32();
      const uint32_t pages = reader.U32();
      RETURN_IF_ERROR(reader.Finish("progress"));
      if (progress_) progress_(page, pages);
      return Status::Ok();
    }
    default:
      return Nonsense();
  }
}

Result<PaperAnswer> AnswerReader::Finish() {
  uint64_t left = answer_.result.bytes.size();
  for (const uint64_t size : answer_.parts) {
    if (size > left) return Nonsense();
    left -= size;
  }
  if (!answer_.parts.empty() && left != 0) return Nonsense();
  if (!picture_.empty()) {
    ASSIGN_OR_RETURN(answer_.picture, UnpackPicture(picture_));
  }
  return std::move(answer_);
}

}  // namespace strongroom::desk
