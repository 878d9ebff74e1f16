#include "net/address_memory.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/address.hpp>
#include <string>

#include "core/limits.h"

namespace sonoran::net {
namespace {

using Address = AddressMemory::Address;
using Texts = std::vector<std::string>;

Address address(const std::string& text) {
  return {boost::asio::ip::make_address(text), 443};
}

Texts order(const AddressMemory& memory, const Texts& found) {
  std::vector<Address> addresses;
  for (const std::string& text : found) addresses.push_back(address(text));
  Texts order;
  for (const Address& one : memory.order(addresses)) order.push_back(one.address().to_string());
  return order;
}

TEST(AddressMemory, TheFamiliesTakeTurnsAndTheSystemsFirstBegins) {
  const AddressMemory memory;
  EXPECT_EQ(order(memory, {"::1", "::2", "::3", "10.0.0.1", "10.0.0.2"}),
            (Texts{"::1", "10.0.0.1", "::2", "10.0.0.2", "::3"}));
  EXPECT_EQ(order(memory, {"10.0.0.1", "10.0.0.2", "::1"}), (Texts{"10.0.0.1", "::1", "10.0.0.2"}));
  EXPECT_EQ(order(memory, {"::2", "::1"}), (Texts{"::2", "::1"}));
  EXPECT_EQ(order(memory, {}), Texts{});
}

TEST(AddressMemory, AnAddressThatIsThereTwiceIsTriedOnce) {
  EXPECT_EQ(order(AddressMemory(), {"10.0.0.1", "10.0.0.1", "::1", "::1"}), (Texts{"10.0.0.1", "::1"}));
}

TEST(AddressMemory, WhatWorkedIsFirstAndWhatFailedIsLast) {
  AddressMemory memory;
  memory.failed(address("::1"));
  memory.worked(address("10.0.0.2"));
  EXPECT_EQ(order(memory, {"::1", "10.0.0.1", "10.0.0.2", "::2"}), (Texts{"10.0.0.2", "10.0.0.1", "::2", "::1"}));
}

TEST(AddressMemory, OfThoseThatFailedTheOldestFailureIsTriedFirst) {
  AddressMemory memory;
  memory.failed(address("10.0.0.1"));
  memory.failed(address("10.0.0.2"));
  memory.failed(address("10.0.0.1"));
  EXPECT_EQ(order(memory, {"10.0.0.1", "10.0.0.2"}), (Texts{"10.0.0.2", "10.0.0.1"}));
}

TEST(AddressMemory, WhatWorkedAndThenFailsIsLastUntilItWorksAgain) {
  AddressMemory memory;
  memory.worked(address("10.0.0.1"));
  memory.failed(address("10.0.0.1"));
  EXPECT_EQ(order(memory, {"10.0.0.1", "10.0.0.2"}), (Texts{"10.0.0.2", "10.0.0.1"}));
  memory.worked(address("10.0.0.1"));
  EXPECT_EQ(order(memory, {"10.0.0.2", "10.0.0.1"}), (Texts{"10.0.0.1", "10.0.0.2"}));
}

TEST(AddressMemory, WhatTheNameNoLongerHasIsNotTried) {
  AddressMemory memory;
  memory.worked(address("10.0.0.9"));
  memory.failed(address("10.0.0.8"));
  EXPECT_EQ(order(memory, {"10.0.0.1"}), Texts{"10.0.0.1"});
}

TEST(AddressMemory, NoMoreThanItsBoundAreTriedAndTheOthersComeAfterFailures) {
  AddressMemory memory;
  Texts found;
  for (std::size_t i = 0; i <= limits::kDialAddresses; ++i) found.push_back("10.0.0." + std::to_string(i));
  Texts tried = order(memory, found);
  EXPECT_EQ(tried.size(), limits::kDialAddresses);
  for (const std::string& text : tried) memory.failed(address(text));
  EXPECT_EQ(order(memory, found).front(), found.back());
}

TEST(AddressMemory, TheOldestFailureIsForgottenBeyondTheBound) {
  AddressMemory memory;
  for (std::size_t i = 0; i <= limits::kFailedAddresses; ++i) memory.failed(address("10.0.0." + std::to_string(i)));
  EXPECT_EQ(order(memory, {"10.0.0.1", "10.0.0.0"}), (Texts{"10.0.0.0", "10.0.0.1"}));
}

}  // namespace
}  // namespace sonoran::net
