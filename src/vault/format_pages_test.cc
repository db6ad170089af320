// The worked examples of docs/formats/record.md and code-and-token.md are right.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "base/encoding.h"
#include "vault/customer_code.h"
#include "vault/record.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

std::string Page(const std::string& name) {
  std::ifstream page(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/" + name);
  return {std::istreambuf_iterator<char>(page), std::istreambuf_iterator<char>()};
}

// The first block of the page; each line: hex, spaces, a remark.
Bytes FirstHexBlock(const std::string& page) {
  const size_t begin = page.find("```hex\n");
  if (begin == std::string::npos) return {};
  std::istringstream lines(page.substr(begin + 7, page.find("```", begin + 7) - begin - 7));
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
