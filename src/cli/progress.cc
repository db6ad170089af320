#include "cli/progress.h"

#include <algorithm>
#include <cstdio>

namespace strongroom {
namespace {

constexpr size_t kBarWidth = 20;
constexpr double kBytesPerMiB = 1024.0 * 1024.0;

std::string MiB(uint64_t bytes) {
  char text[32];
  const int size = snprintf(text, sizeof text, "%.1f", static_cast<double>(bytes) / kBytesPerMiB);
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

}  // namespace

std::string WithThousands(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string DurationText(int64_t seconds) {
  const auto two = [](int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const std::string tail = two(seconds % 60);
  if (seconds < 3600) return std::to_string(seconds / 60) + ":" + tail;
  return std::to_string(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + tail;
}

std::string ProgressLine(const ProgressState& state) {
  const uint64_t total = std::max<uint64_t>(state.total_bytes, 1);
  const uint64_t percent = std::min<uint64_t>(state.done_bytes * 100 / total, 100);
  const size_t filled = static_cast<size_t>(percent) * kBarWidth / 100;
  const std::string number = std::to_string(percent);
  const bool known = state.total_bytes > 0;
  std::string line = known ? std::string(3 - number.size(), ' ') + number + " % [" + std::string(filled, '#') +
                                 std::string(kBarWidth - filled, ' ') + "]  "
                           : std::string();
  line += WithThousands(state.rows) + " " + state.what;
  if (state.elapsed_millis > 0 && state.rows_this_run > 0) {
    line += "  " + WithThousands(state.rows_this_run * 1000 / static_cast<uint64_t>(state.elapsed_millis)) + "/s";
  }
  line += "  " + MiB(state.done_bytes) + (known ? " of " + MiB(state.total_bytes) : "") + " MiB";
  if (state.elapsed_millis > 0 && state.bytes_this_run > 0 && state.done_bytes < state.total_bytes) {
    const double left = static_cast<double>(state.total_bytes - state.done_bytes) *
                        static_cast<double>(state.elapsed_millis) / static_cast<double>(state.bytes_this_run) / 1000.0;
    line += "  " + DurationText(static_cast<int64_t>(left + 0.5)) + " left";
  }
  return line;
}

void ProgressBar::Show(const ProgressState& state) {
  if (!active_) return;
  std::string line = ProgressLine(state);
  const size_t size = line.size();
  if (size < drawn_) line.append(drawn_ - size, ' ');  // what the longer line before left behind
  drawn_ = size;
  terminal_.Err("\r" + line);
}

void ProgressBar::Clear() {
  if (drawn_ == 0) return;
  terminal_.Err("\r" + std::string(drawn_, ' ') + "\r");
  drawn_ = 0;
}

}  // namespace strongroom
