#include "cli/completion.h"

namespace strongroom {
namespace {

// The long flags in "--fields,-f NAME".
void AppendFlags(const std::string& argument, std::string& words) {
  if (!argument.starts_with('-')) return;
  const std::string flags = argument.substr(0, argument.find(' '));
  for (size_t begin = 0; begin < flags.size();) {
    const size_t end = std::min(flags.find(',', begin), flags.size());
    const std::string flag = flags.substr(begin, end - begin);
    if (flag.starts_with("--")) words += " " + flag;
    begin = end + 1;
  }
}

}  // namespace

std::string BashCompletion(const std::vector<CommandLine::Description>& commands) {
  std::string globals = " --help";
  for (const auto& argument : commands.front().arguments) AppendFlags(argument.name, globals);

  std::string cases;
  for (const auto& command : commands) {
    std::string words;
    const std::string prefix = command.path.empty() ? "" : command.path + " ";
    for (const auto& other : commands) {
      const bool is_child = other.path.size() > prefix.size() && other.path.starts_with(prefix) &&
                            other.path.find(' ', prefix.size()) == std::string::npos;
      if (is_child) words += " " + other.path.substr(prefix.size());
    }
    if (!command.path.empty()) {
      for (const auto& argument : command.arguments) AppendFlags(argument.name, words);
    }
    cases += "    \"" + command.path + "\") words=\"" + (words.empty() ? words : words.substr(1)) + "\" ;;\n";
  }
  return "# bash completion of strongroom; load it with: source <(strongroom completion bash)\n"
         "_strongroom() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" words=\"\" i\n"
         "  _strongroom_words() {\n"
         "    case \"$1\" in\n" +
         cases +
         "    *) return 1 ;;\n"
         "    esac\n"
         "  }\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    local next=\"${path:+$path }${COMP_WORDS[i]}\"\n"
         "    if _strongroom_words \"$next\"; then path=\"$next\"; fi\n"
         "  done\n"
         "  _strongroom_words \"$path\"\n"
         "  if [[ \"$current\" == -* ]]; then words=\"$words" +
         globals +
         "\"; fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _strongroom strongroom\n";
}

}  // namespace strongroom
