#include "attack/guess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace attack {
namespace {

using ExpectedRows = std::map<IndexRow, double>;  // how many of each the thief expects

ExpectedRows Expect(const FieldDef& field, const std::vector<Known>& known, size_t people) {
  ExpectedRows expected;
  for (const Known& one : known) {
    for (const IndexRow& row : RowsOfValue(field, one.value)) expected[row] += one.share * static_cast<double>(people);
  }
  return expected;
}

// How badly a number fits an expected one; about 1 for what chance does.
double Misfit(double seen, double expected) { return (seen - expected) * (seen - expected) / (expected + 1); }

// Which plain rows the rows of a person truly are, to score with.
std::map<Blinded, IndexRow> Truth(const FieldDef& field, const std::vector<std::string>& values, const Stolen& stolen) {
  std::map<Blinded, IndexRow> truth;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::vector<IndexRow> rows = RowsOfValue(field, values[i]);
    for (size_t k = 0; k < rows.size(); ++k) truth[stolen.written_together[i][k]] = rows[k];  // written in this order
  }
  return truth;
}

struct Group {  // people whose rows are the same
  std::vector<Blinded> rows;
  std::vector<size_t> people;
  std::vector<double>
      profile;  // how often its rows occur, in the order they were written: the product's order is no secret
  size_t guess = 0;
};

std::vector<Group> GroupsOf(const Stolen& stolen) {
  std::map<std::vector<Blinded>, Group> by_rows;
  for (size_t i = 0; i < stolen.written_together.size(); ++i) {
    by_rows[stolen.written_together[i]].people.push_back(i);
  }
  std::vector<Group> groups;
  for (auto& [rows, group] : by_rows) {
    group.rows = rows;
    for (const Blinded& row : rows) group.profile.push_back(static_cast<double>(stolen.rows.at(row)));
    groups.push_back(std::move(group));
  }
  return groups;
}

struct Candidate {
  std::vector<IndexRow> rows;
  std::vector<double> profile;
  double expected = 0;
};

double ProfileMisfit(const Group& group, const Candidate& candidate) {
  if (group.profile.size() != candidate.profile.size()) return std::numeric_limits<double>::infinity();
  double sum = Misfit(static_cast<double>(group.people.size()), candidate.expected);
  for (size_t i = 0; i < group.profile.size(); ++i) sum += Misfit(group.profile[i], candidate.profile[i]);
  return sum / static_cast<double>(group.profile.size() + 1);
}

// Who chooses first: the largest groups, or the pairs that fit best.  Each value goes to one group.
enum class First { kLargest, kBestFit };

void Assign(std::vector<Group>& groups, const std::vector<Candidate>& candidates,
            const std::vector<std::vector<double>>& misfit, First first) {
  std::vector<std::tuple<double, double, size_t, size_t>> pairs;
  for (size_t g = 0; g < groups.size(); ++g) {
    const double turn = first == First::kLargest ? -static_cast<double>(groups[g].people.size()) : 0;
    for (size_t c = 0; c < candidates.size(); ++c) {
      if (std::isfinite(misfit[g][c])) pairs.emplace_back(turn, misfit[g][c], g, c);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<bool> given(groups.size());
  std::vector<bool> taken(candidates.size());
  for (const auto& [turn, badness, g, c] : pairs) {
    if (given[g] || taken[c]) continue;
    groups[g].guess = c;
    given[g] = taken[c] = true;
  }
}

// Where a value is one row: the most frequent for the one expected to be.  No assignment fits counts better.
void AssignByRank(std::vector<Group>& groups, const std::vector<Candidate>& candidates) {
  std::sort(groups.begin(), groups.end(),
            [](const Group& a, const Group& b) { return a.people.size() > b.people.size(); });
  std::vector<size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return candidates[a].expected > candidates[b].expected; });
  for (size_t i = 0; i < groups.size(); ++i) groups[i].guess = order[std::min(i, order.size() - 1)];
}

