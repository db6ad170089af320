// The worked examples of docs/formats/record.md, code-and-token.md and (intervals, letters) data-store.md are right.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "base/encoding.h"
#include "vault/customer_code.h"
#include "vault/fuzzy_text.h"
#include "vault/index_jobs.h"
#include "vault/range_index.h"
#include "vault/record.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

std::string Page(const std::string& name) {
  std::ifstream page(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/" + name);
  return {std::istreambuf_iterator<char>(page), std::istreambuf_iterator<char>()};
}

// What stands in the first block of this kind.
std::string FirstBlock(const std::string& page, const std::string& kind) {
  const std::string fence = "```" + kind + "\n";
  const size_t begin = page.find(fence);
  if (begin == std::string::npos) return {};
  return page.substr(begin + fence.size(), page.find("```", begin + fence.size()) - begin - fence.size());
}

// Each line: hex, spaces, a remark.
Bytes FirstHexBlock(const std::string& page, const std::string& kind = "hex") {
  std::istringstream lines(FirstBlock(page, kind));
  std::string hex;
  for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find(' '));
  return HexDecode(hex).ok() ? *HexDecode(hex) : Bytes();
}

// The code behind "<!-- test: name -->".
std::string Example(const std::string& page, const std::string& name) {
  const std::string marker = "<!-- test: " + name + " --> `";
  const size_t begin = page.find(marker);
  if (begin == std::string::npos) return {};
  return page.substr(begin + marker.size(), page.find('`', begin + marker.size()) - begin - marker.size());
}

constexpr CustomerId kCustomer = 0x0010'0000'0000'0abc;

TEST(FormatPages, TheRecordIsWhatItsPageSays) {
  Record expected;
  expected.tier = 1;
  expected.epoch = 1;
  for (size_t i = 0; i < expected.audit_id.size(); ++i) expected.audit_id[i] = static_cast<uint8_t>(0xa0 + i);
  expected.Add(kExternalIdField, "C100001");
  expected.Add(3, "anna@example.com");
  expected.Add(5, "+46701234567");
  const Result<PlainBytes> encoded = expected.Encode();
  ASSERT_TRUE(encoded.ok());
  const Bytes block = FirstHexBlock(Page("record.md"));
  EXPECT_EQ(HexEncode(encoded->view()), HexEncode(block));
  const Result<Record> record = Record::Parse(block);
  ASSERT_TRUE(record.ok());
  ASSERT_EQ(record->values.size(), 3u);
  EXPECT_EQ(record->values[2].text, "+46701234567");
  EXPECT_EQ(record->next_item, 4u);
}

TEST(FormatPages, CodeAndTokenAreWhatTheirPageSays) {
  Bytes key;
  for (int i = 0; i < 32; ++i) key.push_back(static_cast<char>(i));
  const CodeBook book(SecretBytes::CopyOf(key));
  const std::string page = Page("code-and-token.md");
  EXPECT_EQ(book.EncodeCustomer(kCustomer), Example(page, "code"));
  for (std::string sloppy : {std::string("- "), Example(page, "code"), std::string("  ")}) {
    for (char& c : sloppy) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '1' ? 'l' : c;
    EXPECT_EQ(CodeBook::RespellCustomer(sloppy), book.DecodeCustomer(sloppy).ok() ? Example(page, "code") : "")
        << sloppy;
  }
  const TokenId token{kCustomer, 0x0102'0304'0506'0708};
  EXPECT_EQ(book.EncodeToken(token), Example(page, "token"));

  TokenItem item;
  item.format = TokenFormat::kFormatPreserving;
  item.one_time = true;
  item.expires_at = 1'795'327'553'123;
  item.field = 7;
  item.item = 4;
  item.domain = "crm";
  item.shown = "5392870614021111";
  EXPECT_EQ(HexEncode(item.Encode()), HexEncode(FirstHexBlock(page)));
}

TEST(FormatPages, IntervalsAndLettersAreWhatTheirPageSays) {
  const std::string page = Page("data-store.md");
  const Result<RangeScale> scale = RangeScale::Of(FieldType::kDateOfBirth, {});
  ASSERT_TRUE(scale.ok());
  const auto place = scale->PlaceOf("1984-05-17");
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(*place, 30'817u);
  EXPECT_EQ(scale->levels(), 8);
  const RangeNode node = scale->NodesOf(*place)[2];
  EXPECT_EQ(node.node, 1'926u);
  EXPECT_EQ(HexEncode(scale->RowValue(node.node)), HexEncode(FirstHexBlock(page, "range")));

  std::set<FuzzyKey> expected;
  std::istringstream lines(FirstBlock(page, "fuzzy"));
  for (std::string line; std::getline(lines, line);) {
    expected.insert({static_cast<uint8_t>(line[0] - '0'), line.substr(2)});
  }
  EXPECT_EQ(FuzzyKeysOfValue(FuzzyWordsOf("Åsa Sjöberg")), expected);
}

TEST(FormatPages, AnIndexJobReadsBackAndNothingElseIsOne) {
  IndexJobState state;
  state.change = 0x0102'0304'0506'0708;
  state.phase = IndexJobState::Phase::kProving;
  state.next = kCustomer;
  state.looked_at = 300;
  state.written = 5;
  const Bytes encoded = state.Encode();
  EXPECT_EQ(HexEncode(encoded),
            "01"
            "0102030405060708"
            "02"
            "0010000000000abc"
            "ac02"
            "05"
            "000000");
  const Result<IndexJobState> read = IndexJobState::Decode(encoded);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->Encode(), encoded);
  for (size_t length = 0; length < encoded.size(); ++length) {
    EXPECT_EQ(IndexJobState::Decode(encoded.substr(0, length)).reason(), Reason::kDataCorrupt) << length;
  }
  Bytes other = encoded;
  other[9] = 4;
  EXPECT_EQ(IndexJobState::Decode(other).reason(), Reason::kDataCorrupt) << "a phase that is none";
}

// What the page promises of the check character, over every place and every pair of places.
TEST(FormatPages, EveryWrongCharacterAndEverySwapIsNoticed) {
  const CodeBook book(SecretBytes::CopyOf(Bytes(32, 'k')));
  const std::string alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const std::string token = book.EncodeToken({kCustomer, 42}).substr(4);
  ASSERT_TRUE(book.DecodeToken("tok_" + token).ok());
  int tried = 0;
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : alphabet) {
      std::string wrong = token;
      wrong[i] = c;
      if (wrong == token) continue;
      ++tried;
      EXPECT_EQ(book.DecodeToken("tok_" + wrong).reason(), Reason::kTokenMistyped) << i << c;
    }
    for (size_t j = i + 1; j < token.size(); ++j) {
      std::string swapped = token;
      std::swap(swapped[i], swapped[j]);
      if (swapped == token) continue;
      ++tried;
      EXPECT_EQ(book.DecodeToken("tok_" + swapped).reason(), Reason::kTokenMistyped) << i << ' ' << j;
    }
  }
  std::printf("%d mistyped tokens refused\n", tried);
  EXPECT_GT(tried, 1000);
}

}  // namespace
}  // namespace strongroom
