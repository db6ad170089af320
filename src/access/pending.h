// Pending<T>: what somebody has begun and not finished (a sign-in, an enrolment), found again by a token that only they
// hold.  In memory alone: a restart ends what was begun.
//
// Take() takes it out, so that of two requests with one token one finds nothing: a step is done once, whatever races.
// Give it back to go on.  Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom {

template <typename T>
class Pending {
 public:
  struct Taken {
    std::string key;
    int64_t ends_ms = 0;  // monotonic
    T value;
  };

  // `clock` and `random` must outlive this.  Things live `life_millis` from Add(), however often they are given back.
  Pending(const Clock& clock, Random& random, std::string prefix, int64_t life_millis, size_t most)
      : clock_(clock), random_(random), prefix_(std::move(prefix)), life_millis_(life_millis), most_(most) {}

  // The token, or nothing when too many are under way.
  std::optional<std::string> Add(T value) {
    const int64_t now = clock_.MonotonicMillis();
    const std::lock_guard lock(mutex_);
    if (things_.size() >= most_) DropEnded(now);
    if (things_.size() >= most_) return std::nullopt;
    std::string token = prefix_ + Base64UrlEncode(random_.Take(kTokenSizeBytes));
    things_.insert_or_assign(KeyOf(token), Thing{now + life_millis_, std::move(value)});
    return token;
  }

  std::optional<Taken> Take(std::string_view token) {
    const std::string key = KeyOf(token);
    const int64_t now = clock_.MonotonicMillis();
    const std::lock_guard lock(mutex_);
    const auto found = things_.find(key);
    if (found == things_.end()) return std::nullopt;
    Taken taken{key, found->second.ends_ms, std::move(found->second.value)};
    things_.erase(found);
    if (taken.ends_ms <= now) return std::nullopt;
    return taken;
  }

  void Return(Taken taken) {
    const std::lock_guard lock(mutex_);
    things_.insert_or_assign(std::move(taken.key), Thing{taken.ends_ms, std::move(taken.value)});
  }

  size_t size() const {
    const std::lock_guard lock(mutex_);
    return things_.size();
  }

 private:
  static constexpr size_t kTokenSizeBytes = 32;
  struct Thing {
    int64_t ends_ms = 0;
    T value;
  };

  // Looked up by hash: the time of a look-up tells nothing of the token.
  static std::string KeyOf(std::string_view token) { return std::string(View(Sha256(token))); }

  void DropEnded(int64_t now) {
    for (auto it = things_.begin(); it != things_.end();) {
      it = it->second.ends_ms <= now ? things_.erase(it) : std::next(it);
    }
  }

  const Clock& clock_;
  Random& random_;
  const std::string prefix_;
  const int64_t life_millis_;
  const size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Thing> things_;
};

}  // namespace strongroom
