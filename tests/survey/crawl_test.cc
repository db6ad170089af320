// A web site on loopback in a real Chromium, with a tracker beside it.
#include "survey/crawl.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "survey/testing/test_search.h"

namespace strongroom::survey {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// Answers GETs with what stands in its table: headers and a body.
class TestSite {
 public:
  TestSite() {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 64), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Run(); });
  }
  ~TestSite() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    for (std::thread& peer : peers_) peer.join();
    close(fd_);
  }
  void On(const std::string& path, const std::string& body,
          const std::string& headers = "Content-Type: text/html\r\n") {
    const std::lock_guard lock(mutex_);
    answers_[path] = {headers, body};
  }
  std::set<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  const std::string& port() const { return port_; }

 private:
  void Run() {
    while (true) {
      const int peer = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      timeval wait = {2, 0};
      setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
      peers_.emplace_back([this, peer] { Answer(peer); });
    }
  }
  void Answer(int peer) {
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = read(peer, buffer, sizeof buffer);
      if (got <= 0) break;
      request.append(buffer, static_cast<size_t>(got));
    }
    const size_t begin = request.find(' ') + 1;
    const std::string target = request.substr(begin, request.find(' ', begin) - begin);
    std::pair<std::string, std::string> answer = {"", "nothing"};
    bool known = false;
    {
      const std::lock_guard lock(mutex_);
      if (!request.empty()) asked_.insert(target);
      const auto found = answers_.find(target.substr(0, target.find('?')));
      known = found != answers_.end();
      if (known) answer = found->second;
    }
    const std::string text = std::string("HTTP/1.1 ") + (known ? "200 OK" : "404 Not Found") + "\r\n" + answer.first +
                             "Connection: close\r\nContent-Length: " + std::to_string(answer.second.size()) +
                             "\r\n\r\n" + answer.second;
    if (!request.empty()) (void)!write(peer, text.data(), text.size());
    close(peer);
  }

  int fd_ = -1;
  std::string port_;
  std::mutex mutex_;
  std::map<std::string, std::pair<std::string, std::string>> answers_;
  std::set<std::string> asked_;
  std::thread thread_;
  std::vector<std::thread> peers_;
};

class CrawlSurvey : public ::testing::Test {
 protected:
  void SetUp() override {
    if (access("/usr/bin/chromium", X_OK) != 0) GTEST_SKIP() << "there is no Chromium here";
    const std::string tracker = "http://localhost:" + tracker_.port();
    site_.On("/",
             "<!doctype html><a href='/signup?ref=anna.lind@firma.se'>sign up</a> <a href='/logout'>out</a>"
             "<a href='" +
                 tracker + "/elsewhere'>partner</a><img src='" + tracker + "/pixel.gif'>",
             "Content-Type: text/html\r\nSet-Cookie: sid=secretvalue; HttpOnly; SameSite=Lax\r\n");
    site_.On("/signup",
             "<!doctype html><meta name=referrer content=unsafe-url><div id=here></div><script>"
             "here.innerHTML = \"<form method=post action='/join'><label for=e>E-mail</label><input id=e name=e>"
             "<input name=phone type=tel></form>\"; document.cookie = 'seen=1; max-age=864000';"
             "new Image().src = '" +
                 tracker + "/late.gif?user=bo.ek@firma.se';</script><a href='/'>home</a>");
    tracker_.On("/pixel.gif", "x", "Content-Type: image/gif\r\nSet-Cookie: track=1; Max-Age=31536000\r\n");
  }
  CrawlOptions Options() const {
    CrawlOptions options;
    options.settle_millis = 700;
    options.pause_millis = 0;
    options.seconds = 90;
    return options;
  }
  TestSite site_;
  TestSite tracker_;
};

