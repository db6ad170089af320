// Tokens: what other systems hold in place of values.  A token belongs to one domain (one application or partner), so
// that two domains cannot join their data, and stands for one value of one customer: a replaced value takes its tokens
// with it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "base/json_writer.h"
#include "crypto/ff1.h"
#include "vault/customers.h"
#include "vault/token_item.h"

namespace strongroom {

class JsonValue;

// An application or partner that gets tokens of its own.  Stored in the office, with its FF1 key.
struct TokenDomain {
  std::string name;  // [a-z][a-z0-9-]{0,47}
  std::string description;
  uint8_t keep_last = 4;       // characters that format-preserving tokens keep, at most 4
  bool luhn_valid = false;     // a valid one may be a stranger's card: only for systems that insist
  bool stateless_ff1 = false;  // opt in: not erasable, stays in PCI scope
};
Result<TokenDomain> TokenDomainFromJson(const JsonValue& json);
void TokenDomainToJson(const TokenDomain& domain, JsonWriter& json);

std::string_view NameOf(TokenFormat format);  // "format_preserving"
std::optional<TokenFormat> TokenFormatFromName(std::string_view name);

struct TokenRequest {
  std::string_view code;
  std::string_view field;
  std::string_view value;  // which of several values, in plain; empty: the first
  TokenFormat format = TokenFormat::kRandom;
  UnixMillis expires_at = 0;  // 0: never
  bool one_time = false;
};

struct TokenMade {
  std::string token;
  bool existed = false;  // deterministic: handed out before
};

struct TokenResolved {
  CataloguePtr catalogue;
  const FieldDef* field = nullptr;
  std::string code;
  PlainBytes value;
  bool plain = false;  // false: policy lets this caller see the mask alone
};

// Any thread.  Create, Resolve of one-time tokens and Revoke wait and belong on a worker; Resolve of others may run
// inline.
class Tokens {
 public:
  static constexpr size_t kMaxBatch = 10'000;

  static Result<std::unique_ptr<Tokens>> Open(Gate& gate, CatalogueService& catalogue, Customers& customers);

  // kTokenDomainExists when it is there with other settings.
  Receipted<TokenDomain> PutDomain(const Caller& caller, TokenDomain domain);
  Receipted<std::vector<TokenDomain>> ListDomains(const Caller& caller) const;

  // One answer per request, in order; one log entry per compartment and 500.
  Receipted<std::vector<Result<TokenMade>>> Create(const Caller& caller, std::string_view domain,
                                                   std::span<const TokenRequest> requests);
  // What policy says to Create() with these requests; nothing is made.  The permit is for whoever records it.
  Permit AskToCreate(const Caller& caller, std::string_view domain, std::span<const TokenRequest> requests);
  // The values, plain or masked as policy decides for the field.  The purpose is required; the caller must be allowed
  // the domain.
  Receipted<std::vector<Result<TokenResolved>>> Resolve(const Caller& caller, std::string_view domain,
                                                        std::span<const std::string_view> tokens);
  Receipted<std::vector<Status>> Revoke(const Caller& caller, std::string_view domain,
                                        std::span<const std::string_view> tokens);

  // Takes away rows of the directory whose token is not there: what a create or an erasure left.  For when nobody else
  // has the vault (fsck): a row is written before its token.  Answers how many.
  Result<size_t> SweepDirectory();

  // Stateless FF1 (SP 800-38G) over digits, for domains that opted in.  `field` says what the values are: its policy is
  // asked.  Values keep `keep_last` digits; kTokenFormatRefused when fewer than 1,000,000 values remain.
  Receipted<std::vector<Result<std::string>>> TransformFf1(const Caller& caller, std::string_view domain,
                                                           std::string_view field,
                                                           std::span<const std::string_view> values, bool encrypt);

  // Reads the token domains: another server may have made one.
  Status RefreshDomains();

 private:
  struct Domain {
    TokenDomain definition;
    std::unique_ptr<Ff1> ff1;
  };
  using DomainPtr = std::shared_ptr<const Domain>;
  struct Located;
  struct Spending;
  class Writer;

  Tokens(Gate& gate, CatalogueService& catalogue, Customers& customers)
      : gate_(gate), house_(gate.house()), catalogue_(catalogue), customers_(customers) {}
  static Result<DomainPtr> OpenDomain(ByteView stored);
  Result<DomainPtr> FindDomain(const Caller& caller, std::string_view name) const;
  Result<Located> Locate(std::string_view domain, std::string_view text) const;
  Status RevokeOne(Permit& permit, std::string_view domain, std::string_view token) const;
  Result<bool> HasItem(const TokenId& id) const;
  Result<TokenResolved> ResolveOne(Permit& permit, const CataloguePtr& catalogue, std::string_view domain,
                                   std::string_view token, Spending& spending) const;

  Gate& gate_;
  House& house_;
  CatalogueService& catalogue_;
  Customers& customers_;
  mutable std::mutex mutex_;
  std::vector<DomainPtr> domains_;
};

}  // namespace strongroom
