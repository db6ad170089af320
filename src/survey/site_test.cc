// Sites as browsers record them.  All people and hosts are invented.
#include "survey/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "survey/har.h"
#include "survey/page_forms.h"
#include "survey/testing/test_search.h"

namespace strongroom::survey {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHar = R"({"log":{"version":"1.2","creator":{"name":"t","version":"1"},"pages":[],"entries":[
{"request":{"method":"GET","url":"https://www.shop.example/welcome?email=anna.lind%40firma.se&page=2","headers":[]},
 "response":{"status":200,"headers":[
   {"name":"Set-Cookie","value":"sid=abc; Path=/; HttpOnly; Secure; SameSite=Lax"},
   {"name":"set-cookie","value":"visits=7; Max-Age=34560000"}],
  "content":{"mimeType":"text/html","text":"<form method=post action='https://forms.partner.example/in'><label for=m>E-mail</label><input id=m name=m type=text><input name=pnr aria-label=Personnummer></form><form><input name=q type=search></form>"}}},
{"_resourceType":"script","request":{"method":"GET","url":"https://tracker.example/t.js?uid=bo.ek@firma.se","headers":[
   {"name":"Referer","value":"https://www.shop.example/welcome?email=anna.lind%40firma.se&page=2"}]},
 "response":{"status":200,"headers":[{"name":"Set-Cookie","value":"track=1; Domain=.tracker.example; Expires=Wed, 01 Jan 2031 00:00:00 GMT; Secure; SameSite=None"}],
  "content":{"mimeType":"application/javascript","text":"x"}}},
{"_resourceType":"image","request":{"method":"GET","url":"https://static.shop.example/a.png","headers":[]},
 "response":{"status":200,"headers":[],"content":{"mimeType":"image/png"}}}]}})";

class SiteSurvey : public SurveyTest {
 protected:
  static constexpr int64_t kNow = 1'767'225'600;  // 2026-01-01
  Place Look(const std::string& har) {
    const Surveying how = TestSurveying();
    const Result<Place> place = SurveyHar(how.search, Write("site.har", har), "", kNow);
    EXPECT_TRUE(place.ok()) << place.status().message();
    return place.ok() ? *place : Place();
  }
};

TEST_F(SiteSurvey, CookiesAreToldByWhoseTheyAreAndHowLongTheyStay) {
  const Place place = Look(std::string(kHar));
  ASSERT_TRUE(place.site.has_value());
  std::string seen;
  for (const Cookie& cookie : place.site->cookies) {
    seen += cookie.name + " " + cookie.domain + " " + std::to_string(cookie.lifetime_seconds / 86400) +
            (cookie.http_only ? " http-only" : "") + (cookie.secure ? " secure" : "") + " " + cookie.same_site +
            (cookie.third_party ? " third" : "") + "\n";
  }
  EXPECT_EQ(seen,
            "track tracker.example 1826 secure None third\n"
            "sid www.shop.example 0 http-only secure Lax\n"
            "visits www.shop.example 400 \n");
  EXPECT_EQ(ReportJson({0, {place}}).find("abc"), std::string::npos);  // values are not kept
}

TEST_F(SiteSurvey, ADateThatIsNoneIsNoLifetime) {
  const Surveying how = TestSurveying();
  const auto lifetime = [&](const std::string& expires) {
    Result<SiteBook> book = SiteBook::Create(how.search, "https://www.shop.example");
    book->AddSetCookie("a=1; Expires=" + expires, "www.shop.example", kNow);
    return book->Finish("x").site->cookies.at(0).lifetime_seconds;
  };
  EXPECT_EQ(lifetime("Thu, 01 Jan 2026 00:01:00 GMT"), 60);
  EXPECT_EQ(lifetime("Thu, 01 Jan 2026 9223372036854775807:00:00 GMT"), 0);
  EXPECT_EQ(lifetime("Thu, 01 Jan 2026 00:9223372036854775807:00 GMT"), 0);
  EXPECT_EQ(lifetime("Thu, 01 Jan 9223372036854775807 00:00:00 GMT"), 0);
}

