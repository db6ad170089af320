#include "tests/scans/test_pages.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "tests/support/child_process.h"

namespace strongroom::scans {
namespace {

// What stands in [[ ]] is secret.
struct Source {
  const char* language;
  const char* model;
  const char* font;
  const char* text;
};

constexpr Source kSources[] = {
    {"en", "eng", "'Liberation Serif','DejaVu Serif',serif",
     "Claim form, water damage\n"
     "\n"
     "Name: [[Margaret Holloway]]\n"
     "Address: [[48 Larkspur Avenue, Springfield, IL 62704]]\n"
     "Phone: [[(217) 555-0143]]\n"
     "E-mail: [[margaret.holloway@example.com]]\n"
     "Social security number: [[536-22-8719]]\n"
     "Card number: [[4539 1488 0343 6467]]\n"
     "Account: [[GB29 NWBK 6016 1331 9268 19]]\n"
     "\n"
     "On that night the claimant noticed that water had entered the cellar after many hours of heavy rain.\n"
     "The pump had failed and the boxes that stood on the floor were wet. She moved what she could to the\n"
     "kitchen and called the company in the morning. The assessor, [[Thomas Beckett]], visited the house two\n"
     "days later and measured the walls. The policy covers damage by water that enters from outside when the\n"
     "pump was serviced during the year before. The invoice of the service is attached to this form.\n"},
    {"en", "eng", "Inter,'DejaVu Sans',sans-serif",
     "Dear Sir or Madam,\n"
     "\n"
     "my client [[Robert Ashworth]] asks for the return of the deposit that was charged by mistake to the card\n"
     "[[5105 1051 0510 5100]] when the order had already been cancelled by telephone. The payment can be made\n"
     "to the same card. If a person has to be spoken to, please call [[(312) 555-0188]] during office hours or\n"
     "write to [[r.ashworth@example.org]] at any time. His social security number, which your form asks for,\n"
     "is [[219-09-9999]] and was given to your clerk before.\n"
     "\n"
     "The goods were collected on the day after and are no longer in the building. A copy of the receipt is\n"
     "enclosed. We expect an answer within two weeks and remain at your service for every further question.\n"},
    {"sv", "swe", "'Liberation Serif','DejaVu Serif',serif",
     "Anmälan om vattenskada\n"
     "\n"
     "Namn: [[Ingrid Lindqvist]]\n"
     "Adress: [[Björkvägen 14, 752 37 Uppsala]]\n"
     "Telefon: [[070-174 06 35]]\n"
     "E-post: [[ingrid.lindqvist@example.se]]\n"
     "Personnummer: [[640823-3234]]\n"
     "Konto: [[SE45 5000 0000 0583 9825 7466]]\n"
     "\n"
     "Den natten märkte kunden att vatten hade trängt in i källaren efter många timmar med kraftigt regn.\n"
     "Pumpen hade stannat och lådorna som stod på golvet var våta. Hon flyttade det hon kunde till köket\n"
     "och ringde bolaget på morgonen. Besiktningsmannen [[Anders Östergren]] besökte huset två dagar senare\n"
     "och mätte väggarna. Försäkringen gäller skador av vatten som tränger in utifrån när pumpen har\n"
     "fått service under året innan. Fakturan för servicen är bifogad till denna anmälan.\n"},
    {"sv", "swe", "Inter,'DejaVu Sans',sans-serif",
     "Hej,\n"
     "\n"
     "min klient [[Karin Sjöberg]] begär att depositionen betalas tillbaka, eftersom den drogs av misstag från\n"
     "kortet [[4539 1488 0343 6467]] när beställningen redan var avbokad per telefon. Betalningen kan göras till\n"
     "samma kort. Om någon behöver talas vid, ring gärna [[070-174 06 58]] under kontorstid eller skriv till\n"
     "[[karin.sjoberg@example.se]] när som helst. Hennes personnummer är [[811218-9876]] och lämnades tidigare.\n"
     "\n"
     "Varorna hämtades dagen efter och finns inte längre kvar i byggnaden. En kopia av kvittot är bifogad.\n"
     "Vi väntar oss ett svar inom två veckor och står till tjänst med alla ytterligare frågor.\n"},
    {"zh", "chi_sim", "'Noto Sans CJK SC'",
     "房屋进水理赔申请表\n"
     "\n"
     "姓名：[[王建国]]\n"
     "地址：[[北京市朝阳区建国路88号]]\n"
     "电话：[[13812345678]]\n"
     "电子邮箱：[[wangjianguo@example.cn]]\n"
     "身份证号：[[11010519491231002X]]\n"
     "银行卡号：[[6222 0212 3456 7890 128]]\n"
     "\n"
     "当天夜间大雨之后，申请人发现地下室进水。水泵已经停止工作，放在地上的箱子全部湿透。\n"
     "她把能搬的东西搬到厨房，并于早上给公司打了电话。两天以后，评估人员来到现场，测量了\n"
     "墙壁的湿度。如果水泵在前一年内经过保养，保险承担外来水造成的损失。保养发票附在后面。\n"},
    {"zh", "chi_sim", "'Noto Serif CJK SC'",
     "尊敬的先生或女士：\n"
     "\n"
     "客户[[李秀英]]要求退还误收的押金，当时订单已经通过电话取消。付款可以退到原来的银行卡，\n"
     "卡号：[[4539 1488 0343 6467]]。如需联系，请在办公时间拨打电话：[[13987654321]]，\n"
     "或者随时写信到邮箱：[[lixiuying@example.cn]]。\n"
     "\n"
     "货物已在第二天取走，不再存放于楼内。随信附上收据的复印件。我们期待在两周之内得到答复，\n"
     "并愿意回答其他任何问题。\n"}};

TestPage PageOf(const Source& source) {
  TestPage page;
  page.language = source.language;
  page.model = source.model;
  std::string_view rest = source.text;
  while (!rest.empty()) {
    const size_t open = std::min(rest.find("[["), rest.size());
    page.text += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    const size_t close = rest.find("]]");
    page.secrets.emplace_back(rest.substr(2, close - 2));
    page.text += page.secrets.back();
    rest.remove_prefix(close + 2);
  }
  page.html = std::string("<div style=\"font-family:") + source.font + "\">" + page.text + "</div>";
  return page;
}

// A folder of its own that goes with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "strongroom-scans-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

void WriteFile(const std::string& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

// Repeats by its seed.
class Dice {
 public:
  explicit Dice(uint32_t seed) : state_(seed * 2654435761U + 12345U) {}
  uint32_t Next(uint32_t sides) {
    state_ = state_ * 1664525U + 1013904223U;
    return (state_ >> 8) % sides;
  }

 private:
  uint32_t state_;
};

void EachPixel(Pix* pix, const std::function<int(int, int, int)>& change) {
  for (int y = 0; y < pixGetHeight(pix); ++y) {
    uint32_t* const row = Row(pix, y);
    for (int x = 0; x < pixGetWidth(pix); ++x) {
      const int value = std::clamp(change(x, y, static_cast<int>(GET_DATA_BYTE(row, x))), 0, 255);
      SET_DATA_BYTE(row, x, static_cast<uint8_t>(value));
    }
  }
}

// --- judging ---

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

// Words in small letters, with whatever stands between left out.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (IsWordByte(c)) {
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      corner = above;
    }
  }
  return row[b.size()];
}

