// FF1 as SP 800-38G, algorithms 7 and 8 write it; the names A, B, Q, S, y, c and b, d, t, u, v are theirs.
//
// What depends on the tweak and the length alone is computed once per call (Plan), and the ten rounds run over many
// inputs side by side, one AES call per round, so that the cipher's pipeline is full.
#include "crypto/ff1.h"

#include <string.h>

#include <algorithm>
#include <bit>

#include "crypto/internal/aes.h"
#include "crypto/internal/verdict.h"

namespace strongroom {
namespace {

constexpr size_t kBlock = 16;
constexpr size_t kRounds = 10;
constexpr size_t kShortestInput = 2;
constexpr size_t kLongestInput = 512;
constexpr size_t kLongestTweakBytes = 256;
constexpr uint64_t kSmallestVectorDomain = 100;
constexpr size_t kLongestHalf = kLongestInput / 2;
constexpr size_t kMostLimbs = kLongestHalf / 4 + 1;  // of 32 bits: half a longest input, or the S drawn for it
constexpr uint64_t kLargestSmallModulus = uint64_t{1} << 63;

Status Refused(const char* why) { return {Reason::kInvalidArgument, why}; }

// x ^ count, or `limit` when that is smaller.
uint64_t PowerUpTo(uint64_t limit, uint32_t radix, size_t count) {
  unsigned __int128 power = 1;
  for (size_t i = 0; i < count; ++i) {
    power *= radix;
    if (power >= limit) return limit;
  }
  return static_cast<uint64_t>(power);
}

// Bits of radix^count - 1, the largest number of `count` numerals: ceil(count * log2(radix)) without floating point.
size_t BitsOfLargest(uint32_t radix, size_t count) {
  uint32_t limbs[kMostLimbs] = {};  // little-endian; holds radix^i - 1
  for (size_t i = 0; i < count; ++i) {
    uint64_t carry = radix - 1;  // (x + 1) * radix - 1 = x * radix + (radix - 1)
    for (uint32_t& limb : limbs) {
      carry += uint64_t{limb} * radix;
      limb = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  for (size_t i = kMostLimbs; i-- > 0;) {
    if (limbs[i] != 0) return 32 * i + static_cast<size_t>(std::bit_width(limbs[i]));
  }
  return 0;
}

uint32_t LoadBig32(const uint8_t* in) {
  return uint32_t{in[0]} << 24 | uint32_t{in[1]} << 16 | uint32_t{in[2]} << 8 | in[3];
}

void XorBlock(uint8_t* out, const uint8_t* in) {
  for (size_t i = 0; i < kBlock; ++i) out[i] ^= in[i];
}

struct Plan {
  uint32_t radix = 0;
  size_t u = 0, v = 0;  // numerals of the left and the right half
  size_t b = 0, d = 0;  // bytes of NUM(B) and of S
  bool small = false;   // both halves are numbers below 2^63
  uint64_t modulus_u = 0, modulus_v = 0;
  // For numbers too large for a register: the largest power of the radix that is at most 2^32, and its exponent.
  uint64_t chunk_modulus = 1;
  size_t chunk_numerals = 0;
  // The CBC-MAC of P and of the blocks of Q that no round changes.
  uint8_t prefix[kBlock] = {};
  // The rest of Q: the tweak's end and padding, the round's byte at `round_at`, then b bytes of NUM(B).
  uint8_t tail[kBlock + kLongestHalf] = {};
  size_t tail_blocks = 0;
  size_t round_at = 0;

  size_t NumeralsOf(bool even) const { return even ? u : v; }
  uint64_t ModulusOf(bool even) const { return even ? modulus_u : modulus_v; }
};

bool MakePlan(const internal::AesBlocks& aes, uint32_t radix, size_t n, ByteView tweak, Plan& plan) {
  plan.radix = radix;
  plan.u = n / 2;
  plan.v = n - plan.u;
  plan.modulus_v = PowerUpTo(kLargestSmallModulus, radix, plan.v);
  plan.modulus_u = PowerUpTo(kLargestSmallModulus, radix, plan.u);
  plan.small = plan.modulus_v < kLargestSmallModulus;
  const size_t bits =
      plan.small ? static_cast<size_t>(std::bit_width(plan.modulus_v - 1)) : BitsOfLargest(radix, plan.v);
  plan.b = (bits + 7) / 8;
  plan.d = 4 * ((plan.b + 3) / 4) + 4;
  while (plan.chunk_modulus * radix <= uint64_t{1} << 32) {
    plan.chunk_modulus *= radix;
    ++plan.chunk_numerals;
  }

  const size_t t = tweak.size();
  const uint8_t p[kBlock] = {1,
                             2,
                             1,
                             0,
                             static_cast<uint8_t>(radix >> 8),
                             static_cast<uint8_t>(radix),
                             kRounds,
                             static_cast<uint8_t>(plan.u),
                             0,
                             0,
                             static_cast<uint8_t>(n >> 8),
                             static_cast<uint8_t>(n),
                             0,
                             0,
                             static_cast<uint8_t>(t >> 8),
                             static_cast<uint8_t>(t)};
  if (!aes.Apply(p, plan.prefix, 1)) return false;

  // Q = T || zeros || round || NUM(B) is a whole number of blocks.
  uint8_t q[kLongestTweakBytes + kBlock + kLongestHalf + kBlock] = {};
  const size_t q_size = (t + plan.b + 1 + kBlock - 1) / kBlock * kBlock;
  tweak.copy(reinterpret_cast<char*>(q), t);
  const size_t round_at = q_size - plan.b - 1;
  const size_t fixed_size = round_at / kBlock * kBlock;
  for (size_t at = 0; at < fixed_size; at += kBlock) {
    XorBlock(plan.prefix, q + at);
    if (!aes.Apply(plan.prefix, plan.prefix, 1)) return false;
  }
  plan.tail_blocks = (q_size - fixed_size) / kBlock;
  plan.round_at = round_at - fixed_size;
  memcpy(plan.tail, q + fixed_size, plan.round_at);
  return true;
}

// Half of an input whose numbers stay below 2^63.
struct SmallHalf {
  static constexpr size_t kLanes = 128;
  static constexpr size_t kTailBytes = kBlock;   // b <= 8
  static constexpr size_t kDrawnBytes = kBlock;  // d <= 12
  uint64_t value;

  void Load(const Plan& plan, const uint8_t* numerals, size_t count) {
    value = 0;
    for (size_t i = 0; i < count; ++i) value = value * plan.radix + numerals[i];
  }
  void Store(const Plan& plan, uint8_t* numerals, size_t count) const {
    uint64_t rest = value;
    for (size_t i = count; i-- > 0;) {
      numerals[i] = static_cast<uint8_t>(rest % plan.radix);
      rest /= plan.radix;
    }
  }
  void ToBytes(const Plan& plan, bool /*even*/, uint8_t* out) const {
    for (size_t i = 0; i < plan.b; ++i) out[i] = static_cast<uint8_t>(value >> (8 * (plan.b - 1 - i)));
  }
  static uint64_t Drawn(const Plan& plan, uint64_t modulus, const uint8_t* s) {
    if (plan.d == 8) return (uint64_t{LoadBig32(s)} << 32 | LoadBig32(s + 4)) % modulus;
    const unsigned __int128 y = static_cast<unsigned __int128>(LoadBig32(s)) << 64 |
                                static_cast<uint64_t>(LoadBig32(s + 4)) << 32 | LoadBig32(s + 8);
    return static_cast<uint64_t>(y % modulus);
  }
  // Both sums stay below 2 * modulus <= 2^64; the mask instead of a branch keeps the timing even.
  void Add(const Plan& plan, bool even, const uint8_t* s) {
    const uint64_t modulus = plan.ModulusOf(even);
    const uint64_t sum = value + Drawn(plan, modulus, s);
    value = sum - (modulus & (0 - uint64_t{sum >= modulus}));
  }
  void Subtract(const Plan& plan, bool even, const uint8_t* s) {
    const uint64_t modulus = plan.ModulusOf(even);
    const uint64_t sum = value + modulus - Drawn(plan, modulus, s);
    value = sum - (modulus & (0 - uint64_t{sum >= modulus}));
  }
};

// Half of a longer input, numeral by numeral: adding modulo radix^m is adding numerals and dropping the last carry.
struct WideHalf {
  static constexpr size_t kLanes = 8;
  static constexpr size_t kTailBytes = kBlock + kLongestHalf;
  static constexpr size_t kDrawnBytes = kLongestHalf + kBlock;  // d <= 260, in whole blocks
  uint8_t numerals_[kLongestHalf];

  void Load(const Plan&, const uint8_t* numerals, size_t count) { memcpy(numerals_, numerals, count); }
  void Store(const Plan&, uint8_t* numerals, size_t count) const { memcpy(numerals, numerals_, count); }

  // Horner's rule over as many numerals at once as fit in 32 bits.
  void ToBytes(const Plan& plan, bool even, uint8_t* out) const {
    const size_t count = plan.NumeralsOf(even);
    const size_t limb_count = (plan.b + 3) / 4;
    uint32_t limbs[kMostLimbs] = {};
    size_t taken = 0;
    while (taken < count) {
      uint64_t scale = 1, carry = 0;
      const size_t end = std::min(count, taken + plan.chunk_numerals);
      for (; taken < end; ++taken) {
        carry = carry * plan.radix + numerals_[taken];
        scale *= plan.radix;
      }
      for (size_t i = 0; i < limb_count; ++i) {
        // limb * scale < 2^64, and the carry fits on top: (2^32 - 1) * 2^32 + 2^32 - 1 = 2^64 - 1.
        carry += limbs[i] * scale;
        limbs[i] = static_cast<uint32_t>(carry);
        carry >>= 32;
      }
    }
    for (size_t i = 0; i < plan.b; ++i) {
      const size_t place = plan.b - 1 - i;
      out[i] = static_cast<uint8_t>(limbs[place / 4] >> (8 * (place % 4)));
    }
    WipeMemory(limbs, sizeof(limbs));
  }

  // Calls use(position, numeral) for the lowest `count` numerals of S, last position first.
  template <typename Use>
  static void ForEachDrawn(const Plan& plan, size_t count, const uint8_t* s, Use use) {
    const size_t limb_count = plan.d / 4;
    uint32_t limbs[kMostLimbs];  // big-endian: the first is the highest
    for (size_t i = 0; i < limb_count; ++i) limbs[i] = LoadBig32(s + 4 * i);
    size_t left = count;
    while (left > 0) {
      uint64_t rest = 0;
      for (size_t i = 0; i < limb_count; ++i) {
        const uint64_t part = rest << 32 | limbs[i];
        limbs[i] = static_cast<uint32_t>(part / plan.chunk_modulus);
        rest = part % plan.chunk_modulus;
      }
      for (size_t k = 0; k < plan.chunk_numerals && left > 0; ++k) {
        use(--left, static_cast<uint32_t>(rest % plan.radix));
        rest /= plan.radix;
      }
    }
  }
  void Add(const Plan& plan, bool even, const uint8_t* s) {
    uint32_t carry = 0;
    ForEachDrawn(plan, plan.NumeralsOf(even), s, [&](size_t at, uint32_t numeral) {
      const uint32_t sum = numerals_[at] + numeral + carry;
      carry = uint32_t{sum >= plan.radix};
      numerals_[at] = static_cast<uint8_t>(sum - (plan.radix & (0 - carry)));
    });
  }
  void Subtract(const Plan& plan, bool even, const uint8_t* s) {
    uint32_t borrow = 0;
    ForEachDrawn(plan, plan.NumeralsOf(even), s, [&](size_t at, uint32_t numeral) {
      const uint32_t sum = numerals_[at] + plan.radix - numeral - borrow;
      borrow = uint32_t{sum < plan.radix};
      numerals_[at] = static_cast<uint8_t>(sum - (plan.radix & (borrow - 1)));
    });
  }
};

// Rounds over up to kLanes inputs side by side.
template <typename Half>
class Feistel {
 public:
  Feistel(const internal::AesBlocks& aes, const Plan& plan, size_t count) : aes_(aes), plan_(plan), count_(count) {}
  Feistel(const Feistel&) = delete;
  Feistel& operator=(const Feistel&) = delete;
  ~Feistel() {
    WipeMemory(halves_, sizeof(halves_[0]) * count_);
    WipeMemory(tails_, sizeof(tails_[0]) * count_);
    WipeMemory(drawn_, sizeof(drawn_[0]) * count_);
  }

  bool Run(uint8_t* const* inputs, bool encrypt) {
    for (size_t lane = 0; lane < count_; ++lane) {
      halves_[lane][0].Load(plan_, inputs[lane], plan_.u);
      halves_[lane][1].Load(plan_, inputs[lane] + plan_.u, plan_.v);
    }
    // Round i reads one half and changes the other: what the standard swaps stays in place here.
    for (size_t i = 0; i < kRounds; ++i) {
      const size_t round = encrypt ? i : kRounds - 1 - i;
      if (!Round(round, encrypt)) return false;
    }
    for (size_t lane = 0; lane < count_; ++lane) {
      halves_[lane][0].Store(plan_, inputs[lane], plan_.u);
      halves_[lane][1].Store(plan_, inputs[lane] + plan_.u, plan_.v);
    }
    return true;
  }

 private:
  bool Round(size_t round, bool encrypt) {
    const bool even = round % 2 == 0;  // the left half, of u numerals, changes
    if (!Draw(static_cast<uint8_t>(round), even)) return false;
    for (size_t lane = 0; lane < count_; ++lane) {
      Half& changed = halves_[lane][even ? 0 : 1];
      if (encrypt) {
        changed.Add(plan_, even, drawn_[lane]);
      } else {
        changed.Subtract(plan_, even, drawn_[lane]);
      }
    }
    return true;
  }

  // Step 6 i to iii: S of every lane into drawn_.
  bool Draw(uint8_t round, bool even) {
    for (size_t lane = 0; lane < count_; ++lane) {
      uint8_t* tail = tails_[lane];
      memcpy(tail, plan_.tail, plan_.round_at);
      tail[plan_.round_at] = round;
      halves_[lane][even ? 1 : 0].ToBytes(plan_, !even, tail + plan_.round_at + 1);
      memcpy(states_ + lane * kBlock, plan_.prefix, kBlock);
    }
    for (size_t block = 0; block < plan_.tail_blocks; ++block) {
      for (size_t lane = 0; lane < count_; ++lane) XorBlock(states_ + lane * kBlock, tails_[lane] + block * kBlock);
      if (!aes_.Apply(states_, states_, count_)) return false;
    }
    for (size_t lane = 0; lane < count_; ++lane) memcpy(drawn_[lane], states_ + lane * kBlock, kBlock);
    // S = R || AES(R xor [1]) || AES(R xor [2]) ...
    for (size_t j = 1; j * kBlock < plan_.d; ++j) {
      for (size_t lane = 0; lane < count_; ++lane) {
        uint8_t* next = drawn_[lane] + j * kBlock;
        memcpy(next, drawn_[lane], kBlock);
        next[kBlock - 1] ^= static_cast<uint8_t>(j);
        if (!aes_.Apply(next, next, 1)) return false;
      }
    }
    return true;
  }

  const internal::AesBlocks& aes_;
  const Plan& plan_;
  const size_t count_;
  Half halves_[Half::kLanes][2];
  uint8_t tails_[Half::kLanes][Half::kTailBytes];
  uint8_t states_[Half::kLanes * kBlock];
  uint8_t drawn_[Half::kLanes][Half::kDrawnBytes];
};

template <typename Half>
bool RunAll(const internal::AesBlocks& aes, const Plan& plan, uint8_t* const* inputs, size_t count, bool encrypt) {
  for (size_t at = 0; at < count; at += Half::kLanes) {
    Feistel<Half> feistel(aes, plan, std::min(Half::kLanes, count - at));
    if (!feistel.Run(inputs + at, encrypt)) return false;
  }
  return true;
}

}  // namespace

Result<Ff1> Ff1::Create(const SecretBytes& key, uint32_t radix) {
  if (key.size() != 32) return Refused("an FF1 key is 32 bytes");
  return CreateForVectors(key, radix, true);
}

Result<Ff1> Ff1::CreateForVectors(const SecretBytes& key, uint32_t radix, bool enforce_domain) {
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) return Refused("an AES key is 16, 24 or 32 bytes");
  if (radix < 2 || radix > 256) return Refused("FF1 takes a radix between 2 and 256");
  Ff1 ff1;
  ff1.key_ = key.Clone();
  ff1.radix_ = radix;
  ff1.enforce_domain_ = enforce_domain;
  return ff1;
}

Status Ff1::Run(ByteView tweak, uint8_t* const* inputs, size_t count, size_t length, bool encrypt) const {
  if (length < kShortestInput || length > kLongestInput) return Refused("FF1 takes 2 to 512 numerals");
  if (tweak.size() > kLongestTweakBytes) return Refused("an FF1 tweak is at most 256 bytes");
  const uint64_t least = enforce_domain_ ? kSmallestDomain : kSmallestVectorDomain;
  if (PowerUpTo(least, radix_, length) < least) return Refused("the format has too few values for FF1");
  // Every numeral is looked at before the verdict, so that the time does not say which one was wrong.
  uint32_t outside = 0;
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < length; ++k) outside |= uint32_t{inputs[i][k] >= radix_};
  }
  if (internal::PublicVerdict(outside != 0)) return Refused("a numeral is outside the radix");

