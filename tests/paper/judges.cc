#include "tests/paper/judges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "child_process.h"

namespace strongroom {
namespace {

std::string Output(const std::vector<std::string>& arguments) {
  const Result<ProgramOutput> output = RunProgram(arguments);
  EXPECT_TRUE(output.ok()) << arguments[0];
  return output.ok() ? output->out : std::string();
}

std::string Hex(std::string_view text, std::string_view before) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    out += before;
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

std::string Joined(std::string_view text) {
  std::string joined;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\0' && c != '\f') joined += c;
  }
  return joined;
}

void WriteFile(const std::string& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Judgement Judge(const std::string& directory, std::string_view pdf) {
  const std::string file = directory + "/judged.pdf";
  const std::string unpacked = directory + "/unpacked.pdf";
  WriteFile(file, pdf);
  Judgement judgement;
  judgement.pdftotext =
      Output({"/usr/bin/pdftotext", "-raw", file, "-"}) + Output({"/usr/bin/pdftotext", "-layout", file, "-"});
  judgement.mutool = Output({"/usr/bin/mutool", "draw", "-q", "-F", "text", file});
  judgement.unpacked = std::string(pdf) + "\n";
  // Orphans and earlier revisions as well: qpdf keeps what nothing refers to when it is told so.
  Output({"/usr/bin/qpdf", "--warning-exit-0", "--qdf", "--preserve-unreferenced", "--object-streams=disable", file,
          unpacked});
  judgement.unpacked += ReadWholeFile(unpacked);
  Output({"/usr/bin/mutool", "clean", "-d", file, unpacked});
  judgement.unpacked += ReadWholeFile(unpacked);
  return judgement;
}

bool Says(const Judgement& judgement, std::string_view secret) {
  for (const std::string& text : {judgement.pdftotext, judgement.mutool, judgement.unpacked}) {
    const std::string joined = Joined(text);
    if (joined.find(secret) != std::string::npos) return true;
    const std::string lower = Lower(joined);
    for (const std::string_view before : {"", "00", "10"}) {
      if (lower.find(Hex(secret, before)) != std::string::npos) return true;
    }
  }
  return false;
}

Result<paper::Picture> Drawn(const std::string& directory, std::string_view pdf, uint32_t page,
                             uint32_t dots_per_inch) {
  const std::string file = directory + "/drawn.pdf";
  WriteFile(file, pdf);
  const std::string number = std::to_string(page);
  ASSIGN_OR_RETURN(const ProgramOutput output,
                   RunProgram({"/usr/bin/pdftoppm", "-gray", "-cropbox", "-r", std::to_string(dots_per_inch), "-f",
                               number, "-l", number, "-singlefile", file, directory + "/drawn"}));
  if (output.exit_code != 0) return Status(Reason::kInternal, "pdftoppm failed: " + output.err);
  const std::string image = ReadWholeFile(directory + "/drawn.pgm");
  paper::Picture picture;
  picture.dots_per_inch = dots_per_inch;
  size_t at = 3;  // "P5\n"
  for (uint32_t* value : {&picture.width, &picture.height}) {
    const auto [end, error] = std::from_chars(image.data() + at, image.data() + image.size(), *value);
    at = static_cast<size_t>(end - image.data()) + 1;
  }
  picture.samples = image.substr(image.find('\n', at) + 1);
  if (picture.samples.size() != size_t{picture.width} * picture.height)
    return Status(Reason::kInternal, "pdftoppm drew nothing");
  return picture;
}

Result<paper::PageText> ReadByTesseract(const std::string& directory, const paper::Picture& picture) {
  const std::string file = directory + "/read.pgm";
  WriteFile(file, "P5\n" + std::to_string(picture.width) + " " + std::to_string(picture.height) + "\n255\n" +
                      picture.samples);
  ASSIGN_OR_RETURN(const ProgramOutput output,
                   RunProgram({"/usr/bin/tesseract", file, "stdout", "--psm", "6", "tsv"}, {"OMP_THREAD_LIMIT=1"}));
  if (output.exit_code != 0) return Status(Reason::kInternal, "tesseract failed: " + output.err);
  paper::PageText text;
  text.width = picture.width;
  text.height = picture.height;
  std::string line_of_last;
  for (size_t at = output.out.find('\n') + 1; at < output.out.size();) {
    const size_t end = output.out.find('\n', at);
    std::vector<std::string> cells(1);
    for (const char c : output.out.substr(at, end - at)) {
      if (c == '\t') {
        cells.emplace_back();
      } else {
        cells.back() += c;
      }
    }
    at = end + 1;
    if (cells.size() < 12 || cells[0] != "5" || cells[11].find_first_not_of(' ') == std::string::npos) continue;
    const auto number = [&](size_t i) {
      double value = 0;
      std::from_chars(cells[i].data(), cells[i].data() + cells[i].size(), value);
      return value;
    };
    const std::string line = cells[2] + "/" + cells[3] + "/" + cells[4];
    if (!text.text.empty()) line == line_of_last ? text.Blank() : text.EndLine();
    line_of_last = line;
    text.Add(cells[11], {number(6), number(7), number(6) + number(8), number(7) + number(9)});
  }
  return text;
}

double ChangedOutside(const paper::Picture& before, const paper::Picture& after, const paper::PaperPage& page) {
  if (before.samples.size() != after.samples.size()) return 1;
  const double scale = before.width / page.width;
  size_t outside = 0;
  size_t changed = 0;
  for (uint32_t y = 0; y < before.height; ++y) {
    for (uint32_t x = 0; x < before.width; ++x) {
      const paper::Box pixel{x / scale, y / scale, (x + 1) / scale, (y + 1) / scale};
      bool inside = false;
      for (const paper::FoundBox& found : page.found) {
        for (const paper::Box& box : found.boxes) inside = inside || box.Grown(2).Meets(pixel);
      }
      if (inside) continue;
      ++outside;
      const size_t at = size_t{y} * before.width + x;
      const int change = static_cast<unsigned char>(before.samples[at]) - static_cast<unsigned char>(after.samples[at]);
      changed += std::abs(change) > 64 ? 1 : 0;
    }
  }
  return outside > 0 ? static_cast<double>(changed) / static_cast<double>(outside) : 0;
}

}  // namespace strongroom
