// Making, resolving and revoking stored tokens.
#include "vault/tokens.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "vault/format_preserving.h"
#include "vault/index_rows.h"
#include "vault/normalise.h"

namespace strongroom {
namespace {

constexpr size_t kChunk = 500;            // tokens that share a commit and a log entry
constexpr int kTries = 3;                 // against records and rows that change meanwhile
constexpr int kDraws = 20;                // of a format-preserving text before the space counts as exhausted
constexpr size_t kMaxOwners = 1'000;      // of a deterministic token
constexpr uint64_t kRandomMask = (1ull << (64 - kBucketBits)) - 1;

Bytes EncodeTokenId(const TokenId& id) {
  Bytes out;
  ByteWriter writer(out);
  writer.U64(id.owner);
  writer.U64(id.random);
  return out;
}

Result<TokenId> DecodeTokenId(ByteView bytes) {
  ByteReader reader(bytes);
  TokenId id;
  id.owner = reader.U64();
  id.random = reader.U64();
  RETURN_IF_ERROR(reader.Finish("a token id"));
  return id;
}

bool HasManyOwners(const TokenId& id) { return (id.owner & kRandomMask) == 0; }

}  // namespace

// --- making ----------------------------------------------------------------------------------------------------------

// Works off the requests of one Create: opens each customer once, keeps what is to be written by room.
class Tokens::Writer {
 public:
  Writer(Tokens& tokens, Permit& permit, const Domain& domain, CataloguePtr catalogue)
      : tokens_(tokens), house_(tokens.house_), permit_(permit), domain_(domain), catalogue_(std::move(catalogue)) {}

  // Answers for requests[begin, end); a refusal by policy shows in the permit.
  void WriteChunk(std::span<const TokenRequest> requests, size_t begin, size_t end, std::vector<Result<TokenMade>>& answers) {
    std::vector<Drafted> drafted;
    for (size_t i = begin; i < end; ++i) {
      Result<Drafted> draft = Draft(requests[i]);
      if (!permit_.granted()) return;
      if (!draft.ok()) {
        answers[i] = draft.status();
      } else if (requests[i].format == TokenFormat::kDeterministic) {
        answers[i] = MakeDeterministic(requests[i], std::move(*draft));
      } else {
        draft->index = i;
        drafted.push_back(std::move(*draft));
      }
    }
    ReserveShown(drafted, answers);
    std::map<Room*, std::vector<Drafted*>> by_room;
    for (Drafted& draft : drafted) {
      if (!draft.failed) by_room[draft.customer->room].push_back(&draft);
    }
    for (auto& [room, drafts] : by_room) {
      const Status written = Commit(*room, drafts);
      for (Drafted* draft : drafts) {
        if (!written.ok()) {
          answers[draft->index] = written;
        } else if (draft->item.format == TokenFormat::kFormatPreserving) {
          answers[draft->index] = TokenMade{draft->item.shown, false};
        } else {
          answers[draft->index] = TokenMade{house_.codes().EncodeToken(draft->id), false};
        }
      }
    }
  }

  // Puts the questions that WriteChunk() would put.  What cannot be made for another reason is found when it is made.
  void Ask(std::span<const TokenRequest> requests) {
    for (const TokenRequest& request : requests) {
      Draft(request).status().IgnoreError();
      if (!permit_.granted()) return;
    }
  }

  // Until everything that was answered is recorded.
  Status Wait() const {
    for (const Receipt& receipt : existing_) RETURN_IF_ERROR(receipt.Wait());
    return Status::Ok();
  }

 private:
  struct Drafted {
    size_t index = 0;
    std::shared_ptr<const OpenCustomer> customer;
    const FieldDef* field = nullptr;
    ByteView value;
    TokenItem item;
    TokenId id;
    bool failed = false;
  };

