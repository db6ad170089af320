// Passkeys: as the second factor of a sign-in, and as all of one.
#include <algorithm>
#include <utility>

#include "access/sign_in.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kTransactionPrefix = "srp_";
constexpr size_t kRandomSizeBytes = 16;
constexpr size_t kTimeSizeBytes = 8;
constexpr size_t kMacSizeBytes = 16;
constexpr size_t kChallengeSizeBytes = kRandomSizeBytes + kTimeSizeBytes + kMacSizeBytes;
constexpr int64_t kChallengeMillis = 5 * 60'000;
constexpr size_t kMostSpent = 100'000;
constexpr size_t kStepChallengeSizeBytes = 32;

StaffMemberPtr OwnerOf(const StaffDirectory& directory, ByteView credential_id) {
  for (const StaffMemberPtr& member : directory.All()) {
    for (const Passkey& passkey : member->passkeys) {
      if (passkey.credential_id == credential_id) return member;
    }
  }
  return nullptr;
}

}  // namespace

// Anybody may ask for a challenge, so nothing is kept for it: it carries its end and our mark.
Bytes SignIn::DrawChallenge() {
  Bytes challenge = kit_.random().Take(kRandomSizeBytes);
  ByteWriter writer(challenge);
  writer.U64(static_cast<uint64_t>(kit_.Now() + kChallengeMillis));
  const Digest mark = challenges_.Compute({challenge});
  writer.Raw(View(mark).substr(0, kMacSizeBytes));
  return challenge;
}

bool SignIn::IsOwnChallenge(ByteView challenge) const {
  if (challenge.size() != kChallengeSizeBytes) return false;
  const ByteView body = challenge.substr(0, kRandomSizeBytes + kTimeSizeBytes);
  const Digest mark = challenges_.Compute({body});
  if (!EqualInConstantTime(challenge.substr(body.size()), View(mark).substr(0, kMacSizeBytes))) return false;
  ByteReader reader(body.substr(kRandomSizeBytes));
  const auto ends = static_cast<UnixMillis>(reader.U64());
  return kit_.Now() < ends && ends - kit_.Now() <= kChallengeMillis;
}

// Kept until they would have ended anyway; false for one that was there already.
bool SignIn::SpendChallenge(ByteView challenge) {
  const UnixMillis now = kit_.Now();
  const std::lock_guard lock(mutex_);
  if (spent_challenges_.size() >= kMostSpent) {
    std::erase_if(spent_challenges_, [now](const auto& spent) { return spent.second <= now; });
  }
  if (spent_challenges_.size() >= kMostSpent) return false;
  return spent_challenges_.emplace(Bytes(challenge), now + kChallengeMillis).second;
}

Result<PasskeyOptions> SignIn::OptionsFor(const SignInFrom& from, std::string_view transaction) {
  ASSIGN_OR_RETURN(const RelyingParty party, RelyingPartyOf(*kit_.rules.Get(), from.host, from.address));
  PasskeyOptions options;
  if (transaction.empty()) {
    const Bytes challenge = DrawChallenge();
    options.json = AuthenticationOptionsJson(party, challenge, {});  // names no account
    options.transaction = std::string(kTransactionPrefix) + Base64UrlEncode(challenge);
    return options;
  }
  ASSIGN_OR_RETURN(Found found, Take(from, transaction, UnderWay::Stage::kFactor));
  UnderWay& way = found.taken.value;
  way.challenge = kit_.random().Take(kStepChallengeSizeBytes);
  options.json = AuthenticationOptionsJson(party, way.challenge, PasskeysOf(*found.person->member));
  under_way_.Return(std::move(found.taken));
  return options;
}

Result<SignInStep> SignIn::WithPasskey(const SignInFrom& from, std::string_view transaction, JsonValue credential,
                                       ByteView proof_public) {
  const std::string_view text =
      transaction.starts_with(kTransactionPrefix) ? transaction.substr(kTransactionPrefix.size()) : std::string_view();
  const Result<Bytes> challenge = Base64UrlDecode(text);
  if (!challenge.ok() || !IsOwnChallenge(*challenge)) return Status(Reason::kSignInExpired);
  ASSIGN_OR_RETURN(const AssertionResponse response, ParseAssertionResponse(credential));
  const StaffMemberPtr member = OwnerOf(kit_.directory, response.credential_id);
  ASSIGN_OR_RETURN(const Attempts::Guess guess, StartGuess(from, AttemptKind::kFactor, member.get(), "passkey"));
  if (member == nullptr) return Refuse(from, nullptr, Reason::kSignInRefused, "unknown passkey");
  ASSIGN_OR_RETURN(const RelyingParty party, RelyingPartyOf(*kit_.rules.Get(), from.host, from.address));
  Result<FactorChecks::PasskeyCheck> check = kit_.factors.Passkey(*member, party, *challenge, response);
  if (!check.ok()) return Refuse(from, member.get(), Reason::kSignInRefused, "passkey");
  if (check->cloned) {
    return Refuse(from, member.get(), Reason::kSignInRefused, "passkey counter went back", "passkey-cloned");
  }
  if (!SpendChallenge(*challenge)) {
    return Refuse(from, member.get(), Reason::kSignInRefused, "passkey answer sent again", "passkey-replayed");
  }
  ASSIGN_OR_RETURN(const PersonNowPtr person, ComeIn(from, member, "right passkey"));
  ASSIGN_OR_RETURN(UnderWay way, Start(from, *person, proof_public, "passkey"));
  way.factor = FactorKind::kPasskey;
  way.bound_passkey = check->bound;
  Found found{{{}, kit_.clock().MonotonicMillis() + kLifeMillis, std::move(way)}, person};
  ASSIGN_OR_RETURN(SignInStep step, FactorWasRight(from, std::move(found), {}, check->spend));
  kit_.attempts.Succeeded(guess);
  return step;
}

}  // namespace strongroom
