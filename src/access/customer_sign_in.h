// CustomerSignIn: a verdict on who a customer of the company's own application is, from a password and a second factor.
//
//     Begin (password) ─┬─► factor ─► done
//                       └─► done (the customer has no second factor)
//     BeginRecovery ─► [the application delivers the transaction] ─► factor ─► reset ─► ResetPassword
//
// The application asks, over its own credential, and says where the customer is; it keeps its own sessions.  Whoever is
// refused hears the same and costs the same: a code that belongs to nobody, a wrong password, a customer the caller may
// not know of.  Wrong passwords and wrong factors are counted apart, where the customer is (vault/guesses.h), so that
// neither can be found by trying and outsiders lock nobody out; and by network, for lists of stolen passwords
// (attempts.h).
//
// A sign-in under way lives five minutes in memory (a recovery thirty), belongs to the credential that began it, and is
// over when a password or factor of the customer changes.  Every step is recorded.  Any thread; each may wait.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/customer_account.h"
#include "access/customer_factors.h"
#include "access/pending.h"
#include "access/sign_in.h"
#include "factors/recovery_codes.h"
#include "vault/password_field.h"

namespace strongroom {

// Where the customer is, as the application tells.
struct CustomerAt {
  IpAddress address;
  std::string_view device;  // the mark that an earlier verdict gave; empty: none
};

struct CustomerVerdict {
  std::string customer;                   // code
  std::vector<std::string_view> methods;  // "password", then the factor
  UnixMillis at = 0;
  bool new_device = false;
  bool new_network = false;
  std::string device;  // to be kept by the customer's browser, and said next time
};

struct CustomerStep {
  enum class Outcome : uint8_t { kRefused, kFactor, kReset, kDone };
  Outcome outcome = Outcome::kRefused;
  std::string transaction;          // to go on with
  std::vector<FactorKind> factors;  // to go on with: those the customer has
  std::optional<CustomerVerdict> done;
};

struct CustomerPassword {
  std::string_view code;
  std::string_view field;  // of type `password`
  std::string_view password;
};

class CustomerSignIn {
 public:
  static constexpr int64_t kLifeMillis = 5 * 60'000;
  static constexpr int64_t kRecoveryLifeMillis = 30 * 60'000;
  static constexpr int kMostFactorTries = 5;
  static constexpr int kMostCodesSent = 3;

  // Both must outlive this.
  CustomerSignIn(CustomerAccounts& accounts, CustomerFactors& factors);

  // kRateLimited: too many wrong passwords, of this customer or from this network.  kFieldUnknown, kWrongType,
  // kCodeMistyped, kOverloaded.
  Result<CustomerStep> Begin(const Caller& caller, const CustomerPassword& shown, const CustomerAt& at);
  // The password is forgotten.  Answers a transaction for any code, whoever it belongs to.
  Result<std::string> BeginRecovery(const Caller& caller, std::string_view code);
  // kSignInExpired: no such transaction of this caller, too late, tried too often, or a password or factor changed.
  // kRateLimited.
  Result<CustomerStep> GiveFactor(const Caller& caller, std::string_view transaction, const ShownFactor& shown,
                                  const CustomerAt& at);
  // What a passkey is to sign in the pages of `origin`.  kSignInExpired, kInvalidArgument.
  Result<std::string> PasskeyOptions(const Caller& caller, std::string_view transaction, std::string_view origin);
  // Texts a code.  kSignInExpired, kFactorInvalid, kRateLimited.
  Status SendCode(const Caller& caller, std::string_view transaction, std::string_view service,
                  std::string_view language);
  // After a recovery's factor.  As CustomerFactors::SetPassword; what is refused may be tried again.
  Status ResetPassword(const Caller& caller, std::string_view transaction, const NewCustomerPassword& wanted);

 private:
  enum class Stage : uint8_t { kFactor, kRecovery, kReset };
  struct UnderWay {
    Stage stage = Stage::kFactor;
    PrincipalId application = 0;
    CustomerId customer = 0;  // 0: nobody
    uint64_t nobody = 0;      // how nobody is counted
    Digest mark{};
    int failures = 0;
    RelyingParty party;
    Bytes challenge;
    bool cloned = false;  // the passkey that was shown last
    std::string code;     // that was texted
    int64_t code_ends_ms = 0;
    int codes_sent = 0;
  };
  using Taken = Pending<UnderWay>::Taken;
  // A transaction taken, and what was asked about its customer.
  struct Found {
    Taken taken;
    CustomerAccounts::Asked asked;
  };
  using AskedFor = CustomerAccounts::Asked;

  // --- customer_sign_in.cc ---
  Status CountNetwork(const Caller& caller, const OpenAccount* account, const CustomerAt& at, Attempts::Guess& guess);
  Result<bool> PasswordIsRight(const OpenAccount* account, const FieldDef& field, std::string_view password);
  Result<CustomerStep> Refused(AskedFor asked, const FieldDef& field, const CustomerAt& at);
  Result<CustomerStep> Accepted(const Caller& caller, AskedFor asked, const FieldDef& field, const CustomerAt& at);
  Result<CustomerStep> AfterPassword(SealedBatch& batch, OpenAccount& account, const FieldDef& field,
                                     const CustomerAt& at) const;
  Result<CustomerStep> ToFactor(const Caller& caller, const OpenAccount& account, CustomerStep step);
  std::vector<FactorKind> FactorsOf(const OpenAccount& account) const;
  CustomerVerdict NotePlaces(OpenAccount& account, const CustomerAt& at) const;
  Result<std::string> Keep(UnderWay way);
  Pending<UnderWay>& PendingOf(std::string_view transaction);

  // --- customer_sign_in_steps.cc ---
  Result<Found> Take(const Caller& caller, std::string_view transaction);
  Result<Spend> Check(UnderWay& way, const OpenAccount* account, const ShownFactor& shown);
  Result<Spend> CheckPasskey(UnderWay& way, const OpenAccount* account, const ShownFactor& shown);
  Result<Spend> CheckRecovery(const OpenAccount* account, std::string_view code);
  Status CheckCode(UnderWay& way, std::string_view code) const;
  Result<CustomerStep> FactorWrong(Found found, std::string_view transaction, const ShownFactor& shown,
                                   const CustomerAt& at, const Status& why);
  Result<CustomerStep> FactorRight(Found found, std::string_view transaction, const ShownFactor& shown,
                                   const CustomerAt& at, const Spend& spend);
  void AlarmOfClone(const Caller& caller);

  CustomerAccounts& accounts_;
  CustomerFactors& factors_;
  const SignInKit& kit_;
  const PasswordField passwords_;
  NobodysGuesses nobodys_guesses_;
  RecoveryCodeSet nobodys_codes_;  // for the work of looking
  Pending<UnderWay> under_way_;
  Pending<UnderWay> recoveries_;
};

}  // namespace strongroom
