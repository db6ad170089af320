#include "locks/device_child.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "locks/device_message.h"
#include "locks/pkcs11_token.h"
#include "locks/tpm_seal.h"

namespace strongroom {
namespace {

bool SetLimit(int resource, uint64_t most) {
  const rlimit limit = {most, most};
  return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

// A module needs files, sockets and threads of its own; what it has no use for is more rights, and leaving traces.
bool Confine() {
  constexpr uint64_t kMemory = uint64_t{4} << 30;
  constexpr uint64_t kCpuSeconds = 120;
  constexpr uint64_t kFiles = 256;
  return prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
         prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && SetLimit(RLIMIT_CORE, 0) && SetLimit(RLIMIT_AS, kMemory) &&
         SetLimit(RLIMIT_CPU, kCpuSeconds) && SetLimit(RLIMIT_NOFILE, kFiles);
}

Bytes ReadQuestion() {
  Bytes text;
  text.reserve(kMaxDeviceMessageBytes);
  char buffer[1024];
  while (text.size() + sizeof buffer <= kMaxDeviceMessageBytes) {
    const ssize_t got = recv(kLockDeviceSocket, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  WipeMemory(buffer, sizeof buffer);
  return text;
}

bool SendAnswer(ByteView text) {
  while (!text.empty()) {
    const ssize_t sent = send(kLockDeviceSocket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

Result<LockDevice::Made> AnswerTo(const DeviceQuestion& question) {
  const bool make = question.call == DeviceCall::kMake;
  if (question.kind == LockKind::kTpm) {
    return make ? SealInTpm(question.config.tpm_tcti, question.pin)
                : UnsealFromTpm(question.config.tpm_tcti, question.binding, question.pin);
  }
  return AskToken(question.config, question.salt, question.pin, make);
}

}  // namespace

int RunLockDevice() {
  if (!Confine()) return 1;
  Bytes text = ReadQuestion();
  const Result<DeviceQuestion> question = DecodeQuestion(text);
  WipeString(text);
  if (!question.ok()) return 1;
  Bytes answer = EncodeAnswer(AnswerTo(*question));
  const bool sent = SendAnswer(answer);
  WipeString(answer);
  return sent ? 0 : 1;
}

}  // namespace strongroom
