// SignIn: from a name and a password, or a passkey, to a session.
//
//     Begin (name, password) ─► factor ─┬─► session
//     Passkey (alone)        ───────────┴─► question (new device or network, and the person has set one) ─► session
//
// What is the same for everybody who is refused: the answer, and the work.  A name nobody has costs one Argon2id like
// any other; a right password of somebody who may not come in (suspended, locked, from outside their networks) is
// answered as a wrong one.  The log learns which it was, and a right password from outside is an alarm.
//
// A sign-in under way lives ten minutes in memory, belongs to one address and to the key the browser sent with its
// first step, and each step is done once.  All of it is recorded.  Any thread; the steps may wait.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/pending.h"
#include "access/sign_in_kit.h"
#include "base/json.h"

namespace strongroom {

// The browser is signed in.
struct SignedIn {
  SecretBytes cookie;  // "srs_..."
  std::string session_id;
  Bytes proof_public;       // 65 bytes: our half of the proof key
  std::string device_mark;  // to be kept by the browser
};

struct SignInStep {
  enum class Next : uint8_t { kFactor, kQuestion, kDone };
  Next next = Next::kFactor;
  std::string transaction;          // to go on with; empty when done
  std::vector<FactorKind> factors;  // those the person has
  std::string question;
  std::optional<SignedIn> done;
};

struct ShownFactor {
  FactorKind kind = FactorKind::kNone;
  std::string_view code;
  std::optional<JsonValue> credential;  // of a passkey
};

struct PasskeyOptions {
  std::string json;         // for navigator.credentials.get
  std::string transaction;  // to send back; empty when one was given
};

class SignIn {
 public:
  static constexpr int64_t kLifeMillis = 10 * 60'000;
  static constexpr int kMostFactorTries = 5;
  static constexpr int kMostAnswerTries = 3;
  static constexpr int kMostCodeTries = 3;
  static constexpr int kMostCodesSent = 3;

  // `kit` must outlive this.
  explicit SignIn(const SignInKit& kit);

  // `proof_public`: 65 bytes, the browser's half of the proof key.  kSignInRefused, whatever the cause; kFactorInvalid
  // (the key is none); kOverloaded.
  Result<SignInStep> Begin(const SignInFrom& from, std::string_view name, std::string_view password,
                           ByteView proof_public);
  // kFactorRefused; kSignInExpired: no such sign-in, too late, used, tried too often, or from another address.
  Result<SignInStep> GiveFactor(const SignInFrom& from, std::string_view transaction, const ShownFactor& shown);
  // kSignInRefused, kSignInExpired.
  Result<SignInStep> Answer(const SignInFrom& from, std::string_view transaction, std::string_view answer);
  // Texts a code.  kSignInExpired, kFactorInvalid.
  Status SendCode(const SignInFrom& from, std::string_view transaction);

  // What a passkey must sign: as the second factor of a sign-in, or (no transaction) as all of one.
  Result<PasskeyOptions> OptionsFor(const SignInFrom& from, std::string_view transaction);
  // The passkey alone; it must have verified its owner.  `transaction` is of OptionsFor().
  Result<SignInStep> WithPasskey(const SignInFrom& from, std::string_view transaction, JsonValue credential,
                                 ByteView proof_public);

  // The password step was done by an identity provider (single_sign_on.h): goes on to the factor.
  Result<SignInStep> BeginVouched(const SignInFrom& from, const StaffMemberPtr& member, ByteView proof_public);

 private:
  struct UnderWay {
    enum class Stage : uint8_t { kFactor, kQuestion };
    Stage stage = Stage::kFactor;
    PrincipalId person = 0;
    uint64_t credentials = 0;  // CredentialsMark() when it began
    IpAddress address;
    uint64_t session_id = 0;
    SecretBytes proof_key;
    Bytes proof_public;
    std::string_view how;  // "password"
    FactorKind factor = FactorKind::kNone;
    bool bound_passkey = false;
    bool new_device = false;
    bool new_network = false;
    int factor_failures = 0;
    int answer_failures = 0;
    Bytes challenge;
    std::string code;  // that was texted
    int64_t code_ends_ms = 0;
    int code_failures = 0;
    int codes_sent = 0;
  };
  using Taken = Pending<UnderWay>::Taken;

  // --- sign_in.cc ---
  Result<bool> PasswordIsRight(const StaffMember* member, std::string_view password);
  // Records why and answers `reason` alone.  `alarm`: what the house is told, if it is one.
  Status Refuse(const SignInFrom& from, const StaffMember* member, Reason reason, std::string_view why,
                std::string_view alarm = {});
  // kSignInRefused or kFactorRefused, recorded, when it is too early.
  Result<Attempts::Guess> StartGuess(const SignInFrom& from, AttemptKind kind, const StaffMember* member,
                                     std::string_view name);
  // Null, and why, when this person may not come in from there.
  PersonNowPtr MayComeIn(const SignInFrom& from, const StaffMemberPtr& member, std::string_view& why) const;
  Result<PersonNowPtr> ComeIn(const SignInFrom& from, const StaffMemberPtr& member, std::string_view how);
  Result<UnderWay> Start(const SignInFrom& from, const PersonNow& person, ByteView proof_public, std::string_view how);
  Result<SignInStep> ToFactor(UnderWay way, const PersonNow& person);
  std::vector<FactorKind> FactorsOf(const StaffMember& member) const;

  // --- sign_in_steps.cc ---
  struct Found {
    Taken taken;
    PersonNowPtr person;
  };
  // kSignInExpired when it cannot be gone on with.
  Result<Found> Take(const SignInFrom& from, std::string_view transaction, UnderWay::Stage stage);
  Result<Spend> Check(const SignInFrom& from, UnderWay& way, const PersonNow& person, const ShownFactor& shown);
  Result<Spend> CheckPasskey(const SignInFrom& from, UnderWay& way, const PersonNow& person, const ShownFactor& shown);
  Result<Spend> CheckCode(UnderWay& way, std::string_view code);
  Status FactorFailed(const SignInFrom& from, Found found, const Attempts::Guess& guess, const Status& why);
  Result<SignInStep> FactorWasRight(const SignInFrom& from, Found found, std::string_view transaction,
                                    const Spend& spend);
  Result<SignInStep> ToQuestion(const SignInFrom& from, Found found, std::string_view transaction, const Spend& spend);
  Result<SignInStep> Finish(const SignInFrom& from, UnderWay way, const Spend& spend);
  void TellOfPlace(const SignInFrom& from, const UnderWay& way, const StaffMember& member);

  // --- sign_in_passkey.cc ---
  Bytes DrawChallenge();
  bool IsOwnChallenge(ByteView challenge) const;
  bool SpendChallenge(ByteView challenge);

  const SignInKit& kit_;
  Pending<UnderWay> under_way_;
  const Mac challenges_;
  std::mutex mutex_;
  std::unordered_map<std::string, UnixMillis> spent_challenges_;  // guarded by mutex_; until when
};

}  // namespace strongroom
