#include "vault/files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "base/encoding.h"
#include "vault/file_manifest.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

class FilesTest : public testing::Test {
 protected:
  FilesTest() : files_(*house_.gate, MakeCatalogue(), *house_.customers) {
    code_ = house_.MakeCustomer("C1", "c1@example.org");
  }

  CatalogueService& MakeCatalogue() {
    house_.FillCatalogue();
    return *house_.catalogue;
  }

  Result<FileInfo> Put(ByteView content, std::string_view code, std::string_view name = "passport of Agneta.pdf") {
    return files_.Put(house_.As("application"), code, TestHouse::kPoint, "passport", name, "application/pdf", content)
        .Wait();
  }
  Result<FileContent> Get(std::string_view id, std::string_view role = "application",
                          std::string_view purpose = "support") {
    return files_.Get(house_.As(role, purpose), code_, id).Wait();
  }
  TestLog& log() { return house_.LogOf(TestHouse::kMain); }
  // Rows of the kind beside any customer.
  std::vector<StoreRow> Items(char kind) {
    std::vector<StoreRow> rows = log().Rows("d");
    std::erase_if(rows, [kind](const StoreRow& row) { return row.key[9] != kind; });
    return rows;
  }

  TestHouse house_;
  Files files_;
  std::string code_;
};

Bytes Content(size_t size) {
  Bytes content(size, '\0');
  for (size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + i / 251);
  return content;
}

TEST_F(FilesTest, FilesOfEverySizeComeBackAsTheyWere) {
  size_t files = 0;
  for (const size_t size : {size_t{0}, size_t{1}, Files::kChunkBytes - 1, Files::kChunkBytes, Files::kChunkBytes + 1,
                            3 * Files::kChunkBytes, 3 * Files::kChunkBytes + 1, Files::kMaxFileBytes}) {
    const Bytes content = Content(size);
    const Result<FileInfo> info = Put(content, code_);
    ASSERT_TRUE(info.ok()) << info.status().ToString();
    EXPECT_EQ(Items(kFileChunkKind).size(), ChunksOf(size));
    const Result<FileContent> got = Get(info->id);
    ASSERT_TRUE(got.ok()) << got.status().ToString();
    EXPECT_TRUE(got->content.view() == content) << size;
    EXPECT_EQ(got->info.name, "passport of Agneta.pdf");
    EXPECT_EQ(got->info.media_type, "application/pdf");
    ASSERT_TRUE(files_.Delete(house_.As("privacy-officer"), code_, info->id).Wait().ok());
    EXPECT_EQ(Get(info->id).reason(), Reason::kFileNotFound);
    EXPECT_TRUE(Items(kFileChunkKind).empty() && Items(kFileManifestKind).empty());
    ++files;
  }
  std::printf("%zu sizes\n", files);
  EXPECT_EQ(Put(Content(Files::kMaxFileBytes + 1), code_).reason(), Reason::kBodyTooLarge);
}

TEST_F(FilesTest, NothingOfAFileLiesInTheStoreInPlain) {
  ASSERT_TRUE(Put("the planted words of a passport", code_).ok());
  EXPECT_FALSE(house_.StoresContain(TestHouse::kMain, "planted words"));
  EXPECT_FALSE(house_.StoresContain(TestHouse::kMain, "passport of Agneta"));
}

TEST_F(FilesTest, OnlyAFileFieldThatTheCollectionPointListsTakesAFile) {
  const auto put = [&](std::string_view point, std::string_view field) {
    return files_.Put(house_.As("application"), code_, point, field, "a.pdf", "", "x").Wait().reason();
  };
  EXPECT_EQ(put(TestHouse::kPoint, "email"), Reason::kWrongType);
  EXPECT_EQ(put("elsewhere", "passport"), Reason::kCollectionPointUnknown);
  EXPECT_EQ(put(TestHouse::kPoint, "passport"), Reason::kOk);  // control
  EXPECT_EQ(put(TestHouse::kPoint, "passport"), Reason::kTooManyValues) << "the field is not repeated";
}

TEST_F(FilesTest, GettingNeedsAPurposeAndARightAndIsRecorded) {
  const std::string id = Put("content", code_)->id;
  EXPECT_EQ(Get(id, "application", "").reason(), Reason::kPurposeMissing);
  EXPECT_EQ(Get(id, "application", "marketing").reason(), Reason::kPurposeRefused);
  EXPECT_EQ(Get(id, "support").reason(), Reason::kDenied);
  EXPECT_TRUE(Get(id).ok());  // control
  EXPECT_EQ(house_.Entries(TestHouse::kMain).back().action, Action::kFileGet);
  log().data.SetPlan(FaultPlan({{.kind = FaultKind::kFailBefore}}));
  EXPECT_EQ(Get(id).reason(), Reason::kAuditUnavailable);
}

TEST_F(FilesTest, WhoMayNotGetFilesLearnsOfNoCustomerAndNoFile) {
  const std::string id = Put(Content(10), code_)->id;
  const std::string none(id.size(), '0');
  const std::string nobody = house_.house->codes().EncodeCustomer(*house_.house->codes().DecodeCustomer(code_) ^ 1);
  const auto ask = [&](std::string_view role, std::string_view whom, std::string_view file) {
    return files_.Get(house_.As(role), whom, file).Wait().reason();
  };
  for (const std::string_view whom : {std::string_view(code_), std::string_view(nobody), std::string_view("ext:C9")}) {
    for (const std::string_view file : {std::string_view(id), std::string_view(none), std::string_view("x")}) {
      EXPECT_EQ(ask("support", whom, file), Reason::kDenied) << whom << " " << file;
    }
  }
  EXPECT_EQ(ask("application", nobody, id), Reason::kCustomerNotFound);  // control
  EXPECT_EQ(ask("application", code_, none), Reason::kFileNotFound);
  EXPECT_EQ(ask("application", code_, id), Reason::kOk);
}

