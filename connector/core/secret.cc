#include "connector/core/secret.h"

#include <cstring>
#include <utility>

namespace connector {

Secret::Secret(std::string value) : value_(std::move(value)) {}
Secret::Secret(const Secret& other) = default;

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    explicit_bzero(value_.data(), value_.size());
    value_ = other.value_;
  }
  return *this;
}

Secret::~Secret() { explicit_bzero(value_.data(), value_.size()); }

}  // namespace connector
