// "--name value" pairs of a program's command line.
#pragma once

#include <charconv>
#include <map>
#include <string>
#include <string_view>

namespace strongroom::names {

class Arguments {
 public:
  Arguments(int count, char** words) {
    for (int i = 1; i + 1 < count; i += 2) values_[words[i]] = words[i + 1];
    complete_ = count % 2 == 1;
  }

  bool complete() const { return complete_; }
  std::string Text(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
  }
  // `value` stays as it is when the argument is missing or no number.
  template <typename T>
  void Number(const std::string& name, T& value) const {
    const std::string text = Text(name);
    std::from_chars(text.data(), text.data() + text.size(), value);
  }

 private:
  std::map<std::string, std::string> values_;
  bool complete_ = false;
};

}  // namespace strongroom::names
