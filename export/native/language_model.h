// The language model of a bundle through LiteRT's C API: reads a context, then scores a tree of tokens over it.
// Slots, positions and masks are those of export/README.md, "The graph".
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "bundle.h"
#include "litert_c.h"

inline void check(LiteRtStatus status, const char* what) {
  if (status != 0) throw std::runtime_error(std::string(what) + " failed with LiteRT status " + std::to_string(status));
}

// The first signature of a graph, compiled for the CPU, with a buffer in host memory for each tensor.
class Graph {
 public:
  Graph(const Bundle& bundle, const std::string& key) {
    check(LiteRtCreateEnvironment(0, nullptr, &environment_), "creating the environment");
    check(LiteRtCreateModelFromBuffer(environment_, bundle.graph.data(), bundle.graph.size(), &model_), "reading the graph");
    find_signature(key);
    check(LiteRtCreateOptions(&options_), "creating options");
    check(LiteRtSetOptionsHardwareAccelerators(options_, kLiteRtHwAcceleratorCpu), "choosing the CPU");
    check(LiteRtCreateCompiledModel(environment_, model_, options_, &compiled_), "compiling the graph");
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() {
    for (auto& [name, tensor] : tensors_) LiteRtDestroyTensorBuffer(tensor.buffer);
    LiteRtDestroyCompiledModel(compiled_);
    LiteRtDestroyOptions(options_);
    LiteRtDestroyModel(model_);
    LiteRtDestroyEnvironment(environment_);
  }

  // `count` elements of 4 bytes, as every tensor of the graph has them.
  void write(const std::string& name, const void* from) {
    Tensor& tensor = tensors_.at(name);
    void* address = nullptr;
    check(LiteRtLockTensorBuffer(tensor.buffer, &address, kLiteRtTensorBufferLockModeWrite), "locking an input");
    std::memcpy(address, from, tensor.bytes);
    check(LiteRtUnlockTensorBuffer(tensor.buffer), "unlocking an input");
  }
  std::vector<float> read(const std::string& name) {
    Tensor& tensor = tensors_.at(name);
    std::vector<float> values(tensor.bytes / sizeof(float));
    void* address = nullptr;
    check(LiteRtLockTensorBuffer(tensor.buffer, &address, kLiteRtTensorBufferLockModeRead), "locking an output");
    std::memcpy(values.data(), address, tensor.bytes);
    check(LiteRtUnlockTensorBuffer(tensor.buffer), "unlocking an output");
    return values;
  }
  void run() {
    check(LiteRtRunCompiledModel(compiled_, signature_, inputs_.size(), inputs_.data(), outputs_.size(), outputs_.data()),
          "running the graph");
  }

 private:
  struct Tensor {
    LiteRtTensorBuffer buffer;
    size_t bytes;
  };

  void find_signature(const std::string& key) {
    LiteRtParamIndex signatures = 0;
    check(LiteRtGetNumModelSignatures(model_, &signatures), "counting signatures");
    LiteRtSignature signature = nullptr;
    for (signature_ = 0; signature_ < signatures; ++signature_) {
      const char* name = nullptr;
      check(LiteRtGetModelSignature(model_, signature_, &signature), "reading a signature");
      check(LiteRtGetSignatureKey(signature, &name), "reading a signature's key");
      if (key == name) break;
    }
    if (signature_ == signatures) throw std::runtime_error("the graph has no signature " + key + ": make the bundle again");
    LiteRtParamIndex count = 0;
    check(LiteRtGetNumSignatureInputs(signature, &count), "counting inputs");
    for (LiteRtParamIndex place = 0; place < count; ++place) {
      const char* name = nullptr;
      LiteRtTensor tensor = nullptr;
      check(LiteRtGetSignatureInputName(signature, place, &name), "naming an input");
      check(LiteRtGetSignatureInputTensorByIndex(signature, place, &tensor), "finding an input");
      inputs_.push_back(add(name, tensor));
    }
    check(LiteRtGetNumSignatureOutputs(signature, &count), "counting outputs");
    for (LiteRtParamIndex place = 0; place < count; ++place) {
      const char* name = nullptr;
      LiteRtTensor tensor = nullptr;
      check(LiteRtGetSignatureOutputName(signature, place, &name), "naming an output");
      check(LiteRtGetSignatureOutputTensorByIndex(signature, place, &tensor), "finding an output");
      outputs_.push_back(add(name, tensor));
    }
  }

  LiteRtTensorBuffer add(const char* name, LiteRtTensor tensor) {
    LiteRtRankedTensorType type{};
    check(LiteRtGetRankedTensorType(tensor, &type), "reading a tensor's type");
    size_t bytes = 4;
    for (unsigned axis = 0; axis < type.layout.rank; ++axis) bytes *= type.layout.dimensions[axis];
    LiteRtTensorBuffer buffer = nullptr;
    check(LiteRtCreateManagedTensorBuffer(environment_, kLiteRtTensorBufferTypeHostMemory, &type, bytes, &buffer),
          "creating a buffer");
    tensors_[name] = {buffer, bytes};
    return buffer;
  }

  LiteRtEnvironment environment_ = nullptr;
  LiteRtModel model_ = nullptr;
  LiteRtOptions options_ = nullptr;
  LiteRtCompiledModel compiled_ = nullptr;
  LiteRtParamIndex signature_ = 0;
  std::map<std::string, Tensor> tensors_;
  std::vector<LiteRtTensorBuffer> inputs_, outputs_;
};

using Rows = std::vector<std::vector<float>>;

class LanguageModel {
 public:
  explicit LanguageModel(const Bundle& bundle)
      : shape_(bundle.shape),
        graph_(bundle, "t" + std::to_string(bundle.shape.bucket)),
        k_(size_t(shape_.n_layer) * shape_.n_head * shape_.slots * shape_.head_dim),
        v_(k_.size()) {}