  Result<Drafted> Draft(const TokenRequest& request) {
    Drafted draft;
    if (last_ == nullptr || last_code_ != request.code) {
      ASSIGN_OR_RETURN(OpenCustomer opened, tokens_.customers_.Open(request.code));
      last_ = std::make_shared<const OpenCustomer>(std::move(opened));
      last_code_ = request.code;
    }
    draft.customer = last_;
    permit_.RecordIn(*draft.customer->room);  // before policy is asked: it may speak of compartments
    ASSIGN_OR_RETURN(draft.field, catalogue_->Field(request.field));
    permit_.DecideField(*draft.field, draft.customer->record.tier, Decision::kToken, /*required=*/true);
    if (draft.field->type == FieldType::kPassword && permit_.granted()) permit_.Deny(Status(Reason::kFieldUnreadable));
    if (!permit_.granted()) return permit_.refusal();
    const RecordValue* chosen = nullptr;
    for (const RecordValue& value : draft.customer->record.values) {
      const bool fits = value.field == draft.field->id && (request.value.empty() || value.text == request.value);
      if (fits && chosen == nullptr) chosen = &value;
    }
    if (chosen == nullptr) return Status(Reason::kFieldNotSet);
    draft.value = chosen->text;
    draft.item.format = request.format;
    draft.item.one_time = request.one_time;
    draft.item.expires_at = request.expires_at;
    draft.item.field = chosen->field;
    draft.item.item = chosen->item;
    draft.item.domain = domain_.definition.name;
    draft.id = {draft.customer->id, house_.random().NextU64()};
    return draft;
  }

  Status AddItem(SealedBatch& batch, const Drafted& draft) const {
    const SealedStore& sealed = *draft.customer->room->sealed;
    sealed.ExpectRecord(batch, draft.customer->id, draft.customer->stored.version);
    return sealed.PutItem(batch, draft.customer->id, *draft.customer->stored.key, kTokenItemKind,
                          TokenItemName(draft.id.random), draft.item.Encode());
  }

  AuditEntry EntryFor(std::span<const Drafted* const> drafts) const {
    AuditEntry entry = permit_.entry();
    entry.fields.clear();
    for (const Drafted* draft : drafts) {
      const AuditId& audit_id = draft->customer->record.audit_id;
      if (entry.customers.empty() || entry.customers.back() != audit_id) entry.customers.push_back(audit_id);
      if (std::find(entry.fields.begin(), entry.fields.end(), draft->item.field) == entry.fields.end()) {
        entry.fields.push_back(draft->item.field);
      }
    }
    entry.count = static_cast<uint32_t>(drafts.size());
    entry.detail = "token domain " + domain_.definition.name;
    return entry;
  }

  Status Commit(Room& room, const std::vector<Drafted*>& drafts) const {
    SealedBatch batch;
    for (const Drafted* draft : drafts) RETURN_IF_ERROR(AddItem(batch, *draft));
    const std::vector<const Drafted*> made(drafts.begin(), drafts.end());
    const Status written = room.journal->Submit(std::move(batch), EntryFor(made)).Wait();
    return written.reason() == Reason::kStorageConflict ? Status(Reason::kRecordBusy) : written;
  }

  // The directory first: a text that is reserved and never used is swept, one used twice would be wrong for ever.
  void ReserveShown(std::vector<Drafted>& drafted, std::vector<Result<TokenMade>>& answers) const {
    const PreservedShape shape{domain_.definition.keep_last, domain_.definition.luhn_valid};
    for (Drafted& draft : drafted) {
      if (draft.item.format != TokenFormat::kFormatPreserving) continue;
      const Status reserved = ReserveOne(draft, shape);
      if (reserved.ok()) continue;
      draft.failed = true;
      answers[draft.index] = reserved;
    }
  }

