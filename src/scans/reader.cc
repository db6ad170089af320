#include "scans/reader.h"

#include <dlfcn.h>
#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <exception>
#include <filesystem>

#include "scans/straighten.h"
#include "scans/unread.h"

namespace strongroom::scans {
namespace {

using tesseract::TessBaseAPI;

constexpr float kSureRead = 75;  // mean confidence from which nothing else is tried
constexpr int kReadingDpi = 300;
constexpr double kSecondLookShare = 0.004;  // of the page: ink that is worth a second look

Status NoMemory() { return Status(Reason::kInternal, "The picture does not fit into memory."); }

// Tesseract spreads loops over threads through OpenMP, and asks for a number of them that the usual settings do not
// overrule.  With no level of parallel regions allowed, none is parallel.  A Tesseract without OpenMP has no such
// symbol.
void ForbidThreads() {
  using SetLevels = void (*)(int);
  if (void* const set = dlsym(RTLD_DEFAULT, "omp_set_max_active_levels"); set != nullptr) {
    reinterpret_cast<SetLevels>(set)(0);
  }
}

// Nothing is printed: what a library has to say about a stranger's picture is of no use, and may quote it.
void SilenceLibraries() { setMsgSeverity(L_SEVERITY_NONE); }

bool IsHanModel(std::string_view name) {
  return name.starts_with("chi_") || name.starts_with("jpn") || name.starts_with("kor");
}

// The code point at `at`, which moves on; malformed bytes count as one each.
char32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead < 0x80 || at + size > text.size()) {
    ++at;
    return lead;
  }
  char32_t code = lead & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  at += size;
  return code;
}

// Written without blanks between words: Han, kana, hangul and their punctuation.
bool IsDense(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFF00 && c <= 0xFFEF) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool HasDense(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (IsDense(NextCodePoint(text, at))) return true;
  }
  return false;
}

// One stretch of a line as the model read it, in pixels of the picture it was given.
struct Word {
  std::string text;
  paper::Box box;
  float confidence = 0;
  bool dense = false;
};
struct Line {
  std::vector<Word> words;
  bool ends_block = false;
};
struct Lines {
  std::vector<Line> lines;
  // Weighted by letters; 0 when there are none.
  float Confidence() const {
    double sum = 0;
    double letters = 0;
    for (const Line& line : lines) {
      for (const Word& word : line.words) {
        sum += static_cast<double>(word.confidence) * static_cast<double>(word.text.size());
        letters += static_cast<double>(word.text.size());
      }
    }
    return letters == 0 ? 0 : static_cast<float>(sum / letters);
  }
  size_t Letters() const {
    size_t letters = 0;
    for (const Line& line : lines) {
      for (const Word& word : line.words) letters += word.text.size();
    }
    return letters;
  }
};

template <typename Iterator>
bool TakeWord(const Iterator& at, tesseract::PageIteratorLevel level, Word& word) {
  const std::unique_ptr<const char[]> text(at.GetUTF8Text(level));
  int left = 0, top = 0, right = 0, bottom = 0;
  if (text == nullptr || text[0] == '\0' || text[0] == ' ' || !at.BoundingBox(level, &left, &top, &right, &bottom))
    return false;
  word.text = text.get();
  word.box = {static_cast<double>(left), static_cast<double>(top), static_cast<double>(right),
              static_cast<double>(bottom)};
  word.confidence = std::clamp(at.Confidence(level), 0.0F, 100.0F);
  word.dense = HasDense(word.text);
  return true;
}

