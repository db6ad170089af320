// What tests of surveys share: the real finder, folders of their own, what an item holds.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "detect/detector.h"
#include "names/name_finder.h"
#include "redact/document.h"
#include "survey/surveying.h"

namespace strongroom::survey {

inline const detect::Finder& TestFinder() {
  static const detect::Detector* const detector = [] {
    detect::DetectorOptions options;
    options.min_score = redact::kDoubtfulScore;
    options.names = &names::NameFinder::BuiltIn();
    return new detect::Detector(options);
  }();
  return *detector;
}

inline Surveying TestSurveying() {
  Surveying how;
  how.search.finder = &TestFinder();
  how.search.selection.kinds = PersonalKinds();
  how.formats.document = [](std::string_view bytes, const redact::Job& job) {
    return redact::RedactOfficeDocument(bytes, job, {});
  };
  how.formats.keep_unknown_attachments = true;
  how.sleep = [](int64_t) {};
  return how;
}

class SurveyTest : public ::testing::Test {
 protected:
  SurveyTest() {
    char name[] = "/tmp/strongroom-survey-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~SurveyTest() override {
    std::error_code ignored;  // what is left in /tmp does no harm
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Write(const std::string& name, const std::string& contents) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::binary) << contents;
    return Path(name);
  }
  std::string folder_;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "EMAIL 3" for each kind a field of the item holds, with "?" for what is doubtful; empty: nothing.
inline std::string HeldBy(const Place& place, const std::string& item_name, const std::string& field_name) {
  std::string held;
  for (const Item& item : place.items) {
    for (const Field& field : item.fields) {
      if (item.name != item_name || field.name != field_name) continue;
      for (const Holding& holding : field.holds) {
        held += (held.empty() ? "" : ", ") + std::string(detect::NameOf(holding.kind)) + " " +
                std::to_string(holding.finds) + (holding.doubtful ? "?" : "");
      }
    }
  }
  return held;
}

inline std::string ReasonOf(const Place& place, const std::string& item_name) {
  for (const Item& item : place.items) {
    if (item.name == item_name) return item.reason;
  }
  return {};
}

}  // namespace strongroom::survey
