// The worked examples of docs/formats/key-store.md and data-store.md open, and their row keys are right.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "base/encoding.h"
#include "crypto/aead.h"
#include "keys/aad.h"
#include "keys/key_ring.h"
#include "keys/lock.h"
#include "keys/past_rows.h"
#include "keys/sealed_store.h"
#include "store/faulty_store.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

constexpr CompartmentId kCompartment = 0x1a2b3c4d;
constexpr CustomerId kCustomer = 0x0010'0000'0000'0abc;

// The blocks of a page, in order; each line: hex, spaces, a remark.
std::vector<Bytes> HexBlocks(const std::string& name) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/" + name);
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<Bytes> blocks;
  for (size_t at = page.find("```hex\n"); at != std::string::npos; at = page.find("```hex\n", at)) {
    at += 7;
    std::istringstream lines(page.substr(at, page.find("```", at) - at));
    std::string hex;
    for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find(' '));
    blocks.push_back(HexDecode(hex).ok() ? *HexDecode(hex) : Bytes());
  }
  return blocks;
}

SecretBytes KeyOf(uint8_t byte) { return SecretBytes::CopyOf(Bytes(32, static_cast<char>(byte))); }

TEST(FormatPages, TheLockOpensAsItsPageSays) {
  const std::vector<Bytes> blocks = HexBlocks("key-store.md");
  ASSERT_EQ(blocks.size(), 7u);
  FaultyStore store{NewTestStore()};
  StoreBatch batch;
  batch.puts.push_back({"Slock", blocks[0]});
  ASSERT_TRUE(store.Commit(batch).ok());
  const Result<SecretBytes> root = OpenLock(store, SecretBytes::CopyOf("correct horse battery"));
  ASSERT_TRUE(root.ok()) << root.status().ToString();
  EXPECT_EQ(ExposeSecret(*root), Bytes(32, 0x33));
  EXPECT_EQ(OpenLock(store, SecretBytes::CopyOf("correct horse batterx")).reason(), Reason::kUnlockFailed);
}

TEST(FormatPages, WrappedKeysOpenAsTheirPageSays) {
  const std::vector<Bytes> blocks = HexBlocks("key-store.md");
  ASSERT_EQ(blocks.size(), 7u);
  const Result<SecretBytes> blind = KeyWrap(KeyOf(0x33)).Unwrap(blocks[1], aad::RingKey(kCompartment, "blind", 1));
  ASSERT_TRUE(blind.ok());
  EXPECT_EQ(ExposeSecret(*blind), Bytes(32, '\x99'));
  EXPECT_FALSE(KeyWrap(KeyOf(0x33)).Unwrap(blocks[1], aad::RingKey(kCompartment, "blind", 2)).ok());

  ByteReader row(blocks[2]);
  EXPECT_EQ(row.U8(), 1);
  EXPECT_EQ(row.U32(), 1u);
  EXPECT_EQ(row.U32(), 1u);
  const ByteView wrapped = row.Rest();
  const Result<SecretBytes> key = KeyWrap(KeyOf(0x11)).Unwrap(wrapped, aad::CustomerKey(kCompartment, kCustomer, 1));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(ExposeSecret(*key), Bytes(32, 0x22));
  EXPECT_FALSE(KeyWrap(KeyOf(0x11)).Unwrap(wrapped, aad::CustomerKey(kCompartment, kCustomer + 1, 1)).ok());
}

TEST(FormatPages, AnEpochsRowIsWhatItsPageSays) {
  const std::vector<Bytes> blocks = HexBlocks("key-store.md");
  ASSERT_EQ(blocks.size(), 7u);
  EpochInfo expected;
  expected.state = EpochState::kClosed;
  expected.opened_at = 1'795'000'000'000;
  expected.closed_at = 1'797'592'000'000;
  expected.phase = MovePhase::kReferences;
  expected.cursor = HexBlocks("data-store.md").front() + '\0';
  expected.moved_keys = 1'200;
  expected.moved_rows = 5'000;
  EXPECT_EQ(HexEncode(expected.Encode()), HexEncode(blocks[3]));
  const Result<EpochInfo> decoded = EpochInfo::Decode(blocks[3]);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_EQ(*decoded, expected);
  EXPECT_FALSE(EpochInfo::Decode(blocks[3] + '\0').ok());
  EXPECT_EQ(HexEncode(EpochRowKey(1)), "4500000001");
}

TEST(FormatPages, PastKeysAndWhatWasTakenAwayAreWhatTheirPageSays) {
  const std::vector<Bytes> blocks = HexBlocks("key-store.md");
  ASSERT_EQ(blocks.size(), 7u);
  PastKeyRow past;
  past.customer = kCustomer;
  past.generation = 1;
  EXPECT_EQ(HexEncode(past.RowKey()), "500010000000000abc00000001");
  const Result<PastKeyRow> read = PastKeyRow::Decode(past.RowKey(), blocks[4]);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->customer, kCustomer);
  EXPECT_EQ(read->epoch, 1u);
  EXPECT_EQ(HexEncode(read->Encode()), HexEncode(blocks[4]));
  EXPECT_FALSE(PastKeyRow::Decode(past.RowKey(), Bytes("\x02") + blocks[4].substr(1)).ok());
  EpochSet epochs;
  epochs.held[1] = std::make_shared<const EpochKeys>(1, KeyOf(0x11), KeyOf(0x99));
  const Result<SecretBytes> key = read->Open(epochs, kCompartment);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(ExposeSecret(*key), Bytes(32, 0x22));
  EXPECT_EQ(read->Open(EpochSet(), kCompartment).reason(), Reason::kKeyMissing);

  const TakenRow taken{kCustomer, *HexDecode("76000300000002"), 1, 1'795'000'000'000};
  EXPECT_EQ(HexEncode(taken.RowKey()), "460010000000000abc76000300000002");
  const Aead rows(KeyOf(0x55));
  SeededRandom random(6);
  const Result<Bytes> sealed = taken.Seal(rows, kCompartment, random);
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(HexEncode(*rows.Open(*sealed, aad::Row(kCompartment, taken.RowKey()))), HexEncode(blocks[5]));
  const Result<TakenRow> opened = TakenRow::Open(rows, kCompartment, taken.RowKey(), *sealed);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->name, taken.name);
  EXPECT_EQ(opened->at, taken.at);
  EXPECT_FALSE(TakenRow::Open(rows, kCompartment, taken.RowKey() + "x", *sealed).ok());
}