TEST_F(CrawlSurvey, AVisitIsToldWithCookiesOthersFormsAndAddresses) {
  const std::string start = "http://127.0.0.1:" + site_.port();
  const Result<Place> place = SurveySite(start + "/", Options(), TestSurveying(), 1'767'225'600);
  ASSERT_TRUE(place.ok()) << place.status().message();
  ASSERT_TRUE(place->site.has_value());
  const Site& site = *place->site;
  EXPECT_EQ(site.pages, 2U);
  EXPECT_TRUE(place->complete);
  std::set<std::string> cookies;
  for (const Cookie& cookie : site.cookies) {
    cookies.insert(cookie.name + (cookie.http_only ? " http-only" : "") +
                   (cookie.lifetime_seconds > 0 ? " stays" : ""));
  }
  EXPECT_THAT(cookies, Contains("sid http-only"));
  EXPECT_THAT(cookies, Contains("seen stays"));
  ASSERT_EQ(site.third_parties.size(), 1U);
  EXPECT_EQ(site.third_parties[0].host, "localhost");
  EXPECT_GE(site.third_parties[0].requests, 2U);
  EXPECT_GE(site.third_parties[0].with_address, 1U);
  ASSERT_EQ(site.forms.size(), 1U);
  EXPECT_FALSE(site.forms[0].notice);
  EXPECT_EQ(HeldBy(*place, "form on /signup", "e"), "EMAIL 1");
  EXPECT_EQ(HeldBy(*place, "form on /signup", "phone"), "PHONE 1");
  EXPECT_THAT(HeldBy(*place, "addresses of the site", "query ref"), HasSubstr("EMAIL"));
  EXPECT_EQ(HeldBy(*place, "told to localhost", "query user"), "EMAIL 1");
  EXPECT_THAT(HeldBy(*place, "told to localhost (Referer)", "query ref"), HasSubstr("EMAIL"));
  const std::string report = ReportJson({0, {*place}});
  for (const char* value : {"anna.lind", "bo.ek", "secretvalue"}) EXPECT_THAT(report, Not(HasSubstr(value)));
  // It stays within the site, and presses nothing that ends a session.
  EXPECT_FALSE(site_.asked().contains("/logout"));
  EXPECT_FALSE(site_.asked().contains("/join"));
  EXPECT_FALSE(tracker_.asked().contains("/elsewhere"));
  // Control: what it may follow was asked for.
  EXPECT_TRUE(site_.asked().contains("/signup?ref=anna.lind@firma.se"));
}

TEST_F(CrawlSurvey, ItEndsAtItsNumberOfPages) {
  for (int i = 0; i < 20; ++i) {
    site_.On("/p" + std::to_string(i), "<a href='/p" + std::to_string(i + 1) + "'>next</a>");
  }
  CrawlOptions options = Options();
  options.pages = 3;
  options.settle_millis = 0;
  const Result<Place> place = SurveySite("http://127.0.0.1:" + site_.port() + "/p0", options, TestSurveying(), 0);
  ASSERT_TRUE(place.ok()) << place.status().message();
  EXPECT_EQ(place->site->pages, 3U);
  EXPECT_EQ(place->items_not_looked_into, 1U);
  EXPECT_THAT(ReasonOf(*place, "further pages"), HasSubstr("limit"));
  // Control: with room for all of them nothing is left.
  options.pages = 30;
  const Result<Place> all = SurveySite("http://127.0.0.1:" + site_.port() + "/p0", options, TestSurveying(), 0);
  ASSERT_TRUE(all.ok()) << all.status().message();
  EXPECT_EQ(all->items_not_looked_into, 0U);
}

TEST_F(CrawlSurvey, ABrowserThatIsNoneIsAnError) {
  CrawlOptions options;
  options.browser = "/bin/false";
  EXPECT_EQ(SurveySite("http://127.0.0.1:1/", options, TestSurveying(), 0).reason(), Reason::kFileUnreadable);
  EXPECT_EQ(SurveySite("ftp://x/", Options(), TestSurveying(), 0).reason(), Reason::kInvalidArgument);
}

}  // namespace
}  // namespace strongroom::survey
