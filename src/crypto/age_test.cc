#include "crypto/age.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/encoding.h"

namespace strongroom {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

AgeSink Into(Bytes& out) {
  return [&out](ByteView bytes) {
    out.append(bytes);
    return Status::Ok();
  };
}

// Hands out at most `step` bytes at once, so that every boundary falls somewhere odd.
AgeSource From(const Bytes& text, size_t step = 1 << 20) {
  return [&text, step, at = size_t{0}](char* buffer, size_t size) mutable -> Result<size_t> {
    const size_t some = std::min({size, step, text.size() - at});
    std::copy_n(text.data() + at, some, buffer);
    at += some;
    return some;
  };
}

Result<Bytes> Encrypt(ByteView plaintext, const std::vector<AgeRecipient>& recipients, Random& random) {
  Bytes out;
  ASSIGN_OR_RETURN(const std::unique_ptr<AgeWriter> writer, AgeWriter::Start(recipients, random, Into(out)));
  RETURN_IF_ERROR(writer->Write(plaintext));
  RETURN_IF_ERROR(writer->Finish());
  return out;
}

Result<Bytes> Decrypt(const Bytes& file, const AgeKeys& keys, size_t step = 1 << 20) {
  ASSIGN_OR_RETURN(const std::unique_ptr<AgeReader> reader, AgeReader::Open(From(file, step), keys));
  Bytes out;
  char buffer[10'000];
  while (true) {
    ASSIGN_OR_RETURN(const size_t got, reader->Read(buffer, sizeof(buffer)));
    if (got == 0) return out;
    out.append(buffer, got);
  }
}

AgeKeys KeysOf(const AgeIdentity& identity) {
  AgeKeys keys;
  keys.identities.push_back(*AgeIdentity::Parse(ExposeSecret(identity.Encode())));
  return keys;
}

TEST(Age, OpensAtEveryLengthAroundAChunk) {
  SeededRandom random(1);
  const AgeIdentity identity = AgeIdentity::Generate(random);
  constexpr size_t kChunk = 64 * 1024;
  for (const size_t size : {size_t{0}, size_t{1}, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk, 3 * kChunk + 17}) {
    const Bytes plaintext = random.Take(size);
    const Result<Bytes> file = Encrypt(plaintext, {identity.recipient()}, random);
    ASSERT_TRUE(file.ok());
    for (const size_t step : {size_t{1} << 20, size_t{777}}) {
      const Result<Bytes> opened = Decrypt(*file, KeysOf(identity), step);
      ASSERT_TRUE(opened.ok()) << size << ": " << opened.status().ToString();
      EXPECT_TRUE(*opened == plaintext) << size;
    }
  }
}

TEST(Age, OpensForEachRecipientAndForNobodyElse) {
  SeededRandom random(2);
  const AgeIdentity first = AgeIdentity::Generate(random);
  const AgeIdentity second = AgeIdentity::Generate(random);
  const AgeIdentity stranger = AgeIdentity::Generate(random);
  const Bytes file = *Encrypt("for two", {first.recipient(), second.recipient()}, random);
  EXPECT_EQ(*Decrypt(file, KeysOf(first)), "for two");
  EXPECT_EQ(*Decrypt(file, KeysOf(second)), "for two");
  EXPECT_EQ(Decrypt(file, KeysOf(stranger)).reason(), Reason::kKeyMissing);
  EXPECT_EQ(Decrypt(file, {}).reason(), Reason::kKeyMissing);
  EXPECT_EQ(Encrypt("for nobody", {}, random).reason(), Reason::kInvalidArgument);
}

TEST(Age, NoByteCanBeAlteredAndNoEndTakenAway) {
  SeededRandom random(3);
  const AgeIdentity identity = AgeIdentity::Generate(random);
  const Bytes file = *Encrypt("forty-two", {identity.recipient()}, random);
  ASSERT_TRUE(Decrypt(file, KeysOf(identity)).ok()) << "control";
  for (size_t i = 0; i < file.size(); ++i) {
    Bytes altered = file;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(Decrypt(altered, KeysOf(identity)).ok()) << "byte " << i;
    EXPECT_FALSE(Decrypt(file.substr(0, i), KeysOf(identity)).ok()) << "cut to " << i;
  }
  EXPECT_FALSE(Decrypt(file + "x", KeysOf(identity)).ok());
}

TEST(Age, AFileCutAtTheEndOfAChunkIsNotWhole) {
  SeededRandom random(4);
  const AgeIdentity identity = AgeIdentity::Generate(random);
  const Bytes file = *Encrypt(Bytes(128 * 1024, 'a'), {identity.recipient()}, random);
  const size_t last_chunk = 64 * 1024 + 16;
  const Bytes cut = file.substr(0, file.size() - last_chunk);
  EXPECT_EQ(Decrypt(cut, KeysOf(identity)).reason(), Reason::kDataCorrupt);
  const size_t header = file.size() - 2 * last_chunk;
  const Bytes swapped = file.substr(0, header) + file.substr(header + last_chunk) + file.substr(header, last_chunk);
  EXPECT_EQ(Decrypt(swapped, KeysOf(identity)).reason(), Reason::kDataCorrupt);
}

TEST(Age, APassphraseOpensWhatWasWrittenUnderIt) {
  SeededRandom random(5);
  Bytes file;
  const Result<std::unique_ptr<AgeWriter>> writer =
      AgeWriter::Start(SecretBytes::CopyOf("correct horse battery"), 10, random, Into(file));
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Write("sealed").ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  AgeKeys keys;
  keys.passphrase = SecretBytes::CopyOf("correct horse battery");
  EXPECT_EQ(*Decrypt(file, keys), "sealed");
  keys.passphrase = SecretBytes::CopyOf("correct horse batterz");
  EXPECT_EQ(Decrypt(file, keys).reason(), Reason::kKeyMissing);
}

TEST(Age, ForgedHeadersAreRefused) {
  const std::string body = "\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
  const std::string mac = "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
  const std::string start = "age-encryption.org/v1\n";
  const std::string share = "-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  ASSERT_TRUE(AgeHeader::Parse(start + share + body + mac).ok()) << "control";
  for (const std::string& bad :
       {std::string(), std::string("age-encryption.org/v2\n") + share + body + mac, start + mac, start + share + body,
        start + "->  X25519" + body + mac, start + "-> X25519 " + body + mac, start + share + "\r" + body + mac,
        start + share + "\nAAAA=\n" + mac, start + share + body + "--- AAAA\n", start + share + body + "---\n",
        start + share + "\n" + std::string(64, 'A') + "\n" + mac,  // a full line needs one more behind it
        start + share + "\n" + std::string(65, 'A') + "\n" + mac, start + share + body + mac.substr(0, 20)}) {
    EXPECT_EQ(AgeHeader::Parse(bad).reason(), Reason::kDataCorrupt) << bad;
  }
  // A cost that would take a machine down, and a passphrase beside a recipient.
  AgeKeys keys;
  keys.passphrase = SecretBytes::CopyOf("anything at all");
  const std::string scrypt = "-> scrypt AAAAAAAAAAAAAAAAAAAAAA ";
  for (const std::string cost : {"23", "030", "0", "x", "-1"}) {
    EXPECT_EQ(Decrypt(start + scrypt + cost + body + mac + Bytes(64, 'x'), keys).reason(), Reason::kDataCorrupt)
        << cost;
  }
  EXPECT_EQ(Decrypt(start + scrypt + "10" + body + share + body + mac + Bytes(64, 'x'), keys).reason(),
            Reason::kDataCorrupt);
  // A share that gives the same secret to everybody.
  SeededRandom random(6);
  EXPECT_EQ(Decrypt(start + share + body + mac + Bytes(64, 'x'), KeysOf(AgeIdentity::Generate(random))).reason(),
            Reason::kDataCorrupt);
}

TEST(Age, IdentitiesAreReadAsAgeKeygenWritesThem) {
  const std::string file =
      "# created: 2021-01-02T15:30:45+01:00\n# public key: "
      "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z\n"
      "AGE-SECRET-KEY-1N9JEPW6DWJ0ZQUDX63F5A03GX8QUW7PXDE39N8UYF82VZ9PC8UFS3M7XA9\n";
  const Result<std::vector<AgeIdentity>> identities = ParseAgeIdentities(file);
  ASSERT_TRUE(identities.ok()) << identities.status().ToString();
  EXPECT_EQ(identities->front().recipient().Encode(), "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z");
  EXPECT_EQ(ParseAgeIdentities("# nothing\n").reason(), Reason::kInvalidArgument);
  const Result<std::vector<AgeIdentity>> mistyped =
      ParseAgeIdentities("\nAGE-SECRET-KEY-1N9JEPW6DWJ0ZQUDX63F5A03GX8QUW7PXDE39N8UYF82VZ9PC8UFS3M7XA8\n");
  EXPECT_THAT(mistyped.status().message(), StartsWith("line 2"));
  EXPECT_THAT(mistyped.status().message(), Not(HasSubstr("N9JEPW")));
}

// --- the outside judge
// -------------------------------------------------------------------------------------------------

constexpr char kAgeProgram[] = "/usr/bin/age";

std::string Scratch() {
  std::string path = testing::TempDir() + "/age-XXXXXX";
  return mkdtemp(path.data()) == nullptr ? "" : path;
}

void WriteTo(const std::string& path, ByteView bytes) { std::ofstream(path, std::ios::binary) << bytes; }

Bytes ReadFrom(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

int RunAge(const std::vector<std::string>& arguments) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> argv = {const_cast<char*>(kAgeProgram)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(kAgeProgram, argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Age, TheAgeProgramOpensOursAndWeOpenIts) {
  if (!std::filesystem::exists(kAgeProgram)) GTEST_SKIP() << "the Debian package 'age' is not installed";
  SeededRandom random(7);
  const std::string place = Scratch();
  const AgeIdentity identity = AgeIdentity::Generate(random);
  const AgeIdentity other = AgeIdentity::Generate(random);
  WriteTo(place + "/identity", Bytes(ExposeSecret(identity.Encode())) + "\n");
  WriteTo(place + "/other", Bytes(ExposeSecret(other.Encode())) + "\n");
  for (const size_t size : {size_t{0}, size_t{5}, size_t{65'536}, size_t{200'001}}) {
    const Bytes plaintext = random.Take(size);
    WriteTo(place + "/ours.age", *Encrypt(plaintext, {other.recipient(), identity.recipient()}, random));
    ASSERT_EQ(RunAge({"--decrypt", "-i", place + "/identity", "-o", place + "/opened", place + "/ours.age"}), 0)
        << size;
    EXPECT_TRUE(ReadFrom(place + "/opened") == plaintext) << size;

    WriteTo(place + "/plain", plaintext);
    ASSERT_EQ(RunAge({"-r", identity.recipient().Encode(), "-o", place + "/theirs.age", place + "/plain"}), 0);
    const Bytes theirs = ReadFrom(place + "/theirs.age");
    const Result<Bytes> opened = Decrypt(theirs, KeysOf(identity));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    EXPECT_TRUE(*opened == plaintext) << size;
    EXPECT_EQ(Decrypt(theirs, KeysOf(other)).reason(), Reason::kKeyMissing);
  }
  std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace strongroom
