#include "access/staff_member.h"

#include <iterator>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kStates[] = {"", "invited", "vetted", "active", "suspended", "left"};

ByteView Bits(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

void WriteTime(ByteWriter& writer, const std::optional<UnixMillis>& time) {
  writer.U8(time ? 1 : 0);
  if (time) writer.U64(static_cast<uint64_t>(*time));
}

std::optional<UnixMillis> ReadTime(ByteReader& reader) {
  if (reader.U8() == 0) return std::nullopt;
  return static_cast<UnixMillis>(reader.U64());
}

UnixMillis ReadMoment(ByteReader& reader) { return static_cast<UnixMillis>(reader.U64()); }

Digest ReadDigest(ByteReader& reader) {
  Digest digest{};
  const ByteView raw = reader.Raw(digest.size());
  if (!reader.failed()) std::copy(raw.begin(), raw.end(), reinterpret_cast<char*>(digest.data()));
  return digest;
}

template <typename T, typename Fn>
void WriteList(ByteWriter& writer, const std::vector<T>& list, Fn write) {
  writer.Varint(list.size());
  for (const T& one : list) write(one);
}

// A damaged count must not make room for itself: entries are appended while there is something to read.
template <typename T, typename Fn>
void ReadList(ByteReader& reader, std::vector<T>& list, Fn read) {
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    T one;
    read(one);
    list.push_back(std::move(one));
  }
}

void WriteWho(ByteWriter& writer, const StaffMember& member) {
  writer.U64(member.id);
  writer.U8(static_cast<uint8_t>(member.state));
  for (const std::string* text : {&member.name, &member.display_name, &member.email, &member.phone, &member.language}) {
    writer.Prefixed(*text);
  }
  WriteList(writer, member.roles, [&](const RoleGrant& grant) {
    writer.Prefixed(grant.role);
    WriteTime(writer, grant.until);
    writer.U64(grant.granted_by);
  });
  WriteList(writer, member.purposes, [&](const std::string& purpose) { writer.Prefixed(purpose); });
  WriteList(writer, member.networks, [&](const IpNetwork& network) {
    writer.Raw({reinterpret_cast<const char*>(network.base.bytes.data()), network.base.bytes.size()});
    writer.U8(network.prefix_bits);
  });
}

void ReadWho(ByteReader& reader, StaffMember& member) {
  member.id = reader.U64();
  member.state = static_cast<StaffState>(reader.U8());
  for (std::string* text : {&member.name, &member.display_name, &member.email, &member.phone, &member.language}) {
    *text = std::string(reader.Prefixed());
  }
  ReadList(reader, member.roles, [&](RoleGrant& grant) {
    grant.role = std::string(reader.Prefixed());
    grant.until = ReadTime(reader);
    grant.granted_by = reader.U64();
  });
  ReadList(reader, member.purposes, [&](std::string& purpose) { purpose = std::string(reader.Prefixed()); });
  ReadList(reader, member.networks, [&](IpNetwork& network) {
    const ByteView base = reader.Raw(network.base.bytes.size());
    if (!reader.failed()) std::copy(base.begin(), base.end(), reinterpret_cast<char*>(network.base.bytes.data()));
    network.prefix_bits = reader.U8();
  });
}

void WriteLife(ByteWriter& writer, const StaffMember& member) {
  writer.U64(member.invited_by);
  writer.U64(static_cast<uint64_t>(member.invited_at));
  writer.U64(member.vetted_by);
  WriteTime(writer, member.vetted_at);
  writer.Prefixed(member.vetting_reference);
  WriteTime(writer, member.left_at);
  WriteTime(writer, member.locked_at);
  writer.Prefixed(member.locked_why);
  writer.Raw(Bits(member.invitation_mac));
  WriteTime(writer, member.invitation_until);
}

void ReadLife(ByteReader& reader, StaffMember& member) {
  member.invited_by = reader.U64();
  member.invited_at = ReadMoment(reader);
  member.vetted_by = reader.U64();
  member.vetted_at = ReadTime(reader);
  member.vetting_reference = std::string(reader.Prefixed());
  member.left_at = ReadTime(reader);
  member.locked_at = ReadTime(reader);
  member.locked_why = std::string(reader.Prefixed());
  member.invitation_mac = ReadDigest(reader);
  member.invitation_until = ReadTime(reader);
}

