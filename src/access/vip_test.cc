// Protected customers: whoever may not know of one hears what is said of nobody; whoever touches one is told of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/testing/test_vault.h"
#include "outbox/outbox.h"

namespace strongroom {
namespace {

using ::testing::IsEmpty;

// A role that policy lets read ordinary customers alone, and one that may read all.
constexpr std::string_view kRules = R"toml(
[[rule]]
name = "clerk-reads-ordinary-customers"
roles = ["clerk"]
actions = ["customer.read", "customer.list", "customer.search", "customer.compare"]
tier_at_most = 0
decision = "masked"

[[rule]]
name = "clerk-shows-ordinary-customers"
roles = ["clerk"]
actions = ["customer.reveal", "file.get"]
purposes = ["*"]
tier_at_most = 0
decision = "plain"

[[rule]]
name = "clerk-changes-ordinary-customers"
roles = ["clerk"]
actions = ["customer.change", "customer.erase", "customer.tier", "file.put", "file.delete", "disclosure.read", "password.verify"]
tier_at_most = 0
decision = "plain"
)toml";

class Telling : public Courier {
 public:
  Status Knows(const Destination&) const override { return Status::Ok(); }
  std::vector<Destination> HouseDestinations() const override { return {{NoticeChannel::kWebhook, "house"}}; }
  Delivery Deliver(const OutgoingMessage&, const StopSignal&) override { return {Delivery::Outcome::kSent, "", false}; }
};

class VipTest : public ::testing::Test {
 protected:
  VipTest() {
    std::string policy = TestPolicy();
    policy.insert(policy.find("roles = [") + 9, "\n  \"clerk\",");
    EXPECT_TRUE(vault_->policy().Change(vault_.As("everything"), policy + std::string(kRules)).Wait().ok());
    vault_.AddPerson("clara", {"clerk"});
    vault_.AddPerson("anna", {"support"});
    ordinary_ = vault_.CreateCustomer({{"email", "ordinary@example.com"}, {"full_name", "Ada Lovelace"}});
    vip_ = vault_.CreateCustomer({{"email", "vip@example.com"}, {"full_name", "Ada Byron"}}, "ext-vip", "main", 1);
    gone_ = vault_.CreateCustomer({{"email", "gone@example.com"}});
    EXPECT_TRUE(vault_->customers().Erase(vault_.As("everything"), gone_).Wait().ok());
    outbox_ = *Outbox::Open(vault_->house(), std::make_unique<Telling>());
    vault_->messenger().Use(outbox_.get());
  }
  ~VipTest() override { vault_->messenger().Use(nullptr); }

  // Everything that finds a customer by code, as this person: what is answered, in one line each.
  std::vector<std::string> ByCode(std::string_view who, const std::string& code) {
    std::vector<std::string> answers;
    const auto add = [&](std::string what, const Status& status) {
      answers.push_back(what + ": " + status.ToString());
    };
    Customers& customers = vault_->customers();
    const auto as = [&] { return vault_.As(who, "delivery"); };
    const std::vector<RevealRequest> batch = {{code, {"email"}}, {ordinary_, {"email"}}};
    add("read", customers.Read(as(), code).Wait().status());
    add("reveal", customers.Reveal(as(), {code, {"email", "full_name"}}).Wait().status());
    const auto many = customers.RevealMany(as(), batch).Wait();
    add("reveal many", many.status());
    if (many.ok()) add("first of many", many->front().status());
    add("compare", customers.Compare(as(), code, "email", "x@example.com").Wait().status());
    ChangeRequest change;
    change.code = code;
    change.any_version = true;
    change.collection_point = "web-signup";
    change.tier = 0;
    add("tier", customers.Change(as(), change).Wait().status());
    change.tier.reset();
    add("change", customers.Change(as(), change).Wait().status());
    add("erase", customers.Erase(as(), code).Wait().status());
    add("files", vault_->files().List(as(), code).Wait().status());
    add("file", vault_->files().Get(as(), code, std::string(32, '0')).Wait().status());
    add("put", vault_->files().Put(as(), code, "web-signup", "id_scan", "a", "text/plain", "x").Wait().status());
    add("delete", vault_->files().Delete(as(), code, std::string(32, '0')).Wait().status());
    add("disclosures", vault_->disclosures().Of(as(), code).Wait().status());
    return answers;
  }

