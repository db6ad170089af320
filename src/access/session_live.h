// A session in memory; of sessions.h alone.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "access/sessions.h"

namespace strongroom {

// All but the atomics is written before others see it.
struct Sessions::Live {
  Live(const SessionRecord& record, UnixMillis seen)
      : id(record.id),
        person_id(record.person),
        mac(record.mac),
        created_at(record.created_at),
        factor_at(record.factor_at),
        password_at(record.password_at),
        factor(record.factor),
        address(record.address),
        device(record.device),
        device_id(record.device_id),
        bound_passkey(record.bound_passkey),
        proof(record.proof_key),
        last_seen(seen),
        credentials(record.credentials) {}

  const uint64_t id;
  const PrincipalId person_id;
  const Digest mac;
  const UnixMillis created_at;
  const UnixMillis factor_at;
  const UnixMillis password_at;
  const FactorKind factor;
  const IpAddress address;
  const std::string device;
  const uint64_t device_id;  // 0: bound to none
  const bool bound_passkey;
  const SessionProofKey proof;

  std::atomic<UnixMillis> last_seen;
  std::atomic<bool> ended{false};
  std::atomic<UnixMillis> replaced_until{0};  // 0: it was not replaced by a newer cookie
  // The marks it may go on under: of the person as they signed in, and as they are about to be (GoOnWith).
  std::atomic<uint64_t> credentials;
  std::atomic<uint64_t> next_credentials{0};
  PersonNowPtr person;  // by std::atomic_load and atomic_store

  bool GoesWith(uint64_t mark) const { return mark == credentials.load() || mark == next_credentials.load(); }
  bool is_current() const { return replaced_until.load() == 0; }
};

// `fn` must not begin or end sessions: a shard is locked.
template <typename Fn>
void Sessions::ForEach(const Fn& fn) const {
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [mac, live] : shard.by_mac) fn(live);
  }
}

}  // namespace strongroom
