// CustomerAccount: what a customer of the company's own applications signs in with, beside the password
// (docs/formats/customer-sign-in.md); and CustomerAccounts, which reads and writes it beside the customer's record,
// sealed with the customer's own key.  Shared by CustomerSignIn and CustomerFactors; owned by CustomerDoor.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/access_settings.h"
#include "access/factor_checks.h"
#include "access/sign_in_kit.h"
#include "access/staff_member.h"
#include "access/staff_secrets.h"
#include "vault/customers.h"
#include "vault/guesses.h"

namespace strongroom {

constexpr char kSignInItemKind = 's';
// Where wrong answers are counted (vault/guesses.h), beside the fields' own numbers.
constexpr FieldId kFactorGuesses = 0xFFFF;
constexpr FieldId kNameGuesses = 0xFFFE;

struct CustomerAccount {
  static constexpr uint32_t kMostWrongCodes = 100;  // NIST SP 800-63B-4, 3.2.2
  static constexpr uint16_t kMostTextsAnHour = 5;

  StaffMember person;  // its factors and places alone, so that one set of checks serves both
  uint32_t wrong_codes = 0;
  uint16_t texts = 0;
  UnixMillis texts_since = 0;

  Bytes Encode() const;
  // kDataCorrupt when malformed.
  static Result<CustomerAccount> Decode(ByteView bytes);
  bool codes_are_closed() const { return wrong_codes >= kMostWrongCodes; }
  size_t recovery_codes_left() const;
  // False when there were as many in an hour as may be.
  bool CountText(UnixMillis now);
};

// A customer with the account open.
struct OpenAccount {
  OpenCustomer customer;
  CustomerAccount account;
  StoreVersion version = kAbsent;  // of the account as it was read

  // Changes with every password and factor: what was begun before such a change is over.
  Digest Mark(const Catalogue& catalogue) const;
};

// Any thread.
class CustomerAccounts {
 public:
  // All must outlive this.  `secrets`: under the customers' pepper.
  CustomerAccounts(const SignInKit& kit, CatalogueService& catalogue, Customers& customers,
                   const AccessSettingsService& settings, StaffSecrets& secrets);

  // Begins a request about a customer: asks policy where the customer is.  `account` stays empty, as for nobody, when
  // there is none or the caller may not know; `failure` says what else went wrong.
  struct Asked {
    Permit permit;
    std::optional<OpenAccount> account;
    Status failure;  // kCustomerNotFound for nobody
  };
  Asked Ask(const Caller& caller, Action action, std::string_view code);
  Asked Ask(const Caller& caller, Action action, CustomerId customer);
  // Again, after somebody else wrote.
  Result<OpenAccount> Reopen(const OpenAccount& account) const;

  // Adds the account as it is now.  The batch then holds only if neither it nor the record changed since it was read.
  Status Put(SealedBatch& batch, const OpenAccount& account) const;
  // For batches without Put: an erasure takes the record away first, then nothing may be written beside it.
  static void ExpectCustomer(SealedBatch& batch, const OpenAccount& account);

  Result<GuessCount> BeginGuess(const OpenAccount& account, FieldId field, const IpAddress& from) const;

  // Who we are to a customer's authenticator: an origin that the settings of access list.  kInvalidArgument.
  Result<RelyingParty> PartyOf(std::string_view origin) const;
  // What the company's applications are called: the hosts of those origins.
  std::vector<std::string> Services() const;
  std::string CodeOf(CustomerId customer) const { return kit_.gate.house().codes().EncodeCustomer(customer); }

  // With customers' secrets in place of people's.
  const SignInKit& kit() const { return kit_; }
  CatalogueService& catalogue() const { return catalogue_; }
  Customers& customers() const { return customers_; }

 private:
  Asked AskOf(const Caller& caller, Action action, Result<OpenCustomer> customer, Room* room);
  Result<OpenAccount> OpenOf(OpenCustomer customer) const;

  FactorChecks checks_;
  const SignInKit kit_;
  CatalogueService& catalogue_;
  Customers& customers_;
  const AccessSettingsService& settings_;
};

}  // namespace strongroom
