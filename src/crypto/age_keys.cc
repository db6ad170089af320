// age's recipients and identities, and the header they stand in.
#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "crypto/age.h"
#include "crypto/bech32.h"
#include "crypto/internal/die.h"

namespace strongroom {
namespace {

constexpr std::string_view kRecipientPrefix = "age";
constexpr std::string_view kIdentityPrefix = "age-secret-key-";
constexpr std::string_view kVersionLine = "age-encryption.org/v1\n";
constexpr size_t kBodyColumns = 64;
constexpr size_t kMacSizeBytes = 32;
constexpr size_t kMaxStanzas = 100;

Status Malformed(std::string_view what) {
  return {Reason::kDataCorrupt, "this is not an age file, or its header was altered: " + std::string(what)};
}

// Base64 of RFC 4648 section 4 without padding, as age writes it.
Result<Bytes> Unpadded(std::string_view text) {
  if (text.find('=') != std::string_view::npos) return Malformed("padding");
  std::string padded(text);
  padded.append((4 - text.size() % 4) % 4, '=');
  Result<Bytes> bytes = Base64Decode(padded);
  if (!bytes.ok()) return Malformed("base64");
  return bytes;
}

// A line without its line feed; what is left begins behind it.
Result<std::string_view> Line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return Malformed("it ends within a line");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Result<std::vector<std::string>> Words(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    const bool visible = std::all_of(word.begin(), word.end(), [](char c) { return c >= 33 && c <= 126; });
    if (word.empty() || !visible) return Malformed("an argument");
    words.emplace_back(word);
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

// Lines of exactly 64 columns and one shorter, which may be empty.
Result<Bytes> Body(std::string_view& rest) {
  std::string text;
  while (true) {
    ASSIGN_OR_RETURN(const std::string_view line, Line(rest));
    if (line.size() > kBodyColumns) return Malformed("a line is too long");
    text.append(line);
    if (line.size() < kBodyColumns) return Unpadded(text);
  }
}

}  // namespace

Result<AgeRecipient> AgeRecipient::Parse(std::string_view text) {
  const Result<SecretBytes> point = Bech32Decode(kRecipientPrefix, text);
  AgeRecipient recipient;
  if (!point.ok() || point->size() != recipient.point.size()) {
    return Status(Reason::kInvalidArgument, "this is no age recipient: it begins with 'age1' and has 62 characters");
  }
  std::copy_n(AsU8(ExposeSecret(*point)), recipient.point.size(), recipient.point.begin());
  return recipient;
}

std::string AgeRecipient::Encode() const { return Bech32Encode(kRecipientPrefix, View(point)); }

AgeIdentity::AgeIdentity(SecretBytes scalar) : scalar_(std::move(scalar)) {
  internal::Require(sodium_init() >= 0, "libsodium cannot be initialised");
  internal::Require(crypto_scalarmult_base(recipient_.point.data(), AsU8(ExposeSecret(scalar_))) == 0, "X25519 failed");
}

AgeIdentity AgeIdentity::Generate(Random& random) {
  return AgeIdentity(SecretBytes::Generate(crypto_scalarmult_SCALARBYTES, random));
}

Result<AgeIdentity> AgeIdentity::Parse(std::string_view text) {
  Result<SecretBytes> scalar = Bech32Decode(kIdentityPrefix, text);
  if (!scalar.ok() || scalar->size() != crypto_scalarmult_SCALARBYTES) {
    return Status(Reason::kInvalidArgument,
                  "this is no age identity: it begins with 'AGE-SECRET-KEY-1' and has 74 characters");
  }
  return AgeIdentity(std::move(*scalar));
}

SecretBytes AgeIdentity::Encode() const {
  Bytes text = Bech32Encode(kIdentityPrefix, ExposeSecret(scalar_));
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  SecretBytes encoded = SecretBytes::CopyOf(text);
  WipeString(text);
  return encoded;
}

Result<std::vector<AgeIdentity>> ParseAgeIdentities(std::string_view text) {
  std::vector<AgeIdentity> identities;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    Result<AgeIdentity> identity = AgeIdentity::Parse(line);
    if (!identity.ok())
      return Status(Reason::kInvalidArgument, "line " + std::to_string(number) + ": " + identity.status().message());
    identities.push_back(std::move(*identity));
  }
  if (identities.empty()) return Status(Reason::kInvalidArgument, "the file holds no age identity");
  return identities;
}

Result<AgeHeader> AgeHeader::Parse(ByteView text) {
  AgeHeader header;
  std::string_view rest = text;
  if (!rest.starts_with(kVersionLine)) return Malformed("its first line");
  rest.remove_prefix(kVersionLine.size());
  while (true) {
    header.mac_from = text.size() - rest.size();
    ASSIGN_OR_RETURN(std::string_view line, Line(rest));
    if (line.starts_with("---")) {
      header.mac_from += 3;
      if (!line.starts_with("--- ")) return Malformed("its last line");
      ASSIGN_OR_RETURN(header.mac, Unpadded(line.substr(4)));
      break;
    }
    if (!line.starts_with("-> ")) return Malformed("a line that begins no stanza");
    if (header.stanzas.size() == kMaxStanzas) return Malformed("more than 100 recipients");
    ASSIGN_OR_RETURN(std::vector<std::string> words, Words(line.substr(3)));
    AgeStanza stanza;
    stanza.type = std::move(words.front());
    stanza.arguments.assign(std::make_move_iterator(words.begin() + 1), std::make_move_iterator(words.end()));
    ASSIGN_OR_RETURN(stanza.body, Body(rest));
    header.stanzas.push_back(std::move(stanza));
  }
  if (header.mac.size() != kMacSizeBytes) return Malformed("the length of its MAC");
  if (header.stanzas.empty()) return Malformed("it names no recipient");
  header.size = text.size() - rest.size();
  return header;
}

}  // namespace strongroom