TEST_F(FilesTest, ListsHideNames) {
  const std::string id = Put("content", code_)->id;
  const auto list = files_.List(house_.As("support"), code_).Wait();
  ASSERT_TRUE(list.ok()) << list.status().ToString();
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().id, id);
  EXPECT_EQ(list->front().name, "•••.pdf");
  EXPECT_EQ(list->front().size_bytes, 7u);
  EXPECT_EQ(files_.List(house_.As("operator"), code_).Wait().reason(), Reason::kDenied);
}

TEST_F(FilesTest, AFileThatIsCutMovedOrReorderedDoesNotOpen) {
  const std::string id = Put(Content(3 * Files::kChunkBytes + 5), code_)->id;
  const std::vector<StoreRow> chunks = Items(kFileChunkKind);
  ASSERT_EQ(chunks.size(), 4u);
  const auto with = [&](const StoreBatch& damage) {
    EXPECT_TRUE(log().memory->Commit(damage).ok());
    const Reason reason = Get(id).reason();
    StoreBatch repair;
    for (const StoreRow& row : chunks) repair.puts.push_back({row.key, row.value});
    EXPECT_TRUE(log().memory->Commit(repair).ok());
    return reason;
  };
  EXPECT_EQ(with({{}, {}, {chunks[3].key}}), Reason::kDataCorrupt) << "the last is missing";
  EXPECT_EQ(with({{}, {}, {chunks[1].key}}), Reason::kDataCorrupt);
  EXPECT_EQ(with({{}, {{chunks[0].key, chunks[1].value}, {chunks[1].key, chunks[0].value}}, {}}), Reason::kDataCorrupt);
  EXPECT_EQ(with({{}, {{chunks[0].key, chunks[3].value}}, {}}), Reason::kDataCorrupt);
  EXPECT_TRUE(Get(id).ok());  // control
}

TEST_F(FilesTest, AChunkNeedsTheLastFlagInItsPlace) {
  const PlainBytes last = EncodeFileChunk("abc", true);
  EXPECT_EQ(*DecodeFileChunk(last.view(), true), "abc");
  EXPECT_EQ(DecodeFileChunk(last.view(), false).reason(), Reason::kDataCorrupt);
  EXPECT_EQ(DecodeFileChunk("", true).reason(), Reason::kDataCorrupt);
}

TEST_F(FilesTest, AnUploadThatBreaksOffIsNotThereAndIsSwept) {
  const std::string other = Put("a whole file", code_)->id;
  log().data.SetPlan(FaultPlan({{.nth = 3, .kind = FaultKind::kFailBefore}}));
  const std::string two = house_.MakeCustomer("C2", "c2@example.org");  // the first commit of the plan
  EXPECT_FALSE(Put(Content(8 * Files::kChunkBytes), two).ok());
  log().data.SetPlan({});
  EXPECT_EQ(Items(kFileChunkKind).size(), 4u) << "three chunks were written, and one of the whole file";
  EXPECT_TRUE(files_.List(house_.As("support"), two).Wait()->empty());
  EXPECT_EQ(*files_.SweepOrphans(), 3u);
  EXPECT_EQ(*files_.SweepOrphans(), 0u);
  EXPECT_EQ(Get(other)->content.view(), "a whole file");  // control
}

TEST_F(FilesTest, AnErasureDuringAnUploadWins) {
  bool done = false;
  int commits = 0;
  log().data.SetBeforeCommit([&] {
    // On the thread that commits: the store itself is asked to forget the record, as an erasure's first step does.
    if (++commits != 2 || std::exchange(done, true)) return;
    StoreBatch batch;
    for (const StoreRow& row : log().Rows("c")) batch.deletes.push_back(row.key);
    EXPECT_TRUE(log().memory->Commit(batch).ok());
  });
  EXPECT_EQ(Put(Content(8 * Files::kChunkBytes), code_).reason(), Reason::kRecordBusy);
  log().data.SetBeforeCommit({});
  EXPECT_TRUE(Items(kFileManifestKind).empty());
}

TEST_F(FilesTest, FilesDieWithTheCustomer) {
  ASSERT_TRUE(Put(Content(5 * Files::kChunkBytes), code_).ok());
  const auto erased = house_.customers->Erase(house_.As("privacy-officer"), code_).Wait();
  ASSERT_TRUE(erased.ok()) << erased.status().ToString();
  EXPECT_TRUE(log().Rows("d").empty());
}

TEST(FileManifestTest, TheWorkedExampleOfTheFormatPageIsWhatIsWritten) {
  std::ifstream page(STRONGROOM_SOURCE_DIR "/docs/formats/file.md");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  const size_t begin = text.find("```hex\n") + 7;
  ASSERT_NE(text.find("```hex\n"), std::string::npos);
  std::string hex;
  size_t at = begin;
  for (const size_t end = text.find("```", begin); at < end; at = text.find('\n', at) + 1)
    hex += text.substr(at, text.find(' ', at) - at);
  FileManifest manifest;
  manifest.field = 9;
  manifest.size_bytes = 300'000;
  manifest.chunks = 2;
  manifest.stored_at = 1'795'327'553'123;
  manifest.name = "passport.pdf";
  manifest.media_type = "application/pdf";
  EXPECT_EQ(HexEncode(manifest.Encode()), hex);
  const Result<FileManifest> decoded = FileManifest::Decode(manifest.Encode());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->name, "passport.pdf");
  manifest.chunks = 3;
  EXPECT_EQ(FileManifest::Decode(manifest.Encode()).reason(), Reason::kDataCorrupt);
}

}  // namespace
}  // namespace strongroom