  // Reads a context; gives the logprobs after its last token.
  std::vector<float> read(std::vector<int> tokens) {
    const int over = std::max(0, int(tokens.size()) - shape_.context_len);
    tokens.erase(tokens.begin(), tokens.begin() + (over + shape_.hop - 1) / shape_.hop * shape_.hop);
    length_ = int(tokens.size());
    depths_.clear();
    ancestors_.clear();
    Rows rows;
    for (int past = 0; past < length_; past += shape_.bucket) {
      const int n = std::min(shape_.bucket, length_ - past);
      std::vector<int> positions;
      std::vector<std::vector<int>> seen(n);
      for (int row = 0; row < n; ++row) {
        positions.push_back(past + row);
        for (int slot = 0; slot < past; ++slot) seen[row].push_back(slot);
        for (int before = 0; before <= row; ++before) seen[row].push_back(shape_.slots + before);
      }
      rows = call({tokens.begin() + past, tokens.begin() + past + n}, positions, seen, past);
    }
    return rows.back();
  }

  // Appends a token to each parent (-1 is the context, others are numbered as they came); gives what may follow each.
  Rows score(const std::vector<int>& parents, const std::vector<int>& tokens) {
    const int first = int(depths_.size()), n = int(tokens.size());
    if (n > shape_.bucket || shape_.context_len + first + n > shape_.slots) {
      throw std::runtime_error("too many tokens for a search: read a context to begin another");
    }
    std::vector<int> positions;
    std::vector<std::vector<int>> seen(n);
    for (int row = 0; row < n; ++row) {
      const int parent = parents[row];
      if (parent < -1 || parent >= first) throw std::runtime_error("there is no node " + std::to_string(parent));
      const std::vector<int> above = parent < 0 ? std::vector<int>() : ancestors_[parent];
      positions.push_back(length_ + (parent < 0 ? 0 : depths_[parent]));
      for (int slot = 0; slot < length_; ++slot) seen[row].push_back(slot);
      seen[row].insert(seen[row].end(), above.begin(), above.end());
      seen[row].push_back(shape_.slots + row);
      depths_.push_back(positions.back() - length_ + 1);
      ancestors_.push_back(above);
      ancestors_.back().push_back(shape_.context_len + first + row);
    }
    return call(tokens, positions, seen, shape_.context_len + first);
  }

 private:
  Rows call(const std::vector<int>& tokens, const std::vector<int>& positions, const std::vector<std::vector<int>>& seen,
            int first_slot) {
    const int n = int(tokens.size()), bucket = shape_.bucket, columns = shape_.slots + bucket;
    std::vector<int> padded_tokens(tokens), padded_positions(positions);
    padded_tokens.resize(bucket);
    padded_positions.resize(bucket);
    std::vector<float> mask(size_t(bucket) * columns, -10000.f);
    for (int row = 0; row < n; ++row) {
      for (int column : seen[row]) mask[size_t(row) * columns + column] = 0.f;
    }
    graph_.write("tokens", padded_tokens.data());
    graph_.write("positions", padded_positions.data());
    graph_.write("mask", mask.data());
    graph_.write("k", k_.data());
    graph_.write("v", v_.data());
    graph_.run();
    keep(graph_.read("new_k"), k_, n, first_slot);
    keep(graph_.read("new_v"), v_, n, first_slot);
    const std::vector<float> logprobs = graph_.read("logprobs");
    Rows rows;
    for (int row = 0; row < n; ++row) {
      rows.emplace_back(logprobs.begin() + size_t(row) * shape_.vocab_size,
                        logprobs.begin() + size_t(row + 1) * shape_.vocab_size);
    }
    return rows;
  }

  void keep(const std::vector<float>& fresh, std::vector<float>& cache, int n, int first_slot) {
    const int heads = shape_.n_layer * shape_.n_head, size = shape_.head_dim;
    for (int head = 0; head < heads; ++head) {
      std::copy_n(fresh.begin() + size_t(head) * shape_.bucket * size, n * size,
                  cache.begin() + (size_t(head) * shape_.slots + first_slot) * size);
    }
  }

  Shape shape_;
  Graph graph_;
  std::vector<float> k_, v_;  // [n_layer, n_head, slots, head_dim]
  int length_ = 0;
  std::vector<int> depths_;
  std::vector<std::vector<int>> ancestors_;
};
