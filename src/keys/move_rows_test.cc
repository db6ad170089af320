// The rows of a move are what docs/formats/customer-move.md says.
#include "keys/move_rows.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr CompartmentId kMain = 0x1a2b3c4d;
constexpr CompartmentId kVip = 0x2b3c4d5e;
constexpr CustomerId kCustomer = 0x0010000000000abc;
constexpr UnixMillis kTime = 1'795'000'000'000;

// The page's blocks of hexadecimal.
std::vector<Bytes> Blocks() {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/formats/customer-move.md");
  std::vector<Bytes> blocks;
  std::string hex;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      if (inside) blocks.push_back(*HexDecode(hex));
      hex.clear();
      inside = line == "```hex";
    } else if (inside) {
      hex += line.substr(0, line.find(' '));
    }
  }
  return blocks;
}

TEST(MoveRows, AreWhatTheirPageSays) {
  const std::vector<Bytes> blocks = Blocks();
  ASSERT_EQ(blocks.size(), 2u);
  const Departure departure{DepartureState::kGone, kVip, 1, kTime};
  const Arrival arrival{kMain, 1, kTime};
  EXPECT_EQ(HexEncode(EncodeDeparture(departure)), HexEncode(blocks[0]));
  EXPECT_EQ(HexEncode(EncodeArrival(arrival)), HexEncode(blocks[1]));
  EXPECT_EQ(HexEncode(DepartureRowKey(kCustomer)), "570010000000000abc");
  EXPECT_EQ(HexEncode(ArrivalRowKey(kCustomer)), "410010000000000abc");
}

TEST(MoveRows, OpenForTheirCustomerAndCompartmentAlone) {
  SystemRandom random;
  const Aead rows(SecretBytes::Generate(Aead::kKeySizeBytes, random));
  const Result<Bytes> sealed = SealDeparture({DepartureState::kGone, kVip, 7, kTime}, rows, kMain, kCustomer, random);
  ASSERT_TRUE(sealed.ok());
  const Result<Departure> opened = OpenDeparture(*sealed, rows, kMain, kCustomer);
  ASSERT_TRUE(opened.ok()) << "control";
  EXPECT_EQ(opened->state, DepartureState::kGone);
  EXPECT_EQ(opened->to, kVip);
  EXPECT_EQ(opened->generation, 7u);
  EXPECT_EQ(opened->at, kTime);
  EXPECT_EQ(OpenDeparture(*sealed, rows, kMain, kCustomer + 1).reason(), Reason::kDataCorrupt);
  EXPECT_EQ(OpenDeparture(*sealed, rows, kVip, kCustomer).reason(), Reason::kDataCorrupt);
  EXPECT_EQ(OpenArrival(*sealed, rows, kMain, kCustomer).reason(), Reason::kDataCorrupt);
}

}  // namespace
}  // namespace strongroom