  Status ReserveOne(Drafted& draft, const PreservedShape& shape) const {
    const Room& office = house_.office();
    for (int draw = 0; draw < kDraws; ++draw) {
      ASSIGN_OR_RETURN(draft.item.shown, DrawOfShape(draft.value, shape, house_.random()));
      SealedBatch batch;
      RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kTokenDirectory,
                                                 DirectoryName(draft.item.domain, draft.item.shown), EncodeTokenId(draft.id), kAbsent));
      AuditEntry entry = permit_.entry();
      entry.fields = {draft.item.field};
      entry.detail = "directory of token domain " + draft.item.domain;
      const Status written = office.journal->Submit(std::move(batch), std::move(entry)).Wait();
      if (written.ok()) return written;
      if (written.reason() != Reason::kStorageConflict) return written;
    }
    return Status(Reason::kTokenSpaceExhausted, "20 draws of this format were all in use; use a random token");
  }

  // A token that was handed out before is handed out again: that is recorded like any other.
  void RecordExisting(const Drafted& draft) {
    const Drafted* const one[] = {&draft};
    existing_.push_back(draft.customer->room->journal->Submit({}, EntryFor(one)));
  }

  // One row of the value and domain leads to the token; each owner has an item and a row of ownership.
  Result<TokenMade> MakeDeterministic(const TokenRequest& request, Drafted draft) {
    const std::string normalised =
        NormaliseForSearch(draft.field->type, draft.value, draft.field->options, house_.clock());
    const Bytes labelled = DirectoryName(draft.item.domain, normalised);
    for (int attempt = 0; attempt < kTries; ++attempt) {
      const SealedStore& sealed = *draft.customer->room->sealed;
      const IndexLabel label = DeterministicTokenLabel(draft.field->id);
      const Epoch epoch = draft.customer->record.epoch;
      ASSIGN_OR_RETURN(const std::optional<Document> known, sealed.GetUnique(label, labelled));
      SealedBatch batch;
      draft.id.owner = static_cast<uint64_t>(BucketOf(draft.customer->id)) << (64 - kBucketBits);
      if (known.has_value()) {
        ASSIGN_OR_RETURN(draft.id, DecodeTokenId(known->content));
        ASSIGN_OR_RETURN(const std::optional<OpenItem> mine,
                         sealed.GetItem(draft.customer->id, *draft.customer->stored.key, kTokenItemKind, TokenItemName(draft.id.random)));
        if (mine.has_value()) {
          ASSIGN_OR_RETURN(const TokenItem item, TokenItem::Decode(mine->content.view()));
          // To give the same text again would undo the revocation.
          if (item.revoked) return Status(Reason::kTokenRevoked, "the value's token in this domain was revoked; make a random one");
          if (item.item == draft.item.item) {
            RecordExisting(draft);
            return TokenMade{house_.codes().EncodeToken(draft.id), true};
          }
        }
      }
      ASSIGN_OR_RETURN(draft.item.value_row, sealed.UniqueRowKey(epoch, label, labelled));
      draft.item.home = draft.id.owner;
      // Written again though it is the same: an erasure of the last owner conflicts with this, whichever comes first.
      RETURN_IF_ERROR(sealed.PutUnique(batch, epoch, label, labelled, EncodeTokenId(draft.id), known.has_value() ? known->version : kAbsent));
      RETURN_IF_ERROR(sealed.PutReference(batch, epoch, TokenOwnerLabel(), EncodeTokenId(draft.id), draft.customer->id));
      RETURN_IF_ERROR(AddItem(batch, draft));
      const Drafted* const one[] = {&draft};
      const Status written = draft.customer->room->journal->Submit(std::move(batch), EntryFor(one)).Wait();
      if (written.ok()) return TokenMade{house_.codes().EncodeToken(draft.id), known.has_value()};
      if (written.reason() != Reason::kStorageConflict) return written;
      last_ = nullptr;
      ASSIGN_OR_RETURN(draft, Draft(request));
    }
    return Status(Reason::kRecordBusy);
  }

  Tokens& tokens_;
  House& house_;
  Permit& permit_;
  const Domain& domain_;
  CataloguePtr catalogue_;
  std::shared_ptr<const OpenCustomer> last_;
  std::string_view last_code_;
  std::vector<Receipt> existing_;  // entries of tokens that were there already
};

Permit Tokens::AskToCreate(const Caller& caller, std::string_view domain_name, std::span<const TokenRequest> requests) {
  Permit permit = gate_.AuthoriseFields(caller, Action::kTokenCreate, /*needs_purpose=*/false);
  if (!permit.granted()) return permit;
  const Result<DomainPtr> domain = FindDomain(caller, domain_name);
  if (domain.ok()) {
    Writer(*this, permit, **domain, catalogue_.Current()).Ask(requests);
  } else {
    permit.Deny(domain.status());
  }
  return permit;
}

Receipted<std::vector<Result<TokenMade>>> Tokens::Create(const Caller& caller, std::string_view domain_name,
                                                         std::span<const TokenRequest> requests) {
  using Answers = std::vector<Result<TokenMade>>;
  Permit permit = gate_.AuthoriseFields(caller, Action::kTokenCreate, /*needs_purpose=*/false);
  if (!permit.granted()) return permit.Refuse<Answers>();
  const Result<DomainPtr> domain = FindDomain(caller, domain_name);
  if (!domain.ok()) {
    permit.Deny(domain.status());
    return permit.Refuse<Answers>();
  }
  if (requests.size() > kMaxBatch) return permit.Fail<Answers>(Status(Reason::kBatchTooLarge, "a batch has at most 10,000 tokens"));
  Answers answers(requests.size(), Result<TokenMade>(Status(Reason::kInternal)));
  Writer writer(*this, permit, **domain, catalogue_.Current());
  for (size_t begin = 0; begin < requests.size(); begin += kChunk) {
    writer.WriteChunk(requests, begin, std::min(begin + kChunk, requests.size()), answers);
    if (!permit.granted()) return permit.Refuse<Answers>();
  }
  const bool any_made = std::any_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.ok(); });
  if (any_made) {
    permit.Close();  // recorded with the tokens
    if (const Status recorded = writer.Wait(); !recorded.ok()) return recorded;
    return Receipted<Answers>(std::move(answers), Receipt::Settled(Status::Ok()));
  }
  permit.entry().count = static_cast<uint32_t>(requests.size());
  permit.entry().detail = "none could be made";
  return permit.Finish(std::move(answers));
}

