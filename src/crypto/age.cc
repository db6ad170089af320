#include "crypto/age.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr std::string_view kVersionLine = "age-encryption.org/v1\n";
constexpr std::string_view kX25519Info = "age-encryption.org/v1/X25519";
constexpr std::string_view kScryptLabel = "age-encryption.org/v1/scrypt";
constexpr size_t kFileKeySizeBytes = 16;
constexpr size_t kWrappedSizeBytes = kFileKeySizeBytes + crypto_aead_chacha20poly1305_ietf_ABYTES;
constexpr size_t kPayloadNonceSizeBytes = 16;
constexpr size_t kScryptSaltSizeBytes = 16;
constexpr int kMostLogCost = 22;  // a forged header must not take more than 4 GiB
constexpr size_t kChunkSizeBytes = 64 * 1024;
constexpr size_t kTagSizeBytes = crypto_aead_chacha20poly1305_ietf_ABYTES;
constexpr size_t kSealedChunkSizeBytes = kChunkSizeBytes + kTagSizeBytes;
using Nonce = std::array<uint8_t, crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;

Status Altered() { return {Reason::kDataCorrupt, "the file was altered or cut short"}; }

std::string Unpadded(ByteView bytes) {
  std::string text = Base64Encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

Bytes SealOnce(const SecretBytes& key, const Nonce& nonce, ByteView plaintext) {
  Bytes sealed(plaintext.size() + kTagSizeBytes, '\0');
  crypto_aead_chacha20poly1305_ietf_encrypt(AsU8(sealed), nullptr, AsU8(plaintext), plaintext.size(), nullptr, 0,
                                            nullptr, nonce.data(), AsU8(ExposeSecret(key)));
  return sealed;
}

bool OpenOnce(const SecretBytes& key, const Nonce& nonce, ByteView sealed, uint8_t* plaintext) {
  return sealed.size() >= kTagSizeBytes &&
         crypto_aead_chacha20poly1305_ietf_decrypt(plaintext, nullptr, nullptr, AsU8(sealed), sealed.size(), nullptr, 0,
                                                   nonce.data(), AsU8(ExposeSecret(key))) == 0;
}

// The file key is wrapped under a key that wraps nothing else, so the nonce may be fixed.
Bytes WrapFileKey(const SecretBytes& wrapping_key, const SecretBytes& file_key) {
  return SealOnce(wrapping_key, Nonce{}, ExposeSecret(file_key));
}

std::optional<SecretBytes> UnwrapFileKey(const SecretBytes& wrapping_key, ByteView body) {
  SecretBytes file_key(kFileKeySizeBytes);
  if (body.size() != kWrappedSizeBytes || !OpenOnce(wrapping_key, Nonce{}, body, file_key.MutableData()))
    return std::nullopt;
  return file_key;
}

// kInvalidArgument when the peer's point is one of the few that give a secret everybody knows.
Result<SecretBytes> X25519WrappingKey(const SecretBytes& scalar, const std::array<uint8_t, 32>& peer, ByteView share,
                                      ByteView recipient) {
  SecretBytes shared(crypto_scalarmult_BYTES);
  if (crypto_scalarmult(shared.MutableData(), AsU8(ExposeSecret(scalar)), peer.data()) != 0) {
    return Status(Reason::kInvalidArgument, "this recipient is not a usable point of the curve");
  }
  return HkdfWithSalt(ExposeSecret(shared), Bytes(share) + Bytes(recipient), kX25519Info, 32);
}

Result<SecretBytes> ScryptWrappingKey(const SecretBytes& passphrase, ByteView salt, int log_cost) {
  const Bytes labelled = Bytes(kScryptLabel) + Bytes(salt);
  SecretBytes key(32);
  const ByteView bytes = passphrase.empty() ? ByteView("") : ExposeSecret(passphrase);
  constexpr uint64_t kBlockSize = 8;
  const uint64_t cost = uint64_t{1} << log_cost;
  const uint64_t memory = 128 * kBlockSize * (cost + 4) + (1 << 20);
  if (EVP_PBE_scrypt(bytes.data(), bytes.size(), AsU8(labelled), labelled.size(), cost, kBlockSize, 1, memory,
                     key.MutableData(), key.size()) != 1) {
    return Status(Reason::kInternal, "there is not enough memory for the passphrase");
  }
  return key;
}

Digest HeaderMac(const SecretBytes& file_key, ByteView header) {
  return Mac(HkdfWithSalt(ExposeSecret(file_key), {}, "header", 32)).Compute({header});
}

SecretBytes PayloadKey(const SecretBytes& file_key, ByteView nonce) {
  return HkdfWithSalt(ExposeSecret(file_key), nonce, "payload", 32);
}

// STREAM: an eleven-byte counter and a byte that says "last".
Nonce ChunkNonce(uint64_t count, bool last) {
  Nonce nonce{};
  for (int i = 0; i < 8; ++i) nonce[static_cast<size_t>(10 - i)] = static_cast<uint8_t>(count >> 8 * i);
  nonce.back() = last ? 1 : 0;
  return nonce;
}

// "1" to "22", without leading zeros.
std::optional<int> LogCost(std::string_view text) {
  if (text.empty() || text.size() > 2 || text.front() == '0') return std::nullopt;
  int cost = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    cost = cost * 10 + (c - '0');
  }
  if (cost > kMostLogCost) return std::nullopt;
  return cost;
}

