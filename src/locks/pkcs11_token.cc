#include "locks/pkcs11_token.h"

#include <p11-kit/pkcs11.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "locks/shared_library.h"

namespace strongroom {
namespace {

constexpr std::string_view kPurpose = "strongroom pkcs11 lock v1";
constexpr CK_ULONG kKeySizeBytes = 32;

Status Failed(std::string message) { return Status(kLockDeviceFailed, std::move(message)); }

std::string Hex(CK_RV code) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789abcdef"[code & 15]);
    code >>= 4;
  } while (code != 0);
  return "0x" + text;
}

// What a return value of the module means here; `doing`: "to log in".
Status StatusOf(CK_RV code, std::string_view doing) {
  switch (code) {
    case CKR_OK:
      return Status::Ok();
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
      return Status(Reason::kUnlockFailed, "the token refuses the PIN");
    case CKR_PIN_LOCKED:
      return Failed("the token has blocked its PIN after too many wrong ones: its security officer can set a new one");
    case CKR_PIN_EXPIRED:
      return Failed("the token's PIN has expired: set a new one with the token's own tool");
    case CKR_MECHANISM_INVALID:
      return Failed("the token does not offer the mechanism that is needed " + std::string(doing));
    default:
      return Failed("the token's module refuses " + std::string(doing) + ": PKCS#11 return value " + Hex(code));
  }
}

// PKCS#11 pads labels with spaces.
std::string_view Unpadded(const CK_UTF8CHAR* label, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(label), size);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// PKCS#11 takes what it only reads as if it would write.
CK_BYTE* ReadOnly(ByteView bytes) { return const_cast<CK_BYTE*>(reinterpret_cast<const CK_BYTE*>(bytes.data())); }

template <typename T>
CK_ATTRIBUTE Attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return {type, &value, sizeof value};
}

// A session with a token, logged in.
class Session {
 public:
  static Result<Session> Open(const LockConfig& config, const SecretBytes& pin, bool may_write) {
    ASSIGN_OR_RETURN(const SharedLibrary library, SharedLibrary::Load(config.pkcs11_module));
    CK_C_GetFunctionList get_list = nullptr;
    RETURN_IF_ERROR(library.Find("C_GetFunctionList", get_list));
    Session session;
    RETURN_IF_ERROR(StatusOf(get_list(&session.call_), "to be used"));
    CK_C_INITIALIZE_ARGS threads = {};
    threads.flags = CKF_OS_LOCKING_OK;
    RETURN_IF_ERROR(StatusOf(session.call_->C_Initialize(&threads), "to begin"));
    ASSIGN_OR_RETURN(const CK_SLOT_ID slot, session.SlotOf(config.pkcs11_token));
    const CK_FLAGS flags = CKF_SERIAL_SESSION | (may_write ? CKF_RW_SESSION : 0);
    RETURN_IF_ERROR(
        StatusOf(session.call_->C_OpenSession(slot, flags, nullptr, nullptr, &session.handle_), "to open a session"));
    const CK_RV login = session.call_->C_Login(session.handle_, CKU_USER, ReadOnly(ExposeSecret(pin)),
                                               static_cast<CK_ULONG>(pin.size()));
    if (login != CKR_USER_ALREADY_LOGGED_IN) RETURN_IF_ERROR(StatusOf(login, "to log in"));
    return session;
  }

  // Nothing is found: nullopt.
  Result<std::optional<CK_OBJECT_HANDLE>> FindKey(const std::string& label) {
    CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
    CK_ATTRIBUTE wanted[] = {Attribute(CKA_CLASS, secret_key), {CKA_LABEL, ReadOnly(label), label.size()}};
    RETURN_IF_ERROR(StatusOf(call_->C_FindObjectsInit(handle_, wanted, 2), "to look for the key"));
    std::array<CK_OBJECT_HANDLE, 2> found = {};
    CK_ULONG count = 0;
    const CK_RV looked = call_->C_FindObjects(handle_, found.data(), found.size(), &count);
    call_->C_FindObjectsFinal(handle_);
    RETURN_IF_ERROR(StatusOf(looked, "to look for the key"));
    if (count > 1) return Failed("the token has several keys named '" + label + "': give one of them another name");
    if (count == 0) return std::optional<CK_OBJECT_HANDLE>();
    return std::optional<CK_OBJECT_HANDLE>(found[0]);
  }