// --- resolving and revoking ------------------------------------------------------------------------------------------

struct Tokens::Located {
  TokenId id;
  Room* room = nullptr;
  std::vector<CustomerId> owners;
};

Result<Tokens::Located> Tokens::Locate(std::string_view domain, std::string_view text) const {
  Located located;
  if (text.starts_with("tok_")) {
    ASSIGN_OR_RETURN(located.id, house_.codes().DecodeToken(text));
  } else {
    ASSIGN_OR_RETURN(const std::optional<Document> row,
                     house_.office().sealed->GetDocument(Table::kTokenDirectory, DirectoryName(domain, text)));
    if (!row.has_value()) return Status(Reason::kTokenNotFound);
    ASSIGN_OR_RETURN(located.id, DecodeTokenId(row->content));
  }
  located.room = house_.RoomOf(located.id.owner);
  if (located.room == nullptr) return Status(Reason::kTokenNotFound);
  if (HasManyOwners(located.id)) {
    ASSIGN_OR_RETURN(located.owners, located.room->sealed->FindReferences(TokenOwnerLabel(), EncodeTokenId(located.id), kMaxOwners));
    if (located.owners.empty()) return Status(Reason::kTokenNotFound);
  } else {
    located.owners = {located.id.owner};
  }
  return located;
}

// What one batch of tokens is resolved under.
struct Tokens::Spending {
  SealedBatch batch;
  Room* room = nullptr;
  std::set<Bytes> spent;  // one-time tokens of this very batch: each is good for one answer
};

Result<TokenResolved> Tokens::ResolveOne(Permit& permit, const CataloguePtr& catalogue, std::string_view domain,
                                         std::string_view token, Spending& spending) const {
  ASSIGN_OR_RETURN(const Located located, Locate(domain, token));
  Status why(Reason::kTokenNotFound);
  for (const CustomerId owner : located.owners) {
    Result<OpenCustomer> customer = customers_.OpenById(owner);
    if (customer.reason() == Reason::kCustomerNotFound) continue;
    if (!customer.ok()) return customer.status();
    const SealedStore& sealed = *located.room->sealed;
    const Bytes name = TokenItemName(located.id.random);
    ASSIGN_OR_RETURN(const std::optional<OpenItem> opened, sealed.GetItem(owner, *customer->stored.key, kTokenItemKind, name));
    if (!opened.has_value()) continue;
    ASSIGN_OR_RETURN(TokenItem item, TokenItem::Decode(opened->content.view()));
    if (item.domain != domain) continue;  // looks like no token: a domain learns nothing of others
    if (why = item.CheckUsable(house_.clock().NowMillis()); !why.ok()) continue;
    const RecordValue* value = customer->record.FindItem(item.field, item.item);
    const FieldDef* field = catalogue->FindField(item.field);
    if (value == nullptr || field == nullptr) {
      why = Status(Reason::kTokenOutdated);
      continue;
    }
    if (spending.room != nullptr && spending.room != located.room) {
      return Status(Reason::kInvalidArgument, "a batch stays within one compartment; ask once for each");
    }
    permit.RecordIn(*located.room);  // before policy is asked: it may speak of compartments
    const Decided decided = permit.DecideField(*field, customer->record.tier, Decision::kMasked, /*required=*/true);
    if (!permit.granted()) return permit.refusal();
    spending.room = located.room;
    if (item.one_time) {  // spent in the commit that records the look; a lost answer stays spent
      if (!spending.spent.insert(EncodeTokenId(located.id)).second) return Status(Reason::kTokenSpent);
      item.spent = true;
      sealed.ExpectItem(spending.batch, owner, kTokenItemKind, name, opened->version);
      RETURN_IF_ERROR(
          sealed.PutItem(spending.batch, owner, *customer->stored.key, kTokenItemKind, name, item.Encode()));
    }
    permit.entry().customers.push_back(customer->record.audit_id);
    sealed.ExpectRecord(spending.batch, owner, customer->stored.version);
    const bool plain = decided.decision == Decision::kPlain;
    Bytes shown = plain ? Bytes(value->text) : Mask(field->type, value->text, field->mask);
    return TokenResolved{catalogue, field, house_.codes().EncodeCustomer(owner), PlainBytes(std::move(shown)), plain};
  }
  return why;
}

