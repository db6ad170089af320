#include "paper/manual_boxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace strongroom::paper {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(ManualBoxesTest, BoxesAreReadInTheUnitOfTheirPages) {
  const Result<ManualBoxes> boxes = ParseManualBoxes(
      R"({"boxes":[{"page":2,"left":10,"top":20.5,"right":110,"bottom":40}],
          "lifted":[{"page":1,"left":0,"top":0,"right":5,"bottom":5,"unit":"pixels"}]})",
      "pixels");
  ASSERT_TRUE(boxes.ok()) << boxes.status().message();
  ASSERT_THAT(boxes->boxes, SizeIs(1));
  EXPECT_EQ(boxes->boxes[0].page, 2U);
  EXPECT_EQ(boxes->boxes[0].box.top, 20.5);
  EXPECT_EQ(boxes->boxes[0].box.right, 110);
  EXPECT_THAT(boxes->lifted, SizeIs(1));
}

TEST(ManualBoxesTest, LengthsAndSharesNeedThePage) {
  const std::string json =
      R"({"boxes":[{"page":1,"left":25.4,"top":0,"right":50.8,"bottom":25.4,"unit":"mm"},
                   {"page":1,"left":0.5,"top":0.5,"right":1,"bottom":1,"unit":"share"}]})";
  const Result<ManualBoxes> boxes = ParseManualBoxes(json, "pixels", {{2480, 3508, 300}});
  ASSERT_TRUE(boxes.ok()) << boxes.status().message();
  EXPECT_NEAR(boxes->boxes[0].box.left, 300, 1e-6);
  EXPECT_NEAR(boxes->boxes[0].box.bottom, 300, 1e-6);
  EXPECT_NEAR(boxes->boxes[1].box.left, 1240, 1e-6);
  EXPECT_NEAR(boxes->boxes[1].box.bottom, 3508, 1e-6);
  EXPECT_EQ(ParseManualBoxes(json, "pixels").status().reason(), Reason::kInvalidArgument);
}

TEST(ManualBoxesTest, WhatIsWrongIsSaidWithItsPlace) {
  for (const char* const box :
       {R"({"page":0,"left":0,"top":0,"right":5,"bottom":5})", R"({"page":1,"left":5,"top":0,"right":5,"bottom":5})",
        R"({"page":1,"left":0,"top":0,"right":1e9,"bottom":5})", R"({"page":1,"left":0,"top":0,"right":5})",
        R"({"page":1,"left":0,"top":0,"right":5,"bottom":5,"unit":"points"})",
        R"({"page":1,"left":0,"top":0,"right":5,"bottom":5,"unit":"ell"})",
        R"({"page":1,"left":0,"top":0,"right":5,"bottom":5,"colour":"red"})"}) {
    const Result<ManualBoxes> boxes = ParseManualBoxes(R"({"boxes":[)" + std::string(box) + "]}", "pixels");
    ASSERT_FALSE(boxes.ok()) << box;
    EXPECT_THAT(boxes.status().message(), HasSubstr("boxes[0]")) << box;
  }
  EXPECT_FALSE(ParseManualBoxes("[]", "pixels").ok());
  EXPECT_FALSE(ParseManualBoxes(R"({"box":[]})", "pixels").ok());
  EXPECT_TRUE(ParseManualBoxes("{}", "pixels").ok());
}

TEST(ManualBoxesTest, TheExampleOfItsPageIsRead) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/manual-boxes.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const size_t begin = text.find("```json\n");
  ASSERT_NE(begin, std::string::npos);
  const size_t end = text.find("```", begin + 8);
  const Result<ManualBoxes> boxes =
      ParseManualBoxes(text.substr(begin + 8, end - begin - 8), "pixels", {{2480, 3508, 300}, {2480, 3508, 300}});
  ASSERT_TRUE(boxes.ok()) << boxes.status().message();
  EXPECT_THAT(boxes->boxes, SizeIs(2));
  EXPECT_THAT(boxes->lifted, SizeIs(1));
}

}  // namespace
}  // namespace strongroom::paper
