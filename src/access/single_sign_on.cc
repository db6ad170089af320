#include "access/single_sign_on.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kDocument = "single-sign-on";
constexpr size_t kMostUnderWay = 1024;
constexpr size_t kMostTextBytes = 512;
constexpr size_t kNonceSizeBytes = 32;
constexpr int64_t kDiscoveryMillis = 10 * 60'000;
constexpr std::string_view kLanding = "/console/signed-on";

Status Failed(std::string why) { return Status(Reason::kSingleSignOnFailed, std::move(why)); }

bool IsPlainText(std::string_view text) {
  return !text.empty() && text.size() <= kMostTextBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Status Check(const SingleSignOnSettings& settings, bool allow_loopback_http) {
  const bool secure = settings.issuer.starts_with("https://") || allow_loopback_http;
  if (!IsPlainText(settings.issuer) || !secure || settings.issuer.find_first_of("?#") != std::string::npos) {
    return Status(Reason::kInvalidArgument, "'issuer' is the provider's https address, without query");
  }
  if (!IsPlainText(settings.client_id)) return Status(Reason::kInvalidArgument, "'client_id' is 1 to 512 characters");
  if (settings.client_secret.size() > kMostTextBytes) {
    return Status(Reason::kInvalidArgument, "'client_secret' is at most 512 bytes");
  }
  return Status::Ok();
}

// Issuer and subject, as who somebody is (Core 1.0, 5.7).
Bytes IdentityOf(std::string_view issuer, std::string_view subject) {
  Bytes name;
  ByteWriter writer(name);
  writer.Prefixed(issuer);
  writer.Prefixed(subject);
  return name;
}

}  // namespace

Bytes SingleSignOnSettings::Encode() const {
  Bytes out;
  out.reserve(issuer.size() + client_id.size() + client_secret.size() + 16);
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Prefixed(issuer);
  writer.Prefixed(client_id);
  writer.Prefixed(ExposeSecret(client_secret));
  return out;
}

Result<SingleSignOnSettings> SingleSignOnSettings::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.U8();
  SingleSignOnSettings settings;
  settings.issuer = std::string(reader.Prefixed());
  settings.client_id = std::string(reader.Prefixed());
  settings.client_secret = SecretBytes::CopyOf(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("the settings of single sign-on"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "settings of single sign-on of a newer format");
  return settings;
}