bool IsHan(std::string_view word) { return !word.empty() && static_cast<unsigned char>(word[0]) >= 0xE3; }
bool IsNumber(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return (c >= '0' && c <= '9') || c == 'x'; });
}

std::string WithoutBlanks(std::string_view text) {
  std::string without;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\t') without += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return without;
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      for (std::string& word : WordsOf(text)) words_.insert(std::move(word));
      joined_ += WithoutBlanks(text) + "\n";
    }
  }
  bool Has(std::string_view word) const {
    if (words_.contains(std::string(word))) return true;
    // Long enough not to be there by chance, wherever the blanks are.
    if (word.size() >= (IsNumber(word) ? 4U : 6U) && joined_.find(word) != std::string::npos) return true;
    if (word.size() < 6) return false;
    return std::any_of(words_.begin(), words_.end(), [&](const std::string& known) {
      return known.size() + 1 >= word.size() && known.size() <= word.size() + 1 && Distance(known, word) <= 1;
    });
  }
  // Characters of `han` that stand beside their neighbour as they do there.
  size_t HanLetters(std::string_view han) const {
    std::set<size_t> readable;
    for (size_t at = 0; at + 6 <= han.size(); at += 3) {
      if (joined_.find(han.substr(at, 6)) == std::string::npos) continue;
      readable.insert(at);
      readable.insert(at + 3);
    }
    return readable.size();
  }

 private:
  std::set<std::string> words_;
  std::string joined_;
};