// A word in letters is one; one in Han characters may be a whole line and is taken character by character.
void TakeCharacters(tesseract::ResultIterator& at, float confidence, std::vector<Word>& words) {
  bool joined = false;
  do {
    Word symbol;
    if (TakeWord(at, tesseract::RIL_SYMBOL, symbol)) {
      symbol.confidence = std::min(symbol.confidence, confidence);
      if (joined && !symbol.dense && !words.back().dense) {
        words.back().text += symbol.text;
        words.back().box = words.back().box.Around(symbol.box);
        words.back().confidence = std::min(words.back().confidence, symbol.confidence);
      } else {
        words.push_back(std::move(symbol));
      }
      joined = true;
    }
    if (at.IsAtFinalElement(tesseract::RIL_WORD, tesseract::RIL_SYMBOL)) return;
  } while (at.Next(tesseract::RIL_SYMBOL));
}

Lines LinesOf(TessBaseAPI& engine) {
  Lines lines;
  const std::unique_ptr<tesseract::ResultIterator> at(engine.GetIterator());
  if (at == nullptr) return lines;
  do {
    if (at->Empty(tesseract::RIL_WORD)) continue;
    if (at->IsAtBeginningOf(tesseract::RIL_TEXTLINE) || lines.lines.empty()) {
      if (at->IsAtBeginningOf(tesseract::RIL_BLOCK) && !lines.lines.empty()) lines.lines.back().ends_block = true;
      lines.lines.emplace_back();
    }
    Word word;
    if (!TakeWord(*at, tesseract::RIL_WORD, word)) continue;
    if (word.dense) {
      TakeCharacters(*at, word.confidence, lines.lines.back().words);
    } else {
      lines.lines.back().words.push_back(std::move(word));
    }
  } while (at->Next(tesseract::RIL_WORD));
  std::erase_if(lines.lines, [](const Line& line) { return line.words.empty(); });
  return lines;
}

// Whether a blank belongs between two words of a line.
bool Apart(const Word& left, const Word& right) {
  if (!left.dense && !right.dense) return true;
  const double height = std::max(left.box.height(), right.box.height());
  return right.box.left - left.box.right > 0.6 * height;
}

void Append(const Lines& lines, const Straight& page, paper::PageText& text) {
  const uint64_t tag = TagOfLean(page.lean);
  for (const Line& line : lines.lines) {
    const Word* before = nullptr;
    for (const Word& word : line.words) {
      if (before != nullptr && Apart(*before, word)) text.Blank();
      // 100 is what was not read from a picture at all.
      const auto confidence = static_cast<uint8_t>(std::min(word.confidence, 99.0F));
      text.Add(word.text, Around(Mapped(CornersOf(word.box), page.to_picture)), tag, confidence);
      before = &word;
    }
    text.EndLine();
    if (line.ends_block) text.EndLine();
  }
}

// The band of the page, as wide as it is and about an inch and a half high, with the most ink.
BOX* BusiestBand(Pix* grey) {
  const int width = pixGetWidth(grey);
  const int height = pixGetHeight(grey);
  const int band = std::min(height, kReadingDpi * 3 / 2);
  const PixPtr ink = InkOf(grey);
  const std::unique_ptr<Numa, void (*)(Numa*)> rows(ink ? pixCountPixelsByRow(ink.get(), nullptr) : nullptr,
                                                    [](Numa* numa) { numaDestroy(&numa); });
  int best = 0;
  if (rows) {
    double sum = 0, most = -1;
    for (int y = 0; y < height; ++y) {
      float value = 0;
      numaGetFValue(rows.get(), y, &value);
      // A photograph or a bar is no text.
      const auto capped = [width](float dark) { return std::min<double>(dark, width / 3.0); };
      sum += capped(value);
      if (y >= band) {
        numaGetFValue(rows.get(), y - band, &value);
        sum -= capped(value);
      }
      if (y + 1 >= band && sum > most) {
        most = sum;
        best = y + 1 - band;
      }
    }
  }
  return boxCreate(0, best, width, band);
}

}  // namespace

class PageReader::Engines {
 public:
  std::unique_ptr<TessBaseAPI> letters;  // may be null, but not both
  std::unique_ptr<TessBaseAPI> han;

  Result<paper::PageText> Read(const paper::Picture& picture);