  Plan plan;
  const internal::AesBlocks aes(ExposeSecret(key_));
  if (!aes.ok() || !MakePlan(aes, radix_, length, tweak, plan) ||
      !(plan.small ? RunAll<SmallHalf>(aes, plan, inputs, count, encrypt)
                   : RunAll<WideHalf>(aes, plan, inputs, count, encrypt))) {
    return {Reason::kInternal, "FF1 failed"};
  }
  return Status::Ok();
}

Status Ff1::RunBatch(ByteView tweak, std::vector<Numerals>& batch, bool encrypt) const {
  if (batch.empty()) return Status::Ok();
  std::vector<uint8_t*> inputs;
  inputs.reserve(batch.size());
  for (Numerals& numerals : batch) {
    if (numerals.size() != batch[0].size()) return Refused("the inputs of a batch must have equal lengths");
    inputs.push_back(numerals.data());
  }
  return Run(tweak, inputs.data(), inputs.size(), batch[0].size(), encrypt);
}

Status Ff1::Encrypt(ByteView tweak, Numerals& numerals) const {
  uint8_t* const inputs[1] = {numerals.data()};
  return Run(tweak, inputs, 1, numerals.size(), true);
}

Status Ff1::Decrypt(ByteView tweak, Numerals& numerals) const {
  uint8_t* const inputs[1] = {numerals.data()};
  return Run(tweak, inputs, 1, numerals.size(), false);
}

Status Ff1::EncryptBatch(ByteView tweak, std::vector<Numerals>& batch) const { return RunBatch(tweak, batch, true); }
Status Ff1::DecryptBatch(ByteView tweak, std::vector<Numerals>& batch) const { return RunBatch(tweak, batch, false); }

}  // namespace strongroom