// Nothing: the stanza is not for this identity.  An error: no honest program wrote it.
Result<std::optional<SecretBytes>> TryX25519(const AgeStanza& stanza, const std::vector<AgeIdentity>& identities) {
  const Status malformed(Reason::kDataCorrupt, "a recipient in the header is malformed");
  if (stanza.arguments.size() != 1 || stanza.arguments[0].find('=') != std::string::npos ||
      stanza.body.size() != kWrappedSizeBytes)
    return malformed;
  const Result<Bytes> share = Base64Decode(stanza.arguments[0] + "=");
  if (!share.ok() || share->size() != 32) return malformed;
  std::array<uint8_t, 32> point{};
  std::copy_n(AsU8(ByteView(*share)), point.size(), point.begin());
  for (const AgeIdentity& identity : identities) {
    const Result<SecretBytes> key =
        X25519WrappingKey(identity.scalar(), point, *share, View(identity.recipient().point));
    if (!key.ok()) return malformed;
    std::optional<SecretBytes> file_key = UnwrapFileKey(*key, stanza.body);
    if (file_key.has_value()) return file_key;
  }
  return std::optional<SecretBytes>();
}

Result<std::optional<SecretBytes>> TryScrypt(const AgeStanza& stanza, const SecretBytes& passphrase) {
  const Status malformed(Reason::kDataCorrupt, "the passphrase's part of the header is malformed");
  if (stanza.arguments.size() != 2 || stanza.body.size() != kWrappedSizeBytes) return malformed;
  const std::string& text = stanza.arguments[0];
  const Result<Bytes> salt = Base64Decode(text + "==");
  const std::optional<int> cost = LogCost(stanza.arguments[1]);
  if (text.find('=') != std::string::npos || !salt.ok() || salt->size() != kScryptSaltSizeBytes || !cost.has_value())
    return malformed;
  if (passphrase.empty()) return std::optional<SecretBytes>();
  ASSIGN_OR_RETURN(const SecretBytes key, ScryptWrappingKey(passphrase, *salt, *cost));
  return UnwrapFileKey(key, stanza.body);
}

Result<SecretBytes> FileKeyOf(const AgeHeader& header, const AgeKeys& keys) {
  // Somebody who knows the passphrase could otherwise be shown a file that others can write.
  const auto is_scrypt = [](const AgeStanza& stanza) { return stanza.type == "scrypt"; };
  if (header.stanzas.size() > 1 && std::any_of(header.stanzas.begin(), header.stanzas.end(), is_scrypt)) {
    return Status(Reason::kDataCorrupt, "a passphrase stands beside other recipients in the header");
  }
  for (const AgeStanza& stanza : header.stanzas) {
    std::optional<SecretBytes> file_key;
    if (stanza.type == "X25519") {
      ASSIGN_OR_RETURN(file_key, TryX25519(stanza, keys.identities));
    } else if (stanza.type == "scrypt") {
      ASSIGN_OR_RETURN(file_key, TryScrypt(stanza, keys.passphrase));
    }
    if (file_key.has_value()) return *std::move(file_key);
  }
  return Status(Reason::kKeyMissing, "the file was encrypted for others: none of the identities opens it");
}

}  // namespace

