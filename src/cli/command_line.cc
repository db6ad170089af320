#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <map>
#include <sstream>

namespace strongroom {

struct Command::State {
  CLI::App* app = nullptr;
  RunCommand run;
  std::vector<std::string> examples;
  std::string note;
};

namespace {

std::vector<std::string> Words(const std::string& path) {
  std::istringstream stream(path);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

struct CommandLine::Impl {
  CLI::App* AddBelowParent(const std::string& path, const std::string& summary) {
    CLI::App* parent = &app;
    const std::vector<std::string> words = Words(path);
    for (size_t i = 0; i + 1 < words.size(); ++i) parent = parent->get_subcommand(words[i]);
    return parent->add_subcommand(words.back(), summary);
  }

  CLI::App app{"Strongroom keeps customers' personal data; everybody else works with codes, tokens and masks.",
               "strongroom"};
  std::vector<std::shared_ptr<Command::State>> commands;  // in the order they were added
};

namespace {

constexpr char kRootNote[] =
    "Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 not found, or no match; 4 denied; "
    "5 the server cannot be reached, is locked or overloaded; 6 an audit log does not verify; "
    "7 detect or scan found what it was asked about.";

// Examples and notes stand below the options.
std::string Footer(const Command::State& state) {
  std::string text;
  if (!state.note.empty()) text += state.note + "\n";
  if (!state.examples.empty()) text += text.empty() ? "Examples:\n" : "\nExamples:\n";
  for (const std::string& example : state.examples) text += "  " + example + "\n";
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// One value each time the option is given: it never swallows the arguments behind it.
CLI::Option* OneEach(CLI::Option* option) { return option->allow_extra_args(false); }

std::string UsageOf(const CLI::App& app, const std::string& path) {
  std::string usage = path.empty() ? "strongroom" : "strongroom " + path;
  bool has_options = false;
  std::string positionals;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) {
      has_options = has_options || option != app.get_help_ptr();
      if (option->get_required()) usage += " " + option->get_name() + " " + option->get_type_name();
      continue;
    }
    const std::string name = option->get_name(true) + (option->get_expected_max() > 1 ? "..." : "");
    positionals += option->get_required() ? " " + name : " [" + name + "]";
  }
  if (has_options) usage += " [OPTIONS]";
  usage += positionals;
  if (!app.get_subcommands({}).empty()) usage += app.get_require_subcommand_min() > 0 ? " COMMAND" : " [COMMAND]";
  return usage;
}

std::vector<CommandLine::Description::Argument> ArgumentsOf(const CLI::App& app) {
  std::vector<CommandLine::Description::Argument> arguments;
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr()) continue;
    std::string name = option->get_positional() ? option->get_name(true) : option->get_name(false, true);
    if (!option->get_positional() && option->get_type_size() != 0 && !option->get_type_name().empty()) {
      name += " " + option->get_type_name();
    }
    arguments.push_back({std::move(name), option->get_description()});
  }
  return arguments;
}

void DescribeInto(const CLI::App& app, const std::string& path, const CommandLine::Description& texts,
                  std::vector<CommandLine::Description>& all) {
  CommandLine::Description description = texts;
  description.path = path;
  description.summary = app.get_description();
  description.usage = UsageOf(app, path);
  description.arguments = ArgumentsOf(app);
  all.push_back(std::move(description));
}

}  // namespace

