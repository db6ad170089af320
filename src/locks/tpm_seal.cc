#include "locks/tpm_seal.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "crypto/random.h"
#include "locks/tpm_library.h"

namespace strongroom {
namespace {

constexpr size_t kSecretSizeBytes = 32;
constexpr size_t kMaxPartBytes = 1024;

Status Failed(std::string message) { return Status(kLockDeviceFailed, std::move(message)); }

// Part 2, 6.6: errors of the format "one" say in their upper bits which parameter or session they mean.
Status StatusOf(TSS2_RC code, std::string_view doing) {
  constexpr TSS2_RC kFormatOneMask = 0xffff'00bf;
  constexpr TSS2_RC kLockout = TPM2_RC_LOCKOUT;
  if (code == TSS2_RC_SUCCESS) return Status::Ok();
  const TSS2_RC plain = code & kFormatOneMask;
  if (plain == TPM2_RC_AUTH_FAIL || plain == TPM2_RC_BAD_AUTH) {
    return Status(Reason::kUnlockFailed, "the TPM refuses the PIN");
  }
  if (plain == TPM2_RC_INTEGRITY) {
    return Status(Reason::kUnlockFailed, "this TPM did not seal the lock, or was cleared since");
  }
  if (code == kLockout) {
    return Failed(
        "the TPM refuses every PIN for a while, after too many wrong ones ('tpm2_getcap properties-variable' "
        "says for how long)");
  }
  return Failed("the TPM refuses " + std::string(doing) + " (code " + std::to_string(code) + ")");
}

bool IsTcti(std::string_view tcti) {
  // Names of libraries and commands are not taken: the text comes from a file, and "cmd:" would run what it says.
  for (const std::string_view kind : {"device:", "swtpm:", "mssim:", "tabrmd"}) {
    if (tcti.starts_with(kind)) return true;
  }
  return false;
}

template <size_t kSize>
void Fill(UINT16& size, BYTE (&buffer)[kSize], ByteView bytes) {
  size = static_cast<UINT16>(std::min(bytes.size(), kSize));
  std::copy_n(bytes.data(), size, reinterpret_cast<char*>(buffer));
}

// TCG TPM v2.0 Provisioning Guidance: the storage root key of an ECC chip.
TPM2B_PUBLIC PrimaryTemplate() {
  TPM2B_PUBLIC key = {};
  TPMT_PUBLIC& area = key.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM |
                          TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                          TPMA_OBJECT_NODA;
  area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_AES;
  area.parameters.eccDetail.symmetric.keyBits.aes = 128;
  area.parameters.eccDetail.symmetric.mode.aes = TPM2_ALG_CFB;
  area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  return key;
}

TPM2B_PUBLIC SealedTemplate(bool with_pin) {
  TPM2B_PUBLIC object = {};
  TPMT_PUBLIC& area = object.publicArea;
  area.type = TPM2_ALG_KEYEDHASH;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH;
  // Without the last one the chip counts wrong PINs.
  if (!with_pin) area.objectAttributes |= TPMA_OBJECT_NODA;
  area.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return object;
}

// One conversation with the chip.  What it holds for us is flushed at the end: a chip without a resource manager has
// room for three objects.
class Tpm {
 public:
  Tpm(const Tpm&) = delete;
  ~Tpm() {
    for (const ESYS_TR handle : flushed_) library_.flush(context_, handle);
  }

  static Result<std::unique_ptr<Tpm>> Reach(const std::string& tcti) {
    if (!IsTcti(tcti)) return Failed("tpm_tcti in the section [lock] begins with device:, swtpm:, mssim: or tabrmd");
    ASSIGN_OR_RETURN(TpmLibrary library, TpmLibrary::Load());
    std::unique_ptr<Tpm> tpm(new Tpm(library));
    TSS2_TCTI_CONTEXT* way = nullptr;
    RETURN_IF_ERROR(StatusOf(library.reach(tcti.c_str(), &way), "to be reached at " + tcti));
    RETURN_IF_ERROR(StatusOf(library.initialize(&tpm->context_, way, nullptr), "to begin"));
    RETURN_IF_ERROR(tpm->MakePrimary());
    return tpm;
  }