// --- writing ---------------------------------------------------------------------------------------------------------

AgeWriter::AgeWriter(SecretBytes payload_key, AgeSink sink) : key_(std::move(payload_key)), sink_(std::move(sink)) {
  chunk_.reserve(kChunkSizeBytes);
}
AgeWriter::~AgeWriter() { WipeString(chunk_); }

Result<std::unique_ptr<AgeWriter>> AgeWriter::Begin(std::string stanzas, const SecretBytes& file_key, Random& random,
                                                    AgeSink sink) {
  std::string header = Bytes(kVersionLine) + stanzas + "---";
  header += " " + Unpadded(View(HeaderMac(file_key, header))) + "\n";
  const Bytes nonce = random.Take(kPayloadNonceSizeBytes);
  RETURN_IF_ERROR(sink(header + nonce));
  return std::unique_ptr<AgeWriter>(new AgeWriter(PayloadKey(file_key, nonce), std::move(sink)));
}

Result<std::unique_ptr<AgeWriter>> AgeWriter::Start(const std::vector<AgeRecipient>& recipients, Random& random,
                                                    AgeSink sink) {
  if (recipients.empty())
    return Status(Reason::kInvalidArgument, "a file needs somebody who can open it: name a recipient");
  const SecretBytes file_key = SecretBytes::Generate(kFileKeySizeBytes, random);
  std::string stanzas;
  for (const AgeRecipient& recipient : recipients) {
    const AgeIdentity ephemeral = AgeIdentity::Generate(random);
    const ByteView share = View(ephemeral.recipient().point);
    ASSIGN_OR_RETURN(const SecretBytes key,
                     X25519WrappingKey(ephemeral.scalar(), recipient.point, share, View(recipient.point)));
    stanzas += "-> X25519 " + Unpadded(share) + "\n" + Unpadded(WrapFileKey(key, file_key)) + "\n";
  }
  return Begin(std::move(stanzas), file_key, random, std::move(sink));
}

Result<std::unique_ptr<AgeWriter>> AgeWriter::Start(const SecretBytes& passphrase, int log_cost, Random& random,
                                                    AgeSink sink) {
  if (log_cost < 1 || log_cost > kMostLogCost) return Status(Reason::kInvalidArgument, "scrypt's cost is 2^1 to 2^22");
  if (passphrase.empty()) return Status(Reason::kInvalidArgument, "the passphrase is empty");
  if (sodium_init() < 0) return Status(Reason::kInternal, "libsodium cannot be initialised");
  const SecretBytes file_key = SecretBytes::Generate(kFileKeySizeBytes, random);
  const Bytes salt = random.Take(kScryptSaltSizeBytes);
  ASSIGN_OR_RETURN(const SecretBytes key, ScryptWrappingKey(passphrase, salt, log_cost));
  return Begin("-> scrypt " + Unpadded(salt) + " " + std::to_string(log_cost) + "\n" +
                   Unpadded(WrapFileKey(key, file_key)) + "\n",
               file_key, random, std::move(sink));
}

Status AgeWriter::Seal(bool last) {
  const Bytes sealed = SealOnce(key_, ChunkNonce(count_++, last), chunk_);
  WipeMemory(chunk_.data(), chunk_.size());
  chunk_.clear();
  return sink_(sealed);
}