  std::vector<std::string> Told() {
    std::vector<std::string> kinds;
    // One committer writes in order: when this is durable, what was not waited for is as well.
    EXPECT_TRUE(vault_->house().office().journal->Submit({}, Settling()).Wait().ok());
    const auto documents = vault_->house().office().sealed->ListDocuments(Table::kOutbox, {}, 1000);
    for (const ListedDocument& document : *documents) {
      const Result<OutboxItem> item = OutboxItem::Decode(document.content);
      EXPECT_TRUE(item.ok()) << item.status().ToString();
      if (item.ok()) kinds.push_back(item->kind);
    }
    return kinds;
  }
  static AuditEntry Settling() {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreCheck;
    return entry;
  }

  TestVault vault_;
  std::unique_ptr<Outbox> outbox_;
  std::string ordinary_, vip_, gone_;
};

TEST_F(VipTest, WhoMayNotKnowOfAVipHearsWhatIsSaidOfNobody) {
  EXPECT_EQ(ByCode("clara", vip_), ByCode("clara", gone_));
  EXPECT_THAT(ByCode("clara", vip_), ::testing::Each(::testing::AnyOf(::testing::HasSubstr("customer-not-found"),
                                                                      ::testing::StartsWith("reveal many: ok"))));
  // The controls: the VIP is there, and Clara may do these things.
  EXPECT_NE(ByCode("everything", vip_), ByCode("everything", gone_));
  EXPECT_EQ(vault_->customers().Read(vault_.As("clara"), ordinary_).Wait().reason(), Reason::kOk);
}

TEST_F(VipTest, ASearchFindsNoVip) {
  const auto hits = [&](std::string_view who, std::string_view field, std::string_view value, bool prefix) {
    return vault_->customers().Search(vault_.As(who), {}, field, value, prefix).Wait();
  };
  EXPECT_THAT(*hits("clara", "email", "vip@example.com", false), IsEmpty());
  EXPECT_EQ(hits("clara", "full_name", "Ada", true)->size(), 1u);
  EXPECT_EQ(hits("everything", "email", "vip@example.com", false)->size(), 1u) << "the control";
  EXPECT_EQ(hits("everything", "full_name", "Ada", true)->size(), 2u);
}

TEST_F(VipTest, AListHasNoGapWhereAVipIs) {
  for (int i = 0; i < 10; ++i) {
    vault_.CreateCustomer({{"email", "o" + std::to_string(i) + "@example.com"}});
    vault_.CreateCustomer({{"email", "v" + std::to_string(i) + "@example.com"}}, {}, "main", 1);
  }
  const auto walk = [&](std::string_view who) {
    size_t found = 0;
    std::string cursor;
    do {
      const auto page = vault_->customers().List(vault_.As(who), {}, cursor, 4).Wait();
      EXPECT_TRUE(page.ok());
      EXPECT_TRUE(page->customers.size() == 4 || page->next_cursor.empty()) << "a page with a gap";
      for (const MaskedCustomer& customer : page->customers) {
        EXPECT_TRUE(who == "everything" || customer.tier == 0);
      }
      found += page->customers.size();
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return found;
  };
  EXPECT_EQ(walk("clara"), 11u);
  EXPECT_EQ(walk("everything"), 22u) << "the control";
}

TEST_F(VipTest, EachTouchByAPersonIsTold) {
  const auto reveal = [&](std::string_view who, const std::string& code) {
    return vault_->customers().Reveal(vault_.As(who, "delivery"), {code, {"email", "full_name"}}).Wait().reason();
  };
  EXPECT_EQ(reveal("everything", ordinary_), Reason::kOk);
  EXPECT_THAT(Told(), IsEmpty()) << "an ordinary customer";
  EXPECT_EQ(reveal("everything", vip_), Reason::kOk);
  EXPECT_EQ(Told().size(), 1u) << "two fields, one request";
  EXPECT_EQ(reveal("anna", vip_), Reason::kApprovalNeeded);
  EXPECT_EQ(reveal("clara", vip_), Reason::kCustomerNotFound);
  EXPECT_EQ(Told().size(), 3u) << "also what was refused";
  EXPECT_EQ(reveal("application", vip_), Reason::kOk);
  EXPECT_EQ(Told().size(), 3u) << "programs work all day";
  EXPECT_THAT(Told(), ::testing::Each("vip-touched"));
}

}  // namespace
}  // namespace strongroom
