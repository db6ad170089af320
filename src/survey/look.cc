#include "survey/look.h"

#include <algorithm>
#include <map>
#include <utility>

#include "redact/text.h"
#include "survey/table_file.h"

namespace strongroom::survey {
namespace {

using detect::Kind;

constexpr size_t kPieceBytes = size_t{1} << 20;
constexpr uint64_t kTickBytes = uint64_t{2} << 20;
constexpr size_t kLongestMessage = size_t{64} << 20;
constexpr float kNameScore = 0.6F;

// Answers what the finder answers, and keeps masked samples of it.
class SamplingFinder : public detect::Finder {
 public:
  explicit SamplingFinder(const Search& search) : search_(search) {}

  void Find(std::string_view text, std::string_view heading, std::vector<detect::Finding>& findings) const override {
    search_.finder->Find(text, heading, findings);
    for (const detect::Finding& finding : findings) {
      if (finding.score < search_.selection.min_score || !search_.selection.kinds.Has(finding.kind)) continue;
      std::vector<std::string>& samples = samples_[{finding.kind, std::string(finding.subtype)}];
      if (samples.size() >= kMostSamples) continue;
      std::string masked = MaskedSample(finding.kind, text, finding.begin, finding.end);
      if (std::find(samples.begin(), samples.end(), masked) == samples.end()) samples.push_back(std::move(masked));
    }
  }
  detect::KindSet kinds() const override { return search_.finder->kinds(); }

  // Samples belong to the item as a whole: the first field of each kind shows them.
  void GiveSamples(Item& item) {
    for (Field& field : item.fields) {
      for (Holding& holding : field.holds) {
        const auto found = samples_.find({holding.kind, holding.subtype});
        if (found == samples_.end()) continue;
        for (std::string& sample : found->second) AddSample(holding, std::move(sample));
        samples_.erase(found);
      }
    }
  }

