// Logprobs of a bundle from native code: `logprobs en.bundle`, then lines on standard input:
//
//     read 2 344 913            a context, by its tokens            -> one line
//     score -1:275 -1:417       a token after each of some nodes    -> a line for each
//
// A line of the answer is the eight likeliest tokens: `token:logprob token:logprob ...`, best first.
#include <cstdio>
#include <iostream>
#include <numeric>
#include <sstream>

#include "language_model.h"

namespace {

void print_top(const std::vector<float>& logprobs) {
  std::vector<int> tokens(logprobs.size());
  std::iota(tokens.begin(), tokens.end(), 0);
  std::partial_sort(tokens.begin(), tokens.begin() + 8, tokens.end(), [&](int a, int b) {
    return logprobs[a] != logprobs[b] ? logprobs[a] > logprobs[b] : a < b;
  });
  for (int place = 0; place < 8; ++place) std::printf("%d:%.5f ", tokens[place], logprobs[tokens[place]]);
  std::printf("\n");
}

void carry_out(LanguageModel& model, const std::string& line) {
  std::istringstream words(line);
  std::string verb, word;
  words >> verb;
  std::vector<int> parents, tokens;
  while (words >> word) {
    const size_t colon = word.find(':');
    if (verb == "score") parents.push_back(std::stoi(word.substr(0, colon)));
    tokens.push_back(std::stoi(word.substr(verb == "score" ? colon + 1 : 0)));
  }
  if (tokens.empty() || (verb != "read" && verb != "score")) {
    throw std::runtime_error("cannot follow \"" + line + "\": say read TOKEN... or score PARENT:TOKEN...");
  }
  if (verb == "read") {
    print_top(model.read(tokens));
  } else {
    for (const auto& row : model.score(parents, tokens)) print_top(row);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: logprobs BUNDLE\n");
    return 2;
  }
  try {
    const Bundle bundle = read_bundle(arguments[1]);
    LanguageModel model(bundle);
    for (std::string line; std::getline(std::cin, line);) carry_out(model, line);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
    return 1;
  }
  return 0;
}
