// make_customers [ROWS [SEED]] > customers.csv: invented customers for trying Strongroom out (see customers.h).
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "tools/customers.h"

namespace {

template <typename T>
bool Parse(std::string_view text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  size_t rows = 10000;
  uint64_t seed = 1;
  if (argc > 3 || (argc > 1 && !Parse(argv[1], &rows)) || (argc > 2 && !Parse(argv[2], &seed)) || rows > 10000000) {
    std::fputs(
        "usage: make_customers [ROWS [SEED]] > customers.csv   (10000 rows and seed 1 make examples/customers.csv)\n",
        stderr);
    return 2;
  }
  const std::string csv = strongroom::tools::MakeCustomers(seed, rows);
  if (std::fwrite(csv.data(), 1, csv.size(), stdout) != csv.size() || std::fflush(stdout) != 0) {
    std::perror("make_customers: writing failed");
    return 1;
  }
  return 0;
}
