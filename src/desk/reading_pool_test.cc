#include "desk/reading_pool.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "desk/paper_messages.h"

namespace strongroom::desk {
namespace {

Bytes Begin(uint32_t number, std::string_view packed) {
  Bytes question;
  ByteWriter(question).U32(number);
  return question + Bytes(packed);
}

// The worker is not confined: a child that was taken over must not fill it with pictures that it never asks for.
TEST(ReadingPoolTest, AChildBeginsNoMoreThanItMay) {
  const Result<std::unique_ptr<scans::PageReader>> reader = scans::PageReader::Open({.languages = {"eng"}});
  ASSERT_TRUE(reader.ok()) << reader.status().ToString();
  const Result<std::unique_ptr<ReadingPool>> started = ReadingPool::Start(1, **reader, SandboxLimits());
  ASSERT_TRUE(started.ok()) << started.status().ToString();
  ReadingPool& pool = **started;
  const std::string no_picture = "no picture";  // the reader says so when its turn comes
  ASSERT_EQ(ReadingPool::MostAhead(1), 2U);
  EXPECT_TRUE(pool.Answer(kBeginQuestion, Begin(1, no_picture)).ok());
  EXPECT_TRUE(pool.Answer(kBeginQuestion, Begin(2, no_picture)).ok());
  EXPECT_EQ(pool.Answer(kBeginQuestion, Begin(3, no_picture)).reason(), Reason::kInternal);
  EXPECT_EQ(pool.Answer(kReadQuestion, Begin(3, "")).reason(), Reason::kInternal) << "it was not begun";
  // Control: there is room again for one when one was asked for, and not for the same twice.
  EXPECT_FALSE(pool.Answer(kReadQuestion, Begin(1, "")).ok());
  EXPECT_EQ(pool.Answer(kBeginQuestion, Begin(2, no_picture)).reason(), Reason::kInternal);
  EXPECT_TRUE(pool.Answer(kBeginQuestion, Begin(3, no_picture)).ok());
}

}  // namespace
}  // namespace strongroom::desk