void WriteFactors(ByteWriter& writer, const StaffMember& member) {
  writer.Prefixed(member.password);
  WriteTime(writer, member.password_set_at);
  WriteList(writer, member.passkeys, [&](const Passkey& passkey) {
    writer.Prefixed(passkey.credential_id);
    writer.Prefixed(passkey.public_key);
    writer.U32(passkey.sign_count);
    writer.Prefixed(passkey.label);
    writer.U64(static_cast<uint64_t>(passkey.added_at));
    writer.U8(static_cast<uint8_t>((passkey.backed_up ? 1 : 0) | (passkey.backup_eligible ? 2 : 0)));
  });
  writer.Prefixed(member.totp_secret);
  writer.U64(static_cast<uint64_t>(member.totp_last_step));
  writer.U8(member.phone_confirmed ? 1 : 0);
  WriteList(writer, member.recovery_codes, [&](const RecoveryCode& code) {
    writer.Prefixed(code.verifier);
    WriteTime(writer, code.used_at);
  });
  writer.Prefixed(member.question);
  writer.Prefixed(member.answer);
}

void ReadFactors(ByteReader& reader, StaffMember& member) {
  member.password = Bytes(reader.Prefixed());
  member.password_set_at = ReadTime(reader);
  ReadList(reader, member.passkeys, [&](Passkey& passkey) {
    passkey.credential_id = Bytes(reader.Prefixed());
    passkey.public_key = Bytes(reader.Prefixed());
    passkey.sign_count = reader.U32();
    passkey.label = std::string(reader.Prefixed());
    passkey.added_at = ReadMoment(reader);
    const uint8_t backup = reader.U8();
    passkey.backed_up = (backup & 1) != 0;
    passkey.backup_eligible = (backup & 2) != 0;
  });
  member.totp_secret = Bytes(reader.Prefixed());
  member.totp_last_step = static_cast<int64_t>(reader.U64());
  member.phone_confirmed = reader.U8() != 0;
  ReadList(reader, member.recovery_codes, [&](RecoveryCode& code) {
    code.verifier = Bytes(reader.Prefixed());
    code.used_at = ReadTime(reader);
  });
  member.question = std::string(reader.Prefixed());
  member.answer = Bytes(reader.Prefixed());
}

void WriteRecord(ByteWriter& writer, const StaffMember& member) {
  WriteList(writer, member.marks, [&](const RegisterMark& mark) {
    writer.Prefixed(mark.name);
    writer.Prefixed(mark.version);
    writer.U64(static_cast<uint64_t>(mark.at));
    WriteTime(writer, mark.valid_until);
    writer.U64(mark.recorded_by);
  });
  WriteList(writer, member.places, [&](const KnownPlace& place) {
    writer.Raw(Bits(place.mark));
    writer.U64(static_cast<uint64_t>(place.last_seen));
  });
  WriteTime(writer, member.last_sign_in);
}

void ReadRecord(ByteReader& reader, StaffMember& member) {
  ReadList(reader, member.marks, [&](RegisterMark& mark) {
    mark.name = std::string(reader.Prefixed());
    mark.version = std::string(reader.Prefixed());
    mark.at = ReadMoment(reader);
    mark.valid_until = ReadTime(reader);
    mark.recorded_by = reader.U64();
  });
  ReadList(reader, member.places, [&](KnownPlace& place) {
    place.mark = ReadDigest(reader);
    place.last_seen = ReadMoment(reader);
  });
  member.last_sign_in = ReadTime(reader);
}

}  // namespace

std::string_view NameOf(StaffState state) {
  const auto number = static_cast<size_t>(state);
  return number < std::size(kStates) ? kStates[number] : std::string_view();
}

Bytes StaffMember::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  WriteWho(writer, *this);
  WriteLife(writer, *this);
  WriteFactors(writer, *this);
  WriteRecord(writer, *this);
  return out;
}

Result<StaffMember> StaffMember::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kFormatVersion) {
    return Status(Reason::kDataCorrupt, "a staff document is malformed or of a newer format");
  }
  StaffMember member;
  ReadWho(reader, member);
  ReadLife(reader, member);
  ReadFactors(reader, member);
  ReadRecord(reader, member);
  RETURN_IF_ERROR(reader.Finish("a staff document"));
  if (member.id == 0 || NameOf(member.state).empty())
    return Status(Reason::kDataCorrupt, "a staff document names nobody");
  return member;
}

std::vector<std::string> StaffMember::RolesAt(UnixMillis now) const {
  std::vector<std::string> held;
  for (const RoleGrant& grant : roles) {
    if (!grant.until || *grant.until > now) held.push_back(grant.role);
  }
  return held;
}

}  // namespace strongroom