  const Bytes& primary_name() const { return primary_name_; }

  // A session whose key travels under the primary key: parameters in it cannot be read on the chip's wires.
  Status StartSession() {
    TPMT_SYM_DEF cipher = {};
    cipher.algorithm = TPM2_ALG_AES;
    cipher.keyBits.aes = 128;
    cipher.mode.aes = TPM2_ALG_CFB;
    RETURN_IF_ERROR(
        StatusOf(library_.start_session(context_, primary_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                        nullptr, TPM2_SE_HMAC, &cipher, TPM2_ALG_SHA256, &session_),
                 "to open a session"));
    flushed_.push_back(session_);
    return Status::Ok();
  }

  Result<Bytes> Seal(const SecretBytes& secret, const SecretBytes& pin) {
    RETURN_IF_ERROR(Encrypting(TPMA_SESSION_DECRYPT));
    TPM2B_SENSITIVE_CREATE sensitive = {};
    Fill(sensitive.sensitive.data.size, sensitive.sensitive.data.buffer, ExposeSecret(secret));
    Fill(sensitive.sensitive.userAuth.size, sensitive.sensitive.userAuth.buffer, ExposeSecret(pin));
    const TPM2B_PUBLIC wanted = SealedTemplate(!pin.empty());
    const TPM2B_DATA outside = {};
    const TPML_PCR_SELECTION no_pcr = {};
    TPM2B_PRIVATE* sealed = nullptr;
    TPM2B_PUBLIC* area = nullptr;
    TPM2B_CREATION_DATA* creation = nullptr;
    TPM2B_DIGEST* digest = nullptr;
    TPMT_TK_CREATION* ticket = nullptr;
    const TSS2_RC code = library_.create(context_, primary_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &wanted,
                                         &outside, &no_pcr, &sealed, &area, &creation, &digest, &ticket);
    WipeMemory(&sensitive, sizeof sensitive);
    RETURN_IF_ERROR(StatusOf(code, "to seal"));
    std::array<uint8_t, kMaxPartBytes> buffer = {};
    Bytes binding;
    ByteWriter writer(binding);
    writer.Prefixed(primary_name_);
    size_t size = 0;
    RETURN_IF_ERROR(StatusOf(library_.write_public(area, buffer.data(), buffer.size(), &size), "to be written down"));
    writer.Prefixed({reinterpret_cast<const char*>(buffer.data()), size});
    size = 0;
    RETURN_IF_ERROR(
        StatusOf(library_.write_private(sealed, buffer.data(), buffer.size(), &size), "to be written down"));
    writer.Prefixed({reinterpret_cast<const char*>(buffer.data()), size});
    for (void* const part : {static_cast<void*>(sealed), static_cast<void*>(area), static_cast<void*>(creation),
                             static_cast<void*>(digest), static_cast<void*>(ticket)}) {
      library_.release(part);
    }
    return binding;
  }

  Result<SecretBytes> Unseal(ByteView public_part, ByteView sealed_part, const SecretBytes& pin) {
    RETURN_IF_ERROR(Encrypting(0));
    TPM2B_PUBLIC area = {};
    TPM2B_PRIVATE sealed = {};
    size_t read = 0;
    RETURN_IF_ERROR(StatusOf(
        library_.read_public(reinterpret_cast<const uint8_t*>(public_part.data()), public_part.size(), &read, &area),
        "what is stored"));
    read = 0;
    RETURN_IF_ERROR(StatusOf(
        library_.read_private(reinterpret_cast<const uint8_t*>(sealed_part.data()), sealed_part.size(), &read, &sealed),
        "what is stored"));
    ESYS_TR object = ESYS_TR_NONE;
    RETURN_IF_ERROR(StatusOf(
        library_.load(context_, primary_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &sealed, &area, &object), "to load"));
    flushed_.push_back(object);
    TPM2B_AUTH auth = {};
    Fill(auth.size, auth.buffer, ExposeSecret(pin));
    const TSS2_RC told = library_.set_auth(context_, object, &auth);
    WipeMemory(&auth, sizeof auth);
    RETURN_IF_ERROR(StatusOf(told, "the PIN"));
    RETURN_IF_ERROR(Encrypting(TPMA_SESSION_ENCRYPT));
    TPM2B_SENSITIVE_DATA* data = nullptr;
    RETURN_IF_ERROR(
        StatusOf(library_.unseal(context_, object, session_, ESYS_TR_NONE, ESYS_TR_NONE, &data), "to unseal"));
    SecretBytes secret = SecretBytes::CopyOf({reinterpret_cast<const char*>(data->buffer), data->size});
    WipeMemory(data, sizeof *data);
    library_.release(data);
    return secret;
  }

