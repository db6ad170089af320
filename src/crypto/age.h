// age files (https://c2sp.org/age, "age-encryption.org/v1"): a stream encrypted to the holders of X25519 identities, or
// under a passphrase (scrypt).  Whoever has the `age` program opens ours, and we open theirs.
//
// Promise: without an identity or the passphrase nobody learns more than the length; no chunk can be altered, moved, or
// left out, and a stream that was cut short is an error and never an early end.  X25519 and ChaCha20-Poly1305 by
// libsodium, scrypt by OpenSSL.  Memory is bounded by the header's limit and one chunk of 64 KiB, whatever the length.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

// Takes the next bytes; an error ends the writing.
using AgeSink = std::function<Status(ByteView)>;
// Fills at most `size` bytes and answers how many; 0 at the end.
using AgeSource = std::function<Result<size_t>(char* buffer, size_t size)>;

// A public key: "age1...".
struct AgeRecipient {
  std::array<uint8_t, 32> point{};
  // kInvalidArgument.
  static Result<AgeRecipient> Parse(std::string_view text);
  std::string Encode() const;
  bool operator==(const AgeRecipient&) const = default;
};

// A private key: "AGE-SECRET-KEY-1...".  Any thread.
class AgeIdentity {
 public:
  static AgeIdentity Generate(Random& random);
  // kInvalidArgument, which does not repeat the text.
  static Result<AgeIdentity> Parse(std::string_view text);
  const AgeRecipient& recipient() const { return recipient_; }
  SecretBytes Encode() const;
  // 32 bytes, little-endian as RFC 7748 has them.
  const SecretBytes& scalar() const { return scalar_; }

 private:
  explicit AgeIdentity(SecretBytes scalar);
  SecretBytes scalar_;
  AgeRecipient recipient_;
};

// The identities in a file as `age-keygen` writes it: one a line, "#" begins a remark.  kInvalidArgument names the
// line.
Result<std::vector<AgeIdentity>> ParseAgeIdentities(std::string_view text);

// What opens a file: any of the identities, or the passphrase of one that was written under a passphrase.
struct AgeKeys {
  std::vector<AgeIdentity> identities;
  SecretBytes passphrase;
};

struct AgeStanza {
  std::string type;
  std::vector<std::string> arguments;
  Bytes body;
};

// A header apart from what it protects: for the reader below, and for its fuzz target.
struct AgeHeader {
  static constexpr size_t kMaxBytes = 64 * 1024;
  std::vector<AgeStanza> stanzas;
  Bytes mac;            // 32 bytes
  size_t mac_from = 0;  // the text's first bytes, up to and with "---", that the MAC is over
  size_t size = 0;      // of the whole text, with its last line feed
  // Strict: one spelling for every header.  kDataCorrupt.
  static Result<AgeHeader> Parse(ByteView text);
};

// One thread.
class AgeWriter {
 public:
  // Writes the header.  `random` and what `sink` holds must outlive this.  kInvalidArgument without recipients.
  static Result<std::unique_ptr<AgeWriter>> Start(const std::vector<AgeRecipient>& recipients, Random& random,
                                                  AgeSink sink);
  // 2^log_cost is scrypt's N; age itself uses 18 (256 MiB, a second).  1 to 22.
  static Result<std::unique_ptr<AgeWriter>> Start(const SecretBytes& passphrase, int log_cost, Random& random,
                                                  AgeSink sink);
  ~AgeWriter();

  Status Write(ByteView bytes);
  // The last chunk.  Without it the file does not open to its end.  Nothing may be written afterwards.
  Status Finish();

 private:
  AgeWriter(SecretBytes payload_key, AgeSink sink);
  static Result<std::unique_ptr<AgeWriter>> Begin(std::string stanzas, const SecretBytes& file_key, Random& random,
                                                  AgeSink sink);
  Status Seal(bool last);
  const SecretBytes key_;
  const AgeSink sink_;
  Bytes chunk_;
  uint64_t count_ = 0;
  bool finished_ = false;
};

// One thread.
class AgeReader {
 public:
  // Reads the header.  kDataCorrupt when it is malformed or was altered; kKeyMissing when none of the keys fits.
  static Result<std::unique_ptr<AgeReader>> Open(AgeSource source, const AgeKeys& keys);
  ~AgeReader();
  // At most `size` bytes; 0 only at the proven end.  kDataCorrupt when the file was altered or cut short.
  Result<size_t> Read(char* buffer, size_t size);

 private:
  AgeReader(SecretBytes payload_key, AgeSource source, Bytes pending);
  Status OpenChunk();
  const SecretBytes key_;
  const AgeSource source_;
  Bytes pending_;  // sealed bytes that were read ahead
  Bytes chunk_;    // open; wiped
  size_t given_ = 0;
  uint64_t count_ = 0;
  bool source_ended_ = false;
  bool last_seen_ = false;
};

}  // namespace strongroom