TEST_F(SiteSurvey, OthersAreToldAndWhatTheyAreToldIsToo) {
  const Place place = Look(std::string(kHar));
  ASSERT_EQ(place.site->third_parties.size(), 1U);  // static.shop.example is the site itself
  const ThirdParty& third = place.site->third_parties[0];
  EXPECT_EQ(third.host, "tracker.example");
  EXPECT_EQ(third.with_address, 1U);
  EXPECT_TRUE(third.sets_cookies);
  EXPECT_EQ(HeldBy(place, "addresses of the site", "query email"), "EMAIL 1");
  EXPECT_EQ(HeldBy(place, "told to tracker.example", "query uid"), "EMAIL 1");
  EXPECT_EQ(HeldBy(place, "told to tracker.example (Referer)", "query email"), "EMAIL 1");
  EXPECT_EQ(HeldBy(place, "addresses of the site", "query page"), "");
  const std::string report = ReportJson({0, {place}}) + ReportHtml({0, {place}});
  EXPECT_THAT(report, Not(HasSubstr("anna.lind")));
  EXPECT_THAT(report, Not(HasSubstr("bo.ek")));
}

TEST_F(SiteSurvey, FormsAreToldWithWhatTheyGatherAndWhereItGoes) {
  const Place place = Look(std::string(kHar));
  ASSERT_EQ(place.site->forms.size(), 2U);
  const Form* form = nullptr;
  for (const Form& seen : place.site->forms) {
    if (seen.gathers_personal()) form = &seen;
  }
  ASSERT_NE(form, nullptr);
  EXPECT_TRUE(form->third_party);
  EXPECT_FALSE(form->notice);
  EXPECT_EQ(form->method, "post");
  EXPECT_EQ(HeldBy(place, "form on /welcome", "m"), "EMAIL 1");
  EXPECT_EQ(HeldBy(place, "form on /welcome", "pnr"), "NATIONAL_ID 1");
  EXPECT_EQ(HeldBy(place, "form on /welcome", "q"), "");
}

TEST_F(SiteSurvey, WhatIsNoRecordingIsAnError) {
  const Search search = TestSurveying().search;
  for (const char* text : {"", "{}", R"({"log":{"entries":[]}})", R"({"log":{"entries":[1,{},{"request":3}]}})"}) {
    EXPECT_FALSE(SurveyHar(search, Write("x.har", text), "", kNow).ok()) << text;
  }
}

std::string Gathers(std::string_view html) {
  std::string all;
  for (PageForm& form : FormsOfPage(html).forms) {
    for (FormField& field : form.form.fields) {
      GuessField(field);
      all += field.name + ":" + field.gathers + " ";
    }
  }
  return all;
}

TEST(PageForms, FieldsAreKnownByTypeTokenNameOrLabel) {
  EXPECT_EQ(Gathers("<form><input name=a type=email><input name=b autocomplete='shipping given-name'>"
                    "<input name=homePhone><label>Födelsedatum <input name=d></label><input type=hidden name=token>"
                    "<input type=submit name=go><textarea name=msg></textarea></form>"),
            "a:EMAIL b:PERSON homePhone:PHONE d:DATE_OF_BIRTH go: msg:FREE_TEXT ");
  EXPECT_EQ(Gathers("<script>'<form><input name=a type=email>'</script><!-- <input name=b type=email> -->"), "");
  EXPECT_EQ(Gathers("<input name=outside type=tel>"), "outside:PHONE ");
}

TEST(PageForms, ANoticeIsALinkAboutPrivacy) {
  EXPECT_TRUE(FormsOfPage("<form><a href='/p'>Privacy policy</a><input name=a></form>").forms.at(0).form.notice_inside);
  EXPECT_TRUE(FormsOfPage("<form><input name=a></form><a href=/integritet>x</a>").forms.at(0).form.notice);
  EXPECT_FALSE(FormsOfPage("<form><input name=a></form><a href=/about>About us</a>").forms.at(0).form.notice);
}

TEST(PageForms, AnyBytesEnd) {
  for (const char* html :
       {"<", "</", "<form", "<input name", "<input name=", "<input name='", "<!--", "<script>", "<a =", "<a /=/"}) {
    FormsOfPage(html);
  }
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "<form><input ";
  EXPECT_LE(FormsOfPage(many).forms.size(), 101U);
}

TEST(SplitUrl, TakesApartWhatBrowsersSend) {
  const auto parts = SplitUrl("HTTPS://user:pw@WWW.Example.com:8443/a/b?c=d#e");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->Origin(), "https://www.example.com:8443");
  EXPECT_EQ(parts->path + " " + parts->query, "/a/b c=d");
  EXPECT_EQ(SplitUrl("http://[::1]:80/")->Origin(), "http://[::1]");
  EXPECT_FALSE(SplitUrl("data:text/html,x").has_value());
  EXPECT_FALSE(SplitUrl("https://").has_value());
}

}  // namespace
}  // namespace strongroom::survey
