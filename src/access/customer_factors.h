// CustomerFactors: how the password and second factors of a customer come to be and go, asked for by the company's own
// application, which has to know that it is the customer: Strongroom keeps no session of theirs.
//
// What is begun (authenticator, passkey, phone) is in memory until it is confirmed, ten minutes at most, belongs to the
// credential that began it, and is over when a password or factor changes meanwhile.  Every call is recorded.  Any
// thread; each may wait.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/credential_setup.h"
#include "access/customer_account.h"
#include "access/pending.h"

namespace strongroom {

// How a customer signs in; no secret in it.
struct CustomerFactorsView {
  std::string code;
  bool password = false;
  CustomerAccount account;
};

struct NewCustomerPassword {
  std::string_view field;             // of type `password`
  std::string_view collection_point;  // that may gather it
  std::string_view password;
  IpAddress from;  // where the customer is
};

struct BegunFactor {
  std::string transaction;  // to confirm it with
  TotpOffer totp;           // of an authenticator
  std::string options;      // of a passkey: JSON
};

struct FactorProof {
  std::string_view code;                // of an authenticator or phone
  std::optional<JsonValue> credential;  // of a passkey
  std::string_view label;
};

class CustomerFactors {
 public:
  static constexpr int64_t kLifeMillis = 10 * 60'000;

  // `accounts` must outlive this.
  explicit CustomerFactors(CustomerAccounts& accounts);
  void UseBreaches(std::shared_ptr<const BreachFilter> filter) { setup_.UseBreaches(std::move(filter)); }

  Result<CustomerFactorsView> Describe(const Caller& caller, std::string_view code);
  // Length, common and breached passwords, and the customer's own names (SP 800-63B-4).  kPasswordRefused says why;
  // kRateLimited: too many that were made of the names, which tells what they are.  Ends what the customer had begun.
  Status SetPassword(const Caller& caller, std::string_view code, const NewCustomerPassword& wanted);
  // The same for somebody who was asked already, and is open.
  Status SetPassword(const Caller& caller, Permit permit, const OpenAccount& account,
                     const NewCustomerPassword& wanted);

  // `service` and `name`: what the app shows.
  Result<BegunFactor> BeginTotp(const Caller& caller, std::string_view code, std::string_view service,
                                std::string_view name);
  Result<BegunFactor> BeginPasskey(const Caller& caller, std::string_view code, std::string_view origin,
                                   std::string_view name);
  // Texts a code.  kRateLimited.
  Result<BegunFactor> BeginPhone(const Caller& caller, std::string_view code, std::string_view phone,
                                 std::string_view service, std::string_view language);
  // kFactorRefused, kFactorInvalid, kSignInExpired; after five wrong codes it must be begun again.
  Status Confirm(const Caller& caller, std::string_view transaction, const FactorProof& proof);
  // New ones; the old ones end.
  Result<std::vector<SecretBytes>> MakeRecoveryCodes(const Caller& caller, std::string_view code);
  // `id`: of a passkey, base64url.  kFactorInvalid when there is no such.
  Status Remove(const Caller& caller, std::string_view code, FactorKind kind, std::string_view id);

 private:
  struct Begun {
    PrincipalId application = 0;
    CustomerId customer = 0;
    Digest mark{};
    FactorKind kind = FactorKind::kNone;
    RelyingParty party;
    SetupState setup;
  };
  using Change = std::function<Status(StaffMember&)>;

  Status CheckPassword(Permit& permit, const OpenAccount& account, const NewCustomerPassword& wanted);
  Result<std::string> Keep(const Caller& caller, const OpenAccount& account, Begun begun);
  // Changes the account and records it; again if somebody else wrote meanwhile.
  Status Write(CustomerAccounts::Asked asked, std::string detail, const Change& change);
  Status ConfirmOne(Begun& begun, StaffMember& person, const FactorProof& proof) const;

  CustomerAccounts& accounts_;
  CredentialSetup setup_;
  Pending<Begun> begun_;
};

}  // namespace strongroom
