// Token domains: who gets tokens of their own, and their definitions in the office.
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "vault/tokens.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr size_t kMaxDomains = 10'000;

bool IsDomainName(std::string_view name) {
  if (name.empty() || name.size() > 48 || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool SameSettings(const TokenDomain& a, const TokenDomain& b) {
  return a.keep_last == b.keep_last && a.luhn_valid == b.luhn_valid && a.stateless_ff1 == b.stateless_ff1;
}

}  // namespace

std::string_view NameOf(TokenFormat format) {
  switch (format) {
    case TokenFormat::kRandom:
      return "random";
    case TokenFormat::kDeterministic:
      return "deterministic";
    case TokenFormat::kFormatPreserving:
      return "format_preserving";
  }
  return "unknown";
}

std::optional<TokenFormat> TokenFormatFromName(std::string_view name) {
  for (const TokenFormat format : {TokenFormat::kRandom, TokenFormat::kDeterministic, TokenFormat::kFormatPreserving}) {
    if (NameOf(format) == name) return format;
  }
  return std::nullopt;
}

Result<TokenDomain> TokenDomainFromJson(const JsonValue& json) {
  RETURN_IF_ERROR(json.ExpectObject());
  TokenDomain domain;
  ASSIGN_OR_RETURN(domain.name, json.GetString("name"));
  if (!IsDomainName(domain.name)) {
    return Status(Reason::kInvalidArgument,
                  "a token domain's name is 1 to 48 of a-z, 0-9 and -, beginning with a letter");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string_view> description, json.OptString("description"));
  domain.description = std::string(description.value_or(""));
  ASSIGN_OR_RETURN(const std::optional<int64_t> keep_last, json.OptInt("keep_last", 0, 4));
  domain.keep_last = static_cast<uint8_t>(keep_last.value_or(4));
  ASSIGN_OR_RETURN(const std::optional<bool> luhn_valid, json.OptBool("luhn_valid"));
  domain.luhn_valid = luhn_valid.value_or(false);
  ASSIGN_OR_RETURN(const std::optional<bool> stateless, json.OptBool("stateless_ff1"));
  domain.stateless_ff1 = stateless.value_or(false);
  RETURN_IF_ERROR(json.RefuseUnknown());
  return domain;
}

void TokenDomainToJson(const TokenDomain& domain, JsonWriter& json) {
  json.BeginObject();
  json.String("name", domain.name);
  json.String("description", domain.description);
  json.Int("keep_last", domain.keep_last);
  json.Bool("luhn_valid", domain.luhn_valid);
  json.Bool("stateless_ff1", domain.stateless_ff1);
  json.EndObject();
}

// Stored: version, the domain's random key (32 bytes), then the JSON form.
Result<Tokens::DomainPtr> Tokens::OpenDomain(ByteView stored) {
  ByteReader reader(stored);
  const uint8_t version = reader.U8();
  const SecretBytes key = SecretBytes::CopyOf(reader.Raw(Aead::kKeySizeBytes));
  const ByteView json = reader.Rest();
  if (reader.failed() || version != kFormatVersion)
    return Status(Reason::kDataCorrupt, "a token domain is of a newer format");
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(json));
  auto domain = std::make_shared<Domain>();
  ASSIGN_OR_RETURN(domain->definition, TokenDomainFromJson(document.root()));
  ASSIGN_OR_RETURN(Ff1 ff1, Ff1::Create(Hkdf(key, "strongroom stateless tokens v1"), 10));
  domain->ff1 = std::make_unique<Ff1>(std::move(ff1));
  return DomainPtr(std::move(domain));
}

Result<std::unique_ptr<Tokens>> Tokens::Open(Gate& gate, CatalogueService& catalogue, Customers& customers) {
  std::unique_ptr<Tokens> tokens(new Tokens(gate, catalogue, customers));
  RETURN_IF_ERROR(tokens->RefreshDomains());
  return tokens;
}

Status Tokens::RefreshDomains() {
  ASSIGN_OR_RETURN(const std::vector<ListedDocument> documents,
                   house_.office().sealed->ListDocuments(Table::kTokenDomain, {}, kMaxDomains));
  std::vector<DomainPtr> domains;
  for (const ListedDocument& document : documents) {
    ASSIGN_OR_RETURN(DomainPtr domain, OpenDomain(document.content));
    domains.push_back(std::move(domain));
  }
  std::lock_guard lock(mutex_);
  domains_ = std::move(domains);
  return Status::Ok();
}

Result<Tokens::DomainPtr> Tokens::FindDomain(const Caller& caller, std::string_view name) const {
  const std::vector<std::string>& allowed = caller.principal->token_domains;
  const bool may_use =
      std::any_of(allowed.begin(), allowed.end(), [name](const std::string& one) { return one == name || one == "*"; });
  // Refused before it is looked up: a credential learns nothing of domains that are not its own.
  if (!may_use)
    return Status(Reason::kTokenDomainRefused, "this credential may not use the token domain that was named");
  std::lock_guard lock(mutex_);
  for (const DomainPtr& domain : domains_) {
    if (domain->definition.name == name) return domain;
  }
  return Status(Reason::kTokenDomainUnknown,
                "there is no token domain of this name; 'strongroom token domains' lists them");
}

Receipted<TokenDomain> Tokens::PutDomain(const Caller& caller, TokenDomain definition) {
  Permit permit = gate_.Authorise(caller, Action::kTokenDomainChange);
  if (!permit.granted()) return permit.Refuse<TokenDomain>();
  permit.entry().detail = "token domain " + definition.name;
  {
    std::lock_guard lock(mutex_);
    for (const DomainPtr& domain : domains_) {
      if (domain->definition.name != definition.name) continue;
      if (SameSettings(domain->definition, definition)) return permit.Finish(TokenDomain(domain->definition));
      return permit.Fail<TokenDomain>(
          Status(Reason::kTokenDomainExists,
                 "the token domain exists with other settings, which tokens in use depend on; name a new one"));
    }
  }
  Bytes stored;
  ByteWriter writer(stored);
  writer.U8(kFormatVersion);
  const SecretBytes key = SecretBytes::Generate(Aead::kKeySizeBytes, house_.random());
  writer.Raw(ExposeSecret(key));
  JsonWriter json(stored);
  TokenDomainToJson(definition, json);
  Result<DomainPtr> domain = OpenDomain(stored);
  SealedBatch batch;
  const Status put =
      domain.ok() ? house_.office().sealed->PutDocument(batch, Table::kTokenDomain, definition.name, stored, kAbsent)
                  : domain.status();
  WipeString(stored);
  if (!put.ok()) return permit.Fail<TokenDomain>(put);
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;
  std::lock_guard lock(mutex_);
  domains_.push_back(std::move(*domain));
  return Receipted<TokenDomain>(std::move(definition), receipt);
}

Receipted<std::vector<TokenDomain>> Tokens::ListDomains(const Caller& caller) const {
  using Domains = std::vector<TokenDomain>;
  Permit permit = gate_.Authorise(caller, Action::kTokenDomainRead);
  if (!permit.granted()) return permit.Refuse<Domains>();
  Domains domains;
  std::lock_guard lock(mutex_);
  for (const DomainPtr& domain : domains_) domains.push_back(domain->definition);
  return permit.Finish(std::move(domains));
}

}  // namespace strongroom
