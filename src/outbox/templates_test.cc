#include "outbox/templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "base/encoding.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string SampleOf(ParameterType type) {
  switch (type) {
    case ParameterType::kWord:
      return "customer.export";
    case ParameterType::kNumber:
      return "412";
    case ParameterType::kTime:
      return "2026-11-22T06:05:53.123Z";
    case ParameterType::kNetwork:
      return "192.0.2.7";
    case ParameterType::kLabel:
      return "Firefox på Linux";
    case ParameterType::kCode:
      return "493021";
    case ParameterType::kLink:
      return "https://vault.example/enrol/3q2-7w";
    case ParameterType::kNote:  // of c2sp.org/tlog-cosignature
      return "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— "
             "example.com/behind-the-sofa "
             "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  }
  return "";
}

NoticeChannel ChannelFor(const NoticeTemplate& words) {
  NoticeChannel channel = NoticeChannel::kMail;
  for (const TemplateParameter& parameter : words.parameters) {
    if (!parameter.name.empty() && parameter.type == ParameterType::kCode) channel = NoticeChannel::kSms;
  }
  return channel;
}

Notice SampleNotice(const NoticeTemplate& words) {
  Notice notice;
  notice.kind = std::string(words.kind);
  notice.to = {ChannelFor(words) == NoticeChannel::kMail ? Destination{NoticeChannel::kMail, "ada@example.com"}
                                                         : Destination{NoticeChannel::kSms, "+46701740679"}};
  for (const TemplateParameter& parameter : words.parameters) {
    if (!parameter.name.empty()) notice.parameters.emplace_back(parameter.name, SampleOf(parameter.type));
  }
  return notice;
}

std::set<std::string> Placeholders(std::string_view text) {
  std::set<std::string> names;
  for (size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    names.emplace(text.substr(at + 1, text.find('}', at) - at - 1));
  }
  return names;
}

TEST(Templates, EveryLanguageSaysTheSameWithTheSameParameters) {
  std::set<std::string_view> kinds;
  for (const NoticeTemplate& words : AllTemplates()) {
    EXPECT_TRUE(kinds.insert(words.kind).second) << words.kind;
    std::set<std::string> declared;
    for (const TemplateParameter& parameter : words.parameters) {
      if (!parameter.name.empty()) declared.emplace(parameter.name);
    }
    for (const TemplateText& text : words.texts) {
      EXPECT_FALSE(text.subject.empty()) << words.kind;
      EXPECT_FALSE(text.text.empty()) << words.kind;
      EXPECT_TRUE(IsValidUtf8(text.text) && IsValidUtf8(text.subject) && IsValidUtf8(text.advice)) << words.kind;
      std::set<std::string> used = Placeholders(text.text);
      used.merge(Placeholders(text.advice));
      EXPECT_EQ(used, declared) << words.kind << ": " << text.text;
    }
  }
  std::printf("%zu kinds in 3 languages\n", kinds.size());
  EXPECT_GE(kinds.size(), 15u);
}

TEST(Templates, NoSubjectTakesAParameter) {
  EXPECT_EQ(Placeholders("a {device} b"), std::set<std::string>{"device"}) << "the test would see one";
  for (const NoticeTemplate& words : AllTemplates()) {
    for (const TemplateText& text : words.texts) {
      EXPECT_TRUE(Placeholders(text.subject).empty()) << words.kind;
    }
    const Notice notice = SampleNotice(words);
    for (const Language language : {Language::kEnglish, Language::kSwedish, Language::kChinese}) {
      const NoticeWords rendered = Render(words, language, notice.parameters);
      for (const auto& [name, value] : notice.parameters) {
        EXPECT_THAT(rendered.subject, Not(HasSubstr(value))) << words.kind;
        if (!value.ends_with("Z")) {
          EXPECT_THAT(rendered.text + rendered.advice, HasSubstr(value)) << words.kind;
        }
      }
      EXPECT_THAT(rendered.text + rendered.advice, Not(HasSubstr("{"))) << words.kind;
      EXPECT_THAT(rendered.text + rendered.advice, Not(HasSubstr("?."))) << words.kind;
    }
  }
}

TEST(Templates, ANoticeWithAllItsParametersPassesAndWithoutOneIsRefused) {
  for (const NoticeTemplate& words : AllTemplates()) {
    Notice notice = SampleNotice(words);
    const Status whole = CheckNotice(notice);
    EXPECT_TRUE(whole.ok()) << words.kind << ": " << whole.ToString();
    notice.parameters.emplace_back("customer", "x");
    EXPECT_EQ(CheckNotice(notice).reason(), Reason::kInvalidArgument) << words.kind;
    notice.parameters.pop_back();
    if (notice.parameters.empty()) continue;
    notice.parameters.back().first = "other";
    EXPECT_EQ(CheckNotice(notice).reason(), Reason::kInvalidArgument) << words.kind;
    notice.parameters.pop_back();
    EXPECT_EQ(CheckNotice(notice).reason(), Reason::kInvalidArgument) << words.kind;
  }
}

// A label is what people call things; what means a customer does not fit into one.  Neither does the end of a line.
TEST(Templates, ValuesOfCustomersDoNotFitIntoParameters) {
  Notice notice = SampleNotice(*FindTemplate("new-device"));
  const auto with_device = [&notice](const char* device) {
    notice.parameters[1].second = device;
    return CheckNotice(notice);
  };
  for (const char* good : {"Firefox on Linux", "Annas iPhone 15", "财务部的电脑", "Windows 11 (2024)"}) {
    EXPECT_TRUE(with_device(good).ok()) << good;
  }
  for (const char* bad : {"", "anna@example.com", "4111111111111111", "19790102-1234", "+46701740679", "a\r\nBcc: b",
                          "a\nb", "a{network}", "\xff"}) {
    const Status status = with_device(bad);
    EXPECT_EQ(status.reason(), Reason::kInvalidArgument) << bad;
    EXPECT_TRUE(std::string_view(bad).empty() || status.message().find(bad) == std::string::npos)
        << "the value is not repeated";
  }
}

TEST(Templates, CodesGoToPhonesAloneAndLinksToMailAlone) {
  Notice code = SampleNotice(*FindTemplate("sms-code"));
  EXPECT_TRUE(CheckNotice(code).ok());
  code.to_house = true;
  EXPECT_FALSE(CheckNotice(code).ok());
  code.to_house = false;
  code.to = {{NoticeChannel::kMail, "ada@example.com"}};  // never a factor by mail
  EXPECT_FALSE(CheckNotice(code).ok());
  Notice link = SampleNotice(*FindTemplate("invitation"));
  for (const Destination& to :
       {Destination{NoticeChannel::kSms, "+46701740679"}, Destination{NoticeChannel::kWebhook, "ops"},
        Destination{NoticeChannel::kSyslog, "siem"}}) {
    link.to = {to};
    EXPECT_FALSE(CheckNotice(link).ok());
  }
}

TEST(Templates, AValueThatLooksLikeAPlaceholderIsNotReplaced) {
  const NoticeTemplate words = {"x",
                                Severity::kNotice,
                                {{"a", ParameterType::kWord}, {"b", ParameterType::kWord}},
                                {{"s", "{a} {b} {c}", ""}, {}, {}}};
  EXPECT_EQ(Render(words, Language::kEnglish, {{"a", "one"}, {"b", "two"}}).text, "one two ?");
  EXPECT_EQ(Render(words, Language::kEnglish, {{"a", "{b}"}, {"b", "two"}}).text, "? two ?")
      << "no word, hence not shown";
}

}  // namespace
}  // namespace strongroom