// What a blinded row is, by the guesses for all groups it is in: the plain row most of their people have, if its number
// fits.
std::map<Blinded, IndexRow> NameByVote(const std::vector<Group>& groups, const std::vector<Candidate>& candidates,
                                       const Stolen& stolen, const ExpectedRows& expected) {
  std::map<Blinded, std::map<IndexRow, double>> votes;
  for (const Group& group : groups) {
    for (const Blinded& row : group.rows) {
      for (const IndexRow& plain : candidates[group.guess].rows) {
        votes[row][plain] += std::sqrt(static_cast<double>(group.people.size()));
      }
    }
  }
  std::map<Blinded, IndexRow> names;
  for (const auto& [row, plain_rows] : votes) {
    double best = 0;
    for (const auto& [plain, vote] : plain_rows) {
      const double fits = vote / (1 + Misfit(static_cast<double>(stolen.rows.at(row)), expected.at(plain)) / 4);
      if (fits > best) {
        best = fits;
        names[row] = plain;
      }
    }
  }
  return names;
}

}  // namespace

NamedRows NameRows(const FieldDef& field, const std::vector<Known>& known, const std::vector<std::string>& values,
                   const Stolen& stolen) {
  std::vector<std::pair<size_t, Blinded>> seen;
  for (const auto& [row, count] : stolen.rows) seen.emplace_back(count, row);
  std::sort(seen.rbegin(), seen.rend());
  std::vector<std::pair<double, IndexRow>> expected;
  for (const auto& [row, count] : Expect(field, known, values.size())) expected.emplace_back(count, row);
  std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto truth = Truth(field, values, stolen);
  size_t right = 0;
  size_t all = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    all += seen[i].first;
    if (i < expected.size() && truth.at(seen[i].second) == expected[i].second) right += seen[i].first;
  }
  size_t most = 0;
  for (const auto& [row, plain] : truth) most = plain == expected.front().second ? stolen.rows.at(row) : most;
  return {static_cast<double>(right) / static_cast<double>(all), static_cast<double>(most) / static_cast<double>(all)};
}

namespace {

// Rows that are named tell of the other sets they are in; answers how badly all of it fits in the end, which the thief
// can tell, too.
double Refine(std::vector<Group>& groups, const std::vector<Candidate>& candidates,
              const std::vector<std::vector<double>>& profile, const Stolen& stolen, const ExpectedRows& expected,
              First first) {
  constexpr int kRounds = 12;
  Assign(groups, candidates, profile, first);
  for (int round = 0; round < kRounds; ++round) {
    const auto names = NameByVote(groups, candidates, stolen, expected);
    std::vector<std::vector<double>> misfit = profile;
    for (size_t g = 0; g < groups.size(); ++g) {
      std::set<IndexRow> named;
      for (const Blinded& row : groups[g].rows) {
        if (const auto found = names.find(row); found != names.end()) named.insert(found->second);
      }
      for (size_t c = 0; c < candidates.size(); ++c) {
        if (!std::isfinite(misfit[g][c])) continue;
        size_t shared = 0;
        for (const IndexRow& row : candidates[c].rows) shared += named.contains(row) ? 1 : 0;
        misfit[g][c] -= 8.0 * static_cast<double>(shared) / static_cast<double>(candidates[c].rows.size());
      }
    }
    Assign(groups, candidates, misfit, first);
  }
  double all = 0;
  for (size_t g = 0; g < groups.size(); ++g) all += std::min(profile[g][groups[g].guess], 1e9);
  return all;
}

}  // namespace

std::vector<std::string> GuessTexts(const FieldDef& field, const std::vector<Known>& known, const Stolen& stolen) {
  const size_t people = stolen.written_together.size();
  const ExpectedRows expected = Expect(field, known, people);
  std::vector<Candidate> candidates;
  for (const Known& one : known) {
    Candidate candidate{RowsOfValue(field, one.value), {}, one.share * static_cast<double>(people)};
    for (const IndexRow& row : candidate.rows) candidate.profile.push_back(expected.at(row));
    candidates.push_back(std::move(candidate));
  }
  std::vector<Group> groups = GroupsOf(stolen);
  if (std::all_of(groups.begin(), groups.end(), [](const Group& group) { return group.rows.size() == 1; })) {
    AssignByRank(groups, candidates);
  } else {
    std::vector<std::vector<double>> profile(groups.size(), std::vector<double>(candidates.size()));
    for (size_t g = 0; g < groups.size(); ++g) {
      for (size_t c = 0; c < candidates.size(); ++c) profile[g][c] = ProfileMisfit(groups[g], candidates[c]);
    }
    std::vector<Group> other = groups;
    const double by_fit = Refine(groups, candidates, profile, stolen, expected, First::kBestFit);
    if (Refine(other, candidates, profile, stolen, expected, First::kLargest) < by_fit) groups = std::move(other);
  }
  std::vector<std::string> guesses(people);
  for (const Group& group : groups) {
    for (const size_t person : group.people) guesses[person] = known[group.guess].value;
  }
  return guesses;
}

