#include "names/training/augment.h"

#include <string>
#include <vector>

#include "names/unicode.h"

namespace strongroom::names {
namespace {

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Applies `change` to each code point; it answers what to write in its place, by appending.
template <typename Change>
Sample Rewrite(const Sample& sample, const Change& change) {
  Sample changed = sample;
  changed.text.clear();
  std::vector<size_t> moved(sample.text.size() + 1);
  for (size_t at = 0; at < sample.text.size();) {
    const Decoded next = DecodeAt(sample.text, at);
    for (size_t i = at; i < at + next.size; ++i) moved[i] = changed.text.size();
    change(at, next, changed.text);
    at += next.size;
  }
  moved[sample.text.size()] = changed.text.size();
  for (Span& span : changed.spans) {
    span.begin = moved[span.begin];
    span.end = moved[span.end];
  }
  std::erase_if(changed.spans, [](const Span& span) { return span.begin >= span.end; });
  return changed;
}

uint32_t UpperOf(uint32_t code) {
  if (code >= 'a' && code <= 'z') return code - 0x20;
  if (code >= 0xE0 && code <= 0xFE && code != 0xF7) return code - 0x20;
  if (code >= 0x100 && code < 0x180 && Fold(code - 1).code == code) return code - 1;
  return code;
}

}  // namespace

Sample JoinMarks(const Sample& sample) {
  const std::string& text = sample.text;
  return Rewrite(sample, [&](size_t at, Decoded next, std::string& out) {
    const char after = at + 1 < text.size() ? text[at + 1] : ' ';
    const bool mark_after = after == ',' || after == '.' || after == '!' || after == '?' || after == ':' ||
                            after == ';' || after == ')' || after == '\'' || after == '%';
    const bool opened = !out.empty() && (out.back() == '(' || out.back() == '$' || out.back() == '#');
    if (next.code == ' ' && (mark_after || opened)) return;
    AppendUtf8(next.code, out);
  });
}

Sample Augment(const Sample& sample, const TrainerOptions& options, SeededRandom& random) {
  Sample changed = random.Chance(options.join_marks) ? JoinMarks(sample) : sample;
  const double at = random.Real();
  if (at < options.lower_case) {
    return Rewrite(changed, [](size_t, Decoded next, std::string& out) {
      AppendUtf8(next.code < 0x3000 ? Fold(next.code).code : next.code, out);
    });
  }
  if (at < options.lower_case + options.upper_case) {
    return Rewrite(changed, [](size_t, Decoded next, std::string& out) { AppendUtf8(UpperOf(next.code), out); });
  }
  return changed;
}

}  // namespace strongroom::names