TEST(FormatPages, ARowOfTwoKeysReadsAsItIsWritten) {
  CustomerKeyRow row;
  row.epoch = 3;
  row.generation = 2;
  row.wrapped = Bytes(104, 'n');
  row.wrapped_before = Bytes(104, 'o');
  const Bytes encoded = row.Encode();
  EXPECT_EQ(HexEncode(encoded),
            "02"
            "00000003"
            "00000002"
            "68" +
                HexEncode(Bytes(104, 'o')) + HexEncode(Bytes(104, 'n')));
  const Result<CustomerKeyRow> decoded = CustomerKeyRow::Decode(encoded);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->wrapped, row.wrapped);
  EXPECT_EQ(decoded->wrapped_before, row.wrapped_before);
}

// A ring of chosen keys, written as the page says rows of a ring are.
std::shared_ptr<const KeyRing> ChosenRing(Random& random) {
  FaultyStore store{NewTestStore()};
  const KeyWrap root(KeyOf(0x33));
  StoreBatch batch;
  const auto add = [&](const std::string& name, Epoch epoch, uint8_t byte) {
    Bytes row_key = "R" + name + '\0';
    ByteWriter(row_key).U32(epoch);
    batch.puts.push_back({row_key, *root.Wrap(KeyOf(byte), aad::RingKey(kCompartment, name, epoch), random)});
  };
  add("index", 0, 0x44);
  add("rows", 0, 0x55);
  add("log", 0, 0x66);
  add("sign", 0, 0x77);
  add("base", 0, 0x88);
  add("wrap", 1, 0x11);
  add("blind", 1, 0x99);
  EXPECT_TRUE(store.Commit(batch).ok());
  const auto ring = KeyRing::Open(store, KeyOf(0x33), kCompartment);
  EXPECT_TRUE(ring.ok()) << ring.status().ToString();
  return ring.ok() ? *ring : nullptr;
}

TEST(FormatPages, IndexRowAndRecordAreWhatTheirPageSays) {
  const std::vector<Bytes> blocks = HexBlocks("data-store.md");
  ASSERT_EQ(blocks.size(), 3u);
  SeededRandom random(5);
  const std::shared_ptr<const KeyRing> ring = ChosenRing(random);
  ASSERT_NE(ring, nullptr);
  FaultyStore data{NewTestStore()};
  const SealedStore sealed(data, ring, nullptr, random);
  const IndexLabel label{'e', 3, 1, 0};
  SealedBatch batch;
  ASSERT_TRUE(sealed.PutReference(batch, label, "anna@example.com", kCustomer).ok());
  ASSERT_EQ(batch.rows().puts.size(), 1u);
  EXPECT_EQ(HexEncode(batch.rows().puts[0].key), HexEncode(blocks[0]));

  StoreBatch stored;
  stored.puts.push_back({blocks[0], blocks[1]});
  ASSERT_TRUE(data.Commit(stored).ok());
  const auto found = sealed.FindReferences(label, "anna@example.com", 10);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(*found, std::vector<CustomerId>{kCustomer});
  EXPECT_TRUE(sealed.FindReferences(label, "anna@example.org", 10)->empty());

  const Aead key(KeyOf(0x22));
  const Result<Bytes> record = key.Open(blocks[2], aad::CustomerItem(kCompartment, kCustomer, 1, "record"));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(*record, HexBlocks("record.md").front());
  EXPECT_FALSE(key.Open(blocks[2], aad::CustomerItem(kCompartment, kCustomer, 2, "record")).ok());
}

TEST(FormatPages, ASheetOfSharesReadsAsItsPageSays) {
  const std::vector<Bytes> blocks = HexBlocks("key-store.md");
  ASSERT_EQ(blocks.size(), 7u);
  const Result<ShareSheet> sheet = ShareSheet::Decode(blocks[6]);
  ASSERT_TRUE(sheet.ok()) << sheet.status().ToString();
  EXPECT_EQ(sheet->Encode(), blocks[6]);
  EXPECT_EQ(sheet->threshold, 2);
  EXPECT_EQ(sheet->Acknowledged(), 2u);
  const auto share = [](uint8_t index, uint8_t threshold, char byte) {
    return SecretShare{index, threshold, SecretBytes::CopyOf(Bytes(40, byte))};
  };
  EXPECT_EQ(sheet->Find(share(1, 2, 0x51)), 1);
  EXPECT_EQ(sheet->Find(share(3, 2, 0x53)), 3);
  EXPECT_EQ(sheet->Find(share(2, 2, 0x51)), std::nullopt) << "another's share";
  EXPECT_EQ(sheet->Find(share(1, 3, 0x51)), std::nullopt);
  EXPECT_EQ(sheet->Find(share(0, 2, 0x51)), std::nullopt);
  EXPECT_EQ(sheet->Find(share(4, 2, 0x54)), std::nullopt);
}

}  // namespace
}  // namespace strongroom
