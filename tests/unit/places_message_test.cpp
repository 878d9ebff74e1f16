// The messages between the addon and Lua (bridge/node/places_message.h).
#include "places_message.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>
#include <string>

namespace sonoran::node {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes whole;
  for (const Bytes& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

/// The form with the lead byte and the lowest `count` bytes of the value.
Bytes form(std::uint8_t lead, std::uint64_t value, std::size_t count) {
  Bytes bytes{lead};
  for (std::size_t i = count; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return bytes;
}

/// An integer as Lua packs it: in the smallest form, without a sign where it needs none.
Bytes packed(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0) {
    if (value < 0x80) return form(static_cast<std::uint8_t>(value), 0, 0);
    if (value < 0x100) return form(0xcc, bits, 1);
    if (value < 0x10000) return form(0xcd, bits, 2);
    return value < 0x100000000 ? form(0xce, bits, 4) : form(0xcf, bits, 8);
  }
  if (value >= -0x20) return form(static_cast<std::uint8_t>(value), 0, 0);
  if (value >= -0x80) return form(0xd0, bits, 1);
  if (value >= -0x8000) return form(0xd1, bits, 2);
  return value >= -0x80000000LL ? form(0xd2, bits, 4) : form(0xd3, bits, 8);
}

Bytes packed(std::string_view text) {
  Bytes bytes = text.size() < 32        ? form(static_cast<std::uint8_t>(0xa0 | text.size()), 0, 0)
                : text.size() < 0x10000 ? form(0xda, text.size(), 2)
                                        : form(0xdb, text.size(), 4);
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

const Bytes kNo{0xc2};
const Bytes kOneOfTwo{0x91, 0x92};

Bytes list(const std::vector<Bytes>& values) {
  Bytes whole =
      values.size() < 16 ? Bytes{static_cast<std::uint8_t>(0x90 | values.size())} : form(0xdc, values.size(), 2);
  for (const Bytes& value : values) whole.insert(whole.end(), value.begin(), value.end());
  return whole;
}

Bytes answer(const std::vector<Bytes>& rows, const std::vector<Bytes>& said) {
  return joined({kOneOfTwo, list(rows), list(said)});
}

std::vector<Bytes> row(std::int64_t slot, std::int64_t x, std::int64_t y, std::int64_t z, std::int64_t heading) {
  return {packed(slot), packed(x), packed(y), packed(z), packed(heading)};
}

TEST(PlacesMessage, AQuestionHasTheSlotsAndHowManyRowsWereNotTaken) {
  std::array<std::uint8_t, question_size(3)> bytes{};
  const std::array<std::int32_t, 3> slots{1, -1 - 65535, 65535};
  const std::size_t size = write_question(slots, 0x01020304, bytes);
  EXPECT_EQ(
      Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)),
      (Bytes{0x92, 0xdc, 0, 3, 0xd2, 0, 0, 0, 1, 0xd2, 0xff, 0xff, 0, 0, 0xd2, 0, 0, 0xff, 0xff, 0xce, 1, 2, 3, 4}));
  EXPECT_EQ(size, bytes.size());
}

TEST(PlacesMessage, EachFormOfAnIntegerIsRead) {
  using Limits = std::numeric_limits<std::int32_t>;
  PlacesAnswer read;
  for (const std::int64_t value :
       std::initializer_list<std::int64_t>{0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, Limits::max(), -1, -0x20,
                                           -0x21, -0x80, -0x81, -0x8000, -0x8001, Limits::min()}) {
    ASSERT_TRUE(read.read(answer(row(7, value, value, 3, 4), {}))) << value;
    EXPECT_EQ(read.rows,
              (std::vector<std::int32_t>{7, static_cast<std::int32_t>(value), static_cast<std::int32_t>(value), 3, 4}));
  }
  // A form that is wider than the value needs.
  for (const Bytes& wide : {form(0xcd, 5, 2), form(0xce, 5, 4), form(0xcf, 5, 8), form(0xd0, 5, 1), form(0xd3, 5, 8)}) {
    ASSERT_TRUE(read.read(answer({wide, packed(1), packed(2), packed(3), packed(4)}, {})));
    EXPECT_EQ(read.rows[0], 5);
  }
}

TEST(PlacesMessage, WhatIsNoNumberOf32BitsIsRefused) {
  PlacesAnswer read;
  const std::vector<Bytes> wrong{packed(0x80000000LL),
                                 packed(-0x80000001LL),
                                 form(0xcf, ~0ULL, 8),
                                 form(0xd3, 1ULL << 63U, 8),
                                 form(0xcb, 0, 8),
                                 form(0xca, 0, 4),
                                 kNo,
                                 packed("1"),
                                 Bytes{0xc0},
                                 Bytes{0x90}};
  for (const Bytes& value : wrong) {
    EXPECT_FALSE(read.read(answer({packed(1), value, packed(1), packed(1), packed(1)}, {})));
    EXPECT_TRUE(read.rows.empty());
  }
}

TEST(PlacesMessage, EveryByteOfATextComesAsItIs) {
  std::string all(256, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
  PlacesAnswer read;
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(31, 'x'), std::string(32, 'x'), all, std::string(65536, '\xff')}) {
    const Bytes bytes = answer({}, {packed(3), packed(text), kNo, Bytes{0xc0}, packed(-1)});
    ASSERT_TRUE(read.read(bytes)) << text.size();
    ASSERT_EQ(read.said.size(), 1U);
    EXPECT_EQ(read.said[0].slot, 3);
    EXPECT_EQ(read.said[0].location, text);
    EXPECT_FALSE(read.said[0].vehicle || read.said[0].kind);
    EXPECT_EQ(read.said[0].siren, -1);
  }
  // Text of 8 bits of length, and the binary forms, which Lua's codec can be told to write.
  for (const auto& [lead, size] : {std::pair<std::uint8_t, std::size_t>{0xd9, 1}, {0xc4, 1}, {0xc5, 2}, {0xc6, 4}}) {
    const Bytes text = joined({form(lead, 2, size), {'h', 'i'}});
    const Bytes bytes = answer({}, {packed(3), kNo, text, text, packed(1)});
    ASSERT_TRUE(read.read(bytes));
    EXPECT_EQ(read.said[0].vehicle, "hi");
    EXPECT_EQ(read.said[0].kind, "hi");
  }
}