Command& Command::Positional(const std::string& name, std::string& target, const std::string& help) {
  state_->app->add_option(name, target, help)->required();
  return *this;
}
Command& Command::OptionalPositional(const std::string& name, std::string& target, const std::string& help) {
  state_->app->add_option(name, target, help);
  return *this;
}
Command& Command::Rest(const std::string& name, std::vector<std::string>& target, const std::string& help) {
  state_->app->add_option(name, target, help);
  return *this;
}
Command& Command::Text(const std::string& flags, std::string& target, const std::string& value,
                       const std::string& help) {
  state_->app->add_option(flags, target, help)->type_name(value);
  return *this;
}
Command& Command::RequiredText(const std::string& flags, std::string& target, const std::string& value,
                               const std::string& help) {
  state_->app->add_option(flags, target, help)->type_name(value)->required();
  return *this;
}
Command& Command::Choice(const std::string& flags, std::string& target, const std::vector<std::string>& choices,
                         const std::string& help) {
  std::string value;
  for (const std::string& choice : choices) value += (value.empty() ? "" : "|") + choice;
  const auto check = [choices, value](const std::string& given) {
    const bool known = std::find(choices.begin(), choices.end(), given) != choices.end();
    return known ? std::string() : "must be one of " + value;
  };
  state_->app->add_option(flags, target, help)->check(CLI::Validator(check, ""))->type_name(value);
  return *this;
}
Command& Command::List(const std::string& flags, std::vector<std::string>& target, const std::string& value,
                       const std::string& help) {
  OneEach(state_->app->add_option(flags, target, help))->delimiter(',')->type_name(value);
  return *this;
}
Command& Command::Many(const std::string& flags, std::vector<std::string>& target, const std::string& value,
                       const std::string& help) {
  OneEach(state_->app->add_option(flags, target, help))->type_name(value);
  return *this;
}
Command& Command::Number(const std::string& flags, int64_t& target, int64_t min, int64_t max, const std::string& help) {
  state_->app->add_option(flags, target, help)->check(CLI::Range(min, max))->type_name("NUMBER");
  return *this;
}
Command& Command::Flag(const std::string& flags, bool& target, const std::string& help) {
  state_->app->add_flag(flags, target, help);
  return *this;
}
Command& Command::Example(const std::string& line) {
  state_->examples.push_back(line);
  return *this;
}
Command& Command::Note(const std::string& text) {
  state_->note = text;
  return *this;
}
void Command::Run(RunCommand run) {
  state_->run = std::move(run);
  state_->app->footer(Footer(*state_));
}

CommandLine::CommandLine() : impl_(std::make_unique<Impl>()) {
  CLI::App& app = impl_->app;
  app.fallthrough();  // global options may stand behind the verb; inherited by all commands
  app.require_subcommand(1);
  app.set_help_flag("--help,-h", "Show this help");
  app.footer(kRootNote);
  app.get_formatter()->column_width(34);
}
CommandLine::~CommandLine() = default;

void CommandLine::Group(const std::string& path, const std::string& summary) {
  impl_->AddBelowParent(path, summary)->require_subcommand(1);
}

Command CommandLine::Add(const std::string& path, const std::string& summary) {
  auto state = std::make_shared<Command::State>();
  state->app = impl_->AddBelowParent(path, summary);
  impl_->commands.push_back(state);
  return Command(std::move(state));
}

void CommandLine::GlobalText(const std::string& flags, std::string& target, const std::string& value,
                             const std::string& help) {
  impl_->app.add_option(flags, target, help)->type_name(value);
}
void CommandLine::GlobalFlag(const std::string& flags, bool& target, const std::string& help) {
  impl_->app.add_flag(flags, target, help);
}

ParsedLine CommandLine::Parse(const std::vector<std::string>& arguments) {
  CLI::App& app = impl_->app;
  if (arguments.empty()) return {{}, app.help(), ExitCode::kUsage};
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them last first
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    if (app.exit(error, out, err) == 0) return {{}, out.str(), ExitCode::kOk};
    const CLI::App* innermost = &app;
    while (!innermost->get_subcommands().empty()) innermost = innermost->get_subcommands().front();
    std::string command;
    for (const CLI::App* at = innermost; at != nullptr; at = at->get_parent()) {
      command = at->get_name() + (command.empty() ? "" : " " + command);
    }
    return {{},
            std::string("strongroom: ") + error.what() + "\n  What to do: run '" + command +
                " --help' to see what it takes.\n",
            ExitCode::kUsage};
  }
  for (const auto& state : impl_->commands) {
    if (state->app->parsed() && state->app->get_subcommands().empty()) return {state->run, "", ExitCode::kOk};
  }
  return {{}, app.help(), ExitCode::kUsage};
}

std::vector<CommandLine::Description> CommandLine::Describe() const {
  std::vector<Description> all;
  DescribeInto(impl_->app, "", {.note = kRootNote, .runs = false}, all);
  std::map<const CLI::App*, const Command::State*> by_app;
  for (const auto& state : impl_->commands) by_app[state->app] = state.get();
  const std::function<void(const CLI::App&, const std::string&)> walk = [&](const CLI::App& parent,
                                                                            const std::string& before) {
    for (const CLI::App* app : parent.get_subcommands({})) {
      const std::string path = before.empty() ? app->get_name() : before + " " + app->get_name();
      const auto found = by_app.find(app);
      Description texts;
      texts.runs = found != by_app.end();
      if (texts.runs) {
        texts.examples = found->second->examples;
        texts.note = found->second->note;
      }
      DescribeInto(*app, path, texts, all);
      walk(*app, path);
    }
  };
  walk(impl_->app, "");
  return all;
}

}  // namespace strongroom
