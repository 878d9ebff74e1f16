#include "net/address_memory.h"

#include <algorithm>

#include "core/limits.h"

namespace sonoran::net {
namespace {

using Address = AddressMemory::Address;

bool has(const std::vector<Address>& list, const Address& address) {
  return std::ranges::find(list, address) != list.end();
}

/// The families by turns, beginning with that of the first.
std::vector<Address> interleaved(const std::vector<Address>& found) {
  std::vector<Address> one, other, order;
  for (const Address& address : found)
    (address.protocol() == found.front().protocol() ? one : other).push_back(address);
  for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
    if (i < one.size()) order.push_back(one[i]);
    if (i < other.size()) order.push_back(other[i]);
  }
  return order;
}

}  // namespace

std::vector<Address> AddressMemory::order(const std::vector<Address>& found) const {
  std::vector<Address> order;
  const auto add = [&](const Address& address) {
    if (!has(order, address)) order.push_back(address);
  };
  if (worked_ && has(found, *worked_)) add(*worked_);
  for (const Address& address : interleaved(found)) {
    if (std::ranges::find(failed_, address) == failed_.end()) add(address);
  }
  for (const Address& address : failed_) {
    if (has(found, address)) add(address);
  }
  if (order.size() > limits::kDialAddresses) order.resize(limits::kDialAddresses);
  return order;
}

void AddressMemory::worked(const Address& address) {
  worked_ = address;
  std::erase(failed_, address);
}

void AddressMemory::failed(const Address& address) {
  if (worked_ == address) worked_.reset();
  std::erase(failed_, address);
  failed_.push_back(address);
  if (failed_.size() > limits::kFailedAddresses) failed_.pop_front();
}

}  // namespace sonoran::net