std::vector<std::string> GuessOrdered(const FieldDef& field, const std::vector<Known>& known, const Stolen& stolen) {
  constexpr int kLookAhead = 2;
  constexpr double kEnough = 20;  // people, for their spread below to say something
  const size_t people = stolen.written_together.size();
  const auto scale = RangeScale::Of(field.type, field.range);
  const int levels = scale->levels();
  // What is expected in each true node, and the middle of those of the smallest.
  std::vector<std::map<uint32_t, double>> expected(static_cast<size_t>(levels));
  std::map<uint32_t, std::vector<std::string>> values_of;
  for (const Known& one : known) {
    const uint32_t place = *scale->PlaceOf(one.value);
    for (const RangeNode& node : scale->NodesOf(place))
      expected[node.level][node.node] += one.share * static_cast<double>(people);
    values_of[place].push_back(one.value);
  }
  // The tree that is seen: of rows written together, the more frequent one is above.
  std::map<Blinded, std::set<Blinded>> children;
  std::map<size_t, Blinded> leaf_of;
  for (size_t i = 0; i < people; ++i) {
    std::vector<Blinded> rows = stolen.written_together[i];
    std::sort(rows.begin(), rows.end(), [&](const Blinded& a, const Blinded& b) {
      return std::pair(stolen.rows.at(a), a) > std::pair(stolen.rows.at(b), b);
    });
    children[{}].insert(rows.front());
    for (size_t k = 0; k + 1 < rows.size(); ++k) children[rows[k]].insert(rows[k + 1]);
    leaf_of[i] = rows.back();
  }
  const auto expected_at = [&](uint32_t node, int level) {
    const auto found = expected[static_cast<size_t>(level)].find(node);
    return found == expected[static_cast<size_t>(level)].end() ? 0 : found->second;
  };
  // Which child is seen for which interval, and how badly that fits: their own numbers, and those of what is below them
  // for some levels.
  struct Matched {
    double misfit = 0;
    std::array<Blinded, 4> child;  // empty: nobody is in it
  };
  const auto match = [&](auto&& self, const Blinded& seen, uint32_t node, int level, int look_ahead) -> Matched {
    std::vector<Blinded> below;
    if (const auto found = children.find(seen); found != children.end())
      below.assign(found->second.begin(), found->second.end());
    below.resize(std::max<size_t>(below.size(), 4));
    double misfit[4][4];
    for (size_t i = 0; i < 4; ++i) {
      const double count = below[i].empty() ? 0 : static_cast<double>(stolen.rows.at(below[i]));
      for (uint32_t k = 0; k < 4; ++k) {
        misfit[i][k] = Misfit(count, expected_at(node * 4 + k, level - 1));
        if (look_ahead > 0 && level > 1 && count > kEnough) {
          misfit[i][k] += self(self, below[i], node * 4 + k, level - 1, look_ahead - 1).misfit;
        }
      }
    }
    std::array<size_t, 4> order{0, 1, 2, 3};
    Matched best{std::numeric_limits<double>::infinity(), {}};
    do {
      const double sum = misfit[order[0]][0] + misfit[order[1]][1] + misfit[order[2]][2] + misfit[order[3]][3];
      if (sum < best.misfit) best = {sum, {below[order[0]], below[order[1]], below[order[2]], below[order[3]]}};
    } while (std::next_permutation(order.begin(), order.end()));
    return best;
  };
  std::map<Blinded, uint32_t> leaf_guess;
  const auto descend = [&](auto&& self, const Blinded& seen, uint32_t node, int level) -> void {
    if (level == 0) {
      leaf_guess[seen] = node;
      return;
    }
    const Matched matched = match(match, seen, node, level, kLookAhead);
    for (uint32_t k = 0; k < 4; ++k) {
      if (!matched.child[k].empty()) self(self, matched.child[k], node * 4 + k, level - 1);
    }
  };
  descend(descend, {}, 0, levels);
  std::vector<std::string> guesses(people);
  for (size_t i = 0; i < people; ++i) {
    const auto guess = leaf_guess.find(leaf_of[i]);
    // A place nobody can be at: the nearest one somebody can.
    auto values = guess == leaf_guess.end() ? values_of.begin() : values_of.lower_bound(guess->second);
    if (values == values_of.end()) values = std::prev(values);
    guesses[i] = values->second[values->second.size() / 2];
  }
  return guesses;
}

}  // namespace attack