// Apart where Han characters meet others.
std::vector<std::string> PartsOf(std::string_view secret) {
  std::vector<std::string> parts;
  for (const std::string& word : WordsOf(secret)) {
    std::string part;
    for (size_t at = 0; at < word.size();) {
      const size_t size = IsHan(std::string_view(word).substr(at)) ? 3 : 1;
      if (!part.empty() && IsHan(part) != (size == 3)) {
        parts.push_back(part);
        part.clear();
      }
      part += word.substr(at, size);
      at += size;
    }
    parts.push_back(part);
  }
  return parts;
}

}  // namespace

std::vector<TestPage> TestPages() {
  std::vector<TestPage> pages;
  for (const Source& source : kSources) pages.push_back(PageOf(source));
  return pages;
}

Result<std::vector<PixPtr>> DrawPages(const std::vector<TestPage>& pages, int dots_per_inch) {
  const Folder folder;
  std::string html =
      "<!DOCTYPE html><meta charset=utf-8><style>@page{size:A4;margin:20mm 18mm}"
      "div{page-break-after:always;white-space:pre-wrap;font-size:11pt;line-height:1.5}</style>";
  for (const TestPage& page : pages) html += page.html;
  WriteFile(folder / "pages.html", html);
  ASSIGN_OR_RETURN(const ProgramOutput drawn,
                   RunProgram({"/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu",
                               "--no-pdf-header-footer", "--user-data-dir=" + (folder / "profile"),
                               "--print-to-pdf=" + (folder / "pages.pdf"), "file://" + (folder / "pages.html")}));
  if (drawn.exit_code != 0) return Status(Reason::kInternal, "chromium did not draw the pages: " + drawn.err);
  ASSIGN_OR_RETURN(const ProgramOutput rendered,
                   RunProgram({"/usr/bin/pdftoppm", "-q", "-gray", "-png", "-r", std::to_string(dots_per_inch),
                               folder / "pages.pdf", folder / "page"}));
  if (rendered.exit_code != 0) return Status(Reason::kInternal, "pdftoppm did not draw the pages: " + rendered.err);
  std::vector<PixPtr> pictures;
  for (size_t i = 1; i <= pages.size(); ++i) {
    const PixPtr read(pixRead((folder / ("page-" + std::to_string(i) + ".png")).c_str()));
    PixPtr grey(read ? pixConvertTo8(read.get(), 0) : nullptr);
    if (!grey) return Status(Reason::kInternal, "page " + std::to_string(i) + " was not drawn");
    pixSetResolution(grey.get(), dots_per_inch, dots_per_inch);
    pictures.push_back(std::move(grey));
  }
  return pictures;
}

const char* NameOf(Wear wear) {
  switch (wear) {
    case Wear::kNone:
      return "as printed";
    case Wear::kAskew:
      return "askew";
    case Wear::kNoisy:
      return "noisy";
    case Wear::kFaint:
      return "faint";
    case Wear::kUneven:
      return "photographed";
    case Wear::kJpeg:
      return "JPEG";
    case Wear::kOnItsSide:
      return "on its side";
    case Wear::kUpsideDown:
      return "upside down";
  }
  return "";
}

