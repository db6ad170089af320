#include "server/tour_screen.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <map>
#include <utility>

#include "audit/entry_format.h"
#include "audit/export.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "cli/session.h"
#include "server/credentials_files.h"
#include "server/doctor.h"

namespace strongroom {
namespace {

constexpr char kDomain[] = "partner-demo";

std::string Shown(const MaskedCustomer& customer) {
  std::string text;
  for (const ShownValue& value : customer.values) {
    if (text.size() > 150) break;
    text += (text.empty() ? "" : "  ") + value.field->name + " " + value.text;
  }
  return text;
}

// How many of the files below `directory` hold `needle`, and how many bytes were read.
struct DiskSearch {
  uint64_t bytes = 0;
  uint64_t hits = 0;
};
Result<DiskSearch> SearchDisk(const std::string& directory, ByteView needle) {
  DiskSearch search;
  std::error_code error;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory, error)) {
    if (!file.is_regular_file(error)) continue;
    const Result<Bytes> content = ReadWholeFile(file.path().string(), size_t{1} << 30);
    if (!content.ok()) continue;  // a log that was just compacted away
    search.bytes += content->size();
    search.hits += content->find(needle) != Bytes::npos;
  }
  if (error) return Status(Reason::kFileUnreadable, "cannot walk " + directory);
  return search;
}

// The first e-mail-like word of the file: what a thief would look for.
std::string ExampleValue(ByteView csv) {
  const size_t at = csv.find('@');
  if (at == ByteView::npos) return {};
  const auto inside = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-' || c == '+';
  };
  size_t begin = at;
  while (begin > 0 && inside(csv[begin - 1])) --begin;
  size_t end = at + 1;
  while (end < csv.size() && inside(csv[end])) ++end;
  return std::string(csv.substr(begin, end - begin));
}

class Screen {
 public:
  Screen(RunningServer& server, OpenVault& vault, const TourCallers& callers)
      : server_(server),
        vault_(vault),
        house_(vault.house()),
        callers_(callers),
        catalogue_(vault.catalogue().Current()) {}

  Status Print(ByteView csv) {
    RETURN_IF_ERROR(PickCustomers());
    RETURN_IF_ERROR(PrintHoldings());
    RETURN_IF_ERROR(PrintThief(csv));
    RETURN_IF_ERROR(PrintPartner());
    RETURN_IF_ERROR(PrintSupport());
    RETURN_IF_ERROR(PrintLook());
    RETURN_IF_ERROR(PrintErasure());
    return PrintNext();
  }

 private:
  // One to look at: the first there is.  One to give tokens of and to erase: invented, because nobody's data is the
  // tour's to destroy.
  Status PickCustomers() {
    room_ = house_.compartments().front().get();
    ASSIGN_OR_RETURN(const std::vector<CustomerId> ids, room_->sealed->ScanRecords(0, 1));
    if (ids.empty())
      return Status(Reason::kCustomerNotFound, "the tour needs at least one customer; import a longer file");
    code_ = house_.codes().EncodeCustomer(ids[0]);
    RETURN_IF_ERROR(InventCustomer());
    ASSIGN_OR_RETURN(const OpenCustomer customer, vault_.customers().OpenById(ids[0]));
    id_ = ids[0];
    for (const RecordValue& value : customer.record.values) {
      const FieldDef* field = catalogue_->FindField(value.field);
      if (field == nullptr || field->sensitivity != Sensitivity::kPersonal) continue;
      if (field_ == nullptr || field->search != SearchKind::kNone) field_ = field;
      if (field->search != SearchKind::kNone) break;
    }
    if (field_ == nullptr)
      return Status(Reason::kFieldUnknown, "the tour needs a personal field; import a file with names or addresses");
    return Status::Ok();
  }

  Status InventCustomer() {
    CreateRequest request;
    request.collection_point = "import";
    request.external_id = "tour: an invented customer";
    request.upsert = true;
    const CollectionPoint* point = catalogue_->FindPoint(request.collection_point);
    if (point == nullptr)
      return Status(Reason::kCollectionPointUnknown,
                    "the tour needs the collection point 'import' that its own import makes");
    for (const FieldDef& field : catalogue_->fields()) {
      if (!catalogue_->Collects(*point, field)) continue;
      if (field.type == FieldType::kPersonName) request.values.push_back({field.name, "Tour Example"});
      if (field.type == FieldType::kEmail) request.values.push_back({field.name, "tour.example@example.com"});
      if (field.type == FieldType::kCard) request.values.push_back({field.name, "4111111111111111"});
    }
    ASSIGN_OR_RETURN(const CreateAnswer made, vault_.customers().Create(callers_.application, request).Wait());
    erased_code_ = made.code;
    return Status::Ok();
  }

