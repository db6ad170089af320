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

constexpr size_t kChunk = 500;        // tokens that share a commit and a log entry
constexpr int kTries = 8;             // against records and rows that change meanwhile, or move to another epoch
constexpr int kDraws = 20;            // of a format-preserving text before the space counts as exhausted
constexpr size_t kMaxOwners = 1'000;  // of a deterministic token
constexpr uint64_t kRandomMask = (1ull << (64 - kBucketBits)) - 1;

Bytes EncodeTokenId(const TokenId& id) { return TokenIdOf(id.owner, TokenItemName(id.random)); }

Result<TokenId> DecodeTokenId(ByteView bytes) {
  ByteReader reader(bytes);
  TokenId id;
  id.owner = reader.U64();
  id.random = reader.U64();
  RETURN_IF_ERROR(reader.Finish("a token id"));
  return id;
}

// The row that leads from a value to its deterministic token: the id and, when the token was revoked, one byte more.
struct ValueRow {
  TokenId id;
  bool revoked = false;
};

Bytes EncodeValueRow(const ValueRow& row) {
  Bytes out = EncodeTokenId(row.id);
  if (row.revoked) out.push_back(kRevokedMark);
  return out;
}

Result<ValueRow> DecodeValueRow(ByteView bytes) {
  ValueRow row;
  row.revoked = bytes.size() == sizeof(TokenId) + 1 && bytes.back() == kRevokedMark;
  if (row.revoked) bytes.remove_suffix(1);
  ASSIGN_OR_RETURN(row.id, DecodeTokenId(bytes));
  return row;
}

// Of the compartment in which the rows are: a customer who was moved there has another in the id.
CustomerId HomeOf(const OpenCustomer& customer) {
  const CompartmentInfo& info = customer.room->info;
  const uint64_t bucket = BucketOf(customer.id);
  const bool born_here = bucket >= info.first_bucket && bucket <= info.last_bucket;
  return (born_here ? bucket : info.first_bucket) << (64 - kBucketBits);
}

bool HasManyOwners(const TokenId& id) { return (id.owner & kRandomMask) == 0; }

}  // namespace

// --- making ----------------------------------------------------------------------------------------------------------

// Works off the requests of one Create: opens each customer once, keeps what is to be written by room.
class Tokens::Writer {
 public:
  Writer(Tokens& tokens, Permit& permit, const Domain& domain, CataloguePtr catalogue)
      : tokens_(tokens), house_(tokens.house_), permit_(permit), domain_(domain), catalogue_(std::move(catalogue)) {}