PixPtr Worn(Pix* page, Wear wear, uint32_t seed) {
  Dice dice(seed);
  const int width = pixGetWidth(page);
  const int height = pixGetHeight(page);
  PixPtr worn(pixCopy(nullptr, page));
  const auto askew = [&](double degrees) {
    worn.reset(pixRotate(worn.get(), static_cast<float>(degrees * 3.14159265 / 180), L_ROTATE_AREA_MAP,
                         L_BRING_IN_WHITE, width, height));
  };
  switch (wear) {
    case Wear::kNone:
    case Wear::kJpeg:
      break;
    case Wear::kAskew:
      // 1 to 5 degrees either way.
      askew((1 + dice.Next(41) / 10.0) * (dice.Next(2) == 0 ? 1 : -1));
      break;
    case Wear::kNoisy:
      EachPixel(worn.get(), [&](int /*x*/, int /*y*/, int value) {
        if (dice.Next(400) == 0) return dice.Next(2) == 0 ? 0 : 255;
        return value + static_cast<int>(dice.Next(61) + dice.Next(61) + dice.Next(61)) - 90;
      });
      break;
    case Wear::kFaint:
      EachPixel(worn.get(), [&](int /*x*/, int /*y*/, int value) {
        return 120 + value * 60 / 255 + static_cast<int>(dice.Next(9)) - 4;
      });
      break;
    case Wear::kUneven:
      askew(1.5);
      EachPixel(worn.get(), [&](int x, int y, int value) {
        const double light = 1.0 - 0.6 * (static_cast<double>(x) / width) * (0.4 + 0.6 * y / height);
        return static_cast<int>(value * light * 0.85) + 15 + static_cast<int>(dice.Next(13)) - 6;
      });
      break;
    case Wear::kOnItsSide:
      worn.reset(pixRotateOrth(worn.get(), dice.Next(2) == 0 ? 1 : 3));
      break;
    case Wear::kUpsideDown:
      worn.reset(pixRotateOrth(worn.get(), 2));
      break;
  }
  if (worn) pixSetResolution(worn.get(), pixGetXRes(page), pixGetYRes(page));
  return worn;
}

std::string FileOf(Pix* page, Wear wear) {
  unsigned char* data = nullptr;
  size_t size = 0;
  if (wear == Wear::kJpeg || wear == Wear::kUneven) {
    pixWriteMemJpeg(&data, &size, page, 70, 0);
  } else {
    pixWriteMemPng(&data, &size, page, 0);
  }
  std::string file(reinterpret_cast<const char*>(data), size);
  lept_free(data);
  return file;
}

Judged JudgeTexts(const TestPage& page, const std::vector<std::string>& texts) {
  Judged judged;
  const Reader reader(texts);
  // What stands beside the secrets; a word that stands in both tells nothing.
  std::string others = page.text;
  for (const std::string& secret : page.secrets) {
    for (size_t at = others.find(secret); at != std::string::npos; at = others.find(secret))
      others.replace(at, secret.size(), " ");
  }
  std::set<std::string> other_words;
  for (const std::string& word : PartsOf(others)) {
    if (IsHan(word)) {
      // Two characters at a time.
      for (size_t at = 0; at + 6 <= word.size(); at += 6) other_words.insert(word.substr(at, 6));
    } else if (word.size() >= 3) {
      other_words.insert(word);
    }
  }
  const Reader known({others});
  for (const std::string& secret : page.secrets) {
    for (const std::string& part : PartsOf(secret)) {
      if (IsHan(part)) {
        judged.all.secret_letters += part.size() / 3;
        judged.found.secret_letters += reader.HanLetters(part);
      } else if (part.size() >= 2 && !known.Has(part)) {
        judged.all.secret_letters += part.size();
        if (reader.Has(part)) judged.found.secret_letters += part.size();
      }
    }
  }
  for (const std::string& word : other_words) {
    ++judged.all.other_words;
    const bool found = IsHan(word) ? reader.HanLetters(word) > 0 : reader.Has(word);
    if (found) ++judged.found.other_words;
  }
  return judged;
}

Result<Judged> JudgePicture(const TestPage& page, const std::string& file) {
  const Folder folder;
  const std::string path = folder / "picture";
  WriteFile(path, file);
  std::vector<std::string> texts;
  for (const char* const mode : {"3", "11"}) {
    ASSIGN_OR_RETURN(
        const ProgramOutput read,
        RunProgram({"/usr/bin/tesseract", path, "stdout", "-l", page.model, "--psm", mode}, {"OMP_THREAD_LIMIT=1"}));
    if (read.exit_code != 0) return Status(Reason::kInternal, "tesseract failed: " + read.err);
    texts.push_back(read.out);
  }
  return JudgeTexts(page, texts);
}

}  // namespace strongroom::scans