  Result<CK_OBJECT_HANDLE> GenerateKey(const std::string& label) {
    CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
    CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
    CK_ULONG size = kKeySizeBytes;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE wanted[] = {
        Attribute(CKA_CLASS, secret_key), Attribute(CKA_KEY_TYPE, generic), Attribute(CKA_VALUE_LEN, size),
        Attribute(CKA_TOKEN, yes),        Attribute(CKA_PRIVATE, yes),      Attribute(CKA_SENSITIVE, yes),
        Attribute(CKA_EXTRACTABLE, no),   Attribute(CKA_SIGN, yes),         {CKA_LABEL, ReadOnly(label), label.size()}};
    CK_MECHANISM generate = {CKM_GENERIC_SECRET_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE key = 0;
    RETURN_IF_ERROR(
        StatusOf(call_->C_GenerateKey(handle_, &generate, wanted, std::size(wanted), &key), "to make a key"));
    return key;
  }

  // Somebody else may have made the key: one that could be copied would make the token an ornament.
  Status CheckStays(CK_OBJECT_HANDLE key) {
    CK_BBOOL sensitive = CK_FALSE;
    CK_BBOOL extractable = CK_TRUE;
    CK_ATTRIBUTE asked[] = {Attribute(CKA_SENSITIVE, sensitive), Attribute(CKA_EXTRACTABLE, extractable)};
    RETURN_IF_ERROR(
        StatusOf(call_->C_GetAttributeValue(handle_, key, asked, std::size(asked)), "to tell what the key may do"));
    if (sensitive == CK_TRUE && extractable == CK_FALSE) return Status::Ok();
    return Failed("the key can be taken out of the token: make one that is sensitive and not extractable");
  }

  Result<SecretBytes> Hmac(CK_OBJECT_HANDLE key, ByteView message) {
    CK_MECHANISM hmac = {CKM_SHA256_HMAC, nullptr, 0};
    RETURN_IF_ERROR(StatusOf(call_->C_SignInit(handle_, &hmac, key), "to use the key"));
    SecretBytes digest(32);
    CK_ULONG size = digest.size();
    RETURN_IF_ERROR(StatusOf(
        call_->C_Sign(handle_, ReadOnly(message), static_cast<CK_ULONG>(message.size()), digest.MutableData(), &size),
        "to use the key"));
    if (size != digest.size()) return Failed("the token answered something of another size");
    return digest;
  }

  // Frees the token's session.  C_Finalize is left out: modules crash in it, and the process is about to end.
  void Close() {
    call_->C_Logout(handle_);
    call_->C_CloseSession(handle_);
  }

 private:
  Session() = default;

  Result<CK_SLOT_ID> SlotOf(const std::string& token) {
    CK_ULONG count = 0;
    RETURN_IF_ERROR(StatusOf(call_->C_GetSlotList(CK_TRUE, nullptr, &count), "to list its tokens"));
    std::vector<CK_SLOT_ID> slots(count);
    RETURN_IF_ERROR(StatusOf(call_->C_GetSlotList(CK_TRUE, slots.data(), &count), "to list its tokens"));
    slots.resize(count);
    std::optional<CK_SLOT_ID> found;
    CK_FLAGS flags = 0;
    for (const CK_SLOT_ID slot : slots) {
      CK_TOKEN_INFO info = {};
      if (call_->C_GetTokenInfo(slot, &info) != CKR_OK || Unpadded(info.label, sizeof info.label) != token) continue;
      if (found.has_value()) return Failed("there are several tokens labelled '" + token + "'");
      found = slot;
      flags = info.flags;
    }
    if (!found.has_value()) return Failed("the module shows no token labelled '" + token + "'");
    if ((flags & CKF_USER_PIN_LOCKED) != 0) return StatusOf(CKR_PIN_LOCKED, "");
    // Whoever reaches the port could else destroy the token with guesses.
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
      return Failed("one more wrong PIN would block the token: give it the right one with its own tool first");
    }
    return *found;
  }

  CK_FUNCTION_LIST* call_ = nullptr;
  CK_SESSION_HANDLE handle_ = 0;
};

Result<SecretBytes> SecretOf(Session& session, const LockConfig& config, ByteView salt, bool make) {
  ASSIGN_OR_RETURN(std::optional<CK_OBJECT_HANDLE> key, session.FindKey(config.pkcs11_key));
  if (!key.has_value() && !make) return Failed("the token has no key named '" + config.pkcs11_key + "'");
  if (!key.has_value()) {
    ASSIGN_OR_RETURN(key, session.GenerateKey(config.pkcs11_key));
  }
  RETURN_IF_ERROR(session.CheckStays(*key));
  Bytes message(kPurpose);
  message.append(salt);
  return session.Hmac(*key, message);
}

}  // namespace

Result<LockDevice::Made> AskToken(const LockConfig& config, ByteView salt, const SecretBytes& pin, bool make) {
  if (config.pkcs11_module.empty() || config.pkcs11_token.empty()) {
    return Failed("set pkcs11_module and pkcs11_token in the section [lock] of the configuration");
  }
  ASSIGN_OR_RETURN(Session session, Session::Open(config, pin, make));
  Result<SecretBytes> secret = SecretOf(session, config, salt, make);
  session.Close();
  if (!secret.ok()) return secret.status();
  return LockDevice::Made{*std::move(secret), {}};
}

}  // namespace strongroom