  // Answers for requests[begin, end); a refusal by policy shows in the permit, and then nothing of them is made.
  void WriteChunk(std::span<const TokenRequest> requests, size_t begin, size_t end,
                  std::vector<Result<TokenMade>>& answers) {
    std::vector<Drafted> drafted;
    std::vector<Drafted> deterministic;
    for (size_t i = begin; i < end; ++i) {
      Result<Drafted> draft = Draft(requests[i]);
      if (!permit_.granted()) return;
      if (!draft.ok()) {
        answers[i] = draft.status();
        continue;
      }
      draft->index = i;
      (requests[i].format == TokenFormat::kDeterministic ? deterministic : drafted).push_back(std::move(*draft));
    }
    for (Drafted& draft : deterministic) {
      const size_t i = draft.index;
      answers[i] = MakeDeterministic(requests[i], std::move(draft));
      if (!permit_.granted()) return;  // the record changed meanwhile, and policy says no to what it is now
    }
    ReserveShown(drafted, answers);
    std::map<Room*, std::vector<Drafted*>> by_room;
    for (Drafted& draft : drafted) {
      if (!draft.failed) by_room[draft.customer->room].push_back(&draft);
    }
    for (auto& [room, drafts] : by_room) {
      const Status written = Commit(*room, drafts);
      // Only when nothing can have been written: else a token would exist whose text is free for another.
      if (written.reason() == Reason::kRecordBusy) Release(drafts);
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
    ASSIGN_OR_RETURN(draft.field, catalogue_->Field(request.field));
    Status opening;
    if (last_ == nullptr || last_code_ != request.code) {
      last_ = nullptr;
      Result<OpenCustomer> opened = tokens_.customers_.Open(request.code);
      opening = opened.status();
      if (opened.ok()) last_ = std::make_shared<const OpenCustomer>(std::move(*opened));
      last_code_ = request.code;
    }
    draft.customer = last_;
    // Policy is asked though there may be no such customer: a credential without the right must not learn that.
    Room* const room = last_ != nullptr ? last_->room : tokens_.customers_.RoomOfCode(request.code);
    if (room != nullptr) permit_.RecordIn(*room);  // before policy is asked: it may speak of compartments
    permit_.DecideField(*draft.field, last_ != nullptr ? last_->record.tier : 0, Decision::kToken, /*required=*/true);
    if (draft.field->type == FieldType::kPassword && permit_.granted()) permit_.Deny(Status(Reason::kFieldUnreadable));
    if (!permit_.granted()) return permit_.refusal();
    if (!opening.ok()) return opening;
    if (request.format == TokenFormat::kDeterministic && (request.one_time || request.expires_at != 0)) {
      return Status(Reason::kTokenFormatRefused,
                    "a deterministic token is shared and always the same: it can neither expire nor resolve only once; "
                    "use a random token");
    }
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

  // Takes back what ReserveOne() reserved.  If that fails, fsck sweeps the rows.
  void Release(const std::vector<Drafted*>& drafts) const {
    const Room& office = house_.office();
    SealedBatch batch;
    uint32_t count = 0;
    for (const Drafted* draft : drafts) {
      if (draft->item.format != TokenFormat::kFormatPreserving) continue;
      office.sealed->DeleteDocument(batch, Table::kTokenDirectory,
                                    DirectoryName(draft->item.domain, draft->item.shown));
      ++count;
    }
    if (count == 0) return;
    AuditEntry entry = permit_.entry();
    entry.count = count;
    entry.outcome = Reason::kRecordBusy;
    entry.detail = "directory of tokens that were not made";
    office.journal->Submit(std::move(batch), std::move(entry)).Wait().IgnoreError();
  }

  Status ReserveOne(Drafted& draft, const PreservedShape& shape) const {
    const Room& office = house_.office();
    for (int draw = 0; draw < kDraws; ++draw) {
      ASSIGN_OR_RETURN(draft.item.shown, DrawOfShape(draft.value, shape, house_.random()));
      SealedBatch batch;
      RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kTokenDirectory,
                                                 DirectoryName(draft.item.domain, draft.item.shown),
                                                 EncodeTokenId(draft.id), kAbsent));
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
      const RowMark mark = sealed.MarkOfUnique(label, labelled);
      SealedBatch batch;
      RETURN_IF_ERROR(sealed.TakeLease(batch));
      ASSIGN_OR_RETURN(const std::optional<UniqueRow> known, sealed.GetMarked(mark));
      draft.id.owner = HomeOf(*draft.customer);
      if (known.has_value()) {
        ASSIGN_OR_RETURN(const ValueRow row, DecodeValueRow(known->content));
        // To give the same text again, to whomever, would undo the revocation.
        if (row.revoked)
          return Status(Reason::kTokenRevoked, "the value's token in this domain was revoked; make a random one");
        draft.id = row.id;
        ASSIGN_OR_RETURN(const std::optional<OpenItem> mine,
                         sealed.GetItem(draft.customer->id, *draft.customer->stored.key, kTokenItemKind,
                                        TokenItemName(draft.id.random)));
        if (mine.has_value()) {
          ASSIGN_OR_RETURN(const TokenItem item, TokenItem::Decode(mine->content.view()));
          if (item.revoked)
            return Status(Reason::kTokenRevoked, "the value's token in this domain was revoked; make a random one");
          if (item.item == draft.item.item) {
            RecordExisting(draft);
            return TokenMade{house_.codes().EncodeToken(draft.id), true};
          }
        }
      }
      draft.item.value_mark = mark.mark;
      draft.item.home = draft.id.owner;
      // Written again though it is the same: an erasure of the last owner conflicts with this, whichever comes first.
      RETURN_IF_ERROR(sealed.PutMarked(batch, mark, EncodeValueRow({draft.id, false}),
                                       known.has_value() ? std::optional<RowPlace>(known->place) : std::nullopt));
      RETURN_IF_ERROR(sealed.PutReference(batch, TokenOwnerLabel(), EncodeTokenId(draft.id), draft.customer->id));
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
  if (requests.size() > kMaxBatch)
    return permit.Fail<Answers>(Status(Reason::kBatchTooLarge, "a batch has at most 10,000 tokens"));
  Answers answers(requests.size(), Result<TokenMade>(Status(Reason::kInternal)));
  Writer writer(*this, permit, **domain, catalogue_.Current());
  // A chunk asks all its questions before it makes anything; of several, the later ones' are asked here as well, so
  // that no refusal hides tokens that were made.
  if (requests.size() > kChunk) writer.Ask(requests);
  if (!permit.granted()) return permit.Refuse<Answers>();
  for (size_t begin = 0; begin < requests.size(); begin += kChunk) {
    writer.WriteChunk(requests, begin, std::min(begin + kChunk, requests.size()), answers);
    if (!permit.granted()) break;
  }
  const bool any_made = std::any_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.ok(); });
  if (!permit.granted() && !any_made) return permit.Refuse<Answers>();
  if (any_made) {
    if (!permit
             .granted()) {  // a record changed between the question and the making: what was made is told all the same
      const Status refusal = permit.refusal();
      for (Result<TokenMade>& answer : answers) {
        if (answer.reason() == Reason::kInternal) answer = refusal;
      }
      RETURN_IF_ERROR(permit.Submit({}, refusal.reason()).Wait());
    } else {
      permit.Close();  // recorded with the tokens
    }
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
    ASSIGN_OR_RETURN(located.owners,
                     located.room->sealed->FindReferences(TokenOwnerLabel(), EncodeTokenId(located.id), kMaxOwners));
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
    Room& room = *customer->room;
    if (&room != located.room && HasManyOwners(located.id)) continue;  // such a token does not go along
    const SealedStore& sealed = *room.sealed;
    const Bytes name = TokenItemName(located.id.random);
    ASSIGN_OR_RETURN(const std::optional<OpenItem> opened,
                     sealed.GetItem(owner, *customer->stored.key, kTokenItemKind, name));
    if (!opened.has_value()) continue;
    ASSIGN_OR_RETURN(TokenItem item, TokenItem::Decode(opened->content.view()));
    if (item.domain != domain) continue;  // looks like no token: a domain learns nothing of others
    if (why = item.CheckUsable(house_.clock().NowMillis()); !why.ok()) continue;
    if (item.HasValueRow()) {
      ASSIGN_OR_RETURN(const RowMark mark, item.ValueMark(sealed));
      ASSIGN_OR_RETURN(const std::optional<UniqueRow> row, sealed.GetMarked(mark));
      if (row.has_value()) {
        ASSIGN_OR_RETURN(const ValueRow shared, DecodeValueRow(row->content));
        if (shared.revoked) return Status(Reason::kTokenRevoked);
      }
      // A revocation writes the items of all owners.  The value's row is not asked for: it may be moving to another
      // epoch.
      sealed.ExpectItem(spending.batch, owner, kTokenItemKind, name, opened->version);
    }
    const RecordValue* value = customer->record.FindItem(item.field, item.item);
    const FieldDef* field = catalogue->FindField(item.field);
    if (value == nullptr || field == nullptr) {
      why = Status(Reason::kTokenOutdated);
      continue;
    }
    if (spending.room != nullptr && spending.room != &room) {
      return Status(Reason::kInvalidArgument, "a batch stays within one compartment; ask once for each");
    }
    permit.RecordIn(room);  // before policy is asked: it may speak of compartments
    const Decided decided = permit.DecideField(*field, customer->record.tier, Decision::kMasked, /*required=*/true);
    if (!permit.granted()) return permit.refusal();
    spending.room = &room;
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
    return permit.Fail<Answers>(Status(
        Reason::kBatchTooLarge, "a batch resolves at most 2,000 tokens, because one log entry names all customers"));
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

Status Tokens::RevokeOne(Permit& permit, std::string_view domain, std::string_view token) const {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    // Each time: whoever became an owner meanwhile made this conflict, and has an item too.
    ASSIGN_OR_RETURN(const Located located, Locate(domain, token));
    Room* room = located.room;
    const Bytes name = TokenItemName(located.id.random);
    SealedBatch batch;
    AuditEntry entry = permit.entry();
    std::optional<RowMark> mark;
    for (const CustomerId owner : located.owners) {
      // Of a blocked customer as well: an erasure that is undone must not bring a revoked token back.
      const Result<OpenCustomer> customer = customers_.OpenByIdEvenBlocked(owner);
      if (customer.reason() == Reason::kCustomerNotFound) continue;  // erased
      if (!customer.ok()) return customer.status();
      if (customer->room != located.room && HasManyOwners(located.id)) continue;
      room = customer->room;
      const SealedStore& sealed = *room->sealed;
      ASSIGN_OR_RETURN(const std::optional<OpenItem> opened,
                       sealed.GetItem(owner, *customer->stored.key, kTokenItemKind, name));
      if (!opened.has_value()) continue;
      ASSIGN_OR_RETURN(TokenItem item, TokenItem::Decode(opened->content.view()));
      if (item.domain != domain) continue;
      item.revoked = true;
      if (item.HasValueRow()) {
        ASSIGN_OR_RETURN(mark, item.ValueMark(sealed));
      }
      sealed.ExpectRecord(batch, owner, customer->stored.version);  // not beside a move
      sealed.ExpectItem(batch, owner, kTokenItemKind, name, opened->version);
      RETURN_IF_ERROR(sealed.PutItem(batch, owner, *customer->stored.key, kTokenItemKind, name, item.Encode()));
      entry.customers.push_back(customer->record.audit_id);
    }
    if (batch.empty()) return Status(Reason::kTokenNotFound);
    const SealedStore& sealed = *room->sealed;
    if (mark.has_value()) {
      RETURN_IF_ERROR(sealed.TakeLease(batch));
      ASSIGN_OR_RETURN(const std::optional<UniqueRow> row, sealed.GetMarked(*mark));
      if (row.has_value()) {
        RETURN_IF_ERROR(sealed.PutMarked(batch, *mark, EncodeValueRow({located.id, true}), row->place));
      }
    }
    const Status written = room->journal->Submit(std::move(batch), std::move(entry)).Wait();
    if (written.reason() != Reason::kStorageConflict) return written;
  }
  return Status(Reason::kRecordBusy);
}

Receipted<std::vector<Status>> Tokens::Revoke(const Caller& caller, std::string_view domain,
                                              std::span<const std::string_view> tokens) {
  using Answers = std::vector<Status>;
  Permit permit = gate_.Authorise(caller, Action::kTokenRevoke);
  if (!permit.granted()) return permit.Refuse<Answers>();
  if (const Result<DomainPtr> known = FindDomain(caller, domain); !known.ok()) {
    permit.Deny(known.status());
    return permit.Refuse<Answers>();
  }
  if (tokens.size() > AuditEntry::kMaxAuditIds)
    return permit.Fail<Answers>(Status(Reason::kBatchTooLarge, "a batch revokes at most 2,000 tokens"));
  permit.entry().detail = "token domain " + std::string(domain);
  Answers answers;
  for (const std::string_view token : tokens) {
    answers.push_back(RevokeOne(permit, domain, token));
  }
  permit.entry().count = static_cast<uint32_t>(tokens.size());
  return permit.Finish(std::move(answers));
}

}  // namespace strongroom
