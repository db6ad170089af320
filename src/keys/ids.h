// The identifiers that keys, rows and associated data are built from.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace strongroom {

// Random and nonzero; the office, which is no compartment, is kOffice.
using CompartmentId = uint32_t;
constexpr CompartmentId kOffice = 0;

// home bucket (12 bits) || random (52 bits).  What the customer code permutes; never shown as it is.
using CustomerId = uint64_t;
constexpr int kBucketBits = 12;
constexpr uint32_t kBucketCount = 1u << kBucketBits;
constexpr uint32_t BucketOf(CustomerId id) { return static_cast<uint32_t>(id >> (64 - kBucketBits)); }

using FieldId = uint16_t;  // catalogue number of a field; 0 is the external id
constexpr FieldId kExternalIdField = 0;

// Random, inside the sealed record alone: what the audit log calls the customer.
using AuditId = std::array<uint8_t, 16>;

}  // namespace strongroom