 private:
  struct Way {
    int quarters = 0;
    TessBaseAPI* engine = nullptr;
  };
  static Lines Recognise(TessBaseAPI& engine, Pix* grey, tesseract::PageSegMode mode);
  Result<Way> WayOf(const Straight& page);
  Result<float> Try(const Straight& page, const Way& way);
};

Lines PageReader::Engines::Recognise(TessBaseAPI& engine, Pix* grey, tesseract::PageSegMode mode) {
  engine.SetPageSegMode(mode);
  engine.SetImage(grey);
  engine.SetSourceResolution(kReadingDpi);
  Lines lines;
  if (engine.Recognize(nullptr) == 0) lines = LinesOf(engine);
  engine.Clear();
  return lines;
}

// How sure a model is of a part of the page, turned so.
Result<float> PageReader::Engines::Try(const Straight& page, const Way& way) {
  ASSIGN_OR_RETURN(const Straight turned, Turned(page, way.quarters));
  BOX* band = BusiestBand(turned.grey.get());
  const PixPtr sample(band == nullptr ? nullptr : pixClipRectangle(turned.grey.get(), band, nullptr));
  boxDestroy(&band);
  if (!sample) return NoMemory();
  const Lines lines = Recognise(*way.engine, sample.get(), tesseract::PSM_SINGLE_BLOCK);
  // A letter or two say nothing about which way a page lies.
  return lines.Letters() < 8 ? lines.Confidence() / 4 : lines.Confidence();
}

// By trying, the likeliest first: most pages need one try.
Result<PageReader::Engines::Way> PageReader::Engines::WayOf(const Straight& page) {
  const int first = page.sideways ? 1 : 0;
  Way best;
  float best_score = -1;
  for (const int quarters : {first, first + 2, first ^ 1, (first ^ 1) + 2}) {
    for (TessBaseAPI* const engine : {letters.get(), han.get()}) {
      if (engine == nullptr) continue;
      const Way way = {quarters, engine};
      ASSIGN_OR_RETURN(const float score, Try(page, way));
      if (score > best_score) {
        best = way;
        best_score = score;
      }
      if (score >= kSureRead + (engine == han.get() ? 5 : 0)) return best;
    }
    // The lines lie this way or its opposite, unless neither can be read.
    if (quarters == first + 2 && best_score > 50) return best;
  }
  if (best_score < 30) best.quarters = 0;  // nothing to go by
  return best;
}

Result<paper::PageText> PageReader::Engines::Read(const paper::Picture& picture) {
  paper::PageText text;
  text.width = picture.width;
  text.height = picture.height;
  ASSIGN_OR_RETURN(const Straight level, Straighten(picture));
  if (pixGetWidth(level.grey.get()) < 8 || pixGetHeight(level.grey.get()) < 8) return text;
  ASSIGN_OR_RETURN(const Way way, WayOf(level));
  ASSIGN_OR_RETURN(const Straight page, Turned(level, way.quarters));
  const Lines lines = Recognise(*way.engine, page.grey.get(), tesseract::PSM_AUTO);
  Append(lines, page, text);

  // A second look at what is left when the words that were read are wiped away.
  std::vector<paper::Box> read;
  for (const Line& line : lines.lines) {
    for (const Word& word : line.words) {
      if (word.confidence >= kConfidentWord) read.push_back(word.box);
    }
  }
  ASSIGN_OR_RETURN(const InkLeft left, InkLeftOf(page.grey.get(), read));
  if (left.page_share < kSecondLookShare) return text;
  const PixPtr rest(pixCopy(nullptr, page.grey.get()));
  if (!rest) return NoMemory();
  for (const paper::Box& box : read) {
    const paper::Box wiped = box.Grown(3);
    BOX* area = boxCreate(static_cast<int>(wiped.left), static_cast<int>(wiped.top), static_cast<int>(wiped.width()),
                          static_cast<int>(wiped.height()));
    pixSetInRectArbitrary(rest.get(), area, 255);
    boxDestroy(&area);
  }
  for (TessBaseAPI* const engine : {letters.get(), han.get()}) {
    if (engine == nullptr) continue;
    Lines more = Recognise(*engine, rest.get(), tesseract::PSM_SPARSE_TEXT);
    for (Line& line : more.lines) {
      std::erase_if(line.words, [](const Word& word) { return word.confidence < 20; });
      // A letter or two by themselves are as likely strokes of a pen.
      for (Word& word : line.words) {
        if (word.text.size() < 3 || (word.dense && line.words.size() < 3))
          word.confidence = std::min(word.confidence, 40.0F);
      }
    }
    std::erase_if(more.lines, [](const Line& line) { return line.words.empty(); });
    if (more.lines.empty()) continue;
    text.EndLine();
    Append(more, page, text);
  }
  return text;
}