 private:
  const Search& search_;
  mutable std::map<std::pair<Kind, std::string>, std::vector<std::string>> samples_;  // one thread
};

// "customers[3].phone" is the field "customers[].phone", "B7" is "column B".
std::string FieldNameOf(const redact::Place& place) {
  std::string name;
  const std::string_view path = place.path;
  size_t letters = 0;
  while (letters < path.size() && redact::IsUpper(path[letters])) ++letters;
  if (letters > 0 && letters <= 3 && letters < path.size() &&
      std::all_of(path.begin() + static_cast<ptrdiff_t>(letters), path.end(), redact::IsDigit)) {
    name = "column " + std::string(path.substr(0, letters));
  } else {
    bool inside = false;
    for (const char c : path) {
      if (c == ']') inside = false;
      if (!inside) name += c;
      if (c == '[') inside = true;
    }
  }
  if (place.part.empty()) return name;
  return name.empty() ? place.part : place.part + " " + name;
}

// Where a message of a mailbox begins in `text`, at `from` or behind it: a "From " at the start of a line that follows
// an empty one.
size_t NextMessage(std::string_view text, size_t from) {
  while (from < text.size()) {
    const size_t at = text.find("\nFrom ", from);
    if (at == std::string_view::npos) return at;
    if ((at >= 1 && text[at - 1] == '\n') || (at >= 2 && text.substr(at - 2, 2) == "\n\r")) return at + 1;
    from = at + 1;
  }
  return std::string_view::npos;
}

}  // namespace

std::string NameForReport(const Search& search, std::string_view name, Item& item) {
  std::vector<detect::Finding> findings;
  search.finder->Find(name, {}, findings);
  std::string shown;
  size_t at = 0;
  for (const detect::Finding& finding : findings) {
    const bool precise = finding.kind == Kind::kEmail || finding.kind == Kind::kCreditCard ||
                         finding.kind == Kind::kIban || finding.kind == Kind::kUsSsn ||
                         finding.kind == Kind::kNationalId || finding.kind == Kind::kSecret;
    if (!precise || finding.score < std::max(kNameScore, search.selection.min_score) || finding.begin < at) continue;
    Holding& holding = HoldingOf(FieldOf(item, "(name)"), finding.kind, finding.subtype);
    ++holding.finds;
    holding.score = std::max(holding.score, finding.score);
    std::string masked = MaskedSample(finding.kind, name, finding.begin, finding.end);
    shown.append(name.substr(at, finding.begin - at)).append(masked);
    AddSample(holding, std::move(masked));
    at = finding.end;
  }
  return shown.append(name.substr(at));
}

Status Looker::Refused(const std::string& name, const std::string& what, const std::string& reason, uint64_t bytes) {
  Item item;
  item.name = NameForReport(search_, name, item);
  item.what = what;
  item.state = ItemState::kNotLookedInto;
  item.reason = reason;
  item.bytes = bytes;
  return put_(item);
}

// Of entries of archives only those are named that somebody must know of.
Status Looker::Put(Item& item, bool entry) {
  for (Field& field : item.fields) {
    if (field.name.empty() && item.fields.size() > 1) field.name = "text";
  }
  const bool tells = item.HoldsAnything() || item.state == ItemState::kNotLookedInto || !item.reason.empty();
  return !entry || tells ? put_(item) : Status::Ok();
}

Status Looker::Tick(uint64_t bytes) {
  unticked_ += bytes;
  if (!tick_ || unticked_ < kTickBytes) return Status::Ok();
  return tick_(std::exchange(unticked_, 0));
}

Status Looker::Look(const std::string& name, std::string_view bytes) {
  const Shape shape = ShapeOf(name, bytes.substr(0, 8192));
  if (shape.way == Shape::Way::kArchive) return LookIntoArchive(name, bytes, 0);
  size_t at = 0;
  const Next next = [&]() -> Result<std::string_view> {
    const std::string_view piece = bytes.substr(at, kPieceBytes);
    at += piece.size();
    RETURN_IF_ERROR(Tick(piece.size()));
    return piece;
  };
  return LookInto(name, bytes.substr(0, 8192), next, bytes.size(), 0, /*entry=*/false);
}

Status Looker::LookInto(const std::string& name, std::string_view beginning, const Next& next, uint64_t size, int depth,
                        bool entry) {
  const Shape shape = ShapeOf(name, beginning);
  if (shape.way == Shape::Way::kNone) return Refused(name, shape.what, shape.reason, size);
  if (shape.way == Shape::Way::kArchive) return Gathered(name, beginning, next, depth);
  if (!formats_.Can(shape.format)) return Refused(name, shape.what, "this kind is not read here", size);
  Item item;
  item.name = NameForReport(search_, name, item);
  item.what = shape.what;
  item.bytes = size;
  uint64_t read = 0;
  const Next counted = [&]() -> Result<std::string_view> {
    Result<std::string_view> piece = next();
    if (piece.ok()) read += piece->size();
    return piece;
  };
  Status status;
  if (shape.way == Shape::Way::kTable) {
    status = LookIntoTable(item, shape.format == redact::Format::kTsv ? '\t' : '\0', counted);
  } else if (shape.way == Shape::Way::kMailbox) {
    status = LookIntoMailbox(item, counted);
  } else {
    status = Filtered(item, shape.format, counted);
  }
  item.bytes = std::max(item.bytes, read);
  if (!status.ok()) {
    // What was found until then is told all the same.
    item.state = ItemState::kNotLookedInto;
    item.reason = (item.HoldsAnything() ? "only in part: " : "") + status.message();
  }
  const Status put = Put(item, entry);
  if (!put.ok()) return put;
  // A bomb ends the archive, a broken entry does not.
  return status.reason() == Reason::kBodyTooLarge && entry ? RefuseBomb(0) : Status::Ok();
}

Status Looker::LookIntoTable(Item& item, char delimiter, const Next& next) {
  TableFile table(search_, delimiter, headings_);
  Status status;
  while (status.ok()) {
    const Result<std::string_view> piece = next();
    if (!piece.ok()) status = piece.status();
    if (!piece.ok() || piece->empty()) break;
    status = table.Feed(*piece);
  }
  Result<std::vector<Field>> fields = table.Finish();
  if (fields.ok()) item.fields.insert(item.fields.end(), fields->begin(), fields->end());
  item.rows = table.rows();
  return status.ok() ? fields.status() : status;
}

Status Looker::Filtered(Item& item, redact::Format format, const Next& next) {
  SamplingFinder finder(search_);
  uint64_t passed_over = 0;
  redact::Job job;
  job.finder = &finder;
  job.selection = search_.selection;
  job.write = [](std::string_view) { return Status::Ok(); };
  job.report = [&](const redact::Found& found) {
    Holding& holding = HoldingOf(FieldOf(item, FieldNameOf(found.place)), found.kind, found.subtype);
    ++holding.finds;
    holding.score = std::max(holding.score, found.score);
  };
  job.note = [&](const std::string&) { ++passed_over; };
  ASSIGN_OR_RETURN(const std::unique_ptr<redact::Filter> filter, redact::MakeFilter(format, job, formats_));
  Status status;
  while (status.ok()) {
    const Result<std::string_view> piece = next();
    if (!piece.ok()) status = piece.status();
    if (!piece.ok()) break;
    status = piece->empty() ? filter->Finish() : filter->Feed(*piece);
    if (piece->empty()) break;
  }
  finder.GiveSamples(item);
  if (passed_over > 0 && item.reason.empty()) {
    item.reason = "parts that could not be looked into: " + std::to_string(passed_over);
  }
  return status;
}

// Message by message; the mailbox is one item.
Status Looker::LookIntoMailbox(Item& item, const Next& next) {
  std::string held;
  uint64_t messages = 0;
  uint64_t failed = 0;
  const auto look = [&](std::string_view message) {
    if (message.starts_with("From ")) message.remove_prefix(std::min(message.find('\n') + 1, message.size()));
    ++messages;
    bool given = false;
    const Status status = Filtered(item, redact::Format::kMail, [&]() -> Result<std::string_view> {
      const std::string_view piece = given ? std::string_view() : message;
      given = true;
      return piece;
    });
    if (!status.ok()) ++failed;
  };
  bool skipping = false;  // the rest of a message that is too large
  while (true) {
    ASSIGN_OR_RETURN(const std::string_view piece, next());
    const size_t searched = held.size() < 8 ? 0 : held.size() - 8;
    held.append(piece);
    size_t begin = 0;
    for (size_t at = NextMessage(held, searched); at != std::string::npos; at = NextMessage(held, at)) {
      if (!skipping) look(std::string_view(held).substr(begin, at - begin));
      skipping = false;
      begin = at;
    }
    held.erase(0, begin);
    if (piece.empty()) break;
    if (held.size() <= kLongestMessage) continue;
    if (!skipping) ++failed;
    skipping = true;
    held.erase(0, held.size() - 8);
  }
  if (!held.empty() && !skipping) look(held);
  item.rows = messages;
  if (failed > 0) item.reason = "messages that could not be looked into: " + std::to_string(failed);
  return Status::Ok();
}

}  // namespace strongroom::survey