Receipted<std::vector<Result<TokenResolved>>> Tokens::Resolve(const Caller& caller, std::string_view domain,
                                                              std::span<const std::string_view> tokens) {
  using Answers = std::vector<Result<TokenResolved>>;
  Permit permit = gate_.AuthoriseFields(caller, Action::kTokenResolve, /*needs_purpose=*/true);
  if (!permit.granted()) return permit.Refuse<Answers>();
  if (const Result<DomainPtr> known = FindDomain(caller, domain); !known.ok()) {
    permit.Deny(known.status());
    return permit.Refuse<Answers>();
  }
  permit.entry().detail = "token domain " + std::string(domain);
  if (tokens.size() > AuditEntry::kMaxAuditIds) {
    return permit.Fail<Answers>(Status(Reason::kBatchTooLarge, "a batch resolves at most 2,000 tokens, because one log entry names all customers"));
  }
  const CataloguePtr catalogue = catalogue_.Current();
  Spending spending;
  Answers answers;
  answers.reserve(tokens.size());
  for (const std::string_view token : tokens) {
    answers.push_back(ResolveOne(permit, catalogue, domain, token, spending));
    if (!permit.granted()) return permit.Refuse<Answers>();
  }
  std::vector<FieldId>& fields = permit.entry().fields;
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  permit.entry().count = static_cast<uint32_t>(tokens.size());
  if (answers.size() == 1 && !answers.front().ok()) return permit.Fail<Answers>(answers.front().status());
  return permit.Finish(std::move(answers), std::move(spending.batch));
}

Receipted<std::vector<Status>> Tokens::Revoke(const Caller& caller, std::string_view domain, std::span<const std::string_view> tokens) {
  using Answers = std::vector<Status>;
  Permit permit = gate_.Authorise(caller, Action::kTokenRevoke);
  if (!permit.granted()) return permit.Refuse<Answers>();
  if (const Result<DomainPtr> known = FindDomain(caller, domain); !known.ok()) {
    permit.Deny(known.status());
    return permit.Refuse<Answers>();
  }
  if (tokens.size() > AuditEntry::kMaxAuditIds) return permit.Fail<Answers>(Status(Reason::kBatchTooLarge, "a batch revokes at most 2,000 tokens"));
  permit.entry().detail = "token domain " + std::string(domain);
  Answers answers;
  for (const std::string_view token : tokens) {
    answers.push_back([&]() -> Status {
      ASSIGN_OR_RETURN(const Located located, Locate(domain, token));
      const SealedStore& sealed = *located.room->sealed;
      const Bytes name = TokenItemName(located.id.random);
      SealedBatch batch;
      AuditEntry entry = permit.entry();
      for (const CustomerId owner : located.owners) {
        ASSIGN_OR_RETURN(const OpenCustomer customer, customers_.OpenById(owner));
        ASSIGN_OR_RETURN(const std::optional<OpenItem> opened, sealed.GetItem(owner, *customer.stored.key, kTokenItemKind, name));
        if (!opened.has_value()) continue;
        ASSIGN_OR_RETURN(TokenItem item, TokenItem::Decode(opened->content.view()));
        if (item.domain != domain) continue;
        item.revoked = true;
        sealed.ExpectItem(batch, owner, kTokenItemKind, name, opened->version);
        RETURN_IF_ERROR(sealed.PutItem(batch, owner, *customer.stored.key, kTokenItemKind, name, item.Encode()));
        entry.customers.push_back(customer.record.audit_id);
      }
      if (batch.empty()) return Status(Reason::kTokenNotFound);
      return located.room->journal->Submit(std::move(batch), std::move(entry)).Wait();
    }());
  }
  permit.entry().count = static_cast<uint32_t>(tokens.size());
  return permit.Finish(std::move(answers));
}

}  // namespace strongroom