Status AgeWriter::Write(ByteView bytes) {
  if (finished_) return Status(Reason::kInternal, "an age file was written to after its end");
  while (!bytes.empty()) {
    // A full chunk waits until it is known not to be the last.
    if (chunk_.size() == kChunkSizeBytes) RETURN_IF_ERROR(Seal(false));
    const size_t size = std::min(bytes.size(), kChunkSizeBytes - chunk_.size());
    chunk_.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return Status::Ok();
}

Status AgeWriter::Finish() {
  if (finished_) return Status(Reason::kInternal, "an age file was ended twice");
  finished_ = true;
  return Seal(true);
}

// --- reading ---------------------------------------------------------------------------------------------------------

AgeReader::AgeReader(SecretBytes payload_key, AgeSource source, Bytes pending)
    : key_(std::move(payload_key)), source_(std::move(source)), pending_(std::move(pending)) {}
AgeReader::~AgeReader() { WipeString(chunk_); }

Result<std::unique_ptr<AgeReader>> AgeReader::Open(AgeSource source, const AgeKeys& keys) {
  if (sodium_init() < 0) return Status(Reason::kInternal, "libsodium cannot be initialised");
  constexpr size_t kRead = 1024;
  Bytes text;
  Result<AgeHeader> header = Status(Reason::kDataCorrupt, "the file is empty");
  // Read until the header parses with the payload's nonce behind it; a file that is not one of age's is told soon.
  while (true) {
    const size_t had = text.size();
    text.resize(had + kRead);
    ASSIGN_OR_RETURN(const size_t got, source(text.data() + had, kRead));
    text.resize(had + got);
    const bool promising = text.starts_with(kVersionLine) && text.find("\n--- ") != Bytes::npos;
    if (promising || got == 0 || text.size() > AgeHeader::kMaxBytes ||
        !text.starts_with(kVersionLine.substr(0, text.size()))) {
      header = AgeHeader::Parse(text);
    }
    if (header.ok() && text.size() >= header->size + kPayloadNonceSizeBytes) break;
    if (got == 0 || text.size() > AgeHeader::kMaxBytes || !text.starts_with(kVersionLine.substr(0, text.size()))) {
      return header.ok() ? Altered() : header.status();
    }
  }
  ASSIGN_OR_RETURN(const SecretBytes file_key, FileKeyOf(*header, keys));
  if (!EqualInConstantTime(View(HeaderMac(file_key, ByteView(text).substr(0, header->mac_from))), header->mac)) {
    return Status(Reason::kDataCorrupt, "the file's header was altered");
  }
  const ByteView nonce = ByteView(text).substr(header->size, kPayloadNonceSizeBytes);
  SecretBytes key = PayloadKey(file_key, nonce);
  return std::unique_ptr<AgeReader>(
      new AgeReader(std::move(key), std::move(source), text.substr(header->size + kPayloadNonceSizeBytes)));
}

Status AgeReader::OpenChunk() {
  // One byte more than a chunk: then it is not the last.
  while (!source_ended_ && pending_.size() <= kSealedChunkSizeBytes) {
    const size_t had = pending_.size();
    const size_t wanted = kSealedChunkSizeBytes + 1 - had;
    pending_.resize(had + wanted);
    const Result<size_t> got = source_(pending_.data() + had, wanted);
    pending_.resize(had + (got.ok() ? *got : 0));
    RETURN_IF_ERROR(got.status());
    source_ended_ = *got == 0;
  }
  const size_t size = std::min(pending_.size(), kSealedChunkSizeBytes);
  const bool last = pending_.size() <= kSealedChunkSizeBytes;
  if (size < kTagSizeBytes) return Altered();
  // An empty chunk is the whole of an empty file, and nothing else: one file has one spelling.
  if (size == kTagSizeBytes && count_ > 0) return Altered();
  chunk_.resize(size - kTagSizeBytes);
  if (!OpenOnce(key_, ChunkNonce(count_, last), ByteView(pending_).substr(0, size), AsU8(chunk_))) {
    WipeMemory(chunk_.data(), chunk_.size());
    chunk_.clear();
    return Altered();
  }
  pending_.erase(0, size);
  given_ = 0;
  ++count_;
  last_seen_ = last;
  return Status::Ok();
}

Result<size_t> AgeReader::Read(char* buffer, size_t size) {
  while (given_ == chunk_.size() && !last_seen_) RETURN_IF_ERROR(OpenChunk());
  const size_t some = std::min(size, chunk_.size() - given_);
  std::memcpy(buffer, chunk_.data() + given_, some);
  given_ += some;
  return some;
}

}  // namespace strongroom