 private:
  explicit Tpm(const TpmLibrary& library) : library_(library) {}

  Status MakePrimary() {
    const TPM2B_SENSITIVE_CREATE sensitive = {};
    const TPM2B_PUBLIC wanted = PrimaryTemplate();
    const TPM2B_DATA outside = {};
    const TPML_PCR_SELECTION no_pcr = {};
    TPM2B_PUBLIC* area = nullptr;
    TPM2B_CREATION_DATA* creation = nullptr;
    TPM2B_DIGEST* digest = nullptr;
    TPMT_TK_CREATION* ticket = nullptr;
    RETURN_IF_ERROR(StatusOf(
        library_.create_primary(context_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                                &wanted, &outside, &no_pcr, &primary_, &area, &creation, &digest, &ticket),
        "its storage key (is there a password on the owner hierarchy?)"));
    flushed_.push_back(primary_);
    for (void* const part : {static_cast<void*>(area), static_cast<void*>(creation), static_cast<void*>(digest),
                             static_cast<void*>(ticket)}) {
      library_.release(part);
    }
    TPM2B_NAME* name = nullptr;
    RETURN_IF_ERROR(StatusOf(library_.name_of(context_, primary_, &name), "the name of its storage key"));
    primary_name_.assign(reinterpret_cast<const char*>(name->name), name->size);
    library_.release(name);
    return Status::Ok();
  }

  // Which direction's first parameter is encrypted from now on.
  Status Encrypting(TPMA_SESSION direction) {
    return StatusOf(library_.set_session(context_, session_, direction | TPMA_SESSION_CONTINUESESSION, 0xff),
                    "an encrypted session");
  }

  const TpmLibrary library_;
  ESYS_CONTEXT* context_ = nullptr;
  ESYS_TR primary_ = ESYS_TR_NONE;
  ESYS_TR session_ = ESYS_TR_NONE;
  std::vector<ESYS_TR> flushed_;
  Bytes primary_name_;
};

}  // namespace

Result<LockDevice::Made> SealInTpm(const std::string& tcti, const SecretBytes& pin) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Tpm> tpm, Tpm::Reach(tcti));
  RETURN_IF_ERROR(tpm->StartSession());
  SystemRandom random;
  LockDevice::Made made;
  made.secret = SecretBytes::Generate(kSecretSizeBytes, random);
  ASSIGN_OR_RETURN(made.binding, tpm->Seal(made.secret, pin));
  return made;
}

Result<LockDevice::Made> UnsealFromTpm(const std::string& tcti, ByteView binding, const SecretBytes& pin) {
  ByteReader reader(binding);
  const ByteView primary_name = reader.Prefixed();
  const ByteView public_part = reader.Prefixed();
  const ByteView sealed_part = reader.Prefixed();
  RETURN_IF_ERROR(reader.Finish("what a TPM sealed"));
  ASSIGN_OR_RETURN(const std::unique_ptr<Tpm> tpm, Tpm::Reach(tcti));
  // Whoever sits between us and the chip could show a key of their own, and read the session that begins under it.
  if (tpm->primary_name() != primary_name) {
    return Status(Reason::kUnlockFailed, "this TPM did not seal the lock, or was cleared since");
  }
  RETURN_IF_ERROR(tpm->StartSession());
  LockDevice::Made made;
  ASSIGN_OR_RETURN(made.secret, tpm->Unseal(public_part, sealed_part, pin));
  return made;
}

}  // namespace strongroom
