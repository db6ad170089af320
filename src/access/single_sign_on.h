// SingleSignOn: the company's identity provider in place of the password (OpenID Connect Core 1.0, code flow with
// PKCE).
//
// It replaces the first step and nothing else: whoever it vouches for must be a person of ours, active, inside of their
// networks, and shows their second factor here.  A person is known by issuer and subject; the first time, by an e-mail
// address that the provider has verified and exactly one person has.  One provider, configured by whoever may change
// settings of access; the form of both documents is docs/formats/single-sign-on.md.
//
//     Begin ─► the browser goes to the provider and comes back to <origin>/console/signed-on?code&state ─► Finish
//
// Any thread; the calls may wait for the provider.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "access/pending.h"
#include "access/sign_in.h"
#include "access/sign_in_kit.h"
#include "audit/receipt.h"
#include "client/web_client.h"
#include "factors/openid.h"

namespace strongroom {

struct SingleSignOnSettings {
  std::string issuer;         // "https://id.example.com/realms/company", as the provider writes it
  std::string client_id;      // what the provider calls us
  SecretBytes client_secret;  // empty: a public client, by PKCE alone

  Bytes Encode() const;
  static Result<SingleSignOnSettings> Decode(ByteView bytes);  // kDataCorrupt
};

// The settings without the secret.
struct SingleSignOnView {
  bool configured = false;
  std::string issuer;
  std::string client_id;
  bool has_secret = false;
  std::string redirect_address;  // to be registered with the provider
};

struct SignOnStart {
  std::string transaction;
  std::string address;  // where the browser goes
};

class SingleSignOn {
 public:
  static constexpr int64_t kLifeMillis = 10 * 60'000;

  // Both must outlive this.
  SingleSignOn(const SignInKit& kit, SignIn& sign_in);
  // Reads what is configured.
  Status Load();

  Receipted<SingleSignOnView> Read(const Caller& caller) const;  // access.change
  // kInvalidArgument; access.change.  Takes effect with the next sign-on.
  Receipted<SingleSignOnView> Set(const Caller& caller, SingleSignOnSettings settings);
  Receipted<SingleSignOnView> Remove(const Caller& caller);
  bool configured() const;

  // kSingleSignOnFailed: none is configured, or the provider does not answer as it should.
  Result<SignOnStart> Begin(const SignInFrom& from, ByteView proof_public);
  // What the provider gave the browser.  kSingleSignOnFailed, whatever the cause (the log knows); kSignInRefused: the
  // person may not come in; kSignInExpired.
  Result<SignInStep> Finish(const SignInFrom& from, std::string_view transaction, std::string_view state,
                            std::string_view code);

  // How the provider is reached; tests bring their own, on loopback without TLS.
  void UseWeb(std::shared_ptr<const WebClient> web, bool allow_loopback_http);

 private:
  using SettingsPtr = std::shared_ptr<const SingleSignOnSettings>;
  struct UnderWay {
    SettingsPtr settings;
    OpenIdProvider provider;
    OpenIdRequest request;
    SecretBytes verifier;
    Bytes proof_public;
    IpAddress address;
    Attempts::Guess guess;
  };

  SettingsPtr Current() const { return std::atomic_load(&settings_); }
  std::string RedirectAddress() const;
  Receipted<SingleSignOnView> Store(const Caller& caller, SettingsPtr settings, std::string_view what);
  SingleSignOnView ViewOf(const SettingsPtr& settings) const;
  Result<Bytes> Fetch(const WebRequest& request, std::string_view what) const;
  Result<OpenIdProvider> Discover(const SingleSignOnSettings& settings);
  Result<std::string> Redeem(const UnderWay& way, std::string_view code) const;
  Result<IdToken> Verify(const UnderWay& way, std::string_view token);
  Result<StaffMemberPtr> PersonOf(const SignInFrom& from, const UnderWay& way, const IdToken& token);
  Result<StaffMemberPtr> Link(const SignInFrom& from, const Bytes& name, const IdToken& token);
  Status Fail(const SignInFrom& from, const Status& why) const;

  const SignInKit& kit_;
  SignIn& sign_in_;
  Pending<UnderWay> under_way_;
  std::mutex change_mutex_;
  SettingsPtr settings_;
  std::shared_ptr<const WebClient> web_;
  bool allow_loopback_http_ = false;

  struct Discovered {
    std::string issuer;
    OpenIdProvider provider;
    int64_t until_ms = 0;  // monotonic
  };
  std::mutex fetch_mutex_;                // one asks the provider, the rest waits for what it learnt
  std::optional<Discovered> discovered_;  // guarded by fetch_mutex_
};

}  // namespace strongroom