PageReader::PageReader(std::unique_ptr<Engines> engines) : engines_(std::move(engines)) {}
PageReader::~PageReader() = default;

Result<std::unique_ptr<PageReader>> PageReader::Open(const ReaderOptions& options) {
  SilenceLibraries();
  ForbidThreads();
  std::string letters;
  std::string han;
  for (const std::string& language : options.languages) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    if (language.empty() || !std::all_of(language.begin(), language.end(), plain))
      return Status(Reason::kConfigInvalid,
                    "Languages of scans are named as Tesseract names its models: eng, chi_sim.");
    // Tesseract itself goes on without a model that it does not find.
    std::error_code ignored;
    if (!std::filesystem::exists(options.model_dir + "/" + language + ".traineddata", ignored)) {
      return Status(Reason::kConfigInvalid,
                    "Tesseract's model \"" + language + "\" is not in " + options.model_dir +
                        "; on Debian the packages tesseract-ocr-eng, tesseract-ocr-swe and so on bring them.");
    }
    std::string& group = IsHanModel(language) ? han : letters;
    group += (group.empty() ? "" : "+") + language;
  }
  if (letters.empty() && han.empty()) return Status(Reason::kConfigInvalid, "Scans need at least one language.");
  auto engines = std::make_unique<Engines>();
  const auto open = [&](const std::string& languages, std::unique_ptr<TessBaseAPI>& engine) -> Status {
    if (languages.empty()) return Status::Ok();
    engine = std::make_unique<TessBaseAPI>();
    // Settings that Tesseract reads while it starts.
    const std::vector<std::string> names = {"debug_file"};
    const std::vector<std::string> values = {"/dev/null"};
    if (engine->Init(options.model_dir.c_str(), languages.c_str(), tesseract::OEM_LSTM_ONLY, nullptr, 0, &names,
                     &values, false) != 0) {
      return Status(Reason::kConfigInvalid, "Tesseract does not start with the models \"" + languages + "\".");
    }
    return Status::Ok();
  };
  try {
    RETURN_IF_ERROR(open(letters, engines->letters));
    RETURN_IF_ERROR(open(han, engines->han));
  } catch (const std::exception&) {
    return Status(Reason::kConfigInvalid, "Tesseract does not start with the models in " + options.model_dir + ".");
  }
  std::unique_ptr<PageReader> reader(new PageReader(std::move(engines)));
  // What is made when it is first needed is made now.
  paper::Picture blank;
  blank.width = blank.height = 128;
  blank.samples.assign(size_t{128} * 128, '\xFF');
  RETURN_IF_ERROR(reader->Read(blank).status());
  return reader;
}

Result<paper::PageText> PageReader::Read(const paper::Picture& picture) {
  ForbidThreads();  // it is a setting of each thread
  try {
    return engines_->Read(picture);
  } catch (const std::exception&) {
    return NoMemory();
  }
}

paper::ReadPicture PageReader::AsReadPicture() {
  return [this](const paper::Picture& picture) { return Read(picture); };
}

}  // namespace strongroom::scans