TEST(PlacesMessage, AnEmptyListMayBeAnEmptyMap) {
  PlacesAnswer read;
  EXPECT_TRUE(read.read(Bytes{0x91, 0x92, 0x80, 0x80}));
  EXPECT_TRUE(read.read(Bytes{0x91, 0x92, 0x90, 0x90}));
  EXPECT_FALSE(read.read(Bytes{0x91, 0x92, 0x81, 0x01, 0x01, 0x90})) << "a map of something";
}

TEST(PlacesMessage, TheNextAnswerHasNothingOfTheLast) {
  PlacesAnswer read;
  ASSERT_TRUE(read.read(answer(row(1, 2, 3, 4, 5), {packed(1), packed("Main Street"), kNo, kNo, packed(0)})));
  ASSERT_TRUE(read.read(answer({}, {})));
  EXPECT_TRUE(read.rows.empty() && read.said.empty());
}

TEST(PlacesMessage, NothingButAnAnswerIsTaken) {
  std::vector<Bytes> rows;
  for (int i = 0; i < 20; ++i) {
    const auto next = row(i, i * 1000, -i * 1000, 30, 359);
    rows.insert(rows.end(), next.begin(), next.end());
  }
  const Bytes good = answer(rows, {packed(3), packed("Vinewood"), packed("police"), kNo, packed(1)});
  PlacesAnswer read;
  ASSERT_TRUE(read.read(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(read.read(std::span(good).first(size))) << size;
    EXPECT_TRUE(read.rows.empty() && read.said.empty());
  }
  EXPECT_FALSE(read.read(joined({good, {0xc0}}))) << "something behind it";
  EXPECT_FALSE(read.read(Bytes{0xc0})) << "what a function that failed gives";
  EXPECT_FALSE(read.read(answer({packed(1), packed(2), packed(3), packed(4)}, {}))) << "four numbers of five";
  EXPECT_FALSE(read.read(answer({}, {packed(1), kNo, kNo, kNo}))) << "four values of five";
  EXPECT_FALSE(read.read(answer({}, {packed(1), kNo, kNo, packed(1), packed(1)}))) << "a number in place of a text";
  // What claims to be long asks for no memory.
  EXPECT_FALSE(read.read(joined({kOneOfTwo, form(0xdd, 0xfffffffaU, 4)})));
  EXPECT_FALSE(read.read(joined({kOneOfTwo, {0x90}, form(0xdd, 0xfffffffaU, 4)})));
  EXPECT_FALSE(read.read(answer({}, {packed(1), form(0xdb, 0xffffffffU, 4)})));
}

TEST(PlacesMessage, AnyBytesAreReadWithoutHarm) {
  std::mt19937 random(4711);
  const Bytes good = answer(row(1, 2, 3, 4, 5), {packed(3), packed("Vinewood"), kNo, kNo, packed(1)});
  PlacesAnswer read;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      Bytes changed = good;
      changed[at] = static_cast<std::uint8_t>(value);
      EXPECT_TRUE(!read.read(changed) || read.rows.size() % 5 == 0);
    }
  }
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(random() % 24);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    if (bytes.size() > 2) std::copy(kOneOfTwo.begin(), kOneOfTwo.end(), bytes.begin());
    EXPECT_TRUE(!read.read(bytes) || read.rows.size() % 5 == 0);
  }
}

}  // namespace
}  // namespace sonoran::node
