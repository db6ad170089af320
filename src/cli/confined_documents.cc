#include "cli/confined_documents.h"

#include <bit>
#include <memory>
#include <set>

#include "base/encoding.h"
#include "cli/terminal.h"
#include "confined/sandbox.h"

namespace strongroom {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;
constexpr size_t kMostNames = 1000;
constexpr char kFind = 'F';
constexpr char kNote = 'N';
constexpr char kData = 'D';

Bytes Packed(const redact::Found& found) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.U8(static_cast<uint8_t>(found.kind));
  writer.U32(std::bit_cast<uint32_t>(found.score));
  writer.U64(found.place.byte);
  writer.U64(found.place.line);
  writer.U64(found.place.column);
  for (std::string_view text :
       {found.subtype, found.rule, std::string_view(found.place.part), std::string_view(found.place.path)})
    writer.Prefixed(text);
  return packed;
}

// Reads what the child says, which may be anything.
class Answers {
 public:
  explicit Answers(const redact::Job& job) : job_(job) {}

  Status Take(char kind, std::string_view payload) {
    if (kind == kData) {
      document_.append(payload);
    } else if (kind == kNote) {
      if (job_.note) job_.note(Printable(payload));
    } else if (kind == kFind) {
      return TakeFind(payload);
    }
    return Status::Ok();
  }
  std::string TakeDocument() { return std::move(document_); }

 private:
  Status TakeFind(std::string_view payload) {
    ByteReader reader(payload);
    redact::Found found;
    const uint8_t kind = reader.U8();
    found.score = std::bit_cast<float>(reader.U32());
    found.place.byte = reader.U64();
    found.place.line = reader.U64();
    found.place.column = reader.U64();
    found.subtype = Kept(reader.Prefixed());
    found.rule = Kept(reader.Prefixed());
    found.place.part = Printable(reader.Prefixed());
    found.place.path = Printable(reader.Prefixed());
    RETURN_IF_ERROR(reader.Finish("a find"));
    if (kind >= detect::kKindCount) return Status(Reason::kInternal, "The sandbox answered nonsense.");
    found.kind = static_cast<detect::Kind>(kind);
    if (job_.report) job_.report(found);
    return Status::Ok();
  }
  // Names of rules outlive a report; there are few of them.
  std::string_view Kept(std::string_view name) {
    if (names_.size() >= kMostNames) return {};
    return *names_.insert(Printable(name)).first;
  }

  const redact::Job& job_;
  std::set<std::string, std::less<>> names_;
  std::string document_;
};

}  // namespace

redact::RedactDocument ConfinedDocuments(const redact::DocumentOptions& options) {
  return [options](std::string_view bytes, const redact::Job& job) -> Result<std::string> {
    if (job.replacer != nullptr && job.replacer->mode() == redact::Mode::kToken) {
      return Status(Reason::kInvalidArgument,
                    "Tokens cannot be put into office documents; take another --mode for them.");
    }
    Answers answers(job);
    const auto work = [&](const SendMessage& send) -> Status {
      Status sent;
      const auto keep = [&sent](const Status& status) {
        if (sent.ok()) sent = status;
      };
      redact::Job inner = job;
      inner.write = {};
      inner.report = [&](const redact::Found& found) { keep(send(kFind, Packed(found))); };
      inner.note = [&](const std::string& note) { keep(send(kNote, note)); };
      ASSIGN_OR_RETURN(const std::string out, redact::RedactOfficeDocument(bytes, inner, options));
      for (size_t at = 0; at < out.size(); at += kPieceBytes)
        keep(send(kData, std::string_view(out).substr(at, kPieceBytes)));
      return sent;
    };
    RETURN_IF_ERROR(
        RunConfined(work, [&](char kind, std::string_view payload) { return answers.Take(kind, payload); }));
    return answers.TakeDocument();
  };
}

}  // namespace strongroom
