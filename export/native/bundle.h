// A bundle, read as export/README.md lays it out: the sizes of the graph and the graph itself.
// Checks magic, version, completeness and lengths. An app that downloads its bundle verifies the SHA-256 sums as well.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

struct Shape {
  int vocab_size, n_layer, n_head, head_dim, context_len, hop, slots;
  int bucket;  // rows of a call
};

struct Bundle {
  Shape shape;
  std::vector<char> graph;
};

// The first number after `"name":` (and after a `[`, if there is one) from a place of the manifest on.
inline long number_after(const std::string& json, size_t from, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":", from);
  if (at == std::string::npos) throw std::runtime_error("the manifest lacks " + name + ": make the bundle again");
  return std::stol(json.substr(json.find_first_of("0123456789", at + name.size() + 3)));
}

inline Bundle read_bundle(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be opened: name a bundle");
  const std::vector<char> data((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto number = [&](size_t at, size_t bytes) {
    uint64_t value = 0;
    std::memcpy(&value, data.data() + at, bytes);  // little-endian, as every machine this is built for
    return value;
  };
  if (data.size() < 56 || std::memcmp(data.data(), "\x89" "ACB\r\n\x1a\n", 8) != 0) {
    throw std::runtime_error(path + " is no bundle: fetch it again, in binary");
  }
  if (number(8, 4) != 1) throw std::runtime_error(path + " has a format version other than 1: use a newer program");
  if (number(12, 4) != 1) throw std::runtime_error(path + " was never finished: fetch it again");
  const uint64_t length = number(16, 8);
  if (length > data.size() - 56) throw std::runtime_error(path + " ends inside its manifest: fetch it again");
  const std::string json(data.data() + 56, length);

  const size_t shape = json.find("\"shape\"");
  const auto size = [&](const char* name) { return static_cast<int>(number_after(json, shape, name)); };
  Bundle bundle{{size("vocab_size"), size("n_layer"), size("n_head"), size("head_dim"), size("context_len"), size("hop"),
                 size("slots"), size("buckets")},
                {}};
  const size_t buckets = json.find("\"buckets\":", shape);
  if (json.substr(buckets, json.find(']', buckets) - buckets).find(',') != std::string::npos) {
    throw std::runtime_error(path + " has several buckets, this program knows one: see export/README.md, reading a context");
  }
  const size_t graph = json.find("\"graph\":", json.rfind("\"sections\""));
  const size_t offset = number_after(json, graph, "offset"), bytes = number_after(json, graph, "length");
  if (offset > data.size() || bytes > data.size() - offset) {
    throw std::runtime_error(path + " ends inside its graph: fetch it again");
  }
  bundle.graph.assign(data.begin() + offset, data.begin() + offset + bytes);
  return bundle;
}
