// A list that may be made by index instead of being kept: a million generated members take no more memory than one.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mock_registry {

// Items by index, always the same.
template <typename Item>
class Source {
 public:
  virtual ~Source() = default;
  virtual std::size_t size() const = 0;
  virtual Item At(std::size_t index) const = 0;
  // The index of the item with this name.
  virtual std::optional<std::size_t> Find(const std::string& name) const = 0;
};

inline const std::string& NameOf(const std::string& name) { return name; }

// What a source makes, then what is listed. Copies share the source. NameOf(item) is an item's name.
template <typename Item>
class Sequence {
 public:
  class const_iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = const Item*;
    using reference = Item;

    const_iterator(const Sequence* of, std::size_t at) : of_(of), at_(at) {}
    Item operator*() const { return (*of_)[at_]; }
    const_iterator& operator++() {
      ++at_;
      return *this;
    }
    const_iterator operator++(int) { return const_iterator(of_, at_++); }
    friend bool operator==(const const_iterator& a, const const_iterator& b) { return a.at_ == b.at_; }

   private:
    const Sequence* of_;
    std::size_t at_;
  };
  using iterator = const_iterator;
  using value_type = Item;
  using size_type = std::size_t;
  using const_reference = Item;

  Sequence() = default;
  Sequence(std::initializer_list<Item> items) : listed_(items) {}
  Sequence(std::vector<Item> items) : listed_(std::move(items)) {}
  Sequence(std::shared_ptr<const Source<Item>> source) : source_(std::move(source)) {}

  std::size_t size() const { return made() + listed_.size(); }
  bool empty() const { return size() == 0; }
  // `index` is below size().
  Item operator[](std::size_t index) const { return index < made() ? source_->At(index) : listed_[index - made()]; }
  const_iterator begin() const { return const_iterator(this, 0); }
  const_iterator end() const { return const_iterator(this, size()); }

  // The index of the item with this name.
  std::optional<std::size_t> Find(const std::string& name) const {
    if (source_ != nullptr) {
      if (const auto index = source_->Find(name)) return index;
    }
    for (std::size_t i = 0; i < listed_.size(); ++i) {
      if (NameOf(listed_[i]) == name) return made() + i;
    }
    return std::nullopt;
  }

  void push_back(Item item) { listed_.push_back(std::move(item)); }

  // All items, to be changed: from now on each of them is kept.
  std::vector<Item>& Edit() {
    if (source_ != nullptr) {
      std::vector<Item> all(begin(), end());
      source_.reset();
      listed_ = std::move(all);
    }
    return listed_;
  }

  friend bool operator==(const Sequence& a, const Sequence& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!(a[i] == b[i])) return false;
    }
    return true;
  }

 private:
  std::size_t made() const { return source_ == nullptr ? 0 : source_->size(); }

  std::shared_ptr<const Source<Item>> source_;
  std::vector<Item> listed_;
};

}  // namespace mock_registry
