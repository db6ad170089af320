#include "locks/device_message.h"

#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kGiven = 0;
constexpr uint8_t kRefused = 1;
constexpr uint8_t kFailed = 2;
constexpr size_t kMaxMessageBytes = 300;
constexpr size_t kSecretSizeBytes = 32;
constexpr size_t kMaxBindingBytes = 2048;

std::string Printable(ByteView text) {
  std::string out(text.substr(0, kMaxMessageBytes));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

Status NoAnswer() { return Status(kLockDeviceFailed, "the lock's device gave no answer that can be read"); }

}  // namespace

Bytes EncodeQuestion(const DeviceQuestion& question) {
  Bytes out;
  out.reserve(kMaxDeviceMessageBytes);  // never moved, so that one place is wiped
  ByteWriter writer(out);
  writer.U8(static_cast<uint8_t>(question.call));
  writer.U8(static_cast<uint8_t>(question.kind));
  const LockConfig& config = question.config;
  for (const std::string* const text :
       {&config.pkcs11_module, &config.pkcs11_token, &config.pkcs11_key, &config.tpm_tcti}) {
    writer.Prefixed(*text);
  }
  writer.Prefixed(question.salt);
  writer.Prefixed(question.binding);
  writer.Prefixed(ExposeSecret(question.pin));
  return out;
}

Result<DeviceQuestion> DecodeQuestion(ByteView bytes) {
  ByteReader reader(bytes);
  DeviceQuestion question;
  question.call = static_cast<DeviceCall>(reader.U8());
  question.kind = static_cast<LockKind>(reader.U8());
  LockConfig& config = question.config;
  for (std::string* const text : {&config.pkcs11_module, &config.pkcs11_token, &config.pkcs11_key, &config.tpm_tcti}) {
    *text = std::string(reader.Prefixed());
  }
  question.salt = Bytes(reader.Prefixed());
  question.binding = Bytes(reader.Prefixed());
  question.pin = SecretBytes::CopyOf(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("a question to a lock's device"));
  return question;
}

Bytes EncodeAnswer(const Result<LockDevice::Made>& answer) {
  Bytes out;
  out.reserve(kMaxDeviceMessageBytes);
  ByteWriter writer(out);
  if (answer.ok()) {
    writer.U8(kGiven);
    writer.Prefixed(answer->binding);
    writer.Prefixed(ExposeSecret(answer->secret));
  } else {
    writer.U8(answer.reason() == Reason::kUnlockFailed ? kRefused : kFailed);
    writer.Prefixed(answer.status().message());
    writer.Prefixed({});
  }
  return out;
}

Result<LockDevice::Made> DecodeAnswer(ByteView bytes) {
  ByteReader reader(bytes);
  const uint8_t kind = reader.U8();
  const ByteView first = reader.Prefixed();
  const ByteView second = reader.Prefixed();
  if (!reader.Finish("an answer of a lock's device").ok()) return NoAnswer();
  if (kind == kRefused) return Status(Reason::kUnlockFailed, Printable(first));
  if (kind == kFailed) return Status(kLockDeviceFailed, Printable(first));
  if (kind != kGiven || second.size() != kSecretSizeBytes || first.size() > kMaxBindingBytes) return NoAnswer();
  LockDevice::Made made;
  made.secret = SecretBytes::CopyOf(second);
  made.binding = Bytes(first);
  return made;
}

}  // namespace strongroom
