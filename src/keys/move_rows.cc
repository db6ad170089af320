#include "keys/move_rows.h"

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_rows.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;

}  // namespace

Bytes DepartureRowKey(CustomerId customer) { return CustomerRowKey(kDepartureKind, customer); }
Bytes ArrivalRowKey(CustomerId customer) { return CustomerRowKey(kArrivalKind, customer); }

Bytes EncodeDeparture(const Departure& departure) {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U8(static_cast<uint8_t>(departure.state));
  writer.U32(departure.to);
  writer.U32(departure.generation);
  writer.U64(static_cast<uint64_t>(departure.at));
  return content;
}

Bytes EncodeArrival(const Arrival& arrival) {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.U32(arrival.from);
  writer.U32(arrival.generation);
  writer.U64(static_cast<uint64_t>(arrival.at));
  return content;
}

Result<Bytes> SealDeparture(const Departure& departure, const Aead& rows, CompartmentId compartment,
                            CustomerId customer, Random& random) {
  return rows.Seal(EncodeDeparture(departure), aad::Row(compartment, DepartureRowKey(customer)), random);
}

Result<Bytes> SealArrival(const Arrival& arrival, const Aead& rows, CompartmentId compartment, CustomerId customer,
                          Random& random) {
  return rows.Seal(EncodeArrival(arrival), aad::Row(compartment, ArrivalRowKey(customer)), random);
}

Result<Departure> OpenDeparture(ByteView sealed, const Aead& rows, CompartmentId compartment, CustomerId customer) {
  ASSIGN_OR_RETURN(const Bytes content, rows.Open(sealed, aad::Row(compartment, DepartureRowKey(customer))));
  ByteReader reader(content);
  const uint8_t version = reader.U8();
  const uint8_t state = reader.U8();
  Departure departure;
  departure.to = reader.U32();
  departure.generation = reader.U32();
  departure.at = static_cast<UnixMillis>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("the row of a customer who left"));
  if (version != kFormatVersion || state < 1 || state > 2) {
    return Status(Reason::kDataCorrupt, "the row of a customer who left is of a newer format");
  }
  departure.state = static_cast<DepartureState>(state);
  return departure;
}

Result<Arrival> OpenArrival(ByteView sealed, const Aead& rows, CompartmentId compartment, CustomerId customer) {
  ASSIGN_OR_RETURN(const Bytes content, rows.Open(sealed, aad::Row(compartment, ArrivalRowKey(customer))));
  ByteReader reader(content);
  const uint8_t version = reader.U8();
  Arrival arrival;
  arrival.from = reader.U32();
  arrival.generation = reader.U32();
  arrival.at = static_cast<UnixMillis>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("the row of a customer who arrives"));
  if (version != kFormatVersion)
    return Status(Reason::kDataCorrupt, "the row of a customer who arrives is of a newer format");
  return arrival;
}

}  // namespace strongroom