SingleSignOn::SingleSignOn(const SignInKit& kit, SignIn& sign_in)
    : kit_(kit),
      sign_in_(sign_in),
      under_way_(kit.clock(), kit.random(), "sro_", kLifeMillis, kMostUnderWay),
      web_(std::make_shared<WebClient>(WebClientConfig{.total_millis = 15'000})) {}

void SingleSignOn::UseWeb(std::shared_ptr<const WebClient> web, bool allow_loopback_http) {
  web_ = std::move(web);
  allow_loopback_http_ = allow_loopback_http;
}

// --- settings --------------------------------------------------------------------------------------------------------

Status SingleSignOn::Load() {
  const SealedStore& office = *kit_.gate.house().office().sealed;
  ASSIGN_OR_RETURN(std::optional<Document> stored, office.GetDocument(Table::kAccess, kDocument));
  SettingsPtr settings;
  if (stored.has_value()) {
    ASSIGN_OR_RETURN(SingleSignOnSettings read, SingleSignOnSettings::Decode(stored->content));
    WipeString(stored->content);
    settings = std::make_shared<const SingleSignOnSettings>(std::move(read));
  }
  std::atomic_store(&settings_, settings);
  return Status::Ok();
}

bool SingleSignOn::configured() const { return Current() != nullptr; }

std::string SingleSignOn::RedirectAddress() const { return kit_.rules.Get()->origin + std::string(kLanding); }

SingleSignOnView SingleSignOn::ViewOf(const SettingsPtr& settings) const {
  SingleSignOnView view;
  view.redirect_address = RedirectAddress();
  if (settings == nullptr) return view;
  view.configured = true;
  view.issuer = settings->issuer;
  view.client_id = settings->client_id;
  view.has_secret = !settings->client_secret.empty();
  return view;
}

Receipted<SingleSignOnView> SingleSignOn::Read(const Caller& caller) const {
  Permit permit = kit_.gate.Authorise(caller, Action::kStaffRead);  // as the settings of access
  if (!permit.granted()) return permit.Refuse<SingleSignOnView>();
  permit.entry().detail = "single sign-on read";
  return permit.Finish(ViewOf(Current()));
}

Receipted<SingleSignOnView> SingleSignOn::Store(const Caller& caller, SettingsPtr settings, std::string_view what) {
  Permit permit = kit_.gate.Authorise(caller, Action::kAccessChange);
  if (!permit.granted()) return permit.Refuse<SingleSignOnView>();
  permit.entry().detail = "single sign-on " + std::string(what);
  if (settings != nullptr) {
    if (const Status fit = Check(*settings, allow_loopback_http_); !fit.ok()) return permit.Fail<SingleSignOnView>(fit);
  }
  const SealedStore& office = *kit_.gate.house().office().sealed;
  const std::lock_guard lock(change_mutex_);
  SealedBatch batch;
  if (settings == nullptr) {
    office.DeleteDocument(batch, Table::kAccess, kDocument);
  } else {
    Bytes bytes = settings->Encode();
    permit.entry().change = Sha256(bytes);
    const Status put = office.OverwriteDocument(batch, Table::kAccess, kDocument, bytes);
    WipeString(bytes);
    if (!put.ok()) return permit.Fail<SingleSignOnView>(put);
  }
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;
  std::atomic_store(&settings_, settings);
  return Receipted<SingleSignOnView>(ViewOf(settings), receipt);
}

Receipted<SingleSignOnView> SingleSignOn::Set(const Caller& caller, SingleSignOnSettings settings) {
  return Store(caller, std::make_shared<const SingleSignOnSettings>(std::move(settings)), "set");
}

Receipted<SingleSignOnView> SingleSignOn::Remove(const Caller& caller) { return Store(caller, nullptr, "removed"); }

// --- the provider ----------------------------------------------------------------------------------------------------

Result<Bytes> SingleSignOn::Fetch(const WebRequest& request, std::string_view what) const {
  ASSIGN_OR_RETURN(WebAnswer answer, web_->Send(request));
  if (answer.status == 200) return std::move(answer.body);
  return Failed("the provider answers " + std::to_string(answer.status) + " to the " + std::string(what));
}

Result<OpenIdProvider> SingleSignOn::Discover(const SingleSignOnSettings& settings) {
  const int64_t now = kit_.clock().MonotonicMillis();
  const std::lock_guard lock(fetch_mutex_);
  if (discovered_.has_value() && discovered_->issuer == settings.issuer && now < discovered_->until_ms) {
    return discovered_->provider;
  }
  WebRequest request;
  request.url = OpenIdDiscoveryAddress(settings.issuer);
  ASSIGN_OR_RETURN(const Bytes document, Fetch(request, "discovery request"));
  ASSIGN_OR_RETURN(OpenIdProvider provider, ParseOpenIdDiscovery(document, settings.issuer, allow_loopback_http_));
  discovered_ = Discovered{settings.issuer, provider, now + kDiscoveryMillis};
  return provider;
}

Result<std::string> SingleSignOn::Redeem(const UnderWay& way, std::string_view code) const {
  WebRequest request;
  request.method = "POST";
  request.url = way.provider.token_endpoint;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  const SecretBytes& secret = way.settings->client_secret;
  if (!secret.empty()) {
    // RFC 6749 section 2.3.1: both encoded, then joined.
    std::string pair = PercentEncode(way.settings->client_id) + ":" + PercentEncode(ExposeSecret(secret));
    request.headers.emplace_back("Authorization", "Basic " + Base64Encode(pair));
    WipeString(pair);
  }
  request.body = Bytes(ExposeSecret(OpenIdTokenRequestBody(way.request, code, way.verifier)));
  Result<Bytes> answer = Fetch(request, "token request");
  WipeString(request.body);
  if (!answer.ok()) return answer.status();
  return ParseOpenIdTokenAnswer(*answer);
}

// The keys are asked for each time: a provider that has withdrawn one is heard at once, and sign-ons are few.
Result<IdToken> SingleSignOn::Verify(const UnderWay& way, std::string_view token) {
  WebRequest request;
  request.url = way.provider.jwks_uri;
  ASSIGN_OR_RETURN(const Bytes text, Fetch(request, "request for its keys"));
  ASSIGN_OR_RETURN(const JwkSet keys, JwkSet::Parse(text));
  IdTokenExpectation expected;
  expected.issuer = way.settings->issuer;
  expected.client_id = way.settings->client_id;
  expected.nonce = way.request.nonce;
  return VerifyIdToken(token, keys, expected, kit_.Now());
}

// --- the browser -----------------------------------------------------------------------------------------------------

// Our own words, which name members and never values (factors/openid.h).
Status SingleSignOn::Fail(const SignInFrom& from, const Status& why) const {
  AuditEntry entry = EntryOf(nullptr, from, Action::kSignInRefused, "single sign-on: " + why.message());
  if (entry.detail.size() > AuditEntry::kMaxDetailBytes) entry.detail.resize(AuditEntry::kMaxDetailBytes);
  entry.outcome = Reason::kSingleSignOnFailed;
  kit_.attempts.Record(std::move(entry));
  return Status(Reason::kSingleSignOnFailed);
}

Result<SignOnStart> SingleSignOn::Begin(const SignInFrom& from, ByteView proof_public) {
  const SettingsPtr settings = Current();
  if (settings == nullptr) return Failed("no identity provider is configured");
  // Counted as a guess until it is finished: whoever only begins fills the memory.
  const Result<Attempts::Guess> guess = kit_.attempts.Begin(AttemptKind::kSignOn, {}, {from.address, std::nullopt});
  if (!guess.ok()) return Fail(from, Failed("too many sign-ons begun"));
  UnderWay way;
  Result<OpenIdProvider> provider = Discover(*settings);
  if (!provider.ok()) return Fail(from, provider.status());
  way.settings = settings;
  way.provider = *std::move(provider);
  Pkce pkce = MakePkce(kit_.random());
  way.verifier = std::move(pkce.verifier);
  way.request.client_id = settings->client_id;
  way.request.redirect_uri = RedirectAddress();
  way.request.state = Base64UrlEncode(kit_.random().Take(kNonceSizeBytes));
  way.request.nonce = Base64UrlEncode(kit_.random().Take(kNonceSizeBytes));
  way.request.challenge = std::move(pkce.challenge);
  way.proof_public = Bytes(proof_public);
  way.address = from.address;
  way.guess = *guess;
  SignOnStart start;
  start.address = OpenIdAuthorizationAddress(way.provider, way.request);
  std::optional<std::string> token = under_way_.Add(std::move(way));
  if (!token.has_value()) return Status(Reason::kOverloaded, "Too many people are signing in. Try again shortly.");
  start.transaction = *std::move(token);
  return start;
}

Result<SignInStep> SingleSignOn::Finish(const SignInFrom& from, std::string_view transaction, std::string_view state,
                                        std::string_view code) {
  const auto taken = under_way_.Take(transaction);
  if (!taken.has_value()) return Status(Reason::kSignInExpired);
  const UnderWay& way = taken->value;
  if (way.address != from.address) return Fail(from, Failed("it was begun at another address"));
  if (!EqualInConstantTime(way.request.state, state)) return Fail(from, Failed("'state' is of another sign-on"));
  const Result<std::string> token = Redeem(way, code);
  if (!token.ok()) return Fail(from, token.status());
  const Result<IdToken> verified = Verify(way, *token);
  if (!verified.ok()) return Fail(from, verified.status());
  const Result<StaffMemberPtr> member = PersonOf(from, way, *verified);
  if (!member.ok()) return Fail(from, member.status());
  kit_.attempts.Succeeded(way.guess);
  return sign_in_.BeginVouched(from, *member, way.proof_public);
}

Result<StaffMemberPtr> SingleSignOn::PersonOf(const SignInFrom& from, const UnderWay& way, const IdToken& token) {
  const Bytes name = IdentityOf(way.settings->issuer, token.subject);
  ASSIGN_OR_RETURN(const std::optional<Document> known,
                   kit_.gate.house().office().sealed->GetDocument(Table::kSingleSignOn, name));
  if (!known.has_value()) return Link(from, name, token);
  ByteReader reader(known->content);
  const uint8_t version = reader.U8();
  const PrincipalId id = reader.U64();
  reader.U64();  // when
  RETURN_IF_ERROR(reader.Finish("an identity of single sign-on"));
  StaffMemberPtr member = version == kFormatVersion ? kit_.directory.Find(id) : nullptr;
  if (member == nullptr) return Failed("the identity is of nobody");
  return member;
}

// The first time: by an address that the provider has verified and that is one person's.  Whoever has signed on before
// is known by subject alone: an address may be given to somebody else later.
Result<StaffMemberPtr> SingleSignOn::Link(const SignInFrom& from, const Bytes& name, const IdToken& token) {
  if (token.email.empty() || !token.email_verified) return Failed("an unknown subject without a verified e-mail");
  StaffMemberPtr member;
  for (const StaffMemberPtr& one : kit_.directory.All()) {
    if (one->state != StaffState::kActive || FoldForSearch(one->email) != FoldForSearch(token.email)) continue;
    if (member != nullptr) return Failed("several people have this e-mail address");
    member = one;
  }
  if (member == nullptr) return Failed("nobody active has this e-mail address");
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U64(member->id);
  writer.U64(static_cast<uint64_t>(kit_.Now()));
  SealedBatch batch;
  const Room& office = kit_.gate.house().office();
  RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kSingleSignOn, name, content, kAbsent));
  AuditEntry entry = EntryOf(member.get(), from, Action::kStaffSelf, "known to single sign-on from now on");
  RETURN_IF_ERROR(office.journal->Submit(std::move(batch), std::move(entry)).Wait());
  return member;
}

}  // namespace strongroom