  Status PrintHoldings() {
    uint64_t people = 0;
    for (const auto& room : house_.compartments()) {
      CustomerId begin = 0;
      while (true) {
        ASSIGN_OR_RETURN(const std::vector<CustomerId> ids, room->sealed->ScanRecords(begin, 10'000));
        people += ids.size();
        if (ids.size() < 10'000) break;
        begin = ids.back() + 1;
      }
    }
    std::map<Sensitivity, std::string> kinds;
    for (const FieldDef& field : catalogue_->fields()) {
      std::string& names = kinds[field.sensitivity];
      names += (names.empty() ? "" : ", ") + field.name;
    }
    std::printf("\nWHAT IS HELD   %llu people, %zu kinds of data\n", static_cast<unsigned long long>(people),
                catalogue_->fields().size());
    for (const auto& [sensitivity, names] : kinds) {
      const bool dangerous = sensitivity >= Sensitivity::kSensitive;
      std::printf("  %-10s %s%s\n", std::string(NameOf(sensitivity)).c_str(), names.c_str(),
                  dangerous ? "   <- dangerous" : "");
    }
    return Status::Ok();
  }

  Status PrintThief(ByteView csv) {
    Bytes key = "c";
    ByteWriter(key).U64(id_);
    ASSIGN_OR_RETURN(const RoomStores* stores, server_.files().Room(room_->info.name, false));
    ASSIGN_OR_RETURN(const std::optional<StoreValue> row, stores->data->Get(key));
    if (!row.has_value()) return Status(Reason::kCustomerNotFound);
    std::printf("\nA THIEF WHO COPIES THIS DISK gets, for customer %s:\n  %s...\n", code_.c_str(),
                HexEncode(row->bytes.substr(0, 36)).c_str());
    const std::string example = ExampleValue(csv);
    if (!example.empty()) {
      ASSIGN_OR_RETURN(const DiskSearch search, SearchDisk(server_.config().data_dir + "/stores", example));
      std::printf("  searched %.1f MB of the stores for an e-mail address that was imported: found %llu times\n",
                  static_cast<double>(search.bytes) / 1e6, static_cast<unsigned long long>(search.hits));
    }
    std::printf("  (this is a development vault: its key file lies beside it, so keep the disk; see the end)\n");
    return Status::Ok();
  }

  Status PrintPartner() {
    std::printf(
        "\nA PARTNER gets tokens of its own domain, which no other partner's match (here of an invented customer):\n");
    std::vector<TokenRequest> requests;
    for (const FieldDef& field : catalogue_->fields()) {
      const bool shown = field.type == FieldType::kEmail || field.type == FieldType::kCard || field.id == field_->id;
      if (!shown || requests.size() >= 3) continue;
      TokenRequest request;
      request.code = erased_code_;
      request.field = field.name;
      if (field.type == FieldType::kCard) request.format = TokenFormat::kFormatPreserving;
      requests.push_back(request);
    }
    ASSIGN_OR_RETURN(const auto made, vault_.tokens().Create(callers_.application, kDomain, requests).Wait());
    for (size_t i = 0; i < made.size(); ++i) {
      if (!made[i].ok()) continue;  // this customer has no such value
      std::printf("  %-14s %s\n", std::string(requests[i].field).c_str(), made[i]->token.c_str());
      tokens_.push_back(made[i]->token);
    }
    return Status::Ok();
  }

  Status PrintSupport() {
    ASSIGN_OR_RETURN(const MaskedCustomer masked, vault_.customers().Read(callers_.support, code_).Wait());
    std::printf("\nSUPPORT sees masks:\n  %s\n", Shown(masked).c_str());
    return Status::Ok();
  }

  Status PrintLook() {
    Caller caller = callers_.support;
    caller.purpose = "customer-service";
    ASSIGN_OR_RETURN(const Revealed revealed, vault_.customers().Reveal(caller, {code_, {field_->name}}).Wait());
    std::printf("\nONE PERSON LOOKED: support showed '%s' of %s for customer-service (%zu value). Recorded as:\n",
                field_->name.c_str(), code_.c_str(), revealed.values.size());
    LogQuery query;
    query.customer = code_;
    query.action = Action::kCustomerReveal;
    query.limit = 1;
    ASSIGN_OR_RETURN(const LogPage page, vault_.audit().Find(callers_.auditor, query).Wait());
    if (page.entries.empty()) return Status(Reason::kLogInvalid, "the look is not in the log");
    EntryNames names;
    names.field = [this](FieldId id) {
      return catalogue_->FindField(id) != nullptr ? catalogue_->FindField(id)->name : std::string();
    };
    std::printf("  %s\n", FormatEntryForPeople(page.entries.front().entry, names).c_str());

    const std::string directory = server_.config().data_dir + "/log-export/" + room_->info.name;
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    ASSIGN_OR_RETURN(const VerifierKey key, room_->log->Key());
    ASSIGN_OR_RETURN(const ExportReport exported, ExportLog(*room_->log, directory, key));
    static_cast<void>(exported);
    const VerifyReport verified = VerifyExport(directory, key);
    if (!verified.ok())
      return Status(Reason::kLogInvalid, "the exported log does not verify: " + verified.problem->ToString());
    std::printf(
        "  The log of %llu entries verifies offline, with the public key alone:\n  strongroom audit verify %s --key "
        "'%s'\n",
        static_cast<unsigned long long>(verified.entries_checked), directory.c_str(), key.Encode().c_str());
    return Status::Ok();
  }

  Status PrintErasure() {
    ASSIGN_OR_RETURN(const ErasureAnswer erased, vault_.customers().Erase(callers_.officer, erased_code_).Wait());
    const auto gone = [](bool is_gone) { return is_gone ? "gone" : "STILL THERE"; };
    std::printf(
        "\nONE CUSTOMER ERASED for good (%s, invented for this): key %s, record %s, index rows %s, %zu rows deleted\n",
        erased_code_.c_str(), gone(erased.key_gone), gone(erased.record_gone), gone(erased.index_rows_gone),
        erased.rows_deleted);
    const auto read = vault_.customers().Read(callers_.support, erased_code_).Wait();
    std::printf("  its code now answers: %s\n", std::string(InfoOf(read.reason()).wire_code).c_str());
    Caller caller = callers_.application;
    caller.purpose = "customer-service";
    for (const std::string& token : tokens_) {
      const std::string_view views[] = {token};
      const auto resolved = vault_.tokens().Resolve(caller, kDomain, views).Wait();
      std::printf("  token %.20s... answers: %s\n", token.c_str(),
                  std::string(InfoOf(resolved.reason()).wire_code).c_str());
    }
    return Status::Ok();
  }

  Status PrintNext() {
    std::printf("\nWHAT THIS INSTALLATION STILL LACKS, next three things to do:\n");
    ASSIGN_OR_RETURN(const LockInfo lock, ReadLockInfo(*server_.files().office().keys));
    int number = 0;
    for (const std::string& finding : Diagnose(server_.config(), lock, {})) {
      if (number == 3 || finding.starts_with("green")) break;
      std::printf("  %d. %s\n", ++number, finding.c_str());
    }
    std::printf(
        "\nTRY IT   https://127.0.0.1:%u\n  curl --cacert %s -H @%s.header https://127.0.0.1:%u/v1/customers/%s\n",
        server_.port(), server_.config().CertificateFile().c_str(), CredentialFile(server_.config(), "support").c_str(),
        server_.port(), code_.c_str());
    return Status::Ok();
  }

  RunningServer& server_;
  OpenVault& vault_;
  House& house_;
  const TourCallers& callers_;
  CataloguePtr catalogue_;
  Room* room_ = nullptr;
  CustomerId id_ = 0;
  std::string code_;
  std::string erased_code_;
  const FieldDef* field_ = nullptr;
  std::vector<std::string> tokens_;
};

}  // namespace

Status PrintTourScreen(RunningServer& server, OpenVault& vault, const TourCallers& callers, ByteView csv) {
  return Screen(server, vault, callers).Print(csv);
}

}  // namespace strongroom
